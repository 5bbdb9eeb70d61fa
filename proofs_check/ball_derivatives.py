"""Gradient and Hessian of BR eq. 6 in ball arithmetic, for weights that are only known to lie in balls.

A second route: nothing is imported from the float code. The moments are those of `ball_moments`; every second
derivative of the objective is a moment E[g·yyᵀ] with g among 1_a, 1_a1_b, δ_a, δ_ah_b, by Stein's lemma a combination
of them. The density of a pair at (0, 0) is unbounded as columns become parallel, but enters multiplied by τ². There the
share Φ(N/τ) drops out of every derivative; each is enclosed at both ends of what it leaves open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from flint import arb, arb_mat

from .ball_moments import hull, pair_cases, single
from .balls import root

Vector = list[arb]
Unit = Sequence[arb]


@dataclass(frozen=True)
class Network:
    """What the objective sees of the weights: columns, and the inner products w_a·w_b and v_a·v_b.

    `gram1` and `gram2` may be wider than the columns say: a point with components orthogonal to all samples has larger
    inner products, which `slack` (the square of their length) allows for.
    """

    encoder: list[Vector]
    decoder: list[Vector]
    gram1: list[list[arb]]
    gram2: list[list[arb]]


def network(W1: arb_mat, W2: arb_mat, slack: Any = 0) -> Network:
    """The network of weights (r, p) in balls; `slack` widens all inner products by that much."""
    encoder, decoder = W1.transpose().tolist(), W2.transpose().tolist()
    return Network(encoder, decoder, _gram(encoder, slack), _gram(decoder, slack))


def _gram(columns: list[Vector], slack: Any) -> list[list[arb]]:
    return [[_dot(v, w) + arb(0, arb(slack).upper()) for w in columns] for v in columns]


def _dot(v: Unit, w: Unit) -> arb:
    return sum((p * q for p, q in zip(v, w, strict=True)), arb(0))


class Derivatives:
    """Gradient, Hessian and transverse curvature of eq. 6 at a network, for samples given as rows of balls.

    rows: u samples in r coordinates with multiplicities; sigma > 0 and weight_decay ≥ 0 as balls; no column of the
    encoder may vanish anywhere in its ball (`ValueError`).
    """

    def __init__(
        self,
        rows: Sequence[Unit],
        multiplicities: Sequence[int],
        weights: Network,
        sigma: arb,
        weight_decay: arb,
    ) -> None:
        self.rows, self.weights, self.sigma, self.weight_decay = rows, weights, sigma, weight_decay
        self.width = len(weights.encoder)
        count = sum(multiplicities)
        self.shares = [arb(m) / count for m in multiplicities]
        for a in range(self.width):
            if not weights.gram1[a][a] > 0:
                raise ValueError(f"weights must have no zero column in the encoder, column {a} may vanish")
        self.norms = [weights.gram1[a][a].sqrt() for a in range(self.width)]
        self.single = [[single(_dot(w, x), sigma * s) for w, s in self._encoder()] for x in rows]
        self.cosines = [[self._cosine(a, b) for b in range(self.width)] for a in range(self.width)]
        self.cases = {
            (a, b): [pair_cases(units[a], units[b], *self.cosines[a][b]) for units in self.single]
            for b in range(self.width)
            for a in range(b)
        }
        self.pairs = {units: [hull(cases) for cases in found] for units, found in self.cases.items()}

    def _encoder(self):
        return zip(self.weights.encoder, self.norms, strict=True)

    def _cosine(self, a: int, b: int) -> tuple[arb, arb]:
        """ρ and τ of a pair, each within its natural range."""
        gram, product = self.weights.gram1, self.norms[a] * self.norms[b]
        rho = (gram[a][b] / product).max(arb(-1)).min(arb(1))
        squared = (gram[a][a] * gram[b][b] - gram[a][b] * gram[a][b]) / (product * product)
        return rho, root(squared.min(arb(1)))

    def _moments(self, a: int, b: int, i: int) -> tuple[arb, arb, arb, arb, arb]:
        """Φ₂, E[h_ah_b], E[1_ah_b], E[δ_a1_b], E[δ_ah_b] for a ≠ b on sample i."""
        pair, side = self.pairs[min(a, b), max(a, b)][i], int(a > b)
        return pair.both, pair.cross, pair.gated[side], pair.edge_on[side], pair.edge_mean[side]

    def _over_samples(self):
        return list(zip(range(len(self.rows)), self.shares, self.rows, strict=True))

    def _cross(self, a: int, b: int, i: int) -> arb:
        """E[h_ah_b] on sample i; for a = b by E[h²] = μE[h] + s²Φ."""
        if a == b:
            unit = self.single[i][a]
            return unit.mu * unit.mean + unit.s * unit.s * unit.on
        return self._moments(a, b, i)[1]

    def transverse1(self) -> arb_mat:
        """T1 (p, p): what each direction orthogonal to all samples adds to the Hessian in W1 (own-span-reduction)."""
        gram = self.weights.gram2
        result = arb_mat(self.width, self.width)
        for i, share, x in self._over_samples():
            for a in range(self.width):
                unit = self.single[i][a]
                result[a, a] += share * (gram[a][a] * unit.on - _dot(self.weights.decoder[a], x) * unit.edge)
                for b in range(self.width):
                    if b != a:
                        both, _, _, _, edge_mean = self._moments(a, b, i)
                        result[a, b] += share * gram[a][b] * both
                        result[a, a] += share * gram[a][b] * edge_mean
        return 2 * self.sigma**2 * result + 2 * self.weight_decay * _identity(self.width)

    def transverse2(self) -> arb_mat:
        """T2 (p, p) = 2E[hhᵀ] + 2λI, the same for W2, where it is the whole block of the Hessian."""
        result = 2 * self.weight_decay * _identity(self.width)
        for i, share, _ in self._over_samples():
            for a in range(self.width):
                for b in range(self.width):
                    result[a, b] += 2 * share * self._cross(a, b, i)
        return result

    def gradient(self) -> tuple[arb_mat, arb_mat]:
        """∂L/∂W1 and ∂L/∂W2, each (r, p)."""
        W1, W2 = (arb_mat(columns).transpose() for columns in (self.weights.encoder, self.weights.decoder))
        gradient1, gradient2 = W1 * self.transverse1(), W2 * self.transverse2()
        gram = self.weights.gram2
        for i, share, x in self._over_samples():
            for a in range(self.width):
                unit = self.single[i][a]
                along = gram[a][a] * unit.mean - _dot(self.weights.decoder[a], x) * unit.on
                for b in range(self.width):
                    if b != a:
                        along += gram[a][b] * self._moments(a, b, i)[2]
                for j, value in enumerate(x):
                    gradient1[j, a] += 2 * share * along * value
                    gradient2[j, a] -= 2 * share * unit.mean * value
        return gradient1, gradient2

    def hessian(self) -> arb_mat:
        """(2pr, 2pr), ordered by layer, then unit, then coordinate: w_1 … w_p, v_1 … v_p."""
        r, p = len(self.rows[0]), self.width
        result = arb_mat(2 * p * r, 2 * p * r)

        def put(first: int, second: int, block: arb_mat) -> None:
            for j in range(r):
                for k in range(r):
                    result[first * r + j, second * r + k] = block[j, k]
                    result[second * r + k, first * r + j] = block[j, k]

        moments2 = self.transverse2()
        for a in range(p):
            for b in range(a, p):
                put(a, b, self._encoder_block(a, b))
                put(p + a, p + b, moments2[a, b] * _identity(r))
            for c in range(p):
                put(a, p + c, self._mixed_block(a, c))
        return result

    def _encoder_block(self, a: int, b: int) -> arb_mat:
        block = self._own_block(a) if a == b else self._pair_block(a, b)
        return block + 2 * self.weight_decay * _identity(len(self.rows[0])) if a == b else block

    def _pair_block(self, a: int, b: int) -> arb_mat:
        """2(v_a·v_b)E[1_a1_byyᵀ]."""
        r, sigma2 = len(self.rows[0]), self.sigma**2
        w_a, w_b = _column(self.weights.encoder[a]), _column(self.weights.encoder[b])
        unit_a, unit_b = (1 / self.norms[a]) * w_a, (1 / self.norms[b]) * w_b
        rho, tau = self.cosines[a][b]
        beside = _direction(unit_b - rho * unit_a, tau)
        total = arb_mat(r, r)
        for i, share, x in self._over_samples():
            first, second, column = self.single[i][a], self.single[i][b], _column(x)
            pair = self.pairs[a, b][i]
            edges = [
                edge_a * (_twice(column, w_a) - sigma2 * (first.alpha / first.s) * _outer(w_a))
                + edge_b * (_twice(column, w_b) - sigma2 * (second.alpha / second.s) * _outer(w_b))
                for edge_a, edge_b in (case.edge_on for case in self.cases[a, b][i])
            ]
            total += share * (
                pair.both * (_outer(column) + sigma2 * _identity(r))
                + sigma2 * reduce(_union, edges)
                + sigma2
                * pair.density
                * (rho * (_outer(unit_a) - _outer(beside)) + _twice(unit_a, unit_b - rho * unit_a))
            )
        return 2 * self.weights.gram2[a][b] * total

    def _own_block(self, a: int) -> arb_mat:
        """2‖v_a‖²E[1_ayyᵀ] − 2(v_a·x)E[δ_ayyᵀ] + 2Σ_{b≠a}(v_a·v_b)E[δ_ah_byyᵀ]."""
        r, sigma2, gram = len(self.rows[0]), self.sigma**2, self.weights.gram2
        w_a = _column(self.weights.encoder[a])
        unit_a = (1 / self.norms[a]) * w_a
        total = arb_mat(r, r)
        for i, share, x in self._over_samples():
            unit, column = self.single[i][a], _column(x)
            across = column - (unit.mu / self.norms[a]) * unit_a
            plane = _identity(r) - _outer(unit_a)
            weight = -_dot(self.weights.decoder[a], x) * unit.edge
            for b in range(self.width):
                if b == a:
                    continue
                _, _, _, edge_on, edge_mean = self._moments(a, b, i)
                rho, tau = self.cosines[a][b]
                w_b = _column(self.weights.encoder[b])
                rest = w_b - rho * self.norms[b] * unit_a
                beside = _direction((1 / self.norms[b]) * rest, tau)
                density = self.pairs[min(a, b), max(a, b)][i].density * self.norms[b] / self.norms[a]
                weight += gram[a][b] * edge_mean
                total += (share * gram[a][b] * sigma2) * (edge_on * _twice(across, rest) + density * _outer(beside))
            total += (share * weight) * (_outer(across) + sigma2 * plane)
            total += (share * gram[a][a]) * (
                unit.on * (_outer(column) + sigma2 * _identity(r))
                + sigma2 * unit.edge * _twice(column, w_a)
                - (sigma2 * sigma2 * unit.edge * unit.alpha / unit.s) * _outer(w_a)
            )
        return 2 * total

    def _mixed_block(self, a: int, c: int) -> arb_mat:
        """∂²L/∂w_a∂v_c: 2E[1_ah_cy]v_aᵀ; for c = a it is 4E[h_ay]v_aᵀ − 2E[1_ay]xᵀ + 2Σ_{b≠a}E[1_ah_by]v_bᵀ."""
        total = arb_mat(len(self.rows[0]), len(self.rows[0]))
        for i, share, x in self._over_samples():
            own = _column(self.weights.decoder[a]).transpose()
            if c != a:
                total += (2 * share) * (self._gated_mean(a, c, i) * own)
                continue
            unit, column, w_a = self.single[i][a], _column(x), _column(self.weights.encoder[a])
            fires = unit.on * column + (self.sigma**2 * unit.edge) * w_a
            half = unit.mean * column + (self.sigma**2 * unit.on) * w_a
            total += (4 * share) * (half * own) - (2 * share) * (fires * column.transpose())
            for b in range(self.width):
                if b != a:
                    other = _column(self.weights.decoder[b]).transpose()
                    total += (2 * share) * (self._gated_mean(a, b, i) * other)
        return total

    def _gated_mean(self, a: int, b: int, i: int) -> arb_mat:
        """E[1_ah_by] = E[1_ah_b]x + σ²(E[δ_ah_b]w_a + Φ₂w_b)."""
        both, _, gated, _, edge_mean = self._moments(a, b, i)
        w_a, w_b = _column(self.weights.encoder[a]), _column(self.weights.encoder[b])
        return gated * _column(self.rows[i]) + self.sigma**2 * (edge_mean * w_a + both * w_b)


def _direction(rest: arb_mat, tau: arb) -> arb_mat:
    """rest/τ, a unit vector, so that each entry lies in [−1, 1] however small τ is."""
    return arb_mat([[_bounded(rest[j, 0], tau)] for j in range(rest.nrows())])


def _bounded(value: arb, tau: arb) -> arb:
    quotient = value / tau
    # Dividing by a ball around zero gives no number.
    return quotient.max(arb(-1)).min(arb(1)) if quotient.is_finite() else arb(0, 1)


def _column(vector: Unit) -> arb_mat:
    return arb_mat([[value] for value in vector])


def _outer(v: arb_mat) -> arb_mat:
    return v * v.transpose()


def _union(A: arb_mat, B: arb_mat) -> arb_mat:
    """The least balls around both, entry by entry."""
    pairs = zip(A.entries(), B.entries(), strict=True)
    return arb_mat(A.nrows(), A.ncols(), [one.union(other) for one, other in pairs])


def _twice(v: arb_mat, w: arb_mat) -> arb_mat:
    """vwᵀ + wvᵀ."""
    return v * w.transpose() + w * v.transpose()


def _identity(size: int) -> arb_mat:
    return arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)])
