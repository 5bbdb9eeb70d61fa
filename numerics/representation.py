"""How spiky a hidden representation is: BR's standard deviation, and two statistics that no change of scale moves.

One-hot codes (a memorised sample) have ‖h‖₄/‖h‖₂ = 1 and a participation ratio of 1, codes balanced over m units
m^{−1/4} and m; `theory.spikiness` has the closed forms. A zero code has no active unit: all three are 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from theory import validation


def std(h: Float[Any, "*b p"]) -> Float64[np.ndarray, "*b"]:
    """Standard deviation over the p units of each code (…, p), in the units of h: the score of BR Algorithm 1.

    It divides by p, grows with the length of h and falls with p. `ValueError` for codes without units or not finite.
    """
    return np.asarray(_codes(h).std(axis=-1))


def l4_over_l2(h: Float[Any, "*b p"]) -> Float64[np.ndarray, "*b"]:
    """‖h‖₄/‖h‖₂ of each code (…, p): between m^{−1/4} (m active units, all equal in size) and 1 (one-hot); 0 for h = 0.

    `ValueError` for codes without units or not finite.
    """
    second, fourth = _relative_moments(h)
    return _over(fourth**0.25, second**0.5)[..., 0]


def participation_ratio(h: Float[Any, "*b p"]) -> Float64[np.ndarray, "*b"]:
    """‖h‖₂⁴/‖h‖₄⁴ of each code (…, p), the effective number of active units: from 1 to m; 0 for h = 0.

    `ValueError` for codes without units or not finite.
    """
    second, fourth = _relative_moments(h)
    return _over(second**2, fourth)[..., 0]


def _relative_moments(h: Any) -> tuple[Float64[np.ndarray, "*b 1"], Float64[np.ndarray, "*b 1"]]:
    """Σh² and Σh⁴ in units of the largest |h| of each code, so that powers neither overflow nor vanish together."""
    sizes = np.abs(_codes(h))
    squares = _over(sizes, sizes.max(axis=-1, keepdims=True)) ** 2
    return squares.sum(axis=-1, keepdims=True), (squares**2).sum(axis=-1, keepdims=True)


def _codes(h: Any) -> Float64[np.ndarray, "*b p"]:
    codes = validation.real_array(h, "h")
    if codes.ndim == 0 or codes.shape[-1] == 0:
        raise ValueError(f"h must hold at least one unit, got shape {codes.shape}")
    return codes


def _over(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The quotient, 0 where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
