"""Our own claims, one file each."""
