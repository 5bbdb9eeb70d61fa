"""Our own: the edge of memorisation of a mixture model has no counterpart in the columns of a ReLU autoencoder.

A mixture of M components puts single samples into components of their own, most of them from M = .8N on. Networks of p
ReLU units (BR eq. 6, σ = .1, λ = .001, exact noise) descend from small random starts on N = 12 samples of the same
mixtures, K = 3, in d = 6 and 24 dimensions, p/N from 1/2 to 2 (sweep `edge-autoencoder`). None of 48 networks stores a
sample one-hot, and units along single samples (cosine .9) are as rare for training samples as for fresh ones. It is
not that they could not: at .9 of the samples or all a unit could be on alone, and a largest set of pairwise negative
cosines, of which BR Corollary 3.2 says that it can be stored, holds .2 to .3 of them. Samples of one cluster have
positive cosines, and units are shared.

They memorise nevertheless: a fresh sample costs several times what a training sample does, at N < d up to a thousand
times, since what is learned is the span of the samples and not the samples. So the number of parameters at which most
samples are held one by one is a matter of the model class; the ratio of losses, by which `theory.generic_boundary`
decides, is what both have in common. p/N is not the scale of it: from p = 2d on the linear denoiser is there to learn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np

from numerics.stored_samples import stored_samples
from numerics.sweep import evidence, read_sweep
from numerics.sweeps.edge_autoencoder import COSINE, SIGMA, SWEEP
from numerics.sweeps.one_hot_storage import codes_alone
from proofs_check.check import Check, Control, Effort, Outcome, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.sampling import estimate
from proofs_check.verdict import Method, Verdict
from theory.block_minimizer import memorizing_weights
from theory.separability import regular_simplex

# As EM's transition is where half is memorised; and as the boundary of generic data is where the loss is twice.
HALF, TWICE = 0.5, 2.0
# How much more often units are along training samples than along fresh ones, with four standard errors, at most.
MORE = 0.1


@cache
def kept(quantity: str) -> np.ndarray:
    """A quantity of all networks. ValueError if one has not converged."""
    arrays, _ = read_sweep(evidence(SWEEP.name))
    if not arrays["converged"].all():
        raise ValueError(f"networks must all have converged, got {arrays['converged'].tolist()}")
    return arrays[quantity]


def _storing() -> tuple[np.ndarray, np.ndarray]:
    """Shares of one-hot samples and of own units in networks that do store: memorising weights of simplices."""
    one_hot, own = [], []
    for d in (6, 24):
        X = np.sqrt(d) * regular_simplex(6, d)
        W = memorizing_weights(X, SIGMA, 1e-3)
        one_hot.append(codes_alone(W, W, X)[1].mean())
        own.append(stored_samples(W, W, X, COSINE).fraction)
    return np.array(one_hot), np.array(own)


def few_stored(one_hot: np.ndarray, own: np.ndarray) -> Outcome:
    """Whether no network stores half of its samples, in either sense."""
    most = max(float(one_hot.max()), float(own.max()))
    return Outcome(most < HALF, f"at most {most:.2f} < {HALF}", f"{len(one_hot)} networks", (_table(),))


def as_fresh(own: np.ndarray, fresh: np.ndarray) -> Outcome:
    """Whether units are along training samples hardly more often than along fresh ones."""
    more = estimate(own - fresh)
    most = more.mean + 4 * more.standard_error
    return Outcome(most <= MORE, f"{more.mean:.3f} ± {more.standard_error:.3f}", f"{len(own)} networks")


def costs_more(first: np.ndarray, second: np.ndarray) -> Outcome:
    """Whether the second loss is more than twice the first in every network."""
    least = float((second / first).min())
    return Outcome(least > TWICE, f"{least:.2f} > {TWICE:g}", f"{len(first)} networks")


def _table() -> Table:
    rows = []
    for setting in SWEEP.quick["setting"]:
        for variance in SWEEP.quick["data_variance"]:
            for width in SWEEP.quick["width"]:
                at = (kept("setting") == setting) & (kept("data_variance") == variance) & (kept("width") == width)
                means = [kept(name)[at].mean() for name in ("one_hot", "own", "own_fresh", "separable", "isolable")]
                ratio = np.median(kept("test_loss")[at] / kept("train_loss")[at])
                rows.append(
                    (setting, f"{variance:g}", f"{width:g}", *(f"{value:.2f}" for value in means), f"{ratio:.1f}")
                )
    columns = ("N-d-K", "σ⋆²", "p/N", "one-hot", "own unit", "fresh", "separable", "isolable", "test/train loss")
    return Table("Samples stored by an autoencoder", columns, tuple(rows))


def _check(name: str, decide: Callable[[], Outcome], wrong: dict[str, Callable[[], Outcome]]) -> Check:
    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, other in wrong.items():
            yield Control(f"{name}: {label}", other)

    scope = "N = 12, K = 3, d = 6 and 24, σ⋆² = .25 and 4, p/N = 1/2, 1, 2, four data sets"
    return Check(name, Method.DESCENT, lambda effort: decide(), controls, scope=scope)


CLAIM = Claim(
    identifier="own-edge-autoencoder",
    paper=Paper.OWN,
    source="this project; arXiv 2508.17689 beside arXiv 2512.20963",
    title="An autoencoder has no edge at which samples get units of their own",
    kind=Kind.UPPER,
    hypotheses=(
        "two layers, p ReLU units, BR eq. 6 with exact noise, σ = .1, λ = .001, small random starts, converged",
        "samples of mixtures: 12 of three clusters, means of length √d, d = 6 and 24",
    ),
    printed=Statement(
        "Up to p = 2N, no network stores half of its samples one-hot or by a unit along each, and units are along "
        "training samples hardly more often than along fresh ones; yet a fresh sample costs more than twice what a "
        "training sample does.",
        Verdict.OBSERVED,
    ),
    checks=(
        _check(
            "few samples stored",
            lambda: few_stored(kept("one_hot"), kept("own")),
            {
                "networks that store": lambda: few_stored(*_storing()),
                "those that could be": lambda: few_stored(kept("isolable"), kept("own")),
            },
        ),
        _check(
            "units along samples",
            lambda: as_fresh(kept("own"), kept("own_fresh")),
            {"networks that store": lambda: as_fresh(_storing()[1], np.zeros(2))},
        ),
        _check(
            "memorised by the loss",
            lambda: costs_more(kept("train_loss"), kept("test_loss")),
            {"exchanged": lambda: costs_more(kept("test_loss"), kept("train_loss"))},
        ),
    ),
)
