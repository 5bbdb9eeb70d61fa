"""How far certified minimisers are from the block formula as the noise falls (BR Theorem 3.1, residual R).

Left and middle: one unit a cluster. ln‖R‖² falls along γ²/σ² with slope −1, γ the gate margin; the certified values
(marks, their bars shorter than the marks) approach the leading law (line) exponentially fast. Right: two units a
cluster. The turns of a block are flat up to what leaks through the gates. Where the gates of other clusters are the
nearest, the minimiser stands between them and ‖R‖ falls exponentially; where own gates are, the leak lowers the loss,
the block turns until they begin to close, and ‖R‖ falls like a power of σ only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import matplotlib.figure
import numpy as np

from proofs_check.certificate import Certificate
from proofs_check.residual_ladder import Rung, ladder
from theory.residual import predicted_residual

from .figure import COLOURS, MARKERS, Drawing, Figure

LINE_POINTS = 60
COLUMNS = ("series", "margin", "sigma", "weight_decay", "R_low", "R_high", "R_predicted")


def draw(quick: bool) -> Drawing:
    """The three panels from the kept certificates; unless `quick`, every one is verified again first."""
    series: dict[str, list[Rung]] = defaultdict(list)
    for rung in ladder(verify_again=not quick):
        series[re.sub(r"-rung[\d.]+$", "", rung.certificate.name)].append(rung)
    figure = matplotlib.figure.Figure(figsize=(15, 4.8), layout="constrained")
    law, approach, turns = figure.subplots(1, 3)
    single = {name: rungs for name, rungs in series.items() if rungs[0].certificate.widths.max() == 1}
    for number, (name, rungs) in enumerate(single.items()):
        _law(law, name, rungs, _style(number))
        if np.isfinite(rungs[0].predicted):
            _approach(approach, rungs, _style(number))
    for number, (name, rungs) in enumerate((name, rungs) for name, rungs in series.items() if name not in single):
        _turns(turns, name, rungs, _style(number))
    _finish(law, approach, turns)
    return Drawing(figure, COLUMNS, [_numbers(name, rung) for name, rungs in series.items() for rung in rungs])


def _numbers(name: str, rung: Rung) -> tuple[str | float, ...]:
    found = rung.certificate
    return (name, rung.margin, found.sigma, found.weight_decay, *found.distance, rung.predicted)


def _style(number: int) -> dict[str, Any]:
    return {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}


def _squared_ratios(rungs: list[Rung]) -> np.ndarray:
    return np.array([(rung.margin / rung.certificate.sigma) ** 2 for rung in rungs])


def _ends(rungs: list[Rung]) -> np.ndarray:
    return np.array([rung.certificate.distance for rung in rungs]).T


def _bars(axes, x: np.ndarray, ends: np.ndarray, style: dict[str, Any], label: str = "") -> None:
    bars = (ends[1] - ends[0]) / 2
    axes.errorbar(x, ends.mean(axis=0), yerr=bars, linestyle="none", markerfacecolor="none", label=label, **style)


def _law(axes, name: str, rungs: list[Rung], style: dict[str, Any]) -> None:
    x = _squared_ratios(rungs)
    _bars(axes, x, 2 * np.log(_ends(rungs)), style, name)
    if np.isfinite(rungs[0].predicted):
        ratios = np.linspace(np.sqrt(x.min()), np.sqrt(x.max()), LINE_POINTS)
        values = [2 * np.log(_leading(rungs[0].certificate, rungs[0].margin / ratio)) for ratio in ratios]
        axes.plot(ratios**2, values, color=style["color"], linewidth=0.8)


def _leading(certificate: Certificate, sigma: float) -> float:
    return float(np.linalg.norm(predicted_residual(certificate.X, sigma, certificate.weight_decay)))


def _approach(axes, rungs: list[Rung], style: dict[str, Any]) -> None:
    predicted = np.array([rung.predicted for rung in rungs])
    _bars(axes, _squared_ratios(rungs), np.sort(np.abs(_ends(rungs) / predicted - 1), axis=0), style)


def _turns(axes, name: str, rungs: list[Rung], style: dict[str, Any]) -> None:
    squared, ends = _squared_ratios(rungs), _ends(rungs)
    _bars(axes, squared**-0.5, ends, style, name)
    fine = np.linspace(squared.min(), squared.max(), LINE_POINTS)
    exponential = ends[1, 0] * np.exp((squared[0] - fine) / 2)
    axes.plot(fine**-0.5, exponential, color=style["color"], linestyle=":", linewidth=1)


def _finish(law, approach, turns) -> None:
    reach = np.array([5.0, 140.0])
    law.plot(reach, -reach, color="grey", linestyle="--", linewidth=1, label="slope −1")
    law.set(
        xlabel="γ²/σ² (no unit)", ylabel="ln ‖R‖² (no unit)", title="One unit: certified (marks), leading law (lines)"
    )
    law.legend(fontsize=7, loc="lower left")
    approach.set(yscale="log", xlabel="γ²/σ² (no unit)", ylabel="|‖R‖ / leading law − 1| (no unit)")
    approach.set_title("One unit: what the leading law misses")
    approach.axhline(1e-13, color="grey", linestyle="--", linewidth=1, label="rounding of the law (double precision)")
    approach.legend(fontsize=7, loc="upper right")
    turns.plot([], [], color="black", linestyle=":", label="what exp(−γ²/2σ²) would give")
    turns.set(xscale="log", yscale="log", ylim=(1e-13, 1), xlabel="σ/γ (no unit)", ylabel="‖R‖ (no unit)")
    turns.set_title("Two units: which gates are near decides")
    turns.legend(fontsize=7, loc="lower right")


FIGURE = Figure("residual-law", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
