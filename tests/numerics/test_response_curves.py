"""Shape of a response: lines and steps by hand, scales that do not matter, and left-out points one by one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.response_curves import FLOOR, preference, sharpness, width
from tests.strategies import seeds


@settings(max_examples=30)
@given(st.integers(4, 40), st.floats(0.1, 10), st.floats(-5, 5))
def test_a_line_and_a_step(intervals, size, start):
    a = np.arange(intervals + 1) / intervals
    line, step = start + size * a, start + size * (a > 0.5)
    curves = np.array([line, step])
    assert np.allclose(sharpness(curves), [1, intervals], rtol=1e-6)
    assert np.allclose(width(curves), [0.8, 0.8 / intervals], rtol=1e-6)
    chosen = preference(curves)
    assert chosen[0] < -5
    assert chosen[1] > 0 or intervals < 6


@settings(max_examples=30)
@given(seeds(), st.integers(4, 20), st.floats(0.01, 100), st.floats(-10, 10))
def test_no_scale_matters(seed, intervals, size, start):
    curves = np.random.default_rng(seed).standard_normal((3, intervals + 1)).cumsum(axis=1)
    for statistic in (sharpness, width, preference):
        assert np.allclose(statistic(start + size * curves), statistic(curves), rtol=1e-6, equal_nan=True)


def test_what_does_not_answer_has_no_shape():
    flat, falling = np.zeros((1, 6)), -np.arange(6.0)[None]
    assert np.isnan([statistic(flat)[0] for statistic in (sharpness, width, preference)]).all()
    assert np.isnan(width(falling)).all()
    assert sharpness(falling) == 1


def test_the_width_is_of_the_running_maximum():
    # 10 % a quarter of the way to the first strength, 90 % at 5/6 from the second to the third, whatever falls.
    assert np.allclose(width(np.array([[0.0, 0.4, 0.3, 1.0, 0.2, 0.0]])), [(2 + 5 / 6 - 1 / 4) / 5])


def _left_out(curve: np.ndarray) -> float:
    places = np.arange(len(curve))
    line, step = 0.0, 0.0
    for out in places:
        rest = places != out
        line += (np.polyval(np.polyfit(places[rest], curve[rest], 1), out) - curve[out]) ** 2
        best = (np.inf, 0.0)
        for after in np.flatnonzero(rest)[1:]:
            low, high = curve[rest & (places < after)], curve[rest & (places >= after)]
            error = ((low - low.mean()) ** 2).sum() + ((high - high.mean()) ** 2).sum()
            before = np.flatnonzero(rest & (places < after))[-1]
            inside = before < out < after
            guess = (low.mean() + high.mean()) / 2 if inside else low.mean() if out < after else high.mean()
            best = min(best, (error, guess))
        step += (best[1] - curve[out]) ** 2
    spread = ((curve - curve.mean()) ** 2).sum()
    return float(np.log(max(line, FLOOR * spread) / max(step, FLOOR * spread)))


@settings(max_examples=15)
@given(seeds(), st.integers(4, 9))
def test_preference_leaves_points_out_one_by_one(seed, intervals):
    curve = np.random.default_rng(seed).standard_normal(intervals + 1)
    assert np.isclose(preference(curve[None])[0], _left_out(curve), rtol=1e-6, atol=1e-9)
