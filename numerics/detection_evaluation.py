"""How well each detector tells memorised samples from generalised ones, on denoisers of images in files.

    python -m numerics.detection_evaluation --models DIR --out DIR [--device cuda] [--seconds 90] [--digits NPZ]

For every model in DIR, those of the regime "hybrid" first: samples are generated, rounded to 8 bits as in a picture
file, judged by the training images alone (`numerics.detection_truth`), and scored by every statistic of activations at
every layer, pooling and noise level, and by the baselines. OUT/NAME.npz and .json hold samples, truth and scores; they
are written again after each stage, so that a run out of time has what it measured until then. What is measured, and
the rules by which it is judged (`numerics.detection_table`), were fixed before any trained network was scored.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from numerics import store
from numerics.activation_statistics import STATISTICS
from numerics.denoiser_jacobian import leading_singular_values
from numerics.denoiser_sampling import sample
from numerics.detection import SIGMA, Draws, representation_layer, statistic_grid
from numerics.detection_baselines import flipd, normal_bundle_dimension, repetition_density, score_difference
from numerics.detection_truth import GENERALISED, MEMORISED, ground_truth
from numerics.evaluation_arguments import evaluation_arguments
from numerics.image_sets import image_set
from numerics.model_files import load
from numerics.preconditioning import ImageDenoiser


@dataclass(frozen=True)
class Plan:
    """Sizes of an evaluation.

    `group`: samples wanted of a kind, half as many where a network makes one kind; `pool`: generated at a time, `most`
    in all; `steps` of the sampler; `spectra`, `bundles`: samples of a kind whose Jacobian or normal bundle is taken;
    `at_once`: in one pass.
    """

    group: int = 600
    pool: int = 1024
    most: int = 8192
    steps: int = 18
    sigmas: tuple[float, ...] = (0.05, 0.1, SIGMA, 0.5, 1.0, 2.0)
    draws: int = 4
    probes: int = 8
    spectra: int = 150
    rank: int = 40
    bundles: int = 30
    points: int = 2
    at_once: int = 512
    seed: int = 0


QUICK = Plan(
    group=12, pool=48, most=96, steps=4, sigmas=(SIGMA, 1.0), draws=2, probes=2, spectra=2, rank=4, bundles=1, points=1
)


@dataclass
class Evaluation:
    """What was measured of one model: its samples, and scores by method, larger for memorised; NaN: not scored."""

    name: str
    samples: np.ndarray
    labels: np.ndarray
    kind: np.ndarray
    ratio: np.ndarray
    origin: np.ndarray
    generated: dict[str, int]
    methods: list[dict[str, Any]] = field(default_factory=list)
    scores: list[np.ndarray] = field(default_factory=list)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, scores: np.ndarray, seconds: float, rows: np.ndarray | None = None, **method: Any) -> None:
        """Scores of all samples, or of `rows`, by one method that took so many seconds for them."""
        found = np.full(len(self.kind), np.nan)
        found[slice(None) if rows is None else rows] = scores
        self.methods.append({**method, "seconds": seconds / len(scores)})
        self.scores.append(found.astype(np.float32))

    def of_each_kind(self, count: int) -> np.ndarray:
        """The first `count` samples of each kind, in order."""
        return np.sort(np.concatenate([np.flatnonzero(self.kind == kind)[:count] for kind in (MEMORISED, GENERALISED)]))

    def save(self, folder: Path, about: dict[str, Any]) -> None:
        """Write folder/name.npz and .json."""
        arrays = {
            **{"samples": self.samples, "labels": self.labels, "kind": self.kind, "origin": self.origin},
            **{"ratio": self.ratio.astype(np.float32), "scores": np.stack(self.scores), **self.arrays},
        }
        store.save(folder / self.name, arrays, {**about, "generated": self.generated, "methods": self.methods})


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Images in [−1, 1] as grey levels 0 … 255, cut to that range."""
    return np.rint(127.5 * (np.clip(images, -1, 1) + 1)).astype(np.uint8)


def as_images(grey: np.ndarray) -> torch.Tensor:
    """Grey levels 0 … 255 as images in [−1, 1]."""
    return torch.from_numpy(grey).double() / 127.5 - 1


def layers_of(denoiser: ImageDenoiser) -> tuple[str, ...]:
    """The layers that are scored, the middle one, which was decided on beforehand, first."""
    if denoiser.architecture == "relu":
        return ("code",)
    if denoiser.architecture == "unet":
        return ("middle", "fine", "coarse", "coarse_up", "fine_up")
    depth = len(list(denoiser.get_submodule("blocks").children()))
    middle = f"blocks.{depth // 2}"
    return tuple(
        dict.fromkeys((middle, f"{middle}.wide", "blocks.0", f"blocks.{depth - 1}", f"blocks.{depth - 1}.wide"))
    )


def repeated_images(training: Any, regime: str) -> np.ndarray:
    """Which images count as repeated: all of a hundred, none of thousands, those that stand there more than once."""
    return np.full(len(training.images), True) if regime == "few" else training.repetition > 1


def generate(
    name: str, denoiser: ImageDenoiser, training: Any, regime: str, plan: Plan, device: str, on: Callable[[], bool]
) -> Evaluation:
    """Samples of a model until there are enough of each kind that it makes, and their truth; classes as in training.

    `training` is an `ImageSet`, or has what one has for images of another size.
    """
    images, grey, labels, kinds = training.images.reshape(len(training.images), -1), [], [], []
    repeated, begun = repeated_images(training, regime), time.perf_counter()
    rng, drawn = np.random.default_rng([plan.seed, 6]), training.labels[training.rows()]
    truths = []
    # A network of one regime makes one kind, and need not be asked again for the other.
    wanted, group = (2, plan.group) if regime == "hybrid" else (1, plan.group // 2)
    while not grey or (sum(map(len, grey)) < plan.most and on() and _full(kinds, group) < wanted):
        asked = rng.choice(drawn, plan.pool)
        made = sample(denoiser, asked, steps=plan.steps, seed=plan.seed + len(grey), device=device)
        grey.append(as_bytes(made.numpy()))
        labels.append(asked)
        truths.append(ground_truth(as_images(grey[-1]).flatten(1).numpy(), images, repeated))
        kinds.append(truths[-1].kind)
    everything, kind = np.concatenate(grey), np.concatenate(kinds)
    seconds = time.perf_counter() - begun
    rows = np.sort(np.concatenate([np.flatnonzero(kind == each)[:group] for each in (MEMORISED, GENERALISED)]))
    counts = {
        each: int((kind == number).sum()) for each, number in (("memorised", MEMORISED), ("generalised", GENERALISED))
    }
    found = Evaluation(
        name, everything[rows], np.concatenate(labels)[rows], kind[rows],
        np.concatenate([truth.ratio for truth in truths])[rows],
        np.concatenate([truth.origin for truth in truths])[rows],
        {**counts, "undecided": int(len(kind) - sum(counts.values())), "all": len(kind)},
    )  # fmt: skip
    if len(rows):
        begun = time.perf_counter()
        density = repetition_density(as_images(found.samples), as_images(everything), own=rows)
        found.add(density, seconds + time.perf_counter() - begun, statistic="density")
    return found


def score(
    found: Evaluation, denoiser: ImageDenoiser, hybrid: bool, plan: Plan, on: Callable[[], bool]
) -> Iterator[None]:
    """Add every score but the normal bundle's, the ones decided beforehand first; yields after each stage.

    Where not `hybrid` the baselines are taken at the level decided beforehand alone, and no spectra.
    """
    x = as_images(found.samples).float()
    layers = layers_of(denoiser)
    pools: tuple[str, ...] = ("flatten",) if denoiser.architecture == "relu" else ("flatten", "mean")
    for sigma in sorted(plan.sigmas, key=lambda sigma: abs(sigma - SIGMA)):
        if not on():
            return
        _score_activations(found, denoiser, x, sigma, layers, pools, plan)
        if not hybrid and sigma != SIGMA:
            continue
        begun = time.perf_counter()
        apart = score_difference(
            denoiser, x, sigma, found.labels, draws=plan.draws, seed=plan.seed, at_once=plan.at_once
        )
        found.add(apart, time.perf_counter() - begun, statistic="score_difference", sigma=sigma)
        begun = time.perf_counter()
        dimension = flipd(denoiser, x, sigma, probes=plan.probes, seed=plan.seed, at_once=plan.at_once)
        found.add(-dimension, time.perf_counter() - begun, statistic="flipd", sigma=sigma)
        yield
    rows = found.of_each_kind(plan.spectra)
    if hybrid and on():
        begun = time.perf_counter()
        part = x[torch.from_numpy(rows)]
        values = leading_singular_values(denoiser, part, SIGMA, rank=plan.rank, seed=plan.seed, at_once=plan.at_once)
        found.arrays |= {"spectrum_rows": rows, "spectra": values.astype(np.float32)}
        dimension = (values > 0.5).sum(axis=1)
        found.add(-dimension, time.perf_counter() - begun, rows, statistic="jacobian_dimension", sigma=SIGMA)
        yield


def score_bundles(found: Evaluation, denoiser: ImageDenoiser, plan: Plan) -> None:
    """Add the dimension by the normal bundle of a few samples of each kind."""
    rows, begun = found.of_each_kind(plan.bundles), time.perf_counter()
    part = as_images(found.samples[rows]).float()
    points = plan.points * int(np.prod(part.shape[1:]))
    dimension = normal_bundle_dimension(
        denoiser, part, SIGMA, points=points, seed=plan.seed, at_once=max(plan.at_once, points)
    )
    found.add(-dimension, time.perf_counter() - begun, rows, statistic="normal_bundle", sigma=SIGMA)


def _score_activations(
    found: Evaluation,
    denoiser: ImageDenoiser,
    x: torch.Tensor,
    sigma: float,
    layers: tuple[str, ...],
    pools: tuple[str, ...],
    plan: Plan,
) -> None:
    draws = Draws(plan.draws, plan.seed, plan.at_once)
    # The cost of one statistic at one layer, as one who has decided pays it.
    begun = time.perf_counter()
    statistic_grid(denoiser, x, [sigma], layers[:1], pools[:1], ["l4_over_l2"], draws)
    seconds = time.perf_counter() - begun
    scores = statistic_grid(denoiser, x, [sigma], layers, pools, tuple(STATISTICS), draws)[0]
    for layer, of_layer in zip(layers, scores, strict=True):
        for pool, of_pool in zip(pools, of_layer, strict=True):
            for statistic, values in zip(STATISTICS, of_pool, strict=True):
                found.add(values, seconds, statistic=statistic, sigma=sigma, layer=layer, pool=pool)


def _full(kinds: list[np.ndarray], group: int) -> int:
    kind = np.concatenate(kinds)
    return sum(int((kind == each).sum() >= group) for each in (MEMORISED, GENERALISED))


def main(arguments: list[str] | None = None) -> None:
    """The command above. Raises `ValueError` if the folder holds no models."""
    given = evaluation_arguments("numerics.detection_evaluation", arguments)
    begun = time.perf_counter()
    plan = QUICK if given.quick else Plan()

    def on() -> bool:
        return time.perf_counter() - begun < given.seconds

    paths = sorted(given.models.glob("*.safetensors"))
    if not paths:
        raise ValueError(f"models must be a folder with denoisers, got none in {given.models}")
    given.out.mkdir(parents=True, exist_ok=True)
    models = [(path, *load(path)) for path in paths]
    # Within one network first, and there the two kinds that are no toys; sorting keeps the order otherwise.
    models.sort(key=lambda model: (model[2]["regime"] != "hybrid", model[2]["data"] != "digits"))
    device = torch.cuda.get_device_name() if given.device.startswith("cuda") else "cpu"
    done: list[tuple[Evaluation, ImageDenoiser, dict[str, Any]]] = []
    for path, denoiser, card in models:
        if not on():
            break
        denoiser = denoiser.to(given.device)
        training = image_set(card["data"], card["regime"], given.digits if card["data"] == "digits" else None)
        found = generate(path.stem, denoiser, training, card["regime"], plan, given.device, on)
        about = {
            **{"model": path.stem, "data": card["data"], "regime": card["regime"], "plan": asdict(plan)},
            **{
                "architecture": denoiser.architecture,
                "layer": representation_layer(denoiser, as_images(found.samples), SIGMA),
            },
            **{"model sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "device": device, **store.provenance()},
        }
        print(
            json.dumps({"model": path.stem, "seconds": round(time.perf_counter() - begun, 1), **found.generated}),
            flush=True,
        )
        if not len(found.kind):
            continue
        for _ in score(found, denoiser, card["regime"] == "hybrid", plan, on):
            found.save(given.out, about)
        found.save(given.out, about)
        done.append((found, denoiser, about))
    for found, denoiser, about in done:
        if on() and about["regime"] == "hybrid":
            score_bundles(found, denoiser, plan)
            found.save(given.out, about)
    print(json.dumps({"seconds": round(time.perf_counter() - begun, 1), "models": len(done)}))


if __name__ == "__main__":
    main()
