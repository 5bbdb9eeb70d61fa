"""What is claimed: closed forms of the papers and their SymPy sources.

Imports only sympy, numpy and scipy (and jaxtyping for the shapes in signatures).
"""
