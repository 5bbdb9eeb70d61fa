"""Newton's method on the exact objective, down to a gradient norm: with the whole Hessian, or with its products only.

Minimisers are rarely isolated: splitting a column in two parallel ones, turning a block whose gates are settled and, at
λ = 0, rescaling W1D, W2D⁻¹ change nothing. Along such directions Hessian and gradient vanish. The whole Hessian tells
them apart by a curvature below `FLAT` of the largest, and no step is taken along them while the slope there is within
the tolerance. Conjugate gradients never leave the space that the gradient spans, so they do not see them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from numerics.curvature import Curvature, hessian
from numerics.objective import loss_and_gradient

Point = Float64[np.ndarray, " m"]

# Curvature below this share of the largest counts as flat.
FLAT = 1e-9
# Curvature above this share makes the walls of a valley, the rest its floor.
STEEP = 1e-5
CORRECTIONS = 3
HALVINGS = 20
# The loss is accurate to about this share of the mean square of the samples.
ROUNDING = 1e-13
STEPS = 50
TRUNCATED_STEPS = 500


@dataclass(frozen=True)
class Coordinates:
    """The objective as a function of one vector: W1 and W2 in coordinates of a subspace, end to end."""

    X: Float64[np.ndarray, "n r"]
    sigma: float
    weight_decay: float
    width: int

    @property
    def size(self) -> int:
        """2rp, the length of a point."""
        return 2 * self.X.shape[1] * self.width

    @property
    def scale(self) -> float:
        """The mean square of the samples, the unit of the loss."""
        return float((self.X**2).sum() / len(self.X))

    def join(self, W1: np.ndarray, W2: np.ndarray) -> Point:
        """Two arrays (r, p) to one point."""
        return np.concatenate([W1.ravel(), W2.ravel()])

    def split(self, point: Point) -> tuple[np.ndarray, np.ndarray]:
        """A point to two arrays (r, p)."""
        W1, W2 = point.reshape(2, self.X.shape[1], self.width)
        return W1, W2

    def value(self, point: Point) -> tuple[float, Point]:
        """Loss and gradient."""
        loss, gradient1, gradient2 = loss_and_gradient(*self.split(point), self.X, self.sigma, self.weight_decay)
        return float(loss), self.join(gradient1, gradient2)

    def hessian(self, point: Point) -> Float64[np.ndarray, "m m"]:
        """The Hessian at a point."""
        return hessian(*self.split(point), self.X, self.sigma, self.weight_decay)

    def products(self, point: Point) -> Callable[[Point], Point]:
        """Multiplication by the Hessian at a point."""
        curvature = Curvature(*self.split(point), self.X, self.sigma, self.weight_decay)
        return lambda direction: self.join(*curvature.times(*self.split(direction)))


def newton(coordinates: Coordinates, point: Point, tolerance: float) -> Point:
    """Newton steps with the whole Hessian, downhill on negative curvature, halved until the objective agrees."""
    loss, gradient = coordinates.value(point)
    for _ in range(STEPS):
        if np.linalg.norm(gradient) <= tolerance:
            break
        curvature, directions = np.linalg.eigh(coordinates.hessian(point))
        largest = np.abs(curvature).max()
        slope = directions.T @ gradient
        # Flat slopes that together stay within the tolerance.
        slope[(np.abs(curvature) <= FLAT * largest) & (np.abs(slope) <= tolerance / len(slope))] = 0.0
        step = -directions @ (slope / np.maximum(np.abs(curvature), FLAT * largest))
        step *= min(1.0, float(np.linalg.norm(point) / np.linalg.norm(step)))
        steep = directions[:, curvature > STEEP * largest]
        back = (steep / curvature[curvature > STEEP * largest]) @ steep.T
        for _ in range(HALVINGS):
            trial, trial_loss, trial_gradient = _on_the_floor(coordinates, point + step, back)
            if _better(coordinates, trial_loss - loss, trial_gradient, gradient):
                point, loss, gradient = trial, trial_loss, trial_gradient
                break
            step = step / 2
        else:
            break
    return point


def _on_the_floor(coordinates: Coordinates, point: Point, back: np.ndarray) -> tuple[Point, float, Point]:
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


def truncated_newton(coordinates: Coordinates, point: Point, tolerance: float) -> Point:
    """Newton steps by conjugate gradients within a trust region (Steihaug 1983), from products with the Hessian."""
    loss, gradient = coordinates.value(point)
    radius = float(np.linalg.norm(point))
    for _ in range(TRUNCATED_STEPS):
        size = float(np.linalg.norm(gradient))
        if size <= tolerance or radius <= np.spacing(np.linalg.norm(point)):
            break
        # Newton's rate close to the end, few products far from it, and nothing below the tolerance.
        enough = max(min(0.1, (size / coordinates.scale) ** 0.5) * size, tolerance / 2)
        step = _steihaug(coordinates.products(point), gradient, radius, enough)
        trial_loss, trial_gradient = coordinates.value(point + step)
        length = float(np.linalg.norm(step))
        better = _better(coordinates, trial_loss - loss, trial_gradient, gradient)
        if not better:
            radius = length / 4
        elif length > radius / 2:
            radius = 2 * radius
        if better:
            point, loss, gradient = point + step, trial_loss, trial_gradient
    return point


def _steihaug(product: Callable[[Point], Point], gradient: Point, radius: float, enough: float) -> Point:
    """A step of at most the radius that leaves a slope of at most `enough`."""
    step, slope, direction = np.zeros_like(gradient), gradient, -gradient
    for _ in range(len(gradient)):
        image = product(direction)
        bend, square = direction @ image, slope @ slope
        # To the edge along the direction: the positive root of ‖step + t·direction‖ = radius.
        along, reach = step @ direction, direction @ direction
        length = (np.sqrt(along**2 + reach * (radius**2 - step @ step)) - along) / reach
        inside = bend * length > square
        if inside:
            length = square / bend
        step, slope = step + length * direction, slope + length * image
        if not inside or np.linalg.norm(slope) <= enough:
            break
        direction = direction * ((slope @ slope) / square) - slope
    return step


def _better(coordinates: Coordinates, rise: float, trial: Point, gradient: Point) -> bool:
    # Near the end the loss is flat to rounding; there a smaller gradient is the better witness.
    smaller = bool(np.linalg.norm(trial) < np.linalg.norm(gradient))
    return rise < 0 or (smaller and rise <= ROUNDING * coordinates.scale)
