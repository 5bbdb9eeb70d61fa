"""The kept losses of partial memorisers against the constant of EM Theorem 3.2, by d, kept samples and ψ."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from numerics.sweep import evidence, read_sweep
from numerics.sweeps.partial_memorizer import K
from theory.partial_memorizer import partial_memorizer_constant

from .check import Bears, Check, Control, Effort, Outcome, Table
from .sampling import Estimate, estimate
from .verdict import Method

# Standard errors of twelve data sets beside the 1/d that the expansion leaves out.
SIGMAS = 4.0
# ψd from which one sample's noise no longer mixes it with others in the memoriser of all.
RANGE = 64.0
COVERED = 100

Law = Callable[[int, int, float], float]


class Group(NamedTuple):
    """Data sets of one setting: d, M, ψ, and the measured constants."""

    d: int
    kept: int
    snr: float
    excess: Estimate
    left_out: Estimate


@cache
def groups() -> tuple[Group, ...]:
    """Every measured setting. Raises `ValueError` if the evidence does not match its checksum."""
    arrays = read_sweep(evidence("partial-memorizer"))[0]
    keys = sorted(set(zip(*(arrays[key].tolist() for key in ("kept", "snr", "d")), strict=True)))
    found = []
    for kept, snr, d in keys:
        at = (arrays["d"] == d) & (arrays["kept"] == kept) & (arrays["snr"] == snr)
        found.append(Group(int(d), int(kept), snr, estimate(arrays["excess"][at]), estimate(arrays["left_out"][at])))
    return tuple(found)


@cache
def predicted(d: int, kept: int, snr: float) -> float:
    """C at σ⋆ = 1."""
    return partial_memorizer_constant(d, kept, K, snr, 1.0)


def constant_check(name: str, wrong: Iterable[tuple[str, Law]], *, about: str, scope: str) -> Check:
    """A check that C is as predicted wherever clusters are covered and ψd ≥ 64; each other law must fail."""

    def decide_about(law: Law, shown: bool = False) -> Outcome:
        worst, rows = 0.0, []
        for group in groups():
            if group.kept < COVERED or group.snr * group.d < RANGE:
                continue
            found, expected = group.excess, law(group.d, group.kept, group.snr)
            away = abs(found.mean - expected) / (SIGMAS * found.standard_error + 1 / group.d)
            if not away <= 1:
                detail = f"d = {group.d}, M = {group.kept}, ψ = {group.snr:g}: {found.mean:.3f} against {expected:.3f}"
                return Outcome(False, f"{away:.2f} of what is allowed", detail)
            worst = max(worst, away)
            measured = f"{found.mean:.3f} ± {found.standard_error:.3f}"
            rows.append((str(group.d), str(group.kept), f"{group.snr:g}", measured, f"{expected:.3f}"))
        table = Table(
            "C measured (standard error) and predicted", ("d", "M", "ψ", "measured", "predicted"), tuple(rows)
        )
        allowed = f"{worst:.2f} of 4 standard errors + 1/d"
        return Outcome(bool(rows), allowed, f"{len(rows)} settings of 12 data sets", (table,) if shown else ())

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, law in wrong:
            yield Control(f"{name}: {label}", lambda law=law: decide_about(law))

    def decide(effort: Effort) -> Outcome:
        del effort
        return decide_about(predicted, shown=True)

    return Check(name, Method.STATISTICAL, decide, controls, Bears.DECIDES, about, scope)


def beyond_two_check(name: str, kept: int, wrong: Iterable[int], *, about: str, scope: str) -> Check:
    """A check that with `kept` samples C is more than 2, by four standard errors, from d = 512 and ψ = 1 on."""

    def decide_about(count: int) -> Outcome:
        found = [g.excess for g in groups() if g.kept == count and g.d >= 512 and g.snr >= 1]
        least = min(each.mean - SIGMAS * each.standard_error for each in found)
        return Outcome(least > 2, f"{least:.2f} > 2", f"{len(found)} settings of 12 data sets")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for count in wrong:
            yield Control(f"{name}: M = {count}", lambda count=count: decide_about(count))

    def decide(effort: Effort) -> Outcome:
        del effort
        return decide_about(kept)

    return Check(name, Method.STATISTICAL, decide, controls, Bears.SUPPORTS, about, scope)
