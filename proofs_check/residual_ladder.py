"""The kept certificates of the ladder of noise levels: certified residuals with margin and leading law, and the check
that they agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import numerics
from theory.block_minimizer import block_weights, gate_margin
from theory.residual import predicted_residual

from .certificate import Certificate, certificate_paths, read_certificate
from .check import Bears, Check, Control, Effort, Outcome
from .recheck import recheck
from .verdict import Method

# What the law leaves out is of second order in the leak exp(−γ²/2σ²); the rest is its rounding in double precision.
SECOND_ORDER, ROUNDING = 10.0, 1e-12
QUICK_COUNT = 6

EVIDENCE = Path(numerics.__file__).parent / "evidence" / "certificates"


@dataclass(frozen=True)
class Rung:
    """One certificate with the gate margin of its samples at σ = 0 and the leading law's ‖R‖ (NaN for wide blocks or
    spread clusters, which the law does not cover).
    """

    certificate: Certificate
    margin: float
    predicted: float


def rung(certificate: Certificate) -> Rung:
    """Margin and prediction for one certificate."""
    X, labels, widths = certificate.X, certificate.labels, certificate.widths
    formula = block_weights(X, labels, widths, 0.0, certificate.weight_decay)
    predicted = float("nan")
    if len(X) == len(widths) and (widths == 1).all():
        predicted = _law(certificate)
    return Rung(certificate, gate_margin(formula, X, labels, widths), predicted)


def ladder(*, verify_again: bool, folder: Path = EVIDENCE / "ladder") -> Iterator[Rung]:
    """The certified rungs in alphabetical order. Raises `ValueError` if one does not hold when verified again."""
    for path in certificate_paths(folder):
        certificate = read_certificate(path)
        if not certificate.certified:
            continue
        if verify_again and not (finding := recheck(certificate)).holds:
            raise ValueError(f"certificates must hold, {path.name} does not: {finding.reason}")
        yield rung(certificate)


def ladder_check(name: str, *, about: str, scope: str, folder: Path = EVIDENCE / "ladder") -> Check:
    """A supporting check that certified residuals of single samples are the leading law up to its second order.

    An ordinary run verifies some of the certificates again, drawn by seed, a full run all. Controls change the law's
    size by 1e-4, its noise level or its decay.
    """

    def decide_about(law: Callable[[Certificate], float], effort: Effort, again: bool) -> Outcome:
        rungs = [found for found in ladder(verify_again=False, folder=folder) if math.isfinite(found.predicted)]
        order = np.random.default_rng([effort.seed, len(rungs)]).permutation(len(rungs))
        chosen = [rungs[i] for i in (order if effort.full else order[:QUICK_COUNT])]
        worst = 0.0
        for found in rungs:
            ratio = (found.margin / found.certificate.sigma) ** 2
            allowed = SECOND_ORDER * math.exp(-ratio / 2) + ROUNDING
            away = max(abs(end / law(found.certificate) - 1) for end in found.certificate.distance)
            if not away <= allowed:
                return Outcome(False, f"{away:.1e} > {allowed:.1e}", found.certificate.name)
            worst = max(worst, away / allowed)
        for found in chosen if again else []:
            finding = recheck(found.certificate)
            if not finding.holds:
                return Outcome(False, "rejected", f"{found.certificate.name}: {finding.reason}")
        least = min(found.certificate.distance[0] for found in rungs)
        detail = f"{len(rungs)} certified residuals down to {least:.0e}, {len(chosen)} verified again"
        return Outcome(True, f"within {worst:.2f} of the second order", detail)

    def controls(effort: Effort) -> Iterable[Control]:
        for label, law in {
            "1e-4 larger": lambda found: 1.0001 * _law(found),
            "noise 1e-4 larger": lambda found: _law(found, noise=1.0001),
            "decay 1e-3 larger": lambda found: _law(found, decay=1.001),
        }.items():
            yield Control(f"{name}: {label}", lambda law=law: decide_about(law, effort, False))

    return Check(
        name, Method.BALLS, lambda effort: decide_about(_law, effort, True), controls, Bears.SUPPORTS, about, scope
    )


def _law(certificate: Certificate, noise: float = 1.0, decay: float = 1.0) -> float:
    residual = predicted_residual(certificate.X, noise * certificate.sigma, decay * certificate.weight_decay)
    return float(np.linalg.norm(residual))
