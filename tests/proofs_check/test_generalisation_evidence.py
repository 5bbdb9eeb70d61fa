"""Limits of separated clusters against blocks learnt from samples, and how crossing points are found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.block_draws import draw_blocks
from proofs_check import generalisation_evidence as evidence
from proofs_check.check import Effort
from proofs_check.extensions import descent_floor
from proofs_check.sampling import Estimate
from theory.gaussian_relu import mean
from theory.spiked_covariance import Losses


@pytest.mark.parametrize("units", [0, 1, 3, 4, 6])
def test_narrow_limits_are_those_of_learnt_blocks_of_as_many_units(units):
    setting, d, n = evidence.NARROW.SETTING, 512, 256
    spectrum = np.r_[setting.bulk, setting.spikes, np.full(d - 4, setting.bulk)]
    centre = np.r_[setting.length, np.zeros(d - 1)]
    found = draw_blocks(spectrum, centre, n, units, setting.sigma, 0.0, 4, seed=units)
    limits = evidence.narrow_limits(d, d / n, units)
    assert found.test.mean() == pytest.approx(limits.test, rel=0.02)
    # What is left out of the train loss fluctuates with the spikes left out, less than 5 standard errors here.
    left = sum(setting.spikes[max(units - 1, 0) :]) if units else 2 * setting.length * math.sqrt(setting.spikes[0])
    assert found.train.mean() == pytest.approx(limits.train, rel=0.01, abs=5 * left * math.sqrt(2 / n / 8))


def test_full_limits_are_those_of_learnt_blocks():
    setting, d, n = evidence.FULL.SETTING, 256, 128
    found = draw_blocks(np.ones(d), np.r_[setting.length, np.zeros(d - 1)], n, d, setting.sigma, 0.0, 2, seed=1)
    assert found.train.mean() == pytest.approx(evidence.full_limits(d, d / n, d).train, rel=0.01)
    assert found.test.mean() == pytest.approx(evidence.full_limits(d, d / n, d).test, rel=0.01)


@given(st.floats(5.0, 200.0), st.floats(0.02, 2.0), st.integers(64, 512))
def test_crossings_of_a_power_law_are_found(scale, gap, d):
    """Test over train is 1 + s/n_k: they come within `gap` at n_k = s/gap."""
    where = scale / gap

    def law(size, ratio, units):
        del units
        return Losses(2.0, 2.0 * (1 + scale * ratio / size))

    def point(n):
        return evidence.Point(d, 1, n, 4, Estimate(2.0, 0.0, 2), Estimate(2.0 * (1 + scale / n), 0.0, 2))

    among = [point(n) for n in (2000000, 1, 50)]
    assert evidence.measured_crossing(among, gap) == pytest.approx(where, rel=1e-9)
    with pytest.raises(ValueError, match="gap must be between those of the curve"):
        evidence.measured_crossing(among[1:], scale / 51)
    if d / 30 < where < 30 * d:
        assert evidence.predicted_crossing(law, d, 4, gap) == pytest.approx(where, rel=1e-9)


@pytest.mark.parametrize("key", ["converged", "open_units", "train_loss"])
def test_a_curve_of_descents_that_have_not_ended_in_blocks_is_refused(key):
    arrays = {name: values.copy() for name, values in evidence.kept(evidence.NARROW).items()}
    assert len(evidence.curve(evidence.NARROW, arrays)) == 12
    arrays[key][5] = {"converged": False, "open_units": 3, "train_loss": 1.01 * arrays["train_loss"][5]}[key]
    with pytest.raises(ValueError, match="descents must end in their blocks, of generalisation at n_k"):
        evidence.curve(evidence.NARROW, arrays)


def test_controls_of_both_curves_are_rejected_and_the_limits_hold():
    for sweep, law in ((evidence.NARROW, evidence.narrow_limits), (evidence.FULL, evidence.full_limits)):
        check = evidence.curve_check("curve", sweep, law, scope="")
        assert check.decide(Effort()).ok
        controls = list(check.controls(Effort()))
        assert len(controls) == 5
        assert not any(control.decide().ok for control in controls)


def test_one_unit_loses_what_simulated_noise_says():
    rng = np.random.default_rng(3)
    for length in (0.5, 2.0):
        h = np.maximum(length + rng.standard_normal(400_000), 0.0)
        assert h.mean() == pytest.approx(float(mean(length, 1.0)), rel=0.01)
        best = h.mean() / (h**2).mean()
        assert descent_floor.one_unit(3, length) == pytest.approx(((best * h - 1) ** 2).mean(), rel=0.01)
        # Unit σ: the floor is that of a sample of this length over its square.
        assert descent_floor.least(3, length) < descent_floor.one_unit(3, length)
