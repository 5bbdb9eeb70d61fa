"""Arguments of the commands that evaluate a folder of image models."""

from pathlib import Path

import pytest

from numerics.evaluation_arguments import evaluation_arguments


def test_what_is_not_said_has_its_default():
    found = evaluation_arguments("x", ["--models", "a", "--out", "b"])
    assert (found.models, found.out, found.digits) == (Path("a"), Path("b"), None)
    assert (found.device, found.seconds, found.quick) == ("cpu", float("inf"), False)


def test_what_is_said_is_read():
    found = evaluation_arguments(
        "x", ["--models", "a", "--out", "b", "--digits", "c", "--device", "cuda", "--seconds", "2.5", "--quick"]
    )
    assert (found.digits, found.device, found.seconds, found.quick) == (Path("c"), "cuda", 2.5, True)


@pytest.mark.parametrize("given", [[], ["--models", "a"], ["--models", "a", "--out", "b", "--seconds", "long"]])
def test_what_is_missing_or_no_number_is_refused(given, capsys):
    with pytest.raises(SystemExit, match="2"):
        evaluation_arguments("x", given)
    assert capsys.readouterr().err.startswith("usage: x ")
