"""Singular values of the denoiser's Jacobian at memorised and generalised samples, in each network that does both.

Lines are medians over samples, bands the middle 80 %, at σ = 0.2. Dashed: one half, above which a direction counts as
kept. BR predicts one direction at a memorised sample of two layers and local principal components at a generalised one.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from numerics.detection import KEPT
from numerics.detection_table import kept
from numerics.detection_truth import MEMORISED
from proofs_check.detection_evidence import hybrids

from .figure import COLOURS, MARKERS, Drawing, Figure

COLUMNS = ("network", "kind", "samples", "index", "median", "10 %", "90 %")


def draw(quick: bool) -> Drawing:
    """Spectra of the kept samples."""
    del quick
    networks = hybrids()
    figure = matplotlib.figure.Figure(figsize=(3.9 * len(networks), 4.0), layout="constrained")
    rows: list[tuple[str | float, ...]] = []
    for panel, network in zip(figure.subplots(1, len(networks), sharey=True, squeeze=False)[0], networks, strict=True):
        arrays = kept(network).arrays
        of = arrays["kind"][arrays["spectrum_rows"]] == MEMORISED
        index = np.arange(1, arrays["spectra"].shape[1] + 1)
        for number, (kind, chosen) in enumerate((("memorised", of), ("generalised", ~of))):
            low, middle, high = np.quantile(arrays["spectra"][chosen], (0.1, 0.5, 0.9), axis=0)
            colour = COLOURS[2 - number]
            panel.plot(index, middle, color=colour, marker=MARKERS[number], markersize=3, label=kind)
            panel.fill_between(index, low, high, color=colour, alpha=0.15, linewidth=0)
            counts = zip(index, middle, low, high, strict=True)
            rows += [(network, kind, int(chosen.sum()), *map(float, each)) for each in counts]
        panel.axhline(KEPT, color="grey", linestyle="--", linewidth=1)
        panel.set(xlabel="index of the singular value (no unit)", title=network)
    figure.axes[0].set(ylabel="singular value of ∂D/∂y (no unit)")
    figure.axes[0].legend(fontsize=8)
    return Drawing(figure, COLUMNS, rows)


FIGURE = Figure("detection-spectra", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
