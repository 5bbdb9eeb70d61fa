"""True positives against false alarms of five detectors in each network that does both, with bands of 95 %.

Settings decided beforehand (middle layer, all units, σ = 0.2). False alarms on a logarithmic scale: the published rates
are read at 1 % (dotted). Grey, dotted: what chance gives. Bands draw copies of one training image together.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from numerics.detection_metrics import roc
from proofs_check.detection_evidence import hybrids, kept_scores

from .detection_table import NAMES
from .figure import COLOURS, Drawing, Figure

SHOWN = ("l4_over_l2", "std", "score_difference", "flipd", "density")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
RATES = np.concatenate([[0.002, 0.005, 0.01, 0.02], np.linspace(0.04, 1.0, 25)])
COLUMNS = ("network", "method", "false alarms", "true positives", "low", "high")


def draw(quick: bool) -> Drawing:
    """Curves of the kept scores; fewer draws where `quick`."""
    networks = hybrids()
    figure = matplotlib.figure.Figure(figsize=(4.2 * len(networks), 4.4), layout="constrained")
    rows: list[tuple[str | float, ...]] = []
    for panel, network in zip(figure.subplots(1, len(networks), sharey=True, squeeze=False)[0], networks, strict=True):
        for number, method in enumerate(SHOWN):
            scores, memorised, clusters = kept_scores(network, method)
            rate, low, high = roc(scores, memorised, RATES, clusters=clusters, draws=40 if quick else 300)
            style = {"color": COLOURS[number], "linestyle": LINES[number]}
            panel.plot(RATES, rate, label=NAMES[method], linewidth=1.6, **style)
            panel.fill_between(RATES, low, high, color=COLOURS[number], alpha=0.12, linewidth=0)
            rows += [(network, method, *map(float, each)) for each in zip(RATES, rate, low, high, strict=True)]
        panel.plot(RATES, RATES, color="grey", linestyle=":", linewidth=1)
        panel.axvline(0.01, color="grey", linestyle=":", linewidth=1)
        panel.set(xscale="log", xlim=(0.002, 1), ylim=(-0.02, 1.02), title=network)
        panel.set(xlabel="share of false alarms (no unit)")
    figure.axes[0].set(ylabel="share of memorised samples found (no unit)")
    figure.axes[-1].legend(fontsize=8, loc="center")
    return Drawing(figure, COLUMNS, rows)


FIGURE = Figure("detection-curves", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
