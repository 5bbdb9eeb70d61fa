"""Gates of two samples that answer one another: the coefficient against quadrature, its minimum against a search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from theory.leaky_gates import pair_coefficient, pair_deviations

COSINES = st.floats(0.2, 0.95)


def by_quadrature(cosine: float, deviations: float) -> float:
    """var(ξ_1 + leak·…)/σ² at one sample, from a table of the leak's moments on a fine grid."""
    step = 1e-3
    xi = np.arange(-12, 12, step)
    weights = np.exp(-(xi**2) / 2) / np.sqrt(2 * np.pi) * step
    leak = np.maximum(xi - deviations, 0.0)
    mean = weights @ leak
    # Own noise and the leak's, each of variance 1/(1 − c²), have correlation −c; the decoders c.
    own_with_leak = -cosine * (weights @ (xi * leak))
    return float((1 + weights @ (leak - mean) ** 2 + 2 * cosine * own_with_leak) / (1 - cosine**2))


@given(COSINES, st.floats(-4.0, 6.0))
def test_coefficient(cosine, deviations):
    assert pair_coefficient(cosine, deviations) == pytest.approx(by_quadrature(cosine, deviations), rel=1e-6)


@given(COSINES)
def test_the_best_gates(cosine):
    best = pair_deviations(cosine)
    found = minimize_scalar(lambda a: pair_coefficient(cosine, a), bounds=(best - 3, best + 2), method="bounded")
    assert pair_coefficient(cosine, best) <= found.fun + 1e-12
    assert pair_coefficient(cosine, best) < pair_coefficient(cosine, 30.0) == pytest.approx(1 / (1 - cosine**2))
    assert pair_deviations(cosine * 0.99) > best


@pytest.mark.parametrize("cosine", [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 0.999999])
def test_far_ends(cosine):
    alpha = pair_deviations(cosine)
    # For α > 0 b is below 1/(1 + α²) and above Φ(α)/(3 + α²) ...
    if alpha > 0:
        assert ndtr(alpha) / (3.01 + alpha**2) < cosine**2 < 1 / (1 + alpha**2)
    else:
        # ... and below 0 it is |α|Φ(α)/φ(α) at least, above α²/(1 + α²).
        assert alpha**2 / (1 + alpha**2) < cosine**2 < 1
    assert pair_coefficient(cosine, alpha) <= min(2.0, 1 / (1 - cosine**2)) + 1e-8


def test_uncorrelated_samples_want_settled_gates():
    values = [pair_coefficient(0.0, a) for a in (-2.0, 0.0, 2.0, 5.0, 40.0)]
    assert values == sorted(values, reverse=True)
    assert values[-1] == 1.0
    assert pair_coefficient(0.0, 0.0) == pytest.approx(1.5 - 1 / (2 * np.pi), rel=1e-14)


def test_the_gate_through_the_other_sample():
    critical = np.sqrt((np.pi - 1) / (2 * np.pi))
    for cosine, better in ((critical + 1e-6, True), (critical - 1e-6, False)):
        assert (pair_coefficient(cosine, 0.0) < 1 / (1 - cosine**2)) == better
