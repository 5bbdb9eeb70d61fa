"""Claims of BR, one file each."""
