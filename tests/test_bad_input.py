"""Bad input is a `ValueError` naming argument, value and rule, for every public function; good input in any form works.

The import hook of the other tests would raise its own error first, so one process without it tries everything.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import bad_input_table as table
from tests.bad_input_report import public_functions

ROOT = Path(__file__).parents[1]
CASES = {table.identifier(*case): case for case in table.cases()}
CASES_OF = {
    function: {name: case for name, case in CASES.items() if case[0] == function} for function in table.FUNCTIONS
}


@pytest.fixture(scope="session")
def report():
    command = [sys.executable, "-W", "error", "-m", "tests.bad_input_report"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def refused(kind: str, message: str, named: str, words: tuple[str, ...]) -> bool:
    """Whether this is a `ValueError` that names the argument and holds the words, the value shown as a number and not
    as the type that holds it.
    """
    return (
        kind == "ValueError"
        and (message.startswith((f"{named} must", f"{named}[")) or ("broadcast" in message and named in message))
        and all(word in message for word in words)
        and not any(holder in message for holder in ("np.float64", "tensor("))
    )


@pytest.mark.parametrize("function", table.FUNCTIONS)
def test_bad_input_is_refused_by_name_value_and_rule(report, function):
    accepted = {}
    for case, (_, argument, bad) in CASES_OF[function].items():
        kind, message = report["bad"][case]
        named = table.NAMED_INSTEAD.get((function, argument, bad.label), argument)
        if not refused(kind, message, named, bad.words):
            accepted[case] = (kind, message, bad.words)
    assert accepted == {}


@pytest.mark.parametrize(
    ("kind", "message", "words"),
    [
        ("returned", "sigma must be >= 0, got -1.0", ("-1.0",)),
        ("TypeError", "sigma must be >= 0, got -1.0", ("-1.0",)),
        ("ValueError", "width must be >= 0, got -1.0", ("-1.0",)),
        ("ValueError", "the noise is wrong: -1.0", ("-1.0",)),
        ("ValueError", "sigma must be >= 0", ("-1.0",)),
        ("ValueError", "sigma must be >= 0, got -1.0", ("> 0", "-1.0")),
        ("ValueError", "sigma must be >= 0, got np.float64(-1.0)", ("-1.0",)),
        ("ValueError", "sigma must be >= 0, got tensor(-1.0)", ("-1.0",)),
    ],
)
def test_what_is_no_clear_refusal_does_not_count_as_one(kind, message, words):
    assert not refused(kind, message, "sigma", words)
    assert refused("ValueError", "sigma must be >= 0, got -1.0", "sigma", ("-1.0",))


def test_no_two_cases_share_a_name():
    assert len(CASES) == sum(1 for _ in table.cases())


def test_every_public_function_is_in_the_table():
    listed = set(table.FUNCTIONS) | table.TAKES_NO_DATA | table.TAKES_CHECKED_ARRAYS
    assert set(public_functions()) == listed
    assert len(table.FUNCTIONS) + len(table.TAKES_NO_DATA) + len(table.TAKES_CHECKED_ARRAYS) == len(listed)


@pytest.mark.parametrize("function", table.FUNCTIONS)
def test_every_argument_of_a_listed_function_has_its_bad_values(function):
    signature = inspect.signature(public_functions()[function])
    assert set(table.FUNCTIONS[function].bad) == set(signature.parameters)
    assert any(table.FUNCTIONS[function].bad.values())


@pytest.mark.parametrize("function", sorted(table.TAKES_NO_DATA))
def test_a_function_said_to_take_no_data_takes_none(function):
    assert not inspect.signature(public_functions()[function]).parameters


@pytest.mark.parametrize("function", table.FUNCTIONS)
def test_the_good_arguments_are_good(report, function):
    kind, message = report["good"][function]
    assert kind == "returned", message


@pytest.mark.parametrize("kind", ["torch", "lists"])
@pytest.mark.parametrize("function", table.FUNCTIONS)
def test_tensors_and_nested_lists_give_the_same_numbers_as_arrays(report, function, kind):
    assert report["same"][f"{function} of {kind}"] is True
