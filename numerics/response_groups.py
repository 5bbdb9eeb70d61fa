"""Smooth against threshold-like: responses of memorised and generalised samples compared by a rule fixed beforehand.

The statistics are those of `numerics.response_curves`; each is summed up by its median in a group, with an interval of
95 % from resampling. Samples that copy the same training image answer alike, so what is resampled are the nearest
training images, each with all its samples. Samples without an answer (NaN) are left out.

The rule, for one response of one network:

* "as printed": memorised samples prefer a step and generalised ones a line, both intervals on their side of 0;
* else "memorised sharper": all three intervals of the difference of medians, memorised − generalised, are on the side
  of a threshold (sharpness > 0, width < 0, preference > 0); "generalised sharper": all three on the other;
* else "no difference": all three hold 0; else "mixed".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from numerics.response_curves import preference, sharpness, width
from theory import validation

RESAMPLES = 2000
TAILS = (2.5, 97.5)
# Samples of a group, and different training images among their nearest, without which nothing is decided.
LEAST_SAMPLES, LEAST_IMAGES = 20, 5
STATISTICS = ("sharpness", "width", "preference")
# On which side of 0 the difference, memorised − generalised, is if the memorised are more like a threshold.
SIDES = np.array([1.0, -1.0, 1.0])


class Interval(NamedTuple):
    """A median, or a difference of two, and the 95 % interval around it."""

    value: float
    low: float
    high: float

    @property
    def side(self) -> int:
        """1 if the interval is above 0, −1 if below, 0 if it holds 0."""
        return int(self.low > 0) - int(self.high < 0)


class Comparison(NamedTuple):
    """Medians of the three statistics in each group, their differences, samples that count, and the verdict."""

    memorised: tuple[Interval, ...]
    generalised: tuple[Interval, ...]
    difference: tuple[Interval, ...]
    samples: tuple[int, int]
    verdict: str


def statistics(curves: Float[Any, "m strengths"]) -> Float64[np.ndarray, "3 m"]:
    """Sharpness, width and preference of each curve. Raises `ValueError` for bad input."""
    return np.stack([sharpness(curves), width(curves), preference(curves)])


def resampled_medians(values: Float[Any, "s m"], origins: Any, seed: int) -> Float64[np.ndarray, "resamples s"]:
    """The median of each row of values (s, m), then of 2,000 resamples of the distinct `origins` (m,); shape (2001, s).

    Samples with a NaN in any row are left out; all is NaN if fewer than 20 samples or 5 origins are left. Raises
    `ValueError` for bad input.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"values must have 2 dimensions, got shape {values.shape}")
    origins = validation.real_array(origins, "origins", ndim=1)
    if len(origins) != values.shape[1]:
        raise ValueError(f"origins must be one for each of the {values.shape[1]} samples, got shape {origins.shape}")
    rng = np.random.default_rng(validation.whole(seed, "seed", 0))
    answered = ~np.isnan(values).any(axis=0)
    values = values[:, answered]
    _, groups = np.unique(origins[answered], return_inverse=True)
    images = int(groups.max(initial=-1)) + 1
    if values.shape[1] < LEAST_SAMPLES or images < LEAST_IMAGES:
        return np.full((RESAMPLES + 1, len(values)), np.nan)
    draws = rng.integers(images, size=(RESAMPLES, images))
    counts = np.array([np.bincount(row, minlength=images) for row in draws])
    counts = np.concatenate([np.ones((1, images), dtype=np.int64), counts])[:, groups]
    return np.stack([_weighted_medians(row, counts) for row in values], axis=1)


def compare(
    memorised: Float[Any, "m strengths"],
    memorised_origins: Any,
    generalised: Float[Any, "g strengths"],
    generalised_origins: Any,
    seed: int,
) -> Comparison:
    """The two groups of curves, with the nearest training image of each, and the verdict of the rule.

    "undecided" if a group holds too few that answer. Raises `ValueError` for bad input.
    """
    first, second = statistics(memorised), statistics(generalised)
    return decide(first, memorised_origins, second, generalised_origins, seed)


def decide(
    memorised: Float[Any, "3 m"],
    memorised_origins: Any,
    generalised: Float[Any, "3 g"],
    generalised_origins: Any,
    seed: int,
) -> Comparison:
    """As `compare`, from the statistics. Raises `ValueError` for bad input."""
    first = resampled_medians(memorised, memorised_origins, seed)
    second = resampled_medians(generalised, generalised_origins, seed + 1)
    counts = [int((~np.isnan(np.asarray(values)).any(axis=0)).sum()) for values in (memorised, generalised)]
    ours, theirs, apart = _intervals(first), _intervals(second), _intervals(first - second)
    return Comparison(ours, theirs, apart, (counts[0], counts[1]), _verdict(ours, theirs, apart))


def _verdict(
    memorised: tuple[Interval, ...], generalised: tuple[Interval, ...], difference: tuple[Interval, ...]
) -> str:
    if np.isnan([interval.value for interval in difference]).any():
        return "undecided"
    if memorised[2].side > 0 > generalised[2].side:
        return "as printed"
    sides = SIDES * [interval.side for interval in difference]
    for outcome, holds in (
        ("memorised sharper", sides > 0),
        ("generalised sharper", sides < 0),
        ("no difference", sides == 0),
    ):
        if holds.all():
            return outcome
    return "mixed"


def _intervals(medians: np.ndarray) -> tuple[Interval, ...]:
    low, high = np.percentile(medians[1:], TAILS, axis=0)
    return tuple(Interval(float(v), float(lo), float(hi)) for v, lo, hi in zip(medians[0], low, high, strict=True))


def _weighted_medians(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The lower median of values (m,) for each row of counts (r, m)."""
    order = np.argsort(values)
    below = counts[:, order].cumsum(axis=1)
    return values[order][np.argmax(2 * below >= below[:, -1:], axis=1)]
