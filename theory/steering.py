"""Steering a two-layer network by its representation (BR eq. 11): decode h + a·v, encode again, or sample from there.

W2(h(y) + av) = f(y) + aW2v is affine in the strength a. Encoded again, the gate of w switches at a = −w·f(y)/(w·W2v).
With two stored samples at λ = 0 the flow from the level T that starts at f(x_1) + a·f(x_2) ends along x_1 below

    a* = g_1(N_1D_2 + CD_1)/(g_2(N_2D_1 + CD_2)),  N_j = ‖x_j‖², D_j = √(N_j + T²), g_j = N_j/D_j², C = −x_1·x_2,

and along x_2 above, its length going to zero at a*.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .sampling_flow import flow_limit

FIRST, SECOND, OPPOSITION, LEVEL, STRENGTH = sp.symbols("N_1 N_2 C T a", positive=True)
"""‖x_1‖², ‖x_2‖², −x_1·x_2, the level T and the strength a."""

_far, _near = sp.sqrt(FIRST + LEVEL**2), sp.sqrt(SECOND + LEVEL**2)
_first_gain, _second_gain = FIRST / (FIRST + LEVEL**2), SECOND / (SECOND + LEVEL**2)

STRENGTH_FROM = (_first_gain * FIRST - STRENGTH * _second_gain * OPPOSITION) / _far
"""Strength q_1 of the first gate at f(x_1) + a·f(x_2)."""

STRENGTH_TOWARDS = (STRENGTH * _second_gain * SECOND - _first_gain * OPPOSITION) / _near
"""Strength q_2 of the second gate there."""

SWITCH = _first_gain * (FIRST * _near + OPPOSITION * _far) / (_second_gain * (SECOND * _far + OPPOSITION * _near))
"""The strength a* at which they are equal."""

_switch = sp.lambdify((FIRST, SECOND, OPPOSITION, LEVEL), SWITCH, "numpy")


def steered(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], y: Float[Any, "m d"], v: Float[Any, "p"], strength: float
) -> Float64[np.ndarray, "m d"]:
    """W2([W1ᵀy]_+ + strength·v) for each row of y (BR eq. 11). Raises `ValueError` for bad input."""
    y, W1, W2, v = _checked(W1, W2, y, v)
    return (np.maximum(y @ W1, 0.0) + validation.real_number(strength, "strength") * v) @ W2.T


def gate_crossings(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], y: Float[Any, "m d"], v: Float[Any, "p"]
) -> Float64[np.ndarray, "m p"]:
    """The strength > 0 at which each gate switches when `steered` y is encoded again; infinite where none does.

    Between crossings what is decoded from it is affine in the strength. Raises `ValueError` for bad input.
    """
    y, W1, W2, v = _checked(W1, W2, y, v)
    standing, push = np.maximum(y @ W1, 0.0) @ W2.T @ W1, W2 @ v @ W1
    return np.divide(-standing, push, out=np.full_like(standing, np.inf), where=standing * push < 0)


def switching_strength(X: Float[Any, "2 d"], sigma: float) -> float:
    """a*: from f(x_1) + a·f(x_2), f the memorising network of level sigma > 0 at λ = 0, the flow ends along the first
    sample for a < a*, along the second for a > a*. Raises `ValueError` unless X holds two samples with x_1·x_2 < 0.
    """
    X = validation.samples(X)
    if len(X) != 2:
        raise ValueError(f"X must hold two samples, got {len(X)}")
    # It refuses samples that are not opposed.
    flow_limit(X, X, sigma)
    first, second = (X**2).sum(axis=1)
    return float(_switch(first, second, -X[0] @ X[1], sigma))


def _checked(W1: Any, W2: Any, y: Any, v: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    y = validation.samples(y, "y")
    W1, W2 = validation.network(W1, W2, y.shape[1])
    v = validation.real_array(v, "v", ndim=1)
    if len(v) != W1.shape[1]:
        raise ValueError(f"v must hold one number for each of the {W1.shape[1]} units, got shape {v.shape}")
    return y, W1, W2, v
