"""From memorisation to generalisation at fixed width: train and test loss as the samples of a cluster grow in number.

M clusters far apart, each with three spikes over an isotropic bulk and n_k = `samples` of them, and four units a
cluster, for its mean and its spikes. Descent on the exact objective from near the block minimiser; no weight decay.
"""

from __future__ import annotations

from numerics.cluster_descent import Setting
from numerics.sweep_declaration import Sweep

SPIKES = (6.0, 4.0, 2.0)
SETTING = Setting(
    sigma=1.0,
    length=60.0,
    spikes=SPIKES,
    bulk=0.05,
    units=lambda d, n: 1 + len(SPIKES),
    near=0.03,
    rate=0.01,
    steps=3000,
    tolerance=5e-6,
    most=3,
)

SWEEP = Sweep(
    name="generalisation",
    question="At fixed width, where do the train and the test loss of a separated cluster meet as its samples grow?",
    grid={
        "d": (128, 256, 512),
        "clusters": (1, 2, 3),
        "samples": (32, 48, 64, 96, 128, 256, 512, 1024, 2048),
        "seed": tuple(range(16)),
    },
    quick={"d": (128,), "clusters": (1, 2), "samples": (32, 48, 64, 128, 256, 512), "seed": (0, 1, 2)},
    together=("d", "clusters", "samples"),
    chunk=16,
    measure=SETTING.measure,
)
