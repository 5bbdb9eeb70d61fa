"""From memorisation to generalisation at full width: all directions kept, isotropic clusters, M = 1 or 2.

As many units a cluster as its samples have directions, min(d, n_k): with units to spare descent goes on below the
loss of the block. Descent on the exact objective from near the block minimiser; no weight decay.
"""

from __future__ import annotations

from numerics.cluster_descent import Setting
from numerics.sweep_declaration import Sweep

SETTING = Setting(
    sigma=0.7,
    length=120.0,
    spikes=(),
    bulk=1.0,
    units=min,
    near=0.01,
    rate=0.002,
    steps=2000,
    tolerance=1e-5,
    most=1,
)

SWEEP = Sweep(
    name="generalisation-full-width",
    question="With all directions kept, where do train and test loss meet as the samples of a cluster grow in number?",
    grid={
        "d": (128, 256, 512),
        "clusters": (1,),
        "samples": (32, 64, 128, 256, 512, 1024, 2048),
        "seed": tuple(range(8)),
    },
    quick={"d": (128,), "clusters": (1,), "samples": (32, 64, 128, 256, 512, 1024), "seed": (0, 1)},
    together=("d", "clusters", "samples"),
    chunk=8,
    measure=SETTING.measure,
)
