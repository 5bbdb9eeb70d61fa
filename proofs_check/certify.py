"""Finds certificates: a float minimiser near the block formula, sharpened by Newton steps in many digits.

Nothing found here is believed before `recheck` has verified it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat
from jaxtyping import Float

from numerics import store
from numerics.minimize import minimize
from theory import validation
from theory.block_minimizer import block_weights, block_widths

from .ball_blocks import block_formula_distance
from .ball_derivatives import Derivatives, network
from .balls import euclidean_norm, precision
from .certificate import Certificate, point
from .recheck import recheck
from .reduced_samples import ReducedSamples, reduced_samples

BITS = 160
# A bound stated this close to the eigenvalue found leaves room for its change within the radius.
TIGHTNESS = 0.99
SHAKE = 1e-3
RESCALING = "at λ = 0 a unit may be rescaled, w to cw and v to v/c, so no minimiser is isolated"
# Newton steps without progress before the search ends, and the length that none exceeds.
PATIENCE = 8
LONGEST_STEP = 0.05
RADII = tuple(10.0**-k for k in range(9, 61, 3))
# What is written down encloses what was found.
ROUNDING = 1e-15
# Eigenvalues above this share of the largest are right in double precision.
RESOLVED = 1e-9
INVERSE_STEPS = 4


def certify_minimizer(X: Float[Any, "n d"], sigma: float, weight_decay: float, *, bits: int = BITS) -> Certificate:
    """A certificate for the minimiser near `memorizing_weights(X, sigma, weight_decay)` (BR Corollary 3.2).

    X (n, d): samples in rows; sigma > 0; 0 ≤ nλ < min‖x_i‖². Equal samples form one cluster. `certified` says whether
    the proof went through; if not, `reason` says why (gates that are not settled, a saddle, …). Raises `ValueError` for
    bad input.
    """
    X = validation.samples(X)
    labels = np.unique(X, axis=0, return_inverse=True)[1].ravel()
    return certify_blocks("memorising", X, labels, np.ones(int(labels.max()) + 1, int), sigma, weight_decay, bits=bits)


def certify_blocks(
    name: str,
    X: Float[Any, "n d"],
    labels: Any,
    widths: Any,
    sigma: float,
    weight_decay: float,
    *,
    bits: int = BITS,
) -> Certificate:
    """A certificate for the minimiser near the block formula of BR Theorem 3.1, blocks of one or two units.

    Arguments as `theory.block_minimizer.block_weights`, with sigma > 0, and the precision of the
    proof in bits. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    widths = np.array(block_widths(widths, int(labels.max()) + 1))
    sigma, weight_decay = validation.positive(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
    if not widths.any():
        raise ValueError(f"widths must give at least one unit, got {widths.tolist()}")
    begun = time.perf_counter()
    formula = block_weights(X, labels, widths, sigma, weight_decay)
    with precision(validation.whole(bits, "bits", 64)):
        samples = reduced_samples(X)
        parts = np.stack([samples.coordinates(formula)] * 2)[None]
        draft = Certificate(name, X, labels, widths, sigma, weight_decay, parts, 0.0, 0.0, (0.0, 0.0), bits)
        found = (
            draft.with_changes(reason=RESCALING)
            if weight_decay == 0
            else _sharpened(_descended(draft, samples), samples)
        )
    return found.with_changes(provenance={**store.provenance(), "seconds": round(time.perf_counter() - begun, 2)})


def _descended(draft: Certificate, samples: ReducedSamples) -> Certificate:
    """The draft moved from the block formula to the float minimiser beside it."""
    rows = np.array([[float(v.mid()) for v in row] for row in samples.rows])[samples.index]
    # By symmetry the formula itself can sit on a saddle of the turns of a block; a shaken start leaves it.
    W1, W2 = draft.parts[0] + SHAKE * np.random.default_rng(0).standard_normal(draft.parts[0].shape)
    found = minimize(rows, W1, W2, draft.sigma, draft.weight_decay, gradient_tolerance=1e-13)
    return draft.with_changes(parts=np.stack([found.W1, found.W2])[None])


def _sharpened(draft: Certificate, samples: ReducedSamples) -> Certificate:
    """Newton steps in many digits, then the numbers that the point with the smallest gradient proves.

    A long step along a nearly flat turn of a block leaves its curved valley, and the gradient grows before the next
    step brings it down. So steps are short, and the search ends only when the gradient has not fallen for a while.
    """
    best: _Point | None = None
    patience = PATIENCE
    while patience:
        try:
            here = _Point.at(draft, samples)
        except ValueError as error:
            return draft.with_changes(reason=str(error))
        patience -= 1
        if best is None or here.gradient_norm < best.gradient_norm / 4:
            best, patience = here, PATIENCE
        try:
            draft = draft.with_changes(parts=_newton_step(here))
        except ZeroDivisionError:
            return draft.with_changes(reason="the Hessian is singular: the minimiser is not isolated")
    assert best is not None
    return _stated(best, samples)


@dataclass(frozen=True)
class _Point:
    """A point with the midpoints of its derivatives; `curvature` is the matrix T1 of unused encoder directions."""

    draft: Certificate
    gradient: arb_mat
    gradient_norm: arb
    hessian: arb_mat
    curvature: arb_mat

    @staticmethod
    def at(draft: Certificate, samples: ReducedSamples) -> _Point:
        sigma, decay = arb(draft.sigma), arb(draft.weight_decay)
        here = Derivatives(samples.rows, samples.multiplicities, network(*point(draft)), sigma, decay)
        gradient = here.gradient()
        # The Hessian is ordered by layer, then unit, then coordinate.
        slope = arb_mat([[v] for part in gradient for v in part.transpose().entries()]).mid()
        return _Point(draft, slope, euclidean_norm(*gradient).upper(), here.hessian().mid(), here.transverse1().mid())


def _newton_step(here: _Point) -> np.ndarray:
    """The point after one Newton step, shortened if it is long, as a sum of floats."""
    step = here.hessian.solve(here.gradient).mid()
    length = float(euclidean_norm(step).mid())
    entries = iter((min(1.0, LONGEST_STEP / length) * step).entries() if length > 0 else step.entries())
    layers = []
    for W in point(here.draft):
        columns = [[W[j, a] - next(entries) for j in range(W.nrows())] for a in range(W.ncols())]
        layers.append(np.stack([[_floats(v, here.draft.bits) for v in column] for column in columns]))
    return np.stack(layers).transpose(3, 0, 2, 1)


def _floats(value: arb, bits: int) -> list[float]:
    """Floats that add up to `value` to about `bits` bits, largest first."""
    parts = []
    for _ in range(bits // 53 + 1):
        parts.append(float(value.mid()))
        value = value - parts[-1]
    return parts


def _stated(best: _Point, samples: ReducedSamples) -> Certificate:
    """The certificate with the largest radius of a ladder that its recheck accepts, and the distance it proves."""
    draft = best.draft
    least = _least_eigenvalue(best.hessian)
    if samples.transverse:
        least = min(least, _least_eigenvalue(best.curvature))
    if not least > 0:
        return draft.with_changes(smallest_eigenvalue=least, reason=f"a curvature of {least:.3g}: not a minimiser")
    bound = TIGHTNESS * least
    reach = best.gradient_norm / bound
    distance = block_formula_distance(
        samples, draft.labels, draft.widths, arb(draft.sigma), arb(draft.weight_decay), *point(draft)
    ) + arb(0, reach.upper())
    ends = (max(0.0, float(distance.lower()) * (1 - ROUNDING)), float(distance.upper()) * (1 + ROUNDING))
    reason = ""
    for radius in RADII:
        if not reach < radius:
            break
        stated = draft.with_changes(radius=radius, smallest_eigenvalue=bound, distance=ends)
        finding = recheck(stated)
        if finding.holds:
            return stated.with_changes(certified=True)
        reason = finding.reason
    return draft.with_changes(
        smallest_eigenvalue=bound,
        distance=ends,
        reason=reason or f"the gradient norm stays at {best.gradient_norm.str(5)}",
    )


def _least_eigenvalue(matrix: arb_mat) -> float:
    """An estimate; inverse iteration sharpens what is lost in double precision."""
    entries = np.array([[float(v.mid()) for v in row] for row in matrix.tolist()])
    values, vectors = np.linalg.eigh((entries + entries.T) / 2)
    if abs(values[0]) > RESOLVED * abs(values[-1]):
        return float(values[0])
    vector = arb_mat([[float(v)] for v in vectors[:, 0]])
    for _ in range(INVERSE_STEPS):
        vector = matrix.solve(vector).mid()
        vector *= 1 / euclidean_norm(vector).mid()
    return float((vector.transpose() * matrix * vector)[0, 0].mid())
