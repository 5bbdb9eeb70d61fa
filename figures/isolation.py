"""Share of Gaussian samples on which a unit can fire alone, against n/d: Wendel's curve, and what descent finds.

Lines are Wendel's 2^{1−n}Σ_{k<d} C(n − 1, k), which all pass one half at n = 2d. Filled marks are gates learnt by
descent, one for each sample; open marks are denoising autoencoders of 2n units from random starts, whose samples are
stored one-hot far less often than the curve allows. Bars are one standard error over data sets.
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from numerics.sweeps import isolation
from proofs_check.isolation_evidence import kept, sizes, wendel
from proofs_check.sampling import estimate

from .figure import COLOURS, MARKERS, Drawing, Figure

QUICK = ((2, 1.0), (2, 2.0), (4, 1.0), (4, 2.0))
LINES = ("-", "--", "-.", ":")
COLUMNS = ("learner", "d", "n", "data sets", "Wendel", "share", "standard error")
Row = tuple[str | float, ...]


def draw(quick: bool) -> Drawing:
    """Gates and networks of the kept evidence, or where `quick` a few gates learnt now."""
    gates = _few_gates() if quick else kept("isolation")
    networks = {} if quick else kept("one-hot-storage")
    figure = matplotlib.figure.Figure(figsize=(7.5, 4.8), layout="constrained")
    axes = figure.subplots()
    dimensions = sorted({int(d) for d in gates["d"]} | {int(d) for d in networks.get("d", ())})
    rows: list[Row] = []
    for number, d in enumerate(dimensions):
        style = {"color": COLOURS[number], "linestyle": LINES[number % len(LINES)], "linewidth": 1.2}
        n = np.arange(1, 4 * d + 1)
        axes.plot(n / d, [wendel(int(each), d) for each in n], label=f"Wendel, d = {d}", **style)
        rows += _marks(axes, gates, "alone", "gates", d, number, "full")
        if networks:
            rows += _marks(axes, networks, "one_hot", "networks", d, number, "none")
    axes.plot([2], [0.5], marker="+", markersize=14, color="grey", linestyle="none", label="one half at n = 2d")
    axes.set(xlim=(0, 3.6), ylim=(-0.02, 1.05), xlabel="samples over dimension n/d (no unit)")
    axes.set(ylabel="share of samples (no unit)", title="Samples on which one unit fires alone")
    axes.legend(fontsize=8, loc="upper right")
    return Drawing(figure, COLUMNS, rows)


def _marks(axes, arrays: Mapping[str, np.ndarray], key: str, learner: str, d: int, number: int, fill: str) -> list[Row]:
    found = [(n, estimate(arrays[key][at] / n)) for n, dimension, at in sizes(arrays) if dimension == d and len(at) > 1]
    if not found:
        return []
    axes.errorbar(
        [n / d for n, _ in found],
        [share.mean for _, share in found],
        yerr=[share.standard_error for _, share in found],
        color=COLOURS[number],
        marker=MARKERS[number],
        fillstyle=fill,
        linestyle="none",
        capsize=3,
        label=f"{learner}, d = {d}",
    )
    return [(learner, d, n, share.count, wendel(n, d), share.mean, share.standard_error) for n, share in found]


def _few_gates() -> dict[str, np.ndarray]:
    seeds = range(20)
    parts = [isolation.measure([{"d": d, "ratio": ratio, "seed": seed} for seed in seeds], "cpu") for d, ratio in QUICK]
    measured = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"d": np.repeat([d for d, _ in QUICK], len(seeds)), **measured}


FIGURE = Figure("isolation", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
