"""The kept gates and networks of Gaussian data against Wendel's share, by data set.

Samples of one data set are not independent: standard errors are over the data sets of a cell's size. Undecided gates
count both ways. Networks that have not converged count neither way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

import numpy as np

from numerics.sweep import evidence, read_sweep
from numerics.sweeps import isolation
from theory.gating import is_isolable, isolation_probability

from .check import Bears, Check, Control, Effort, Outcome, Table
from .sampling import Estimate, estimate
from .verdict import Method

# Two-sided normal tail beyond it: 6e-5 for each size.
SIGMAS = 4.0

Law = Callable[[int, int], float]


@cache
def kept(name: str) -> dict[str, np.ndarray]:
    """Arrays of the evidence of a sweep. Raises `ValueError` if its checksum does not match."""
    return read_sweep(evidence(name))[0]


def wendel(n: int, d: int) -> float:
    """The predicted share."""
    return float(isolation_probability(n, d))


def sizes(arrays: Mapping[str, np.ndarray]) -> list[tuple[int, int, np.ndarray]]:
    """n, d and the rows of each size that was measured; those of networks that did not converge are left out."""
    use = arrays.get("converged", np.ones(len(arrays["n"]))).astype(bool)
    pairs = sorted({(int(d), int(n)) for d, n in zip(arrays["d"], arrays["n"], strict=True)})
    return [(n, d, np.flatnonzero(use & (arrays["d"] == d) & (arrays["n"] == n))) for d, n in pairs]


def standard_errors(found: Estimate, predicted: float) -> float:
    """Distance from the prediction; none where no data set varies and the prediction is met to rounding."""
    away = max(0.0, abs(found.mean - predicted) - 1e-12)
    return away / max(found.standard_error, 1e-300)


def wendel_check(name: str, *, scope: str) -> Check:
    """A check that the share of gates that fire alone is Wendel's at every size; other curves must fail."""

    def decide_about(law: Law, shown: bool = False) -> Outcome:
        arrays, worst, rows = kept("isolation"), 0.0, []
        for n, d, at in sizes(arrays):
            bounds = [estimate(arrays["alone"][at] / n), estimate((arrays["alone"] + arrays["undecided"])[at] / n)]
            away = max(standard_errors(each, law(n, d)) for each in bounds)
            worst = max(worst, away)
            measured = f"{bounds[0].mean:.4f} ± {bounds[0].standard_error:.4f}"
            rows.append((str(d), str(n), f"{n / d:g}", f"{law(n, d):.4f}", measured, f"{away:.1f}"))
        detail = (
            f"{len(rows)} sizes, {int(arrays['n'].sum())} gates, {int(arrays['undecided'].sum())} undecided, "
            f"false-alarm rate {6.3e-5 * len(rows):.0e}"
        )
        table = Table("Gates that fire alone", ("d", "n", "n/d", "Wendel", "measured", "standard errors"), tuple(rows))
        margin = f"within {worst:.1f} of {SIGMAS:.0f} standard errors" if worst < 1e6 else "a share that cannot vary"
        return Outcome(worst <= SIGMAS, margin, detail, (table,) if shown else ())

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        wrong: tuple[tuple[str, Law], ...] = (
            ("n in place of n − 1", lambda n, d: wendel(n + 1, d)),
            ("n − 2 in place of n − 1", lambda n, d: wendel(max(n - 1, 1), d)),
            ("one half at n = d", lambda n, d: wendel(2 * n, d)),
        )
        for label, law in wrong:
            yield Control(f"{name}: {label}", lambda law=law: decide_about(law))

    return Check(name, Method.DESCENT, lambda effort: decide_about(wendel, True), controls, scope=scope)


def decided_alike(name: str, *, scope: str) -> Check:
    """A check that gates learnt now fire alone exactly where linear programming says that one can."""

    def decide_about(others: float, effort: Effort) -> Outcome:
        rng = np.random.default_rng([effort.seed, *name.encode()])
        differ = count = 0
        for _ in range(effort.count(6)):
            d = int(rng.integers(2, 6))
            X = rng.standard_normal((round(1.75 * d), d))
            learnt = isolation.learn_gates(X[None])[0]
            kept_rows = X[: max(1, round(others * len(X)))]
            exact = np.array([_isolable_among(kept_rows, x) for x in X])
            decided = learnt != isolation.UNDECIDED
            differ, count = differ + int((decided & (learnt != exact)).sum()), count + int(decided.sum())
        return Outcome(differ == 0, f"{differ} of {count} differ", "six data sets, d from 2 to 5, n = 1.75d")

    def controls(effort: Effort) -> Iterable[Control]:
        yield Control(f"{name}: against a third of the others", lambda: decide_about(1 / 3, effort))

    return Check(name, Method.DESCENT, lambda effort: decide_about(1.0, effort), controls, Bears.SUPPORTS, scope=scope)


def _isolable_among(rows: np.ndarray, x: np.ndarray) -> bool:
    others = rows[(rows != x).any(axis=1)]
    return is_isolable(np.vstack([x, others]), 0)


def recomputed(name: str, *, scope: str) -> Check:
    """A supporting check that gates learnt anew fire alone as often as the kept ones, data set by data set."""

    def decide_about(shift: int, effort: Effort) -> Outcome:
        arrays = kept("isolation")
        at = np.flatnonzero((arrays["d"] == 4) & (arrays["n"] == 6))
        at = np.roll(at, effort.seed)[:12]
        cells = [{"d": 4, "ratio": 1.5, "seed": int(arrays["seed"][row])} for row in at]
        found = isolation.measure(cells, "cpu")["alone"]
        same = int((np.roll(found, shift) == arrays["alone"][at]).sum())
        return Outcome(same == len(at), f"{same} of {len(at)} the same", "d = 4, n = 6")

    def controls(effort: Effort) -> Iterable[Control]:
        yield Control(f"{name}: of the next data set", lambda: decide_about(1, effort))

    return Check(name, Method.DESCENT, lambda effort: decide_about(0, effort), controls, Bears.SUPPORTS, scope=scope)


def network_check(name: str, *, scope: str) -> Check:
    """A check that networks from random starts store one-hot only what a unit can fire on alone, and less than that.

    Less at each n/d, in both dimensions together: by four standard errors of the difference, data set by data set.
    """

    def decide_about(column: str, shown: bool = False) -> Outcome:
        arrays = kept("one-hot-storage")
        use = arrays["converged"].astype(bool)
        beyond, ok, parts = int(arrays["beyond"][use].sum()), True, []
        for ratio in sorted(set(arrays["ratio"].tolist())):
            at = np.flatnonzero(use & (arrays["ratio"] == ratio))
            missing = estimate((arrays["isolable"] - arrays[column])[at] / arrays["n"][at])
            ok = ok and missing.mean > SIGMAS * missing.standard_error
            parts.append(f"{missing.mean:.2f} ± {missing.standard_error:.2f} less at n = {ratio:g}d")
        tables = (_networks(arrays),) if shown else ()
        return Outcome(ok and beyond == 0, "; ".join(parts), f"{beyond} samples beyond the bound", tables)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        yield Control(f"{name}: as many as a unit can fire on alone", lambda: decide_about("isolable"))

    return Check(name, Method.DESCENT, lambda effort: decide_about("one_hot", True), controls, scope=scope)


def _networks(arrays: Mapping[str, np.ndarray]) -> Table:
    rows = []
    for n, d, at in sizes(arrays):
        found = [estimate(arrays[key][at] / n) for key in ("one_hot", "own", "isolable")]
        shares = (f"{each.mean:.2f} ± {each.standard_error:.2f}" for each in found)
        rows.append((str(d), str(n), str(len(at)), f"{wendel(n, d):.3f}", *shares))
    heads = ("d", "n", "converged", "Wendel", "one-hot", "with a unit of their own", "isolable")
    return Table("Networks from random starts", heads, tuple(rows))
