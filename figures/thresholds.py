"""Where descent changes regime as the weight decay λ grows: three thresholds, each at its predicted place λ*.

Left: gain of a sample that occurs m times among n, stored while nλ < m‖x‖². Middle: gain of the eigen-direction at
stake of a cluster, kept while nλ < Λ. Right: mass of the columns that grow beside the memorising weights, below λ_c.
Lines: predicted gains, drawn for each setting; marks: converged descents from the starts in question, in the mean over
seeds, with the whole range of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import matplotlib.figure
import numpy as np

from numerics.sweeps import duplication, soft_threshold, zero_columns
from proofs_check.extensions.descent_duplication import EVIDENCE as STORED
from proofs_check.extensions.descent_soft_threshold import EVIDENCE as KEPT
from proofs_check.extensions.descent_zero_columns import EVIDENCE as GROWN
from proofs_check.threshold_evidence import Threshold

from .figure import COLOURS, MARKERS, Drawing, Figure

COLUMNS = ("panel", "setting", "λ/λ*", "runs", "mean", "least", "most", "predicted")
Row = tuple[str | float, ...]


class Panel(NamedTuple):
    """A threshold, its λ* by setting, the predicted value at a setting and λ (none for the mass), and the labels."""

    evidence: Threshold
    threshold: Callable[[str], float]
    predicted: Callable[[str, float], float] | None
    title: str
    quantity: str


def _kept_gain(name: str, weight_decay: float) -> float:
    return float(soft_threshold.predicted_gains(name, weight_decay)[soft_threshold.SETTINGS[name].direction])


PANELS = (
    Panel(
        STORED,
        duplication.predicted_threshold,
        duplication.predicted_gain,
        "A repeated sample, λ* = m‖x‖²/n",
        "gain x·f(x)/‖x‖² (no unit)",
    ),
    Panel(
        KEPT,
        soft_threshold.predicted_threshold,
        _kept_gain,
        "A direction of a cluster, λ* = Λ/n",
        "gain u·Au (no unit)",
    ),
    Panel(
        GROWN,
        zero_columns.predicted_threshold,
        None,
        "Zero columns, λ* = λ_c(σ)",
        "mass Σ‖w‖‖v‖ away from the samples (no unit)",
    ),
)


def draw(quick: bool) -> Drawing:
    """All three panels from the kept descents; where `quick`, from those of the first seed."""
    figure = matplotlib.figure.Figure(figsize=(14, 4.8), layout="constrained")
    rows: list[Row] = []
    for axes, panel in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for number, setting in enumerate(panel.evidence.settings):
            rows += _setting(axes, panel, setting, number, quick)
        axes.axvline(1, color="grey", linestyle="--", linewidth=1, label="predicted threshold")
        axes.set(xlabel="weight decay over prediction λ/λ* (no unit)", ylabel=panel.quantity, title=panel.title)
        axes.legend(fontsize=7)
    return Drawing(figure, COLUMNS, rows)


def _setting(axes, panel: Panel, setting: str, number: int, quick: bool) -> list[Row]:
    runs = panel.evidence.chosen(setting)
    if quick:
        runs = {key: values[runs["seed"] == 0] for key, values in runs.items()}
    threshold, colour = panel.threshold(setting), COLOURS[number % len(COLOURS)]
    if panel.predicted is not None:
        at = np.linspace(0.78, 1.22, 89)
        axes.plot(at, [panel.predicted(setting, each * threshold) for each in at], color=colour, linewidth=1)
    rows = [_summary(panel, setting, runs, float(decay), threshold) for decay in np.unique(runs["decay"])]
    decay, mean, least, most = (np.array([float(row[column]) for row in rows]) for column in (2, 4, 5, 6))
    style = {"color": colour, "marker": MARKERS[number % len(MARKERS)], "linestyle": "none", "markersize": 5}
    axes.errorbar(decay, mean, yerr=[mean - least, most - mean], capsize=2, label=setting, **style)
    return rows


def _summary(panel: Panel, setting: str, runs: Mapping[str, np.ndarray], decay: float, threshold: float) -> Row:
    found = runs[panel.evidence.order][runs["decay"] == decay]
    predicted = float("nan") if panel.predicted is None else panel.predicted(setting, decay * threshold)
    numbers = (float(found.mean()), float(found.min()), float(found.max()), predicted)
    return (panel.evidence.sweep.name, setting, decay, len(found), *numbers)


FIGURE = Figure("thresholds", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
