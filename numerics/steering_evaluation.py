"""Answers to steering measured on image denoisers: class probability, distance and path against strength.

    python -m numerics.steering_evaluation --models DIR --out DIR [--device cuda] [--seconds 60] [--digits FILE]

What is measured was fixed before any trained model was seen. Every model is steered in six ways, or as many as time
allows, the first one first for all models: at the layer in its middle along the mean of the target class and along its
difference from the mean of the class that the sample shows, sampling from the same noise with the push at every level;
the same two in one pass at σ = ½; the first two at its last layer. A way is measured at 25 strengths from 0 to A in
equal steps; A, one for both groups, is the least power of two from 1/128 to 16 at which calibration samples, not used
again, have at least 90 % of the largest mean probability of their target over these powers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from numerics import store
from numerics.denoiser_sampling import noise_levels, starting_noise
from numerics.detection_evaluation import repeated_images
from numerics.digit_classifier import DigitClassifier
from numerics.evaluation_arguments import evaluation_arguments
from numerics.image_sets import ImageSet, held_out, image_set
from numerics.model_files import load
from numerics.preconditioning import ImageDenoiser
from numerics.steered_groups import Samples, class_probabilities, draw_samples
from numerics.steering import Steering, response

NAME = "steering"
POWERS = tuple(2.0**power for power in range(-7, 5))
ENOUGH = 0.9
# Added to the seed of a plan: no batch of samples has the seed of the noise of one pass.
FRESH = 1_000_000


@dataclass(frozen=True)
class Plan:
    """Sizes of an evaluation. `group`: most samples of a group; `calibration`: of a group too; `pool`: drawn at a time,
    until both groups are full or `most` are drawn; `targets`: images of a class; `shown`: samples of a group whose
    pictures are kept, at every third strength."""

    strengths: int = 24
    levels: int = 32
    sigma_min: float = 0.02
    pass_level: float = 0.5
    group: int = 150
    calibration: int = 16
    pool: int = 1024
    most: int = 4096
    targets: int = 64
    shown: int = 4
    seed: int = 0


QUICK = Plan(strengths=8, levels=8, group=8, calibration=4, pool=32, most=32, targets=8, shown=2)


class Way(NamedTuple):
    """How a model is steered: the layer, "mean" or "difference", "sampling" or "one pass"."""

    layer: str
    direction: str
    passes: str


class Measured(NamedTuple):
    """Curves (m, K + 1) of a way at strengths kA/K: probability of the target class, root mean square distance a pixel
    from the unsteered image, and the same of each image from the one before it, added up; A; images that are shown."""

    probability: np.ndarray
    distance: np.ndarray
    path: np.ndarray
    largest: float
    shown: np.ndarray


def ways(denoiser: ImageDenoiser) -> tuple[Way, ...]:
    """The ways in which a denoiser of the house is steered, the most important first."""
    size = denoiser.configuration
    depth = size.get("depth", 1)
    layers = {
        "relu": ("code",),
        "unet": ("middle", "fine_up"),
        "transformer": (f"blocks.{depth // 2}", f"blocks.{depth - 1}"),
    }
    middle, *last = layers[size["architecture"]]
    both = ("mean", "difference")
    return (
        *[Way(middle, direction, "sampling") for direction in both],
        *[Way(middle, direction, "one pass") for direction in both],
        *[Way(layer, direction, "sampling") for layer in last for direction in both],
    )


class Subject:
    """A model, its training images and its samples: those that are measured and those that set the strengths."""

    def __init__(
        self,
        denoiser: ImageDenoiser,
        training: ImageSet,
        repeated: Bool[np.ndarray, " n"],
        real: ImageSet,
        classifier: DigitClassifier,
        plan: Plan,
        device: str,
    ) -> None:
        self.denoiser, self.plan, self.classifier, self.device = denoiser.to(device), plan, classifier, device
        self.levels = noise_levels(plan.levels, plan.sigma_min, denoiser.start_level, 7.0).numpy()
        self.targets = {
            label: torch.as_tensor(real.images[real.labels == label][: plan.targets], device=device)
            for label in classifier.classes
        }
        self.steered: dict[str, Steering] = {}
        need, rarer, batches = plan.group + plan.calibration, -1, 0
        steering = self._steering(ways(denoiser)[0].layer)
        samples: Samples | None = None
        # A group of which the first batches show nothing is not waited for.
        while samples is None or (len(samples.kind) < plan.most and (0 < rarer < need or len(samples.kind) < need)):
            drawn = draw_samples(
                steering, self.levels, training.images, repeated, classifier, plan.pool, plan.seed + batches, device
            )
            samples, batches = drawn if samples is None else samples.followed_by(drawn), batches + 1
            rarer = min(map(len, samples.groups()))
        self.drawn = {"drawn": len(samples.kind), **_sizes(samples)}
        rows = [group[:need] for group in samples.groups()]
        self.calibration = samples.chosen(np.concatenate([group[: plan.calibration] for group in rows]))
        self.measured = samples.chosen(np.concatenate([group[plan.calibration :] for group in rows]))

    def count(self) -> dict[str, int]:
        """How many memorised and generalised samples are measured."""
        return _sizes(self.measured)

    def _steering(self, layer: str) -> Steering:
        if layer not in self.steered:
            self.steered[layer] = Steering(self.denoiser, layer, self.targets, seed=self.plan.seed)
        return self.steered[layer]

    def _ends(self, samples: Samples, way: Way, strengths: np.ndarray) -> Tensor:
        end, noise = (torch.as_tensor(images, device=self.device) for images in (samples.end, samples.noise))
        start, levels = float(self.levels[0]) * noise, self.levels
        if way.passes == "one pass":
            # Not the noise that the sample was drawn from.
            fresh = starting_noise(samples.end.shape, self.plan.seed + FRESH).to(end)
            start, levels = end + self.plan.pass_level * fresh, np.array(self.plan.pass_level)
        left = samples.source if way.direction == "difference" else None
        return response(self._steering(way.layer), start, levels, strengths, samples.target, left)

    def _probabilities(self, ends: Tensor, samples: Samples) -> np.ndarray:
        found = class_probabilities(self.classifier, ends.flatten(0, 1)).reshape(*ends.shape[:2], -1)
        places = np.searchsorted(self.classifier.classes, samples.target)
        return found[np.arange(len(found)), :, places]

    def measure(self, way: Way) -> Measured:
        """The answers of all measured samples to one way of steering."""
        trial = self._probabilities(self._ends(self.calibration, way, np.array(POWERS)), self.calibration).mean(axis=0)
        largest = POWERS[int(np.argmax(trial >= ENOUGH * trial.max()))]
        ends = self._ends(self.measured, way, largest * np.linspace(0, 1, self.plan.strengths + 1))
        pixels = np.sqrt(ends[0, 0].numel())
        steps = (ends[:, 1:] - ends[:, :-1]).flatten(2).norm(dim=2).cumsum(dim=1) / pixels
        shown = np.concatenate([group[: self.plan.shown] for group in self.measured.groups()])
        pictures = ends[torch.as_tensor(shown), ::3, 0].clamp(-1, 1)
        return Measured(
            self._probabilities(ends, self.measured),
            ((ends - ends[:, :1]).flatten(2).norm(dim=2) / pixels).cpu().numpy(),
            torch.cat([torch.zeros_like(steps[:, :1]), steps], dim=1).cpu().numpy(),
            largest,
            (127.5 * (pictures + 1)).round().to(torch.uint8).cpu().numpy(),
        )


def _sizes(samples: Samples) -> dict[str, int]:
    memorised, generalised = samples.groups()
    return {"memorised": len(memorised), "generalised": len(generalised)}


def evaluate(
    models: Mapping[str, tuple[ImageDenoiser, ImageSet, Bool[np.ndarray, " n"]]],
    real: ImageSet,
    unseen: ImageSet,
    plan: Plan,
    device: str,
    on: Callable[[], bool],
) -> Iterator[tuple[dict[str, np.ndarray], dict[str, Any]]]:
    """Arrays and description of what was measured, after each round of one way of every model, while `on()` holds.

    Targets are among the `real` images, which train the classifier; its accuracy is that on `unseen` ones.
    """
    classifier = DigitClassifier(real.images.reshape(len(real.images), -1), real.labels)
    right = classifier.accuracy(unseen.images.reshape(len(unseen.images), -1), unseen.labels)
    subjects: dict[str, Subject] = {}
    arrays: dict[str, np.ndarray] = {}
    measured: list[dict[str, Any]] = []
    for number in range(max(len(ways(denoiser)) for denoiser, *_ in models.values())):
        for name, (denoiser, training, repeated) in models.items():
            if number >= len(ways(denoiser)) or not on():
                continue
            if name not in subjects:
                subjects[name] = Subject(denoiser, training, repeated, real, classifier, plan, device)
                samples = subjects[name].measured
                for key in ("kind", "ratio", "origin", "source", "target"):
                    arrays[f"{name}/{key}"] = getattr(samples, key)
            if not len(subjects[name].measured.kind):
                # A network all of whose samples are undecided has nothing to steer.
                continue
            begun = time.perf_counter()
            way = ways(denoiser)[number]
            found = subjects[name].measure(way)
            for key in ("probability", "distance", "path"):
                arrays[f"{name}/{number}/{key}"] = getattr(found, key).astype(np.float32)
            if number < 2:
                arrays[f"{name}/{number}/shown"] = found.shown
            seconds = time.perf_counter() - begun
            measured.append(
                {"model": name, "number": number, **way._asdict(), "largest": found.largest, "seconds": seconds}
            )
        groups = {name: {**each.drawn, "measured": each.count()} for name, each in subjects.items()}
        yield arrays, {"plan": asdict(plan), "classifier accuracy": right, "ways": measured, "samples": groups}


def main(arguments: list[str] | None = None) -> None:
    """The command above. Raises `ValueError` if the folder holds no models of digits."""
    given = evaluation_arguments("numerics.steering_evaluation", arguments)
    begun = time.perf_counter()
    models, cards = {}, {}
    for path in sorted(given.models.glob("*.safetensors")):
        denoiser, card = load(path)
        if card["data"] == "digits":
            training = image_set("digits", card["regime"], given.digits)
            models[path.stem] = denoiser, training, repeated_images(training, card["regime"])
            cards[path.stem] = card
    if not models:
        raise ValueError(f"models must hold denoisers of digits, got none in {given.models}")
    given.out.mkdir(parents=True, exist_ok=True)
    plan = QUICK if given.quick else Plan()
    real = image_set("digits", "all", given.digits)
    for arrays, description in evaluate(
        models,
        real,
        held_out("digits", given.digits),
        plan,
        given.device,
        on=lambda: time.perf_counter() - begun < given.seconds,
    ):
        spent = time.perf_counter() - begun
        device = torch.cuda.get_device_name() if given.device.startswith("cuda") else "cpu"
        about = {"seconds": spent, "device": device, "models": cards, **store.provenance()}
        store.save(given.out / NAME, arrays, {**description, **about})
        print(json.dumps({"seconds": round(spent, 1), "measured": len(description["ways"]), **description["samples"]}))


if __name__ == "__main__":
    main()
