"""`memorem sweep`: what it prints, where it writes, what it refuses, and how it exits."""

import re

import pytest
from typer.testing import CliRunner

import memorem
from numerics.folder_lock import alone_in
from numerics.sweep import read_sweep
from tests.numerics import example_sweeps as example
from tests.numerics.sweep_results import CELLS, CHUNKS, differences, expected

PLAIN = f"{example.HERE}:PLAIN"


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(memorem.app, ["sweep", *map(str, arguments)])


def closing(done, found, failed, folder, cells=CELLS, chunks=CHUNKS):
    counts = f"{done} done, {found} found finished, {failed} failed"
    return rf"^{cells} cells in {chunks} chunks: {counts}; \d+\.\d s; in {re.escape(str(folder))}/example\.npz\n$"


def test_a_sweep_is_measured_and_a_second_run_finds_it_finished(run, tmp_path):
    first = run(PLAIN, "--out", tmp_path / "new")
    assert first.exit_code == 0
    assert re.match(closing(CHUNKS, 0, 0, tmp_path / "new"), first.stdout)
    assert first.stderr.splitlines() == [f"{number}/{CHUNKS} chunks" for number in range(1, CHUNKS + 1)]
    assert differences(tmp_path / "new" / "example", expected()) == []
    second = run(PLAIN, "--out", tmp_path / "new")
    assert second.exit_code == 0
    assert re.match(closing(0, CHUNKS, 0, tmp_path / "new"), second.stdout)


def test_the_quick_grid_is_smaller_and_does_not_mix_with_the_whole(run, tmp_path):
    result = run(PLAIN, "--out", tmp_path, "--quick")
    assert re.match(closing(2, 0, 0, tmp_path, cells=2, chunks=2), result.stdout)
    assert read_sweep(tmp_path / "example")[1]["quick"] is True
    refused = run(PLAIN, "--out", tmp_path)
    assert refused.exit_code == 2
    assert "folder must hold results of this declaration only" in refused.stderr


def test_failed_and_damaged_chunks_are_listed(run, tmp_path):
    failed = run(f"{example.HERE}:POISONED", "--out", tmp_path)
    assert failed.exit_code == 1
    lines = failed.stdout.splitlines(keepends=True)
    assert lines[:2] == ["chunk 6: failed: Local: here\n", "chunk 7: failed: Local: here\n"]
    assert re.match(closing(CHUNKS - 2, 0, 2, tmp_path), lines[2])
    (tmp_path / "example.chunks" / "00003.npz").write_bytes(b"")
    mended = run(PLAIN, "--out", tmp_path)
    assert mended.exit_code == 0
    first, last = mended.stdout.splitlines(keepends=True)
    assert first.startswith("chunk 3: damaged: path must lead to arrays with the checksum in their description")
    assert re.match(closing(3, CHUNKS - 3, 0, tmp_path), last)


def test_options_reach_the_run(run, tmp_path, monkeypatch):
    def run_sweep(name, folder, **options):
        options.pop("progress")
        seen.append((name, folder, options))
        raise OSError(28, "full")

    seen = []
    monkeypatch.setattr(memorem.sweeps, "run_sweep", run_sweep)
    for options in (["--workers", 2, "--device", "cuda", "--quick"], ["--scheduler", "tcp://a:1"]):
        result = run(PLAIN, "--out", tmp_path, *options)
        assert result.exit_code == 1
        assert result.stderr == "Error: [Errno 28] full\n"
    assert seen == [
        (PLAIN, tmp_path, {"quick": True, "device": "cuda", "workers": 2, "scheduler": None}),
        (PLAIN, tmp_path, {"quick": False, "device": "cpu", "workers": 1, "scheduler": "tcp://a:1"}),
    ]


def test_without_a_name_the_sweeps_are_listed(run, monkeypatch):
    monkeypatch.setattr(memorem.sweeps, "discover", lambda: {"example": example.PLAIN})
    result = run()
    assert result.exit_code == 0
    assert result.stdout == "example: Which singular values?\n"


def test_a_folder_in_use_is_refused(run, tmp_path):
    with alone_in(tmp_path):
        result = run(PLAIN, "--out", tmp_path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.match(r"^Error: folder must not be in use, got .*, held by process \d+ on .* since .*\n$", result.stderr)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing", "--out", "x"], "sweep must be one of"),
        ([PLAIN], "a folder for the result must be named"),
        ([PLAIN, "--out", __file__], "must be a folder"),
        ([PLAIN, "--out", "x", "--device", "gpu"], "device must be 'cpu', 'cuda'"),
        ([PLAIN, "--out", "x", "--workers", "0"], "should be greater than or equal to 1"),
        ([PLAIN, "--out", "x", "--workers", "2", "--scheduler", "tcp://a:1"], "workers must be 1 with a scheduler"),
        (["tests.numerics.example_sweeps:NONE", "--out", "x"], "sweep must lead to a sweep"),
    ],
)
def test_bad_usage_names_what_is_valid(run, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not list(tmp_path.iterdir())


def test_an_unknown_name_lists_the_valid_ones(run, monkeypatch):
    monkeypatch.setattr("numerics.sweep_declaration.discover", lambda: {"example": example.PLAIN, "more": example.SLOW})
    result = run("nothing", "--out", "x")
    assert result.exit_code == 2
    assert "sweep must be one of example, more, got 'nothing'" in result.stderr
