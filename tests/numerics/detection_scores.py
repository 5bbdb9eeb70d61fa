"""Scores as an evaluation keeps them, with separations that are known, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from numerics import store
from numerics.detection_table import METHODS

# By how many deviations the memorised samples are higher, by method.
SHIFTS: Mapping[str, float] = {**dict.fromkeys(METHODS, 1.0), "l4_over_l2": 2.0, "std": -1.0, "flipd": 0.0}
SIGMAS, LAYERS = (0.2, 1.0), ("middle", "last")


def write_scores(
    folder: Path, name: str, regime: str, shifts: Mapping[str, float] = SHIFTS, n: int = 120, seed: int = 0
) -> None:
    """n samples of each kind, of 12 repeated images; every method at two settings, the second better by 1/2.

    "few" has memorised samples alone, "all" generalised ones alone.
    """
    rng = np.random.default_rng(seed)
    kind = np.repeat({"few": [1], "all": [0], "hybrid": [1, 0]}[regime], n).astype(np.int8)
    image = rng.integers(0, 12, len(kind))
    methods, scores = [], []
    for statistic, shift in shifts.items():
        for better, (sigma, layer) in enumerate(zip(SIGMAS, LAYERS, strict=True)):
            of_layer = {"layer": layer, "pool": "flatten"} if statistic in METHODS[:4] else {}
            methods.append({"statistic": statistic, "sigma": sigma, **of_layer, "seconds": 0.001})
            found = rng.standard_normal(len(kind)) + (shift + better / 2) * kind
            if statistic == "normal_bundle":
                found[rng.permutation(len(kind))[: len(kind) // 2]] = np.nan
            scores.append(found)
    rows = np.r_[np.flatnonzero(kind == 1)[:10], np.flatnonzero(kind == 0)[:10]]
    arrays = {
        **{"kind": kind, "origin": np.where(kind == 1, image, 100 + np.arange(len(kind)))},
        **{"scores": np.array(scores, dtype=np.float32), "samples": np.zeros((len(kind), 1, 4, 4), np.uint8)},
        **{"spectrum_rows": rows, "spectra": np.sort(rng.random((len(rows), 8)))[:, ::-1]},
        "labels": np.zeros(len(kind), dtype=np.int64),
    }
    about = {"regime": regime, "data": "digits", "architecture": "unet", "layer": "middle", "methods": methods}
    store.save(folder / name, arrays, {**about, "device": "cpu"})
