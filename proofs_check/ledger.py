"""The ledger: finds the claim files, runs every check and every control, and settles the verdicts."""

from __future__ import annotations

import importlib
import pkgutil
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

import proofs_check

from .check import Bears, Check, Control, Effort, Outcome
from .claim import Claim, Paper
from .verdict import SHOWS, Verdict, strongest, weakest

CLAIM_PACKAGES = ("balanced_representation", "edge_of_memorization", "model_collapse", "extensions")


@dataclass(frozen=True)
class CheckReport:
    """A check, what it decided, and how many of its controls it rejected."""

    check: Check
    outcome: Outcome
    tried: int
    survivors: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Passed, with controls, and every one of them rejected: a check never seen to reject anything does not
        count.
        """
        return self.outcome.ok and self.tried > 0 and not self.survivors


@dataclass(frozen=True)
class Decided:
    """What the checks of one claim found, and the seconds they took."""

    reports: tuple[CheckReport, ...]
    seconds: float


@dataclass(frozen=True)
class ClaimReport:
    """A claim with the verdicts that its checks earned."""

    claim: Claim
    checks: tuple[CheckReport, ...]
    printed: Verdict
    corrected: Verdict | None
    weakest_link: str
    seconds: float

    @property
    def tried(self) -> int:
        """Controls tried."""
        return sum(report.tried for report in self.checks)

    @property
    def rejected(self) -> int:
        """Controls rejected."""
        return self.tried - sum(len(report.survivors) for report in self.checks)

    @property
    def ok(self) -> bool:
        """Every check passed, controls exist and were all rejected, the verdicts are the expected ones."""
        corrected = self.claim.corrected
        return (
            all(report.ok for report in self.checks)
            and self.printed is self.claim.printed.expected
            and self.corrected is (corrected.expected if corrected else None)
        )


def claim_modules() -> Iterable[ModuleType]:
    """Import every module of the claim packages, in alphabetical order."""
    present = {module.name for module in pkgutil.iter_modules(proofs_check.__path__) if module.ispkg}
    for package in CLAIM_PACKAGES:
        if package not in present:
            continue
        parent = importlib.import_module(f"proofs_check.{package}")
        for module in sorted(pkgutil.iter_modules(parent.__path__), key=lambda found: found.name):
            yield importlib.import_module(f"{parent.__name__}.{module.name}")


def discover() -> dict[str, Claim]:
    """Every claim of the house by identifier: each module of a claim package that defines `CLAIM`.

    Raises `ValueError` for an identifier used twice, a dependency that is no claim, or a circle of them.
    """
    claims: dict[str, Claim] = {}
    for module in claim_modules():
        claim = getattr(module, "CLAIM", None)
        if claim is None:
            continue
        if claim.identifier in claims:
            raise ValueError(f"identifier must be unique, {claim.identifier!r} is used again in {module.__name__}")
        claims[claim.identifier] = claim
    in_dependency_order(claims, claims)
    return claims


def select(known: Mapping[str, Claim], named: Sequence[str], paper: Paper | None = None) -> list[str]:
    """The `named` claims, all of `paper` if none is named; `ValueError` for one that is not among them, or if no claim
    is of the paper.
    """
    of_paper = [name for name, claim in known.items() if paper in (None, claim.paper)]
    if not of_paper:
        present = ", ".join(sorted({claim.paper.value for claim in known.values()})) or "none"
        raise ValueError(f"no claim is of {paper or 'any paper'}; papers with claims: {present}")
    for name in named:
        if name not in of_paper:
            about = f" of {paper}" if paper else ""
            raise ValueError(f"{name!r} is no claim{about}; the claims{about} are {', '.join(sorted(of_paper))}")
    return list(named) or of_paper


def in_dependency_order(claims: Mapping[str, Claim], chosen: Iterable[str]) -> list[str]:
    """The chosen claims and all that they rest on, each after what it depends on."""
    order: list[str] = []
    open_path: list[str] = []

    def visit(identifier: str) -> None:
        if identifier in order:
            return
        if identifier not in claims:
            raise ValueError(f"claim must be one of {sorted(claims)}, got {identifier!r}")
        if identifier in open_path:
            raise ValueError(f"depends_on must not be circular, got {[*open_path, identifier]}")
        open_path.append(identifier)
        for dependency in claims[identifier].depends_on:
            visit(dependency)
        open_path.pop()
        order.append(identifier)

    for identifier in chosen:
        visit(identifier)
    return order


def run_check(check: Check, effort: Effort) -> CheckReport:
    """Decide a check and then each of its controls. An exception is a failure, never a rejection."""
    outcome = _guarded(lambda: check.decide(effort))
    tried, survivors = 0, []
    try:
        for control in check.controls(effort):
            tried += 1
            if not _rejected(control):
                survivors.append(control.name)
    except Exception:
        tried += 1
        survivors.append("the controls could not be built: " + traceback.format_exc(limit=-2))
    return CheckReport(check, outcome, tried, tuple(survivors))


def _guarded(decide: Callable[[], Outcome]) -> Outcome:
    try:
        return decide()
    except Exception:
        # The traceback is the detail: a crashed check is reported as a failed one and the run goes on.
        return Outcome(False, margin="error", detail=traceback.format_exc(limit=-3))


def _rejected(control: Control) -> bool:
    outcome = _guarded(control.decide)
    return not outcome.ok and outcome.margin != "error"


def settle(claim: Claim, reports: Sequence[CheckReport], above: Mapping[str, ClaimReport], about: str) -> Verdict:
    """The verdict that the checks earn for one statement, no stronger than what the claim depends on.

    One failed check, or one surviving control, of the whole claim leaves both statements OPEN, and so does a
    check without controls.
    """
    if not all(report.ok for report in reports):
        return Verdict.OPEN
    mine = [report.check for report in reports if report.check.about == about]
    if any(check.bears is Bears.REFUTES for check in mine):
        return Verdict.REFUTED
    own = strongest(SHOWS[check.method] for check in mine if check.bears is Bears.DECIDES)
    return weakest([own, *(best_verdict(above[name]) for name in claim.depends_on)])


def best_verdict(report: ClaimReport) -> Verdict:
    """The verdict on the statement that others may use: the corrected one where there is one."""
    return report.printed if report.corrected is None else report.corrected


def _weakest_link(claim: Claim, reports: Sequence[CheckReport], above: Mapping[str, ClaimReport]) -> str:
    failed = [report.check.name for report in reports if not report.ok]
    if failed:
        return "failed: " + ", ".join(failed)
    about = "corrected" if claim.corrected else "printed"
    deciding = [r.check for r in reports if r.check.about == about and r.check.bears is not Bears.SUPPORTS]
    links = {f"nothing decides the {about} statement": Verdict.OPEN}
    if deciding:
        best = min(deciding, key=lambda check: list(Verdict).index(SHOWS[check.method]))
        links = {best.name: SHOWS[best.method]}
    links |= {f"claim {name}": weakest([best_verdict(above[name])]) for name in claim.depends_on}
    return max(links, key=lambda name: list(Verdict).index(links[name]))


def decide(claim: Claim, effort: Effort) -> Decided:
    """Every check of a claim with its controls, whatever the claim rests on."""
    start = time.perf_counter()
    reports = tuple(run_check(check, effort) for check in claim.checks)
    return Decided(reports, time.perf_counter() - start)


def decide_here(claims: Sequence[Claim], effort: Effort) -> Iterator[Decided]:
    """The decisions one after another, in this process."""
    return (decide(claim, effort) for claim in claims)


def verify(
    claims: Mapping[str, Claim],
    chosen: Iterable[str],
    effort: Effort,
    progress: Callable[[Claim], None] = lambda claim: None,
    decisions: Callable[[Sequence[Claim], Effort], Iterable[Decided]] = decide_here,
) -> list[ClaimReport]:
    """Run the chosen claims and, first, the claims they depend on; reports in that order.

    `decisions` decides the checks, claim by claim in the order given. Verdicts are settled here alone.
    """
    done: dict[str, ClaimReport] = {}
    order = [claims[identifier] for identifier in in_dependency_order(claims, chosen)]
    # Announced first: zip takes a claim, then waits for its decision.
    for claim, decided in zip(_announced(order, progress), decisions(order, effort), strict=True):
        done[claim.identifier] = ClaimReport(
            claim=claim,
            checks=decided.reports,
            printed=settle(claim, decided.reports, done, "printed"),
            corrected=settle(claim, decided.reports, done, "corrected") if claim.corrected else None,
            weakest_link=_weakest_link(claim, decided.reports, done),
            seconds=decided.seconds,
        )
    return list(done.values())


def _announced(claims: Iterable[Claim], progress: Callable[[Claim], None]) -> Iterator[Claim]:
    for claim in claims:
        progress(claim)
        yield claim
