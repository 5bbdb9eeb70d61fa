"""Derivations: every step decided anew, controls that are false somewhere, and nothing hidden."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sympy as sp

from proofs_check.check import Bears, Check, Control, Effort
from proofs_check.derivation import CONTROLS_PER_STEP, TEST_POINTS, Step, derivation, points_where_defined
from proofs_check.ledger import run_check
from proofs_check.mutation import mutants
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Decision, Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Method

x, y = sp.symbols("x y", real=True)
t = sp.Symbol("t", nonnegative=True)
SQUARE = Identity("square", (x + y) ** 2, x**2 + 2 * x * y + y**2)
BOUND = AtLeast("bound", 1 + t, 1 - t)
WRONG = Identity("wrong", (x + y) ** 2, x**2 + y**2)
EFFORT = Effort()


def controls(check: Check, effort: Effort = EFFORT) -> list[Control]:
    return list(check.controls(effort))


def test_all_steps_are_decided_and_counted():
    result = run_check(derivation("both", [SQUARE, BOUND]), EFFORT)
    assert result.ok
    assert (result.outcome.margin, result.outcome.detail) == ("exact", "2 steps: square; bound")
    assert result.check.method is Method.SYMBOLIC


@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_false_step_fails_the_derivation_with_its_remainder(at):
    steps = [SQUARE, BOUND]
    steps.insert(at, WRONG)
    outcome = derivation("broken", steps).decide(EFFORT)
    assert not outcome.ok
    assert outcome.margin == "no"
    assert outcome.detail == "wrong: 2*x*y is left over"


def test_the_card_is_passed_on():
    check = derivation("name", [SQUARE], about="corrected", bears=Bears.REFUTES, scope="here")
    assert (check.name, check.about, check.bears, check.scope) == ("name", "corrected", Bears.REFUTES, "here")
    assert derivation("name", [SQUARE]).bears is Bears.DECIDES


def test_every_step_has_its_controls_and_those_by_hand_come_too():
    names = [control.name for control in controls(derivation("both", [SQUARE, BOUND], also_rejected=[WRONG]))]
    assert sum(name.startswith("square: ") for name in names) == CONTROLS_PER_STEP == 4
    assert names[-1] == "by hand: wrong"
    assert 0 < sum(name.startswith("bound: ") for name in names) <= CONTROLS_PER_STEP
    assert len(names) == len(set(names))


def test_every_control_is_rejected_by_decision_not_by_crash():
    for control in controls(derivation("both", [SQUARE, BOUND], also_rejected=[WRONG]), Effort(full=True)):
        outcome = control.decide()
        assert not outcome.ok
        assert outcome.margin == "control"


def test_a_hand_written_step_that_holds_survives():
    result = run_check(derivation("lenient", [SQUARE], also_rejected=[BOUND]), EFFORT)
    assert result.survivors == ("by hand: bound",)
    assert not result.ok


def test_a_full_run_tries_every_mutant_that_is_false_somewhere():
    names = [control.name for control in controls(derivation("all", [SQUARE]), Effort(full=True))]
    points = points_where_defined(SQUARE, TEST_POINTS)
    false = {
        f"square: {label}"
        for label, right in mutants(SQUARE.right)
        if any(Identity("mutant", SQUARE.left, right).false_at(point) for point in points)
    }
    assert set(names) == false
    assert len(names) > CONTROLS_PER_STEP


def test_the_seed_chooses_the_mutants():
    check = derivation("square", [SQUARE])
    chosen = {tuple(control.name for control in controls(check, Effort(seed=seed))) for seed in range(8)}
    assert len(chosen) > 1
    assert [c.name for c in controls(check)] == [c.name for c in controls(check)]


def test_a_weaker_inequality_is_no_control():
    # 1 + t ≥ 1 and 1 + t ≥ t − 1 are true; 1 + t ≥ 2 − t is false for small t.
    names = [control.name for control in controls(derivation("bound", [BOUND]), Effort(full=True))]
    assert "bound: whole negated" not in names
    assert "bound: term -t dropped" not in names
    assert "bound: 1 ×2" in names


@dataclass(frozen=True)
class Blunt:
    """A step that holds whatever its right side is, though it knows where that is false."""

    name: str = "blunt"
    left: sp.Expr = 2 * x
    right: sp.Expr = 2 * x
    defined: bool = True

    def decide(self) -> Decision:
        return Decision(True)

    def with_right(self, right: sp.Expr) -> Blunt:
        return Blunt(right=right, defined=self.defined)

    def candidate_points(self) -> list[int]:
        return list(range(5))

    def false_at(self, point: int) -> bool | None:
        return self.right != 2 * x if self.defined or point < TEST_POINTS - 1 else None


def test_a_procedure_that_accepts_everything_is_found_out():
    result = run_check(derivation("blunt", [Blunt()]), EFFORT)
    assert result.outcome.ok
    assert result.tried == len(result.survivors) == 3
    assert not result.ok


def test_a_step_that_is_hardly_defined_is_refused():
    with pytest.raises(ValueError, match=r"step must be finite at 3 test points, got 2 for 'blunt'"):
        points_where_defined(Blunt(defined=False), 3)
    assert points_where_defined(Blunt(defined=False), 2) == [0, 1]
    result = run_check(derivation("blunt", [Blunt(defined=False)]), EFFORT)
    assert result.outcome.ok
    assert not result.ok
    assert "step must be finite" in result.survivors[0]


def test_points_where_the_step_is_undefined_are_passed_over():
    root = AtLeast("root", 1 + sp.sqrt(x), sp.S.Zero)
    points = points_where_defined(root, 3)
    assert len(points) == 3
    assert all(point[x] > 0 for point in points)
    nowhere = Identity("nowhere", sp.sqrt(-1 - x**2), x)
    with pytest.raises(ValueError, match="got 0 for 'nowhere'"):
        points_where_defined(nowhere, 3)


def test_mutants_undefined_at_a_test_point_are_no_controls():
    step = Identity("difference", t - 1 + x, x + t - 1)
    point = {x: sp.Integer(0), t: sp.Integer(1)}

    @dataclass(frozen=True)
    class AtOnePoint:
        name = "one point"
        left, right = step.left, step.right

        def decide(self):
            return step.decide()

        def with_right(self, right):
            return Identity("mutant", step.left, 1 / (right - step.right))

        def candidate_points(self):
            return [point] * 3

        def false_at(self, point):
            return False

    assert {c.name for c in controls(derivation("one", [AtOnePoint()]), Effort(full=True))} == {
        f"one point: {label}"
        for label, right in mutants(step.right)
        if (right - step.right).subs(point) != 0 and 1 / (right - step.right).subs(point) != step.left.subs(point)
    }


@pytest.mark.parametrize(
    "step",
    [
        SQUARE,
        BOUND,
        Blunt(),
        SumIdentity("sum", x, x),
        TraceIdentity("trace", sp.Trace(sp.MatrixSymbol("A", 2, 2)), sp.Trace(sp.MatrixSymbol("A", 2, 2))),
    ],
    ids=lambda step: type(step).__name__,
)
def test_every_kind_of_step_is_a_step(step):
    assert isinstance(step, Step)


def test_the_checks_of_other_kinds_are_no_steps():
    assert not isinstance(derivation("none", []), Step)
