"""The rule that compares memorised with generalised answers: each verdict planted, resampled by training image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.response_groups import compare, decide, resampled_medians
from tests.strategies import seeds

STRENGTHS = np.linspace(0, 1, 13)


def curves(slope: float, seed: int, count: int = 60) -> np.ndarray:
    """Answers 1/(1 + e^(−slope (a − a_0))), a_0 uniform about one half."""
    middle = np.random.default_rng(seed).uniform(0.4, 0.6, size=(count, 1))
    return 1 / (1 + np.exp(-slope * (STRENGTHS - middle)))


@pytest.mark.parametrize(
    ("memorised", "generalised", "expected"),
    [
        (80.0, 2.0, "as printed"),
        (2.0, 80.0, "generalised sharper"),
        (5.0, 2.0, "memorised sharper"),
    ],
)
def test_planted_answers_get_their_verdict(memorised, generalised, expected):
    own = np.arange(60)
    found = compare(curves(memorised, 0), own, curves(generalised, 1), own, seed=2)
    assert found.verdict == expected
    assert found.samples == (60, 60)


@settings(max_examples=5)
@given(seeds())
def test_the_same_answers_do_not_differ(seed):
    same, own = curves(20.0, seed), np.arange(60)
    found = compare(same, own, same, own, seed=seed)
    assert found.verdict == "no difference"
    assert [interval.value for interval in found.difference] == [0.0] * 3


def test_a_difference_in_one_statistic_alone_is_mixed():
    values = np.random.default_rng(0).standard_normal((3, 60)) - 3.0
    apart = values + np.array([[9.0], [0.0], [0.0]])
    assert decide(apart, np.arange(60), values, np.arange(60), seed=0).verdict == "mixed"


def test_too_few_that_answer_decide_nothing():
    many, own = curves(80.0, 0), np.arange(60)
    silent = np.where(np.arange(60)[:, None] < 41, 0.0, many)
    assert compare(silent, own, many, own, seed=0).verdict == "undecided"
    assert compare(many, own % 4, many, own, seed=0).verdict == "undecided"
    assert compare(many, own % 5, many, own, seed=0).verdict != "undecided"
    assert compare(silent, own, many, own, seed=0).samples == (19, 60)


@settings(max_examples=5)
@given(seeds(), st.integers(5, 12))
def test_copies_of_one_image_count_once(seed, images):
    values = np.random.default_rng(seed).standard_normal((1, images))
    medians = resampled_medians(np.repeat(values, 20, axis=1), np.repeat(np.arange(images), 20), seed)
    assert medians.shape == (2001, 1)
    assert set(medians[:, 0].tolist()) <= set(values[0].tolist())
    # Twenty copies of an image leave the median as uncertain as one: it moves past its neighbours.
    assert len(set(medians[:, 0].tolist())) >= 3


def test_the_interval_covers_as_often_as_it_says():
    # 200 groups of 41: coverage 0.95 with a standard error of 0.015; five of them below.
    medians = resampled_medians(np.random.default_rng(0).standard_normal((200, 41)), np.arange(41), 0)[1:]
    low, high = np.percentile(medians, [2.5, 97.5], axis=0)
    assert ((low <= 0) & (high >= 0)).mean() >= 0.95 - 5 * np.sqrt(0.95 * 0.05 / 200)
