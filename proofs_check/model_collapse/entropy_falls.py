"""MC, second claim: the entropy of the training set falls over the iterations.

For a model that is fitted by maximum likelihood within an exponential family of constant carrier, it does so on
average, by exactly its divergence (own-exponential-family-entropy). For Gaussians: H = (d/2) log 2πe + ½ log det Σ, so
E H_{g+1} = E H_g + Δ/2 ≤ E H_g − d(d+3)/(4N) (own-refit-drift); and H_g/g → Δ/2 almost surely, by the law of large
numbers, for the steps are independent. With the divisor N − 1 each row gives at most −(i − 1)/(N − 1) − 1/(N − i), so
the entropy still falls, by at least d(d+1)/(4(N − 1)), although then E Σ_g = Σ_0 for ever: the variance need not fall
for the entropy to.

Where it fails: single steps. For d = 1 the entropy rises with probability P(χ²_{N−1} > N): erfc(1) = .157 for N = 2, up
to ½ as N → ∞. And for ever: with real data in the training set the variance keeps a positive limit (own-mixed-data).
"""

import math

import numpy as np
import sympy as sp
from scipy import stats

from numerics.refit_simulation import log_determinants, replace
from proofs_check.check import Bears, Effort, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity, Phi
from proofs_check.verdict import Verdict
from theory import refit_loop as rl

N, d, i = rl.SAMPLES, rl.DIMENSION, rl.ROW
drift = sp.Symbol("Delta", real=True)
before, after = sp.symbols("D_0 D_1", positive=True)
more, less = sp.symbols("a b", nonnegative=True)
unbiased = -d * (d + 1) / (2 * (N - 1))


def entropy(determinant: sp.Expr) -> sp.Expr:
    """Of a Gaussian, from det Σ."""
    return d * sp.log(2 * sp.pi * sp.E) / 2 + sp.log(determinant) / 2


STEPS = [
    Identity("only log det moves", entropy(after) - entropy(before), (sp.log(after) - sp.log(before)) / 2),
    Identity("the bound in parameters", rl.LEADING / 2, -d * (d + 3) / (4 * N)),
    AtLeast("it is a fall", sp.S.Zero, rl.LEADING / 2, strict=True),
    Identity("divisor N − 1: a row", (N - i) / (N - 1), 1 - (i - 1) / (N - 1)),
    AtLeast(
        "divisor N − 1: bound of a row",
        -(i - 1) / (N - 1) - 1 / (N - 1),
        -(i - 1) / (N - 1) - 1 / (N - i),
        where={N: 2 + less + more, i: 1 + less},
    ),
    Identity("divisor N − 1: the last row of the sum", unbiased - unbiased.subs(d, d - 1), -d / (N - 1)),
    # P(χ²_1 > 2) = P(|z| > √2).
    Identity("N = 2, d = 1: a step rises", 2 * (1 - Phi(sp.sqrt(2))), 1 - sp.erf(1)),
]

REPLICATES = 4000


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _falls(share: float = 1.0, divisor: bool = False, every: bool = False):
    """How far, in standard errors, the mean fall of a generation is below `share` of the bound; or a single rise."""

    def discrepancy(seed: int) -> float:
        rng = np.random.default_rng(seed)
        d_ = int(rng.integers(1, 5))
        # Closer to d a covariance of condition 1e16 turns up, and rounding loses its determinant.
        n = d_ + int(rng.integers(3, 9))
        fits = replace(np.eye(d_), n, 4, REPLICATES, seed)
        steps = np.diff(log_determinants(fits), axis=0) / 2
        bound = d_ * (d_ + 3) / (4 * n)
        if divisor:
            steps = steps + d_ * math.log(n / (n - 1)) / 2
            bound = d_ * (d_ + 1) / (4 * (n - 1))
        if every:
            return float((steps > 0).sum())
        mean, error = steps.mean(axis=1), steps.std(axis=1) / np.sqrt(REPLICATES)
        return float(((mean + share * bound) / error).max())

    return discrepancy


def _rises(shift: int = 0):
    """Share of steps that rise in one dimension against P(χ²_{N−1} > N), in standard errors."""

    def discrepancy(seed: int) -> float:
        n = int(np.random.default_rng(seed).integers(2, 12))
        values = log_determinants(replace(np.eye(1), n, 4, REPLICATES, seed))
        rises = (np.diff(values, axis=0) > 0).mean(axis=1)
        chance = float(stats.chi2.sf(n, n - 1 + shift))
        return float(np.abs(rises - chance).max() / math.sqrt(chance * (1 - chance) / REPLICATES))

    return discrepancy


def _tables(effort: Effort) -> tuple[Table, ...]:
    del effort
    rows = [
        (str(n), f"{rl.gaussian_log_det_drift(n, 1) / 2:.4f}", f"{-1 / n:.4f}", f"{stats.chi2.sf(n, n - 1):.3f}")
        for n in (2, 5, 20, 100, 1000)
    ]
    columns = ("N", "exact drift", "−P/2N", "chance that a step rises")
    return (Table("Entropy of a Gaussian on the line, nats a generation", columns, tuple(rows)),)


CLAIM = Claim(
    identifier="MC-prop-entropy-falls",
    paper=Paper.MC,
    source="arXiv 2509.16499, second empirical claim: the training set's entropy falls",
    title="The entropy falls on average, not step by step",
    kind=Kind.UPPER,
    hypotheses=(
        "replace: N samples of the last fit a generation, refitted by maximum likelihood",
        "read as a statement about the mean over runs, and about a single run in the long run; of the law that the "
        "training set is drawn from",
        "Gaussians of d dimensions, N > d (any exponential family of constant carrier: own-exponential-family-entropy)",
    ),
    printed=Statement(
        "The entropy falls: E H_{g+1} ≤ E H_g − d(d+3)/(4N), and H_g/g → Δ/2 < 0 almost surely; with the divisor N − 1 "
        "by at least d(d+1)/(4(N−1)) although E Σ_g stays. A single step may rise: for d = 1 with "
        "probability P(χ²_{N−1} > N).",
        Verdict.PROVED,
        (rl.LEADING / 2, unbiased / 2),
    ),
    depends_on=("own-refit-drift", "own-exponential-family-entropy"),
    checks=(
        derivation(
            "a fall by the number of parameters",
            STEPS,
            scope="all N > d ≥ 1",
            also_rejected=[
                Identity("entropy as log det", entropy(after) - entropy(before), sp.log(after) - sp.log(before)),
                AtLeast("a fall by more than twice the bound", rl.LEADING, rl.LEADING / 2, strict=True),
            ],
        ),
        property_check(
            Law("mean falls of sampled loops, standard errors above the bound", _seed, _falls(), 6.0),
            [
                Law("four times the bound", _seed, _falls(share=4.0), 6.0),
                Law("every step falls", _seed, _falls(every=True), 6.0),
            ],
            problems=5,
            scope="d = 1 … 4, d + 3 ≤ N ≤ d + 8, 4 generations; false-alarm rate about 6e-8",
        ),
        property_check(
            Law("mean falls with the divisor N − 1", _seed, _falls(divisor=True), 6.0),
            [Law("six times the bound", _seed, _falls(share=6.0, divisor=True), 6.0)],
            problems=5,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("share of rising steps, in standard errors", _seed, _rises(), 6.0),
            [Law("mean known", _seed, _rises(shift=1), 6.0)],
            problems=3,
            scope="d = 1, N = 2 … 11; false-alarm rate ≤ 3e-8",
            tables=_tables,
        ),
    ),
)
