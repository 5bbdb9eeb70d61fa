"""Timed comparisons, run by hand and never asserted in the tests."""
