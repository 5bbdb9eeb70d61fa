"""The memorising loop: originals that survive, entropy of their shares, and the share in large families.

A model that returns its training set: n points are drawn from n with replacement, again and again. Left: share of the n
originals that survive (lines: exact at finite n; dashes: n → ∞ at fixed generation; dots: 2/g). Middle: Shannon entropy
of the shares against g/n (lines: exact; dashes: limit n → ∞, Kingman's coalescent; dots: log(2n/g) − 1 + γ at the
largest n). Right: share of points in families of more than m copies against g/m (lines: exact; dashes: its limit (1 +
2m/g) exp(−2m/g)). Marks: sampled loops, bars of one standard error, mostly shorter than the marks.
"""

from __future__ import annotations

from typing import Any

import matplotlib.figure
import numpy as np
from scipy import special

from proofs_check.memorising_loops import copies
from theory import lineage

from .figure import COLOURS, MARKERS, Drawing, Figure

SIZES = (10, 50, 200)
ROUNDS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377)
FAMILIES = 200
THRESHOLDS = (1.5, 4.5, 12.5)
COLUMNS = ("panel", "series", "generation", "predicted", "measured", "standard_error")

Rows = list[tuple[str | float, ...]]


def draw(quick: bool) -> Drawing:
    """The three panels from loops sampled anew: 1000 for each size, 100 where `quick`."""
    figure = matplotlib.figure.Figure(figsize=(15, 4.8), layout="constrained")
    survivors, entropy, families = figure.subplots(1, 3)
    loops = 100 if quick else 1000
    rows: Rows = []
    for number, n in enumerate(SIZES):
        rounds = [g for g in ROUNDS if g <= 2 * n]
        counts = _sampled(n, rounds, loops)
        present = np.array([(each > 0).sum(axis=1) / n for each in counts])
        exact = lineage.surviving_points(n, rounds) / n
        rows += _marks(survivors, "survivors", f"n = {n}", rounds, exact, present, number)
        found = np.array([special.entr(each / n).sum(axis=1) for each in counts])
        exact = lineage.expected_entropy(n, rounds)
        rows += _marks(entropy, "entropy", f"n = {n}", rounds, exact, found, number, n)
    rounds = [g for g in ROUNDS if g <= FAMILIES]
    counts = _sampled(FAMILIES, rounds, loops)
    for number, m in enumerate(THRESHOLDS):
        mass = np.array([np.where(each > m, each, 0).sum(axis=1) / FAMILIES for each in counts])
        exact = lineage.stored_mass(FAMILIES, rounds, m)
        rows += _marks(families, "families", f"m = {m:g}", rounds, exact, mass, number, m)
    _limits(survivors, entropy, families)
    return Drawing(figure, COLUMNS, rows)


def _sampled(n: int, rounds: list[int], loops: int) -> list[np.ndarray]:
    """Copies of each original at some generations of random loops, the same loops at all of them."""
    rng = np.random.default_rng(n)
    counts, found, reached = np.ones((loops, n), dtype=np.int64), [], 0
    for g in rounds:
        counts, reached = copies(rng, n, g - reached, start=counts), g
        found.append(counts)
    return found


def _marks(
    axes: Any,
    panel: str,
    series: str,
    rounds: list[int],
    law: np.ndarray,
    values: np.ndarray,
    number: int,
    unit: float = 1.0,
) -> Rows:
    """Means over the loops beside the law, against generations in units of `unit`; a row each."""
    mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    x, colour = np.array(rounds) / unit, COLOURS[number]
    axes.plot(x, law, color=colour, linewidth=1.2)
    axes.errorbar(
        x, mean, yerr=error, color=colour, marker=MARKERS[number], linestyle="none", markerfacecolor="none",
        label=series,
    )  # fmt: skip
    return [(panel, series, *map(float, row)) for row in zip(rounds, law, mean, error, strict=True)]


def _limits(survivors: Any, entropy: Any, families: Any) -> None:
    g = np.arange(1, 2 * SIZES[-1] + 1)
    survivors.plot(g, [lineage.survivor_share(int(k)) for k in g], "--", color="grey", label="n → ∞")
    survivors.plot(g[2:], 2 / g[2:], ":", color="grey", label="2/g")
    survivors.set(xscale="log", yscale="log", ylim=(2e-3, 1.3))
    survivors.set(xlabel="generation g (number)", ylabel="share of originals left, K/n (no unit)", title="Survivors")
    times = np.geomspace(1 / SIZES[-1], 2, 100)
    entropy.plot(times, [lineage.coalescent_entropy(float(t)) for t in times], "--", color="grey", label="n → ∞")
    early = [lineage.early_entropy(SIZES[-1], int(k)) for k in g[: SIZES[-1]]]
    entropy.plot(g[: SIZES[-1]] / SIZES[-1], early, ":", color="grey", label="log(2n/g) − 1 + γ")
    entropy.set(xscale="log", xlabel="generation over points, g/n (no unit)", ylabel="entropy of the shares, H (nats)")
    entropy.set(title="Shannon entropy", ylim=(0, 6))
    ratios = np.geomspace(0.05, 150, 200)
    families.plot(ratios, (1 + 2 / ratios) * np.exp(-2 / ratios), "--", color="grey", label="1 ≪ g ≪ n")
    families.set(xscale="log", xlabel="generation over copies, g/m (no unit)")
    families.set(ylabel="share of points in families over m (no unit)", title=f"Large families, n = {FAMILIES}")
    for axes in (survivors, entropy, families):
        axes.legend(fontsize=8)


FIGURE = Figure("memorising-loop", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
