"""The sweeps of the house, one a module that defines `SWEEP`; they are discovered, never listed."""
