"""What is decided: the checker, and one file per claim."""
