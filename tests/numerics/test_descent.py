"""Descents against closed forms, against each network alone, and against what they must refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.descent import descend
from numerics.objective import expected_loss, loss_and_gradient
from numerics.optimizers import NAMES, Optimizer
from theory.block_minimizer import memorizing_weights
from theory.separability import regular_simplex

SGD = Optimizer("sgd", 0.2, 0.9)


def one_sample_weight(norm: float, sigma: float, weight_decay: float) -> float:
    """Squared length of the one column that stores a sample far from its gate (BR eq. 9, n = 1)."""
    return max(0.0, (norm**2 - weight_decay) / (norm**2 + sigma**2))


@pytest.mark.parametrize("optimizer", [SGD, Optimizer("adam"), Optimizer("rmsprop", 3e-3)], ids=lambda rule: rule.name)
def test_descent_lands_on_the_memorising_weights(optimizer):
    X = regular_simplex(3, 4)
    W = memorizing_weights(X, 0.05, 0.02)
    start = (W + 0.1, W - 0.05)
    found = descend(X, 3, 0.05, 0.02, seeds=[0, 1], optimizer=optimizer, start=start, tolerance=1e-8)
    assert found.converged.all()
    assert not found.diverged.any()
    np.testing.assert_allclose(found.W1, np.broadcast_to(W, (2, 4, 3)), atol=1e-5)
    np.testing.assert_allclose(found.W2, np.broadcast_to(W, (2, 4, 3)), atol=1e-5)
    assert found.loss == pytest.approx(expected_loss(W, W, X, 0.05, 0.02), rel=1e-9)


def test_problems_of_a_batch_are_their_own():
    """Different samples, widths, noise and decay in one call end where each ends alone."""
    norms, decays, levels = np.array([1.0, 2.0, 0.5]), np.array([0.1, 0.3, 1.0]), np.array([0.01, 0.05, 0.02])
    X = norms[:, None, None] * np.array([[[1.0, 0.0]]])
    start = (np.full((3, 2, 2), [[0.5, 0.3], [0.1, -0.1]]), np.full((3, 2, 2), [[0.4, 0.5], [0.1, 0.1]]))
    found = descend(X, [1, 2, 1], levels, decays, seeds=[4, 5, 6], optimizer=SGD, start=start, tolerance=1e-7)
    assert found.converged.all()
    assert not found.W1[[0, 2], :, 1].any()
    assert not found.W2[[0, 2], :, 1].any()
    total = np.einsum("bdp,bdp->b", found.W1, found.W2)
    wanted = [one_sample_weight(*problem) for problem in zip(norms, levels, decays, strict=True)]
    np.testing.assert_allclose(total, wanted, atol=1e-4)
    assert wanted[2] == 0.0
    for k in range(3):
        alone = descend(
            X[k], [1, 2, 1][k], levels[k], decays[k], seeds=[k], optimizer=SGD, tolerance=1e-7,
            start=tuple(W[k, :, : [1, 2, 1][k]] for W in start),
        )  # fmt: skip
        assert alone.loss[0] == pytest.approx(found.loss[k], rel=1e-12)
        assert alone.steps[0] == found.steps[k]


@settings(max_examples=15)
@given(
    st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(0, 3), st.booleans(), st.sampled_from(NAMES),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_result_says_what_the_exact_objective_says(B, n, d, p, tied, name, seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((B, n, d))
    W = rng.standard_normal((B, d, p))
    start = (W, W) if tied else (W, rng.standard_normal((B, d, p)))
    seeds = range(seed % 1000, seed % 1000 + B)
    found = descend(
        X, p, 0.3, 0.05, seeds=seeds, optimizer=Optimizer(name, 0.01), start=start, tied=tied, steps=7, check_every=3
    )
    assert found.history.shape[0] <= 4
    assert found.seeds.tolist() == list(seeds)
    for k in range(B):
        loss, first, second = loss_and_gradient(found.W1[k], found.W2[k], X[k], 0.3, 0.05)
        slope = first + second if tied else np.concatenate([first, second])
        assert found.loss[k] == pytest.approx(loss, rel=1e-10)
        assert found.gradient_norm[k] == pytest.approx(np.linalg.norm(slope), rel=1e-8, abs=1e-12)
        assert found.history[0, k] == pytest.approx(expected_loss(start[0][k], start[1][k], X[k], 0.3, 0.05), rel=1e-10)
        assert found.converged[k] == (found.gradient_norm[k] <= 1e-6 * (X[k] ** 2).sum(axis=1).mean())
    assert not tied or np.array_equal(found.W1, found.W2)


def test_an_exact_step_is_the_plain_one():
    rng = np.random.default_rng(0)
    X, W1, W2 = rng.standard_normal((2, 3)), *rng.standard_normal((2, 3, 2))
    rate = 0.01 / (X**2).sum(axis=1).mean()
    _, first, second = loss_and_gradient(W1, W2, X, 0.4, 0.1)
    found = descend(X, 2, 0.4, 0.1, seeds=[0], optimizer=Optimizer("sgd", 0.01), start=(W1, W2), steps=1)
    np.testing.assert_allclose(found.W1[0], W1 - rate * first, rtol=1e-12)
    np.testing.assert_allclose(found.W2[0], W2 - rate * second, rtol=1e-12)
    joint = descend(X, 2, 0.4, 0.1, seeds=[0], optimizer=Optimizer("sgd", 0.01), start=(W1, W1), tied=True, steps=1)
    _, first, second = loss_and_gradient(W1, W1, X, 0.4, 0.1)
    np.testing.assert_allclose(joint.W1[0], W1 - rate * (first + second), rtol=1e-12)


def test_adamw_decays_beside_its_step():
    """With one step Adam moves by the sign of the gradient, AdamW by that of the data's after its decay."""
    rng = np.random.default_rng(1)
    X, W1, W2 = rng.standard_normal((2, 3)), *rng.standard_normal((2, 3, 2))
    _, first, _ = loss_and_gradient(W1, W2, X, 0.4, 0.0)
    found = descend(X, 2, 0.4, 0.7, seeds=[0], optimizer=Optimizer("adamw", 0.01), start=(W1, W2), steps=1)
    np.testing.assert_allclose(found.W1[0], (1 - 2 * 0.01 * 0.7) * W1 - 0.01 * np.sign(first), atol=1e-8)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_fresh_noise_lands_near_and_the_seed_decides(dtype):
    X = regular_simplex(3, 3)
    W = memorizing_weights(X, 0.1, 0.01)
    runs = [
        descend(
            X, 3, 0.1, 0.01, seeds=[seed], optimizer=Optimizer("adam", 3e-3), objective="fresh", draws=8,
            start=(W + 0.05, W + 0.05), steps=2000, tolerance=1e-2, dtype=dtype,
        )
        for seed in (0, 0, 1)
    ]  # fmt: skip
    assert all(run.converged.all() for run in runs)
    for run in runs:
        np.testing.assert_allclose(run.W1[0], W, atol=0.04)
    assert np.array_equal(runs[0].W1, runs[1].W1)
    assert not np.array_equal(runs[0].W1, runs[2].W1)


def test_starts_come_from_seeds_whatever_the_batch():
    X = np.eye(3)
    together = descend(X, [2, 4, 0], 0.1, 0.1, seeds=[7, 8, 9], steps=0, start=0.3)
    alone = descend(X, 4, 0.1, 0.1, seeds=[8], steps=0, start=0.3)
    assert np.array_equal(together.W1[1], alone.W1[0])
    assert together.W1[0, :, :2].all()
    assert not together.W1[0, :, 2:].any()
    assert not together.W1[2].any()
    assert together.widths.tolist() == [2, 4, 0]
    assert 0.1 < together.W1[1].std() < 0.6


def test_what_does_not_converge_says_so():
    X = regular_simplex(3, 3)
    short = descend(X, 3, 0.1, 0.01, seeds=[0, 1], steps=20)
    assert not short.converged.any()
    assert not short.diverged.any()
    assert (short.steps == 20).all()
    wild = descend(X, 3, 0.1, 0.01, seeds=[0, 1], optimizer=Optimizer("sgd", 1e6), steps=400, check_every=10)
    assert wild.diverged.all()
    assert not wild.converged.any()
    assert (wild.steps < 400).all()


def test_one_that_diverges_does_not_harm_the_others():
    X = np.stack([regular_simplex(2, 2), regular_simplex(2, 2)])
    good = memorizing_weights(X[0], 0.1, 0.01)
    start = (np.stack([good, 1e4 * good]), np.stack([good, 1e4 * good]))
    found = descend(X, 2, 0.1, 0.01, seeds=[0, 1], optimizer=Optimizer("sgd", 0.2), start=start)
    assert found.diverged.tolist() == [False, True]
    assert found.converged.tolist() == [True, False]


def test_rates_are_halved_until_steps_stop_overshooting():
    """RMSprop at a constant rate circles the minimiser at a distance of that rate; the tolerance lies far below."""
    rule = Optimizer("rmsprop", 0.02)
    found = descend(np.array([[1.0, 0.0]]), 1, 0.1, 0.1, seeds=[1], optimizer=rule, tolerance=1e-7, check_every=20)
    assert found.converged.all()
    # Steps of full size would leave a slope of about curvature times rate, a hundred times the one reached after it.
    early = descend(np.array([[1.0, 0.0]]), 1, 0.1, 0.1, seeds=[1], optimizer=rule, steps=100, check_every=100)
    assert early.gradient_norm[0] > 1e-4


def test_a_network_at_a_critical_point_takes_no_step():
    """Zero weights are critical: nothing moves, and the run has converged before its first step."""
    found = descend(np.eye(2), 3, 0.1, 0.1, seeds=[0], start=0.0)
    assert found.converged.all()
    assert found.steps.tolist() == [0]
    assert found.loss[0] == pytest.approx(1.0)
