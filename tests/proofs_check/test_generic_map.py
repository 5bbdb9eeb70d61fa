"""The law of the boundary on maps made up from it: constants come back, and what is off is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.boundary_points import LEVEL, Column
from proofs_check import generic_map
from proofs_check.check import Effort
from proofs_check.generic_map import FITTED, FRESH, OURS, RIVALS, fit, held_out, law_check, stated
from proofs_check.ledger import run_check
from theory.generic_boundary import TIED, UNTIED, Constants


def column(law, d, width, sigma, tied, counts=(0.3, 0.8, 1.3, 3.0)):
    """Runs around the law's n* whose logarithm of the ratio falls like ln n, exactly through it."""
    n = law(d, width, sigma, tied)
    samples = np.unique(np.round(np.array(counts) * n).astype(np.int64))
    return Column(d, width, sigma, tied, samples, LEVEL - np.log(samples / n))


def made_up(law, dimensions, sigmas, **how):
    shares = (0.5, 1.0, 1.5, 2.0, 3.0)
    return tuple(
        column(law, d, round(share * d), sigma, tied, **how)
        for d in dimensions
        for share in shares
        for sigma in sigmas
        for tied in (False, True)
    )


@pytest.fixture
def maps(monkeypatch):
    """Both maps made up from a law; change the entries to change what the checks see."""
    law = stated(UNTIED, TIED)
    found = {FITTED: made_up(law, (4, 6), (0.1, 0.2, 0.4)), FRESH: made_up(law, (8, 14), (0.15, 0.3))}
    monkeypatch.setattr(generic_map, "kept", found.__getitem__)
    return found


@settings(max_examples=3)
@given(st.tuples(st.floats(1, 4), st.floats(0.8, 1.6), st.floats(1, 6), st.floats(0.3, 3), st.floats(0.2, 2.5)))
def test_constants_are_found_again(values):
    constants = Constants(*values)
    with pytest.MonkeyPatch.context() as patch:
        found = made_up(stated(constants, TIED), (4, 6), (0.1, 0.2, 0.4))
        patch.setattr(generic_map, "kept", lambda name: found)
        assert fit(OURS, False) == pytest.approx(constants, abs=1e-4)
        assert fit(OURS, True) == pytest.approx(TIED, abs=1e-4)


def test_columns_that_do_not_cross_are_not_fitted(maps):
    odd = column(stated(UNTIED, TIED), 4, 4, 0.1, False)
    never = odd._replace(log_ratio=odd.log_ratio + 50)
    maps[FITTED] += (never, never._replace(log_ratio=odd.log_ratio - 50))
    assert fit(OURS, False) == pytest.approx(UNTIED, abs=1e-4)


def test_the_law_holds_on_its_own_map_and_its_rivals_do_not(maps):
    report = run_check(law_check("law", UNTIED, TIED, scope="made up"), Effort())
    assert report.ok, (report.outcome, report.survivors)
    assert report.tried == len(RIVALS) + 1
    assert "40 of 40 fresh columns cross" in report.outcome.detail
    assert len(report.outcome.tables[0].rows) == 40


@pytest.mark.parametrize(("factor", "ok"), [(1.0, True), (1.2, True), (1.4, False), (0.7, False)])
def test_a_boundary_off_by_more_than_a_quarter_is_refused(maps, factor, ok):
    law = stated(UNTIED, TIED)
    outcome = held_out(lambda *column: factor * law(*column))
    assert outcome.ok is ok
    assert f"rms of the logarithm {abs(math.log(factor)):.3f}" in outcome.margin


def test_runs_on_the_wrong_side_are_refused_even_where_the_boundary_is_right(maps):
    """Beyond the crossing nine more runs a column, all of them memorising again in a tenth of the columns' seeds."""
    fresh = []
    for column in maps[FRESH]:
        samples = np.concatenate([column.samples, np.repeat(column.samples[-1], 3)])
        logs = np.concatenate([column.log_ratio, [LEVEL + 0.1, LEVEL + 0.1, -9.0]])
        fresh.append(column._replace(samples=samples, log_ratio=logs))
    maps[FRESH] = tuple(fresh)
    outcome = held_out(stated(UNTIED, TIED))
    assert not outcome.ok
    assert "200 of 280 fresh runs on the right side" in outcome.detail


def test_the_kept_maps_are_large_and_disjoint_in_dimension():
    fitted, fresh = generic_map.kept(FITTED), generic_map.kept(FRESH)
    assert sum(len(column.samples) for column in fitted) >= 500
    assert not {column.d for column in fitted} & {column.d for column in fresh}
    assert max(column.d for column in fresh) > 2 * max(column.d for column in fitted)
