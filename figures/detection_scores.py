"""Scores of memorised and generalised samples in each network that does both: BR's Std, and ‖h‖₄/‖h‖₂.

Filled: memorised samples; outline: generalised ones; as shares of each kind in 30 bins. Middle layer, all units, σ =
0.2, four draws of noise, decided beforehand. The number is the AUROC.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from numerics.detection_metrics import auroc
from proofs_check.detection_evidence import hybrids, kept_scores

from .detection_table import NAMES
from .figure import COLOURS, Drawing, Figure

SHOWN = ("std", "l4_over_l2")
UNITS = {"std": "units of the activations", "l4_over_l2": "no unit"}
BINS = 30
COLUMNS = ("network", "method", "kind", "from", "to", "share")


def draw(quick: bool) -> Drawing:
    """Histograms of the kept scores."""
    del quick
    networks = hybrids()
    figure = matplotlib.figure.Figure(figsize=(3.8 * len(networks), 5.6), layout="constrained")
    panels = figure.subplots(2, len(networks), squeeze=False)
    rows: list[tuple[str | float, ...]] = []
    for column, network in enumerate(networks):
        for panel, method in zip(panels[:, column], SHOWN, strict=True):
            scores, memorised, _ = kept_scores(network, method)
            edges = np.linspace(scores.min(), scores.max(), BINS + 1)
            for kind, of_kind in (("memorised", memorised), ("generalised", ~memorised)):
                share = np.histogram(scores[of_kind], edges)[0] / of_kind.sum()
                own = kind == "memorised"
                panel.stairs(
                    share,
                    edges,
                    fill=own,
                    color=COLOURS[2 if own else 1],
                    alpha=0.6 if own else 1.0,
                    linewidth=1.5,
                    label=kind,
                )
                ends = zip(edges[:-1], edges[1:], share, strict=True)
                rows += [(network, method, kind, *map(float, each)) for each in ends]
            panel.set(xlabel=f"{NAMES[method]} ({UNITS[method]})", ylabel="share (no unit)")
            panel.set_title(f"{network}, AUROC {auroc(scores, memorised):.3f}", fontsize=9)
    panels[0, 0].legend(fontsize=8)
    return Drawing(figure, COLUMNS, rows)


FIGURE = Figure("detection-scores", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
