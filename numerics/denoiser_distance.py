"""How far two networks are from each other as denoisers, over samples and noise, without sampling.

f and g of encoders, decoders (F1, F2) and (G1, G2) differ by the network with the columns of both, [F1, G1] and
[F2, −G2], so their distance needs E‖f(x_i + σε)‖² of one network only. That is the objective with its targets shrunk
to nothing: f(y) is the same with sW1 at y/s, so expected_loss(sW1, W2, X/s, σ/s, 0) = E‖f(x_i + σε) − x_i/s‖², and at
s = 2^300 the target is far below the rounding of any answer that is not zero. Scaling by a power of two is exact.

Networks with the same weights in another order, split columns or (tw, v/t) for (w, v) are the same denoiser.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from numerics.objective import expected_loss
from theory import validation

_SHRINK = 2.0**300


def mean_square_output(
    W1: Float[Any, "*b d p"], W2: Float[Any, "*b d p"], X: Float[Any, "n d"], sigma: float
) -> float | Float64[np.ndarray, "*b"]:
    """(1/n)Σ_i E_ε‖W2[W1ᵀ(x_i + σε)]_+‖² of networks (…, d, p): a number, or an array over leading dimensions.

    sigma ≥ 0. Accurate to about 1e-14 of the largest term of Σ_ab v_a·v_b E h_a h_b. Samples and weights must be within
    1e±60 in size. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    W1, W2 = validation.weights(W1, W2, X.shape[1])
    sigma = validation.nonnegative(sigma, "sigma")
    squares = np.asarray(expected_loss(W1 * _SHRINK, W2, X / _SHRINK, sigma / _SHRINK, 0.0))
    # An output of zero leaves the targets alone; rounding may fall below.
    targets = ((X / _SHRINK) ** 2).sum() / len(X)
    squares = np.where(squares > 4 * targets, squares, 0.0)
    return squares if squares.ndim else float(squares)


def denoiser_distance(first: Any, second: Any, X: Float[Any, "n d"], sigma: float) -> float | Float64[np.ndarray, "*b"]:
    """√(E‖f − g‖²/E‖f‖²) over samples X (n, d) and noise of sigma ≥ 0; f is the `first` (W1, W2), g the `second`.

    Each is a pair (…, d, p), of any widths, with leading dimensions that broadcast: one number, or an array over these.
    Below about 1e-7 it is rounding (the square cancels to 1e-14 or so), and 0 may stand for that.
    Raises `ValueError` for bad input, or if f is zero at every sample.
    """
    X = validation.samples(X)
    F1, F2 = _network(first, "first", X.shape[1])
    G1, G2 = _network(second, "second", X.shape[1])
    sigma = validation.nonnegative(sigma, "sigma")
    try:
        batch = np.broadcast_shapes(F1.shape[:-2], G1.shape[:-2])
    except ValueError as error:
        raise ValueError(
            f"second must have leading dimensions that broadcast with those of first {F1.shape[:-2]}, got {G1.shape}"
        ) from error
    size = np.asarray(mean_square_output(F1, F2, X, sigma))
    if not (size > 0).all():
        raise ValueError(f"first must not be zero at every sample, got a mean square of {float(size.min())!r}")
    W1, W2 = (
        np.concatenate([np.broadcast_to(part, batch + part.shape[-2:]) for part in parts], axis=-1)
        for parts in ((F1, G1), (F2, -G2))
    )
    distance = np.sqrt(mean_square_output(W1, W2, X, sigma) / size)
    return distance if distance.ndim else float(distance)


def _network(pair: Any, name: str, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Encoder and decoder (…, d, p)."""
    if not hasattr(pair, "__len__") or isinstance(pair, str) or len(pair) != 2:
        raise ValueError(f"{name} must be a pair (W1, W2), got {pair!r}")
    W1, W2 = (validation.real_array(part, f"{name}[{k}]") for k, part in enumerate(pair))
    if W1.ndim < 2 or W1.shape[-2] != d:
        raise ValueError(f"{name}[0] must have shape (…, {d}, p) to match X, got {W1.shape}")
    if W2.shape != W1.shape:
        raise ValueError(f"{name}[1] must have the shape of {name}[0] {W1.shape}, got {W2.shape}")
    return W1, W2
