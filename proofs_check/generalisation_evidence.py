"""Kept descents on separated clusters beside the limits of Corollary 3.3's blocks, and the checks that they agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType

import numpy as np
from scipy.optimize import brentq

from numerics.cluster_descent import ABSENT
from numerics.sweep import evidence, read_sweep
from numerics.sweeps import generalisation, generalisation_full_width, generalisation_random
from theory.proportional_limit import test_loss_limit as fresh_loss_limit
from theory.proportional_limit import train_loss_limit
from theory.spiked_covariance import Losses, spiked_losses

from .check import Bears, Check, Control, Effort, Outcome, Table
from .sampling import Estimate, estimate
from .verdict import Method

NARROW, FULL, RANDOM = generalisation, generalisation_full_width, generalisation_random
# Mean losses to their limits, a converged end to the block on its own samples, crossing points, cells made anew.
CURVES, ENDS, CROSSINGS, AGAIN = 0.03, 1e-3, 0.1, 1e-3
LEAST_RANDOM = 10

# Limits by d, c = d/n_k and the units of a cluster.
Law = Callable[[int, float, int], Losses]


def narrow_limits(d: int, ratio: float, units: int) -> Losses:
    """Of a cluster of `generalisation` whose `units` keep its leading directions; the mean is one of the spikes."""
    setting = NARROW.SETTING
    moments = np.sort(np.r_[setting.length**2 + setting.bulk, setting.spikes, np.full(units, setting.bulk)])[::-1]
    kept = spiked_losses(moments[:units], d, ratio, setting.sigma, setting.bulk)
    left = float((moments[units:] - setting.bulk).sum())
    return Losses(kept.train + left, kept.test + left)


def full_limits(d: int, ratio: float, units: int) -> Losses:
    """Of a cluster of `generalisation_full_width`, all directions kept whatever the number of `units`."""
    del units
    setting = FULL.SETTING
    spectrum = np.r_[setting.length**2 + setting.bulk, np.full(d - 1, setting.bulk)]
    laws = (train_loss_limit, fresh_loss_limit)
    return Losses(*(d * law(spectrum, ratio, setting.sigma) for law in laws))


@dataclass(frozen=True)
class Point:
    """Mean losses of the converged descents at one number of samples a cluster, all in blocks as they began."""

    d: int
    clusters: int
    samples: int
    units: int
    train: Estimate
    test: Estimate

    @property
    def gap(self) -> float:
        """Test over train loss, less one."""
        return self.test.mean / self.train.mean - 1


@cache
def kept(sweep: ModuleType) -> dict[str, np.ndarray]:
    """Arrays of the evidence of a sweep's module. Raises `ValueError` if its checksum does not match."""
    return read_sweep(evidence(sweep.SWEEP.name))[0]


@cache
def points(sweep: ModuleType) -> tuple[Point, ...]:
    """The kept curve of a sweep from near the block. Raises `ValueError` as `curve` does."""
    return curve(sweep, kept(sweep))


def curve(sweep: ModuleType, arrays: Mapping[str, np.ndarray]) -> tuple[Point, ...]:
    """Points of cells of a sweep. Raises `ValueError` if a descent has not converged or has left the block."""
    found = []
    for d, clusters, samples in sorted(
        {*zip(*(arrays[k].tolist() for k in ("d", "clusters", "samples")), strict=True)}
    ):
        rows = (arrays["d"] == d) & (arrays["clusters"] == clusters) & (arrays["samples"] == samples)
        units = sweep.SETTING.units(d, samples)
        live = arrays["open_units"][rows, :clusters].sum(axis=1) + arrays["mixed_units"][rows] == clusters * units
        away = np.abs(arrays["train_loss"][rows] / arrays["block_loss"][rows] - 1)
        if not (arrays["converged"][rows] & live & (away <= ENDS)).all():
            raise ValueError(f"descents must end in their blocks, of {sweep.SWEEP.name} at n_k = {samples} some do not")
        losses = (estimate(arrays[name][rows]) for name in ("train_loss", "test_loss"))
        found.append(Point(d, clusters, samples, units, *losses))
    return tuple(found)


def predicted_crossing(law: Law, d: int, units: int, gap: float) -> float:
    """n_k at which the limits differ by `gap` of the train loss."""

    def beyond(logarithm: float) -> float:
        losses = law(d, d / math.exp(logarithm), units)
        return losses.test / losses.train - 1 - gap

    return math.exp(brentq(beyond, math.log(d / 30), math.log(30 * d)))


def measured_crossing(among: Iterable[Point], gap: float) -> float:
    """n_k at which the mean losses do, between neighbouring points on straight lines in logarithms of gap and n_k.

    Raises `ValueError` if the curve does not reach it.
    """
    ordered = sorted(among, key=lambda point: point.samples)
    if not ordered[-1].gap <= gap <= ordered[0].gap:
        raise ValueError(f"gap must be between those of the curve's ends, got {gap!r}")
    logarithms = np.log([[point.samples, point.gap] for point in ordered])
    return float(np.exp(np.interp(-math.log(gap), -logarithms[:, 1], logarithms[:, 0])))


def wrong_laws(law: Law) -> dict[str, Law]:
    """Laws that the curves must reject."""
    return {
        "n_k/d for d/n_k": lambda d, c, units: law(d, 1 / c, units),
        "train and test loss swapped": lambda d, c, units: Losses(*law(d, c, units)[::-1]),
        "the population's loss for both": lambda d, c, units: law(d, 1e-9, units),
        "limits 3 % larger": lambda d, c, units: Losses(*(1.03 * loss for loss in law(d, c, units))),
        "limits 3 % smaller": lambda d, c, units: Losses(*(0.97 * loss for loss in law(d, c, units))),
    }


def curve_check(name: str, sweep: ModuleType, law: Law, *, scope: str) -> Check:
    """A check that mean train and test losses of the kept descents lie within 3 % of the limits at every point."""

    def decide_about(candidate: Law, shown: bool) -> Outcome:
        worst, rows = 0.0, []
        for point in points(sweep):
            limits = candidate(point.d, point.d / point.samples, point.units)
            worst = max(
                worst,
                *(abs(found.mean / limit - 1) for found, limit in zip((point.train, point.test), limits, strict=True)),
            )
            row = [str(point.clusters), str(point.samples)]
            for found, limit in zip((point.train, point.test), limits, strict=True):
                row += [f"{limit:.3f}", f"{found.mean:.3f} ± {found.standard_error:.3f}"]
            rows.append(tuple(row))
        header = ("M", "n_k", "train", "measured", "test", "measured")
        tables = (Table(f"Losses near the block, d = {points(sweep)[0].d}", header, tuple(rows)),) if shown else ()
        count = sum(point.train.count for point in points(sweep))
        return Outcome(worst <= CURVES, f"within {worst:.2%} of {CURVES:.0%}", f"{count} converged descents", tables)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, other in wrong_laws(law).items():
            yield Control(f"{name}: {label}", lambda other=other: decide_about(other, False))

    return Check(name, Method.DESCENT, lambda effort: decide_about(law, True), controls, scope=scope)


def crossing_check(name: str, sweep: ModuleType, law: Law, gaps: tuple[float, ...], *, scope: str) -> Check:
    """A check that the losses come within given gaps of each other at the n_k that the limits say, up to 10 %."""

    def decide_about(candidate: Law) -> Outcome:
        worst, said = 0.0, []
        for gap in gaps:
            for clusters in sorted({point.clusters for point in points(sweep)}):
                among = [point for point in points(sweep) if point.clusters == clusters]
                found = measured_crossing(among, gap)
                predicted = predicted_crossing(candidate, among[0].d, among[-1].units, gap)
                worst = max(worst, abs(found / predicted - 1))
                said.append(f"gap {gap:g}, M = {clusters}: {found:.0f} for {predicted:.0f}")
        return Outcome(worst <= CROSSINGS, f"within {worst:.1%} of {CROSSINGS:.0%}", "; ".join(said))

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        others: dict[str, Law] = {
            "d/n_k half as large again": lambda d, c, units: law(d, 1.5 * c, units),
            "the root of d/n_k": lambda d, c, units: law(d, math.sqrt(c), units),
            "one unit too many": lambda d, c, units: law(d, c * (units + 1) / units, units),
        }
        if sweep is FULL:
            del others["one unit too many"]
        for label, other in others.items():
            yield Control(f"{name}: {label}", lambda other=other: decide_about(other))

    return Check(name, Method.DESCENT, lambda effort: decide_about(law), controls, scope=scope)


def random_check(name: str, *, scope: str) -> Check:
    """A check that random starts that converge to gates of one cluster each end at a block of as many units."""

    def decide_about(candidate: Law, block: str = "block_loss") -> Outcome:
        arrays, away, off, counted = kept(RANDOM), 0.0, 0.0, 0
        used = arrays["converged"] & (arrays["mixed_units"] == 0)
        for row in np.flatnonzero(used):
            d, samples = int(arrays["d"][row]), int(arrays["samples"][row])
            units = [int(number) for number in arrays["open_units"][row] if number != ABSENT]
            limit = np.mean([candidate(d, d / samples, number).test for number in units])
            away = max(away, abs(float(arrays["train_loss"][row] / arrays[block][row]) - 1))
            off = max(off, abs(float(arrays["test_loss"][row] / limit) - 1))
            counted += 1
        widths = np.unique(arrays["open_units"][used].max(axis=1), return_counts=True)
        detail = f"{counted} of {len(used)} starts converged with settled gates, with " + ", ".join(
            f"{width} units {times} times" for width, times in zip(*widths, strict=True)
        )
        ok = counted >= LEAST_RANDOM and away <= ENDS and off <= CURVES
        return Outcome(ok, f"train within {away:.1e} of the block's, test within {off:.2%} of the limit", detail)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        others: dict[str, Law] = {
            "n_k/d for d/n_k": lambda d, c, units: narrow_limits(d, 1 / c, units),
            "one unit more": lambda d, c, units: narrow_limits(d, c, units + 1),
            "train limit for the test loss": lambda d, c, units: Losses(*narrow_limits(d, c, units)[::-1]),
            "limits 6 % larger": lambda d, c, units: Losses(*(1.06 * loss for loss in narrow_limits(d, c, units))),
        }
        for label, other in others.items():
            yield Control(f"{name}: {label}", lambda other=other: decide_about(other))
        yield Control(f"{name}: test loss for the block's", lambda: decide_about(narrow_limits, "test_loss"))

    return Check(name, Method.DESCENT, lambda effort: decide_about(narrow_limits), controls, scope=scope)


def recomputed(name: str, *, scope: str) -> Check:
    """A supporting check that a descent made anew, drawn by seed, at a larger rate, ends where the kept one did.

    A full run makes all of the smallest number of samples anew.
    """
    setting = replace(NARROW.SETTING, rate=3 * NARROW.SETTING.rate)

    def rows(effort: Effort) -> np.ndarray:
        arrays = kept(NARROW)
        cheap = np.flatnonzero((arrays["clusters"] == 1) & (arrays["samples"] == arrays["samples"].min()))
        return cheap if effort.full else cheap[[effort.seed % len(cheap)]]

    def agree(found: dict[str, np.ndarray], places: np.ndarray) -> Outcome:
        arrays = kept(NARROW)
        away = max(float(np.abs(found[key] / arrays[key][places] - 1).max()) for key in ("train_loss", "test_loss"))
        converged = bool(found["converged"].all())
        return Outcome(converged and away <= AGAIN, f"within {away:.1e}", f"{len(places)} cells of d = 128, n_k = 32")

    def decide(effort: Effort) -> Outcome:
        places = rows(effort)
        cells = NARROW.SWEEP.cells(True)
        return agree(setting.measure([cells[place] for place in places], "cpu"), places)

    def controls(effort: Effort) -> Iterable[Control]:
        places = rows(effort)
        row = {key: values[places] for key, values in kept(NARROW).items()}
        other = {key: values[places + 3] for key, values in kept(NARROW).items()}
        swapped = {**row, "train_loss": row["test_loss"], "test_loss": row["train_loss"]}
        yield Control(f"{name}: other samples", lambda: agree(other, places))
        yield Control(f"{name}: train and test loss swapped", lambda: agree(swapped, places))
        yield Control(f"{name}: not converged", lambda: agree({**row, "converged": ~row["converged"]}, places))

    return Check(name, Method.DESCENT, decide, controls, Bears.SUPPORTS, scope=scope)
