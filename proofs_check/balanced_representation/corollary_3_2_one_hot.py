"""BR Corollary 3.2: the representation of a noisy training sample under the memorising weights.

Printed: h(x_i + σε) is one-hot with height r_ix_iᵀ(x_i + σε). Noise is unbounded, so this cannot hold for every ε:
with x = ±1, σ = 1, ε = −2 the wrong unit fires. What holds: unit j ≠ i is open with probability exactly Φ(−t_ij/σ),
unit i closed with probability Φ(−‖x_i‖/σ), so the code is one-hot at i except with probability at most Σ_jΦ(−t_ij/σ),
and then its height is the printed one.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import Identity
from proofs_check.verdict import Verdict
from theory.block_minimizer import memorizing_weights, one_hot_failure
from theory.separability import regular_simplex

r, norm_j, sigma, distance = sp.symbols("r_j N_j sigma t_ij", positive=True)
i, n = sp.Symbol("i", integer=True), sp.Symbol("n", integer=True, positive=True)
chance, event = sp.IndexedBase("P"), sp.IndexedBase("e")

STEPS = [
    # w_j·(x_i + σε) has mean −r_j N_j t_ij and deviation σ r_j N_j, N_j = ‖x_j‖.
    Identity("standardised distance from gate j", (-r * norm_j * distance) / (sigma * r * norm_j), -distance / sigma),
    SumIdentity(
        "expected number of wrong gates, a bound on the chance of any",
        sp.Sum(chance[i], (i, 1, n)),
        sp.Sum(chance[i] - event[i], (i, 1, n)) + sp.Sum(event[i], (i, 1, n)),
    ),
]


def printed_fails(noise: Fraction) -> Outcome:
    """x_1 = 1, x_2 = −1, σ = 1 (so r² = 1/2 > 0): h(x_1 + ε) against a one-hot code of height r·x_1(x_1 + ε), both
    over r.
    """
    y = 1 + noise
    code = (max(y, Fraction(0)), max(-y, Fraction(0)))
    printed = (y, Fraction(0))
    return Outcome(
        code != printed, margin=f"h/r = ({code[0]}, {code[1]})", detail=f"printed ({printed[0]}, 0) at ε = {noise}"
    )


def _draw(rng: np.random.Generator):
    M = int(rng.integers(2, 5))
    d = int(rng.integers(M - 1, M + 3))
    X = rng.uniform(0.8, 1.5, size=(M, 1)) * regular_simplex(M, d) @ random_rotation(rng, d).T
    return X, float(rng.uniform(0.15, 0.5))


def _draw_wrong_gates(rng: np.random.Generator):
    """Number of wrong gates at the first sample, whose mean is Σ_jΦ(−t_1j/σ); σ large enough that many are wrong."""
    X, _ = _draw(rng)
    noise = float(rng.uniform(0.7, 1.2) * np.abs(X[1:] @ X[0] / np.linalg.norm(X[1:], axis=1)).min())
    W = memorizing_weights(X, noise, 0.0)
    y = X[0] + noise * rng.standard_normal((100_000, X.shape[1]))
    is_open = y @ W > 0
    wrong = is_open.sum(axis=1) + 1.0 - 2.0 * is_open[:, 0]
    claimed = float(one_hot_failure(X, noise)[0])
    return wrong, {
        "claimed": claimed,
        "σ 5 % larger": float(one_hot_failure(X, 1.05 * noise)[0]),
        "10 % more": 1.1 * claimed,
    }


def _draw_codes(rng: np.random.Generator):
    X, noise = _draw(rng)
    return X, noise, X[0] + noise * rng.standard_normal((2000, X.shape[1]))


def _height(factor: float):
    """Where only unit 1 is open, the code is the printed height in its place."""

    def discrepancy(problem) -> float:
        X, noise, y = problem
        code = np.maximum(y @ memorizing_weights(X, noise, 0.0), 0)
        alone = (code[:, 0] > 0) & (code[:, 1:] == 0).all(axis=1)
        scale = factor / np.sqrt(X[0] @ X[0] + noise**2)
        frequency = 1 - alone.mean()
        # Six standard errors above the union bound: a false alarm once in 1e9 problems.
        allowed = one_hot_failure(X, noise)[0]
        over = max(0.0, frequency - allowed - 6 * np.sqrt(allowed / len(y)) - 12 / len(y))
        return float(np.abs(code[alone, 0] - scale * (y[alone] @ X[0])).max(initial=0.0) + over)

    return discrepancy


CLAIM = Claim(
    identifier="BR-cor-3.2-one-hot",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.2, representation",
    title="One-hot code of a stored sample",
    kind=Kind.EQUALITY,
    hypotheses=("weights of Corollary 3.2", "x_i·x_j < 0 for i ≠ j", "σ > 0"),
    printed=Statement(
        "h(x_i + σε) is one-hot, of height r_ix_iᵀ(x_i + σε) (read: for every noise ε).", Verdict.REFUTED
    ),
    corrected=Statement(
        "It is one-hot at unit i with that height except with probability at most Σ_jΦ(−t_ij/σ), t_ij = |cos(x_i, "
        "x_j)|‖x_i‖; the sum is the expected number of wrong gates, and → 0 with σ.",
        Verdict.PROVED,
    ),
    depends_on=("BR-cor-3.2",),
    checks=(
        exact_check(
            "the wrong unit fires",
            lambda: printed_fails(Fraction(-2)),
            [("mild noise is no counterexample", lambda: printed_fails(Fraction(-1, 2)))],
            bears=Bears.REFUTES,
            scope="n = 2, d = 1, σ = 1",
        ),
        derivation(
            "gates by gates",
            STEPS,
            about="corrected",
            scope="all n, d, σ",
            also_rejected=[
                Identity("distance not in units of σ", (-r * norm_j * distance) / (sigma * r * norm_j), -distance)
            ],
        ),
        monte_carlo(
            "expected number of wrong gates",
            _draw_wrong_gates,
            ["σ 5 % larger", "10 % more"],
            problems=6,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("height and frequency", _draw_codes, _height(1.0), 1e-12),
            [Law("height 1 % up", _draw_codes, _height(1.01), 1e-12)],
            problems=20,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
