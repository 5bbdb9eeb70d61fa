"""Refits of a mixture of far components: against points told to their own, and the isotropic loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import mixture_refit, scaling_identity

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=10)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 8), SEEDS)
def test_points_that_are_told_to_their_component(d, components, beyond, seed):
    """Log and mean of s² within five standard errors, points shared out anew each time: false alarms 1e-6."""
    n, rng = components + beyond, np.random.default_rng(seed)
    # The first M points have one component each, the others any.
    told = np.concatenate([np.tile(np.arange(components), (4000, 1)), rng.integers(components, size=(4000, beyond))], 1)
    points = rng.standard_normal((4000, n, d))
    own = np.eye(components)[told]
    means = (own.mT @ points) / own.sum(axis=1)[..., None]
    s2 = ((points - own @ means) ** 2).sum(axis=(1, 2)) / (d * n)
    for values, expected in (
        (np.log(s2), mixture_refit.separated_drift(n, d, components)),
        (s2, mixture_refit.separated_variance(n, components, 1)),
    ):
        assert abs(values.mean() - expected) <= 5 * values.std() / np.sqrt(4000)


@given(st.integers(1, 40), st.integers(1, 9))
def test_one_component_is_the_isotropic_loop(n, d):
    assert mixture_refit.separated_drift(n, d, 1) == scaling_identity.isotropic_drift(n, d)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 30), st.integers(0, 9))
def test_the_formulas_are_those_of_the_module(d, components, beyond, generations):
    n = components + beyond
    at = {mixture_refit.SAMPLES: n, mixture_refit.COMPONENTS: components, mixture_refit.DIMENSION: d}
    drift = float(mixture_refit.SEPARATED_DRIFT.subs(at))
    assert mixture_refit.separated_drift(n, d, components) == pytest.approx(drift, rel=1e-9)
    kept = float(mixture_refit.SEPARATED_FACTOR.subs(at)) ** generations
    assert mixture_refit.separated_variance(n, components, generations) == pytest.approx(kept, rel=1e-12)
    assert mixture_refit.separated_drift(components, d, components) == -np.inf
    assert mixture_refit.separated_variance(components, components, 1) == 0
