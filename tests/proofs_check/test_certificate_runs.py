"""Runs of certificates: every problem as declared, each result kept at once, nothing done twice."""

import numpy as np
import pytest

from proofs_check.certificate import certificate_paths, read_certificate
from proofs_check.certificate_runs import SETS, Problem, random_problems, run
from proofs_check.residual_ladder import EVIDENCE

OBTUSE = np.array([[1.0, 0.25], [-0.5, 0.75], [-0.25, -1.0]])


def problem(name, ratio):
    return Problem(name, OBTUSE, np.arange(3), (1, 1, 1), ratio, 0.1, 128)


class Interrupted(Exception):
    """Stands for a kill between two certificates."""


def test_a_run_that_stops_keeps_what_it_found_and_goes_on_from_there(tmp_path):
    def interrupted():
        yield problem("a", 3.0)
        yield problem("b", 4.0)
        raise Interrupted

    seen = []
    with pytest.raises(Interrupted):
        run(interrupted(), tmp_path, seen.append)
    assert [found.name for found in seen] == ["a", "b"]
    written = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = []
    run(iter([problem("a", 3.0), problem("b", 4.0), problem("c", 5.0)]), tmp_path, again.append)
    assert [(found.name, found.certified) for found in again] == [("a", True), ("b", True), ("c", True)]
    assert all((tmp_path / name).stat().st_mtime_ns == time for name, time in written.items())
    assert [path.name for path in certificate_paths(tmp_path)] == ["a", "b", "c"]


def test_killed_while_one_is_in_progress_nothing_half_written_remains(tmp_path, monkeypatch):
    def killed(file):
        if next(synced):
            raise Interrupted

    synced = iter([False, True])
    run(iter([problem("a", 3.0)]), tmp_path, lambda found: None)
    monkeypatch.setattr("numerics.store.os.fsync", killed)
    with pytest.raises(Interrupted):
        run(iter([problem("b", 3.0)]), tmp_path, lambda found: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.npz"]


def test_what_cannot_be_certified_is_kept_with_its_reason(tmp_path):
    flat = Problem("flat", OBTUSE, np.arange(3), (1, 1, 1), 3.0, 0.0, 128)
    seen = []
    run(iter([flat]), tmp_path, seen.append)
    assert not seen[0].certified
    assert "no minimiser is isolated" in seen[0].reason
    assert [path.name for path in certificate_paths(tmp_path)] == ["flat"]


def test_noise_level_and_decay_are_the_stated_shares():
    found = problem("a", 4.0)
    assert found.weight_decay == pytest.approx(0.1 * 0.8125 / 3)
    # Least distance of a sample from another's gate: |x_1·x_2|/‖x_2‖ and the like, by hand.
    assert found.margin == pytest.approx(
        min(0.3125 / np.hypot(1, 0.25), 0.5 / np.hypot(1, 0.25), 0.625 / np.hypot(0.25, 1))
    )


@pytest.fixture(scope="module")
def declared():
    return {name: list(problems()) for name, problems in SETS.items()}


@pytest.mark.parametrize("name", SETS)
def test_every_problem_of_a_set_has_a_name_of_its_own_and_a_positive_margin(declared, name):
    problems = declared[name]
    assert len({found.name for found in problems}) == len(problems) >= 30
    for found in problems:
        assert len(found.X) == len(found.labels)
        assert len(found.widths) == found.labels.max() + 1
        assert found.margin > 0
        assert 0 < found.decay_share < 1


@pytest.mark.parametrize("name", ["real", "ladder"])
def test_the_kept_certificates_are_of_the_declared_problems(declared, name):
    problems = {found.name: found for found in declared[name]}
    kept = [read_certificate(path) for path in certificate_paths(EVIDENCE / name)]
    assert {found.name for found in kept} == set(problems)
    for found in kept:
        problem = problems[found.name]
        assert np.allclose(found.X, problem.X, rtol=1e-12, atol=1e-14)
        assert np.array_equal(found.labels, problem.labels)
        assert tuple(found.widths) == problem.widths
        assert found.weight_decay == pytest.approx(problem.weight_decay, rel=1e-11)
        assert found.sigma == pytest.approx(problem.margin / problem.margin_over_sigma, rel=1e-11)
        assert found.bits == problem.bits
        if found.certified:
            assert 0 < found.radius <= 1e-8


def test_what_is_kept_of_real_images_is_enough_and_varied():
    """At least 30 certified minimisers, among them hybrid ones and blocks of two units, of faces and of digits."""
    kept = [read_certificate(path) for path in certificate_paths(EVIDENCE / "real")]
    names = [found.name for found in kept if found.certified]
    assert len(names) >= 30
    for kind in (
        "faces-memorising",
        "digits-memorising",
        "faces-hybrid",
        "digits-hybrid",
        "faces-blocks",
        "digits-blocks",
    ):
        assert any(name.startswith(kind) for name in names)
    assert all(found.reason for found in kept if not found.certified)


def test_random_problems_cover_the_dimensions_and_are_the_same_each_time():
    problems = list(random_problems())
    assert len(problems) == 100
    assert {len(found.widths) for found in problems} == set(range(2, 9))
    assert {found.X.shape[1] for found in problems} >= {1, 2, 30, 100, 1000}
    for found in problems:
        different = np.unique(found.X, axis=0)
        products = different @ different.T
        assert products[~np.eye(len(products), dtype=bool)].max() < 0
    again = next(random_problems())
    assert np.array_equal(again.X, problems[0].X)
    assert not np.array_equal(next(random_problems(seed=1)).X.sum(), problems[0].X.sum())
