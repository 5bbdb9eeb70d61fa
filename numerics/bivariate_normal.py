"""The orthant probability of the bivariate normal law to full relative accuracy, in torch float64 on any device.

Φ₂(α, β; ρ) = P(α + u > 0, β + v > 0) for standard normal u, v of correlation ρ grows with ρ at the rate of the joint
density (Price's theorem), so with r = tanh t

    Φ₂(ρ) = Φ₂(r₀) + (1/2π) ∫ exp(−[(α + β)²(1 + e^{−2t}) + (α − β)²(1 + e^{2t})]/8) sech t dt

from r₀ = 0 for ρ ≥ 0, where it is Φ(α)Φ(β), and from r₀ = −1 for ρ < 0, where v = −u and it is P(−α < u < β): no
term is negative. The integrand is log-concave, and its window is known in closed form. Along y, which is t for ρ ≥ 0
and the distance artanh ρ − t for ρ < 0, the exponent is −(α² + β²)/4 − p e^{−2y} − q e^{2y}.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from numerics.gate_pairs import density, gauss_legendre, probability
from theory import validation
from theory.normal_tails import Values

Vector = Float64[Tensor, " k"]

# Φ(−40) is 0 in double precision.
_CERTAIN = 40.0
# Integrands are dropped where they fell by e^-36 < 3e-16 from their largest value.
_DROP = 36.0
# Nodes per panel; a panel spans a Gaussian peak of ±√72 deviations, or this length in t.
_NODES, _PANEL = 40, 3.0
# Elements at once: about 20 arrays of this length.
_AT_ONCE = 1 << 16


def orthant_probability(alpha: Any, beta: Any, rho: Any) -> Values | Float64[Tensor, "..."]:
    """P(α + u > 0, β + v > 0) for standard normal u, v of correlation rho ∈ [−1, 1]; arguments broadcast.

    Absolute error ≤ 1e-15, and relative error ≤ 1e-12 wherever the value exceeds 1e-280. alpha and beta may be
    infinite. A tensor among the arguments gives a tensor on its device, otherwise the result is of numpy. Beyond the
    broadcast arguments memory stays below 16 MiB. ValueError on NaN, |rho| > 1 and shapes that do not broadcast.
    """
    arguments = {"alpha": _bounded(alpha), "beta": _bounded(beta), "rho": rho}
    arrays = [validation.real_array(value, name) for name, value in arguments.items()]
    outside = np.abs(arrays[2]) > 1
    if outside.any():
        raise ValueError(f"rho must lie in [-1, 1], got {float(arrays[2][outside][0])!r}")
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in zip(arguments, arrays, strict=True))
        raise ValueError(f"{' and '.join(arguments)} must broadcast, got shapes {shapes}") from error
    devices = [value.device for value in (alpha, beta, rho) if isinstance(value, Tensor)]
    device = devices[0] if devices else torch.device("cpu")
    # Views of negative strides are no tensors.
    vectors = [torch.from_numpy(array.copy()).to(device).expand(shape).reshape(-1) for array in arrays]
    result = torch.empty_like(vectors[0])
    for piece, *parts in zip(*(vector.split(_AT_ONCE) for vector in (result, *vectors)), strict=True):
        piece.copy_(_orthant(*parts))
    result = result.reshape(shape)
    return result if devices else result.numpy()[()]


def _bounded(values: Any) -> Any:
    """Numbers clipped to ±40, beyond which a gate is certain; anything else as it is."""
    if isinstance(values, Tensor):
        values = values.detach().cpu()
    try:
        array = np.asarray(values)
    except ValueError:
        return values
    return np.clip(array, -_CERTAIN, _CERTAIN) if array.dtype.kind in "iuf" else values


def _orthant(alpha: Vector, beta: Vector, rho: Vector) -> Vector:
    start = torch.where(rho < 0, 0.0, probability(alpha) * probability(beta))
    total = alpha + beta
    strips = torch.nonzero((rho < 0) & (total > 0)).squeeze(1)
    start[strips] = _strip(alpha[strips], beta[strips], total[strips])
    inside = torch.nonzero(rho > -1).squeeze(1)
    start[inside] += _growth(total[inside], (alpha - beta)[inside], rho[inside])
    return start


def _strip(alpha: Vector, beta: Vector, total: Vector) -> Vector:
    """P(−α < u < β), total = α + β > 0."""
    nearest = torch.maximum(-alpha, -beta)
    reach = torch.sqrt(nearest * nearest + 2 * _DROP)
    # Of a strip beside 0, u = x − α: the length total is known better than the two ends.
    low, high = (alpha - reach).clamp(min=0), torch.minimum(alpha + reach, total)
    mass = torch.zeros_like(alpha)
    for node, weight in _panel_rule(1):
        mass.add_(density(low + (high - low) * node - alpha), alpha=weight)
    around = (torch.erf(alpha * math.sqrt(0.5)) + torch.erf(beta * math.sqrt(0.5))) / 2
    return torch.where(nearest > 0, (high - low) * mass, around)


def _growth(total: Vector, difference: Vector, rho: Vector) -> Vector:
    """The integral of the module docstring, for total = α + β and difference = α − β."""
    squares = torch.stack([total * total, difference * difference]) / 8
    up = rho >= 0
    slope = torch.where(up, 1.0, (1 - rho) / (1 + rho))
    p = torch.where(up, squares[0], squares[1] / slope)
    q = torch.where(up, squares[1], squares[0] * slope)
    end = torch.where(up, (1 + rho) / (1 - rho), math.inf)
    low, high = _window(p, q, end)
    # sech t alone falls by e^-36 within 36 + log 2, after at most 2 of rise.
    length = torch.minimum(high - low, torch.full_like(low, _DROP + _PANEL)).clamp(min=0)
    # In powers of two, so that few distinct rules meet many elements.
    panels = torch.exp2(torch.ceil(torch.log2((length / _PANEL).clamp(min=1))))
    settled = squares.sum(0)
    integral = torch.empty_like(rho)
    for count in torch.unique(panels).tolist():
        rows = torch.nonzero(panels == count).squeeze(1)
        parts = [part[rows] for part in (low, length, p, q, slope, settled)]
        integral[rows] = _on_panels(int(count), *parts)
    return integral


def _window(p: Vector, q: Vector, end: Vector) -> tuple[Vector, Vector]:
    """Where in 0 ≤ y ≤ ½ log end the exponent p e^{−2y} + q e^{2y} is within 36 of its least value."""
    # It is least at y = 0, at the end, or in between; there e^{2y} = √(p/q).
    inner = torch.where(q * end * end < p, p / end + q * end, 2 * torch.sqrt(p * q))
    bound = torch.where(q >= p, p + q, inner) + _DROP
    bound = bound + torch.sqrt((bound * bound - 4 * p * q).clamp(min=0))
    low = torch.log(2 * p / bound).clamp(min=0) / 2
    return low, torch.log(torch.minimum(bound / (2 * q), end)) / 2


def _on_panels(count: int, low: Vector, length: Vector, p: Vector, q: Vector, slope: Vector, settled: Vector) -> Vector:
    total, root = torch.zeros_like(low), torch.sqrt(slope)
    for node, weight in _panel_rule(count):
        e = torch.exp(low + length * node)
        square = e * e
        exponent = (p / square).add_(settled).addcmul_(q, square).neg_()
        total.add_(exponent.exp_().mul_(e).div_(square.mul_(slope).add_(1)), alpha=weight)
    return total.mul_(root).mul_(length / math.pi)


@cache
def _panel_rule(panels: int) -> list[tuple[float, float]]:
    """Nodes and weights of a composite Gauss–Legendre rule on [0, 1]."""
    x, w = (np.array(values) / 2 for values in gauss_legendre(_NODES))
    nodes = (np.arange(panels)[:, None] + (x + 0.5)) / panels
    return list(zip(nodes.ravel().tolist(), np.tile(w / panels, panels).tolist(), strict=True))
