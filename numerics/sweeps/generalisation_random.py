"""As `generalisation`, from random weights: the gates that are open at first decide how many units a cluster gets."""

from __future__ import annotations

from dataclasses import replace

from numerics.sweep_declaration import Sweep
from numerics.sweeps import generalisation

SETTING = replace(
    generalisation.SETTING,
    steps=2000,
    near=0.1,
    at_random=True,
)

SWEEP = Sweep(
    name="generalisation-random",
    question="From random weights, are train and test loss those of a block of as many units as a cluster got?",
    grid={
        "d": (128, 256, 512),
        "clusters": (1, 2, 3),
        "samples": (32, 64, 128, 512, 2048),
        "seed": tuple(range(64)),
    },
    quick={"d": (128,), "clusters": (1,), "samples": (32, 128, 512), "seed": tuple(range(8))},
    together=("d", "clusters", "samples"),
    chunk=64,
    measure=SETTING.measure,
)
