"""C of EM Theorem 3.2 against the dimension: measured, predicted, and the printed range.

What the memoriser of M of 200 samples in 4 clusters loses against the memoriser of all, in units of (1 − M/N)dσ⋆², with
one standard error over data sets. Lines, from ψd = 64 on, are the random energy model with its tilt towards near
samples, and for uncovered clusters the limit d → ∞. The printed range is [1, 2]. Few kept samples leave clusters
uncovered and cost more than 2; many tend to 2 slowly, from below 1.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from numerics.sweeps import partial_memorizer
from proofs_check.partial_memorizer_evidence import RANGE, Group, groups, predicted
from proofs_check.sampling import estimate

from .figure import COLOURS, MARKERS, Drawing, Figure

KEPT, SNRS = (2, 20, 160), (0.1, 10.0)
LINES = ("-", "--", ":")
COLUMNS = ("M", "snr", "d", "data sets", "predicted", "excess", "standard error")


def draw(quick: bool) -> Drawing:
    """The kept evidence, or where `quick` a few small data sets measured now."""
    measured = _few() if quick else [group for group in groups() if group.kept in KEPT and group.snr in SNRS]
    figure = matplotlib.figure.Figure(figsize=(10, 4.5), layout="constrained")
    rows = []
    for axes, snr in zip(figure.subplots(1, 2, sharey=True), SNRS, strict=True):
        axes.axhspan(1, 2, color="#DDDDDD", label="printed range of C")
        for number, kept in enumerate(KEPT):
            style = {"color": COLOURS[number + 1]}
            found = [group for group in measured if (group.kept, group.snr) == (kept, snr)]
            d = np.unique(np.geomspace(max(8, RANGE / snr), 2048, 12).round())
            line = [predicted(int(size), kept, snr) for size in d]
            axes.plot(d, line, linestyle=LINES[number], label=f"predicted, M = {kept}", **style)
            axes.errorbar(
                [group.d for group in found],
                [group.excess.mean for group in found],
                yerr=[group.excess.standard_error for group in found],
                marker=MARKERS[number],
                linestyle="none",
                capsize=3,
                label=f"measured, M = {kept}",
                **style,
            )
            rows += [
                (
                    *(kept, snr, group.d, group.excess.count),
                    *(predicted(group.d, kept, snr), group.excess.mean, group.excess.standard_error),
                )
                for group in found
            ]
        axes.set(xscale="log", xlabel="dimension d (no unit)", ylabel="excess loss over (1 − M/N)dσ⋆² (no unit)")
        axes.set(title=f"Signal-to-noise ratio ψ = {snr:g}", ylim=(0, 3.4))
    figure.axes[1].legend(fontsize=8, loc="lower right")
    return Drawing(figure, COLUMNS, rows)


def _few() -> list[Group]:
    found = []
    for kept in KEPT:
        for snr in SNRS:
            for d in (16, 128):
                cells = [{"d": d, "kept": kept, "snr": snr, "seed": seed} for seed in range(3)]
                values = partial_memorizer.measure(cells, "cpu")
                found.append(Group(d, kept, snr, estimate(values["excess"]), estimate(values["left_out"])))
    return found


FIGURE = Figure("partial-memoriser-constant", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
