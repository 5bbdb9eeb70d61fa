"""What a loop of generations draws: pictures from one seed, generation by generation, under each policy.

Rows are policies, columns generations; the images are those that the model drew, before any selection.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from proofs_check.loop_evidence import SETTINGS, loops

from .figure import Drawing, Figure

COLUMNS = ("setting", "policy", "seed", "generation", "copies", "copies of real images", "distance")
SHOWN = 3


def draw(quick: bool) -> Drawing:
    """All settings, or where `quick` the first alone."""
    settings = list(SETTINGS)[: 1 if quick else None]
    heights = [1 + 11 * _height_over_width(setting) for setting in settings]
    figure = matplotlib.figure.Figure(figsize=(13, sum(heights)), layout="constrained")
    panels = figure.subplots(len(settings), 1, squeeze=False, height_ratios=heights)[:, 0]
    rows: list[tuple[str | float, ...]] = []
    for panel, setting in zip(panels, settings, strict=True):
        arrays = loops(setting)
        seed = int(arrays["seed"].min())
        at = np.flatnonzero(arrays["seed"] == seed)
        panel.imshow(
            np.vstack([_strip(arrays["pictures"][row], SETTINGS[setting].side) for row in at]),
            cmap="gray",
            vmin=0,
            vmax=255,
        )
        policies, generations = arrays["policy"][at].tolist(), arrays["score"].shape[1]
        height, width = SETTINGS[setting].side + 4, SHOWN * (SETTINGS[setting].side + 2) + 2
        panel.set_yticks((np.arange(len(at)) + 0.5) * height, policies)
        panel.set_xticks((np.arange(generations) + 0.5) * width, [f"g = {g}" for g in range(generations)])
        panel.set(title=f"{setting}, seed {seed}")
        for row, policy in zip(at, policies, strict=True):
            for g in range(generations):
                numbers = (arrays[name][row, g] for name in ("copies", "copies_of_real", "distance"))
                rows.append((setting, policy, seed, g, *map(float, numbers)))
    return Drawing(figure, COLUMNS, rows)


def _height_over_width(setting: str) -> float:
    arrays, side = loops(setting), SETTINGS[setting].side
    return len(set(arrays["policy"])) * (side + 4) / (arrays["score"].shape[1] * (SHOWN * (side + 2) + 2))


def _strip(pictures: np.ndarray, side: int) -> np.ndarray:
    """Pictures of a loop side by side, a grey margin around each generation's."""
    found = []
    for images in pictures:
        tiles = [np.pad(image[: side**2].reshape(side, side), 1, constant_values=128) for image in images[:SHOWN]]
        found.append(np.pad(np.hstack(tiles), 1, constant_values=128))
    return np.hstack(found)


FIGURE = Figure("image-loop-pictures", (__doc__ or "").split("\n\n")[0].strip(), draw)
