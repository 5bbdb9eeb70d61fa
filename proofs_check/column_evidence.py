"""The kept runs of each optimiser on separable data: in how many columns a stored sample ends, and of what shares.

Shares of runs have Clopper–Pearson intervals of 95 %. Optimisers are compared on the same data and starts: by the mean
over runs of the difference of their effective numbers of columns 1/Σq², in its standard errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
from scipy.stats import binomtest

from numerics.sweep import evidence, read_sweep
from numerics.sweeps import optimizer_columns as sweep

from .check import Bears, Check, Control, Effort, Outcome, Table
from .sampling import estimate
from .verdict import Method

# Two-sided normal tail beyond it: 6e-5 for each comparison.
SIGMAS = 4.0


@cache
def kept() -> dict[str, np.ndarray]:
    """Arrays of the evidence. Raises `ValueError` if its checksum does not match."""
    return read_sweep(evidence("optimizer-columns"))[0]


def runs(arrays: Mapping[str, np.ndarray], optimizer: str, ratio: float) -> np.ndarray:
    """Rows of the converged runs of an optimiser at this p/n."""
    chosen = (arrays["optimizer"] == optimizer) & (arrays["ratio"] == ratio) & arrays["converged"].astype(bool)
    return np.flatnonzero(chosen)


def sparse_runs(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> tuple[int, float, float]:
    """How many of the runs have every stored sample in one column, and the ends of the interval of their share."""
    hits = int((arrays["sparse"][rows] == arrays["stored"][rows]).sum())
    interval = binomtest(hits, len(rows)).proportion_ci(0.95, "exact")
    return hits, float(interval.low), float(interval.high)


def ahead(arrays: Mapping[str, np.ndarray], optimizer: str, other: str, ratio: float) -> tuple[float, float]:
    """By how much the effective columns of the first exceed those of the other, where both converged; its error."""
    rows = [runs(arrays, name, ratio) for name in (optimizer, other)]
    keys = [list(zip(arrays["samples"][each], arrays["seed"][each], strict=True)) for each in rows]
    both = [dict(zip(keys[k], rows[k], strict=True)) for k in (0, 1)]
    pairs = [(both[0][key], both[1][key]) for key in both[0] if key in both[1]]
    found = estimate(np.array([arrays["effective"][first] - arrays["effective"][second] for first, second in pairs]))
    return found.mean, found.standard_error


def more_columns(name: str, pairs: Iterable[tuple[str, str]], ratio: float, *, scope: str) -> Check:
    """A check that the first of each pair ends in more effective columns than the second; the reverse must fail."""

    def decide_about(ordered: Iterable[tuple[str, str]], shown: bool = False) -> Outcome:
        ok, parts = True, []
        for optimizer, other in ordered:
            more, error = ahead(kept(), optimizer, other, ratio)
            ok = ok and more > SIGMAS * error
            parts.append(f"{optimizer} {more:+.2f} ± {error:.2f} over {other}")
        return Outcome(ok, f"p = {ratio:g}n", "; ".join(parts), (_table(ratio),) if shown else ())

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for optimizer, other in pairs:
            turned = [(other, optimizer)]
            yield Control(f"{name}: {other} in more than {optimizer}", lambda turned=turned: decide_about(turned))
            same = [(optimizer, optimizer)]
            yield Control(f"{name}: {optimizer} in more than itself", lambda same=same: decide_about(same))

    return Check(name, Method.DESCENT, lambda effort: decide_about(pairs, True), controls, scope=scope)


def mostly_split(name: str, ratio: float, share: float, *, scope: str) -> Check:
    """A check that for each optimiser less than `share` of the runs are sparse, interval included."""

    def decide_about(bound: float) -> Outcome:
        arrays, ok, parts = kept(), True, []
        for optimizer in sweep.OPTIMIZERS:
            rows = runs(arrays, optimizer, ratio)
            hits, low, high = sparse_runs(arrays, rows)
            ok = ok and high < bound
            parts.append(f"{optimizer} {hits} of {len(rows)} ({low:.2f} to {high:.2f})")
        return Outcome(ok, f"p = {ratio:g}n", "; ".join(parts))

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        yield Control(f"{name}: never, interval included", lambda: decide_about(0.0))
        yield Control(f"{name}: less than one in fifty", lambda: decide_about(0.02))

    return Check(name, Method.DESCENT, lambda effort: decide_about(share), controls, scope=scope)


def _table(ratio: float) -> Table:
    """Ends of the runs at a width, by optimiser."""
    arrays, rows = kept(), []
    for optimizer in sweep.OPTIMIZERS:
        use = runs(arrays, optimizer, ratio)
        hits, low, high = sparse_runs(arrays, use)
        all_runs = int(((arrays["optimizer"] == optimizer) & (arrays["ratio"] == ratio)).sum())
        samples = f"{int(arrays['sparse'][use].sum())} of {int(arrays['stored'][use].sum())}"
        columns = [estimate(arrays[key][use]) for key in ("units", "effective", "factor")]
        means = (f"{each.mean:.2f} ± {each.standard_error:.2f}" for each in columns)
        rows.append((optimizer, f"{len(use)} of {all_runs}", f"{hits} ({low:.2f} to {high:.2f})", samples, *means))
    heads = ("optimiser", "converged", "runs all sparse", "samples sparse", "columns", "1/Σq²", "t_max‖t‖₁")
    return Table(f"Columns of a stored sample, p = {ratio:g}n", heads, tuple(rows))


def recomputed(name: str, *, scope: str) -> Check:
    """A supporting check that a run of SGD made anew ends with the kept shares; those of another seed must not do."""

    def decide_about(shift: int, effort: Effort) -> Outcome:
        arrays = kept()
        seeds = sorted(set(arrays["seed"].tolist()))
        seed = int(seeds[effort.seed % len(seeds)])
        found = _again(seed)
        other = int(seeds[(effort.seed + shift) % len(seeds)])
        row = np.flatnonzero(
            (arrays["optimizer"] == "sgd")
            & (arrays["ratio"] == 2)
            & (arrays["samples"] == 3)
            & (arrays["seed"] == other)
        )[0]
        away = abs(found - float(arrays["effective"][row]))
        return Outcome(away < 1e-3, f"{away:.1e} < 1e-3", f"seed {seed}, {found:.4f} columns")

    def controls(effort: Effort) -> Iterable[Control]:
        yield Control(f"{name}: another seed", lambda: decide_about(1, effort))

    return Check(name, Method.DESCENT, lambda effort: decide_about(0, effort), controls, Bears.SUPPORTS, scope=scope)


@cache
def _again(seed: int) -> float:
    """Effective columns of the run of SGD with this seed, n = 3, p = 2n, made now."""
    return float(sweep.measure([{"optimizer": "sgd", "samples": 3, "ratio": 2.0, "seed": seed}], "cpu")["effective"][0])
