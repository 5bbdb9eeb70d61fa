"""Our own: how much variance a refit loop keeps when real data stay in its training set.

Second moments only: fits have the mean and covariance of their points, draws have those of the fit; any direction, any
law. Joining T groups' pool (n T points, mean m, variance V) with n points of mean y, variance w gives variance (TV +
w)/(T + 1) + T(y − m)²/(T + 1)². The new points have E w = (1 − 1/n)S and E(y − m)² = S/n + B, with S the mean fitted
variance and B the mean square of the fitted mean about m. Fitted to the whole pool: S = V, B = 0. Fitted to n points
drawn without replacement from M = nT: two different ones have the mean product −V/(M − 1) (all products add up to
zero), so B = V(M − n)/(n(M − 1)), S = V − B. The product over T of 1 − 1/(nT²) is Euler's, and u_T ≤ 2/n keeps the
other one away from zero; both stay above zero for ever.

Fresh: the mean of pn real and qn generated points has E m'² = q²m² + (pσ² + qv)/n. v + m² contracts at rate q about σ²,
and the other eigenvalue is q(q − 1/n), so (v, m²) converges for every 0 < p ≤ 1 to the fixed point. At p = 1/n it is
σ²(2n − 2)/(3n − 2), between ½ and ⅔ of σ² for every n ≥ 2.
"""

import numpy as np
import sympy as sp
from flint import arb

from numerics.refit_simulation import accumulate, with_fresh
from proofs_check.balls import precision
from proofs_check.check import Bears, Check, Control, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import monte_carlo
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Method, Verdict
from theory import mixed_data as md

n, T, p, sigma2 = md.SAMPLES, md.BATCHES, md.FRESH, md.VARIANCE
V, w, v, square, M = sp.symbols("V w v m2 M", positive=True)
m, y = sp.symbols("m y", real=True)
more, later = sp.symbols("a b", nonnegative=True)
q = 1 - p
offset = V * (M - n) / (n * (M - 1))
pool = n * T


def joined(fitted: sp.Expr, astray: sp.Expr) -> sp.Expr:
    """E of the joined variance, S = `fitted`, B = `astray`."""
    return (T * V + (1 - 1 / n) * fitted) / (T + 1) + T * (fitted / n + astray) / (T + 1) ** 2


one = p * sigma2 + q * v
next_square = q**2 * square + one / n
next_variance = one + q * square - next_square
one_fresh = sp.cancel(md.FRESH_VARIANCE.subs(p, 1 / n) / sigma2)

STEPS = [
    Identity(
        "two groups joined",
        (T * (V + m**2) + w + y**2) / (T + 1) - ((T * m + y) / (T + 1)) ** 2,
        (T * V + w) / (T + 1) + T * (y - m) ** 2 / (T + 1) ** 2,
    ),
    Identity("the whole pool fitted", joined(V, sp.S.Zero), md.ACCUMULATED_FACTOR * V),
    Identity("mean of n drawn points", (n * V - n * (n - 1) * V / (M - 1)) / n**2, offset),
    Identity("a subsample fitted", joined((V - offset).subs(M, pool), offset.subs(M, pool)), md.SUBSAMPLED_FACTOR * V),
    AtLeast("u_T ≤ 2/n", 2 / n, md.MEAN_ERROR, where={n: 2 + more, T: 1 + later}),
    AtLeast("a subsample loses more", md.ACCUMULATED_FACTOR, md.SUBSAMPLED_FACTOR, where={n: 2 + more, T: 1 + later}),
    Identity("mean square kept", next_variance + next_square, p * sigma2 + q * (v + square)),
    Identity("trace of the two rates", sp.diff(next_variance, v) + sp.diff(next_square, square), q + q * (q - 1 / n)),
    Identity(
        "product of the two rates",
        sp.diff(next_variance, v) * sp.diff(next_square, square)
        - sp.diff(next_variance, square) * sp.diff(next_square, v),
        q * q * (q - 1 / n),
    ),
    Identity("one fresh point", md.FRESH_VARIANCE.subs(p, 1 / n), (2 * n - 2) / (3 * n - 2) * sigma2),
    Identity(
        "fixed point",
        next_variance.subs({v: md.FRESH_VARIANCE, square: sigma2 - md.FRESH_VARIANCE}),
        md.FRESH_VARIANCE,
    ),
    Identity(
        "fixed point of the mean",
        next_square.subs({v: md.FRESH_VARIANCE, square: sigma2 - md.FRESH_VARIANCE}),
        sigma2 - md.FRESH_VARIANCE,
    ),
    AtLeast("one fresh point keeps half", one_fresh, sp.Rational(1, 2), where={n: 2 + more}),
    AtLeast("and no more than two thirds", sp.Rational(2, 3), one_fresh, where={n: 2 + more}),
]

BATCHES_IN_BALLS = 2000


def _euler(wrong: str = "") -> Outcome:
    """sin(π/√n)/(π/√n) between the product of 2000 factors less its tail, Σ_{k>K} 1/nk² < 1/nK, and that product."""
    narrowest = None
    with precision():
        for size in (2, 3, 7, 100):
            angle = arb.pi() / (size if wrong == "π/n" else arb(size).sqrt())
            limit = angle.sin() / angle
            start = 2 if wrong == "real batch unfitted" else 1
            top = arb(1)
            for k in range(start, BATCHES_IN_BALLS + 1):
                top *= 1 - arb(1) / (size * k * k)
            low = top * (1 - arb(1) / (size * BATCHES_IN_BALLS))
            room = min(top - limit, limit - low)
            if not room > 0:
                return Outcome(False, room.str(4), f"n = {size}: {limit} outside {low} … {top}")
            narrowest = room if narrowest is None else min(narrowest, room)
    assert narrowest is not None
    return Outcome(True, f"{narrowest.str(3)} inside", "n = 2, 3, 7, 100")


EULER = Check(
    "Euler's product in balls",
    Method.BALLS,
    lambda effort: _euler(),
    lambda effort: (Control(name, lambda name=name: _euler(name)) for name in ("π/n", "real batch unfitted")),
    Bears.SUPPORTS,
    scope="n = 2, 3, 7, 100",
)

REPLICATES = 6_000


def _shares(fits: np.ndarray) -> np.ndarray:
    """Trace over that of the real law, the identity."""
    return np.trace(fits[-1], axis1=1, axis2=2) / fits.shape[-1]


def _size(rng: np.random.Generator) -> tuple[int, int, int, int]:
    """n, d, generations, seed."""
    return int(rng.integers(3, 5)), int(rng.integers(3, 5)), int(rng.integers(3, 6)), int(rng.integers(2**31))


def _pool(subsample: bool):
    def draw(rng: np.random.Generator):
        size, d, g, seed = _size(rng)
        values = _shares(accumulate(np.eye(d), size, g, REPLICATES, seed, subsample=subsample))
        law = md.subsampled_variance if subsample else md.accumulated_variance
        return values, {
            "claimed": law(size, g),
            "replace": (1 - 1 / size) ** (g + 1),
            "real batch unfitted": law(size, g) / (1 - 1 / size),
        }

    return draw


def _fresh(rng: np.random.Generator):
    size, d, g, seed = _size(rng)
    fresh = int(rng.integers(1, size))
    values = _shares(with_fresh(np.eye(d), size, fresh, g, REPLICATES, seed))
    path = md.fresh_variances(size, fresh, g + 1)
    share = fresh / size
    known = 1 - 1 / size
    for _ in range(g):
        known = (share + (1 - share) * known) * (1 - 1 / size)
    return values, {
        "claimed": float(path[g]),
        "means of both parts alike": known,
        "nothing fresh": (1 - 1 / size) ** (g + 1),
    }


CLAIM = Claim(
    identifier="own-mixed-data",
    paper=Paper.OWN,
    source="this project; the loops of arXiv 2509.16499 that keep real data",
    title="Variance kept by real data in the training set",
    kind=Kind.EQUALITY,
    hypotheses=(
        "n points a generation; fits of mean and covariance divide by the number of points; σ² the variance of the "
        "real data in any direction",
        "subsample: n of the nT points of the pool, uniformly without replacement",
        "fresh: pn points of a generation are new and real, pn a whole number, 0 < p ≤ 1",
    ),
    printed=Statement(
        "All of the growing pool: E V_T = σ² Π_{k≤T} (1 − 1/(nk²)) → σ² sin(π/√n)/(π/√n). A subsample: E V_{T+1} = "
        "(1 − u_T/(T+1)²)E V_T, u_T = 1/n + (T−1)(n−1)/(n(nT−1)) ≤ 2/n, with a limit > 0. Fresh share p: E v → "
        "pcσ²/(1 − (1−p)c), c = 1 − 1/(n(2−p)), at rate 1 − p; one fresh point keeps (2n−2)/(3n−2)σ².",
        Verdict.PROVED,
        (md.ACCUMULATED_FACTOR, md.SUBSAMPLED_FACTOR, md.FRESH_VARIANCE),
    ),
    checks=(
        derivation(
            "second moments of one generation",
            STEPS,
            scope="all n ≥ 2, T ≥ 1, 0 < p ≤ 1",
            also_rejected=[
                Identity("drawn with replacement", V / n, offset),
                Identity("no error of the mean", (T * V + (1 - 1 / n) * V) / (T + 1), md.ACCUMULATED_FACTOR * V),
            ],
        ),
        EULER,
        monte_carlo("sampled pools", _pool(False), ["replace", "real batch unfitted"], problems=3),
        monte_carlo("sampled pools, subsampled", _pool(True), ["replace", "real batch unfitted"], problems=3),
        monte_carlo(
            "sampled loops with fresh points",
            _fresh,
            ["means of both parts alike", "nothing fresh"],
            problems=3,
        ),
    ),
)
