"""The random problems of the residual law meet its hypotheses, and its discrepancies tell right from slightly wrong."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check import residual_evidence as evidence
from theory.block_minimizer import gate_margin


@pytest.mark.parametrize("seed", range(20))
def test_problems_are_obtuse_and_not_opposite(seed):
    X, sigma, weight_decay = evidence.draw(5.0, 6.0)(np.random.default_rng(seed))
    norms = np.linalg.norm(X, axis=1)
    cosines = (X @ X.T / np.outer(norms, norms))[np.triu_indices(len(X), 1)]
    assert -0.6 < cosines.min() <= cosines.max() < -0.1
    assert norms.mean() == pytest.approx(1.0)
    assert 5.0 <= gate_margin(X.T, X, np.arange(len(X)), [1] * len(X)) / sigma <= 6.0
    assert 0 < len(X) * weight_decay <= 0.5 * norms.min() ** 2


@pytest.mark.parametrize("seed", range(10))
def test_the_small_unit_is_the_shortest_sample(seed):
    X, k, sigma, amplitude, multiple = evidence.draw_small_unit(np.random.default_rng(seed))
    norms = np.linalg.norm(X, axis=1)
    assert norms.argmin() == k
    assert 3.8 <= gate_margin(X.T, X, np.arange(len(X)), [1] * len(X)) / sigma <= 4.6
    assert 0.1 <= min(amplitude, multiple) <= max(amplitude, multiple) <= 2.0


@pytest.mark.parametrize(
    ("draw", "right", "wrong", "tolerance"),
    [
        (evidence.draw(5.0, 7.0), evidence.slope_in_balls(), evidence.slope_in_balls(factor=1.0001), 1e-11),
        (evidence.draw(4.5, 4.9), evidence.minimiser(), evidence.minimiser(factor=1.01), 2e-3),
        (evidence.draw_small_unit, evidence.dying(), evidence.dying(leak_factor=1.1), 1e-5),
        (
            evidence.draw_spread,
            evidence.pull_of_a_spread_cluster(),
            evidence.pull_of_a_spread_cluster(centred=0.05),
            2e-2,
        ),
    ],
)
def test_the_law_holds_and_a_slightly_wrong_one_does_not(draw, right, wrong, tolerance):
    problems = [draw(np.random.default_rng(seed)) for seed in range(5)]
    assert max(right(problem) for problem in problems) <= tolerance
    assert min(wrong(problem) for problem in problems) > tolerance
