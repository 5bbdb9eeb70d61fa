"""Sizes, dimensions and variances on which nothing was built: mixtures trained as in `edge_decisive`, to predict."""

from numerics.sweep_declaration import Sweep
from numerics.sweeps.edge_decisive import SWEEP as DECISIVE
from numerics.sweeps.edge_decisive import measure

SWEEP = Sweep(
    name="edge-fresh",
    question="Does the law of the transition hold for sizes and variances on which it was not built?",
    grid={**DECISIVE.grid, "setting": ("60-40-4", "40-36-2", "80-60-8", "120-36-2"), "data_variance": (0.1, 0.5, 2.0)},
    quick={
        "setting": ("60-40-4", "40-36-2"),
        "data_variance": (0.5, 2.0),
        "weighting": ("snr",),
        "start": ("samples",),
        "fraction": (0.65, 0.75, 0.8, 0.85),
        "seed": (100, 101, 102),
    },
    together=DECISIVE.together,
    chunk=12,
    measure=measure,
)
