"""Our own: refits of a mixture of far components, M means and one variance, lose dM + 1 parameters' worth of entropy.

Far apart means that every point is told to its own component. Then maximum likelihood gives component k the average of
its M_k points, and s² = W/(dN), W the squared distances from these averages. In a coordinate, the M_k points of a
component leave s²χ² of M_k − 1 degrees of freedom about their average; all of it adds up to d(N − M), whatever the
shares M_k ≥ 1 are, so that s²_{g+1}/s²_g is χ²/(dN) of that many, independent of the past. E χ² and E log χ² do the
rest. With −1/2x ≥ ψ(x) − log x ≥ −1/2x − 1/12x² (own-refit-drift), x = d(N − M)/2, and log(1 − u) ≤ −u, the entropy
(d/2) log s² + … falls by (dM + 1)/(2N) a generation at least: P/(2N), P = dM + 1 free parameters, as own-exponential-
family-entropy says to leading order; the mixture is no exponential family, but it is one given the labels.

Where it fails: a component that gets no point, with chance (1 − 1/M)^N, has no mean of its own from then on; components
that meet are not told apart.
"""

import numpy as np
import sympy as sp

from numerics.mixture_loop import mixture_refits
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import monte_carlo
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import mixture_refit as mr
from theory import scaling_identity

N, M, d = mr.SAMPLES, mr.COMPONENTS, mr.DIMENSION
s = sp.Symbol("s", real=True)
degrees, u, more = sp.symbols("k u a", positive=True)
moment = 2**s * sp.gamma(degrees / 2 + s) / sp.gamma(degrees / 2)
told = d * (N - M)
half = told / 2
others = sp.Symbol("L", positive=True)

STEPS = [
    Identity("mean of χ²", sp.gammasimp(moment.subs(s, 1)), degrees),
    Identity("mean of log χ²", sp.diff(moment, s).subs(s, 0), sp.log(2) + sp.polygamma(0, degrees / 2)),
    # One component more: M_k − 1 of its own, and N and M grow by M_k and one.
    Identity(
        "degrees of freedom of one component more",
        d * ((N + others) - (M + 1)) - told,
        d * (others - 1),
    ),
    Identity("E s²", told / (d * N), mr.SEPARATED_FACTOR),
    Identity("E log s²", sp.log(2) + sp.polygamma(0, half) - sp.log(d * N), mr.SEPARATED_DRIFT),
    Identity(
        "one component is the isotropic loop",
        mr.SEPARATED_DRIFT.subs(M, 1),
        scaling_identity.ISOTROPIC_DRIFT.subs({scaling_identity.SAMPLES: N, scaling_identity.DIMENSION: d}),
    ),
    AtLeast("log(1 − u) + u falls", -sp.S.One, -1 / (1 - u), where={u: more / (1 + more)}),
    AtLeast(
        "the entropy falls by P/(2N)",
        -(d * M + 1) / (2 * N),
        d / 2 * (-1 / (2 * half) - M / N),
        where={N: M + more},
    ),
]

REPLICATES = 2500


def _drawn(which: str):
    """Loops by the engine: EM from the real means, components 100 deviations apart."""

    def draw(rng: np.random.Generator):
        d_, components, g = int(rng.integers(1, 3)), 2, 3
        # That one of both is left without a point in 10,000 fits has a chance of 1e-3 or less.
        n = int(rng.integers(24, 29))
        centres = 100.0 * np.arange(components)[:, None] * np.ones(d_)
        found = mixture_refits(centres, 1.0, n, g, REPLICATES, int(rng.integers(2**31))).variance[-1]
        if which == "mean":
            law = mr.separated_variance
            return found, {
                "claimed": law(n, components, g + 1),
                "one mean": law(n, 1, g + 1),
                "one generation more": law(n, components, g + 2),
            }
        steps = g + 1
        return np.log(found), {
            "claimed": steps * mr.separated_drift(n, d_, components),
            "one mean": steps * mr.separated_drift(n, d_, 1),
            "one component more": steps * mr.separated_drift(n, d_, components + 1),
            "log of the mean": steps * float(np.log1p(-components / n)),
        }

    return draw


CLAIM = Claim(
    identifier="own-mixture-refit",
    paper=Paper.OWN,
    source="this project; the loop of arXiv 2509.16499 with the mixtures of arXiv 2508.17689",
    title="Drift of refitted mixtures of far components",
    kind=Kind.EQUALITY,
    hypotheses=(
        "N points a generation of M equal components in R^d with one variance s², refitted by maximum likelihood",
        "components so far apart that each point is told to its own, and each with a point at every generation",
    ),
    printed=Statement(
        "s²_{g+1}/s²_g is χ²/(dN) of d(N − M) degrees of freedom, independent of the past: E s²_{g+1} = (1 − M/N)s²_g, "
        "E log s²_{g+1} − log s²_g = ψ(d(N − M)/2) − log(dN/2); the entropy given the labels falls by at least "
        "(dM + 1)/(2N) a generation.",
        Verdict.PROVED,
        (mr.SEPARATED_FACTOR, mr.SEPARATED_DRIFT),
    ),
    depends_on=("own-refit-drift",),
    checks=(
        derivation(
            "degrees of freedom and moments",
            STEPS,
            scope="all N > M ≥ 1, d",
            also_rejected=[
                Identity("one mean for all", d * (N - 1) / (d * N), mr.SEPARATED_FACTOR),
                AtLeast("twice the fall", -(d * M + 1) / N, d / 2 * (-1 / (2 * half) - M / N), where={N: M + more}),
            ],
        ),
        monte_carlo(
            "log variance of fitted loops",
            _drawn("log"),
            ["one mean", "one component more", "log of the mean"],
            problems=3,
            bears=Bears.SUPPORTS,
        ),
        monte_carlo(
            "variance of fitted loops",
            _drawn("mean"),
            ["one mean", "one generation more"],
            problems=3,
            bears=Bears.SUPPORTS,
        ),
    ),
)
