"""Moments of one unit and of a pair of units on one sample, in balls, with all that second derivatives need.

For sample x (y = x + σε) and units a, b write z_a = w_a·y, μ, s, α = μ/s, C_ab = σ²w_a·w_b, ρ, τ as in
`theory.gaussian_relu`, h = [z]_+, δ_a = δ(z_a), p_a = φ(α_a)/s_a. Then

    E[δ_a 1_b] = p_aΦ(N/τ),   E[δ_a h_b] = p_a s_b (NΦ(N/τ) + τφ(N/τ)),   N = α_b − ρα_a,
    E[1_a h_b] = μ_bΦ₂ + s_bφ(α_b)Φ(N'/τ) + ρs_bφ(α_a)Φ(N/τ),             N' = α_a − ρα_b,
    E[h_a h_b] = μ_aE[1_a h_b] + s_a²E[δ_a h_b] + C_abΦ₂                   (Stein's lemma).

Where columns are parallel or opposite, τ = 0, Φ(N/τ) is any number in [0, 1] and Φ(N'/τ) is tied to it. All moments are
linear in the first, so their values at the two ends of its range enclose them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from flint import arb

from .orthant_balls import normal_density, normal_distribution, orthant_ball


@dataclass(frozen=True)
class Single:
    """One unit on one sample: μ, s, α, Φ(α) and the density φ(α)/s of z at 0."""

    mu: arb
    s: arb
    alpha: arb
    on: arb
    edge: arb

    @property
    def mean(self) -> arb:
        """E[z_+]."""
        return self.mu * self.on + self.s * self.s * self.edge


@dataclass(frozen=True)
class Pair:
    """Units a, b on one sample: Φ₂, E[h_ah_b], then for a and for b E[1_ah_b], E[δ_a1_b] and E[δ_ah_b]; `density` is
    τ² s_as_b times the density of (z_a, z_b) at (0, 0).
    """

    both: arb
    cross: arb
    gated: tuple[arb, arb]
    edge_on: tuple[arb, arb]
    edge_mean: tuple[arb, arb]
    density: arb


def single(mu: arb, s: arb) -> Single:
    """The moments of z ~ N(mu, s²), s > 0."""
    alpha = mu / s
    return Single(mu, s, alpha, normal_distribution(alpha), normal_density(alpha) / s)


def pair_cases(a: Single, b: Single, rho: arb, tau: arb) -> tuple[Pair, ...]:
    """The moments of a pair; one set at each end of what τ leaves open, which they depend on linearly."""
    both = orthant_ball(a.alpha, b.alpha, rho)
    rest_b, rest_a = b.alpha - rho * a.alpha, a.alpha - rho * b.alpha
    # φ(α_a)φ(N/τ) = φ(α_b)φ(N'/τ): one bounded bell for both.
    bell = _bell(a.alpha, b.alpha, rho, tau)
    found = []
    for share_b, share_a in _shares(a.alpha, b.alpha, rho, tau):
        edge_on = (a.edge * share_b, b.edge * share_a)
        edge_mean = (
            b.s * (a.edge * rest_b * share_b + tau * bell / a.s),
            a.s * (b.edge * rest_a * share_a + tau * bell / b.s),
        )
        gated = (
            b.mu * both + b.s * b.s * edge_on[1] + rho * a.s * b.s * edge_on[0],
            a.mu * both + a.s * a.s * edge_on[0] + rho * a.s * b.s * edge_on[1],
        )
        cross = a.mu * gated[0] + a.s * a.s * edge_mean[0] + rho * a.s * b.s * both
        found.append(Pair(both, cross, gated, edge_on, edge_mean, tau * bell))
    return tuple(found)


def _shares(alpha: arb, beta: arb, rho: arb, tau: arb) -> list[tuple[arb, arb]]:
    """Φ(N/τ) and Φ(N'/τ); where τ may vanish, at both ends of the range that the first can have.

    N − N' = (β − α)(1 + ρ) and N + N' = (α + β)(1 − ρ) tie the second to the first, with τ²/(1 ∓ ρ) = 1 ± ρ.
    """
    rest_b, rest_a = beta - rho * alpha, alpha - rho * beta
    if tau > 0:
        return [(normal_distribution(rest_b / tau), normal_distribution(rest_a / tau))]
    first = _gate(rest_b, tau.upper())
    ends = [first.lower(), first.upper()]
    steepest = 1 / (2 * arb.pi()).sqrt()
    if rho > 0:
        slack = arb(0, (steepest * abs(alpha + beta) * tau / (1 + rho)).abs_upper())
        return [(share, 1 - share + slack) for share in ends]
    if rho < 0:
        slack = arb(0, (steepest * abs(alpha - beta) * tau / (1 - rho)).abs_upper())
        return [(share, share + slack) for share in ends]
    second = _gate(rest_a, tau.upper())
    return [(share, other) for share in ends for other in (second.lower(), second.upper())]


def _gate(rest: arb, widest: arb) -> arb:
    """Φ(rest/τ) for all 0 ≤ τ ≤ widest."""
    if rest > 0:
        return normal_distribution(rest / widest).lower().union(arb(1))
    if rest < 0:
        return arb(0).union(normal_distribution(rest / widest).upper())
    return arb(0).union(arb(1))


def hull(cases: tuple[Pair, ...]) -> Pair:
    """Moments that enclose those of all cases."""
    if len(cases) == 1:
        return cases[0]
    return Pair(
        cases[0].both,
        reduce(arb.union, (case.cross for case in cases)),
        _union_of_sides([case.gated for case in cases]),
        _union_of_sides([case.edge_on for case in cases]),
        _union_of_sides([case.edge_mean for case in cases]),
        cases[0].density,
    )


def _union_of_sides(sides: list[tuple[arb, arb]]) -> tuple[arb, arb]:
    return reduce(arb.union, (first for first, _ in sides)), reduce(arb.union, (second for _, second in sides))


def _bell(alpha: arb, beta: arb, rho: arb, tau: arb) -> arb:
    """exp(−(α² − 2ραβ + β²)/2τ²)/2π, at most 1/2π, for all τ ≥ 0 in its ball."""
    top = 1 / (2 * arb.pi())
    if not tau > 0:
        return arb(0).union(top.upper())
    rest = (alpha - rho * beta) / tau
    form = rest * rest + beta * beta
    return top * (-form / 2).exp()
