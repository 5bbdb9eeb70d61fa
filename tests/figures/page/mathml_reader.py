"""Reads presentation MathML as a person does, by what is seen, and says what number it stands for.

Rows are not seen, so they group nothing here: only brackets, bars, fractions, roots and raised signs do. A name is
known by its markup. The number is found in many digits, so that what cancels leaves no rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree import ElementTree

import mpmath

Element = ElementTree.Element
FUNCTIONS: dict[str, Callable[..., mpmath.mpf]] = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "erf": mpmath.erf,
    "Φ": mpmath.ncdf,
    "φ": mpmath.npdf,
    "Γ": mpmath.gamma,
    "max": max,
    "ψ": lambda x: mpmath.psi(0, x),
}
CLOSING = {"(": ")", "|": "|", "⌊": "⌋"}
END = Element("end")
DIGITS = 80


def value(markup: str, names: Mapping[str, float | mpmath.mpf]) -> float:
    """The number that `markup` stands for, given the numbers of the names by their markup."""
    with mpmath.workdps(DIGITS):
        numbers = {name: mpmath.mpf(number) for name, number in names.items()}
        return float(_Reader(ElementTree.fromstring(f"<root>{markup}</root>"), numbers).value())


class _Reader:
    def __init__(self, group: Element, names: Mapping[str, mpmath.mpf]) -> None:
        self.names = names
        self.tokens = [*_seen(group), END]
        self.place = 0

    def value(self) -> mpmath.mpf:
        found = self.sum()
        assert self.tokens[self.place] is END, _markup(self.tokens[self.place])
        return found

    def inside(self, element: Element) -> mpmath.mpf:
        return _Reader(element, self.names).value()

    def sign(self) -> str:
        token = self.tokens[self.place]
        return (token.text or "") if token.tag == "mo" else ""

    def take(self) -> Element:
        self.place += 1
        return self.tokens[self.place - 1]

    def sum(self) -> mpmath.mpf:
        total = mpmath.mpf(0)
        sign = self.sign()
        if sign in ("+", "−"):
            self.take()
        while True:
            total += -self.product() if sign == "−" else self.product()
            sign = self.sign()
            if sign not in ("+", "−"):
                return total
            self.take()

    def product(self) -> mpmath.mpf:
        found = self.factor()
        while True:
            if self.sign() in ("\u2062", "·"):
                self.take()
            elif self.sign() not in CLOSING or self.sign() == "|" or self.tokens[self.place] is END:
                return found
            found *= self.factor()

    def factor(self) -> mpmath.mpf:
        found = self.atom()
        while self.sign() == "!":
            self.take()
            found = mpmath.gamma(found + 1)
        return found

    def atom(self) -> mpmath.mpf:
        token = self.take()
        if token.tag == "munderover":
            return self.large(token)
        if self.sign() == "\u2061":
            self.take()
            return FUNCTIONS[token.text or ""](*self.arguments())
        if token.tag == "mo":
            return self.enclosed(token.text or "")
        return self.single(token)

    def enclosed(self, opening: str) -> mpmath.mpf:
        found = self.sum()
        closing = self.take()
        assert closing.text == CLOSING[opening]
        return {"(": lambda x: x, "|": abs, "⌊": mpmath.floor}[opening](found)

    def arguments(self) -> list[mpmath.mpf]:
        assert self.take().text == "("
        found = [self.sum()]
        while self.sign() == ",":
            self.take()
            found.append(self.sum())
        assert self.take().text == ")"
        return found

    def large(self, token: Element) -> mpmath.mpf:
        """Σ of all factors that follow."""
        sign, below, above = token
        assert sign.text == "∑"
        variable, equals, *start = _seen(below)
        assert equals.text == "="
        first, last = (self.inside(_group(part)) for part in (start, [above]))
        begin, total = self.place, mpmath.mpf(0)
        for number in range(int(first), int(last) + 1):
            self.place = begin
            outer, self.names = self.names, {**self.names, _markup(variable): number}
            total += self.product()
            self.names = outer
        return total

    def single(self, token: Element) -> mpmath.mpf:
        markup = _markup(token)
        if markup in self.names:
            return self.names[markup]
        if token.tag == "mn":
            return mpmath.mpf(token.text or "")
        if token.tag == "mfrac":
            above, below = token
            return self.inside(_group([above])) / self.inside(_group([below]))
        if token.tag == "msqrt":
            return mpmath.sqrt(self.inside(token))
        if token.tag == "mroot":
            base, degree = token
            return self.inside(_group([base])) ** (1 / self.inside(_group([degree])))
        if token.tag == "msup":
            base, exponent = token
            # A sign or a factor in front would not be raised with the rest.
            raised = _seen(_group([base]))
            assert len(raised) == 1 or raised[0].text in CLOSING or raised[1].text == "\u2061", markup
            return self.inside(_group([base])) ** self.inside(_group([exponent]))
        raise AssertionError(f"cannot read {markup}")


def _seen(group: Element) -> list[Element]:
    """The children, those of rows and of whole formulas in their place."""
    children = []
    for child in group:
        children += _seen(child) if child.tag in ("mrow", "math") else [child]
    return children


def _group(elements: list[Element]) -> Element:
    group = Element("group")
    group.extend(elements)
    return group


def _markup(element: Element) -> str:
    return ElementTree.tostring(element, encoding="unicode", short_empty_elements=False)
