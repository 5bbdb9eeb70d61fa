"""Chains of ReLU autoencoders: how many originals are stored at each generation, by who draws the next points.

Six originals, each twice among twelve points at first; rows: originals of equal and of unequal lengths. Columns: points
are drawn from the last ones by their numbers of copies, by the network at restored lengths, and by the network at raw
lengths. Marks: mean number of originals stored by trained networks, bars of one standard error of 24 chains. Lines:
chains whose networks have the predicted weights. Dashes: Wright–Fisher families above m*, as if all points were copies
drawn by their numbers; in the left column the networks decide nothing and both predictions agree.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from numerics.sweeps import autoencoder_chain as chain
from proofs_check import chain_evidence as ce

from .figure import COLOURS, MARKERS, Drawing, Figure

ARMS = {"families": "drawn by copies", "restored": "drawn by the network, lengths restored", "raw": "raw lengths"}
COLUMNS = (
    *("drawn_by", "originals", "threshold", "generation"),
    *("wright_fisher", "predicted_weights", "measured", "standard_error"),
)


def draw(quick: bool) -> Drawing:
    """The panels from the kept chains."""
    del quick
    figure = matplotlib.figure.Figure(figsize=(13, 7.5), layout="constrained")
    panels = figure.subplots(len(chain.SETTINGS), len(ARMS), sharex=True, sharey=True)
    x = np.arange(chain.GENERATIONS + 1)
    rows = []
    for line, name in enumerate(chain.SETTINGS):
        for axes, (arm, title) in zip(panels[line], ARMS.items(), strict=True):
            for number, threshold in enumerate(chain.SWEEP.quick["threshold"]):
                place = ce.Place(arm, name, threshold)
                found, weights, families = ce.measured(place), ce.predicted_weights(place), ce.wright_fisher(place)
                colour = COLOURS[number]
                axes.plot(x, families.mean, "--", color=colour, linewidth=0.9)
                axes.plot(x, weights.mean, "-", color=colour, linewidth=1.3)
                axes.errorbar(
                    x, found.mean, yerr=found.error, color=colour, marker=MARKERS[number], linestyle="none",
                    markerfacecolor="none", label=f"m* = {threshold:g}",
                )  # fmt: skip
                numbers = zip(families.mean, weights.mean, found.mean, found.error, strict=True)
                rows += [(arm, name, threshold, g, *map(float, each)) for g, each in enumerate(numbers)]
            axes.set_title(f"{title}, {name}")
    for axes in panels[-1]:
        axes.set_xlabel("generation g (number)")
    for axes in panels[:, 0]:
        axes.set_ylabel("originals stored (mean number)")
    panels[0, 0].plot([], [], "-", color="black", label="predicted weights")
    panels[0, 0].plot([], [], "--", color="black", label="Wright–Fisher and m*")
    panels[0, 0].legend(fontsize=8)
    return Drawing(figure, COLUMNS, rows)


FIGURE = Figure("autoencoder-chain", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
