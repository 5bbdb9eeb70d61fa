"""Mixtures trained a minute: many as one program against one at a time on the same device, and the printed sweep.

    python -m benchmarks.mixture_training [--device cuda] [--seconds 75] [--models 64] [--alone 2] [--quick]

Two methods, from samples, λ = ψ, M/N from .7 to .95, for a small size and that of the printed experiment of arXiv
2508.17689. "To stationarity": `numerics.mixture_training`, until the measured gradient is below a thousandth of the
loss. "Printed steps": `numerics.mixture_adam`, 50,000 steps of Adam with 100 draws a sample and step, of which few are
timed (two runs, one of a single step; of the difference), the rest extrapolated. Both run in turn after a first small
run of each, and ratios are of the same run.

Then the printed sweep, N ∈ {50, 100, 150, 200}, d ∈ {30, 40, 50, 60}, K ∈ {3, 6, 9, 12} and 20 numbers of components
each, M/N = .05 to 1: 1,280 models to stationarity, a batch for each N and d. The most expensive batches come first; if
the seconds end before the sweep, each batch that was not run is counted as the last that was.

--quick: small sizes, for a try on a CPU.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from numerics.mixture_adam import train_by_adam
from numerics.mixture_training import train
from numerics.sphere_mixture import draw_mixture

PRINTED_STEPS, PRINTED_DRAWS = 50_000, 100


class Plan(NamedTuple):
    """Sizes (N, d, K) to compare, steps of Adam to time, and the sweep: N, d, K and the numbers of components."""

    sizes: tuple[tuple[int, int, int], ...]
    adam_steps: int
    samples: tuple[int, ...]
    dimensions: tuple[int, ...]
    clusters: tuple[int, ...]
    fractions: int


PRINTED = Plan(((50, 30, 6), (200, 50, 12)), 40, (200, 150, 100, 50), (60, 50, 40, 30), (3, 6, 9, 12), 20)
QUICK = Plan(((20, 10, 3),), 4, (30, 20), (12, 10), (3,), 2)

Method = Callable[[np.ndarray, np.ndarray, str], float]
"""(X, components, device) to the seconds of training all of them; prints nothing."""


def to_stationarity(X: np.ndarray, components: np.ndarray, device: str) -> float:
    """Seconds until every gradient is measured to be small, or steps are spent."""
    return _seconds(lambda: train(X, components, seeds=range(len(X)), device=device), device)


def printed_steps(steps: int) -> Method:
    """Seconds of 50,000 steps of Adam, extrapolated from so many."""

    def method(X: np.ndarray, components: np.ndarray, device: str) -> float:
        def run(count: int) -> float:
            chosen = {"seeds": range(len(X)), "device": device, "draws": PRINTED_DRAWS}
            return _seconds(lambda: train_by_adam(X, components, steps=count, **chosen), device)

        once, more = run(1), run(1 + steps)
        return PRINTED_STEPS / steps * (more - once)

    return method


def compare(name: str, method: Method, size: tuple[int, int, int], models: int, alone: int, device: str) -> None:
    """Models a minute together and alone."""
    N, d, K = size
    X = np.stack([draw_mixture(N, d, K, 1.0, seed).X for seed in range(models)])
    counts = np.round(np.linspace(0.7, 0.95, models) * N).astype(int)
    few = np.linspace(0, models - 1, alone).astype(int)
    method(X[few[:1]], counts[few[:1]], device)
    single = 60 * alone / sum(method(X[k : k + 1], counts[k : k + 1], device) for k in few)
    many = 60 * models / method(X, counts, device)
    print(
        f"{name}, N = {N}, d = {d}, K = {K}: {models} together {many:.3g} models a minute, one at a time {single:.3g} "
        f"({alone} of them), ratio {many / single:.1f}",
        flush=True,
    )


def sweep(plan: Plan, device: str, until: float) -> None:
    """The printed sweep, a batch for each N and d, as far as the time reaches."""
    fractions = np.arange(1, plan.fractions + 1) / plan.fractions
    batches = [(N, d) for N in plan.samples for d in plan.dimensions]
    size = len(plan.clusters) * plan.fractions
    taken, converged = [], 0
    for N, d in batches:
        X = np.repeat([draw_mixture(N, d, K, 1.0, K).X for K in plan.clusters], plan.fractions, axis=0)
        components = np.tile(np.maximum(1, np.round(fractions * N).astype(int)), len(plan.clusters))
        began = time.perf_counter()
        fit = train(X, components, seeds=range(size), device=device)
        taken.append(time.perf_counter() - began)
        converged += int(fit.converged.sum())
        print(
            f"sweep, N = {N}, d = {d}: {size} models in {taken[-1]:.1f} s, {fit.converged.mean():.0%} converged, "
            f"{int(fit.steps.max())} steps at most",
            flush=True,
        )
        if time.perf_counter() > until:
            break
    left = len(batches) - len(taken)
    whole = sum(taken) + left * taken[-1]
    how = f"of which {left} batches extrapolated" if left else "all run"
    print(f"sweep: {size * len(batches)} models in {whole:.0f} s ({how}), {converged} of {size * len(taken)} converged")


def _seconds(work: Callable[[], object], device: str) -> float:
    began = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description="Mixtures trained a minute, many at once against one at a time.")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--models", type=int, default=64)
    parser.add_argument("--alone", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=75.0, help="after which no further batch is begun")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="small sizes")
    arguments = parser.parse_args()
    until = time.perf_counter() + arguments.seconds
    torch.set_num_threads(arguments.threads)
    device, plan = arguments.device, QUICK if arguments.quick else PRINTED
    print(torch.cuda.get_device_name() if device == "cuda" else f"CPU, {arguments.threads} threads", flush=True)
    methods = {"to stationarity": to_stationarity, "printed steps": printed_steps(plan.adam_steps)}
    for size in plan.sizes:
        for name, method in methods.items():
            if time.perf_counter() < until:
                compare(name, method, size, arguments.models, arguments.alone, device)
    if time.perf_counter() < until:
        sweep(plan, device, until)


if __name__ == "__main__":
    main()
