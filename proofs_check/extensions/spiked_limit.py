"""Our own: train and test loss of a block as wide as the number of spikes, as dimension and sample size grow together.

One spike, in units of the bulk (v = 1): S = I + (ℓ − 1)uuᵀ, Ŝ = S^{1/2}WS^{1/2} with W from isotropic samples. Let Ŝû =
xû. Then h = S^{1/2}û satisfies Wh = xS⁻¹h, and S⁻¹ = I − ((ℓ − 1)/ℓ)uuᵀ: where x is no eigenvalue of W,
h ∝ (x − W)⁻¹u, and 1 = x((ℓ − 1)/ℓ)uᵀ(x − W)⁻¹u. Cited: as d, n → ∞ forms in u become the Marchenko–Pastur
transform, uᵀ(x − W)⁻¹u → −m(x), with cxm² + (x + c − 1)m + 1 = 0. So xm = −ℓ/(ℓ − 1), which gives x; the overlap
(uᵀû)² = m²/(ℓm' − (ℓ − 1)m²) comes from û ∝ S^{-1/2}(x − W)⁻¹u and uᵀ(x − W)⁻²u → m'(x). Since x − (1 + √c)² =
(ℓ − 1 − √c)²/(ℓ − 1), this x lies outside the bulk; above the threshold ℓ − 1 > √c the overlap is positive. Cited: at
and below it the leading sample eigenvalue tends to the edge and the overlap to 0; several spikes are each as if alone.

A fresh sample has along û the second moment s = ûᵀSû = v + (ℓ − v)ω = ℓ²/ŝ. In one kept direction the train loss
counts ŝ and the test loss s: the block loses (ŝ − s)a(2 − a) more on fresh samples than on its own. A mean μ makes X =
1μᵀ + √v Z, a spike's √(ℓ − v)gu ᵀ + √v Z with the Gaussian g replaced by 1, of the same length √n in the limit; the
law of Z is unchanged by the rotation that takes one to the other.
"""

from functools import cache

import numpy as np
import sympy as sp
from flint import acb, arb

from numerics.block_draws import Draws, draw_blocks
from proofs_check.balls import equality_in_balls, precision
from proofs_check.check import Bears, Effort, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, estimate, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import spiked_covariance as sc
from theory.linear_autoencoder import GAIN_SYMBOL as a
from theory.proportional_limit import RATIO as c
from theory.proportional_limit import VARIANCE as v
from theory.spectral_loss import MOMENT as s
from theory.spectral_loss import SIGMA, TEST_LOSS_AT_GAIN

root_c, beyond, shown, extra = sp.symbols("r x S y", positive=True)
l = sc.SPIKE  # noqa: E741
UNIT = {v: sp.S.One}
place = sc.LOCATION.xreplace(UNIT)
m = -l / ((l - 1) * place)
# Derivative of the Marchenko–Pastur equation in x.
slope = -(c * m**2 + m) / (2 * c * place * m + place + c - 1)

STEPS = [
    Identity("inverse of the covariance", (1 + (l - 1)) * (1 - (l - 1) / l), sp.S.One),
    Identity("the location solves the Marchenko–Pastur equation", c * place * m**2 + (place + c - 1) * m, -sp.S.One),
    Identity("overlap by the slope of m", m**2 / (l * slope - (l - 1) * m**2), sc.OVERLAP.xreplace(UNIT)),
    Identity("in the units of the bulk", v * place.xreplace({l: l / v}), sc.LOCATION),
    Identity("overlap without units", sc.OVERLAP.xreplace(UNIT).xreplace({l: l / v}), sc.OVERLAP),
    Identity("moment of a fresh sample", v + (l - v) * sc.OVERLAP, sc.ENERGY),
    Identity(
        "distance from the bulk",
        sc.LOCATION.xreplace({c: root_c**2}) - v * (1 + root_c) ** 2,
        (l - v - v * root_c) ** 2 / (l - v),
    ),
    AtLeast(
        "overlap above the threshold",
        sc.OVERLAP,
        sp.S.Zero,
        where={c: root_c**2, l: v * (1 + root_c) + beyond},
        strict=True,
    ),
    AtLeast("training overrates the spike", sc.LOCATION, sc.ENERGY, where={l: v + beyond}, strict=True),
    Identity(
        "what fresh samples cost more",
        (shown - TEST_LOSS_AT_GAIN.xreplace({s: shown})) - (s - TEST_LOSS_AT_GAIN),
        (shown - s) * a * (2 - a),
    ),
    Identity(
        "train loss of a kept direction",
        TEST_LOSS_AT_GAIN.xreplace({s: shown}).xreplace({a: shown / (shown + SIGMA**2)}),
        shown * SIGMA**2 / (shown + SIGMA**2),
    ),
]

POINTS = [
    {c: sp.Rational(ratio, 4), l: sp.Rational(spike, 2), v: sp.Rational(bulk, 2)}
    for ratio, spike, bulk in ((1, 9, 2), (9, 20, 3), (16, 15, 1))
]


def _transform(point, power: int) -> arb:
    """∫ dF(t)/(x − t)^power over the Marchenko–Pastur law, zeros included, at x = ŝ/v."""
    ratio, spike, bulk = (arb(int(point[k].p)) / int(point[k].q) for k in (c, l, v))
    x = spike / bulk * (1 + ratio * bulk / (spike - bulk))

    def integrand(angle: acb, _: bool) -> acb:
        scaled = 1 + ratio + 2 * ratio.sqrt() * angle.cos()
        return 2 * angle.sin() ** 2 / (arb.pi() * scaled * (x - scaled) ** power)

    zeros = 1 - 1 / ratio if ratio > 1 else arb(0)
    return acb.integral(integrand, acb(0), acb.pi()).real + zeros / x**power


@cache
def _by_density(values: tuple[tuple[sp.Symbol, sp.Rational], ...], overlap: bool) -> arb:
    point = dict(values)
    with precision():
        first, second = _transform(point, 1), _transform(point, 2)
        scaled = arb(int((point[l] / point[v]).p)) / int((point[l] / point[v]).q)
        # 1 = x((ℓ − 1)/ℓ)·∫dF/(x − t) gives ŝ = vx.
        if overlap:
            return first**2 / (scaled * second - (scaled - 1) * first**2)
        return scaled / ((scaled - 1) * first) * arb(int(point[v].p)) / int(point[v].q)


SIZE, BULK, NOISE, SPIKE, PAIRS = 128, 0.5, 3.0, 5.0, 10
RATIOS = (0.25, 1.0, 4.0)
TOTAL = SPIKE + (SIZE - 1) * BULK


@cache
def narrow_draws(centred: bool, ratio: float, seed: int) -> Draws:
    """Blocks of one unit at d = 128, the spike in the covariance or in the mean."""
    spectrum, mean = np.full(SIZE, BULK), np.zeros(SIZE)
    if centred:
        spectrum[0] = SPIKE
    else:
        mean[0] = np.sqrt(SPIKE - BULK)
    return draw_blocks(spectrum, mean, int(SIZE / ratio), 1, NOISE, 0.0, PAIRS, seed)


def _off(law):
    """Largest relative distance of a mean saving of train or test loss, beyond six standard errors."""

    def discrepancy(seed: int) -> float:
        errors = []
        for centred in (True, False):
            for ratio in RATIOS:
                found, losses = narrow_draws(centred, ratio, seed), law(ratio)
                for values, predicted in (
                    (found.energy - found.train, losses.train),
                    (TOTAL - found.test, losses.test),
                ):
                    mean = estimate(values.ravel())
                    away = max(0.0, abs(mean.mean - (TOTAL - predicted)) - 6 * mean.standard_error)
                    errors.append(away / mean.mean)
        return max(errors)

    return discrepancy


def claimed(ratio: float) -> sc.Losses:
    """Losses of the theory at the draws' setting."""
    return sc.spiked_losses(np.array([SPIKE]), SIZE, ratio, NOISE, BULK)


def _with(shown_of, fresh_of):
    """The same losses from other values of ŝ and s."""

    def law(ratio: float) -> sc.Losses:
        found = sc.sample_spikes(np.array([SPIKE]), ratio, BULK)
        location, energy = shown_of(found), fresh_of(found)
        gain = location / (location + NOISE**2)
        saved = ((2 - gain) * gain * energy - gain**2 * NOISE**2).item()
        return sc.Losses(TOTAL - (location**2 / (location + NOISE**2)).item(), TOTAL - saved)

    return law


def _law(name: str, law) -> Law:
    return Law(name, lambda rng: int(rng.integers(2**31)), _off(law), 0.02)


def _tables(effort: Effort) -> tuple[Table, ...]:
    rows = []
    for centred in (True, False):
        for ratio in RATIOS:
            found, losses = narrow_draws(centred, ratio, effort.seed), claimed(ratio)
            row = ["covariance" if centred else "mean", f"{ratio:g}"]
            for values, predicted in ((found.train, losses.train), (found.test, losses.test)):
                mean = estimate(values.ravel())
                row += [f"{predicted:.2f}", f"{mean.mean:.2f} ± {mean.standard_error:.2f}"]
            rows.append(tuple(row))
    title = f"Total loss of one unit at d = {SIZE}, ℓ = {SPIKE:g}, v = {BULK:g}, σ = {NOISE:g}, {2 * PAIRS} draws"
    return (Table(title, ("spike in the", "d/n", "train", "measured", "test", "measured"), tuple(rows)),)


CLAIM = Claim(
    identifier="own-spiked-limit",
    paper=Paper.OWN,
    source="this project; sharper than the test loss of Corollary 3.3 of arXiv 2512.20963",
    title="Losses of a block as wide as its spikes",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "d, n → ∞ with d/n → c > 0, σ > 0, gates as in Theorem 3.1",
        "S = vI + Σ_j (ℓ_j − v)u_ju_jᵀ, p_k spikes, Gaussian samples; a mean μ counts as the spike ‖μ‖² + v",
        "cited (Marchenko–Pastur; Baik–Ben Arous–Péché, Paul): forms uᵀ(x − W)⁻¹u and uᵀ(x − W)⁻²u of isotropic "
        "samples tend to −m(x) and m'(x); at or below v(1 + √c) only the edge is seen, ω = 0; spikes do not "
        "interact",
    ),
    printed=Statement(
        "A spike ℓ > v(1 + √c) is seen at ŝ = ℓ(1 + cv/(ℓ − v)) while a fresh sample has the second moment ℓ²/ŝ "
        "along the block's direction; with the gain a = ŝ/(ŝ + σ²) it saves ŝ²/(ŝ + σ²) of the train loss and "
        "a(2 − a)ℓ²/ŝ − a²σ² of the test loss.",
        Verdict.PROVED,
        (sc.LOCATION, sc.OVERLAP, sc.ENERGY),
    ),
    depends_on=("BR-lem-D.1", "own-frozen-gates"),
    checks=(
        derivation(
            "secular equation and losses",
            STEPS,
            scope="all c, v, ℓ, σ",
            also_rejected=[
                Identity("fresh samples as the population has it", v + (l - v) * sc.OVERLAP, l),
                AtLeast(
                    "overlap below the threshold",
                    sc.OVERLAP,
                    sp.S.Zero,
                    where={c: (root_c + beyond) ** 2, l: v * (1 + root_c)},
                    strict=True,
                ),
            ],
        ),
        equality_in_balls(
            "location by the density",
            sc.LOCATION,
            lambda point: _by_density(tuple(point.items()), False),
            POINTS,
            also_rejected=[("the population's spike", l)],
        ),
        equality_in_balls(
            "overlap by the density",
            sc.OVERLAP,
            lambda point: _by_density(tuple(point.items()), True),
            POINTS,
            also_rejected=[("without the denominator", 1 - c * v**2 / (l - v) ** 2)],
        ),
        property_check(
            _law("blocks of one unit at d = 128", claimed),
            [
                _law("no overlap factor", _with(lambda f: f.location, lambda f: np.full(1, SPIKE))),
                _law("spike not shifted", _with(lambda f: np.full(1, SPIKE), lambda f: f.energy)),
                _law("test as train", lambda ratio: sc.Losses(claimed(ratio).train, claimed(ratio).train)),
                _law("train as test", lambda ratio: sc.Losses(claimed(ratio).test, claimed(ratio).test)),
                _law("twice c", lambda ratio: claimed(2 * ratio)),
            ],
            problems=1,
            bears=Bears.SUPPORTS,
            scope="a spike in the covariance or the mean, d/n = 1/4, 1, 4",
            tables=_tables,
        ),
    ),
)
