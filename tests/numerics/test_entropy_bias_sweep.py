"""The sweep of the estimator's error: independent sets a cell, the same for the same seed, and the kept numbers."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.sweep import evidence, read_sweep
from numerics.sweeps.entropy_bias import SETS, SWEEP, measure
from theory.entropy import gaussian_bias


def test_a_cell_holds_mean_and_error_of_its_sets():
    cell = {"d": 2, "N": 30, "k": 3, "seed": 5}
    once, again, other = (measure([each], "cpu") for each in (cell, cell, cell | {"seed": 6}))
    assert once["bias"] == again["bias"]
    assert once["bias"] != other["bias"]
    # The kept sets scatter by 0.1 to 0.5 nats at this size.
    assert 0.1 / np.sqrt(SETS) < once["bias_error"][0] < 0.5 / np.sqrt(SETS)
    assert abs(once["bias"][0] - gaussian_bias(30, 2, 3)) < 6 * once["bias_error"][0]


def test_kept_errors_are_whole_and_scatter_as_their_errors_say():
    """Of 132 standard scores none beyond 4.5 (9e-4 in all, once: the evidence is kept) and a variance near one."""
    arrays, _ = read_sweep(evidence(SWEEP.name))
    cells = list(zip(*(arrays[key].tolist() for key in ("N", "d", "k")), strict=True))
    assert len(cells) == len(set(cells)) == 11 * 4 * 3
    predicted = np.array([gaussian_bias(*cell) for cell in cells])
    scores = (arrays["bias"] - predicted) / arrays["bias_error"]
    assert np.abs(scores).max() < 4.5
    assert np.mean(scores**2) == pytest.approx(1, abs=0.5)
