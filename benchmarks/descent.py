"""Networks × steps a second: many autoencoders as one program, against one at a time on the same device.

    python -m benchmarks.descent [--device cuda] [--networks 2000] [--steps 200] [--threads 2]

d = 32, p = 64, n = 128, Adam, fresh noise, single precision. Of two runs, one of a single step, the difference is
taken: both check the exact gradient twice, and that is printed apart. The rival trains one network at a time as is
usual: automatic differentiation, torch.optim.Adam. Both run in alternation, three times; ratios are of medians, of the
same run. The rate is also given as a share of the one at which the device multiplies large matrices of single
precision, counting the five products of a step.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import torch

from numerics.descent import descend
from numerics.optimizers import Optimizer

N, D, P, SIGMA, DECAY, RATE = 128, 32, 64, 0.2, 1e-3, 1e-3
# Five products of n × d × p, two operations each.
OPERATIONS = 10 * N * D * P


def together(X: np.ndarray, steps: int, device: str) -> tuple[float, float]:
    """Networks × steps a second of `descend`, one network for each data set in X; and seconds a check of a network."""
    seconds = []
    for count in (1, steps + 1):
        began = time.perf_counter()
        descend(
            X, P, SIGMA, DECAY, seeds=range(len(X)), optimizer=Optimizer("adam", RATE), objective="fresh", steps=count,
            check_every=count, device=device, dtype="float32",
        )  # fmt: skip
        seconds.append(time.perf_counter() - began)
    return len(X) * steps / (seconds[1] - seconds[0]), seconds[0] / 2 / len(X)


def one_at_a_time(X: np.ndarray, steps: int, device: str) -> float:
    """Networks × steps a second of the usual loop over the data sets in X."""
    began = time.perf_counter()
    for data in X:
        samples = torch.tensor(data, dtype=torch.float32, device=device)
        encoder, decoder = (0.1 * torch.randn(D, P, device=device) for _ in range(2))
        parameters = [encoder.requires_grad_(), decoder.requires_grad_()]
        optimizer = torch.optim.Adam(parameters, lr=RATE, weight_decay=2 * DECAY)
        for _ in range(steps):
            noisy = samples + SIGMA * torch.randn_like(samples)
            loss = (torch.relu(noisy @ encoder) @ decoder.T - samples).square().sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    _wait(device)
    return len(X) * steps / (time.perf_counter() - began)


def ceiling(device: str) -> float:
    """Operations a second in products of large single-precision matrices."""
    size = 4096 if device == "cuda" else 1024
    A = torch.randn(size, size, device=device)
    times = []
    for _ in range(5):
        _wait(device)
        began = time.perf_counter()
        A @ A
        _wait(device)
        times.append(time.perf_counter() - began)
    return 2 * size**3 / min(times)


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    parser = argparse.ArgumentParser(description="Networks × steps a second, many at once against one at a time.")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--networks", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    X = np.random.default_rng(0).standard_normal((arguments.networks, N, D))
    few = X[:4]
    together(few, 2, arguments.device)
    one_at_a_time(few, 2, arguments.device)
    ours, theirs = [], []
    for _ in range(3):
        ours.append(together(X, arguments.steps, arguments.device))
        theirs.append(one_at_a_time(few, arguments.steps, arguments.device))
    check = statistics.median(seconds for _, seconds in ours)
    ours = [rate for rate, _ in ours]
    many, single = statistics.median(ours), statistics.median(theirs)
    share = many * OPERATIONS / ceiling(arguments.device)
    print(f"d = {D}, p = {P}, n = {N} on {arguments.device}, {arguments.threads} threads")
    print(f"{arguments.networks} at once: {many:,.0f} networks × steps a second ({share:.0%} of matrix products)")
    print(f"one at a time: {single:,.0f} networks × steps a second; ratio {many / single:.1f}")
    print(f"a check of the exact gradient costs {check * many:,.0f} steps of a network")


if __name__ == "__main__":
    main()
