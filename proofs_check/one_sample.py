"""The best memory of a single sample, and how a further unit would pull at it, in ball arithmetic.

n = 1, x of length r in R^d, d ≥ 2; the network is f(y) = γx̂[x̂·y]_+. For a direction v with cos(v, x̂) = c the pull of
`theory.dead_units` is g(v) = G(c)x̂,

    G(c) = rE[v·y]_+ − γE[[v·y]_+[x̂·y]_+],     G'(c) = r²Φ(rc/σ) − γ(rE[1{v·y > 0}[x̂·y]_+] + σ²Φ₂),

since v·y has mean rc and deviation σ, x̂·y mean r and deviation σ, and their correlation is c. By symmetry the network
is critical exactly when G(1) = λ, which gives the gain γ of the best memory. Nothing is imported from `theory`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb

from .ball_moments import Pair, Single, hull, pair_cases, single
from .balls import ball, root


@dataclass(frozen=True)
class OneSample:
    """A sample of length `norm` with noise sigma > 0 and weight decay, and the gain γ of its one unit."""

    norm: arb
    sigma: arb
    weight_decay: arb
    gain: arb

    @classmethod
    def critical(cls, norm: Any, sigma: Any, weight_decay: Any) -> OneSample:
        """With the gain at which the network is a critical point: G(1) = λ."""
        norm, sigma, weight_decay = ball(norm), ball(sigma), ball(weight_decay)
        own = single(norm, sigma)
        square = own.mu * own.mean + own.s * own.s * own.on
        return cls(norm, sigma, weight_decay, (norm * own.mean - weight_decay) / square)

    @classmethod
    def memorizing(cls, norm: Any, sigma: Any, weight_decay: Any) -> OneSample:
        """With the gain of BR eq. 9, (r² − λ)/(r² + σ²)."""
        norm, sigma, weight_decay = ball(norm), ball(sigma), ball(weight_decay)
        return cls(norm, sigma, weight_decay, (norm * norm - weight_decay) / (norm * norm + sigma * sigma))

    def pull(self, cosine: arb) -> arb:
        """G at a cosine, or an enclosure over a ball of them, of second order in its radius."""
        middle = cosine.mid()
        unit, pair = self._moments(middle)
        return self.norm * unit.mean - self.gain * pair.cross + self.slope(cosine) * (cosine - middle)

    def slope(self, cosine: arb) -> arb:
        """G'."""
        unit, pair = self._moments(cosine)
        return self.norm**2 * unit.on - self.gain * (self.norm * pair.gated[0] + self.sigma**2 * pair.both)

    def _moments(self, cosine: arb) -> tuple[Single, Pair]:
        cosine = cosine.max(arb(-1)).min(arb(1))
        unit, own = single(self.norm * cosine, self.sigma), single(self.norm, self.sigma)
        tau = root(((1 - cosine) * (1 + cosine)).min(arb(1)))
        return unit, hull(pair_cases(unit, own, cosine, tau))
