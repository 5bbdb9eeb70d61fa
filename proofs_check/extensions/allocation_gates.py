"""Our own: the widths that save most with frozen gates need not be the best of the network.

own-allocation takes the gates as given. A block that no turn makes active on its cluster does not exist, whatever it
would save. Let d = 2, σ = λ = 0, p = 1, one cluster (1, 2), (1, −2) and one sample (−5/2, 0). The first cluster's
Gram matrix has the eigenvalues 8, across its mean (1, 0), and 2; the second's is 25/4. By frozen gains the unit goes
to the first cluster and n·L = 65/4 − 8 = 33/4.

For one unit with responses h_i ≥ 0 and decoder v, n·L = Σ‖x_i‖² − 2v·Σh_ix_i + ‖v‖²‖h‖² ≥ Σ‖x_i‖² − hᵀKh/‖h‖², K the
matrix of inner products. All inner products of different samples are negative here, so hᵀKh ≤ Σ_i K_iih_i² ≤ max_i
K_ii‖h‖² = (25/4)‖h‖²: no network has n·L < 10, and the unit along the third sample reaches 10. So the best network
stores the second cluster and the frozen loss of 33/4 is out of reach.

This needs a wide cluster. If ‖x_j − x̄‖ ≤ α‖x̄‖ with α < 1, the leading direction u of the cluster is never across
x̄: else Λ_1 = Σ_j (u·(x_j − x̄))² ≤ nα²‖x̄‖² < n‖x̄‖² ≤ Σ_j (x_j·x̄)²/‖x̄‖² ≤ Λ_1. Then a turn that makes all units
of the block active on the mean exists (BR-thm-3.1-rotation), if not always on all of the cluster.
"""

from fractions import Fraction

import numpy as np

from numerics.objective import expected_loss
from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.exact import exact_check
from proofs_check.sampling import Law, property_check
from proofs_check.verdict import Verdict

Vector = tuple[Fraction, Fraction]
WIDE: Vector = (Fraction(1), Fraction(2))
ALONE: Vector = (Fraction(-5, 2), Fraction(0))


def _inner(a: Vector, b: Vector) -> Fraction:
    return a[0] * b[0] + a[1] * b[1]


def misallocated(wide: Vector, alone: Vector) -> Outcome:
    """Whether frozen gains prefer the pair (a, ±b), while no single unit does better than to store the other sample."""
    mirrored = (wide[0], -wide[1])
    samples = (wide, mirrored, alone)
    # The Gram matrix of the pair is diagonal.
    across = 2 * wide[1] ** 2
    products = [_inner(x, y) for i, x in enumerate(samples) for y in samples[:i]]
    squares = [_inner(x, x) for x in samples]
    bound = max(squares)
    ok = across > max(2 * wide[0] ** 2, bound) and max(products) < 0 and squares[2] == bound
    left, frozen = sum(squares) - bound, sum(squares) - across
    return Outcome(ok, margin=f"n·L ≥ {left} against {frozen}", detail=f"inner products {[str(v) for v in products]}")


X = np.array([[1.0, 2.0], [1.0, -2.0], [-2.5, 0.0]])


def _draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One unit of any direction, with its best decoder; near the sample alone or near the wide direction at times."""
    centre = [np.zeros(2), np.array([-1.0, 0.0]), np.array([0.0, 1.0])][int(rng.integers(0, 3))]
    w = (centre + 0.3 * rng.standard_normal(2))[:, None]
    h = np.maximum(X @ w, 0.0)
    return w, X.T @ h / max(float((h**2).sum()), 1e-300)


def _at_least(least: float):
    """By how much the exact objective times n falls below `least`, over it."""
    return lambda drawn: max(1.0 - 3 * float(expected_loss(drawn[0], drawn[1], X, 0.0, 0.0)) / least, 0.0)


CLAIM = Claim(
    identifier="own-allocation-gates",
    paper=Paper.OWN,
    source="this project",
    title="Where the widths that save most are not the best",
    kind=Kind.EXISTENCE,
    hypotheses=("gates not given: the network itself", "d = 2, n = 3, p = 1, σ = λ = 0"),
    printed=Statement(
        "For the clusters {(1, 2), (1, −2)} and {(−5/2, 0)} the largest saving, 8 against 25/4, is the first cluster's "
        "and its block would leave n·L = 33/4; but no network of one unit has n·L < 10, which the unit that stores the "
        "second cluster reaches.",
        Verdict.CERTIFIED,
    ),
    depends_on=("own-allocation",),
    checks=(
        exact_check(
            "savings and what gates allow",
            lambda: misallocated(WIDE, ALONE),
            [
                ("a narrow pair", lambda: misallocated((Fraction(2), Fraction(1)), ALONE)),
                ("a longer sample alone", lambda: misallocated(WIDE, (Fraction(-3), Fraction(0)))),
                ("a sample that pair members answer", lambda: misallocated(WIDE, (Fraction(0), Fraction(5, 2)))),
                ("a shorter sample alone", lambda: misallocated(WIDE, (Fraction(-2), Fraction(0)))),
            ],
            scope="the stated data",
        ),
        property_check(
            Law("exact objective of single units", _draw, _at_least(10.0), 1e-12),
            [Law("1 % above", _draw, _at_least(10.1), 1e-12)],
            problems=60,
            bears=Bears.SUPPORTS,
        ),
    ),
)
