"""`memorem predict`: what it prints and writes, its exit codes, and what it refuses before any work."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import memorem
from theory.prediction import predict
from theory.separability import regular_simplex

OPTIONS = ["--sigma", "0.1", "--weight-decay", "0.3", "--width", "4"]
# The last sample is too short for this decay, the first occurs twice.
X = (2 * regular_simplex(3, 6) * np.array([[1.0], [1.0], [0.4]]))[[0, 0, 1, 2]].reshape(4, 2, 3)


@pytest.fixture
def data(tmp_path):
    np.save(tmp_path / "x.npy", X)
    return tmp_path / "x.npy"


def run(*arguments):
    return CliRunner().invoke(memorem.app, ["predict", *(str(argument) for argument in arguments)])


def rows(stdout: str, heading: str) -> list[list[str]]:
    lines = stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(heading))
    return [line.split() for line in lines[at + 1 : lines.index("", at)]]


def test_a_prediction_is_printed_whole(data):
    result = run(data, *OPTIONS)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "4 samples (3 distinct) in 6 dimensions, rank 2, mean norm 1.7; σ = 0.1, λ = 0.3 (nλ = 1.2), p = 4"
    )
    assert lines[1] == "predicted: memorise"
    assert lines[2] == "  2 of 3 distinct samples have a unit of their own, 0 share units, 1 are left out"
    samples = rows(result.stdout, "sample ")
    assert [row[:4] for row in samples] == [
        ["0", "2", "0.3", "yes"],
        ["1", "2", "0.3", "yes"],
        ["2", "1", "0.3", "yes"],
        ["3", "1", "1.87", "yes"],
    ]
    assert [row[6] for row in samples] == ["yes", "yes", "yes", "no"]
    assert samples[3][7:] == ["decay", "leaves", "it", "out:", "m", "<=", "m*"]
    assert [row[-1] for row in rows(result.stdout, "units ")] == ["-", "-"]
    assert sorted(row[0] for row in rows(result.stdout, "clusters tried")) == ["1", "2", "3"]
    conditions = result.stdout[result.stdout.index("hypothesis") :].splitlines()
    assert len(conditions) == 10
    assert conditions[3].split()[-1] == "no"
    assert "outcome" not in result.stdout


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """What a checked prediction of the data prints and writes."""
    folder = tmp_path_factory.mktemp("checked")
    np.save(folder / "x.npy", X)
    result = run(folder / "x.npy", *OPTIONS, "--check", "--starts", "2", "--seed", "3", "--json", folder / "p.json")
    return result, json.loads((folder / "p.json").read_text(encoding="utf-8"))


def test_the_check_stands_beside_the_prediction_and_decides_the_exit_code(checked, data, monkeypatch):
    right = checked[0]
    assert right.exit_code == 0, right.output
    assert [row[7] for row in rows(right.stdout, "sample ")] == ["yes", "yes", "yes", "no"]
    assert right.stdout.splitlines()[-1] == "  predicted list right for 4 of 4 samples"
    foretell = memorem.foretell

    def other(*arguments):
        return foretell(arguments[0], arguments[1], 5.0, *arguments[3:])

    monkeypatch.setattr(memorem, "foretell", other)
    wrong = run(data, *OPTIONS, "--check", "--starts", "1", "--seed", "3")
    assert wrong.exit_code == 1
    assert wrong.stdout.splitlines()[-1] == "  predicted list right for 1 of 4 samples"


def test_the_json_holds_everything(checked):
    written = checked[1]
    assert written["data"] == {
        "samples": 4,
        "dimension": 6,
        "distinct": 3,
        "rank": 2,
        "sigma": 0.1,
        "weight_decay": 0.3,
        "width": 4,
    }
    found, expected = written["prediction"], predict(X.reshape(4, 6), 0.1, 0.3, 4)
    assert set(found) == {
        *("regime", "reasons", "loss", "train_error", "test_error", "critical_weight_decay"),
        *("samples", "groups", "trials", "hypotheses", "weights"),
    }
    assert found["regime"] == expected.regime
    assert found["loss"] == expected.loss
    assert [each["stored"] for each in found["samples"]] == expected.stored.tolist()
    assert np.array_equal(found["weights"]["W1"], expected.W1)
    assert np.array_equal(found["weights"]["W2"], expected.W2)
    assert set(found["samples"][0]) == {
        *("stored", "uncertain", "gain", "own_share", "copies", "threshold", "isolable", "why")
    }
    assert set(found["groups"][0]) == {"members", "units", "train_error", "test_error"}
    assert set(found["trials"][0]) == {"clusters", "units", "frozen_loss", "loss"}
    assert set(found["hypotheses"][0]) == {"name", "needed_by", "value", "rule", "met"}
    outcome = written["outcome"]
    assert (outcome["right"], outcome["ok"], outcome["converged"]) == (4, True, True)
    assert outcome["stored"] == [True, True, True, False]
    assert len(outcome["losses_from_random_starts"]) == 2
    assert set(outcome) == {
        *("stored", "gain", "own_share", "loss", "gradient_norm", "converged", "losses_from_random_starts"),
        *("loss_from_prediction", "only_from_prediction", "agreement_of_random_starts", "right", "ok"),
    }


def test_without_a_check_the_json_has_no_outcome_and_a_sample_at_the_origin_no_threshold(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[1.0, 0.0], [0.0, 0.0]]))
    assert run(tmp_path / "x.npy", *OPTIONS, "--json", tmp_path / "p.json").exit_code == 0
    written = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert written["outcome"] is None
    assert [each["threshold"] for each in written["prediction"]["samples"]] == [0.6, None]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--sigma", "0", *OPTIONS[2:]], ["--sigma", "must be > 0"]),
        (["--sigma", "nan", *OPTIONS[2:]], ["--sigma", "must be finite"]),
        ([*OPTIONS[:2], "--weight-decay", "-1", *OPTIONS[4:]], ["--weight-decay", "must be >= 0"]),
        ([*OPTIONS[:4], "--width", "0"], ["--width"]),
        ([*OPTIONS, "--starts", "0"], ["--starts"]),
        ([*OPTIONS, "--seed", "-1"], ["--seed"]),
        ([*OPTIONS, "--json", "/nowhere/at/all.json"], ["--json"]),
        (OPTIONS[:4], ["--width"]),
    ],
)
def test_bad_options_exit_2_before_any_work(data, monkeypatch, options, named):
    monkeypatch.setattr(memorem, "foretell", lambda *_: pytest.fail("work was started"))
    result = run(data, *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    for name in named:
        assert name in result.stderr


@pytest.mark.parametrize(
    ("array", "named"),
    [
        (np.ones(3), "shape"),
        (np.array([[1.0, np.nan]]), "must be finite"),
        (np.zeros((2, 2)), "must hold a sample that is not zero"),
        (np.zeros((0, 2)), "at least one sample"),
        (np.array([["a"]]), "must hold real numbers"),
    ],
)
def test_bad_files_exit_2_before_any_work(tmp_path, monkeypatch, array, named):
    monkeypatch.setattr(memorem, "foretell", lambda *_: pytest.fail("work was started"))
    np.save(tmp_path / "x.npy", array)
    result = run(tmp_path / "x.npy", *OPTIONS)
    assert result.exit_code == 2
    assert "DATA.npy" in result.stderr
    assert named in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize("name", ["none.npy", "."])
def test_no_file_exits_2(tmp_path, name):
    assert run(tmp_path / name, *OPTIONS).exit_code == 2


def test_a_write_that_fails_still_prints_and_exits_1(data, monkeypatch, tmp_path):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(memorem, "write_json", full)
    result = run(data, *OPTIONS, "--json", tmp_path / "p.json")
    assert result.exit_code == 1
    assert "no space left" in result.stderr
    assert "predicted: memorise" in result.stdout
