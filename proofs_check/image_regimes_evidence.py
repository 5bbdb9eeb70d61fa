"""How many of the samples of the shipped image models are copies, against what their regimes say.

Each model drew 2,000 samples from independent noise; a sample is a copy when it is three times as near to one training
image as to any other. Intervals of a share are Clopper and Pearson's, at 99.9 % each, so that a decision about all ten
models is wrong by chance in at most one of a hundred cases. The rule: a model "memorises" if more than three quarters
of its samples are copies, "does both" if between a quarter and three quarters are (500 of 2,000 of each kind are asked
for where detectors are compared), and "does not copy" if fewer than one in a hundred is; all this of the whole
interval, else it is "undecided". Round numbers, but the shares on the cards were known when they were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

import numerics
from numerics import store
from numerics.denoiser_sampling import sample
from numerics.image_model_evidence import NAME, SHOWN
from numerics.image_models import load_shipped
from numerics.model_card import COPY

from .check import Bears, Check, Control, Effort, Outcome, Table
from .verdict import Method

CONFIDENCE = 0.999
MOST, SOME, NONE = 0.75, 0.25, 0.01
# Between grey levels and the numbers that were drawn, a sample in five hundred may change sides.
ROUNDING = 0.002
EXPECTED = {
    **{f"digits-few-{each}": "memorises" for each in ("unet", "transformer")},
    **{f"digits-all-{each}": "does not copy" for each in ("unet", "transformer", "relu")},
    **{f"digits-hybrid-{each}": "does both" for each in ("unet", "transformer")},
    "faces-hybrid-unet": "does both",
    **{f"digits-{each}-relu": "does not copy" for each in ("few", "hybrid")},
}
# How much worse a network of few images is on unseen ones, and a network of all at most, at σ = 1.
FEW_GAP, ALL_GAP, LEVEL = 10.0, 1.1, 1.0
# The model of which samples are drawn again, and how many.
AGAIN, DRAWN = "digits-hybrid-transformer", 2


@dataclass(frozen=True)
class Share:
    """A share of independent samples with the ends of its interval."""

    value: float
    low: float
    high: float

    @property
    def regime(self) -> str:
        """What the rule says."""
        if self.low > MOST:
            return "memorises"
        if self.high < NONE:
            return "does not copy"
        return "does both" if self.low > SOME and self.high < MOST else "undecided"


@cache
def kept() -> dict[str, np.ndarray]:
    """The kept arrays, by model and name. Raises `ValueError` if the checksum does not match."""
    return store.load(Path(numerics.__file__).parent / "evidence" / NAME)[0]


def models() -> tuple[str, ...]:
    """The models, those of few images first."""
    return tuple(sorted(EXPECTED, key=lambda name: (name.split("-")[0], *_place(name))))


def _place(name: str) -> tuple[int, int]:
    _, regime, architecture = name.split("-")
    return ("few", "all", "hybrid").index(regime), ("unet", "transformer", "relu").index(architecture)


@cache
def card(model: str) -> dict[str, Any]:
    """The card in the file of a shipped model."""
    return load_shipped(model)[1]


def copied(model: str) -> np.ndarray:
    """Which of the samples (m,) of a model are copies."""
    return kept()[f"{model}/ratio"] <= COPY


def share(model: str) -> Share:
    """The share of copies among the samples of a model."""
    return share_of(copied(model))


def share_of(hits: np.ndarray) -> Share:
    """The share of hits among independent trials (m,), and Clopper and Pearson's interval."""
    m, k, tail = len(hits), int(hits.sum()), (1 - CONFIDENCE) / 2
    low = special.betaincinv(k, m - k + 1, tail) if k else 0.0
    high = special.betaincinv(k + 1, m - k, 1 - tail) if k < m else 1.0
    return Share(k / m, float(low), float(high))


def regimes_check(name: str, *, scope: str) -> Check:
    """A check that each model does what `EXPECTED` says of it."""

    def decide_about(hits: Callable[[str], np.ndarray], expected: Mapping[str, str], shown: bool = False) -> Outcome:
        found = {model: share_of(hits(model)) for model in expected}
        wrong = [model for model, each in found.items() if each.regime != expected[model]]
        said = "all as stated" if not wrong else f"{wrong[0]} {found[wrong[0]].regime}, and {len(wrong) - 1} others"
        samples = sum(len(hits(model)) for model in expected)
        return Outcome(not wrong, said, f"{samples} samples", (_table(),) if shown else ())

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        swapped = {model: EXPECTED[_swapped(model)] for model in EXPECTED if model.startswith("digits")}
        yield Control(f"{name}: few and all swapped", lambda: decide_about(copied, swapped))
        yield Control(
            f"{name}: copies of images that stand once alone",
            lambda: decide_about(lambda model: copied(model) & ~kept()[f"{model}/repeated"], _of("does both")),
        )
        yield Control(
            f"{name}: unseen images in place of samples",
            lambda: decide_about(lambda model: kept()[f"{model}/unseen_ratio"] <= COPY, _of("memorises")),
        )

    return Check(name, Method.DESCENT, lambda effort: decide_about(copied, EXPECTED, True), controls, scope=scope)


def once_check(name: str, *, scope: str) -> Check:
    """A check that models that do both copy images that stand once in fewer than one of a hundred samples."""

    def decide_about(repeated: bool) -> Outcome:
        found = {}
        for model in _of("does both"):
            found[model] = share_of(copied(model) & (kept()[f"{model}/repeated"] == repeated))
        worst = max(each.high for each in found.values())
        return Outcome(worst < NONE, f"at most {worst:.2%}", f"{len(found)} models")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        yield Control(f"{name}: repeated images", lambda: decide_about(True))

    return Check(name, Method.DESCENT, lambda effort: decide_about(False), controls, scope=scope)


def errors_check(name: str, *, scope: str) -> Check:
    """A check of the errors on the cards at σ = 1: unseen images against training images, digits."""

    def gap(model: str) -> float:
        about = card(model)
        at = about["noise_levels"].index(LEVEL)
        return about["error_unseen"][at] / about["error_training"][at]

    def decide_about(regime_of: Callable[[str], str]) -> Outcome:
        gaps = {model: gap(model) for model in EXPECTED if model.startswith("digits")}
        few = [each for model, each in gaps.items() if regime_of(model) == "few"]
        others = [each for model, each in gaps.items() if regime_of(model) != "few"]
        ok = min(few) > FEW_GAP and max(others) < ALL_GAP
        return Outcome(ok, f"few from {min(few):.1f}, others to {max(others):.3f}", f"{len(gaps)} models")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        yield Control(f"{name}: few and all swapped", lambda: decide_about(lambda model: _swapped(model).split("-")[1]))

    return Check(
        name, Method.DESCENT, lambda effort: decide_about(lambda model: model.split("-")[1]), controls, scope=scope
    )


def cards_check(name: str, *, scope: str) -> Check:
    """A supporting check that the kept samples have the share of copies that the card states."""

    def decide_about(shift: int) -> Outcome:
        names = models()
        away = [
            abs(share(model).value - card(names[(place + shift) % len(names)])["copies"])
            for place, model in enumerate(names)
        ]
        return Outcome(max(away) <= ROUNDING, f"within {max(away):.4f} of {ROUNDING}", f"{len(away)} cards")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        yield Control(f"{name}: the next model's card", lambda: decide_about(1))

    return Check(name, Method.DESCENT, lambda effort: decide_about(0), controls, Bears.SUPPORTS, scope=scope)


def drawn_again(name: str, *, scope: str) -> Check:
    """A supporting check that the weights that ship draw the kept samples: each is a copy of its own, of eight."""

    def decide_about(shift: int) -> Outcome:
        rows = (np.arange(DRAWN) + shift) % SHOWN
        grey = kept()[f"{AGAIN}/samples"].reshape(SHOWN, -1) / 127.5 - 1
        apart = ((_drawn()[:, None] - grey) ** 2).sum(axis=-1)
        own = apart[np.arange(DRAWN), rows]
        apart[np.arange(DRAWN), rows] = np.inf
        same = int((own <= COPY * apart.min(axis=1)).sum())
        return Outcome(same == DRAWN, f"{same} of {DRAWN} the same", "on this machine, weights in half precision")

    def controls(effort: Effort) -> Iterable[Control]:
        yield Control(f"{name}: another of the kept samples", lambda: decide_about(1 + effort.seed % (SHOWN - 1)))

    return Check(name, Method.DESCENT, lambda effort: decide_about(0), controls, Bears.SUPPORTS, scope=scope)


@cache
def _drawn() -> np.ndarray:
    """The first samples of a model (m, d), drawn from its weights."""
    denoiser, about = load_shipped(AGAIN)
    labels = np.arange(DRAWN) % denoiser.classes
    found = sample(denoiser, labels, steps=about["sampling_steps"], seed=about["sampling_seed"])
    return found.flatten(1).numpy()


def _of(regime: str) -> dict[str, str]:
    return {model: stated for model, stated in EXPECTED.items() if stated == regime}


def _swapped(model: str) -> str:
    data, regime, architecture = model.split("-")
    return f"{data}-{ {'few': 'all', 'all': 'few'}.get(regime, regime) }-{architecture}"


def _table() -> Table:
    rows = []
    for model in models():
        about, found = card(model), share(model)
        at = about["noise_levels"].index(LEVEL)
        errors = (f"{about[f'error_{kind}'][at]:.4f}" for kind in ("training", "unseen"))
        interval = f"{found.value:.3f} ({found.low:.3f}, {found.high:.3f})"
        rows.append(
            (model, str(about["images"]), str(about["repeated_images"]), str(about["steps"]), interval, *errors)
        )
    header = ("model", "images", "repeated", "steps", "share of copies", "error on training images", "on unseen ones")
    return Table("image models: copies among 2,000 samples, errors at σ = 1", header, tuple(rows))
