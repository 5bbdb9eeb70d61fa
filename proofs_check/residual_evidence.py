"""Evidence for the residual law at memorising weights: random problems, and how far the numbers are from the law."""

from __future__ import annotations

import numpy as np
import sympy as sp
from flint import arb

from numerics.minimize import minimize
from numerics.objective import loss_and_gradient
from theory import residual as rs
from theory.block_minimizer import block_weights, memorizing_weights
from theory.normal_tails import tails
from theory.separability import regular_simplex

from .problems import random_rotation
from .wrong_gates import memorizing_slope, unexplained_slope

LEAK = sp.expand(rs.OTHER_RADIAL / sp.sqrt(rs.GAIN)).subs(rs.GAIN, 0)
OWN_LEAK = sp.expand(rs.OWN_RADIAL / sp.sqrt(rs.OWN_GAIN))
"""What a wrong gate adds to the slope in a small unit's amplitude, per amplitude: as the other and as the own unit."""


def _obtuse(rng: np.random.Generator) -> np.ndarray:
    """2 to 4 samples of mean norm 1, cosines between −0.6 and −0.1, so that own gates are farther than the others."""
    while True:
        count = int(rng.integers(2, 5))
        directions = rng.standard_normal((count, count))
        if count > 2:
            directions = regular_simplex(count, count) + 0.15 * directions
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        cosines = (directions @ directions.T)[np.triu_indices(count, 1)]
        if cosines.max() < -0.1 and cosines.min() > -0.6:
            X = rng.uniform(0.8, 1.3, (count, 1)) * directions @ random_rotation(rng, count)
            return X / np.linalg.norm(X, axis=1).mean()


def _distances(X: np.ndarray) -> np.ndarray:
    return np.abs(X @ X.T) / np.linalg.norm(X, axis=1) + np.diag(np.full(len(X), np.inf))


def draw(nearest: float, farthest: float):
    """Samples, σ at a margin over σ between the two, and λ."""

    def one(rng: np.random.Generator):
        X = _obtuse(rng)
        limit = float((X**2).sum(axis=1).min()) / len(X)
        return X, float(_distances(X).min() / rng.uniform(nearest, farthest)), float(rng.uniform(0.01, 0.5)) * limit

    return one


def slope_in_balls(noise: float = 1.0, decay: float = 1.0, factor: float = 1.0):
    """`gate_leak_gradient` against the slope in balls, beyond what a second wrong gate may add, over its size."""

    def discrepancy(problem) -> float:
        X, noise_level, weight_decay = problem
        exact = memorizing_slope(X, noise_level, weight_decay)
        found = rs.gate_leak_gradient(X, noise * noise_level, decay * weight_decay)
        errors, sizes = [], []
        for balls, floats in zip(exact, found, strict=True):
            for row, values in zip(balls, floats.tolist(), strict=True):
                errors += [abs(float(entry - arb(factor * value))) for entry, value in zip(row, values, strict=True)]
                sizes += [abs(float(entry)) for entry in row]
        return max(0.0, max(errors) - unexplained_slope(X, noise_level)) / max(sizes)

    return discrepancy


def minimiser(factor: float = 1.0, decay: float = 1.0):
    """`predicted_residual` against where the minimiser is, relative to its norm."""

    def discrepancy(problem) -> float:
        X, noise_level, weight_decay = problem
        W = memorizing_weights(X, noise_level, weight_decay)
        found = minimize(X, W, W, noise_level, weight_decay, gradient_tolerance=1e-11)
        if not found.converged:
            return float("inf")
        predicted = factor * np.stack(rs.predicted_residual(X, noise_level, decay * weight_decay))
        away = np.stack([found.W1 - W, found.W2 - W])
        return float(np.linalg.norm(away - predicted) / np.linalg.norm(predicted))

    return discrepancy


def draw_small_unit(rng: np.random.Generator):
    """The shortest sample k, with the nearest gate beside it, and multiples of the leak for N_kA² and for δ_k."""
    X = _obtuse(rng)
    norms = np.linalg.norm(X, axis=1)
    k = int(np.argmin(_distances(X).min(axis=1) / norms))
    X[k] *= 0.95 * norms.min() / norms[k]
    return X, k, float(_distances(X).min() / rng.uniform(3.8, 4.6)), *(float(v) for v in rng.uniform(0.1, 2.0, 2))


def dying(leak_factor: float = 1.0, own: float = 1.0):
    """The slope in a small unit's amplitude just below the decay limit against (b), relative to the leak."""

    def discrepancy(problem) -> float:
        X, k, sigma, squared_amplitude, multiple = problem
        squared, others = (X**2).sum(axis=1), np.arange(len(X)) != k
        leak, size, delta = 0.0, 0.0, 0.0
        # Gains depend on λ, which depends on the leak: a few rounds settle it.
        for _ in range(4):
            decay = float(squared[k] - delta) / len(X)
            gains = (squared[others] - len(X) * decay) / (squared[others] + sigma**2)
            incoming, outgoing = _leaks(X, others, k, gains, sigma, decay)
            leak, size = float(incoming.sum() + own * outgoing.sum()), float(np.abs([incoming, outgoing]).sum())
            delta = multiple * size
        amplitude = np.sqrt(squared_amplitude * size / squared[k])
        W = memorizing_weights(X, sigma, decay)
        direction = X[k] / np.sqrt(squared[k])
        W[:, k] = amplitude * direction
        _, slope, _ = loss_and_gradient(W, W, X, sigma, decay)
        found = len(X) / 2 * float(direction @ slope[:, k]) / amplitude
        expected = (squared[k] + sigma**2) * amplitude**2 - (squared[k] - len(X) * decay) + leak_factor * leak
        return abs(found - expected) / size

    return discrepancy


_incoming = sp.lambdify(
    (rs.COSINE, rs.NORM, rs.OWN_GAIN, rs.HEIGHT, rs.SQUARE, rs.SIGMA, rs.COUNT, rs.WEIGHT_DECAY), LEAK
)
_outgoing = sp.lambdify((rs.COSINE, rs.NORM, rs.GAIN, rs.HEIGHT, rs.SQUARE), OWN_LEAK)


def _leaks(X, others, k, gains, sigma, decay) -> tuple[np.ndarray, np.ndarray]:
    """What samples that open gate k, and gates that sample k opens, add to the slope per unit of amplitude."""
    norms, t = np.linalg.norm(X, axis=1), _distances(X)
    cosines = t[others, k] / norms[others]
    into, out = (tails(distances / sigma) for distances in (t[others, k], t[k, others]))
    return (
        _incoming(cosines, norms[others], gains, sigma * into.first, 2 * sigma**2 * into.second, sigma, len(X), decay),
        _outgoing(cosines, norms[k], gains, sigma * out.first, 2 * sigma**2 * out.second),
    )


def draw_spread(rng: np.random.Generator):
    """The family of (c): cosine, gate distance T, T/σ."""
    return float(rng.uniform(0.2, 0.6)), float(10 ** rng.uniform(-3.5, -2.5)), float(rng.uniform(2.0, 4.0))


def pull_of_a_spread_cluster(centred: float = 0.0, decay: float = 1.0):
    """w_2·e at which the encoder's slope across x_2 would vanish, over Q·const/(σ²‖v_2‖² + nλ)."""

    def discrepancy(problem) -> float:
        cosine, gate, ratio = problem
        sine = np.sqrt(1 - cosine**2)
        a_ = (cosine - gate) / sine
        X = np.array([[1.0, a_], [1.0, -a_], [-cosine, sine]])
        noise_level = gate / ratio
        W = block_weights(X, np.array([0, 0, 1]), [1, 1], noise_level, noise_level**2)
        _, slope, _ = loss_and_gradient(W, W, X, noise_level, noise_level**2)
        first_, second_ = (W**2).sum(axis=0)
        force = np.sqrt(second_) * (cosine * first_ - gate - centred) * (sine + cosine * a_)
        stiffness = noise_level**2 * (second_ + 3 * decay)
        found = -(3 / 2) * float(slope[:, 1] @ [sine, cosine]) / (noise_level**2 * (second_ + 3))
        return abs(found / (float(tails(np.array(ratio)).zeroth) * force / stiffness) - 1)

    return discrepancy
