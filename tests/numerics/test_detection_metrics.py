"""ROC measures against scikit-learn, the bootstrap against one draw at a time, clusters, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from numerics.detection_metrics import auroc, interval, roc, separation, tpr_at_fpr
from tests.strategies import seeds


def drawn(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 300))
    truth = rng.random(n) < 0.4
    truth[:2] = True, False
    scores = rng.standard_normal(n) + truth
    return (np.round(scores, 1) if ties else scores), truth


def expected_tpr(truth: np.ndarray, scores: np.ndarray, fpr: float, weights: np.ndarray | None = None) -> float:
    rates, hits, _ = roc_curve(truth, scores, sample_weight=weights, drop_intermediate=False)
    return float(hits[rates <= fpr * (1 + 1e-9)].max())


@settings(max_examples=30)
@given(seeds(), st.booleans(), st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0]))
def test_both_measures_are_those_of_scikit_learn(seed, ties, fpr):
    scores, truth = drawn(seed, ties)
    assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert tpr_at_fpr(scores, truth, fpr) == pytest.approx(expected_tpr(truth, scores, fpr), abs=1e-12)


@settings(max_examples=8)
@given(seeds(), st.booleans())
def test_every_draw_is_that_of_the_weighted_sample(seed, ties):
    scores, truth = drawn(seed, ties)
    found = separation(scores, truth, draws=5, seed=seed)
    for number in range(5):
        rng = np.random.default_rng([seed, 5])
        weights = np.empty((5, len(truth)))
        for group in (truth, ~truth):
            size = group.sum()
            weights[:, group] = rng.multinomial(size, np.full(size, 1 / size), 5)
        use = weights[number] > 0
        area = roc_auc_score(truth[use], scores[use], sample_weight=weights[number, use])
        assert found.auroc_draws[number] == pytest.approx(area, abs=1e-12)
        rate = expected_tpr(truth[use], scores[use], 0.01, weights[number, use])
        assert found.tpr_draws[number] == pytest.approx(rate, abs=1e-12)
    assert found.auroc == auroc(scores, truth)
    assert found.tpr == tpr_at_fpr(scores, truth)


def test_the_interval_covers_at_its_rate():
    # Binomial deviation of 100 data sets 2.2 %, the bootstrap's own error about 1 %: five deviations below 95 %.
    rng = np.random.default_rng()
    inside = 0
    truth = np.arange(120) < 60
    for _ in range(100):
        scores = rng.standard_normal(120) + 0.8 * truth
        low, high = separation(scores, truth, draws=200).auroc_interval()
        inside += low <= 0.7141962 <= high  # Φ(0.8/√2)
    assert inside >= 83


def test_copies_of_one_sample_widen_the_interval_only_when_they_are_named():
    rng = np.random.default_rng(3)
    scores = rng.standard_normal(80) + np.repeat([0.5, 0.0], 40)
    truth = np.repeat([True, False], 40)
    one = separation(scores, truth, draws=1500)
    copies = np.tile(scores, 10), np.tile(truth, 10)
    named = separation(*copies, clusters=np.tile(np.arange(80), 10), draws=1500)
    unnamed = separation(*copies, draws=1500)
    width = {
        name: np.ptp(found.auroc_interval()) for name, found in (("one", one), ("named", named), ("unnamed", unnamed))
    }
    assert named.auroc == pytest.approx(one.auroc)
    assert width["named"] == pytest.approx(width["one"], rel=0.2)
    assert width["unnamed"] < 0.5 * width["one"]


def test_the_curve_passes_through_the_rates_and_its_band_holds_it():
    scores, truth = drawn(7, ties=False)
    rates = np.array([0.0, 0.01, 0.3, 1.0])
    found, low, high = roc(scores, truth, rates, draws=200)
    assert found.tolist() == [tpr_at_fpr(scores, truth, rate) for rate in rates]
    assert (low <= high).all()
    assert found[-1] == low[-1] == high[-1] == 1
    assert low[2] < found[2] < high[2]
    assert interval(np.arange(1001.0)) == (25.0, 975.0)


@pytest.mark.parametrize(
    ("scores", "truth", "options", "words"),
    [
        ([1.0, np.nan], [True, False], {}, "scores must be finite"),
        ([1.0, 2.0], [1, 0], {}, "memorised must be booleans"),
        ([1.0, 2.0], [True], {}, "one for each of 2 scores"),
        ([1.0, 2.0], [True, True], {}, "both kinds of sample, got 2 of 2"),
        ([1.0, 2.0], [True, False], {"draws": 0}, "draws must be >= 1"),
        ([1.0, 2.0], [True, False], {"seed": -1}, "seed must be >= 0"),
        ([1.0, 2.0], [True, False], {"clusters": [1]}, "clusters must hold one number for each of 2"),
    ],
)
def test_bad_input_is_refused(scores, truth, options, words):
    with pytest.raises(ValueError, match=words):
        separation(np.array(scores), np.array(truth), **options)


def test_a_rate_must_be_one():
    with pytest.raises(ValueError, match=r"fpr must be <= 1, got 1\.5"):
        tpr_at_fpr([1.0, 2.0], [True, False], 1.5)
    with pytest.raises(ValueError, match="fpr must lie in"):
        roc([1.0, 2.0], [True, False], [-0.1])
