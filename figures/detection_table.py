"""AUROC of every detector in the networks that both memorise and generalise, with 95 % intervals.

Filled: settings decided beforehand (middle layer, all units, σ = 0.2). Open: layer, pooling and σ tuned on one half of
the samples and judged on the other. Dotted: no separation, 1/2; dashed: .98, the level that BR prints for Std. Copies
of one training image are drawn together, so that intervals are of few images, not of many copies.
"""

from __future__ import annotations

from typing import Literal

import matplotlib.figure

from numerics.detection_table import METHODS, PRINTED_LEVEL, Choice
from proofs_check.detection_evidence import hybrids, lines

from .figure import COLOURS, Drawing, Figure

NAMES = {
    "std": "Std (BR)",
    "l4_over_l2": "‖h‖₄/‖h‖₂ (recommended)",
    "participation_ratio": "participation ratio",
    "max_over_l2": "max|h|/‖h‖₂",
    "score_difference": "class minus no class",
    "flipd": "FLIPD",
    "jacobian_dimension": "Jacobian dimension",
    "normal_bundle": "normal bundle",
    "density": "repeated generations",
}
CHOICES: tuple[tuple[Choice, Literal["full", "none"], float], ...] = (
    ("beforehand", "full", -0.15),
    ("tuned", "none", 0.15),
)
COLUMNS = (
    *("network", "choice", "method", "settings", "memorised", "generalised", "AUROC", "low", "high"),
    *("TPR at 1 % FPR", "TPR low", "TPR high", "seconds a sample"),
)


def draw(quick: bool) -> Drawing:
    """The kept table."""
    del quick
    networks = hybrids()
    figure = matplotlib.figure.Figure(figsize=(3.4 * len(networks) + 2, 4.6), layout="constrained")
    rows: list[tuple[str | float, ...]] = []
    for panel, network in zip(figure.subplots(1, len(networks), sharey=True, squeeze=False)[0], networks, strict=True):
        for choice, fill, shift in CHOICES:
            for line in lines(network, choice):
                place = METHODS.index(line.statistic) + shift
                panel.errorbar(
                    [line.auroc],
                    [place],
                    xerr=[[line.auroc - line.auroc_low], [line.auroc_high - line.auroc]],
                    color=COLOURS[1 if line.statistic in METHODS[:4] else 2],
                    marker="o" if line.statistic in METHODS[:4] else "s",
                    fillstyle=fill,
                    capsize=2,
                    linestyle="none",
                )
                rows.append(
                    (
                        *(network, choice, line.statistic, line.settings, line.memorised, line.generalised),
                        *(line.auroc, line.auroc_low, line.auroc_high, line.tpr, line.tpr_low, line.tpr_high),
                        line.seconds,
                    )
                )
        panel.axvline(0.5, color="grey", linestyle=":", linewidth=1)
        panel.axvline(PRINTED_LEVEL, color="grey", linestyle="--", linewidth=1)
        panel.set(xlim=(-0.02, 1.02), xlabel="AUROC (no unit)", title=network)
        panel.set_yticks(range(len(METHODS)), [NAMES[method] for method in METHODS])
        panel.grid(axis="y", color="lightgrey", linewidth=0.5)
    figure.axes[0].invert_yaxis()
    figure.axes[0].set(ylabel="method (name)")
    return Drawing(figure, COLUMNS, rows)


FIGURE = Figure("detection-table", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
