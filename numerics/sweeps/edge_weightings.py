"""Weightings with which nothing was built: λ = √ψ and λ = min(ψ, 5), mixtures trained as in `edge_decisive`.

A size and two variances that no other sweep has, data sets of their own. From these the law of the transition that was
stated before is to be told from one that knows λ.
"""

from numerics.sweep_declaration import Sweep
from numerics.sweeps.edge_decisive import SWEEP as DECISIVE
from numerics.sweeps.edge_decisive import measure

SWEEP = Sweep(
    name="edge-weightings",
    question="Does the law of the transition hold for weightings on which it was not built?",
    grid={**DECISIVE.grid, "setting": ("60-36-5", "120-40-8"), "weighting": ("root", "capped")},
    quick={
        "setting": ("60-36-5",),
        "data_variance": (0.3, 1.5),
        "weighting": ("root", "capped"),
        "start": ("samples",),
        "fraction": (0.74, 0.79, 0.84),
        "seed": (200, 201, 202),
    },
    together=DECISIVE.together,
    chunk=9,
    measure=measure,
)
