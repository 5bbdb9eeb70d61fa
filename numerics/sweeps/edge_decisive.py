"""What sets the transition to memorisation? EM's experiment with all that it held fixed varied.

EM trains mixtures of M components on N samples by denoising, at σ⋆² = 1. Here σ⋆² varies, and the weighting λ of the
noise levels on the printed grid: "snr" is λ = ψ, noise prediction, with which EM trains; "one" is λ = 1; "fitted" is
the λ with which EM predicts. What is measured of each model, and on which data, is that of `edge_likelihood`, so that
the two methods are compared data set by data set. The means start at training samples.

The printed start s² = 1e-6 is stationary to any tolerance where λ is bounded at small t: s² starts at 0.1σ⋆² instead.
"""

from __future__ import annotations

import numpy as np

from numerics.mixture_training import train
from numerics.sweep_declaration import Cell, Sweep
from numerics.sweeps.edge_likelihood import components, data_sets, measure_fit
from theory.crossover import fitted_weights, printed_grid, signal_to_noise

WEIGHTINGS = ("snr", "one", "fitted")
_SNR = signal_to_noise(printed_grid())
WEIGHTS = {
    "snr": _SNR,
    "one": np.ones_like(_SNR),
    "fitted": fitted_weights(),
    "root": np.sqrt(_SNR),
    "capped": np.minimum(_SNR, 5.0),
}
"""λ on the printed grid by name; "root" and "capped" (as by the min-SNR weighting, at 5) for `edge_weightings`."""

START_VARIANCE = 0.1
# The gradient at the end, as a share of the loss; steps in rounds. At small σ⋆² most of the loss is not about s², so
# that rounds are longer than the tolerance alone would ask for.
TOLERANCE, STEPS, ROUND = 1e-3, 800, 200


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Train the mixtures of cells of one size, start and weighting together, and measure each."""
    sets = data_sets(cells)
    fit = train(
        np.stack([each.X for each in sets]),
        [components(cell) for cell in cells],
        seeds=[int(cell["seed"]) for cell in cells],
        weighting=WEIGHTS[cells[0]["weighting"]],
        start=cells[0]["start"],
        start_variance=START_VARIANCE * np.array([cell["data_variance"] for cell in cells]),
        tolerance=TOLERANCE,
        steps=STEPS,
        round_steps=ROUND,
        device=device,
    )
    return measure_fit(cells, sets, fit, device)


SWEEP = Sweep(
    name="edge-decisive",
    question="Which of variance, weighting, sampler and threshold move the transition to memorisation?",
    grid={
        "setting": ("50-30-6", "50-50-3", "100-30-12", "100-50-6", "200-50-12"),
        "data_variance": (0.04, 0.25, 1.0, 4.0),
        "weighting": WEIGHTINGS,
        "start": ("samples", "elsewhere"),
        "fraction": (0.52, 0.56, 0.6, 0.64, 0.68, 0.72, 0.76, 0.8, 0.84, 0.88, 0.92, 0.96),
        "seed": tuple(range(8)),
    },
    quick={
        "setting": ("50-30-6",),
        "data_variance": (0.04, 0.25, 1.0, 4.0),
        "weighting": WEIGHTINGS,
        "start": ("samples",),
        "fraction": (0.6, 0.74, 0.78, 0.82, 0.86, 0.92),
        "seed": (0, 1, 2),
    },
    together=("setting", "weighting", "start"),
    chunk=9,
    measure=measure,
)
