"""Claims of "A Closer Look at Model Collapse" (MC), one file each."""
