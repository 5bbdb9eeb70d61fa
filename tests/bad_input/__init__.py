"""Tables of bad input, one module for each idea; every module is discovered, never listed."""
