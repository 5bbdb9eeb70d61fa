"""The answer of the shipped ReLU autoencoder to steering, from its closed form and from the network.

Left: distance from the unsteered image against the strength for three starting noises, pushed at every level of a
sampler of six levels: closed form (lines), network (marks). Right: how fast the image moves with the strength, the
size of the closed form's slope (lines) and of the network's difference quotients (marks); the axis does not begin at 0.
Gates that switch bend the answer, and none makes it jump.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from proofs_check.steered_relu import answers, problem
from theory.steered_sampling import piece

from .figure import COLOURS, MARKERS, Drawing, Figure

STYLES = ("-", "--", ":")
STARTS, FINE, COARSE = 3, 97, 13
ROWS = ("start", "strength", "distance_closed_form", "distance_network", "slope_closed_form")


def draw(quick: bool) -> Drawing:
    """Both panels; where `quick` one start and fewer strengths."""
    chosen = problem()
    starts, fine, coarse = (1, 25, 7) if quick else (STARTS, FINE, COARSE)
    figure = matplotlib.figure.Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    d = len(chosen.networks[0].W1)
    rows: list[tuple[str | float, ...]] = []
    for number in range(starts):
        start = chosen.levels[0] * np.random.default_rng(number).standard_normal(d)
        strengths = np.linspace(0, chosen.largest, fine)
        found = [piece(chosen.networks, chosen.levels, start, strength) for strength in strengths]
        ends, slopes = np.stack([each.end for each in found]), np.stack([each.slope for each in found])
        distances, speeds = _size(ends - ends[0]), _size(slopes)
        marked = np.linspace(0, chosen.largest, coarse)
        measured = answers(start, marked)
        style = {"color": COLOURS[number + 1], "linestyle": STYLES[number], "linewidth": 1.2}
        marks = {"color": COLOURS[number + 1], "marker": MARKERS[number], "linestyle": "none", "markersize": 5}
        left.plot(strengths, distances, label=f"start {number}, closed form", **style)
        left.plot(marked, _size(measured - measured[0]), markerfacecolor="none", label="network", **marks)
        right.plot(strengths, speeds, **style)
        middles, steps = (marked[1:] + marked[:-1]) / 2, np.diff(marked)
        right.plot(middles, _size(np.diff(measured, axis=0)) / steps, markerfacecolor="none", **marks)
        network = dict(zip(marked.tolist(), _size(measured - measured[0]).tolist(), strict=True))
        rows += [
            (float(number), float(a), float(distance), network.get(float(a), float("nan")), float(speed))
            for a, distance, speed in zip(strengths, distances, speeds, strict=True)
        ]
    left.set(xlabel="strength a (no unit)", ylabel="distance from unsteered (r.m.s. of pixels from −1 to 1)")
    right.set(xlabel="strength a (no unit)", ylabel="|d image/da| (r.m.s. of pixels from −1 to 1)")
    left.set_title("digits-hybrid-relu: answer to steering")
    right.set_title("its slope, constant on each piece")
    left.legend(fontsize=8)
    return Drawing(figure, ROWS, rows)


def _size(images: np.ndarray) -> np.ndarray:
    """Root mean square over the pixels."""
    return np.sqrt((images**2).mean(axis=-1))


FIGURE = Figure("steered-relu", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
