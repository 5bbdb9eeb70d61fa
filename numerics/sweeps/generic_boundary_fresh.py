"""Generic data again, in dimensions, widths, numbers of samples and noise levels that `generic_boundary` does not have.

The law of the boundary has its constants from there; these cells test it.
"""

from numerics.sweep_declaration import Sweep
from numerics.sweeps.generic_boundary import measure

SWEEP = Sweep(
    name="generic-boundary-fresh",
    question="Does the law of the boundary hold where its constants were not fitted?",
    grid={
        "d": (10, 20, 40),
        "width_ratio": (0.8, 1.4, 2.4),
        "sample_ratio": (1.6, 3.2, 5.6, 10.0, 16.0, 24.0),
        "tied": (False, True),
        "sigma": (0.15, 0.3),
        "seed": (10, 11, 12),
    },
    quick={
        "d": (5, 7, 14),
        "width_ratio": (0.8, 1.4, 2.4),
        "sample_ratio": (2.0, 4.5, 9.0, 16.0),
        "tied": (False, True),
        "sigma": (0.15, 0.3),
        "seed": (10, 11),
    },
    together=("d", "width_ratio", "sample_ratio", "tied"),
    chunk=30,
    measure=measure,
)
