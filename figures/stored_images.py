"""What a network of four units makes of four images and of eighty: its columns beside the samples and the components.

Faces and digits, centred. Rows: training samples (the first four), decoder columns after training on those four,
decoder columns after training on eighty images, the four leading principal components of the eighty. Each picture is
scaled by its own largest pixel. Beside each column stands its largest cosine with a sample, or its share of length in
the leading components.
"""

from __future__ import annotations

import math

import matplotlib.figure
import numpy as np
from jaxtyping import Float64

from numerics.principal_angles import principal_directions
from numerics.sweeps.real_images import chosen_images, trained

from .figure import Drawing, Figure

UNITS, FEW, MANY, SIGMA = 4, 4, 80, 0.2
ROWS = ("samples", f"columns, n = {FEW}", f"columns, n = {MANY}", f"components, n = {MANY}")
Columns = Float64[np.ndarray, "d p"]


def draw(quick: bool) -> Drawing:
    """The pictures; where `quick`, of digits alone, and of eight images for eighty."""
    many, shown = (2 * FEW, ("digits",)) if quick else (MANY, ("faces", "digits"))
    figure = matplotlib.figure.Figure(figsize=(5 * len(shown), 5.6), layout="constrained")
    panels = figure.subplots(len(ROWS), len(shown) * UNITS)
    rows: list[tuple[str | float, ...]] = []
    for side, images in enumerate(shown):
        table = pictures(images, many)
        for row, (name, (columns, values)) in enumerate(zip(ROWS, table, strict=True)):
            for unit in range(UNITS):
                panel = panels[row, side * UNITS + unit]
                picture = columns[:, unit].reshape(2 * (math.isqrt(len(columns)),))
                limit = np.abs(picture).max() or 1.0
                panel.imshow(picture, cmap="gray", vmin=-limit, vmax=limit)
                panel.set(xticks=[], yticks=[])
                label = name.replace(str(MANY), str(many))
                if side == unit == 0:
                    panel.set_ylabel(label, fontsize=8)
                if not np.isnan(values[unit]):
                    panel.set_title(f"{values[unit]:.2f}", fontsize=8, pad=2)
                rows.append((images, label, unit, float(values[unit])))
    return Drawing(figure, ("images", "row", "unit", "cosine or share"), rows)


def pictures(images: str, many: int) -> list[tuple[Columns, Float64[np.ndarray, " p"]]]:
    """For each row of the figure the columns (d, 4) and what is written above them, NaN for nothing."""
    few, crowd = (chosen_images(images, n)[0] for n in (FEW, many))
    cell: dict[str, int | float | str] = {"width": UNITS, "sigma": SIGMA, "seed": 1}
    stored, shared = (trained(X, [cell], "cpu").W2[0] for X in (few, crowd))
    leading = principal_directions(crowd, UNITS)
    nothing = np.full(UNITS, np.nan)
    return [
        (few.T, nothing),
        (stored, (_unit(few.T).T @ _unit(stored)).max(axis=0)),
        (shared, np.linalg.norm(leading.T @ _unit(shared), axis=0)),
        (leading, nothing),
    ]


def _unit(columns: Columns) -> Columns:
    """Columns of length one; zero columns stay zero."""
    lengths = np.linalg.norm(columns, axis=0)
    return columns / np.where(lengths > 0, lengths, 1.0)


FIGURE = Figure(
    identifier="stored-images",
    caption="Columns of networks of four units trained on four and on eighty images, beside samples and components.",
    draw=draw,
)
