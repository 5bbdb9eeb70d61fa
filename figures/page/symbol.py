"""The elements of MathML, and names as SymPy holds them in the papers' symbols: sigma_k as σ with index k."""

from __future__ import annotations

import re

from markupsafe import Markup, escape
from sympy.printing.conventions import split_super_sub
from sympy.printing.pretty.pretty_symbology import greek_unicode

GREEK = {**greek_unicode, "eps": "ε", "varepsilon": "ε"}
MARKS = {"*": "*", "'": "′"}
ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}
OPENING, CLOSING = (Markup(f'<mo symmetric="false">{sign}</mo>') for sign in "()")
SIGNS = {"+": "+", "-": "−", "plus": "+", "minus": "−"}
# What SymPy's rule for indices applies to; a name with other signs is written as it is.
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*([_^][A-Za-z0-9+-]+)*")
# s2 and sigma2 stand for squares, W1 and x_2 for things that are numbered.
SQUARE = re.compile(rf"([a-z]|{'|'.join(name for name in GREEK if name.islower())})2")


def element(tag: str, *content: Markup) -> Markup:
    """The element `tag` around `content`, which is MathML already."""
    return Markup(f"<{tag}>{''.join(content)}</{tag}>")


def words(text: str, tag: str = "mtext") -> Markup:
    """Text, escaped, in an element of its own."""
    return Markup(f"<{tag}>{escape(text)}</{tag}>")


def mo(sign: str) -> Markup:
    """An operator or a bracket."""
    return words(sign, "mo")


def operator(sign: str) -> Markup:
    """An operator between two sides where only the right one is beside it."""
    return Markup('<mo form="infix">{}</mo>').format(sign)


def upright(letter: str) -> Markup:
    """A letter with a fixed meaning, such as the d of a derivative."""
    return Markup('<mi mathvariant="normal">{}</mi>').format(letter)


def mn(number: object) -> Markup:
    """A number without a sign."""
    return words(str(number), "mn")


def row(*content: Markup) -> Markup:
    """Several elements as one; a single one stays as it is."""
    return content[0] if len(content) == 1 else element("mrow", *content)


def bracketed(content: Markup) -> Markup:
    """In round brackets, as high and as low as what is in them."""
    return element("mrow", OPENING, content, CLOSING)


def apply(function: Markup, *arguments: Markup) -> Markup:
    """A function of its arguments."""
    listed = [part for argument in arguments for part in (mo(","), argument)][1:]
    return element("mrow", function, mo("\u2061"), bracketed(row(*listed)))


def name(text: str) -> Markup:
    """A name with its indices, accents, stars and primes, Greek letters as such."""
    for mark, sign in MARKS.items():
        stem = text.removesuffix(mark)
        if stem != text and PLAIN.fullmatch(stem):
            return element("msup", name(stem), mo(sign))
    if SQUARE.fullmatch(text):
        return element("msup", _letter(text[:-1]), mn(2))
    if not PLAIN.fullmatch(text):
        inside = words(text)
        # Only brackets show where a name with spaces begins and ends.
        return bracketed(inside) if " " in text else inside
    stem, above, below = split_super_sub(text)
    indices = (row(*_separated(part)) for part in (below, above) if part)
    tag = {(True, True): "msubsup", (True, False): "msub", (False, True): "msup"}.get((bool(below), bool(above)))
    return element(tag, _letter(stem), *indices) if tag else _letter(stem)


def _separated(parts: list[str]) -> list[Markup]:
    return [piece for part in parts for piece in (mo(","), _index(part))][1:]


def _index(part: str) -> Markup:
    if part.isdigit():
        return mn(part)
    return mo(SIGNS[part]) if part in SIGNS else _letter(part)


def _letter(text: str) -> Markup:
    for accent, sign in ACCENTS.items():
        stem = text.removesuffix(accent)
        if stem and stem != text:
            return element("mover", _letter(stem), mo(sign))
    return words(GREEK.get(text, text), "mi")
