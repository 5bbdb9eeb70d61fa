"""Our own: log GS against entropy is a scaling identity of slope q/d; no memorisation is needed.

1. Distances scale with the cloud: log GS(aD, aG) = log GS(D, G) + q log a; Ĥ(aD) = Ĥ(D) + d log a, as for the true
   entropy. Whatever D and G are, the slope between two scales is q/d.
2. Let the generated points have the law of the N training points, all independent. Take N + 1 such points and call one
   of them generated: its log distance to the others is a log ε_1 among N + 1 points, by exchange. So GS_geo, the
   geometric mean over the generated points, is the Kozachenko–Leonenko estimate, for every law: E log GS_geo =
   (q/d)(E Ĥ_1(N + 1) − ψ(N + 1) + ψ(1) − log c_d).
3. The family N(m, s²I): D_g = m_g + s_g z_g, and its fit has mean m_g + s_g z̄_g and deviation s_g v(z_g), v² the mean
   square per coordinate about the mean. So D_{g+1} = m_{g+1} + s_{g+1}z_{g+1} with s_{g+1} = s_g v(z_g), and every
   distance between D_{g+1} and D_g is s_g times a function of (z_g, z_{g+1}), which is independent of s_g and has one
   law for all g. dN v² is χ² of d(N − 1) degrees.
4. The full covariance: GS_g lies between the first coordinate's, along the leading eigenvector, and the mean square
   distance, a multiple of tr Σ_g; both move like λ_1. The entropy moves by Σλ_i/2.
"""

import numpy as np
import sympy as sp

from numerics.refit_simulation import replace
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.novelty import novelty, to_neighbour
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import refit_loop as rl
from theory import scaling_identity as si
from theory.scaling_identity import late_slope

q, a, d, N = si.POWER, si.SCALE, si.DIMENSION, si.SAMPLES
count, i = sp.Symbol("n", integer=True, positive=True), sp.Symbol("i", integer=True)
logs, gaps = sp.IndexedBase("l"), sp.IndexedBase("g")
constant, deviation, moved = sp.symbols("C s L", real=True)
s = sp.Symbol("t", real=True)
more = sp.Symbol("h", nonnegative=True)
degrees = d * (N - 1)
moment = (2 / (d * N)) ** s * sp.gamma(degrees / 2 + s) / sp.gamma(degrees / 2)

STEPS = [
    SumIdentity(
        "the estimate of the entropy, scaled",
        constant + d / count * sp.Sum(logs[i] + moved, (i, 1, count)),
        constant + d / count * sp.Sum(logs[i], (i, 1, count)) + d * moved,
    ),
    SumIdentity(
        "log GS_geo, scaled",
        q / count * sp.Sum(gaps[i] + moved, (i, 1, count)),
        q / count * sp.Sum(gaps[i], (i, 1, count)) + q * moved,
    ),
    Identity("log GS, scaled", sp.expand_log(sp.log(a**q * sp.exp(deviation))), q * sp.log(a) + deviation),
    Identity("slope", q * moved / (d * moved), si.SLOPE),
    Identity("GS_geo from the estimate", si.SLOPE * ((constant + d * moved) - constant), q * moved),
    Identity("drift of log s²", sp.diff(moment, s).subs(s, 0), si.ISOTROPIC_DRIFT),
    Identity("mean of s²", sp.gammasimp(moment.subs(s, 1)), 1 - 1 / N),
    Identity("late slope", q * rl.LEADING.subs(rl.DIMENSION, 1) / rl.LEADING,
             si.LATE_SLOPE.xreplace({d: rl.DIMENSION})),
    AtLeast("below the early one", si.SLOPE, si.LATE_SLOPE, where={d: 1 + more}),
]  # fmt: skip


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _isotropic(change: int = 0, anisotropic: bool = False):
    """Largest distance of GS_g/s_g^q, in a loop from any start, from the same function of the noise alone."""

    def discrepancy(seed: int) -> float:
        rng = np.random.default_rng(seed)
        n, d_, power = int(rng.integers(2, 9)), int(rng.integers(2, 6)), int(rng.integers(1, 3))
        noise = rng.standard_normal((5, n, d_))
        scale = float(rng.uniform(0.1, 9.0)) * (np.arange(1, d_ + 1) if anisotropic else 1)
        training, size = rng.standard_normal(d_) + scale * noise[0], scale
        worst = 0.0
        for g in range(4):
            centred = training - training.mean(axis=0)
            fitted = np.sqrt((centred**2).mean())
            generated = training.mean(axis=0) + fitted * noise[g + 1]
            found = novelty(generated, training, power).mean() / np.mean(size) ** (power + change)
            own = noise[g] - noise[g].mean(axis=0)
            alone = noise[g].mean(axis=0) + np.sqrt((own**2).mean()) * noise[g + 1]
            worst = max(worst, abs(found / novelty(alone, noise[g], power).mean() - 1))
            training, size = generated, fitted
        return worst

    return discrepancy


DRAWS = 3000


def _exchange(wider: float = 1.0, fewer: int = 0):
    """Distance of E log min_z‖x − z‖ from E log ε_1 among N + 1 points, in standard errors: three laws."""

    def discrepancy(seed: int) -> float:
        rng = np.random.default_rng(seed)
        n, d_, kind = int(rng.integers(2, 6)), int(rng.integers(1, 4)), int(rng.integers(3))

        def draw(size: int) -> np.ndarray:
            shape = (DRAWS, size, d_)
            lumps = rng.integers(2, size=(DRAWS, size, 1)) * 3.0 + rng.uniform(size=shape) ** 2
            return (rng.standard_normal(shape), rng.uniform(size=shape), lumps)[kind]

        novel = np.log(novelty(wider * draw(n), draw(n), 1)).mean(axis=1)
        estimate = np.log(to_neighbour(draw(n + 1 - fewer))).mean(axis=1)
        error = np.sqrt((novel.var() + estimate.var()) / DRAWS)
        return float(abs(novel.mean() - estimate.mean()) / error)

    return discrepancy


CHAINS, EARLY, LATE = 400, 80, 120


def _late(wrong: str = ""):
    """Fall of log GS late in a full loop against λ_1, in standard errors, q = 2."""

    def discrepancy(seed: int) -> float:
        rng = np.random.default_rng(seed)
        n, d_ = int(rng.integers(4, 6)), 2
        fits = replace(np.eye(d_), n, LATE, CHAINS, int(rng.integers(2**31)))
        logs_ = []
        for g in (EARLY, LATE):
            root = np.linalg.eigh(fits[g])
            factor = root[1] * np.sqrt(np.maximum(root[0], 0.0))[:, None, :]
            training = rng.standard_normal((CHAINS, n, d_)) @ factor.mT
            centred = training - training.mean(axis=1, keepdims=True)
            # Points of the fit: combinations of the training points with the fit's second moments.
            weights = rng.standard_normal((CHAINS, n, n)) / np.sqrt(n)
            generated = training.mean(axis=1, keepdims=True) + weights @ centred
            logs_.append(np.log(novelty(generated, training, 2).mean(axis=1)))
        fall = (logs_[1] - logs_[0]) / (LATE - EARLY)
        rate = rl.lyapunov_rates(n, d_)
        predicted = rate.mean() if wrong else late_slope(n, d_, 2) * rate.sum() / 2
        return float(abs(fall.mean() - predicted) / fall.std() * np.sqrt(CHAINS))

    return discrepancy


CLAIM = Claim(
    identifier="own-scaling-identity",
    paper=Paper.OWN,
    source="this project; the line between log GS and entropy of arXiv 2509.16499",
    title="log GS against entropy: a scaling identity",
    kind=Kind.EQUALITY,
    hypotheses=(
        "GS = mean over generated x of min_z ‖x − z‖^q, z in the training set; Ĥ the Kozachenko–Leonenko estimate",
        "1: any training set and generated set, both scaled by a > 0",
        "2: training and generated points independent, of one law with a finite E|log distance|",
        "3: N ≥ 2 points of N(m, s²I_d) a generation, the fit by maximum likelihood in this family, D_{g+1} = G_g",
        "4: as 3 with a full covariance and N > d",
    ),
    printed=Statement(
        "1: log GS moves by q/d for each nat of Ĥ. 2: E log GS_geo = (q/d)(E Ĥ_1(N + 1 points) − ψ(N+1) + ψ(1) − log "
        "c_d). 3: GS_g = s_g^q F_g, F_g independent of s_g, of one law for all g, E log(s²_{g+1}/s²_g) = ψ(d(N−1)/2) "
        "− log(dN/2), E s_g² = (1 − 1/N)^g s_0². 4: log GS_g/g → qλ_1/2, and its late slope in the entropy is qλ_1/Δ, "
        "below q/d for d > 1: for d ≪ N it is 4q/(d(d+3)).",
        Verdict.PROVED,
        (si.SLOPE, si.ISOTROPIC_DRIFT, si.LATE_SLOPE),
    ),
    depends_on=("own-refit-drift",),
    checks=(
        derivation(
            "scale, drift and slopes",
            STEPS,
            scope="all d, q, N ≥ 2",
            also_rejected=[
                Identity("slope of squared distances for distances", q * moved / (2 * d * moved), si.SLOPE),
                Identity(
                    "drift with the mean known", sp.polygamma(0, d * N / 2) - sp.log(d * N / 2), si.ISOTROPIC_DRIFT
                ),
            ],
        ),
        property_check(
            Law("GS over the scale is a function of the noise alone", _seed, _isotropic(), 1e-9),
            [
                Law("another power of the scale", _seed, _isotropic(change=1), 1e-9),
                Law("a start that is not isotropic", _seed, _isotropic(anisotropic=True), 1e-9),
            ],
            problems=20,
        ),
        property_check(
            Law("novelty of a perfect generator is the entropy estimate, in standard errors", _seed, _exchange(), 6.0),
            [
                Law("generator half again as wide", _seed, _exchange(wider=1.5), 6.0),
                Law("N points in place of N + 1", _seed, _exchange(fewer=1), 6.0),
            ],
            problems=6,
            scope="N = 2 … 5, d = 1 … 3, three laws; false-alarm rate about 4e-8",
        ),
        property_check(
            Law("late fall of log GS, in standard errors", _seed, _late(), 6.0),
            [Law("all directions alike", _seed, _late("mean rate"), 6.0)],
            problems=1,
            bears=Bears.SUPPORTS,
            scope="d = 2, N = 4, 5, generations 80 to 120; false-alarm rate ≤ 2e-9",
        ),
    ),
)
