"""Which hypotheses of BR's theorems a data set meets at a noise level, a weight decay and a width, and by how much."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from . import validation
from .block_minimizer import gate_margin
from .clustering import distinct_samples
from .gating import isolable
from .linear_autoencoder import gram_spectrum
from .separability import alpha_beta
from .structures import Structure


class Hypothesis(NamedTuple):
    """One condition: which result needs it, the measured value, what is needed of it, and whether that is met.

    `value` and `met` are None where the quantity is not defined for the data.
    """

    name: str
    needed_by: str
    value: float | None
    rule: str
    met: bool | None


def largest_cosine(X: Float[Any, "n d"]) -> float | None:
    """Largest cosine of two distinct samples; None when a sample is at the origin, −1 with one distinct sample."""
    rows = distinct_samples(X).rows
    return alpha_beta(rows, np.arange(len(rows)))[1] if rows.any(axis=1).all() else None


def hypotheses(
    X: Float[Any, "n d"], structure: Structure, sigma: float, weight_decay: float, width: int
) -> tuple[Hypothesis, ...]:
    """The conditions of BR Theorem 3.1 and Corollaries 3.2 and 3.4 for this partition and these block widths.

    Margins are in units of sigma > 0. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    decay = len(X) * validation.nonnegative(weight_decay, "weight_decay")
    width = validation.whole(width, "width", 1)
    if not X.any():
        raise ValueError(f"X must hold a sample that is not zero, got {len(X)} zeros")
    rows, multiplicities, _ = distinct_samples(X)
    rank = int(np.count_nonzero(gram_spectrum(rows)[0]))
    alone = largest_cosine(rows)
    alpha, beta = _separability(X, structure.labels)
    kept = [float(gram_spectrum(X[structure.labels == k])[0][p - 1]) for k, p in enumerate(structure.widths) if p]
    weakest = min(kept, default=None)
    energy = float((multiplicities * (rows**2).sum(axis=1)).min())
    margin = gate_margin(structure.W, X, structure.labels, structure.widths) / sigma if kept else None
    alone_count = int(isolable(rows).sum())
    whole, memorise = "Theorem 3.1", "Corollary 3.2"
    return (
        _hypothesis("largest cosine of two distinct samples", memorise, alone, "< 0", alone is not None and alone < 0),
        _hypothesis("width over distinct samples", memorise, width / len(rows), ">= 1", width >= len(rows)),
        _hypothesis("nλ over the least m‖x‖²", memorise, _over(decay, energy), "< 1", decay < energy),
        _hypothesis(
            "isolable share of distinct samples", "own units", alone_count / len(rows), "= 1", alone_count == len(rows)
        ),
        _hypothesis("distinct samples over their rank", "own units", len(rows) / rank, "<= 1", len(rows) <= rank),
        _hypothesis("α of the predicted clusters", whole, alpha, "small", None),
        _hypothesis("β of the predicted clusters", whole, beta, "< 0", beta is not None and beta < 0),
        _hypothesis(
            "nλ over the least kept Gram eigenvalue",
            whole,
            _over(decay, weakest),
            "< 1",
            weakest is not None and decay < weakest,
        ),
        _hypothesis("gate margin of the block formula over σ", whole, margin, "> 0", margin is not None and margin > 0),
    )


def _hypothesis(name: str, needed_by: str, value: float | None, rule: str, met: bool | None) -> Hypothesis:
    return Hypothesis(name, needed_by, value, rule, None if value is None else met)


def _over(decay: float, energy: float | None) -> float | None:
    return None if energy is None or energy == 0 else decay / energy


def _separability(X: np.ndarray, labels: Int[np.ndarray, " n"]) -> tuple[float | None, float | None]:
    means = [X[labels == k].mean(axis=0) for k in range(int(labels.max()) + 1)]
    return alpha_beta(X, labels) if all(mean.any() for mean in means) else (None, None)
