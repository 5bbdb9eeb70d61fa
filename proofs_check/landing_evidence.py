"""Kept runs of descent on separable data: how many end at a predicted minimiser, with which allocation, and why not.

Shares are of converged runs, with Clopper–Pearson intervals of 95 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from numerics.sweep import evidence, read_sweep
from numerics.sweeps import landing

from .check import Bears, Check, Control, Effort, Outcome, Table
from .verdict import Method

SETTLED = ("memorising", "generalising", "hybrid")
RATIOS = (1.0, 2.0, 4.0)
LEAST_SHARE, LEAST_PROBLEMS = 0.95, 200
NAMES = {
    landing.MATCHED: "predicted minimiser",
    landing.UNCONVERGED: "not converged",
    landing.SHARED_UNIT: "unit on in several clusters",
    landing.CUT_CLUSTER: "unit on at a part of its cluster",
    landing.NEAR_GATE: "gate within 5σ of a sample",
    landing.OTHER: "other",
}


class Share(NamedTuple):
    """`hits` of `runs`, their quotient, and the ends of its interval."""

    hits: int
    runs: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Such as 12 of 40, 0.30 (0.17 to 0.47)."""
        return f"{self.hits} of {self.runs}, {self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def share(hit: np.ndarray) -> Share:
    """Of an array of truth values, at least one."""
    hits, runs = int(hit.sum()), len(hit)
    interval = binomtest(hits, runs).proportion_ci(0.95, "exact")
    return Share(hits, runs, hits / runs, float(interval.low), float(interval.high))


@cache
def kept() -> dict[str, np.ndarray]:
    """Arrays of the evidence with kind, d and M of each run. Raises `ValueError` if its checksum does not match."""
    return with_shapes(read_sweep(evidence("landing"))[0])


def with_shapes(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a sweep, with kind, d and M of each run."""
    kind, d, M = zip(*(landing.shape({"family": str(family)}) for family in arrays["family"]), strict=True)
    return {**arrays, "kind": np.array(kind), "d": np.array(d), "M": np.array(M)}


def settled(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Converged runs where λ keeps one direction a cluster."""
    return np.isin(arrays["kind"], SETTLED) & arrays["converged"].astype(bool)


def fully_stored(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Whether every cluster of a run has a unit of its own."""
    return arrays["stored"] == arrays["M"]


def landing_check(name: str, *, scope: str) -> Check:
    """A check that 95 % of the converged runs of each kind match the prediction; wrong predictions must fail it."""

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, column in (("σ 10 % larger", "noise"), ("λ doubled", "decay"), ("σ for σ²", "variance")):
            yield Control(f"{name}: {label}", lambda column=column: _matched(column))

    return Check(name, Method.DESCENT, lambda effort: _matched("distance", shown=True), controls, scope=scope)


def _matched(column: str, *, shown: bool = False) -> Outcome:
    arrays = kept()
    use, hit = settled(arrays), arrays[column] <= landing.MATCH
    problems = len(set(zip(arrays["family"][use].tolist(), arrays["problem"][use].tolist(), strict=True)))
    shares = [share(hit[use & (arrays["kind"] == kind)]) for kind in SETTLED]
    everything = share(hit[use])
    ok = problems >= LEAST_PROBLEMS and min(each.value for each in shares) >= LEAST_SHARE
    distances = np.quantile(arrays[column][use], [0.5, 0.9])
    lost = int((np.isin(arrays["kind"], SETTLED) & ~arrays["converged"].astype(bool)).sum())
    detail = (
        f"{problems} problems, {lost} runs not converged; median distance {distances[0]:.1e}, nine tenths within "
        f"{distances[1]:.1e}"
    )
    return Outcome(ok, str(everything), detail, (_ends(), _allocations()) if shown else ())


def _ends() -> Table:
    """How the runs of each kind and width ended."""
    arrays, rows = kept(), []
    for kind in (*SETTLED, "several"):
        for ratio in RATIOS:
            outcome = arrays["outcome"][(arrays["kind"] == kind) & (arrays["ratio"] == ratio)]
            rows.append((kind, f"{ratio:g}", *(str(int((outcome == code).sum())) for code in NAMES)))
    return Table("Ends of the runs", ("kind", "p/M", *NAMES.values()), tuple(rows))


def _allocations() -> Table:
    """In how many runs every cluster has a unit of its own, by size and width."""
    arrays = kept()
    use, full, rows = settled(arrays), fully_stored(arrays), []
    sizes = sorted(set(zip(arrays["d"][use].tolist(), arrays["M"][use].tolist(), strict=True)))
    for d, M in sizes:
        here = use & (arrays["d"] == d) & (arrays["M"] == M)
        rows.append((f"d = {d}, M = {M}", *(str(share(full[here & (arrays["ratio"] == ratio)])) for ratio in RATIOS)))
    rows.append(("all", *(str(share(full[use & (arrays["ratio"] == ratio)])) for ratio in RATIOS)))
    return Table("Runs in which every cluster has a unit", ("size", "p = M", "p = 2M", "p = 4M"), tuple(rows))


def allocation_check(name: str, stated: Mapping[float, float], *, about: str = "printed", scope: str) -> Check:
    """A check that the share of runs with a unit for every cluster is as stated at each p/M, within its interval."""

    def decide_about(shares: Mapping[float, float]) -> Outcome:
        arrays = kept()
        use, full, ok, parts = settled(arrays), fully_stored(arrays), True, []
        for ratio, value in shares.items():
            found = share(full[use & (arrays["ratio"] == ratio)])
            ok = ok and found.low <= value <= found.high
            parts.append(f"p = {ratio:g}M: {found}")
        return Outcome(ok, f"{len(parts)} widths", "; ".join(parts))

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        names = list(stated)
        yield Control(f"{name}: as if 2M were M", lambda: decide_about({names[0]: stated[names[1]]}))
        yield Control(f"{name}: as if M were 2M", lambda: decide_about({names[1]: stated[names[0]]}))
        yield Control(f"{name}: never at 4M", lambda: decide_about({names[2]: 0.0}))

    return Check(name, Method.DESCENT, lambda effort: decide_about(stated), controls, about=about, scope=scope)


def turning_check(name: str, *, scope: str) -> Check:
    """A check that fewer than 95 % match where λ keeps several directions and p ≥ 2M; with one direction that fails."""

    def decide_about(kinds: tuple[str, ...]) -> Outcome:
        arrays = kept()
        use = np.isin(arrays["kind"], kinds) & arrays["converged"].astype(bool) & (arrays["ratio"] > 1)
        found = share(arrays["distance"][use] <= landing.MATCH)
        typical = float(np.median(arrays["distance"][use]))
        return Outcome(found.high < LEAST_SHARE, str(found), f"median distance {typical:.1e}")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for kind in SETTLED:
            yield Control(f"{name}: {kind}, one direction kept", lambda kind=kind: decide_about((kind,)))

    return Check(name, Method.DESCENT, lambda effort: decide_about(("several",)), controls, scope=scope)


def recomputed(name: str, *, scope: str) -> Check:
    """A supporting check that descents made anew end where the kept ones did: a small chunk, drawn by seed.

    At least four fifths of its runs have the same outcome and units for the same clusters: another machine may round a
    run towards another minimiser.
    """

    def decide(effort: Effort) -> Outcome:
        rows = _small_chunk(effort.seed)
        cells = landing.SWEEP.cells(True)
        return _agree(landing.measure([cells[row] for row in rows], "cpu"), rows)

    def controls(effort: Effort) -> Iterable[Control]:
        rows, arrays = _small_chunk(effort.seed), kept()
        turned = {"units": arrays["units"][rows][:, ::-1], "outcome": arrays["outcome"][rows]}
        yield Control(f"{name}: clusters in reverse order", lambda: _agree(turned, rows))
        worse = {"units": arrays["units"][rows], "outcome": arrays["outcome"][rows] + 1}
        yield Control(f"{name}: another outcome", lambda: _agree(worse, rows))

    return Check(name, Method.DESCENT, decide, controls, Bears.SUPPORTS, scope=scope)


def _small_chunk(seed: int) -> list[int]:
    cells = landing.SWEEP.cells(True)
    small = [
        rows
        for rows in landing.SWEEP.chunks(True)
        if cells[rows[0]]["family"] in ("memorising 4x2", "hybrid 4x2") and cells[rows[0]]["ratio"] == 1
    ]
    return small[seed % len(small)]


def _agree(found: Mapping[str, np.ndarray], rows: list[int]) -> Outcome:
    arrays = kept()
    same = (found["units"] == arrays["units"][rows]).all(axis=1) & (found["outcome"] == arrays["outcome"][rows])
    cell = f"{arrays['family'][rows[0]]}, p/M = {arrays['ratio'][rows[0]]:g}"
    return Outcome(5 * int(same.sum()) >= 4 * len(rows), f"{int(same.sum())} of {len(rows)} the same", cell)
