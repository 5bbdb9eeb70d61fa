"""Second derivatives of the training objective (BR eq. 6) in closed form: the Hessian, and its action on a direction.

With y = x + σε, z_a = w_aᵀy, gates 1_a = 1{z_a > 0}, h_a = [z_a]_+ and V = W2ᵀW2, the gradient without decay is

    n/2 ∂L/∂w_a = Σ_i Σ_b V_ab E[1_a h_b y] − (v_aᵀx) E[1_a y],   n/2 ∂L/∂v_a = Σ_i Σ_b E[h_a h_b] v_b − x E h_a,

so its derivatives need E[1_a yyᵀ], E[1_a 1_b yyᵀ], E[δ(z_a) yyᵀ] and E[δ(z_a) h_b yyᵀ]. Stein's lemma, applied twice,
writes them in x, the unit columns û and, per sample and pair of units, Φ₂ = E[1_a 1_b], G_ab = E[1_a h_b],
ε_ab = s_a E[δ(z_a) 1_b] = φ(α_a)Φ(κ), Δ_ab = s_a E[δ(z_a) h_b] and K = s_a s_b E[δ(z_a) δ(z_b)] = φ(α_a)φ(κ)/τ, where
κ = (α_b − ρα_a)/τ, ρ = cos(w_a, w_b), τ² = 1 − ρ². On z_a = 0 vectors meet Q = I − û_aû_aᵀ; g = Qû_b has length τ:

    E[1_a 1_b yyᵀ] = Φ₂(xxᵀ + σ²I) + σε_ab(xû_aᵀ + û_axᵀ) + σε_ba(xû_bᵀ + û_bxᵀ) − σ²(α_aε_ab û_aû_aᵀ + α_bε_ba û_bû_bᵀ)
                     + σ²K(û_aû_bᵀ + û_bû_aᵀ − ρû_aû_aᵀ − ρû_bû_bᵀ),
    s_a E[δ(z_a) h_b yyᵀ] = Q{Δ_ab(xxᵀ + σ²I) + σs_bε_ab(xû_bᵀ + û_bxᵀ)}Q + σ²s_bK ggᵀ.

K grows like 1/τ as columns become parallel but meets only products of two vectors of length τ: the objective is twice
differentiable wherever σ > 0 and no column of W1 is zero. The pair of a unit with itself is the limit τ = 0, κ = 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
from jaxtyping import Float64
from torch import Tensor

from numerics import gate_pairs
from numerics.gate_pairs import Correlation, Gate
from numerics.problem import Network, PairTable, Problem, Weights, checked, describe, numbers_at_once, pieces
from theory import validation

Samples = Float64[Tensor, "n d"]
Hidden = Float64[Tensor, "B p n"]
Pairs = Float64[Tensor, "B p p n"]
Blocks = Float64[Tensor, "B p p d d"]

# Stands for an infinite α, which no edge sees.
_FINITE = 1e150
# Tables of pairs and samples among the moments.
_KEPT = 4


class _Moments(NamedTuple):
    """What some samples contribute; [:, a, b] belongs to the pair (a, b)."""

    X: Samples
    alpha: Hidden
    active: Hidden  # Φ(α)
    bell: Hidden  # φ(α)
    orthant: Pairs  # Φ₂
    gate: Pairs  # G
    edge: Pairs  # ε
    hinge: Pairs  # Δ
    corner: PairTable  # Σ_i K
    cross: PairTable  # Σ_i E h_a h_b


def hessian(
    W1: Any, W2: Any, X: Any, sigma: float, weight_decay: float, *, memory_budget: int = 2 * 2**30
) -> Float64[Any, "*b m m"]:
    """Hessian of `expected_loss` at weights (…, d, p): (…, 2dp, 2dp), in the order [W1.ravel(), W2.ravel()].

    numpy gives numpy, a torch W1 gives torch on its device; float64. For σ > 0 it is exact wherever no column of W1 is
    zero. A unit with s_a = σ‖w_a‖ = 0 has a frozen gate, on where w_aᵀx > 0, and no edge, as in `loss_and_gradient`.
    Networks and samples are cut into pieces that need at most `memory_budget` bytes for moments of pairs of units, and
    beyond that a few arrays of the size of the result. ValueError on values that are not finite, shapes that do not
    match, sigma < 0, weight_decay < 0 or a budget below one byte.
    """
    problem = checked(W1, W2, X, sigma, weight_decay)
    budget = validation.whole(memory_budget, "memory_budget", 1)
    *leading, d, p = problem.W1.shape
    batch = math.prod(leading)
    blocks = problem.W1.new_zeros(batch, 2, d, p, 2, d, p)
    identity = torch.eye(d).to(blocks)
    for networks, network, moments in _pieces(problem, budget):
        encoder, mixed, decoder = _blocks(moments, network, problem.sigma)
        blocks[networks, 0, :, :, 0] += torch.einsum("zabij->ziajb", encoder)
        blocks[networks, 0, :, :, 1] += torch.einsum("zabij->ziajb", mixed)
        blocks[networks, 1, :, :, 0] += torch.einsum("zabij->zjbia", mixed)
        blocks[networks, 1, :, :, 1] += torch.einsum("zab,ij->ziajb", decoder, identity)
    matrix = blocks.reshape(*leading, 2 * d * p, 2 * d * p).mul_(2 / len(problem.X))
    matrix.diagonal(dim1=-2, dim2=-1).add_(2 * problem.weight_decay)
    return matrix if problem.as_torch else matrix.numpy()


def hessian_vector_product(
    W1: Any, W2: Any, D1: Any, D2: Any, X: Any, sigma: float, weight_decay: float, *, memory_budget: int = 2 * 2**30
) -> tuple[Float64[Any, "*b d p"], Float64[Any, "*b d p"]]:
    """`hessian` times the direction (D1, D2) of the shape of the weights: two arrays (…, d, p).

    O(n p² + n d p + d p²) operations for each network; the matrix is never formed. Other arguments, types and
    conventions as for `hessian`.
    """
    problem = checked(W1, W2, X, sigma, weight_decay)
    budget = validation.whole(memory_budget, "memory_budget", 1)
    return _times(problem, _pieces(problem, budget), D1, D2)


class Curvature:
    """The Hessian at one point for many products: moments of pairs are kept if they fit into the budget."""

    def __init__(
        self, W1: Any, W2: Any, X: Any, sigma: float, weight_decay: float, *, memory_budget: int = 2 * 2**30
    ) -> None:
        """Arguments as for `hessian`; ValueError as there."""
        self._problem = checked(W1, W2, X, sigma, weight_decay)
        self._budget = validation.whole(memory_budget, "memory_budget", 1)
        *leading, _, p = self._problem.W1.shape
        size = self._problem.X.element_size() * _KEPT * math.prod(leading) * len(self._problem.X) * p * p
        self._kept = list(_pieces(self._problem, self._budget)) if size <= self._budget else None

    def times(self, D1: Any, D2: Any) -> tuple[Any, Any]:
        """As `hessian_vector_product`."""
        return _times(self._problem, self._kept or _pieces(self._problem, self._budget), D1, D2)


def _times(
    problem: Problem, pieces_of_it: Iterable[tuple[slice, Network, _Moments]], D1: Any, D2: Any
) -> tuple[Any, Any]:
    D1, D2 = (_flat(_direction(D, name, problem)) for D, name in ((D1, "D1"), (D2, "D2")))
    out1, out2 = 2 * problem.weight_decay * D1, 2 * problem.weight_decay * D2
    for networks, network, moments in pieces_of_it:
        part1, part2 = _product(moments, network, D1[networks], D2[networks], problem.sigma)
        out1[networks] += part1 * (2 / len(problem.X))
        out2[networks] += part2 * (2 / len(problem.X))
    out1, out2 = (out.reshape(problem.W1.shape) for out in (out1, out2))
    return (out1, out2) if problem.as_torch else (out1.numpy(), out2.numpy())


def _direction(D: Any, name: str, problem: Problem) -> Tensor:
    D = validation.real_array(D, name)
    if D.shape != problem.W1.shape:
        raise ValueError(f"{name} must have the shape of W1 {tuple(problem.W1.shape)}, got {D.shape}")
    return torch.tensor(D, device=problem.W1.device)


def _flat(W: Tensor) -> Weights:
    return W.reshape(math.prod(W.shape[:-2]), *W.shape[-2:])


def _pieces(problem: Problem, budget: int) -> Iterator[tuple[slice, Network, _Moments]]:
    """Slices of networks, and the moments of slices of samples, with a bounded number of pairs of units at once."""
    W1, W2, p = _flat(problem.W1), _flat(problem.W2), problem.W1.shape[-1]
    limit = numbers_at_once(W1.device.type, budget)
    for networks, rows in pieces(len(W1), len(problem.X), p * p, limit):
        network = describe(W1[networks], W2[networks], problem.sigma)
        yield networks, network, _moments(network, problem.X[rows])


def _moments(network: Network, X: Samples) -> _Moments:
    batch, _, p = network.W1.shape
    scales, angles = network.scales, network.correlation
    mu = network.W1.mT @ X.T
    alpha = torch.where(scales > 0, mu / scales, torch.where(mu > 0, math.inf, -math.inf))
    gates = gate_pairs.gate(alpha)

    a, b = torch.triu_indices(p, p, device=X.device)
    gate_a, gate_b = (Gate(*(field[:, unit].flatten(0, 1) for field in gates)) for unit in (a, b))
    correlation = Correlation(*(field[:, a, b].reshape(-1, 1) for field in angles))
    pairs = gate_pairs.pair_moments(gate_a, gate_b, correlation)
    orthant, edge_a, edge_b, corner = (moment.unflatten(0, (batch, len(a))) for moment in pairs)
    orthant, edge, corner = _square(orthant, orthant, p), _square(edge_a, edge_b, p), _square(corner, corner, p)

    scale_a, scale_b, between = scales[:, :, None], scales[:, None], angles.at(..., None)
    # The other unit may be far beyond where its gate is settled.
    alpha = alpha.clamp(-_FINITE, _FINITE)
    excess = gate_pairs.residual(alpha[:, :, None], alpha[:, None], between)
    hinge = scale_b * (excess * edge + corner)
    gate = mu[:, None] * orthant + scale_b * (edge.transpose(1, 2) + between.rho * edge)
    cross = mu[:, :, None] * gate + scale_a * (hinge + between.rho * scale_b * orthant)
    return _Moments(
        X=X,
        alpha=gates.alpha,
        active=gate_pairs.probability(gates.alpha),
        bell=gates.density,
        orthant=orthant,
        gate=gate,
        edge=edge,
        hinge=hinge,
        corner=torch.where(angles.tau > 0, corner.sum(3) / angles.tau.square(), 0.0),
        cross=cross.sum(3),
    )


def _square(above: Float64[Tensor, "B k n"], below: Float64[Tensor, "B k n"], p: int) -> Pairs:
    """The table of pairs (a, b) from its values for a ≤ b and those of (b, a), both in the order of `triu_indices`."""
    a, b = torch.triu_indices(p, p, device=above.device)
    table = above.new_empty(len(above), p, p, above.shape[2])
    table[:, a, b], table[:, b, a] = above, below
    return table


def _product(m: _Moments, network: Network, D1: Weights, D2: Weights, sigma: float) -> tuple[Weights, Weights]:
    """n/2 times the data's part of the product with (D1, D2) = (δw, δv)."""
    W2, V, units, (rho, _, tau) = network.W2, network.overlaps, network.units, network.correlation
    scales = network.scales.mT
    slope = W2.mT @ D2
    slope = slope + slope.mT
    along_x = D1.mT @ m.X.T
    heights = units.mT @ m.X.T
    turn = units.mT @ D1  # û_aᵀδw_b
    radial = turn.diagonal(dim1=1, dim2=2)[..., None]
    across = along_x - heights * radial  # xᵀQδw_a
    lift_a = turn.mT - rho * radial  # û_bᵀQ_aδw_a
    lift_b = radial.mT - rho * turn  # û_bᵀQ_aδw_b
    orthant, hinge = sigma * m.orthant.sum(3), m.hinge.sum(3)
    first_slope = m.active * along_x + sigma * m.bell * radial

    # Each column of the answer is a sum of samples, of its own û_a and δw_a, and of those of the others.
    mass, tilt = _edge(m, network, sigma)
    on_x = mass * across + (m.edge * (tilt * lift_a)[..., None]).sum(2)
    others = tilt * ((m.edge * across[:, :, None]).sum(3) + sigma * m.corner * lift_a)
    own = -(rho * others).sum(2) - (heights * on_x).sum(2) - sigma**2 * mass.sum(2) * radial[..., 0]

    # Σ_b V_ab E[1_a 1_b yyᵀ] δw_b, V_aa E[1_a yyᵀ] δw_a being the term a = b.
    along_b, back = along_x[:, None], m.edge.transpose(1, 2)
    pull = sigma * (back * radial[:, None] + m.edge * turn[..., None])
    on_x = on_x + (V[..., None] * (m.orthant * along_b + pull)).sum(2)
    slant = (m.edge * m.alpha[:, :, None]).sum(3)
    edge_a = (m.edge * along_b).sum(3) + sigma * (m.corner * lift_b - slant * turn)
    edge_b = (back * along_b).sum(3) + sigma * (m.corner * (tau**2 * turn - rho * lift_b) - slant.mT * radial.mT)
    own = own + sigma * (V * edge_a).sum(2)
    others = others + sigma * V * edge_b

    # Σ_b (δV)_ab E[1_a h_b y] − (δv_aᵀx) E[1_a y].
    along_v = D2.mT @ m.X.T
    on_x = on_x + (slope[..., None] * m.gate).sum(2) - along_v * m.active
    own = own + sigma * ((slope * hinge).sum(2) - (along_v * m.bell).sum(2))
    others = others + slope * orthant * scales

    out1 = (on_x @ m.X).mT + units @ (others.mT + torch.diag_embed(own))
    out1 = out1 + sigma * D1 @ (V * orthant + sigma * torch.diag_embed(mass.sum(2)))
    half = (m.gate * along_x[:, :, None]).sum(3) + sigma * hinge * radial + orthant * scales * turn.mT
    return out1, W2 @ (half + half.mT) + D2 @ m.cross - (first_slope @ m.X).mT


def _edge(m: _Moments, network: Network, sigma: float) -> tuple[Hidden, PairTable]:
    """E[δ(z_a)(Σ_b V_ab h_b − v_aᵀx)], and σV_ab s_b/s_a, what weighs ε_ab and σK there; 0 where s_a = 0."""
    inverse = torch.where(network.scales > 0, 1 / network.scales, 0.0)
    mass = ((network.overlaps[..., None] * m.hinge).sum(2) - (network.W2.mT @ m.X.T) * m.bell) * inverse
    return mass, sigma * network.overlaps * network.scales.mT * inverse


def _blocks(m: _Moments, network: Network, sigma: float) -> tuple[Blocks, Blocks, PairTable]:
    """n/2 times the blocks (w_a, w_b), (w_a, v_b) and, as multiples of the identity, (v_a, v_b); data's part."""
    V, (rho, gap, _) = network.overlaps, network.correlation
    squares = torch.einsum("ni,nj->nij", m.X, m.X)
    identity = torch.eye(m.X.shape[1]).to(V)
    unit = network.units.mT
    sign = torch.where(rho < 0, -torch.ones_like(rho), 1)
    bend = sign * m.corner
    apart = unit[:, :, None] - sign[..., None] * unit[:, None]  # û_a ∓ û_b

    # V_ab E[1_a 1_b yyᵀ]; its K term is that of ±((1 − |ρ|)(û_aû_aᵀ + û_bû_bᵀ) − (û_a ∓ û_b)(û_a ∓ û_b)ᵀ).
    edge_x = torch.einsum("zabn,ni->zabi", m.edge, m.X)
    slant = (m.edge * m.alpha[:, :, None]).sum(3)
    arm = sigma * V[..., None] * (edge_x + 0.5 * sigma * (bend * gap - slant)[..., None] * unit[:, :, None])
    half = torch.einsum("zabi,zaj->zabij", arm, unit)
    half = half + half.mT
    encoder = V[..., None, None] * torch.einsum("zabn,nij->zabij", m.orthant, squares) + half + half.transpose(1, 2)
    encoder = encoder + torch.einsum("zab,ij->zabij", sigma**2 * V * m.orthant.sum(3), identity)
    encoder = encoder - torch.einsum("zab,zabi,zabj->zabij", sigma**2 * V * bend, apart, apart)

    # E[δ(z_a)(Σ_b V_ab h_b − v_aᵀx) yyᵀ]
    mass, tilt = _edge(m, network, sigma)
    Q = identity - torch.einsum("zai,zaj->zaij", unit, unit)
    g = unit[:, None] - rho[..., None] * unit[:, :, None]
    spread = torch.einsum("zan,nij->zaij", mass, squares) + sigma**2 * mass.sum(2)[..., None, None] * identity
    reach = torch.einsum("zaij,zabj->zabi", Q, edge_x) + 0.5 * sigma * m.corner[..., None] * g
    half = torch.einsum("zab,zabi,zabj->zaij", tilt, reach, g)
    encoder.diagonal(dim1=1, dim2=2).add_(torch.einsum("zaij->zija", Q @ spread @ Q + half + half.mT))

    # E[1_a h_b y] v_aᵀ, and Σ_b E[1_a h_b y] v_bᵀ − E[1_a y] xᵀ for the same unit.
    gate_y = torch.einsum("zabn,ni->zabi", m.gate, m.X) + sigma * m.hinge.sum(3)[..., None] * unit[:, :, None]
    gate_y = gate_y + sigma * (m.orthant.sum(3) * network.scales.mT)[..., None] * unit[:, None]
    mixed = torch.einsum("zabi,zja->zabij", gate_y, network.W2)
    same = torch.einsum("zabi,zjb->zaij", gate_y, network.W2) - torch.einsum("zan,nij->zaij", m.active, squares)
    same = same - sigma * torch.einsum("zan,zai,nj->zaij", m.bell, unit, m.X)
    mixed.diagonal(dim1=1, dim2=2).add_(torch.einsum("zaij->zija", same))
    return encoder, mixed, m.cross
