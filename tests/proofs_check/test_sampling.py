"""Decisions from numbers: the first violation ends a law, NaN is never a pass, and error bars mean what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from proofs_check.check import Bears, Effort, Table
from proofs_check.ledger import run_check
from proofs_check.sampling import SIGMAS, Estimate, Law, estimate, false_alarm, monte_carlo, property_check
from proofs_check.verdict import Method

EFFORT = Effort()
TABLE = Table("numbers", ("a",), (("1",),))


def uniform(rng: np.random.Generator) -> float:
    return float(rng.random())


def law(discrepancy=lambda problem: 0.0, tolerance: float = 0.5, draw=uniform, name: str = "law") -> Law:
    return Law(name, draw, discrepancy, tolerance)


def recorded(effort: Effort, name: str = "law", problems: int = 5) -> list[float]:
    seen: list[float] = []
    check = property_check(law(lambda p: seen.append(p) or 0.0, name=name), [], problems=problems)
    assert check.decide(effort).ok
    return seen


def test_a_law_that_holds_passes_with_its_worst_discrepancy():
    found = iter([0.1, 0.3, 0.2])
    outcome = property_check(law(lambda p: next(found), tolerance=0.35), [], problems=3).decide(EFFORT)
    assert outcome.ok
    assert (outcome.margin, outcome.detail) == ("worst 3.0e-01 ≤ 0.35", "3 random problems")


def test_the_first_violation_ends_the_check_and_is_reported():
    values = iter([0.1, 0.2, 0.75, 0.0])
    outcome = property_check(law(lambda p: next(values), tolerance=0.35), [], problems=4).decide(EFFORT)
    assert not outcome.ok
    assert (outcome.margin, outcome.detail) == ("7.5e-01", "problem 2 of 4: discrepancy 0.75 over 0.35")
    assert next(values) == 0.0


@pytest.mark.parametrize(
    ("found", "ok"), [(0.5, True), (np.nextafter(0.5, 1), False), (math.nan, False), (math.inf, False)]
)
def test_the_tolerance_is_the_last_value_that_passes(found, ok):
    assert property_check(law(lambda p: found), [], problems=1).decide(EFFORT).ok is ok


def test_a_full_run_draws_ten_times_as_many_problems_beginning_with_the_same():
    assert len(recorded(Effort())) == 5
    assert len(recorded(Effort(full=True))) == 50
    assert recorded(Effort(full=True))[:5] == recorded(Effort())


def test_problems_are_fixed_by_seed_and_name():
    assert recorded(Effort(seed=1)) == recorded(Effort(seed=1))
    assert set(recorded(Effort(seed=1))).isdisjoint(recorded(Effort(seed=2)))
    assert set(recorded(EFFORT)).isdisjoint(recorded(EFFORT, "another"))
    assert len(set(recorded(EFFORT))) == 5


def test_wrong_laws_are_judged_on_the_same_problems():
    seen: dict[str, list[float]] = {"law": [], "wrong": []}
    right = law(lambda p: seen["law"].append(p) or 0.0)
    wrong = law(lambda p: seen["wrong"].append(p) or 0.0, name="wrong", draw=lambda rng: -1.0)
    result = run_check(property_check(right, [wrong, law(lambda p: 1.0, name="big")], problems=4), EFFORT)
    assert seen["law"] == seen["wrong"]
    assert (result.tried, result.survivors) == (2, ("law: wrong",))


def test_a_wrong_law_has_its_own_tolerance():
    result = run_check(property_check(law(lambda p: 0.4), [law(lambda p: 0.4, 0.3, name="strict")], problems=1), EFFORT)
    assert result.ok


def test_tables_come_with_the_law_only():
    check = property_check(
        law(), [law(lambda p: 1.0)], problems=1, tables=lambda effort: (TABLE,) * (2 if effort.full else 1)
    )
    assert check.decide(EFFORT).tables == (TABLE,)
    assert check.decide(Effort(full=True)).tables == (TABLE, TABLE)
    assert [control.decide().tables for control in check.controls(EFFORT)] == [()]


def test_the_card_of_a_property_is_passed_on():
    check = property_check(
        law(), [], problems=1, about="corrected", bears=Bears.DECIDES, scope="s", method=Method.DESCENT
    )
    assert (check.name, check.about, check.bears, check.scope) == ("law", "corrected", Bears.DECIDES, "s")
    assert check.method is Method.DESCENT
    plain = property_check(law(), [], problems=1)
    assert (plain.method, plain.bears) == (Method.PROPERTY, Bears.SUPPORTS)


def test_an_estimate_is_a_mean_with_its_standard_error():
    # Squared deviations 4, 1, 0, 1, 4 over n − 1 = 4 and n = 5.
    found = estimate(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert found == Estimate(3.0, found.standard_error, 5)
    assert found.standard_error == pytest.approx(math.sqrt(0.5), rel=1e-14)


@pytest.mark.parametrize("values", [[1.0, 1.0], [0.0, 3.0], [-1.0, 0.0, 1.0]])
def test_the_false_alarm_rate_of_symmetric_draws_is_the_tail_beyond_six(values):
    assert SIGMAS == 6
    # 2Φ(−6), from tables of the normal distribution.
    assert false_alarm(np.array(values)) == pytest.approx(1.973175290e-9, rel=1e-9)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_means_of_skew_draws_are_off_as_often_as_is_said(sign):
    """Exponential draws, 200 a mean: beyond 3.5 standard errors are three times as many as of normal means."""
    draws = sign * np.random.default_rng(4).exponential(size=(100_000, 200))
    ratios = (draws.mean(axis=1) - sign) / (draws.std(axis=1, ddof=1) / np.sqrt(200))
    observed = (np.abs(ratios) > 3.5).mean()
    said = np.mean([false_alarm(row, 3.5) for row in draws[:1000]])
    assert said == pytest.approx(observed, rel=0.25)
    assert math.erfc(3.5 / math.sqrt(2)) < observed / 3


def around(mean: float, spread: float, count: int = 4):
    """Draws with the given mean and standard error exactly (up to rounding)."""
    steps = np.linspace(-1.0, 1.0, count)
    return mean + spread * steps / (steps.std(ddof=1) / math.sqrt(count))


def sampled(values, predicted, wrong=(), problems: int = 1, **others):
    return monte_carlo("mean", lambda rng: (values, {"claimed": predicted, **others}), wrong, problems=problems)


@pytest.mark.parametrize(("distance", "ok"), [(0, True), (5.99, True), (-5.99, True), (6.01, False), (-6.01, False)])
def test_six_standard_errors_are_the_limit(distance, ok):
    outcome = sampled(around(10.0, 0.25), 10.0 + distance * 0.25).decide(EFFORT)
    assert outcome.ok is ok
    if not ok:
        assert outcome.margin == "6.0 standard errors"
        assert outcome.detail == f"10 ± 0.2 against {10 + distance * 0.25:.6g}"


def test_a_passing_estimate_states_distance_draws_and_false_alarms():
    distances = iter([1.5, 3.5, 2.0])
    check = monte_carlo(
        "mean",
        lambda rng: (around(0.0, 1.0), {"claimed": next(distances)}),
        [],
        problems=3,
        scope="s",
        about="corrected",
    )
    outcome = check.decide(EFFORT)
    assert outcome.margin == "within 3.5 of 6 standard errors"
    assert outcome.detail == "3 problems, 12 draws, false-alarm rate about 6e-09"
    assert (check.method, check.about, check.scope) == (Method.STATISTICAL, "corrected", "s")
    assert check.bears is Bears.SUPPORTS


def test_one_bad_problem_among_many_is_enough():
    predictions = iter([0.0, 0.0, 7.0, 0.0])
    check = monte_carlo("mean", lambda rng: (around(0.0, 1.0), {"claimed": next(predictions)}), [], problems=4)
    assert not check.decide(EFFORT).ok
    assert next(predictions) == 0.0


@pytest.mark.parametrize("predicted", [math.nan, math.inf, -math.inf])
def test_no_prediction_that_is_not_a_number_passes(predicted):
    assert not sampled(around(0.0, 1.0), predicted).decide(EFFORT).ok
    assert not sampled(np.full(3, 2.0), predicted).decide(EFFORT).ok


def test_samples_that_are_no_numbers_fail():
    assert not sampled(np.array([1.0, math.nan, 2.0]), 1.0).decide(EFFORT).ok


def test_draws_that_do_not_vary_must_meet_the_prediction_to_rounding():
    constant = np.full(5, 3.0)
    assert sampled(constant, 3.0).decide(EFFORT).ok
    assert sampled(constant, 3.0 * (1 + 5e-13)).decide(EFFORT).ok
    assert not sampled(constant, 3.0 * (1 + 1.005e-12)).decide(EFFORT).ok
    assert not sampled(constant, 3.0 * (1 - 2e-12)).decide(EFFORT).ok
    assert not sampled(constant, -3.0).decide(EFFORT).ok
    assert sampled(np.zeros(5), 0.0).decide(EFFORT).ok
    assert not sampled(np.zeros(5), 1e-200).decide(EFFORT).ok


def test_rounding_is_no_excuse_where_draws_vary():
    # 6.5 standard errors of 1e-13 are within rounding of 1.0; 6.5 of 1e-9 are not.
    assert not sampled(around(1.0, 1e-9), 1.0 + 6.5e-9).decide(EFFORT).ok


def test_wrong_predictions_are_rejected_and_kept_apart():
    check = sampled(around(1.0, 0.01), 1.0, ["twice", "near"], twice=2.0, near=1.005)
    result = run_check(check, EFFORT)
    assert result.outcome.ok
    assert (result.tried, result.survivors) == (2, ("mean: near",))
    assert [control.name for control in check.controls(EFFORT)] == ["mean: twice", "mean: near"]


def test_a_wrong_prediction_need_only_fail_once():
    def draw(rng):
        scale = rng.choice([0.0, 1.0], p=[0.2, 0.8])
        return around(scale, 0.01), {"claimed": scale, "twice": 2 * scale}

    assert run_check(monte_carlo("mean", draw, ["twice"], problems=30), EFFORT).ok


@pytest.mark.parametrize("full", [False, True])
def test_effort_counts_problems_and_seeds_choose_them(full):
    seen: list[float] = []

    def draw(rng):
        seen.append(rng.random())
        return around(0.0, 1.0), {"claimed": 0.0}

    check = monte_carlo("mean", draw, [], problems=3)
    runs = []
    for seed in (1, 1, 2):
        seen.clear()
        detail = check.decide(Effort(full, seed)).detail
        runs.append(tuple(seen))
    assert detail.startswith("30 problems" if full else "3 problems")
    assert len(runs[0]) == (30 if full else 3)
    assert runs[0] == runs[1]
    assert set(runs[0]).isdisjoint(runs[2])


def test_real_samples_pass_and_a_small_bias_is_seen():
    """False alarms: 1 in 5e8 for the claim; the bias of 0.1 is 31 standard errors away."""
    check = monte_carlo(
        "normal mean",
        lambda rng: (rng.standard_normal(100_000), {"claimed": 0.0, "biased": 0.1}),
        ["biased"],
        problems=1,
    )
    assert run_check(check, Effort(seed=int(np.random.default_rng().integers(2**31)))).ok
