"""Docstrings become paragraphs, items and formulas."""

import pytest

from figures.page.prose import blocks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One line.", [("paragraph", "One line.")]),
        ("Broken\nfor a terminal.\n\nAnother.", [("paragraph", "Broken for a terminal."), ("paragraph", "Another.")]),
        (
            "Before:\n    a² ≤ b,   c\n    d\nafter\nit.",
            [("paragraph", "Before:"), ("formula", "a² ≤ b,   c"), ("formula", "d"), ("paragraph", "after it.")],
        ),
        (
            "Two:\n- first\n  goes on\n- second\n10. third",
            [("paragraph", "Two:"), ("item", "- first goes on"), ("item", "- second"), ("item", "10. third")],
        ),
        ("- a\n\nNot an item.", [("item", "- a"), ("paragraph", "Not an item.")]),
        ("-1 is no item", [("paragraph", "-1 is no item")]),
        (
            "See `theory.lineage` and `a<b`.",
            [("paragraph", "See <code>theory.lineage</code> and <code>a&lt;b</code>.")],
        ),
        ("Odd ` <i>", [("paragraph", "Odd ` &lt;i&gt;")]),
    ],
)
def test_blocks(text, expected):
    assert blocks(text) == expected
