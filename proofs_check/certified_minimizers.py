"""A check that kept certificates hold: each verified anew from its numbers, and its forgeries rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import numpy as np

from .certificate import Certificate, certificate_paths, read_certificate
from .check import Bears, Check, Control, Effort, Outcome, Table
from .recheck import recheck
from .verdict import Method

FORGED_COUNT = 2
# More weights than this make a recheck long; a full run takes those too.
QUICK_WEIGHTS = 60


def certified_check(
    name: str,
    folder: Path,
    *,
    kind: Callable[[Certificate], bool] = lambda certificate: True,
    quick: int,
    about: str,
    scope: str,
) -> Check:
    """A deciding check on the certificates of `folder` that are of one `kind`; the table lists all of them.

    An ordinary run verifies `quick` of them anew, drawn by its seed, a full run all.

    Controls forge some of those verified: a weight moved by ten radii, σ off by 1 %, an eigenvalue bound off by 5 %.
    """

    def decide(effort: Effort) -> Outcome:
        known = [found for found in _read(folder) if kind(found)]
        chosen = _chosen(known, quick, effort)
        for certificate in chosen:
            finding = recheck(certificate)
            if not finding.holds:
                return Outcome(False, "rejected", f"{certificate.name}: {finding.reason}")
        radius = max(certificate.radius for certificate in chosen)
        least = min(certificate.smallest_eigenvalue for certificate in chosen)
        count = sum(found.certified for found in known)
        detail = f"{len(chosen)} of {count} certificates verified anew"
        return Outcome(True, f"radius ≤ {radius:.0e}, curvature > {least:.1e}", detail, (_table(name, known),))

    def controls(effort: Effort) -> Iterable[Control]:
        for certificate in _chosen([found for found in _read(folder) if kind(found)], quick, effort)[:FORGED_COUNT]:
            for label, forged in forgeries(certificate, effort.seed):
                yield Control(f"{certificate.name}: {label}", lambda forged=forged: _decision(forged))

    return Check(name, Method.BALLS, decide, controls, Bears.DECIDES, about, scope)


def forgeries(certificate: Certificate, seed: int) -> list[tuple[str, Certificate]]:
    """Certificates that state something else about nearly the same point, none of which is proved."""
    rng = np.random.default_rng(seed)
    step = np.zeros((1, *certificate.parts.shape[1:]))
    step[tuple(rng.integers(size) for size in step.shape)] = 10 * certificate.radius * rng.choice([-1, 1])
    return [
        ("a weight moved by ten radii", certificate.with_changes(parts=np.concatenate([certificate.parts, step]))),
        ("σ 1 % larger", certificate.with_changes(sigma=1.01 * certificate.sigma)),
        (
            "eigenvalue bound 5 % larger",
            certificate.with_changes(smallest_eigenvalue=1.05 * certificate.smallest_eigenvalue),
        ),
    ]


def _decision(certificate: Certificate) -> Outcome:
    finding = recheck(certificate)
    return Outcome(finding.holds, margin="control", detail=finding.reason)


@cache
def _read(folder: Path) -> tuple[Certificate, ...]:
    return tuple(read_certificate(path) for path in certificate_paths(folder))


def _chosen(known: list[Certificate], quick: int, effort: Effort) -> list[Certificate]:
    """Those that are stated to be certified: all in a full run, otherwise some of the shorter ones, drawn by seed."""
    certified = [found for found in known if found.certified]
    if not certified:
        raise ValueError("known must hold a certified minimiser, got none")
    if effort.full:
        return certified
    short = [found for found in certified if found.parts[0].size <= QUICK_WEIGHTS] or certified
    order = np.random.default_rng([effort.seed, len(certified)]).permutation(len(short))
    return [short[i] for i in order[:quick]]


def _table(name: str, known: list[Certificate]) -> Table:
    columns = ("problem", "n", "d", "p", "σ", "radius", "least eigenvalue >", "distance to the formula", "")
    rows = []
    for found in known:
        (n, d), p = found.X.shape, found.parts.shape[-1]
        head = (found.name, str(n), str(d), str(p), f"{found.sigma:.4f}")
        if found.certified:
            rows.append(
                (*head, f"{found.radius:.0e}", f"{found.smallest_eigenvalue:.2e}", _interval(found), "certified")
            )
        else:
            rows.append((*head, "–", "–", "–", found.reason))
    return Table(f"{name}: certificates", columns, tuple(rows))


def _interval(certificate: Certificate) -> str:
    low, high = certificate.distance
    return f"{high:.6g}" if low > 0 else f"≤ {high:.1e}"
