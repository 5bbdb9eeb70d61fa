"""BR Corollary 3.3: how a generalised sample's energy is spread over the units of its block.

Printed: over all p_k of them, "balanced". The block formula fixes the energy and not its spread. With v = S_kU_kᵀx the
code is h = O_kv, and every O_k that keeps the gates right gives the same function, decay and loss. At σ = λ = 0 two
orthonormal units reproduce the samples (1, ±1/10) exactly, a global minimum, for every turn between two walls; at the
turn (99, 20)/101 one unit carries 96 % of the energy of the mean, and with tighter clusters any share below one.

What holds. ‖h‖² = xᵀWWᵀx for every O_k. A single response v can be turned into any code of its length (the reflection
of BR-thm-3.1-rotation), so the shares h_a²/‖h‖² may be any. The least response is at most ‖v‖/√p, and equals it only
in the balanced code: p·min² ≤ Σh_a², with equality only if all are equal. A turn drawn uniformly among those that take
v into the positive orthant has its code uniform there; that is the direction of (|g_1| … |g_p|), g standard normal,
which is independent of ‖g‖. So a share is 1/p on average, and as E[g_a⁴] = 3, E‖g‖⁴ = p(p + 2), the sum of squared
shares is 3/(p + 2): as in a code balanced over (p + 2)/3 units, not p.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.stats import ortho_group

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.sampling import monte_carlo
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict

d, p = sp.symbols("d p", integer=True, positive=True)
a, b = sp.symbols("a b", integer=True)
turn, block, x = sp.MatrixSymbol("O", p, p), sp.MatrixSymbol("B", d, p), sp.MatrixSymbol("x", d, 1)
least, rest, other = sp.symbols("h_0 r s", nonnegative=True)
z = sp.Symbol("z", real=True)
fourth, second, concentration = sp.symbols("F S T", positive=True)
excess = sp.IndexedBase("e")
SQUARED_SHARES = 3 / (p + 2)


def normal_moment(power: int) -> sp.Expr:
    """E[g^power] of a standard normal g."""
    return sp.integrate(z**power * sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), (z, -sp.oo, sp.oo))


STEPS = [
    # W = BOᵀ with B = U_kS_k; the code is h = Wᵀx.
    TraceIdentity(
        "the energy of the code is free of O",
        squared_norm((block * turn.T).T * x),
        sp.Trace(x.T * block * block.T * x),
        orthogonal=(turn,),
    ),
    TraceIdentity(
        "and so is the output of the open block",
        squared_norm(block * turn.T * (block * turn.T).T * x),
        squared_norm(block * block.T * x),
        orthogonal=(turn,),
    ),
    SumIdentity(
        "p·min² is below the energy by what the units have beyond the least",
        sp.Sum((least + excess[a]) ** 2, (a, 1, p)),
        p * least**2 + 2 * least * sp.Sum(excess[a], (a, 1, p)) + sp.Sum(excess[a] ** 2, (a, 1, p)),
    ),
    AtLeast("which is nothing only if nothing is beyond it", 2 * least * rest + rest**2, rest**2),
    Identity("E[g⁴]", normal_moment(4), sp.Integer(3)),
    Identity("E[g²]", normal_moment(2), sp.Integer(1)),
    # Σ_{a,b} E[g_a²g_b²]: every pair as if independent, and the excess of the diagonal.
    SumIdentity(
        "E‖g‖⁴ = p(p + 2)",
        sp.Sum(normal_moment(2) ** 2, (a, 1, p), (b, 1, p))
        + sp.Sum(normal_moment(4) - normal_moment(2) ** 2, (a, 1, p)),
        p * (p + 2),
    ),
    # E[g_a⁴] = E[s_a²]E‖g‖⁴ for the share s_a, as s and ‖g‖ are independent.
    SumIdentity(
        "sum of squared shares",
        sp.Sum(normal_moment(4) / (p * (p + 2)), (a, 1, p)),
        SQUARED_SHARES,
    ),
    Identity("(p + 2)/3 units balanced", 1 / ((p + 2) / 3), SQUARED_SHARES),
    AtLeast("fewer than p", p, (p + 2) / 3, where={p: 1 + other}),
]


def one_unit_carries_almost_all(cosine: Fraction, sine: Fraction) -> Outcome:
    """Units (c, s) and (s, −c), samples (1, ±1/10), σ = λ = 0: loss 0, both units open, shares of the mean's code."""
    units = ((cosine, sine), (sine, -cosine))
    samples = ((Fraction(1), Fraction(1, 10)), (Fraction(1), Fraction(-1, 10)))
    loss = Fraction(0)
    is_open = True
    for sample in samples:
        responses = [sum(w * c for w, c in zip(unit, sample, strict=True)) for unit in units]
        is_open &= min(responses) > 0
        code = [max(response, Fraction(0)) for response in responses]
        for k in range(2):
            output = sum(height * unit[k] for height, unit in zip(code, units, strict=True))
            loss += (output - sample[k]) ** 2 / len(samples)
    shares = (cosine**2, sine**2)
    return Outcome(
        loss == 0 and is_open and max(shares) > Fraction(95, 100),
        margin=f"shares {shares[0]} and {shares[1]}",
        detail=f"loss {loss}, units {'open' if is_open else 'not all open'}",
    )


def _at(cosine: int, sine: int, hypotenuse: int) -> tuple[Fraction, Fraction]:
    return Fraction(cosine, hypotenuse), Fraction(sine, hypotenuse)


def _draw(rng: np.random.Generator):
    """Sums of squared shares under turns that are uniform among the admissible ones of a random response."""
    units = int(rng.integers(2, 5))
    response = rng.standard_normal(units)
    codes = ortho_group.rvs(units, size=60_000, random_state=rng) @ response
    codes = codes[(codes > 0).all(axis=1)]
    shares = codes**2 / (codes**2).sum(axis=1, keepdims=True)
    claimed = float(SQUARED_SHARES.subs(p, units))
    return (shares**2).sum(axis=1), {
        "claimed": claimed,
        "balanced": 1 / units,
        "5 % more": 1.05 * claimed,
        "2/(p + 1), shares of an exponential law": 2 / (units + 1),
    }


CLAIM = Claim(
    identifier="BR-cor-3.3-balanced",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.3, representation",
    title="How a generalised sample is spread over its block",
    kind=Kind.EQUALITY,
    hypotheses=("a block of p_k units W = U_kS_kO_kᵀ with all gates open on the sample", "v = S_kU_kᵀx ≠ 0"),
    printed=Statement(
        "The energy of a generalised sample's code is spread over all p_k units of the active block (read: no unit "
        "carries nearly all of it, at every minimiser).",
        Verdict.REFUTED,
    ),
    corrected=Statement(
        "‖h‖² = xᵀWWᵀx for every O_k, its shares may be any; min_a h_a ≤ ‖v‖/√p_k with equality only in the balanced "
        "code; with O_k uniform among those that take v into the positive orthant a share is 1/p_k on average and the "
        "squared shares add up to 3/(p_k + 2) on average.",
        Verdict.PROVED,
        (SQUARED_SHARES,),
    ),
    depends_on=("BR-thm-3.1-rotation",),
    checks=(
        exact_check(
            "one unit with 96 % of the energy at a minimum",
            lambda: one_unit_carries_almost_all(*_at(99, 20, 101)),
            [
                ("at 3 : 4 the code is no counterexample", lambda: one_unit_carries_almost_all(*_at(4, 3, 5))),
                ("beyond the wall a gate closes", lambda: one_unit_carries_almost_all(*_at(9999, 200, 10001))),
                ("units that are not orthonormal leave a loss", lambda: one_unit_carries_almost_all(*_at(99, 20, 100))),
            ],
            bears=Bears.REFUTES,
            scope="d = p = n = 2, σ = λ = 0",
        ),
        derivation(
            "energy, least response, average spread",
            STEPS,
            about="corrected",
            scope="all d, p_k, σ, λ",
            also_rejected=[
                TraceIdentity(
                    "for any matrix O", squared_norm((block * turn.T).T * x), sp.Trace(x.T * block * block.T * x)
                ),
                AtLeast("fewer than p at p = 1/2", p, (p + 2) / 3, where={p: sp.Rational(1, 2) + other}),
            ],
        ),
        monte_carlo(
            "squared shares of random turns",
            _draw,
            ["balanced", "5 % more", "2/(p + 1), shares of an exponential law"],
            problems=3,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
