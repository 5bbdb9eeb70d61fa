"""Predicted against stored samples over random problems of mixed kind, by kind.

    python -m benchmarks.prediction [--seed 2026] [--problems 30] [--starts 4]

Problem i of a seed is of kind i modulo the number of kinds: separable faces, faces as they come, digits as they come,
separable faces with copies or variations, mixtures of Gaussians, the same with copies, digits of a few classes. Noise
levels run from 0.02 to 0.3 of the root mean square sample, nλ from 0.001 to 0.5 of the mean square, widths from a
third of the distinct samples to four times their number (less where that is too dear to minimise). What is stored is
read from the lowest minimum of the exact objective found from random starts and from the prediction.

Printed beside the accuracy: what "nothing is stored" and "everything is stored" would score, how far random starts
agree with the lowest minimum, and the accuracy by the closed form alone (the partition whose blocks have the lowest
loss if all gates are right).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from numerics.data import augmented_cluster, digit_labels, digits, faces, separable_images
from numerics.outcome import Outcome, outcome
from theory.clustering import distinct_samples, hierarchy
from theory.prediction import Prediction, predict
from theory.storage import storage
from theory.structures import block_structure

SIGMAS, DECAYS, WIDTHS = (0.02, 0.05, 0.1, 0.2, 0.3), (0.001, 0.01, 0.05, 0.2, 0.5), (1 / 3, 0.6, 1.0, 2.0, 4.0)
# Samples of a problem, and numbers in its weights per layer, at most: wider networks take minutes to minimise.
LARGEST, WEIGHTS = 40, 500

Rng = np.random.Generator
Problem = tuple[np.ndarray, float, float, int]


def separable(rng: Rng) -> np.ndarray:
    """Three to six faces with pairwise negative inner products."""
    return separable_images("faces", int(rng.integers(3, 7)))[0]


def any_faces(rng: Rng) -> np.ndarray:
    """Six to sixteen centred faces."""
    return faces("centred")[rng.choice(100, int(rng.integers(6, 17)), replace=False)]


def any_digits(rng: Rng) -> np.ndarray:
    """Six to sixteen centred digits."""
    return digits("centred")[rng.choice(1797, int(rng.integers(6, 17)), replace=False)]


def faces_and_copies(rng: Rng) -> np.ndarray:
    """Three to five separable faces, each repeated or varied one to five times."""
    parts = []
    for image in separable_images("faces", int(rng.integers(3, 6)))[0]:
        size = int(rng.integers(1, 6))
        parts.append(np.tile(image, (size, 1)) if rng.random() < 0.5 else augmented_cluster(image, size, 0.3, rng))
    return np.concatenate(parts)


def mixture(rng: Rng, copies: float = 0.0) -> np.ndarray:
    """Two to four Gaussians of two to ten samples in R^5 to R^24; each is copies of its mean with this chance."""
    clusters, d = int(rng.integers(2, 5)), int(rng.integers(5, 25))
    means = rng.standard_normal((clusters, d))
    if rng.random() < 0.5:
        means -= means.mean(axis=0)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    spread = rng.uniform(0.1, 0.6) / np.sqrt(d)
    parts = []
    for mean in means:
        size = int(rng.integers(2, 11))
        scatter = 0.0 if rng.random() < copies else spread
        parts.append(mean + scatter * rng.standard_normal((size, d)))
    return np.concatenate(parts)


def mixture_and_copies(rng: Rng) -> np.ndarray:
    """A mixture in which about half of the clusters are copies of one sample."""
    return mixture(rng, 0.5)


def classes_of_digits(rng: Rng) -> np.ndarray:
    """Two to six digits of each of two or three classes."""
    images, shown, parts = digits("centred"), digit_labels(), []
    for digit in rng.choice(10, int(rng.integers(2, 4)), replace=False):
        parts.append(images[rng.choice(np.flatnonzero(shown == digit), int(rng.integers(2, 7)), replace=False)])
    return np.concatenate(parts)


KINDS: dict[str, Callable[[Rng], np.ndarray]] = {
    "separable faces": separable,
    "faces": any_faces,
    "digits": any_digits,
    "faces and copies": faces_and_copies,
    "mixture": mixture,
    "mixture and copies": mixture_and_copies,
    "classes of digits": classes_of_digits,
}


def problem(kind: str, rng: Rng) -> Problem:
    """Samples of mean square one, noise level, weight decay and width."""
    X = KINDS[kind](rng)[:LARGEST]
    X = X / np.sqrt((X**2).sum(axis=1).mean())
    different = len(distinct_samples(X).rows)
    sigma, decay, share = (float(rng.choice(choices)) for choices in (SIGMAS, DECAYS, WIDTHS))
    return X, sigma, decay / len(X), max(1, min(round(share * different), WEIGHTS // different))


def closed_form(X: np.ndarray, sigma: float, decay: float, width: int) -> np.ndarray:
    """What is stored by the closed form alone: distinct samples with a block of their own in the best partition."""
    structures = [block_structure(X, labels, width, sigma, decay) for labels in hierarchy(X, sigma, decay)]
    best = min(structures, key=lambda each: each.frozen_loss)
    index = distinct_samples(X).index
    alone = [len(set(index[best.labels == k])) == 1 and p > 0 for k, p in enumerate(best.widths)]
    return np.array(alone)[best.labels]


def failure(wrong: np.ndarray, predicted: Prediction, found: Outcome, after: np.ndarray) -> str:
    """Why samples are judged wrongly: a border case, another minimum, or the mean field itself."""
    if not wrong.any():
        return ""
    shares = np.array([sample.own_share for sample in predicted.samples])
    if (np.abs(np.stack([shares, found.storage.own_share])[:, wrong] - 0.5) < 0.2).any(axis=0).all():
        return "border"
    if found.descended.loss > found.minimum.loss * (1 + 1e-6):
        return "another minimum is lower"
    return "exact descent leaves the prediction" if (after != predicted.stored).any() else "other"


class Score(NamedTuple):
    """Numbers of samples of one problem: all, judged rightly by several rules, and certain ones."""

    samples: int
    right: int
    closed_form: int
    nothing: int
    everything: int
    agreement: float
    certain: int
    certain_right: int


def score(X: np.ndarray, sigma: float, decay: float, width: int, starts: int) -> tuple[Score, str]:
    """The score of one problem and the rest of its line."""
    begin = time.perf_counter()
    predicted = predict(X, sigma, decay, width)
    middle = time.perf_counter()
    found = outcome(X, predicted.W1, predicted.W2, sigma, decay, starts=starts)
    seconds = time.perf_counter() - middle
    truth = found.stored
    right, certain = predicted.stored == truth, ~predicted.uncertain
    counts = (
        len(X),
        int(right.sum()),
        int((closed_form(X, sigma, decay, width) == truth).sum()),
        int((~truth).sum()),
        int(truth.sum()),
        found.agreement * len(X),
        int(certain.sum()),
        int((right & certain).sum()),
    )
    after = storage(found.descended.W1, found.descended.W2, X, sigma).stored
    cells = [
        predicted.regime,
        f"{predicted.loss:.5f}",
        f"{found.minimum.loss:.5f}",
        f"{found.losses.min():.5f}",
        f"{middle - begin:.1f}",
        f"{seconds:.1f}",
        failure(~right, predicted, found, after),
    ]
    return Score(*counts), " | ".join(cells)


def main() -> None:
    """Print one line for each problem and the accuracy by kind."""
    parser = argparse.ArgumentParser(description="Predicted against stored samples over random problems.")
    parser.add_argument("--seed", type=int, default=2026, help="seed of the problems")
    parser.add_argument("--problems", type=int, default=30, help="how many problems")
    parser.add_argument("--starts", type=int, default=4, help="random starts of each outcome")
    options = parser.parse_args()
    torch.set_num_threads(1)
    columns = ["kind", "n", "distinct", "p", "σ", "nλ", "right", "stored", "uncertain", "regime", "predicted L"]
    print(" | ".join([*columns, "lowest L", "lowest from random starts", "predict s", "minimise s", "failure"]))
    scores: dict[str, list[Score]] = {kind: [] for kind in KINDS}
    for i in range(options.problems):
        kind = list(KINDS)[i % len(KINDS)]
        X, sigma, decay, width = problem(kind, np.random.default_rng([options.seed, i]))
        found, rest = score(X, sigma, decay, width, options.starts)
        scores[kind].append(found)
        size = f"{len(X)} | {len(distinct_samples(X).rows)} | {width} | {sigma} | {decay * len(X):.3g}"
        counts = f"{found.right} | {found.everything} | {found.samples - found.certain}"
        print(f"{kind} | {size} | {counts} | {rest}", flush=True)
    rules = ["right", "closed form alone", "nothing stored", "everything stored", "random starts agree", "certain"]
    print("\n" + " | ".join(["kind", "samples", *rules]))
    scores["all"] = [each for of_kind in scores.values() for each in of_kind]
    for kind, of_kind in scores.items():
        total = Score(*np.sum(of_kind, axis=0)) if of_kind else None
        if total:
            shares = [total.right, total.closed_form, total.nothing, total.everything, total.agreement]
            cells = [f"{100 * share / total.samples:.1f} %" for share in shares]
            certain = f"{100 * total.certain_right / max(total.certain, 1):.1f} % of {total.certain:.0f}"
            print(" | ".join([kind, f"{total.samples:.0f}", *cells, certain]))


if __name__ == "__main__":
    main()
