"""Our own: a loop of exact linear denoisers contracts although nothing is sampled badly.

With D(x) = sx/(s + σ²) the flow is dx/dσ = (x − D)/σ = σx/(s + σ²), solved by x ∝ √(s + σ²). From variance σ_max² at
σ_max to (s + σ_min²)/(s + σ_max²) of it at σ_min: a Möbius map of s with fixed points ±σ_minσ_max, which in the
coordinate (s − s⋆)/(s + s⋆) multiplies by (σ_max − σ_min)/(σ_max + σ_min). As σ_min → 0 both meet at 0 and 1/s grows by
1/σ_max² a generation. Directions of the covariance are independent of each other. The start is to blame: the noised
data have variance s + σ_max², and from there the flow would return s.
"""

import numpy as np
import sympy as sp

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import flow_loop as fl

s, top, low = fl.SPREAD, fl.LARGEST, fl.LEAST
sigma = sp.Symbol("sigma", positive=True)
extra = sp.Symbol("t", positive=True)
path = sp.sqrt(s + sigma**2)

STEPS = [
    Identity("the flow", sp.diff(path, sigma), (path - s * path / (s + sigma**2)) / sigma),
    Identity("end of the flow", top**2 * (path.subs(sigma, low) / path.subs(sigma, top)) ** 2, fl.NEXT),
    Identity("from noised data it returns them", (s + top**2) * (s + low**2) / (s + top**2), s + low**2),
    Identity("no noise left: one generation", 1 / fl.NEXT.subs(low, 0), 1 / s + 1 / top**2),
    Identity("fixed point", fl.NEXT.subs(s, fl.FIXED), fl.FIXED),
    Identity("contraction", (fl.NEXT - fl.FIXED) / (fl.NEXT + fl.FIXED), fl.RATE * (s - fl.FIXED) / (s + fl.FIXED)),
    AtLeast(
        "large directions shrink", s, fl.NEXT, where={s: low * (low + extra) + sigma, top: low + extra}, strict=True
    ),
]


def _draw(rng: np.random.Generator):
    """Spectrum, generations, σ_max, σ_min (zero in one of three)."""
    top_ = float(rng.uniform(0.5, 4.0))
    least = float(rng.choice([0.0, rng.uniform(0.01, 0.9), rng.uniform(0.01, 0.9)])) * top_
    return rng.uniform(0.01, 9.0, size=int(rng.integers(1, 5))), int(rng.integers(1, 4)), top_, least


def _stepped(change: float = 1.0, generations: int = 0):
    """Against the flow integrated with the denoiser, in 400 steps of the fourth order in log σ."""

    def discrepancy(problem) -> float:
        spectrum, g, top_, least = problem
        found = fl.flow_variances(spectrum, g + generations, top_, change * least)
        variances, end = spectrum, max(least, 1e-3 * top_)
        levels, h = np.linspace(np.log(top_), np.log(end), 401, retstep=True)
        for _ in range(g):

            def slope(log_sigma: float, x: np.ndarray, s_: np.ndarray = variances) -> np.ndarray:
                return x - s_ * x / (s_ + np.exp(2 * log_sigma))

            x = np.full_like(variances, top_)
            for u in levels[:-1]:
                k1 = slope(u, x)
                k2 = slope(u + h / 2, x + h / 2 * k1)
                k3 = slope(u + h / 2, x + h / 2 * k2)
                x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + slope(u + h, x + h * k3))
            # Below `end` the flow is its denoiser, to the second order in the noise.
            variances = x**2 if least else (variances / (variances + end**2)) * x**2
        return float(np.abs(found / variances - 1).max())

    return discrepancy


CLAIM = Claim(
    identifier="own-flow-loop",
    paper=Paper.OWN,
    source="this project; the loop of arXiv 2509.16499 without finite samples",
    title="A loop of exact linear denoisers",
    kind=Kind.EQUALITY,
    hypotheses=(
        "data N(0, S), the optimal denoiser at every noise level, probability flow solved exactly from N(0, σ_max²I) "
        "at σ_max > σ_min ≥ 0; s an eigenvalue of S",
        "the next data are the flow's end at σ_min",
    ),
    printed=Statement(
        "s_{g+1} = σ_max²(s_g + σ_min²)/(s_g + σ_max²): for σ_min = 0, 1/s_g = 1/s_0 + g/σ_max²; for σ_min > 0 every "
        "direction tends to σ_minσ_max, (s_g − s⋆)/(s_g + s⋆) shrinking by (σ_max − σ_min)/(σ_max + σ_min) each time.",
        Verdict.PROVED,
        (fl.NEXT, fl.FIXED, fl.RATE),
    ),
    checks=(
        derivation(
            "the flow and its Möbius map",
            STEPS,
            scope="all s > 0, 0 ≤ σ_min < σ_max",
            also_rejected=[Identity("variances add", 1 / fl.NEXT.subs(low, 0), 1 / (s + top**2))],
        ),
        property_check(
            Law("the flow in small steps", _draw, _stepped(), 1e-5),
            [
                Law("σ_min 1 % larger", _draw, _stepped(1.01), 1e-5),
                Law("one generation more", _draw, _stepped(generations=1), 1e-5),
            ],
            problems=8,
        ),
    ),
)
