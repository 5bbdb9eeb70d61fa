"""`memorem report`: it decides or reads what was decided, draws, writes one file, and exits like `memorem verify`."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

import memorem
from tests.figures.page.example_page import CLAIMS, FAILING, FIGURES, without_the_house


@pytest.fixture
def run(monkeypatch):
    def run(claims, *arguments):
        monkeypatch.setattr(memorem, "discover", lambda: {each.identifier: each for each in claims})
        return CliRunner().invoke(memorem.app, [str(argument) for argument in arguments])

    monkeypatch.setattr(memorem.gallery, "discover", lambda: {figure.identifier: figure for figure in FIGURES[:1]})
    with without_the_house():
        yield run


@pytest.mark.parametrize(("more", "code"), [((), 0), ((FAILING,), 1)])
def test_it_decides_draws_and_writes(run, tmp_path, more, code):
    result = run((*CLAIMS, *more), "report", "--quick", "--out", tmp_path / "page.html")
    assert result.exit_code == code
    told = rf"{tmp_path}/page\.html: \d\.\d MB, 1 figures, {3 + len(more)} claims"
    assert re.match(told, result.stdout)
    text = (tmp_path / "page.html").read_text("utf-8")
    assert 'id="figure-line"' in text
    assert "memorem figures line --quick" in text


@pytest.mark.parametrize(("more", "code"), [((), 0), ((FAILING,), 1)])
def test_verdicts_of_a_file_are_not_decided_again(run, monkeypatch, tmp_path, more, code):
    claims = (*CLAIMS, *more)
    assert run(claims, "verify", "--seed", "3", "--json", tmp_path / "v.json").exit_code == code
    monkeypatch.setattr(memorem, "_run", lambda *_: pytest.fail("claims were decided again"))
    result = run(claims, "report", "--verdicts", tmp_path / "v.json", "--out", tmp_path / "page.html")
    assert result.exit_code == code
    assert "seed 3" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--out", "/nowhere/page.html"], ["--out", "/nowhere/page.html"]),
        (["--out", "/"], ["--out"]),
        (["--verdicts", "/nowhere/v.json"], ["--verdicts", "/nowhere/v.json"]),
        (["--verdicts", "pyproject.toml"], ["--verdicts", "memorem verify --json"]),
    ],
)
def test_bad_usage_exits_2_before_any_work(run, monkeypatch, tmp_path, arguments, named):
    monkeypatch.setattr(memorem, "run_claims", lambda *_: pytest.fail("work was started"))
    given = arguments if "--out" in arguments else [*arguments, "--out", tmp_path / "page.html"]
    result = run(CLAIMS, "report", *given)
    assert result.exit_code == 2
    assert all(name in result.stderr for name in named)
    assert list(tmp_path.iterdir()) == []
