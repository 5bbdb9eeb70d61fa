"""Time and memory of the exact objective with its gradient, beside the two usual ways to the same gradient.

    python -m benchmarks.objective [--device cuda] [--repeats 7]
    python -m benchmarks.objective --memory

The rivals, in torch on the same device: automatic differentiation of a quadrature (each pair of units conditioned on
one of them, 32 Gauss–Legendre nodes), and the ordinary training loop, whose gradient is that of the squared error at
noisy samples. The number of draws that the loop needs for a relative error r of the gradient is variance/(r‖g‖)²,
with the variance measured over batches around the exact gradient; its time is that number times the measured time
per draw. One draw is one noise vector for each of the n samples. Times are medians of several runs.
"""

from __future__ import annotations

import argparse
import math
import resource
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from numerics.objective import loss_and_gradient

SIZES = {"cpu": [(16, 16, 16), (64, 32, 32), (256, 64, 64), (1024, 64, 128)], "cuda": [(64, 32, 32), (4096, 64, 256)]}
LARGE = (8192, 64, 256)
GROWTH = {
    "n": [(n, 32, 32) for n in (128, 256, 512, 1024, 2048)],
    "d": [(64, d, 16) for d in (1024, 2048, 4096, 8192, 16384)],
    "p": [(64, 32, p) for p in (32, 48, 64, 96, 128, 192)],
}
SIGMA, WEIGHT_DECAY = 0.3, 0.01
NODES, REACH = 32, 8.0
# Numbers in one array of the quadrature, and of a batch of noise.
AT_ONCE = 1 << 23
# A rival that needs longer is timed on its first samples and scaled up.
PATIENCE = 20.0


class Problem(NamedTuple):
    """Samples of norm about 1 and weights of random directions."""

    W1: Tensor
    W2: Tensor
    X: Tensor


def problem(n: int, d: int, p: int, device: str) -> Problem:
    """The same problem on every run."""
    rng = np.random.default_rng([n, d, p])
    X = rng.standard_normal((n, d)) / math.sqrt(d)
    W1, W2 = rng.standard_normal((2, d, p)) / math.sqrt(p)
    return Problem(*(torch.tensor(array, device=device) for array in (W1, W2, X)))


def timed(call: Callable[[], object], device: str, repeats: int) -> float:
    """Median time in seconds of a call, after one that is not counted."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def exact(data: Problem) -> tuple[Tensor, Tensor, Tensor]:
    """Loss and gradients in closed form."""
    return loss_and_gradient(*data, SIGMA, WEIGHT_DECAY)


def ramp(t: Tensor) -> Tensor:
    """E[(t + u)_+] for standard normal u."""
    return t * torch.special.ndtr(t) + torch.exp(-t * t / 2) / math.sqrt(2 * math.pi)


def quadrature(W1: Tensor, W2: Tensor, X: Tensor) -> Tensor:
    """Σ_i of the squared error, E[h_a h_b] = s_a s_b ∫_{−α}^∞ (α + u)φ(u) τ ramp((β + ρu)/τ) du."""
    x, w = np.polynomial.legendre.leggauss(NODES)
    nodes, weights = (torch.tensor(values, device=X.device) for values in ((x + 1) / 2, w / 2))
    norms = torch.linalg.vector_norm(W1, dim=0)
    s = SIGMA * norms
    alpha = X @ W1 / s
    density = torch.exp(-alpha * alpha / 2) / math.sqrt(2 * math.pi)
    square = s * s * ((alpha * alpha + 1) * torch.special.ndtr(alpha) + alpha * density)
    a, b = torch.triu_indices(W1.shape[1], W1.shape[1], 1, device=X.device)
    rho = ((W1 / norms).mT @ (W1 / norms))[a, b]
    tau = torch.sqrt(1 - rho * rho)
    low = torch.clamp(-alpha[:, a], -REACH, REACH)
    u = low[..., None] + (REACH - low)[..., None] * nodes
    weighted = (alpha[:, a, None] + u) * torch.exp(-u * u / 2) * weights
    inner = ramp((alpha[:, b, None] + rho[:, None] * u) / tau[:, None])
    moment = (weighted * inner).sum(-1) * (REACH - low) * tau / math.sqrt(2 * math.pi)
    cross = 2 * (moment.sum(0) * s[a] * s[b] * (W2.mT @ W2)[a, b]).sum()
    own = (square.sum(0) * (W2 * W2).sum(0)).sum()
    return (X * X).sum() - 2 * ((X @ W2) * s * ramp(alpha)).sum() + own + cross


def differentiated(data: Problem, device: str) -> tuple[float, float, float]:
    """Time of the gradient by automatic differentiation, the share of it that was run, and its relative error there."""
    n, p = len(data.X), data.W1.shape[1]
    rows = max(1, AT_ONCE // (p * p // 2 * NODES))
    leaves = [W.clone().requires_grad_() for W in data[:2]]
    start, done = time.perf_counter(), 0
    while done < n and (done == 0 or time.perf_counter() - start < PATIENCE):
        quadrature(*leaves, data.X[done : done + rows]).backward()
        done = min(n, done + rows)
    if device == "cuda":
        torch.cuda.synchronize()
    taken = time.perf_counter() - start
    _, *gradients = loss_and_gradient(data.W1, data.W2, data.X[:done], SIGMA, 0.0)
    found = torch.cat([leaf.grad / done for leaf in leaves if leaf.grad is not None])
    return taken * n / done, done / n, relative(found, torch.cat(gradients))


def relative(found: Tensor, right: Tensor) -> float:
    """‖found − right‖/‖right‖"""
    return float(torch.linalg.vector_norm(found - right) / torch.linalg.vector_norm(right))


def loop_gradient(data: Problem, draws: int, generator: torch.Generator) -> Tensor:
    """Gradients of the ordinary training loop at `draws` noise vectors for each sample."""
    leaves = [W.clone().requires_grad_() for W in data[:2]]
    X = data.X.repeat(draws, 1)
    Y = X + SIGMA * torch.randn(X.shape, dtype=X.dtype, device=X.device, generator=generator)
    loss = (torch.relu(Y @ leaves[0]) @ leaves[1].mT - X).square().sum() / len(X)
    (loss + WEIGHT_DECAY * sum(W.square().sum() for W in leaves)).backward()
    return torch.cat([leaf.grad for leaf in leaves if leaf.grad is not None])


def monte_carlo(data: Problem, device: str, repeats: int) -> tuple[float, float, float]:
    """Relative variance of one draw, its standard error over that, and time per draw."""
    n, d = data.X.shape
    draws = max(1, min(256, AT_ONCE // 8 // (n * max(d, data.W1.shape[1]))))
    generator = torch.Generator(device).manual_seed(0)
    right = torch.cat(exact(data)[1:])
    errors = [relative(loop_gradient(data, draws, generator), right) ** 2 * draws for _ in range(32)]
    spread = statistics.stdev(errors) / math.sqrt(len(errors)) / statistics.mean(errors)
    seconds = timed(lambda: loop_gradient(data, draws, generator), device, repeats) / draws
    return statistics.mean(errors), spread, seconds


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.2g} s"


def compare(device: str, repeats: int) -> None:
    """The table of sizes."""
    print(f"{'(n, d, p)':>16} {'exact':>9} | {'autodiff':>9} {'ratio':>7} {'its error':>9} {'run':>5} | ", end="")
    print(f"{'draws 1e-3':>10} {'time':>8} {'ratio':>8} | {'draws 1e-4':>10} {'time':>8} {'ratio':>8} (± of draws)")
    for size in SIZES[device]:
        data = problem(*size, device)
        seconds = timed(lambda data=data: exact(data), device, repeats)
        rival, share, error = differentiated(data, device)
        print(f"{size!s:>16} {duration(seconds):>9} | ", end="")
        print(f"{duration(rival):>9} {rival / seconds:>7.0f} {error:>9.1e} {share:>5.0%} | ", end="")
        variance, spread, per_draw = monte_carlo(data, device, repeats)
        for accuracy in (1e-3, 1e-4):
            draws = variance / accuracy**2
            taken = draws * per_draw
            print(
                f"{draws:>10.2g} {duration(taken):>8} {taken / seconds:>8.2g} {'|' if accuracy == 1e-3 else ''} ",
                end="",
            )
        print(f"(± {spread:.0%})", flush=True)


def growth(device: str, repeats: int) -> None:
    """Least-squares slopes of log time against log n, d and p."""
    for name, sizes in GROWTH.items():
        problems = [problem(*size, device) for size in sizes]
        seconds = [timed(lambda data=data: exact(data), device, repeats) for data in problems]
        values = [size["ndp".index(name)] for size in sizes]
        slope = np.polyfit(np.log(values), np.log(seconds), 1)[0]
        row = ", ".join(f"{value}: {duration(taken)}" for value, taken in zip(values, seconds, strict=True))
        print(f"growth in {name}: exponent {slope:.2f}  ({row}; the others {sizes[0]})", flush=True)


def memory(device: str) -> None:
    """Peak memory above what is held before the call, and time, at the large size."""
    exact(problem(16, 16, 16, device))
    data = problem(*LARGE, device)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        base = torch.cuda.memory_allocated()
    else:
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    start = time.perf_counter()
    exact(data)
    if device == "cuda":
        torch.cuda.synchronize()
        peak = torch.cuda.max_memory_allocated()
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    taken = time.perf_counter() - start
    print(f"{LARGE} on {device}: {duration(taken)}, peak {(peak - base) / 2**20:.0f} MiB above {base / 2**20:.0f} MiB")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--memory", action="store_true", help=f"only the memory at {LARGE}")
    options = parser.parse_args()
    where = torch.cuda.get_device_name() if options.device == "cuda" else f"{torch.get_num_threads()} threads"
    print(f"torch {torch.__version__}, {options.device} ({where}), σ = {SIGMA}, medians of {options.repeats} runs")
    if options.memory:
        memory(options.device)
    else:
        compare(options.device, options.repeats)
        growth(options.device, options.repeats)


if __name__ == "__main__":
    main()
