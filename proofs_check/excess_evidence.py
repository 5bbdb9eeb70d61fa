"""The kept losses of the true parameters and of the memoriser, from d = 8 to 2,048, against the bounds of theory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from numerics.sweep import evidence, read_sweep
from numerics.sweeps.excess_loss import DATA_VARIANCE, SWEEP, means_of, time_of
from theory.excess_loss import label_excess_bound, leading_excess, memoriser_loss_bound

from .check import Bears, Check, Control, Effort, Outcome, Table
from .sampling import SIGMAS
from .verdict import Method

# The leading term is compared where the bounds leave it no more than this share.
SETTLED = 0.001


class Terms(NamedTuple):
    """What theory says of one cell: A, the most that the label adds, the most that the memoriser loses."""

    leading: float
    label: float
    memoriser: float


@cache
def kept() -> dict[str, np.ndarray]:
    """Arrays of the evidence. Raises `ValueError` if its checksum does not match."""
    return read_sweep(evidence(SWEEP.name))[0]


@cache
def terms() -> tuple[Terms, ...]:
    """The terms of every kept cell, in its order."""
    arrays, found = kept(), []
    for d, samples, energy, seed in zip(*(arrays[key].tolist() for key in SWEEP.grid), strict=True):
        means, t = means_of(d, seed), time_of(d, energy)
        found.append(
            Terms(
                leading_excess(d, t, DATA_VARIANCE),
                label_excess_bound(means, t, DATA_VARIANCE),
                memoriser_loss_bound(means, samples, t, DATA_VARIANCE),
            )
        )
    return tuple(found)


def bounds_check(name: str, *, about: str) -> Check:
    """A check that the two losses of every cell lie between their bounds, up to six standard errors."""

    def decide_about(change: Callable[[Terms], Terms], tables: tuple[Table, ...] = ()) -> Outcome:
        arrays, changed = kept(), [change(term) for term in terms()]
        leading, label, memoriser = (np.array(column) for column in zip(*changed, strict=True))
        # A few errors of the memoriser, or none, among 1,000 draws leave a standard error that says little.
        rare = 1e-3 * np.array([term.leading for term in terms()])
        beyond = [
            (leading - arrays["generaliser"]) / arrays["generaliser_error"],
            (arrays["generaliser"] - leading - label) / arrays["generaliser_error"],
            (arrays["memoriser"] - memoriser) / (arrays["memoriser_error"] + rare),
        ]
        worst = float(np.max(beyond))
        detail = f"{len(leading)} settings, three bounds each"
        return Outcome(
            worst <= SIGMAS, f"beyond by {max(worst, 0):.1f} of {SIGMAS:.0f} standard errors", detail, tables
        )

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, change in {
            "the label costs nothing": lambda term: term._replace(label=0.0),
            "the memoriser loses nothing": lambda term: term._replace(memoriser=0.0),
            "one other sample for N − 1": lambda term: term._replace(memoriser=term.memoriser / 49),
            "leading term 5 % larger": lambda term: term._replace(leading=1.05 * term.leading),
        }.items():
            yield Control(f"{name}: {label}", lambda change=change: decide_about(change))

    return Check(
        name,
        Method.STATISTICAL,
        lambda effort: decide_about(lambda term: term, (ratio_table(), reach_table())),
        controls,
        Bears.SUPPORTS,
        about,
        "d = 8 … 2,048, N = 50, 200, 800, K = 12, σ⋆² = 1, dψ = 2 … 512",
    )


def leading_check(name: str, *, about: str) -> Check:
    """A check that the excess is A where the bounds leave it 0.1 % or less: the weighted mean of each dimension."""

    def decide_about(factor: Callable[[int, float], float]) -> Outcome:
        arrays = kept()
        by_dimension: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for row, term in enumerate(terms()):
            if term.label + term.memoriser > SETTLED * term.leading:
                continue
            d, energy = int(arrays["d"][row]), float(arrays["energy"][row])
            claimed = factor(d, energy / d) * term.leading
            by_dimension[d].append((arrays["excess"][row] / claimed, arrays["excess_error"][row] / claimed))
        worst = max((abs(mean - 1) - SETTLED) / error for mean, error in map(_pooled, by_dimension.values()))
        mean, error = _pooled([pair for pairs in by_dimension.values() for pair in pairs])
        count, least = sum(map(len, by_dimension.values())), min(by_dimension)
        detail = f"{count} settings from d = {least} on, weighted mean of excess/A {mean:.5f} ± {error:.5f}"
        return Outcome(worst <= SIGMAS, f"beyond 0.1 % by {max(worst, 0):.1f} of {SIGMAS:.0f} standard errors", detail)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, factor in {
            "coefficient 1.01": lambda d, psi: 1.01,
            "dσ⋆²/(ψσ⋆²)": lambda d, psi: (1 + psi) / psi,
            "dσ⋆²": lambda d, psi: 1 + psi,
            "d − 1 for d": lambda d, psi: 1 - 1 / d,
        }.items():
            yield Control(f"{name}: {label}", lambda factor=factor: decide_about(factor))

    return Check(
        name,
        Method.STATISTICAL,
        lambda effort: decide_about(lambda d, psi: 1.0),
        controls,
        Bears.SUPPORTS,
        about,
        "the settings whose bounds are within 0.1 %",
    )


def _pooled(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean weighted by the inverse squared standard errors, and its standard error."""
    values, errors = np.array(pairs).T
    weights = 1 / errors**2
    return float(np.average(values, weights=weights)), float(1 / np.sqrt(weights.sum()))


def ratio_table() -> Table:
    """Measured excess over A at N = 200."""
    arrays = kept()
    energies = SWEEP.grid["energy"]
    rows = []
    for d in SWEEP.grid["d"]:
        row = [str(d)]
        for energy in energies:
            places = [
                k
                for k in np.flatnonzero((arrays["d"] == d) & (arrays["N"] == 200) & (arrays["energy"] == energy))
                if arrays["seed"][k] == 0
            ]
            leading = terms()[places[0]].leading
            excess, error = (float(arrays[key][places[0]]) / leading for key in ("excess", "excess_error"))
            row.append(f"{excess:.3f} ± {error:.3f}")
        rows.append(tuple(row))
    header = ("d", *(f"dψ = {energy:g}" for energy in energies))
    return Table("Excess over dσ⋆²/(ψσ⋆² + 1), N = 200, K = 12, σ⋆² = 1", header, tuple(rows))


def reach_table() -> Table:
    """The largest t up to which the bounds are within 10 % of A, with its dψ, for K = 12 and several N."""
    rows = []
    for d in SWEEP.grid["d"]:
        row = [str(d), f"{np.log(d) ** 2:.1f}"]
        means = means_of(d, 0)
        for samples in SWEEP.grid["N"]:
            t = _reach(means, samples)
            row.append(f"{t:.4f} (dψ = {d * (1 - t * t) / t**2:.1f})" if t > 0 else "none")
        rows.append(tuple(row))
    header = ("d", "log²d", *(f"N = {samples}" for samples in SWEEP.grid["N"]))
    return Table("Bounds within 10 % of the leading term for t up to", header, tuple(rows))


def _reach(means: np.ndarray, samples: int, share: float = 0.1) -> float:
    """By bisection; 0 if the bounds are wider at every t (checked at 1e-3)."""
    d = means.shape[1]

    def within(t: float) -> bool:
        errors = label_excess_bound(means, t, DATA_VARIANCE), memoriser_loss_bound(means, samples, t, DATA_VARIANCE)
        return max(errors) <= share * leading_excess(d, t, DATA_VARIANCE)

    low, high = 1e-3, 1.0
    if not within(low):
        return 0.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) else (low, middle)
    return low
