"""Mixtures trained a minute: many as one program, against one at a time on the same device.

    python -m benchmarks.mixture_training [--device cuda] [--models 64] [--alone 4] [--size 50-30-6] [--printed]

Trained from samples with λ = ψ until the measured gradient is below a thousandth of the loss, M/N from .7 to .95. Both
run in turn, twice, after a first small run of each; the ratio is of medians. --printed: instead the whole printed sweep
of arXiv 2508.17689 once, N ∈ {50, 100, 150, 200}, d ∈ {30, 40, 50, 60}, K ∈ {3, 6, 9, 12} and 20 numbers of components
each, M/N = .05 to 1: 1,280 models.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import torch

from numerics.mixture_fit import MixtureFit
from numerics.mixture_training import train
from numerics.sphere_mixture import draw_mixture

SIZES, DIMENSIONS, CLUSTERS = (50, 100, 150, 200), (30, 40, 50, 60), (3, 6, 9, 12)
FRACTIONS = np.arange(1, 21) / 20


def timed(X: np.ndarray, components: np.ndarray, device: str) -> tuple[float, MixtureFit]:
    """Seconds of training all, and where they ended."""
    began = time.perf_counter()
    fit = train(X, components, seeds=range(len(X)), device=device)
    return time.perf_counter() - began, fit


def compare(size: str, models: int, alone: int, device: str) -> None:
    """Models a minute together and alone."""
    N, d, K = map(int, size.split("-"))
    X = np.stack([draw_mixture(N, d, K, 1.0, seed).X for seed in range(models)])
    counts = np.round(np.linspace(0.7, 0.95, models) * N).astype(int)
    few = np.linspace(0, models - 1, alone).astype(int)
    timed(X[few[:1]], counts[few[:1]], device)
    together, single, ends = [], [], []
    for _ in range(2):
        seconds, fit = timed(X, counts, device)
        together.append(60 * models / seconds)
        ends.append(fit.converged.mean())
        single.append(60 * alone / sum(timed(X[k : k + 1], counts[k : k + 1], device)[0] for k in few))
    many, one = statistics.median(together), statistics.median(single)
    print(f"N = {N}, d = {d}, K = {K}: {models} together {many:.1f} models a minute, {np.mean(ends):.0%} converged")
    print(f"one at a time {one:.1f} models a minute ({alone} of them); ratio {many / one:.1f}")


def printed_sweep(device: str) -> None:
    """The whole sweep, a batch for each N and d."""
    began, converged, models = time.perf_counter(), 0, 0
    for N in SIZES:
        for d in DIMENSIONS:
            sets = [draw_mixture(N, d, K, 1.0, K).X for K in CLUSTERS]
            X = np.stack([each for each in sets for _ in FRACTIONS])
            components = np.tile(np.maximum(1, np.round(FRACTIONS * N).astype(int)), len(CLUSTERS))
            seconds, fit = timed(X, components, device)
            converged, models = converged + int(fit.converged.sum()), models + len(X)
            print(
                f"N = {N}, d = {d}: {len(X)} models in {seconds:.1f} s, {fit.converged.mean():.0%} converged",
                flush=True,
            )
    print(f"{models} models in {time.perf_counter() - began:.0f} s, {converged} converged")


def main() -> None:
    parser = argparse.ArgumentParser(description="Mixtures trained a minute, many at once against one at a time.")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--models", type=int, default=16)
    parser.add_argument("--alone", type=int, default=4)
    parser.add_argument("--size", default="50-30-6", help="N-d-K")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--printed", action="store_true", help="the printed sweep of 1,280 models, once")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(torch.cuda.get_device_name() if arguments.device == "cuda" else f"CPU, {arguments.threads} threads")
    if arguments.printed:
        printed_sweep(arguments.device)
    else:
        compare(arguments.size, arguments.models, arguments.alone, arguments.device)


if __name__ == "__main__":
    main()
