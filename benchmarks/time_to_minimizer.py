"""Seconds from a random start to a minimiser of BR eq. 6 on five faces, against the ordinary training loop.

    python -m benchmarks.time_to_minimizer [--steps 50000]

The setting is that of BR's released experiment at d = 625: faces in [−1, 1], σ = 0.2, full batch, fresh noise at every
step, RMSprop at 1e-3 with weight decay 0.01, loss averaged over pixels, so that λ = d·0.01/2 in eq. 6. `minimize` runs
from the same start to a gradient norm of 1e-10. Distances are between denoisers at the samples, √(Σ_i ‖f(x_i) −
g(x_i)‖² / Σ_i ‖g(x_i)‖²), as minimisers of wide networks are continua in which columns split; for p = 5 also between
weights, up to the order of the units. The distance of the loop is to the minimiser that `minimize` reaches from
where the loop ended. Times are wall-clock seconds; ours is the median over the starts, the loop runs from the first.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import torch

from numerics.data import faces, separable_images
from numerics.landing import column_distance
from numerics.minimize import Minimum, minimize
from numerics.objective import expected_loss, loss_and_gradient

SIGMA, DECAY, RATE = 0.2, 1e-2, 1e-3
SEEDS = range(3)

Weights = tuple[np.ndarray, np.ndarray]


def start(seed: int, d: int, width: int) -> Weights:
    """The default initialisation of torch's linear layers: uniform in ±1/√(columns)."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (d, width)) / np.sqrt(d), rng.uniform(-1, 1, (d, width)) / np.sqrt(width)


def train(X: np.ndarray, weights: Weights, steps: int) -> Weights:
    """The ordinary loop, in single precision: gradients by hand, as for two layers they are cheaper than autograd's."""
    samples = torch.tensor(X, dtype=torch.float32)
    encoder, decoder = (torch.tensor(W, dtype=torch.float32, requires_grad=True) for W in weights)
    optimiser = torch.optim.RMSprop([encoder, decoder], lr=RATE, weight_decay=DECAY, foreach=True)
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        noisy = torch.randn(samples.shape, generator=generator).mul_(SIGMA).add_(samples)
        hidden = torch.relu(noisy @ encoder)
        loss = torch.nn.functional.mse_loss(hidden @ decoder.T, samples)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return encoder.detach().double().numpy(), decoder.detach().double().numpy()


def response(weights: Weights, X: np.ndarray) -> np.ndarray:
    """f(x_i), (n, d)."""
    return np.maximum(X @ weights[0], 0) @ weights[1].T


def apart(weights: Weights, reference: Weights, X: np.ndarray) -> float:
    """Relative distance of two denoisers at the samples."""
    expected = response(reference, X)
    return float(np.linalg.norm(response(weights, X) - expected) / np.linalg.norm(expected))


def between_weights(weights: Weights, reference: Weights) -> float:
    """Relative distance up to the order of the units, both layers stacked so that one order serves both."""
    return column_distance(np.concatenate(weights), np.concatenate(reference))


def timed_minimum(X: np.ndarray, weights: Weights, decay: float) -> tuple[Minimum, float]:
    """`minimize` from here, and its seconds."""
    begin = time.perf_counter()
    found = minimize(X, *weights, SIGMA, decay)
    return found, time.perf_counter() - begin


def report(name: str, X: np.ndarray, width: int, steps: int) -> None:
    """One row of the table."""
    d = X.shape[1]
    decay = d * DECAY / 2
    runs = [timed_minimum(X, start(seed, d, width), decay) for seed in SEEDS]
    ours = statistics.median(seconds for _, seconds in runs)
    begin = time.perf_counter()
    trained = train(X, start(SEEDS[0], d, width), steps)
    loop = time.perf_counter() - begin
    near, _ = timed_minimum(X, trained, decay)
    _, *slopes = loss_and_gradient(*trained, X, SIGMA, decay)
    first = runs[0][0]
    cells = [
        f"{name}, p = {width}",
        f"{ours:.2f}",
        f"{max(found.gradient_norm for found, _ in runs):.0e}",
        " ".join(f"{found.loss:.6f}" for found, _ in runs),
        f"{loop:.1f}",
        f"{np.linalg.norm(np.stack(slopes)):.1e}",
        f"{expected_loss(*trained, X, SIGMA, decay):.6f}",
        f"{near.loss:.6f} ({near.gradient_norm:.0e})",
        f"{apart(trained, (near.W1, near.W2), X):.1e}",
        f"{between_weights(trained, (near.W1, near.W2)):.1e}",
        f"{apart(trained, (first.W1, first.W2), X):.1e}",
        f"{loop / ours:.1f}",
    ]
    print(" | ".join(cells), flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=50_000, help="steps of the ordinary loop")
    steps = parser.parse_args().steps
    columns = ["problem", "ours s", "ours |∇L|", "ours L", "loop s", "loop |∇L|", "loop L", "minimiser there: L (|∇L|)"]
    columns += ["loop to it", "in weights", "loop to ours", "loop s / ours s"]
    print(f"{steps} steps of the loop, {torch.get_num_threads()} threads")
    print(" | ".join(columns))
    for width in (5, 100):
        report("first faces", faces("unit")[:5], width, steps)
        report("separable faces", separable_images("faces", 5)[0], width, steps)


if __name__ == "__main__":
    main()
