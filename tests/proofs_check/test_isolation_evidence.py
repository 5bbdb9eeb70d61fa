"""Decisions about kept gates and networks that a changed column must upset."""

import numpy as np
import pytest

from proofs_check import isolation_evidence as evidence
from proofs_check.check import Effort
from proofs_check.sampling import Estimate


@pytest.fixture
def changed(monkeypatch):
    """Put changed arrays in place of the kept ones of a sweep."""

    def change(name, **columns):
        arrays = {key: value.copy() for key, value in evidence.kept(name).items()} | columns
        monkeypatch.setattr(evidence, "kept", lambda asked: arrays)
        return arrays

    return change


def test_sizes_are_all_rows_each_once_but_for_those_not_converged(changed):
    arrays = evidence.kept("isolation")
    rows = np.concatenate([at for _, _, at in evidence.sizes(arrays)])
    assert sorted(rows.tolist()) == list(range(len(arrays["n"])))
    for n, d, at in evidence.sizes(arrays):
        assert set(arrays["n"][at].tolist()) == {n}
        assert set(arrays["d"][at].tolist()) == {d}
    networks = changed("one-hot-storage", converged=np.arange(len(evidence.kept("one-hot-storage")["n"])) % 2)
    rows = np.concatenate([at for _, _, at in evidence.sizes(networks)])
    assert sorted(rows.tolist()) == list(range(1, len(networks["n"]), 2))


def test_standard_errors_of_what_cannot_vary():
    assert evidence.standard_errors(Estimate(1.0, 0.0, 5), 1.0) == 0
    assert evidence.standard_errors(Estimate(1.0, 0.0, 5), 0.9) > 1e100
    assert evidence.standard_errors(Estimate(0.5, 0.1, 5), 0.8) == pytest.approx(3)


@pytest.mark.parametrize("column", ["alone", "undecided"])
def test_gates_that_fire_more_often_are_too_many(column, changed):
    check = evidence.wendel_check("gates", scope="")
    assert check.decide(Effort()).ok
    arrays = evidence.kept("isolation")
    n, _, at = next(size for size in evidence.sizes(arrays) if size[0] == 2 * size[1])
    more = arrays[column].copy()
    more[at] += n // 4
    changed("isolation", **{column: more})
    assert not check.decide(Effort()).ok


def test_a_network_beyond_the_bound_is_noticed(changed):
    check = evidence.network_check("networks", scope="")
    assert check.decide(Effort()).ok
    arrays = evidence.kept("one-hot-storage")
    changed("one-hot-storage", beyond=np.ones_like(arrays["beyond"]))
    assert not check.decide(Effort()).ok
    changed("one-hot-storage", beyond=np.zeros_like(arrays["beyond"]), one_hot=arrays["isolable"])
    assert not check.decide(Effort()).ok
