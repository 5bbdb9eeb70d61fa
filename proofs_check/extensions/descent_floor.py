"""Our own: where descent ends against the floor of networks without bias, by width, dimension and noise.

One sample x, λ = 0. No network without bias loses less than the floor and what two layers lose beyond it
(own-homogeneity-floor). One unit that looks along x has h = [‖x‖ + σε]_+ and, with the best decoder, loses ‖x‖²(1 −
(E h)²/E h²) in any dimension. From random weights descent ends there for p = 1, unless the unit begins turned away by
so much that no noise opens it; then it ends at ‖x‖². With width the descents come near the floor.
"""

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import sympy as sp

from numerics.sweep import evidence, read_sweep
from numerics.sweeps.loss_floor import SWEEP, measure
from proofs_check.check import Bears, Check, Control, Effort, Outcome, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.verdict import Method, Verdict
from theory.gaussian_relu import mean, second_moment
from theory.homogeneity import loss_floor, two_layer_surcharge

# Over ‖x‖²: the objective's rounding; one unit's loss; at sixteen units by d, over the floor; cells made anew.
ROUNDING, ONE_UNIT, NEAR, AGAIN = 1e-12, 1e-4, {2: 0.01, 4: 0.03, 8: 0.1}, 1e-4
# A loss over ‖x‖² from which on no unit looks at the sample.
TURNED_AWAY = 0.99
WIDEST = 16

# Loss over ‖x‖² by dimension and ‖x‖/σ.
Law = Callable[[int, float], float]


@cache
def least(d: int, length: float) -> float:
    """The infimum of two layers over ‖x‖², ‖x‖ = `length`·σ."""
    return loss_floor(1.0, d, 1 / length) + two_layer_surcharge(1.0, d, 1 / length)


def one_unit(d: int, length: float) -> float:
    """Loss over ‖x‖² of a unit along x with its best decoder."""
    del d
    return 1 - float(mean(length, 1.0)) ** 2 / float(second_moment(length, 1.0))


@cache
def kept() -> dict[str, np.ndarray]:
    """The converged descents. Raises `ValueError` if the checksum of the evidence does not match."""
    arrays, _ = read_sweep(evidence(SWEEP.name))
    return {key: values[arrays["converged"]] for key, values in arrays.items()}


def values_of(law: Law) -> np.ndarray:
    """A law at the cells of the kept descents."""
    return np.array([law(int(d), float(a)) for d, a in zip(kept()["d"], kept()["length"], strict=True)])


def _never_below(law: Law) -> Outcome:
    excess = float((kept()["loss"] - values_of(law)).min())
    return Outcome(excess >= -ROUNDING, f"least excess {excess:.1e} ‖x‖²", f"{len(kept()['loss'])} converged descents")


def _of_one_unit(law: Law) -> Outcome:
    chosen = (kept()["width"] == 1) & (kept()["loss"] < TURNED_AWAY)
    away = float(np.abs(kept()["loss"] - values_of(law))[chosen].max())
    dead = int((kept()["loss"] >= TURNED_AWAY).sum())
    return Outcome(away <= ONE_UNIT, f"within {away:.1e} ‖x‖²", f"{chosen.sum()} descents; {dead} of all turned away")


def _near(width: int, law: Law, tables: tuple[Table, ...] = ()) -> Outcome:
    excess = {d: float((kept()["loss"] / values_of(law) - 1)[(kept()["width"] == width) & (kept()["d"] == d)].max())
              for d in NEAR}  # fmt: skip
    ok = all(abs(excess[d]) <= limit for d, limit in NEAR.items())
    said = ", ".join(f"{value:.2%} at d = {d}" for d, value in excess.items())
    return Outcome(ok, f"at most {said}", f"p = {width}", tables)


def _table() -> tuple[Table, ...]:
    rows = []
    for d in NEAR:
        for length in sorted({*kept()["length"].tolist()}):
            row = [str(d), f"{length:g}", f"{least(d, length):.4f}"]
            for width in sorted({*kept()["width"].tolist()}):
                chosen = (kept()["d"] == d) & (kept()["length"] == length) & (kept()["width"] == width)
                row.append(f"{kept()['loss'][chosen].min():.4f}")
            rows.append(tuple(row))
    header = ("d", "‖x‖/σ", "least", *(f"p = {width:g}" for width in sorted({*kept()["width"].tolist()})))
    return (Table("Loss over ‖x‖², the better of two starts", header, tuple(rows)),)


def _check(name: str, decide: Callable[[], Outcome], wrong: dict[str, Callable[[], Outcome]], scope: str) -> Check:
    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, other in wrong.items():
            yield Control(f"{name}: {label}", other)

    return Check(name, Method.DESCENT, lambda effort: decide(), controls, scope=scope)


def _agree(found: dict[str, np.ndarray], row: int) -> Outcome:
    arrays, _ = read_sweep(evidence(SWEEP.name))
    away = abs(float(found["loss"][0] - arrays["loss"][row]))
    return Outcome(bool(found["converged"].all()) and away <= AGAIN, f"within {away:.1e} ‖x‖²", f"cell {row}")


def _again(effort: Effort) -> Outcome:
    """A cell of one or two units, drawn by seed, descended anew."""
    cells = SWEEP.cells(True)
    cheap = [row for row, cell in enumerate(cells) if cell["width"] <= 2]
    row = cheap[effort.seed % len(cheap)]
    return _agree(measure([cells[row]], "cpu"), row)


def _elsewhere(effort: Effort) -> Iterable[Control]:
    del effort
    arrays, _ = read_sweep(evidence(SWEEP.name))
    other = {key: arrays[key][[-1]] for key in ("loss", "converged")}
    yield Control("a descent made anew: another cell", lambda: _agree(other, 0))
    unfinished = {"loss": arrays["loss"][[0]], "converged": np.array([False])}
    yield Control("a descent made anew: not converged", lambda: _agree(unfinished, 0))


SCOPE = "d = 2, 4, 8, ‖x‖/σ from 1/2 to 4, p = 1 to 16"

CLAIM = Claim(
    identifier="own-descent-floor",
    paper=Paper.OWN,
    source="this project; Corollary 3.2 of arXiv 2512.20963 at any width and noise",
    title="Descent against the floor of networks without bias",
    kind=Kind.LOWER,
    hypotheses=(
        "one sample, λ = 0, random start; Adam on the exact objective until its gradient is below 1e-3 of ‖x‖²; "
        "descents that do not get there are left out",
    ),
    printed=Statement(
        "No converged descent loses less than the floor of two layers without bias. One unit ends at L_1 = "
        "N(1 − M_1²/M_2), N = ‖x‖², M_k = E [‖x‖ + σε]_+^k, or turned away at N. With sixteen units the "
        "loss exceeds the floor by at most 1 % for d = 2, 3 % for d = 4, 10 % for d = 8.",
        Verdict.OBSERVED,
        (sp.Eq(sp.Symbol("L_1"), sp.Symbol("N") * (1 - sp.Symbol("M_1") ** 2 / sp.Symbol("M_2"))),),
    ),
    depends_on=("own-homogeneity-floor", "own-gaussian-relu"),
    checks=(
        _check(
            "no descent below the floor",
            lambda: _never_below(least),
            {
                "floor of one dimension less": lambda: _never_below(lambda d, a: least(d - 1, a)),
                "floor 1 % higher": lambda: _never_below(lambda d, a: 1.01 * least(d, a)),
                "noise twice as large": lambda: _never_below(lambda d, a: least(d, a / 2)),
            },
            SCOPE,
        ),
        _check(
            "one unit",
            lambda: _of_one_unit(one_unit),
            {
                "the linear unit": lambda: _of_one_unit(lambda d, a: 1 / (1 + a**2)),
                "the floor": lambda: _of_one_unit(least),
            },
            SCOPE,
        ),
        _check(
            "near the floor with width",
            lambda: _near(WIDEST, least, _table()),
            {
                "half the units": lambda: _near(WIDEST // 2, least),
                "half the noise": lambda: _near(WIDEST, lambda d, a: least(d, 2 * a)),
            },
            SCOPE,
        ),
        Check("a descent made anew", Method.DESCENT, _again, _elsewhere, Bears.SUPPORTS, scope="p = 1, 2"),
    ),
)
