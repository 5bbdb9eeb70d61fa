"""A loop of generations on real images: entropy, GS, novelty and distance under five policies, and what selection buys.

Marks are means over seeds, bars 99 % intervals by Student's t; one run has none. Curves end where the loops had to, as
far as three seeds came. Dashed: real images in place of drawn ones, against the first training set. At the right the
distance from held-out images with selection over that without, at the last generation: ours filled, MC's FID at
iteration 8 (FFHQ replace: 7) open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import matplotlib.figure
import numpy as np

from proofs_check.loop_evidence import SETTINGS, Effect, Interval, alone, curve, effect_of, interval, loops

from .figure import COLOURS, MARKERS, Drawing, Figure

COLUMNS = ("setting", "measure", "policy", "against", "generation", "mean", "low", "high", "seeds")
PANELS = {
    "entropy": "entropy Ĥ of the training set (nats)",
    "score": "GS (squared pixel units a pixel)",
    "novelty": "novelty over neighbour distance (no unit)",
    "distance": "Fréchet distance (squared pixel units)",
}
REAL = {"score": "real_score", "novelty": "real_novelty", "distance": "real_distance"}
# MC's FID without selection, with the filter, with greedy selection.
PRINTED = {
    "FFHQ accumulate": (75.8, 57.3, 44.6),
    "CIFAR accumulate": (87.1, 55.5, 52.9),
    "CIFAR replace": (189.0, 112.0, 113.0),
    "FFHQ replace": (94.3, 97.9, 99.8),
}
Row = tuple[str | float, ...]


def draw(quick: bool) -> Drawing:
    """All settings, or where `quick` the first alone."""
    settings = list(SETTINGS)[: 1 if quick else None]
    figure = matplotlib.figure.Figure(figsize=(18, 4.2 * len(settings)), layout="constrained")
    axes = figure.subplots(len(settings), len(PANELS) + 1, squeeze=False)
    rows: list[Row] = []
    for panels, setting in zip(axes, settings, strict=True):
        arrays = loops(setting)
        for panel, measure in zip(panels, PANELS, strict=False):
            rows += _curves(panel, setting, arrays, measure)
        rows += _ratios(panels[-1], setting, arrays)
        for panel in (each for each in panels if each.axison):
            panel.set_title(setting, loc="left", fontsize=9)
    axes[0, 0].legend(fontsize=7)
    return Drawing(figure, COLUMNS, rows)


def _summary(setting: str, values: np.ndarray) -> Interval:
    """Of the seeds of a setting; for one run the ends are NaN, so that no bar is drawn."""
    if SETTINGS[setting].seeds > 1:
        return interval(values)
    return replace(alone(values), low=np.nan, high=np.nan)


def _curves(panel, setting: str, arrays: Mapping[str, np.ndarray], measure: str) -> list[Row]:
    ratios, rows = measure in REAL, []
    policies = list(dict.fromkeys(arrays["policy"].tolist()))
    for number, policy in enumerate(policies):
        values = curve(loops(setting, policy), policy, measure)
        for generation, column in enumerate(values.T):
            found = _summary(setting, column)
            ends = np.array([found.mean, found.low, found.high])
            rows.append((setting, measure, policy, "", generation, *(np.exp(ends) if ratios else ends), found.seeds))
        mean, low, high = np.array([row[5:8] for row in rows[-values.shape[1] :]], dtype=float).T
        # Beside each other, so that bars can be told apart.
        x = np.arange(values.shape[1]) + 0.08 * (number - len(policies) / 2)
        style = {"color": COLOURS[number], "marker": MARKERS[number], "markersize": 4, "linewidth": 1, "capsize": 2}
        panel.errorbar(x, mean, [mean - low, high - mean], label=policy, linestyle="-" if number < 2 else ":", **style)
    if measure in REAL:
        panel.axhline(float(np.exp(np.log(arrays[REAL[measure]]).mean())), color="grey", linestyle="--", linewidth=1)
    panel.set(xlabel="generation g (no unit)", ylabel=PANELS[measure])
    return [(*row[:5], *map(float, row[5:8]), row[8]) for row in rows]


def _ratios(panel, setting: str, arrays: Mapping[str, np.ndarray]) -> list[Row]:
    """Distance with selection over without: ours of this setting above, those printed below."""
    rows: list[Row] = []
    names: list[str] = []
    policies = [policy for policy in dict.fromkeys(arrays["policy"].tolist()) if "-" in policy]
    if not policies:
        panel.set_axis_off()
        return rows
    for policy in policies:
        base, _, selects = policy.partition("-")
        found = _summary(setting, effect_of(arrays, Effect("distance", policy, base)))
        mean, low, high = np.exp([found.mean, found.low, found.high])
        marker = "s" if selects == "greedy" else "^"
        panel.errorbar(mean, len(names), xerr=[[mean - low], [high - mean]], color=COLOURS[0], marker=marker, capsize=3)
        rows.append((setting, "distance", policy, base, -1, float(mean), float(low), float(high), found.seeds))
        names.append(f"ours, {policy}")
    for name, (plain, filtered, greedy) in PRINTED.items():
        for marker, value in (("^", filtered), ("s", greedy)):
            panel.plot(value / plain, len(names), color=COLOURS[2], marker=marker, fillstyle="none", linestyle="none")
        names.append(f"MC, {name}")
    panel.axvline(1, color="grey", linewidth=1)
    panel.set_yticks(range(len(names)), names, fontsize=7)
    panel.set(xlabel="distance, over that without (no unit)\nsquare: greedy; triangle: filter", ylabel="loop (name)")
    return rows


FIGURE = Figure("image-loop", (__doc__ or "").split("\n\n")[0].strip(), draw)
