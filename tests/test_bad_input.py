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


@pytest.fixture(scope="session")
def report():
    command = [sys.executable, "-W", "error", "-m", "tests.bad_input_report"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_by_name_value_and_rule(report, case):
    function, argument, bad = CASES[case]
    kind, message = report["bad"][case]
    assert kind == "ValueError", message
    named = table.NAMED_INSTEAD.get((function, argument, bad.label), argument)
    assert message.startswith((f"{named} must", f"{named}[")) or ("broadcast" in message and named in message)
    for word in bad.words:
        assert word in message
    # The value is shown as a number, not as the type that holds it.
    assert "np.float64" not in message
    assert "tensor(" not in message


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
