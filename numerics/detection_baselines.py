"""What others score memorisation by, on any torch denoiser: guidance, local dimension, density of generations.

With the score s = (f − y)/σ² of variance-exploding noise:
- the norm of f(y, class) − f(y, no class), what guidance would add (Wen et al. 2024), here for classes, not prompts;
- FLIPD = d + σ²(tr ∂s + ‖s‖²) = tr J + ‖f(y) − y‖²/σ² at y = x, a local dimension (Kamkari et al. 2024, used by Ross
  et al. 2025): few directions are said to mean memorised;
- the dimension of the normal bundle (Stanczuk et al. 2024): scores at points x + σε lie across the data, so that their
  singular values fall by a gap where the directions along the data begin;
- how dense the network's own repeated generations are around a sample (Carlini et al. 2023).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float64

from numerics.denoiser_jacobian import trace
from numerics.denoiser_pass import Denoiser, run, samples_of
from numerics.detection import Draws
from theory import validation

# Points a coordinate at which scores are taken: normal directions then have singular values of at least 1 − 1/√4.
POINTS = 4
# Squared distances held at once.
_BLOCK = 2**24


def score_difference(
    denoiser: Denoiser, x: Any, sigma: float, labels: Any, *, draws: int = 4, seed: int = 0, at_once: int = 64
) -> Float64[np.ndarray, " n"]:
    """Mean over noise of ‖f(y, label) − f(y, no label)‖, y = x + sigma·ε: for x (n, …) and labels (n,). Larger means
    memorised. Raises `ValueError` for bad input.
    """
    x, sigma = samples_of(x), validation.positive(sigma, "sigma")
    chosen = _labels(labels, len(x))
    found = np.zeros(len(x))
    for each in Draws(draws, seed, at_once).noise(tuple(x.shape[1:])):
        for at in _slices(len(x), at_once):
            y = x[at] + sigma * torch.as_tensor(each, dtype=x.dtype)
            with torch.no_grad():
                apart = run(denoiser, y, sigma, chosen[at]) - run(denoiser, y, sigma)
            found[at] += torch.linalg.vector_norm(apart.flatten(1).double(), dim=1).cpu().numpy() / draws
    return found


def flipd(
    denoiser: Denoiser, x: Any, sigma: float, *, probes: int = 8, seed: int = 0, at_once: int = 64
) -> Float64[np.ndarray, " n"]:
    """FLIPD, tr J + ‖f(x) − x‖²/sigma², a local dimension at each of x (n, …); smaller means memorised.

    The trace is a mean over `probes` random signs. Raises `ValueError` for bad input.
    """
    x, sigma = samples_of(x), validation.positive(sigma, "sigma")
    parts = _slices(len(x), at_once)
    found = trace(denoiser, x, sigma, probes=probes, seed=seed, at_once=at_once)
    for at in parts:
        with torch.no_grad():
            answer = run(denoiser, x[at], sigma)
        apart = (answer - x[at].to(answer.device, answer.dtype)).double()
        found[at] += apart.square().flatten(1).sum(dim=1).cpu().numpy() / sigma**2
    return found


def normal_bundle_dimension(
    denoiser: Denoiser, x: Any, sigma: float, *, points: int | None = None, seed: int = 0, at_once: int = 1024
) -> Float64[np.ndarray, " n"]:
    """The local dimension at each of x (n, …) by the scores at `points` points x + sigma·ε; smaller means memorised.

    d minus the place of the largest gap between successive singular values of the scores (d, points), the last of them
    and 0 included, so that a point where all directions are normal has dimension 0. By default 4d points. Raises
    `ValueError` for bad input, fewer points than coordinates included, which leave no gap.
    """
    x, sigma = samples_of(x), validation.positive(sigma, "sigma")
    d = int(np.prod(x.shape[1:]))
    points = POINTS * d if points is None else validation.whole(points, "points", least=1)
    if points < d:
        raise ValueError(f"points must be at least the {d} coordinates of x, got {points}")
    noise = torch.from_numpy(Draws(points, seed).noise(tuple(x.shape[1:])))
    found = np.empty(len(x))
    for number, sample in enumerate(x):
        products = torch.zeros(d, d, dtype=torch.float64)
        for at in _slices(points, at_once):
            y = sample + sigma * noise[at].to(sample.dtype)
            with torch.no_grad():
                answer = run(denoiser, y, sigma)
            scores = ((answer - y.to(answer.device, answer.dtype)) / sigma).flatten(1)
            products = products.to(scores.device) + (scores.mT @ scores).double()
        values = torch.linalg.eigvalsh(products / points).clamp(min=0).sqrt().flip(0)
        found[number] = d - 1 - int(torch.argmax(values - torch.cat([values[1:], values.new_zeros(1)])))
    return found


def repetition_density(x: Any, generations: Any, *, own: Any = None, neighbours: int = 5) -> Float64[np.ndarray, " n"]:
    """Minus the distance from each of x (n, …) to its `neighbours`-th nearest of `generations` (m, …).

    Larger means memorised: what a network makes again and again. `own` (n,) gives, for samples that are among the
    generations, their rows there, which do not count. Raises `ValueError` for bad input.
    """
    samples, others = samples_of(x).flatten(1).double(), samples_of(generations, "generations").flatten(1).double()
    if others.shape[1] != samples.shape[1]:
        raise ValueError(f"generations must have the {samples.shape[1]} coordinates of x, got {others.shape[1]}")
    neighbours = validation.whole(neighbours, "neighbours", least=1)
    rows = None if own is None else _rows(own, len(samples), len(others))
    if len(others) - (rows is not None) < neighbours:
        raise ValueError(f"generations must hold {neighbours} others, got {len(others)} in all")
    found = np.empty(len(samples))
    for at in _slices(len(samples), max(1, _BLOCK // len(others))):
        apart = torch.cdist(samples[at], others)
        if rows is not None:
            apart[torch.arange(len(apart)), torch.from_numpy(rows[at])] = torch.inf
        found[at] = -torch.kthvalue(apart, neighbours, dim=1).values.numpy()
    return found


def _slices(n: int, at_once: int) -> list[slice]:
    at_once = validation.whole(at_once, "at_once", least=1)
    return [slice(start, start + at_once) for start in range(0, n, at_once)]


def _labels(values: Any, n: int) -> torch.Tensor:
    return torch.from_numpy(_whole_numbers(values, n, "labels"))


def _rows(values: Any, n: int, m: int) -> np.ndarray:
    rows = _whole_numbers(values, n, "own")
    if rows.max() >= m:
        raise ValueError(f"own must be rows of the {m} generations, got {int(rows.max())}")
    return rows


def _whole_numbers(values: Any, n: int, name: str) -> np.ndarray:
    array = validation.real_array(values, name, ndim=1)
    if array.shape != (n,):
        raise ValueError(f"{name} must hold one number for each of the {n} samples of x, got shape {array.shape}")
    if (array != np.floor(array)).any() or (array < 0).any():
        raise ValueError(f"{name} must be whole numbers >= 0, got {array.tolist()}")
    return array.astype(np.int64)
