"""Loss a pixel on training images and on new ones against the number of training images, for faces and for digits.

Dashed: the loss of the best linear map of half the width on the training images, what a network makes of many images
whose mean is taken off, if each direction costs it a pair of units. Networks that have not converged are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from numerics.sweep import evidence, read_sweep
from numerics.sweeps.real_images import SWEEP, chosen_images
from theory.linear_autoencoder import optimal_value

from .figure import COLOURS, MARKERS, Drawing, Figure

# Most images of a quick drawing.
QUICK = 8
COLUMNS = ("images", "sigma", "width", "n", "train", "test", "linear", "stored")


def draw(quick: bool) -> Drawing:
    """Both panels from the kept runs at the least noise, or where `quick` from those of few images."""
    arrays = read_sweep(evidence(SWEEP.name))[0]
    if quick:
        arrays = {key: values[arrays["n"] <= QUICK] for key, values in arrays.items()}
    figure = matplotlib.figure.Figure(figsize=(10, 4.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    rows: list[tuple[str | float, ...]] = []
    sigma = float(arrays["sigma"].min())
    for panel, images in zip(panels, ("digits", "faces"), strict=True):
        for number, width in enumerate(sorted(set(arrays["width"].tolist()))):
            chosen = (arrays["images"] == images) & (arrays["width"] == width) & (arrays["sigma"] == sigma)
            chosen &= arrays["converged"].astype(bool)
            if not chosen.any():
                continue
            n, train, test = (_means(arrays, key, chosen) for key in ("n", "train", "test"))
            linear = np.array([linear_loss(images, int(count), int(width), sigma) for count in n])
            style = {"color": COLOURS[number + 1], "marker": MARKERS[number]}
            panel.plot(n, train, linestyle="-", label=f"width {width:.0f}, training", **style)
            panel.plot(n, test, linestyle="-", markerfacecolor="white", label=f"width {width:.0f}, new images", **style)
            panel.plot(n, linear, linestyle="--", color=COLOURS[number + 1], label=f"width {width:.0f}, linear")
            stored = _means(arrays, "stored", chosen)
            marks = zip(n, train, test, linear, stored, strict=True)
            rows += [(images, sigma, float(width), *map(float, mark)) for mark in marks]
        panel.set(xscale="log", yscale="log", title=images, xlabel="training images n (no unit)")
        panel.set_xticks([2, 8, 32, 80], ["2", "8", "32", "80"])
        panel.minorticks_off()
        panel.set_ylabel(f"loss a pixel at σ = {sigma:g} (pixels span −1 to 1)")
    panels[0].legend(fontsize=7)
    return Drawing(figure, COLUMNS, rows)


def linear_loss(images: str, n: int, width: int, sigma: float) -> float:
    """Loss a pixel of the best linear denoiser of rank ⌊width/2⌋ on the training images, without decay."""
    X, _ = chosen_images(images, n)
    return optimal_value(X, width // 2, sigma, 0.0) / X.size


def _means(arrays: Mapping[str, np.ndarray], key: str, chosen: np.ndarray) -> np.ndarray:
    """Means over seeds for each number of images, in rising order."""
    counts = np.unique(arrays["n"][chosen])
    return np.array([arrays[key][chosen & (arrays["n"] == count)].mean() for count in counts])


FIGURE = Figure(
    identifier="real-images",
    caption="From a few faces or digits to many: loss on training images and on new ones, beside the linear optimum.",
    draw=draw,
)
