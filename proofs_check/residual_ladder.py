"""The kept certificates of the ladder of noise levels: certified residuals with margin and leading law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import numerics
from theory.block_minimizer import block_weights, gate_margin
from theory.residual import predicted_residual

from .certificate import Certificate, certificate_paths, read_certificate
from .recheck import recheck

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
        predicted = float(np.linalg.norm(predicted_residual(X, certificate.sigma, certificate.weight_decay)))
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
