"""The README says what the ledger says: its verdict table and its two commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from proofs_check.ledger import discover

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def rows_of(text: str) -> dict[str, tuple[str, str]]:
    """Claim → (printed, corrected) of the verdict table."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return {row[0]: (row[2], row[3]) for row in cells if len(row) == 4 and re.match(r"(BR|EM|MC|own)-", row[0])}


def test_the_verdict_table_is_the_ledger():
    expected = {
        name: (claim.printed.expected.value, claim.corrected.expected.value if claim.corrected else "–")
        for name, claim in discover().items()
    }
    assert rows_of(README) == expected


def test_a_wrong_verdict_in_the_table_would_be_seen():
    assert rows_of(README.replace("PROVED", "TESTED")) != rows_of(README)


def test_the_two_commands_come_first():
    blocks = re.findall(r"```\n(.*?)\n```", README, flags=re.DOTALL)
    assert blocks[:2] == ['pip install -c constraints.txt -e ".[test]" && memorem verify', "pytest"]


def test_the_continuous_check_runs_the_same_commands():
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert 'pip install -qq -c constraints.txt -e ".[test]"' in script
    assert [line for line in script if line][-2:] == ["memorem verify", "pytest"]


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)\n```", README, flags=re.DOTALL))
def test_the_python_example_runs(code):
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, capture_output=True)
