"""Decides whether a certificate proves what it says, trusting nothing but the numbers in it and ball arithmetic.

Let B be the ball of the stated radius around the point, in full dimension d, m the stated eigenvalue bound and g a
bound on the gradient norm at the point. The samples span the reduced coordinates (own-span-reduction). Checked are:

1. The Hessian of the reduced problem exceeds m on B: L is m-strongly convex there. It contains T2 = 2E[hhᵀ] + 2λI, the
   curvature of decoders orthogonal to the samples, so that exceeds m too.
2. T1, the curvature of encoders orthogonal to the samples, exceeds m on B: a critical point in B has no component
   orthogonal to the samples, and curves upwards there.
3. g < m · radius: the least value of L over the reduced ball is not on its rim, so a critical point exists inside.

By 1 and 2 it is the only one in B and a strict local minimiser, with eigenvalues above m. It is within g/m of the
point, which encloses its distance to the block formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flint import arb, arb_mat

from theory import validation
from theory.block_minimizer import block_widths

from .ball_blocks import block_formula_distance
from .ball_derivatives import Derivatives, network
from .balls import euclidean_norm, precision
from .certificate import Certificate, point, read_certificate
from .positive_definite import positive_definite_above
from .reduced_samples import reduced_samples
from .report import certificate_line


@dataclass(frozen=True)
class Finding:
    """Whether a certificate holds; if not, why. `gradient_norm` is the bound g, `distance` to the block formula."""

    holds: bool
    reason: str
    gradient_norm: float
    distance: tuple[float, float]


def recheck(certificate: Certificate) -> Finding:
    """Verify a certificate anew from its numbers."""
    try:
        with precision(validation.whole(certificate.bits, "bits", 2)):
            return _Proof(certificate).decide()
    except ValueError as error:
        return _rejected(f"its numbers make no problem: {error}")


def recheck_file(path: Path) -> tuple[str, bool | None]:
    """A line about the certificate in a file, and whether it holds: none where it does not say that it is certified."""
    try:
        certificate = read_certificate(path)
        if not certificate.certified:
            return certificate_line(certificate), None
        finding = recheck(certificate)
    except (ValueError, OSError) as error:
        return f"{path.name}: NOT READABLE: {error}", False
    return f"{path.name}: " + ("holds" if finding.holds else f"REJECTED: {finding.reason}"), finding.holds


class _Proof:
    """The numbers of one certificate as balls, and the steps of its proof."""

    def __init__(self, certificate: Certificate) -> None:
        self.samples = reduced_samples(certificate.X)
        self.layers = point(certificate)
        self.sigma, self.decay = arb(certificate.sigma), arb(certificate.weight_decay)
        self.radius, self.bound = arb(certificate.radius), arb(certificate.smallest_eigenvalue)
        self.labels = validation.labels(certificate.labels, len(certificate.X))
        self.widths = block_widths(certificate.widths, int(self.labels.max()) + 1)
        self.stated = certificate.distance
        shape = (self.samples.dimension, sum(self.widths))
        if certificate.parts.shape[2:] != shape:
            raise ValueError(f"parts must have {shape} weights a layer, got {certificate.parts.shape[2:]}")
        if not (self.sigma > 0 and self.decay >= 0 and self.radius > 0 and self.bound > 0):
            raise ValueError("sigma, radius and smallest_eigenvalue must be > 0, weight_decay >= 0")

    def decide(self) -> Finding:
        gradient = euclidean_norm(*self._derivatives(arb(0)).gradient())
        if not gradient < self.bound * self.radius:
            return _rejected(
                f"the gradient norm {gradient.str(5)} must be below {(self.bound * self.radius).str(5)}", gradient
            )
        around = self._derivatives(self.radius)
        if not positive_definite_above(around.hessian(), self.bound):
            return _rejected(
                f"the Hessian does not certainly exceed {self.bound.str(5)} within {self.radius.str(5)}", gradient
            )
        if self.samples.transverse and not positive_definite_above(around.transverse1(), self.bound):
            return _rejected(
                f"curvature orthogonal to the samples does not certainly exceed {self.bound.str(5)}", gradient
            )
        distance = self._formula_distance() + arb(0, (gradient / self.bound).upper())
        low, high = (arb(end) for end in self.stated)
        if not (low <= distance.lower().max(arb(0)) and distance.upper() <= high):
            return _rejected(
                f"the distance to the block formula is {distance.str(8)}, not within the stated ends", gradient
            )
        return Finding(True, "", float(gradient.upper()), self.stated)

    def _derivatives(self, radius: arb) -> Derivatives:
        """Derivatives on the whole ball: entries move by its radius at most, inner products by its square more."""
        wide1, wide2 = (arb_mat([[v + arb(0, radius) for v in row] for row in W.tolist()]) for W in self.layers)
        slack = radius * radius if self.samples.transverse else arb(0)
        weights = network(wide1, wide2, slack)
        return Derivatives(self.samples.rows, self.samples.multiplicities, weights, self.sigma, self.decay)

    def _formula_distance(self) -> arb:
        return block_formula_distance(self.samples, self.labels, self.widths, self.sigma, self.decay, *self.layers)


def _rejected(reason: str, gradient: arb | None = None) -> Finding:
    norm = float("nan") if gradient is None else float(gradient.upper())
    return Finding(False, reason, norm, (float("nan"), float("nan")))
