"""Loops a second: replicates as one program, against one at a time.

    python -m benchmarks.refit_loops [--replicates 500] [--alone 20] [--repeats 3]

Loops of ten generations by each engine: Gaussians (N = 50, d = 5), mixtures of two far components by maximum likelihood
(N = 40, d = 2), linear denoisers with their flow (N = 50, d = 5), the memorising loop (n = 50), all with the policy
"replace", and Gaussians that accumulate. One at a time is the same engine with one replicate, `--alone` times, and for
Gaussians also a plain loop of numpy's own `multivariate_normal` and `cov`. All run in alternation, `--repeats` times;
ratios are of medians, of the same run. Chains of autoencoders (networks trained at every generation, six originals,
m* = 1.5) are timed for two generations of `--chains` at once and one alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from numerics.autoencoder_chain import trained_chain
from numerics.flow_simulation import linear_flows
from numerics.generations import MEMORISER, generations
from numerics.mixture_loop import mixture_refits
from numerics.refit_simulation import accumulate, replace
from theory.separability import regular_simplex

GENERATIONS = 10
N, D = 50, 5
FAR = np.array([[-50.0, 0.0], [50.0, 0.0]])


def plain(replicates: int, seed: int) -> None:
    """Gaussian loops one at a time, as is usual."""
    rng = np.random.default_rng(seed)
    for _ in range(replicates):
        mean, covariance = np.zeros(D), np.eye(D)
        for _ in range(GENERATIONS):
            points = rng.multivariate_normal(mean, covariance, size=N)
            mean, covariance = points.mean(axis=0), np.cov(points.T, bias=True)


def memorise(replicates: int, seed: int) -> None:
    """Memorising loops."""
    start = np.tile(np.arange(float(N))[:, None], (replicates, 1, 1))
    for _ in generations(lambda n, rng: start, MEMORISER, "replace", N, GENERATIONS, np.random.default_rng(seed)):
        pass


def chain(replicates: int, seed: int) -> None:
    """Two generations of chains of autoencoders."""
    X = np.repeat(regular_simplex(6, 6), 2, axis=0)
    start = np.tile(X, (replicates, 1, 1))
    model = trained_chain(12, 0.03, 1.5 / len(X), "restored")
    for _ in generations(lambda n, rng: start, model, "replace", len(X), 1, np.random.default_rng(seed)):
        pass


def rate(run: Callable[[int, int], object], replicates: int, calls: int, seed: int) -> float:
    """Loops a second of `calls` calls with `replicates` each."""
    began = time.perf_counter()
    for call in range(calls):
        run(replicates, seed + call)
    return calls * replicates / (time.perf_counter() - began)


def main() -> None:
    """Print a line for each engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--alone", type=int, default=20)
    parser.add_argument("--chains", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    engines: dict[str, tuple[Callable[[int, int], object], int]] = {
        "Gaussians": (lambda r, s: replace(np.eye(D), N, GENERATIONS, r, s), given.replicates),
        "Gaussians, accumulated": (lambda r, s: accumulate(np.eye(D), N, GENERATIONS, r, s), given.replicates),
        "mixtures": (lambda r, s: mixture_refits(FAR, 1.0, 40, GENERATIONS, r, s), given.replicates),
        "linear denoisers": (lambda r, s: linear_flows(np.eye(D), N, GENERATIONS, r, s, 3.0, 0.1), given.replicates),
        "memorising": (memorise, given.replicates),
        "autoencoders": (chain, given.chains),
    }
    for run, _ in engines.values():
        run(2, 0)
    plain(2, 0)
    print(f"{'loops a second':24s} {'batched':>10s} {'one by one':>10s} {'ratio':>7s}")
    for name, (run, replicates) in engines.items():
        alone = 1 if run is chain else given.alone
        found = [(rate(run, replicates, 1, k), rate(run, 1, alone, k)) for k in range(given.repeats)]
        together, single = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"{name:24s} {together:10.1f} {single:10.1f} {together / single:7.1f}")
        if name == "Gaussians":
            usual = statistics.median(rate(plain, given.alone, 1, k) for k in range(given.repeats))
            print(f"{'  against a plain loop':24s} {together:10.1f} {usual:10.1f} {together / usual:7.1f}")


if __name__ == "__main__":
    main()
