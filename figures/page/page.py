"""The page of results, put together: one HTML file with its style, script, pictures and numbers inside."""

from __future__ import annotations

import base64
import hashlib
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from numerics.store import replace_file
from proofs_check.claim import PAPERS
from proofs_check.contents import CONTENTS
from proofs_check.ledger import ClaimReport
from proofs_check.verdict import SHOWS, Verdict

from .card import by_paper, cards
from .kept import kept_certificates, kept_sweeps
from .models import model_cards
from .picture import Picture

LIBRARIES = ("sympy", "python-flint", "numpy", "scipy", "torch", "scikit-learn", "scikit-image", "matplotlib", "jinja2")
MEANING = {
    Verdict.PROVED: "a derivation in general parameters, each step reduced to zero, or to a visible sign, exactly",
    Verdict.CERTIFIED: "exact rationals or ball arithmetic, for the stated data or box",
    Verdict.TESTED: "random problems or samples, with their number, tolerance and false-alarm rate",
    Verdict.OBSERVED: "seen in descent or simulation, in the stated settings",
    Verdict.OPEN: "nothing decides it, or a check failed",
    Verdict.REFUTED: "a proof or a certified example against it",
}


def write_page(
    path: Path, reports: Sequence[ClaimReport], drawn: Sequence[Picture], made: Mapping[str, str], quick: bool = False
) -> int:
    """Write the page to `path` in one step, the rest as of `page`; how many bytes it has.

    Raises `OSError` if that fails; the old file stays then.
    """
    content = page(reports, drawn, made, quick).encode()
    replace_file(path, lambda stream: stream.write(content))
    return len(content)


def page(reports: Sequence[ClaimReport], drawn: Sequence[Picture], made: Mapping[str, str], quick: bool = False) -> str:
    """The page as text: whatever claims and figures bring is escaped.

    `made` says what the claims were decided with, `quick` whether the figures were drawn quickly.
    """
    environment = Environment(
        loader=PackageLoader("figures.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html").render(_content(reports, drawn, made, quick))


def _content(
    reports: Sequence[ClaimReport], drawn: Sequence[Picture], made: Mapping[str, str], quick: bool
) -> dict[str, Any]:
    """What the template shows, by name."""
    shown = cards(reports, drawn)
    style, script = (files("figures.page").joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    return {
        "style": Markup(style),
        "script": Markup(script),
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "cards": shown,
        "papers": by_paper(shown),
        "paper_names": {paper.value: name for paper, name in PAPERS.items()},
        "counts": {
            verdict.value: [sum(card.verdicts[k : k + 1] == (verdict.value,) for card in shown) for k in (0, 1)]
            for verdict in Verdict
        },
        "corrected": sum(len(card.statements) == 2 for card in shown),
        "checks": sum(len(card.checks) for card in shown),
        "tried": sum(report.tried for report in reports),
        "rejected": sum(report.rejected for report in reports),
        "troubles": [line for card in shown for line in card.troubles],
        "seconds": sum(report.seconds for report in reports),
        "meaning": {verdict.value: words for verdict, words in MEANING.items()},
        "methods": {
            verdict.value: [method.value for method, shows in SHOWS.items() if shows is verdict] for verdict in Verdict
        },
        "contents": [entry for entry in CONTENTS if not entry.out_of_scope],
        "left_out": [entry for entry in CONTENTS if entry.out_of_scope],
        "known": {card.claim.identifier for card in shown},
        "figures": drawn,
        "quick": quick,
        "sweeps": kept_sweeps(),
        "certificates": kept_certificates(),
        "models": model_cards(),
        "made": made,
        "here": _here(),
        "now": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _here() -> dict[str, str]:
    """Versions of what decided and drew, where the page is made."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
        "system": f"{platform.system()} {platform.machine()}",
    }


def _hash(text: str) -> str:
    """What a browser compares an inline style or script with before it lets it act."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
