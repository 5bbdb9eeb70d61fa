"""The sweep of where descent lands: its problems meet the hypotheses, and planted networks are recognised."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from numerics.minimize import minimize
from numerics.sweeps import landing
from theory.block_minimizer import block_weights

# Those that are quick to draw and to compare.
FAMILIES = [
    f"{kind} {size}"
    for kind in ("memorising", "generalising", "hybrid")
    for size in ("4x2", "4x5", "6x3", "8x4", "64x2")
] + ["several 8x2", "several 64x2"]
cells = st.builds(
    lambda family, problem: {"family": family, "problem": problem},
    st.sampled_from(FAMILIES),
    st.integers(0, 10**6),
)


@settings(max_examples=15)
@given(cells)
# The first spectra drawn leave no room for a decay.
@example({"family": "hybrid 4x2", "problem": 39308})
def test_problems_meet_the_hypotheses(cell):
    kind, d, M = landing.shape(cell)
    X, labels, sigma, weight_decay, kept = landing.problem(cell)
    assert X.shape == (len(labels), d)
    counts = np.bincount(labels, minlength=M)
    expected = {"memorising": [1], "generalising": [3], "hybrid": [1, 3, 3], "several": [3]}[kind]
    assert counts.tolist() == [expected[k % len(expected)] for k in range(M)]
    means = np.array([X[labels == k].mean(axis=0) for k in range(M)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    assert (means @ means.T)[np.triu_indices(M, 1)].max() < 0
    for k in range(M):
        values, directions = np.linalg.eigh(X[labels == k].T @ X[labels == k])
        assert (values > len(X) * weight_decay).sum() == kept[k]
        assert kept[k] >= 2 if kind == "several" else kept[k] == 1
        heights = X @ directions[:, -1]
        heights *= np.sign(heights[labels == k].sum())
        assert heights[labels == k].min() >= 5 * sigma * (1 - 1e-9)
        assert heights[labels != k].max() <= -5 * sigma * (1 - 1e-9)


@settings(max_examples=2)
@given(st.sampled_from(["memorising 4x2", "memorising 6x3", "generalising 8x3", "hybrid 6x3"]), st.integers(0, 10**6))
def test_a_minimiser_stands_within_1e_4_of_the_prediction(family, number):
    X, labels, sigma, weight_decay, kept = landing.problem({"family": family, "problem": number})
    W = block_weights(X, labels, kept, sigma, weight_decay)
    found = minimize(X, W, W, sigma, weight_decay, gradient_tolerance=1e-9)
    assert found.converged
    assert max(np.linalg.norm(end - W) for end in (found.W1, found.W2)) < 1e-4 * np.linalg.norm(W)


@settings(max_examples=6)
@given(cells, st.data())
def test_planted_allocations_are_recognised(cell, data):
    kind, _, M = landing.shape(cell)
    drawn = landing.problem(cell)
    if kind == "several":
        widths = np.ones(M, dtype=int)
    else:
        widths = np.array(data.draw(st.lists(st.integers(0, 3), min_size=M, max_size=M).filter(any)))
    seed = data.draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    W = block_weights(drawn.X, drawn.labels, np.minimum(widths, 1), drawn.sigma, drawn.weight_decay)
    # Each column split into as many as its cluster is given, rescaled, with an empty one besides, in another order.
    W = np.repeat(W, widths[widths > 0], axis=1) / np.sqrt(np.repeat(widths, widths))
    t = rng.uniform(0.7, 1.4, W.shape[1])
    order = rng.permutation(W.shape[1] + 1)
    W1, W2 = (np.pad(each, ((0, 0), (0, 1)))[:, order] for each in (W * t, W / t))
    found = landing.ending(W1, W2, True, drawn)
    assert found["outcome"] == landing.MATCHED
    assert found["distance"] < 1e-6
    assert np.asarray(found["units"]).tolist() == widths.tolist() + [0] * (8 - M)
    assert found["stored"] == (widths > 0).sum()
    assert found["dead"] == 1
    assert found["shared"] == found["cut"] == 0
    assert found["deviations"] >= 5 * (1 - 1e-9)
    assert found["variance"] > landing.MATCH
    assert found["noise"] > 10 * found["distance"]
    assert found["decay"] > 10 * found["distance"]
    assert landing.ending(W1, W2, False, drawn)["outcome"] == landing.UNCONVERGED


@settings(max_examples=2)
@given(st.integers(0, 10**6))
def test_failures_are_classified(number):
    drawn = landing.problem({"family": "generalising 64x2", "problem": number})
    W = block_weights(drawn.X, drawn.labels, drawn.kept, drawn.sigma, drawn.weight_decay)

    def with_unit(heights):
        """The prediction and a unit with these pre-activations on the samples, in units of a length."""
        unit = np.linalg.lstsq(drawn.X, np.array(heights, dtype=float), rcond=None)[0]
        return np.column_stack([W, unit / np.linalg.norm(unit)])

    W1 = with_unit([1, 1, 1, 1, 1, 1])
    found = landing.ending(W1, W1, True, drawn)
    assert found["outcome"] == landing.SHARED_UNIT
    assert found["shared"] == 1
    W1 = with_unit([1, -1, 1, -1, -1, -1])
    found = landing.ending(W1, W1, True, drawn)
    assert found["outcome"] == landing.CUT_CLUSTER
    assert found["cut"] == 1
    W1 = with_unit([1, 1, 1e-6, -1, -1, -1])
    found = landing.ending(W1, W1, True, drawn)
    assert found["outcome"] == landing.NEAR_GATE
    assert found["deviations"] < 1e-3
    found = landing.ending(1.01 * W, W, True, drawn)
    assert found["outcome"] == landing.OTHER
    assert found["distance"] == pytest.approx(0.01 / 1.01, rel=1e-3)


def test_a_network_of_zeros_is_at_a_minimiser_without_units():
    drawn = landing.problem({"family": "memorising 4x2", "problem": 0})
    found = landing.ending(np.zeros((4, 2)), np.zeros((4, 2)), True, drawn)
    assert (found["outcome"], found["distance"], found["stored"]) == (landing.MATCHED, 0.0, 0)
