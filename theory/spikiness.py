"""How spiky a code h in R^p is: closed forms for one-hot and balanced codes, and the likelihood ratio between them.

BR's detector (Algorithm 1) scores a code by the standard deviation over its units. That is a length: with H = Σh,
Std² = ‖h‖²/p − (H/p)². ‖h‖₄/‖h‖₂ depends on the direction of h alone: 1 for a one-hot code, m^{−1/4} for m equal units.

The likelihood ratio is that of the direction u = h/‖h‖ of a·s·e_J + z (unit J and sign s uniform, z white) against a
direction without preferred units: Λ_a(u) = e^{−a²/2} (1/p) Σ_j ₁F₁(p/2; 1/2; a²u_j²/2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64
from scipy.special import hyp1f1

from . import validation

HEIGHT, WIDTH, ACTIVE = sp.symbols("b p m", positive=True)
"""Height of the active units, number of units, number of active ones."""

BALANCED_STD = HEIGHT * sp.sqrt(ACTIVE * (WIDTH - ACTIVE)) / WIDTH
"""Std of a code with m of p units at height b; one-hot is m = 1."""

BALANCED_SPIKINESS = ACTIVE ** -sp.Rational(1, 4)
"""‖h‖₄/‖h‖₂ of that code."""

_std = sp.lambdify((HEIGHT, ACTIVE, WIDTH), BALANCED_STD, "numpy")
_spikiness = sp.lambdify(ACTIVE, BALANCED_SPIKINESS, "numpy")


def balanced_std(height: float, active: int, width: int) -> float:
    """Std over `width` units of a code with `active` units at `height` ≥ 0 and the others at 0; one-hot: 1 active.

    Raises `ValueError` for more active units than units.
    """
    height = validation.nonnegative(height, "height")
    active, width = validation.whole(active, "active", 0), validation.whole(width, "width", 1)
    if active > width:
        raise ValueError(f"active must be <= width = {width}, got {active}")
    return float(_std(height, active, width))


def balanced_spikiness(active: int) -> float:
    """‖h‖₄/‖h‖₂ = m^{−1/4} of a code with m = `active` ≥ 1 equal units, whatever their height and the width."""
    return float(_spikiness(validation.whole(active, "active", 1)))


def spike_evidence(h: Float[Any, "*b p"], signal: float) -> Float64[np.ndarray, "*b"]:
    """log Λ_a of codes (…, p): evidence of their direction for one unit of height ±a in white noise, a = `signal` ≥ 0.

    The height is in standard deviations of the noise. Tests on Λ_a are the most powerful ones free of scale. Raises
    `ValueError` for a zero code, which has no direction, and for a signal so strong that Λ_a leaves the floats.
    """
    h = validation.real_array(h, "h")
    signal = validation.nonnegative(signal, "signal")
    if h.ndim == 0 or h.shape[-1] == 0:
        raise ValueError(f"h must hold at least one unit, got shape {h.shape}")
    largest = np.abs(h).max(axis=-1, keepdims=True)
    if not largest.min(initial=np.inf) > 0:
        raise ValueError(f"h must hold no zero code, got max|h| = {float(largest.min())!r}")
    squares = (h / largest) ** 2
    squares = squares / squares.sum(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):
        ratios = hyp1f1(h.shape[-1] / 2, 0.5, signal**2 / 2 * squares).mean(axis=-1)
    if not np.isfinite(ratios).all():
        raise ValueError(f"signal must keep the likelihood ratio finite, got {signal!r} for {h.shape[-1]} units")
    return np.asarray(np.log(ratios) - signal**2 / 2)
