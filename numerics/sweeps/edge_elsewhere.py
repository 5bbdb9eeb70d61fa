"""Does the start decide? Mixtures trained as in `edge_decisive` whose means start away from the training samples."""

from numerics.sweep_declaration import Sweep
from numerics.sweeps.edge_decisive import SWEEP as DECISIVE
from numerics.sweeps.edge_decisive import measure

SWEEP = Sweep(
    name="edge-elsewhere",
    question="Does training memorise as early when it does not start at training samples?",
    grid={**DECISIVE.grid, "start": ("elsewhere",)},
    quick={
        "setting": ("50-30-6",),
        "data_variance": (0.04, 0.25, 1.0, 4.0),
        "weighting": ("snr",),
        "start": ("elsewhere",),
        "fraction": (0.82, 0.92),
        "seed": (0, 1, 2),
    },
    together=DECISIVE.together,
    chunk=6,
    measure=measure,
)
