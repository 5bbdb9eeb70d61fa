"""How spiky a hidden representation is: BR's standard deviation, and two statistics that no change of scale moves.

The clean codes of a network are h = [W1ᵀx]_+. One-hot codes (a memorised sample) have ‖h‖₄/‖h‖₂ = 1 and a participation
ratio of 1, codes balanced over m units m^{−1/4} and m; `theory.spikiness` has the closed forms. A zero code has no
active unit: all three are 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from theory import validation


class OneHotness(NamedTuple):
    """`l4_over_l2`, `participation_ratio` and `std` of the clean codes of each sample, shape (…, n)."""

    l4_over_l2: Float64[np.ndarray, "*b n"]
    participation_ratio: Float64[np.ndarray, "*b n"]
    std: Float64[np.ndarray, "*b n"]


def codes(W1: Float[Any, "*b d p"], X: Float[Any, "n d"]) -> Float64[np.ndarray, "*b n p"]:
    """The clean codes [W1ᵀx_i]_+ of samples (n, d) under encoders (…, d, p). `ValueError` for bad input."""
    X = validation.samples(X)
    W1, _ = validation.weights(W1, W1, X.shape[1])
    return np.maximum(X @ W1, 0.0)


def one_hotness(W1: Float[Any, "*b d p"], X: Float[Any, "n d"]) -> OneHotness:
    """How spiky the clean codes of samples (n, d) under encoders (…, d, p) are, p ≥ 1. `ValueError` for bad input."""
    h = codes(W1, X)
    if not h.shape[-1]:
        raise ValueError(
            f"W1 must have at least one column, got shape {(*h.shape[:-2], validation.samples(X).shape[1], 0)}"
        )
    return OneHotness(l4_over_l2(h), participation_ratio(h), std(h))


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
