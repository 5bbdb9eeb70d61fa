"""From a start to a minimiser of the exact objective: quasi-Newton, then Newton on the curvature that is there.

The objective sees the ambient space only through inner products, so the descent runs in coordinates of the span of
samples and start; orthogonal to the samples only the weight decay pulls, and the end lies in their span.
Flat directions (rescaling W1D, W2D⁻¹ at λ = 0, rotations of a block whose gates are settled) are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
from jaxtyping import Float, Float64

from numerics.objective import loss_and_gradient
from theory import validation

# Curvature below this share of the largest counts as flat: central differences of the gradient resolve 1e-10 of it.
FLAT = 1e-9
# Curvature above this share makes the walls of a valley, the rest its floor.
STEEP = 1e-5
CORRECTIONS = 3
HALVINGS = 20
# The loss is accurate to about this share of the mean square of the samples.
ROUNDING = 1e-13
DIFFERENCE_STEP = 1e-5
NEWTON_STEPS = 30


@dataclass(frozen=True)
class Minimum:
    """Where a descent ended. `converged` says whether the gradient norm fell below the tolerance asked for."""

    W1: Float64[np.ndarray, "d p"]
    W2: Float64[np.ndarray, "d p"]
    loss: float
    gradient_norm: float
    converged: bool


def minimize(
    X: Float[Any, "n d"],
    W1: Float[Any, "d p"],
    W2: Float[Any, "d p"],
    sigma: float,
    weight_decay: float,
    *,
    gradient_tolerance: float = 1e-10,
) -> Minimum:
    """Minimise the exact objective (BR eq. 6) from the start (W1, W2) down to a gradient norm of `gradient_tolerance`.

    Works on data of any scale, but the tolerance is absolute: scale X to norms near 1. Raises `ValueError` for bad
    input. A result that is not `converged` must not be read as evidence: the search ran out of steps, or at σ = 0 met
    a minimum on a kink (a gate through a sample), where no gradient vanishes.
    """
    X, W1, W2, sigma, weight_decay = _checked(X, W1, W2, sigma, weight_decay)
    gradient_tolerance = validation.positive(gradient_tolerance, "gradient_tolerance")
    basis = _span(np.concatenate([X.T, W1, W2], axis=1))
    point = _quasi_newton(_Coordinates(X @ basis, sigma, weight_decay, W1.shape[1]), basis.T @ W1, basis.T @ W2)
    inside = _span(X.T)
    W1, W2 = (inside.T @ basis @ W for W in point)
    coordinates = _Coordinates(X @ inside, sigma, weight_decay, W1.shape[1])
    W1, W2 = _newton(coordinates, W1, W2, gradient_tolerance)
    loss, gradient = coordinates.value(coordinates.join(W1, W2))
    norm = float(np.linalg.norm(gradient))
    return Minimum(inside @ W1, inside @ W2, loss, norm, norm <= gradient_tolerance)


def curvatures(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float, weight_decay: float
) -> Float64[np.ndarray, "m"]:
    """Eigenvalues of the objective's Hessian, ascending, by central differences of the exact gradient.

    They are taken in the span of samples and weights and in one direction orthogonal to it (if there is one), which
    stands for all the others. Accurate to about 1e-9 of the largest. Raises `ValueError` for bad input.
    """
    X, W1, W2, sigma, weight_decay = _checked(X, W1, W2, sigma, weight_decay)
    span = _span(np.concatenate([X.T, W1, W2], axis=1))
    if span.shape[1] < X.shape[1]:
        outside = np.linalg.svd(span, full_matrices=True)[0][:, span.shape[1] :][:, :1]
        span = np.concatenate([span, outside], axis=1)
    coordinates = _Coordinates(X @ span, sigma, weight_decay, W1.shape[1])
    return np.linalg.eigvalsh(coordinates.hessian(coordinates.join(span.T @ W1, span.T @ W2)))


@dataclass(frozen=True)
class _Coordinates:
    """The objective as a function of one vector: W1 and W2 in coordinates of a subspace, end to end."""

    X: Float64[np.ndarray, "n r"]
    sigma: float
    weight_decay: float
    width: int

    def join(self, W1: np.ndarray, W2: np.ndarray) -> np.ndarray:
        return np.concatenate([W1.ravel(), W2.ravel()])

    def split(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(…, 2rp) to two arrays (…, r, p)."""
        weights = point.reshape(*point.shape[:-1], 2, self.X.shape[1], self.width)
        return weights[..., 0, :, :], weights[..., 1, :, :]

    def value(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient1, gradient2 = loss_and_gradient(*self.split(point), self.X, self.sigma, self.weight_decay)
        return float(loss), self.join(gradient1, gradient2)

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """Gradients at several points, (m, 2rp)."""
        _, gradient1, gradient2 = loss_and_gradient(*self.split(points), self.X, self.sigma, self.weight_decay)
        return np.stack([gradient1, gradient2], axis=1).reshape(points.shape)

    def hessian(self, point: np.ndarray) -> np.ndarray:
        step = DIFFERENCE_STEP * max(1.0, float(np.abs(point).max(initial=0.0)))
        shifts = step * np.eye(len(point))
        slopes = (self.gradients(point + shifts) - self.gradients(point - shifts)) / (2 * step)
        return (slopes + slopes.T) / 2


def _quasi_newton(coordinates: _Coordinates, W1: np.ndarray, W2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if W1.size == 0:
        return W1, W2
    found = scipy.optimize.minimize(
        coordinates.value,
        coordinates.join(W1, W2),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 3000, "maxfun": 6000, "gtol": 1e-5, "ftol": 1e-16, "maxcor": 30},
    )
    return coordinates.split(found.x)


def _newton(
    coordinates: _Coordinates, W1: np.ndarray, W2: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Newton steps, downhill on negative curvature, halved until the objective agrees."""
    point = coordinates.join(W1, W2)
    if point.size == 0:
        return W1, W2
    loss, gradient = coordinates.value(point)
    rounding = ROUNDING * (coordinates.X**2).sum() / len(coordinates.X)
    for _ in range(NEWTON_STEPS):
        if np.linalg.norm(gradient) <= tolerance:
            break
        curvature, directions = np.linalg.eigh(coordinates.hessian(point))
        largest = np.abs(curvature).max()
        step = -directions @ ((directions.T @ gradient) / np.maximum(np.abs(curvature), FLAT * largest))
        step *= min(1.0, float(np.linalg.norm(point) / np.linalg.norm(step)))
        steep = directions[:, curvature > STEEP * largest]
        back = (steep / curvature[curvature > STEEP * largest]) @ steep.T
        for _ in range(HALVINGS):
            trial, trial_loss, trial_gradient = _on_the_floor(coordinates, point + step, back)
            # Near the end the loss is flat to rounding; there a smaller gradient is the better witness.
            smaller = np.linalg.norm(trial_gradient) < np.linalg.norm(gradient)
            if trial_loss < loss or (smaller and trial_loss <= loss + rounding):
                point, loss, gradient = trial, trial_loss, trial_gradient
                break
            step = step / 2
        else:
            break
    return coordinates.split(point)


def _on_the_floor(
    coordinates: _Coordinates, point: np.ndarray, back: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """Point, loss and gradient after Newton steps along the steep directions only, whose inverse Hessian is `back`.

    Turning a block by an angle θ leaves its curved valley by about θ². Judged there, only tiny turns would pass.
    """
    loss, gradient = coordinates.value(point)
    for _ in range(CORRECTIONS):
        trial = point - back @ gradient
        trial_loss, trial_gradient = coordinates.value(trial)
        if not np.linalg.norm(trial_gradient) < np.linalg.norm(gradient):
            break
        point, loss, gradient = trial, trial_loss, trial_gradient
    return point, loss, gradient


def _span(columns: Float64[np.ndarray, "d m"]) -> Float64[np.ndarray, "d r"]:
    """Orthonormal basis of the span of the columns (at least one direction)."""
    directions, singular, _ = np.linalg.svd(columns, full_matrices=False)
    kept = singular > 1e-13 * max(float(singular.max(initial=0.0)), np.finfo(np.float64).tiny)
    kept[:1] = True
    return directions[:, kept]


def _checked(X: Any, W1: Any, W2: Any, sigma: Any, weight_decay: Any):
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    return X, W1, W2, validation.nonnegative(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
