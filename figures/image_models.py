"""What the image models that ship draw, how much of it is copied, and how well they denoise seen and unseen images.

Pictures: the first eight samples of each model above their nearest training images. The shares are of 2,000 samples,
with 99.9 % intervals; a sample is a copy when it is three times as near to one training image as to any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.figure
import numpy as np

from numerics.image_model_evidence import SHOWN
from proofs_check.image_regimes_evidence import Share, card, kept, models, share

from .figure import COLOURS, MARKERS, Drawing, Figure

COLUMNS = ("model", "quantity", "noise level", "value", "low", "high")
REGIMES, ARCHITECTURES = ("few", "all", "hybrid"), ("unet", "transformer", "relu")
STYLES = dict(zip(ARCHITECTURES, zip(COLOURS[1:], MARKERS, strict=False), strict=False))
_COUNTS = {"few": "100 images", "all": "4,500 images", "hybrid": "32 of 4,500 images repeated"}
_GAP = 2


def draw(quick: bool) -> Drawing:
    """All models, quick or not."""
    del quick
    figure = matplotlib.figure.Figure(figsize=(12, 13), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=(3, 1))
    upper, lower = parts
    rows: list[tuple[str | float, ...]] = []
    panels = upper.subplots(len(REGIMES), len(ARCHITECTURES) + 1, width_ratios=(1, 1, 1, 1.3))
    for line, regime in zip(panels, REGIMES, strict=True):
        for panel, architecture in zip(line, ARCHITECTURES, strict=False):
            _pictures(panel, f"digits-{regime}-{architecture}", f"{architecture}, {_COUNTS[regime]}")
        named = {f"digits-{regime}-{each}": each for each in ARCHITECTURES}
        rows += _errors(line[-1], named, f"digits, {_COUNTS[regime]}")
    # Where its lines leave room.
    panels[1, -1].legend(loc="lower right", fontsize=7)
    pictures, shares, errors = lower.subplots(1, 3, width_ratios=(1, 1.6, 1.3))
    _pictures(pictures, "faces-hybrid-unet", "unet, 12 of 2,052 faces repeated")
    rows += _shares(shares)
    rows += _errors(errors, {"faces-hybrid-unet": "unet"}, "faces")
    return Drawing(figure, COLUMNS, rows)


def _pictures(panel: Any, model: str, title: str) -> None:
    arrays = kept()
    strips = []
    for half in (slice(0, SHOWN // 2), slice(SHOWN // 2, SHOWN)):
        for name in ("samples", "nearest"):
            strips.append(
                np.hstack([np.pad(image, _GAP, constant_values=128) for image in arrays[f"{model}/{name}"][half]])
            )
    panel.imshow(np.vstack(strips), cmap="gray", vmin=0, vmax=255)
    height = len(strips[0])
    panel.set_yticks(
        (np.arange(len(strips)) + 0.5) * height, ["drawn", "nearest"] * 2, rotation=90, va="center", fontsize=7
    )
    panel.set_xticks([])
    panel.set_title(f"{title}\n{share(model).value:.1%} copies", fontsize=8)


def _errors(panel: Any, named: dict[str, str], title: str) -> Iterator[tuple[str | float, ...]]:
    for model, architecture in named.items():
        colour, mark = STYLES[architecture]
        about = card(model)
        levels = about["noise_levels"]
        for kind, dashes, fill in (("training", "-", "full"), ("unseen", "--", "none")):
            errors = about[f"error_{kind}"]
            panel.loglog(
                levels,
                errors,
                linestyle=dashes,
                marker=mark,
                color=colour,
                fillstyle=fill,
                label=f"{architecture}, {kind}",
            )
            for level, error in zip(levels, errors, strict=True):
                yield model, f"error on {kind} images", level, error, "", ""
    panel.set(title=title, xlabel="noise level σ (pixels from −1 to 1)", ylabel="‖D − x₀‖²/d (squared pixel units)")
    panel.set_xticks(levels, [f"{level:g}" for level in levels])
    panel.minorticks_off()
    panel.title.set_fontsize(8)


def _shares(panel: Any) -> Iterator[tuple[str | float, ...]]:
    for place, model in enumerate(models()):
        found: Share = share(model)
        colour, mark = STYLES[model.rpartition("-")[2]]
        reach = [[found.value - found.low], [found.high - found.value]]
        panel.errorbar(found.value, place, xerr=reach, fmt=mark, color=colour, capsize=3)
        yield model, "share of copies", "", found.value, found.low, found.high
    panel.set_yticks(range(len(models())), models())
    panel.invert_yaxis()
    panel.set(title="copies of training images", ylabel="model (name)")
    panel.set(xlabel="share of samples that are copies (no unit)", xlim=(-0.03, 1.03))
    panel.title.set_fontsize(8)


FIGURE = Figure("image-models", (__doc__ or "").split("\n\n")[0].strip(), draw)
