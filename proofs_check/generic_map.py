"""The kept maps of generic data: constants of the boundary fitted to one, and the check that they hold on the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from scipy.optimize import least_squares

from numerics.boundary_points import LEVEL, Column, columns
from numerics.sweep import evidence, read_sweep
from numerics.sweeps.generic_boundary import SWEEP
from theory.generic_boundary import Constants, boundary_ratio

from .check import Bears, Check, Control, Effort, Outcome, Table
from .verdict import Method

FITTED, FRESH = "generic-boundary", "generic-boundary-fresh"
# Root mean square of ln(n*/law) over the fresh columns, and the share of fresh runs on the side the law says.
TYPICAL, RIGHT_SIDE = 0.25, 0.9

# n* of a column, by its d, p, σ and tying.
Law = Callable[[int, int, float, bool], float]
# A family of laws: n*/d by p/d, σ, d and constants, and where a fit of the constants starts.
Family = tuple[Callable[..., float], Sequence[float]]


@cache
def kept(name: str) -> tuple[Column, ...]:
    """Columns of the evidence of this name. Raises `ValueError` if its checksum does not match."""
    return tuple(columns(read_sweep(evidence(name))[0]))


def stated(untied: Constants, tied: Constants) -> Law:
    """The law with these constants."""
    return lambda d, width, sigma, is_tied: d * boundary_ratio(width / d, sigma, tied if is_tied else untied)


def fit(family: Family, tied: bool) -> list[float]:
    """Constants ≥ 0 with the least mean square of ln(n*/law) over the columns of the fitted map that cross."""
    ratio, start = family
    found = [(c, c.crossing) for c in kept(FITTED) if c.tied == tied]
    chosen = [(c.width / c.d, c.sigma, c.d, n / c.d) for c, n in found if 0 < n < math.inf]

    def away(constants: np.ndarray) -> list[float]:
        return [math.log(ratio(pi, sigma, d, *constants) / measured) for pi, sigma, d, measured in chosen]

    return [float(value) for value in least_squares(away, list(start), bounds=(0, np.inf)).x]


def fitted(family: Family) -> Law:
    """A family with the constants that fit the map best, tied and untied each."""
    constants = {tied: fit(family, tied) for tied in (False, True)}
    return lambda d, width, sigma, tied: d * family[0](width / d, sigma, d, *constants[tied])


OURS: Family = (
    lambda pi, sigma, d, *constants: boundary_ratio(pi, sigma, Constants(*constants)),
    (2.0, 1.3, 5.0, 1.0, 1.0),
)

RIVALS: dict[str, Family] = {
    "as many samples as units": (lambda pi, sigma, d, c: c * pi, (4.0,)),
    "as many samples as dimensions": (lambda pi, sigma, d, c: c, (6.0,)),
    "a power of p/d without a jump": (lambda pi, sigma, d, c, a: c * pi**a, (6.0, 0.5)),
    "linear in p/d throughout": (lambda pi, sigma, d, c, a, k: (c + a * pi) * (1 + sigma**2) ** -k, (4.0, 1.0, 1.0)),
    "whatever the dimension": (lambda pi, sigma, d, *c: OURS[0](pi, sigma, d, *c) / d, (10.0, 1.3, 25.0, 5.0, 1.0)),
    "with the square of the dimension": (
        lambda pi, sigma, d, *c: OURS[0](pi, sigma, d, *c) * d,
        (0.4, 1.3, 1.0, 0.2, 1.0),
    ),
}


def law_check(name: str, untied: Constants, tied: Constants, *, scope: str) -> Check:
    """A check that the law meets the fresh map; rival laws with the best constants on the fitted map must not."""

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        laws = {label: fitted(family) for label, family in RIVALS.items()}
        laws["tied as untied, untied as tied"] = stated(tied, untied)
        for label, law in laws.items():
            yield Control(f"{name}: {label}", lambda law=law: held_out(law))

    return Check(name, Method.DESCENT, lambda effort: held_out(stated(untied, tied), shown=True), controls, scope=scope)


def held_out(law: Law, *, shown: bool = False) -> Outcome:
    """Whether a law meets the fresh map: n* of its columns, and the side of each run."""
    away, right, runs, rows = [], 0, 0, []
    for column in kept(FRESH):
        predicted = law(column.d, column.width, column.sigma, column.tied)
        if 0 < column.crossing < math.inf:
            away.append(math.log(column.crossing / predicted))
        right += int(((column.log_ratio > LEVEL) == (column.samples < predicted)).sum())
        runs += len(column.samples)
        rows.append(_row(column, predicted))
    typical = float(np.sqrt(np.mean(np.square(away))))
    worst = max(away, key=abs)
    detail = (
        f"{len(away)} of {len(rows)} fresh columns cross, n* within a factor {math.exp(abs(worst)):.2f}, mean of the "
        f"logarithm {np.mean(away):+.3f}; {right} of {runs} fresh runs on the right side"
    )
    ok = typical <= TYPICAL and right >= RIGHT_SIDE * runs
    header = ("d", "p", "σ", "", "n*", "law")
    tables = (Table("Boundary of fresh columns", header, tuple(rows)),) if shown else ()
    return Outcome(ok, f"rms of the logarithm {typical:.3f}, bound {TYPICAL}", detail, tables)


def fit_check(name: str, untied: Constants, tied: Constants, *, scope: str) -> Check:
    """A check that stated constants are those that fit the fitted map best, to the digits given."""

    def decide_about(stated_constants: dict[bool, Constants]) -> Outcome:
        farthest = 0.0
        for is_tied, constants in stated_constants.items():
            found = np.array(fit(OURS, is_tied))
            farthest = max(farthest, float(np.abs(found - constants).max()))
        counted = sum(len(column.samples) for column in kept(FITTED))
        return Outcome(farthest <= 0.0051, f"within {farthest:.4f}", f"{counted} runs")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for field in Constants._fields:
            other = untied._replace(**{field: getattr(untied, field) + 0.02})
            yield Control(f"{name}: {field} 0.02 larger", lambda other=other: decide_about({False: other, True: tied}))

    return Check(name, Method.DESCENT, lambda effort: decide_about({False: untied, True: tied}), controls, scope=scope)


def _row(column: Column, predicted: float) -> tuple[str, ...]:
    crossing = f"{column.crossing:.1f}" if math.isfinite(column.crossing) else f"> {column.samples.max()}"
    kind = "tied" if column.tied else "untied"
    return (str(column.d), str(column.width), f"{column.sigma:g}", kind, crossing, f"{predicted:.1f}")


def recomputed(name: str, *, scope: str) -> Check:
    """A supporting check that descents made anew end where the kept ones did: a chunk of the map, drawn by seed.

    At least four of its six runs agree in both losses within a percent: another machine may round a run into another
    minimum.
    """

    def decide(effort: Effort) -> Outcome:
        rows = _cheap_chunk(effort)
        found = SWEEP.measure([SWEEP.cells(True)[row] for row in rows], "cpu")
        return _agree(found, rows)

    def controls(effort: Effort) -> Iterable[Control]:
        rows, other = _cheap_chunk(effort), _cheap_chunk(replace(effort, seed=effort.seed + 1))
        arrays = read_sweep(evidence(FITTED))[0]
        elsewhere = {key: arrays[key][other] for key in ("train_loss", "test_loss")}
        swapped = {"train_loss": arrays["test_loss"][rows], "test_loss": arrays["train_loss"][rows]}
        yield Control(f"{name}: the cells of another chunk", lambda: _agree(elsewhere, rows))
        yield Control(f"{name}: train and test loss swapped", lambda: _agree(swapped, rows))

    return Check(name, Method.DESCENT, decide, controls, Bears.SUPPORTS, scope=scope)


def _cheap_chunk(effort: Effort) -> list[int]:
    """A chunk of d = 4, p ≤ 4, n ≤ 12: of tied layers, which take a second, and in a full run of any."""
    cells = SWEEP.cells(True)
    cheap = [
        rows
        for rows in SWEEP.chunks(True)
        if cells[rows[0]]["d"] == 4
        and cells[rows[0]]["width_ratio"] <= 1
        and cells[rows[0]]["sample_ratio"] <= 3
        and (cells[rows[0]]["tied"] or effort.full)
    ]
    return cheap[effort.seed % len(cheap)]


def _agree(found: Mapping[str, np.ndarray], rows: list[int]) -> Outcome:
    arrays = read_sweep(evidence(FITTED))[0]
    away = np.max([np.abs(found[key] / arrays[key][rows] - 1) for key in ("train_loss", "test_loss")], axis=0)
    agreeing = int((away <= 0.01).sum())
    cell = ", ".join(f"{key} {arrays[key][rows[0]]:g}" for key in ("d", "width_ratio", "sample_ratio"))
    return Outcome(3 * agreeing >= 2 * len(rows), f"{agreeing} of {len(rows)} within 1 %", cell)
