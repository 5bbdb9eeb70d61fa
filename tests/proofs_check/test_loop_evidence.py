"""Effects over seeds, their intervals and signs, and what the checks on kept loops accept and reject."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from proofs_check.check import Bears, Effort
from proofs_check.loop_evidence import (
    PRINTED,
    RATIOS,
    SETTINGS,
    Effect,
    alone,
    curve,
    effect_of,
    interval,
    loops,
    of,
    sign_check,
    whole,
    wrong_arrays,
)
from proofs_check.loop_reading import beginning_check, memorising_loop, shrinking_check

POLICIES = ("replace", "accumulate", "replace-greedy", "accumulate-greedy", "replace-filter")


def made(fall=-0.2, stray=0.0, seeds=6):
    """Loops as MC states them, but for noise of a hundredth: entropy and GS fall, selection and real images help."""
    rng = np.random.default_rng(0)
    g = np.arange(5)
    policies = np.repeat(POLICIES, seeds)
    help_ = np.array([("greedy" in p or "filter" in p) + 2.0 * ("accumulate" in p) for p in policies])[:, None]

    def measured(slope):
        return slope * g * (1 - 0.3 * help_) + 0.01 * rng.standard_normal((len(policies), len(g)))

    logs = {"score": measured(fall), "variance": measured(fall), "novelty": measured(stray), "distance": measured(0.3)}
    return {
        "policy": policies,
        "seed": np.tile(np.arange(seeds), len(POLICIES)),
        "done": np.full(len(policies), len(g)),
        "entropy": measured(-4.0),
        "copies": 0.2 + measured(0.1),
        **{name: np.exp(values) for name, values in logs.items()},
    }


@given(st.integers(3, 9), st.integers(0, 2**31))
def test_intervals_are_those_of_a_t_test(count, seed):
    values = np.random.default_rng(seed).standard_normal(count) + 2
    found = interval(values)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.99)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)
    assert found.mean == pytest.approx(values.mean())
    assert found.sign == (1 if low > 0 else 0)
    assert interval(-values).sign == -found.sign
    low, high = found.bootstrap
    assert values.min() - 1e-9 <= low <= high <= values.max() + 1e-9
    assert low < values.mean() < high


def test_two_values_have_no_interval():
    with pytest.raises(ValueError, match="values must be at least 3, got 2"):
        interval(np.ones(2))
    assert interval(np.zeros(3)).sign == 0


def test_effects_pair_seeds():
    arrays = made()
    keep = ~((arrays["policy"] == "replace") & (arrays["seed"] == 2))
    keep &= ~((arrays["policy"] == "accumulate") & (arrays["seed"] == 4))
    order = np.random.default_rng(1).permutation(np.flatnonzero(keep))
    arrays = {name: values[order] for name, values in arrays.items()}

    def last(policy, seed):
        return np.log(arrays["score"][(arrays["policy"] == policy) & (arrays["seed"] == seed), -1].item())

    expected = [last("accumulate", seed) - last("replace", seed) for seed in (0, 1, 3, 5)]
    assert effect_of(arrays, Effect("score", "accumulate", "replace")) == pytest.approx(expected)
    own = effect_of(arrays, Effect("entropy", "replace"))
    assert own == pytest.approx(np.diff(curve(arrays, "replace", "entropy")[:, [0, -1]])[:, 0])
    assert len(own) == 5
    apart = {name: values[arrays["seed"] == (arrays["policy"] == "replace")] for name, values in arrays.items()}
    with pytest.raises(ValueError, match="against must be a policy with a seed of 'accumulate', got 'replace'"):
        effect_of(apart, Effect("score", "accumulate", "replace"))


def test_rows_are_those_of_the_cell():
    chosen = of({**made(), "denoiser": np.tile(["a", "b"], 15)}, policy="replace", denoiser="a")
    assert chosen["seed"].tolist() == [0, 2, 4]
    assert set(chosen["policy"]) == {"replace"}


def test_generations_count_as_far_as_three_seeds_came():
    arrays = made()
    done = {"replace": [5, 5, 5, 5, 2, 5], "accumulate": [3, 4, 5, 4, 2, 0], "replace-greedy": [1] * 6}
    arrays["done"] = np.concatenate([done.get(policy, [5, 5, 0, 0, 0, 0]) for policy in POLICIES])
    arrays["pictures"] = np.zeros((30, 5, 6, 4))
    both = whole(arrays, 3)
    # Of the others two seeds at most came to the second generation.
    assert set(both["policy"]) == {"replace", "accumulate"}
    assert both["seed"].tolist() == [0, 1, 2, 3, 5, 1, 2, 3]
    assert both["pictures"].shape == (8, 4, 6, 4)
    assert np.array_equal(both["score"], arrays["score"][[0, 1, 2, 3, 5, 7, 8, 9], :4])
    assert whole(arrays, 3, "replace")["score"].shape == (5, 5)
    assert whole(arrays, 4, "accumulate")["score"].shape == (4, 3)
    assert set(whole(arrays, 2)["policy"]) == {"replace", "accumulate", "accumulate-greedy", "replace-filter"}
    for policy in ("replace-greedy", "accumulate-greedy", "unknown"):
        with pytest.raises(ValueError, match=f"two generations of 3 seeds, got '{policy}'"):
            whole(arrays, 3, "replace", policy)
    assert not len(whole(arrays, 7)["seed"])


def test_stated_signs_are_found_and_nothing_else_is():
    check = sign_check("signs", made, PRINTED, scope="")
    outcome = check.decide(Effort())
    assert outcome.ok
    assert outcome.margin == f"{len(PRINTED)} of {len(PRINTED)} signs"
    assert len(outcome.tables[0].rows) == len(PRINTED)
    controls = list(check.controls(Effort()))
    assert len(controls) == 4
    assert not any(control.decide().ok for control in controls)
    one_wrong = {**PRINTED, Effect("entropy", "replace"): 0}
    rejected = sign_check("signs", made, one_wrong, scope="").decide(Effort())
    assert not rejected.ok
    assert rejected.detail == "unlike stated: entropy, replace, last against first"


def test_a_run_that_was_not_repeated_decides_nothing():
    arrays = made(seeds=1)
    with pytest.raises(ValueError, match="values must be at least 3, got 1"):
        sign_check("one", lambda: arrays, PRINTED, scope="").decide(Effort())
    check = sign_check("one", lambda: arrays, PRINTED, scope="", summary=alone)
    assert check.bears is Bears.SUPPORTS
    assert sign_check("all", made, PRINTED, scope="").bears is Bears.DECIDES
    outcome = check.decide(Effort())
    assert outcome.ok
    assert outcome.detail.endswith("one run, no interval")
    assert {row[4:] for row in outcome.tables[0].rows} == {("none", "none")}
    controls = list(check.controls(Effort()))
    assert len(controls) == 3
    assert not any(control.decide().ok for control in controls)
    assert sign_check("all", made, PRINTED, scope="").decide(Effort()).detail.endswith("6 seeds or more each")
    with pytest.raises(ValueError, match="values must be one, got 2"):
        alone(np.ones(2))


def test_wrong_loops_are_the_kept_ones_backwards_or_mirrored():
    arrays = made()
    wrong = wrong_arrays(arrays)
    assert np.array_equal(wrong["generations backwards"]["entropy"], np.fliplr(arrays["entropy"]))
    kept, mirrored = (each["entropy"] for each in (arrays, wrong["every other seed mirrored"]))
    odd = arrays["seed"] % 2 == 1
    assert mirrored[~odd] == pytest.approx(kept[~odd])
    assert mirrored[odd] + kept[odd] == pytest.approx(np.full(kept[odd].shape, 2 * kept.mean()))


def test_shrinking_is_told_from_copying_and_from_standing_still():
    def ok(arrays):
        return shrinking_check("s", lambda: arrays, scope="").decide(Effort()).ok

    shrunk = {**made(), "copies": np.zeros((30, 5))}
    assert ok(shrunk)
    assert not ok({**made(stray=-0.1), "copies": shrunk["copies"]})
    assert not ok({**made(stray=0.1), "copies": shrunk["copies"]})
    assert not ok({**made(fall=-0.05), "copies": shrunk["copies"]})
    late = shrunk["copies"].copy()
    late[:6, 3] = 0.02
    assert not ok({**shrunk, "copies": late})
    assert not ok(memorising_loop())
    controls = list(shrinking_check("s", lambda: shrunk, scope="").controls(Effort()))
    assert len(controls) == 4
    assert not any(control.decide().ok for control in controls)


def test_a_memorising_loop_is_seen_as_one():
    arrays = memorising_loop()
    # Later the second nearest is a copy of the same image too.
    assert (arrays["copies"][:, 0] > 0.99).all()
    assert (arrays["copies_of_real"] > 0.99).all()
    assert (arrays["novelty"] < 0.1).all()


def test_what_counts_by_ratios_is_a_logarithm():
    arrays = made()
    for name in ("entropy", *RATIOS):
        rows = arrays["policy"] == "replace-filter"
        expected = np.log(arrays[name][rows]) if name in RATIOS else arrays[name][rows]
        assert np.array_equal(curve(arrays, "replace-filter", name), expected)


@pytest.mark.parametrize(("setting", "where"), SETTINGS.items())
def test_settings_lead_to_kept_loops(setting, where):
    arrays = loops(setting)
    assert np.isfinite(arrays["score"]).all()
    for policy in set(arrays["policy"]):
        seeds = arrays["seed"][arrays["policy"] == policy]
        assert len(set(seeds)) == len(seeds) >= where.seeds
    assert arrays["pictures"].shape[1] == arrays["score"].shape[1]
    assert where.side**2 <= arrays["pictures"].shape[3]
    assert {"replace", "accumulate"} <= set(arrays["policy"])


@pytest.mark.parametrize("setting", ["70 faces", "512 digits"])
def test_loops_begin_where_they_are_said_to(setting):
    check = beginning_check("begin", setting)
    for seed in range(2):
        assert check.decide(Effort(seed=seed)).ok
        assert not any(control.decide().ok for control in check.controls(Effort(seed=seed)))
