"""Few components: where criteria without a chosen threshold have their transitions, which lie below those of EM's."""

from numerics.sweep_declaration import Sweep
from numerics.sweeps.edge_likelihood import SWEEP as LIKELIHOOD
from numerics.sweeps.edge_likelihood import measure

SWEEP = Sweep(
    name="edge-criteria",
    question="From which number of components on is memorisation seen without a threshold?",
    grid={
        **LIKELIHOOD.grid,
        "start": ("samples",),
        "fraction": (0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.3, 0.34, 0.38, 0.42, 0.46, 0.5, 0.54, 0.58, 0.62, 0.7),
    },
    quick={
        "setting": ("50-30-6", "100-50-6", "200-50-12"),
        "data_variance": (0.04, 1.0),
        "start": ("samples",),
        "fraction": (0.06, 0.12, 0.16, 0.2, 0.24, 0.3, 0.36, 0.42, 0.48, 0.54, 0.6, 0.7),
        "seed": (0, 1, 2, 3),
    },
    together=LIKELIHOOD.together,
    chunk=48,
    measure=measure,
)
