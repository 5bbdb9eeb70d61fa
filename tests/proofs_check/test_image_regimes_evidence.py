"""Shares of copies: intervals, the rule, and what the kept samples say; the claim's checks and their controls."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from numerics.image_model_evidence import nearness
from numerics.image_models import shipped
from numerics.image_sets import ImageSet
from proofs_check.check import Effort
from proofs_check.extensions.image_regimes import CLAIM
from proofs_check.image_regimes_evidence import CONFIDENCE, Share, models, share, share_of


@given(st.integers(1, 3000), st.data())
def test_ends_of_an_interval_have_tails_of_half_the_rest(m, data):
    k = data.draw(st.integers(0, m))
    found = share_of(np.arange(m) < k)
    tail = (1 - CONFIDENCE) / 2
    assert found.value == k / m
    assert found.low == 0 if k == 0 else binom.sf(k - 1, m, found.low) == pytest.approx(tail, rel=1e-6)
    assert found.high == 1 if k == m else binom.cdf(k, m, found.high) == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize(
    ("low", "high", "regime"),
    [
        (0.76, 0.9, "memorises"),
        (0.74, 0.9, "undecided"),
        (0.26, 0.74, "does both"),
        (0.26, 0.76, "undecided"),
        (0.24, 0.74, "undecided"),
        (0.0, 0.009, "does not copy"),
        (0.0, 0.011, "undecided"),
    ],
)
def test_the_rule_asks_the_whole_interval(low, high, regime):
    assert Share((low + high) / 2, low, high).regime == regime


def test_nearness_is_of_the_nearest_two():
    images = np.full((3, 1, 28, 28), -1, dtype=np.float32)
    images[1], images[2] = 0.2, 1
    zero, one = np.zeros(3, dtype=np.int64), np.ones(1, dtype=np.int64)
    training = ImageSet(images, zero, zero, np.array([50, 1, 1]), classes=1)
    unseen = ImageSet(images[1:2] - 0.3, zero[:1], zero[:1], one, classes=1)
    grey = np.full((9, 1, 28, 28), 255, dtype=np.uint8)
    grey[1], grey[2] = 0, 127
    found = nearness(grey, training, unseen)
    # 127 is −0.0039: 0.2039 from the second image, 0.9961 from the first.
    expected = [0, 0, (0.2039 / 0.9961) ** 2] + [0] * 6
    np.testing.assert_allclose(found["ratio"], expected, atol=1e-4)
    assert found["repeated"].tolist() == [False, True] + [False] * 7
    np.testing.assert_allclose(found["unseen_ratio"], (0.3 / 0.9) ** 2, rtol=1e-4)
    assert found["samples"].shape == found["nearest"].shape == (8, 28, 28)
    assert found["nearest"][:3, 0, 0].tolist() == [255, 0, 153]


def test_all_shipped_models_are_judged_few_first():
    assert set(models()) == set(shipped())
    assert [name.split("-")[1] for name in models()] == ["few"] * 3 + ["all"] * 3 + ["hybrid"] * 4
    assert share("digits-few-unet").value > share("digits-hybrid-unet").value > share("digits-all-unet").value


@pytest.mark.parametrize("check", CLAIM.checks, ids=lambda check: check.name)
def test_checks_hold_and_reject_their_controls(check):
    assert check.decide(Effort()).ok
    controls = list(check.controls(Effort(seed=3)))
    assert controls
    for control in controls:
        assert not control.decide().ok, control.name
