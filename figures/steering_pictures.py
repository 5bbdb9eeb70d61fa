"""Strips of pictures: samples of the hybrid networks steered towards another digit.

Each row is one sample, from unsteered (left) to the largest strength (right), pushed along the mean representation of
the target class in the middle layer at every noise level: two memorised samples and two generalised ones of each
network, or as many as there are. Above a strip stand the digit seen in the unsteered sample and the target; below, the
probability of the latter.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from numerics.detection_truth import GENERALISED, MEMORISED
from proofs_check.steering_evidence import ARCHITECTURES, kept

from .figure import Drawing, Figure

EACH = 2
ROWS = ("network", "group", "from", "to", "strength", "probability", "distance")


def draw(quick: bool) -> Drawing:
    """The strips; where `quick` one sample of each kind."""
    arrays, description = kept()
    each = 1 if quick else EACH
    measured = {way["model"]: way["largest"] for way in description["ways"] if way["number"] == 0}
    models = [name for name in (f"digits-hybrid-{each}" for each in ARCHITECTURES) if name in measured]
    figure = matplotlib.figure.Figure(figsize=(4.6 * len(models), 1.0 * 2 * each), layout="constrained")
    panels = figure.subplots(2 * each, len(models), squeeze=False)
    rows: list[tuple[str | float, ...]] = []
    for column, model in enumerate(models):
        kinds, shown = arrays[f"{model}/kind"], arrays[f"{model}/0/shown"]
        # Pictures are kept of the first samples of each kind, memorised ones first.
        kept_rows = [np.flatnonzero(kinds == kind) for kind in (MEMORISED, GENERALISED)]
        first = [0, min(len(kept_rows[0]), description["plan"]["shown"])]
        for number, (name, group) in enumerate(zip(("memorised", "generalised"), kept_rows, strict=True)):
            for which in range(each):
                if which >= len(group):
                    panels[number * each + which][column].set_axis_off()
                    continue
                sample, axes = group[which], panels[number * each + which][column]
                strip = shown[first[number] + which]
                source, target = (int(arrays[f"{model}/{key}"][sample]) for key in ("source", "target"))
                probability, distance = (arrays[f"{model}/0/{key}"][sample][::3] for key in ("probability", "distance"))
                axes.imshow(np.concatenate(list(strip), axis=1), cmap="grey", vmin=0, vmax=255)
                axes.set_title(f"{model.split('-')[-1]}, {name}: {source} → {target}", fontsize=8)
                places = 28 * np.arange(len(strip)) + 13.5
                axes.set_xticks(places, [f"{p:.2f}" for p in probability], fontsize=6)
                axes.set_yticks([])
                strengths = measured[model] * np.linspace(0, 1, len(strip))
                rows += [
                    (model, name, source, target, float(a), float(p), float(r))
                    for a, p, r in zip(strengths, probability, distance, strict=True)
                ]
        panels[-1][column].set_xlabel(f"probability of the target, a from 0 to {measured[model]:g}", fontsize=8)
    return Drawing(figure, ROWS, rows)


FIGURE = Figure("steering-pictures", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
