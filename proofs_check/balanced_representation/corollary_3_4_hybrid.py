"""BR Corollary 3.4: duplicated samples beside well-sampled clusters, in one minimiser.

A sample that occurs m times is a cluster of rank one with Gram eigenvalue m‖x‖² and noise energy mσ². Lemma D.1 gives
it the gain (m‖x‖² − nλ)_+/(m(‖x‖² + σ²)): it enters the weights exactly when m > m* = nλ/‖x‖². The paper states the
coexistence; the threshold, which says which duplicates are stored, is not printed.
"""

import numpy as np
import sympy as sp

from numerics.landing import block_distance
from numerics.minimize import minimize
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import Problem
from proofs_check.real_images import cluster_scene, landing_check, predict_blocks
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import block_minimizer as bm
from theory.linear_autoencoder import gains, optimal_weights

m, N, sigma, lam, n = bm.MULTIPLICITY, bm.SQUARED_NORM, bm.SIGMA, bm.WEIGHT_DECAY, bm.COUNT
over = sp.Symbol("t", positive=True)
threshold = n * lam / N

STEPS = [
    Identity("gain of a duplicated sample", bm.DUPLICATED_GAIN, (m * N - n * lam) / (m * (N + sigma**2))),
    AtLeast("stored above m*", bm.DUPLICATED_GAIN.subs(m, threshold + over), sp.S.Zero, strict=True),
    AtLeast(
        "not at or below m*",
        sp.S.Zero,
        (m * N - n * lam).subs(n * lam, m * N + over).subs(n, (m * N + over) / lam),
        strict=True,
    ),
    Identity("one copy is Corollary 3.2", bm.DUPLICATED_GAIN.subs(m, 1) / N, bm.MEMORIZING_SQUARED_SCALE),
    # Many copies: the decay is shared and the gain tends to the λ = 0 value; the shortfall is m*/m of it.
    Identity("shortfall", N / (N + sigma**2) - bm.DUPLICATED_GAIN, threshold / m * N / (N + sigma**2)),
]


def _draw(rng: np.random.Generator):
    """Copies around the threshold of one sample among others; decay so that m* is not whole."""
    x = rng.standard_normal(int(rng.integers(1, 6)))
    copies, n_all = int(rng.integers(1, 9)), int(rng.integers(9, 20))
    decay = float(x @ x) * (int(rng.integers(0, 9)) + float(rng.uniform(0.2, 0.8))) / n_all
    return x, copies, n_all, decay, float(rng.uniform(0, 1))


def _stored_when_over(change: float):
    """Gain of Lemma D.1 on the m copies, zero exactly when m < m*, against the library's threshold and gain."""

    def discrepancy(problem) -> float:
        x, copies, n_all, decay, noise = problem
        star = change * bm.duplication_threshold(float(x @ x), n_all, decay)
        # Lemma D.1 multiplies its decay by its own n = copies.
        W = optimal_weights(np.repeat(x[None, :], copies, axis=0), 1, noise, n_all * decay / copies)
        expected = max(0.0, (copies - star) / copies * float(x @ x) / (float(x @ x) + noise**2))
        return abs(float((W**2).sum()) - expected)

    return discrepancy


def _hybrid(rng: np.random.Generator) -> Problem:
    """One duplicated sample opposite a spread-out cluster of two units whose gates hold, σ a ninth of the margin."""
    while True:
        d = int(rng.integers(2, 6))
        axis = np.zeros(d)
        axis[0] = 1.0
        members = axis + 0.1 * rng.standard_normal((int(rng.integers(3, 7)), d))
        copies = np.repeat(-rng.uniform(0.8, 1.5) * axis[None, :], int(rng.integers(2, 5)), axis=0)
        X = np.concatenate([copies, members])
        labels = np.repeat([0, 1], [len(copies), len(members)])
        decay = 0.3 * float(np.linalg.svd(members)[1][1] ** 2) / len(X)
        W = bm.block_weights(X, labels, (1, 2), 0.0, decay)
        margin = bm.gate_margin(W, X, labels, (1, 2))
        if margin > 0.02:
            return Problem(X, labels, (1, 2), margin / 9, decay)


def _one_minimum(copies_counted: bool = True, factor: float = 1.0):
    def discrepancy(problem: Problem) -> float:
        X, labels, widths = problem.X, problem.labels, problem.widths
        predicted = factor * bm.block_weights(X, labels, widths, problem.sigma, problem.weight_decay)
        if not copies_counted:
            x = X[0]
            alone = gains(np.array([x @ x]), problem.sigma**2, len(X) * problem.weight_decay)[0]
            predicted[:, 0] = x * np.sqrt(alone / (x @ x))
        start = bm.block_weights(X, labels, widths, problem.sigma, problem.weight_decay)
        rng = np.random.default_rng(1)
        W1, W2 = (start + 1e-3 * rng.standard_normal(start.shape) for _ in range(2))
        found = minimize(X, W1, W2, problem.sigma, problem.weight_decay)
        return block_distance(found.W1, found.W2, predicted, X, labels) if found.converged else float("inf")

    return discrepancy


def _single_copy(X, labels, widths, sigma_value, decay):
    """Blocks with the duplicated image counted once."""
    W = bm.block_weights(X, labels, widths, sigma_value, decay)
    x = X[-1]
    W[:, -1] = x * np.sqrt(gains(np.array([x @ x]), sigma_value**2, len(X) * decay)[0] / (x @ x))
    return W


CLAIM = Claim(
    identifier="BR-cor-3.4",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.4",
    title="Hybrid minimiser and the duplication threshold",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "clusters whose gates hold (gate_margin > 0), some of them one sample repeated m times",
        "λ > 0, σ small against the margin",
    ),
    printed=Statement(
        "Columns that memorise duplicated samples and blocks that generalise coexist in one minimiser.", Verdict.TESTED
    ),
    corrected=Statement(
        "A sample repeated m times among n is stored exactly when m > m* = nλ/‖x‖², with gain (m‖x‖² − nλ)/(m(‖x‖² +"
        " σ²)) (gates frozen).",
        Verdict.PROVED,
        (bm.DUPLICATED_GAIN, threshold),
    ),
    depends_on=("BR-lem-D.1", "own-frozen-gates"),
    checks=(
        derivation(
            "threshold",
            STEPS,
            about="corrected",
            scope="all m, n, d, σ, λ",
            also_rejected=[
                Identity("noise counted once", bm.DUPLICATED_GAIN, (m * N - n * lam) / (m * N + sigma**2)),
                AtLeast("stored below m*", bm.DUPLICATED_GAIN.subs(m, threshold / (1 + over)), sp.S.Zero, strict=True),
            ],
        ),
        property_check(
            Law("stored exactly above the threshold", _draw, _stored_when_over(1.0), 1e-12),
            [Law("threshold 1 % up", _draw, _stored_when_over(1.01), 1e-12)],
            problems=80,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("one minimum of the exact objective", _hybrid, _one_minimum(), 1e-6),
            [
                Law("duplicates counted once", _hybrid, _one_minimum(copies_counted=False), 1e-6),
                Law("weights 1 % up", _hybrid, _one_minimum(factor=1.01), 1e-6),
            ],
            problems=10,
            bears=Bears.DECIDES,
            scope="n ≤ 10, d ≤ 5, σ = margin/9",
        ),
        landing_check(
            "hybrid on real images",
            lambda: [cluster_scene("faces", True), cluster_scene("digits", True)],
            predict_blocks,
            [("duplicate counted once", _single_copy)],
            scope="faces and digits",
        ),
    ),
)
