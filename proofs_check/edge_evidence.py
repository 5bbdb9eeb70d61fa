"""The kept models on both sides of the edge of memorisation: where each criterion crosses one half.

The crossing of a data set is where the criterion, interpolated linearly between the measured M/N, passes the level for
the last time; at M = N every model is the memoriser of its samples, which closes each curve. Standard errors are over
data sets, each with its own means, samples and starts.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from numerics.sweep import evidence, read_sweep
from numerics.sweeps.edge_likelihood import SAMPLERS, THRESHOLDS, size

from .sampling import Estimate, estimate

# A model whose gradient is at most this share of its loss counts as stationary. Where λ is bounded and σ⋆² = .04 most
# of the loss is not about s², which may then be a tenth too large: the crossing is then too high by some .01.
STATIONARY = 2e-3


class Setting(NamedTuple):
    """What all models of a curve share; `setting` names N, d and K."""

    setting: str
    data_variance: float
    weighting: str
    start: str

    @property
    def N(self) -> int:
        """Number of training samples."""
        return size(self.setting).N


class Curve(NamedTuple):
    """A criterion (seeds, fractions) against M/N (fractions,)."""

    fraction: np.ndarray
    value: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Over the data sets, (fractions,)."""
        return self.value.mean(axis=0)

    @property
    def standard_error(self) -> np.ndarray:
        """Of the mean, (fractions,)."""
        return self.value.std(axis=0, ddof=1) / np.sqrt(len(self.value))

    def crossings(self, level: float = 0.5) -> np.ndarray:
        """M/N at which the criterion passes the level for the last time, (seeds,)."""
        return np.array([_last_passage(self.fraction, row, level) for row in self.value])

    def crossing(self, level: float = 0.5) -> Estimate:
        """The same over the data sets."""
        return estimate(self.crossings(level))


@cache
def kept(name: str) -> dict[str, np.ndarray]:
    """Arrays of the evidence of a sweep. Raises `ValueError` if its checksum does not match."""
    return read_sweep(evidence(name))[0]


def settings(name: str) -> list[Setting]:
    """The curves of a sweep, in the order of its rows."""
    arrays = kept(name)
    weighting = arrays.get("weighting", np.full(len(arrays["seed"]), "likelihood"))
    rows = zip(
        arrays["setting"].tolist(),
        arrays["data_variance"].tolist(),
        weighting.tolist(),
        arrays["start"].tolist(),
        strict=True,
    )
    return list(dict.fromkeys(Setting(*row) for row in rows))


def curve(name: str, setting: Setting, quantity: str, *index: int) -> Curve:
    """A measured quantity (at an index of its further axes) of stationary models against M/N.

    Data sets of which a model is not stationary are left out.
    """
    arrays = kept(name)
    chosen = (arrays["setting"] == setting.setting) & (arrays["data_variance"] == setting.data_variance)
    chosen &= arrays["start"] == setting.start
    if "weighting" in arrays:
        chosen &= arrays["weighting"] == setting.weighting
    settled = arrays["converged"].astype(bool) | (arrays["gradient"] <= STATIONARY * np.abs(arrays["loss"]))
    whole = [seed for seed in np.unique(arrays["seed"][chosen]) if settled[chosen & (arrays["seed"] == seed)].all()]
    fractions = np.unique(arrays["fraction"][chosen])
    values = arrays[quantity][(..., *index)] if index else arrays[quantity]
    table = [
        [values[chosen & (arrays["seed"] == seed) & (arrays["fraction"] == f)][0] for f in fractions] for seed in whole
    ]
    return Curve(np.round(fractions * setting.N) / setting.N, np.array(table, dtype=np.float64))


def ratio_curve(name: str, setting: Setting, sampler: str, c: float) -> Curve:
    """The memorised share by sampler and threshold."""
    at = (SAMPLERS.index(sampler), THRESHOLDS.index(c))
    return curve(name, setting, "ratio", *at)


def _last_passage(fraction: np.ndarray, value: np.ndarray, level: float) -> float:
    inside = fraction < 1
    x, y = np.append(fraction[inside], 1.0), np.append(value[inside], 1.0)
    below = np.flatnonzero(y < level)
    if not below.size:
        return float(x[0])
    k = below[-1]
    return float(x[k] + (level - y[k]) / (y[k + 1] - y[k]) * (x[k + 1] - x[k]))


def weighted_losses(name: str, setting: Setting, losses: str, weights: np.ndarray) -> Curve:
    """Mean over the levels of λL_t, λ on the printed grid, of the losses of a name such as "model_losses"."""
    found = [curve(name, setting, losses, level) for level in range(len(weights))]
    values = np.stack([each.value for each in found], axis=-1)
    return Curve(found[0].fraction, (values * weights).mean(axis=-1))


def surrogate_crossing(name: str, setting: Setting, weights: np.ndarray) -> Estimate:
    """M/N from which the memoriser of M samples loses less than the data's own mixture, both sampled, not expanded."""
    nominal = weighted_losses(name, setting, "nominal_losses", weights)
    memoriser = weighted_losses(name, setting, "memoriser_losses", weights)
    return Curve(nominal.fraction, 1 - memoriser.value / nominal.value).crossing(0.0)
