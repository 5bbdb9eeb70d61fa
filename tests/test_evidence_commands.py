"""`memorem certify`, `recheck` and `figures`: what they write, skip, reject, and how they exit."""

import matplotlib.figure
import numpy as np
import pytest
from typer.testing import CliRunner

import memorem
from figures.figure import Drawing, Figure, discover
from proofs_check import certificate_runs
from proofs_check.certificate import certificate_paths, read_certificate, write_certificate
from proofs_check.certificate_runs import Problem

PAIR = np.array([[1.0, 0.0], [-0.6, 0.8]])


def problem(name, share=0.1):
    return Problem(name, PAIR, np.arange(2), (1, 1), 4.0, share, 128)


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(certificate_runs, "SETS", {"small": lambda: iter([problem("a"), problem("b", share=0.0)])})
    return lambda *arguments: CliRunner().invoke(memorem.app, [str(argument) for argument in arguments])


def test_certify_writes_each_minimiser_and_says_what_failed(run, tmp_path):
    result = run("certify", "small", "--out", tmp_path / "new")
    assert result.exit_code == 0
    first, second, last = result.stdout.splitlines()
    assert first.startswith("a: n = 2, d = 2, p = 2, σ = 0.15: radius 1e-09, least eigenvalue > ")
    assert second.startswith("b: n = 2, d = 2, p = 2, σ = 0.15: not certified: at λ = 0")
    assert last == f"2 problems, 1 certified, in {tmp_path / 'new'}"
    assert [path.name for path in certificate_paths(tmp_path / "new")] == ["a", "b"]


def test_certify_does_not_seek_again_what_is_there(run, tmp_path):
    run("certify", "small", "--out", tmp_path)
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert run("certify", "small", "--out", tmp_path).stdout.endswith(f"2 problems, 1 certified, in {tmp_path}\n")
    assert times == {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


def test_recheck_holds_and_lists_what_is_not_certified(run, tmp_path):
    run("certify", "small", "--out", tmp_path)
    result = run("recheck", tmp_path)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "a: holds"
    assert "not certified" in lines[1]
    assert lines[2] == "2 certificates, 1 hold, 0 rejected, 1 not certified"


def test_recheck_rejects_a_forgery_and_what_cannot_be_read(run, tmp_path):
    run("certify", "small", "--out", tmp_path)
    good = read_certificate(tmp_path / "a")
    write_certificate(good.with_changes(name="c", sigma=1.01 * good.sigma), tmp_path)
    write_certificate(good.with_changes(name="d"), tmp_path)
    (tmp_path / "d.npz").write_bytes((tmp_path / "d.npz").read_bytes() + b"x")
    result = run("recheck", tmp_path)
    assert result.exit_code == 1
    assert "c: REJECTED: the gradient norm" in result.stdout
    assert "d: NOT READABLE: path must lead to arrays with the checksum" in result.stdout
    assert result.stdout.endswith("4 certificates, 1 hold, 2 rejected, 1 not certified\n")


def test_recheck_of_nothing_is_no_success(run, tmp_path):
    result = run("recheck", tmp_path)
    assert result.exit_code == 1
    assert result.stdout == "0 certificates, 0 hold, 0 rejected, 0 not certified\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["certify", "none", "--out", "x"], "'none' is no set; the sets are small"),
        (["certify", "small"], "Missing option '--out'"),
        (["figures", "none"], "'none' is no figure; the figures are " + ", ".join(discover())),
    ],
)
def test_bad_usage_names_what_is_valid(run, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_file_is_no_folder_for_certificates(run, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("certify", "small", "--out", tmp_path / "file")
    assert result.exit_code == 2
    assert "must be a folder" in result.stderr


def test_figures_draws_those_chosen(run, tmp_path, monkeypatch):
    drawn = []

    def draw(name):
        return lambda quick: drawn.append((name, quick)) or Drawing(matplotlib.figure.Figure((1, 1)), ("x",), [(1.0,)])

    known = {name: Figure(name, "One.", draw(name)) for name in ("one", "two")}
    monkeypatch.setattr("figures.figure.discover", lambda: known)
    result = run("figures", "two", "--quick", "--out", tmp_path)
    assert result.exit_code == 0
    assert result.stdout.split() == [str(tmp_path / "two.png"), str(tmp_path / "two.csv")]
    assert run("figures", "--out", tmp_path).exit_code == 0
    assert drawn == [("two", True), ("one", False), ("two", False)]
