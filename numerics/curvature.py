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
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float64

from theory import gaussian_relu, validation

Weights = Float64[torch.Tensor, "B d p"]
Samples = Float64[torch.Tensor, "n d"]
Units = Float64[torch.Tensor, "B n p"]
Pairs = Float64[torch.Tensor, "B n p p"]
Table = Float64[torch.Tensor, "B p p"]

# Pairs of units held at once: about 12 arrays of this length.
_PAIRS_AT_ONCE = 1 << 20
# Closer to parallel than this, 1 − |ρ| is taken from the difference of the unit columns.
_NEARLY_PARALLEL = 1e-4
# Stands for ±∞, with squares that are finite.
_SETTLED = 1e100


class _Moments(NamedTuple):
    """What some samples contribute; [..., a, b] belongs to the pair (a, b)."""

    X: Samples
    units: Weights
    scales: Float64[torch.Tensor, "B p"]  # s
    cosines: Table  # ρ
    closeness: Table  # 1 − |ρ|
    alpha: Units
    active: Units  # Φ(α)
    bell: Units  # φ(α), 0 where s = 0
    orthant: Pairs  # Φ₂
    gate: Pairs  # G
    edge: Pairs  # ε
    hinge: Pairs  # Δ
    corner: Table  # Σ_i K
    cross: Table  # Σ_i E h_a h_b


def hessian(W1: Any, W2: Any, X: Any, sigma: float, weight_decay: float) -> Any:
    """Hessian of `expected_loss` at weights (…, d, p): (…, 2dp, 2dp), in the order [W1.ravel(), W2.ravel()].

    numpy gives numpy, a torch W1 gives torch on its device; float64. For σ > 0 it is exact wherever no column of W1 is
    zero. A unit with s_a = σ‖w_a‖ = 0 has a frozen gate, on where w_aᵀx > 0, and no edge, as in `loss_and_gradient`.
    ValueError on values that are not finite, shapes that do not match, sigma < 0 or weight_decay < 0.
    """
    problem = _Problem.of(W1, W2, X, sigma, weight_decay)
    batch, d, p = problem.W1.shape
    blocks = torch.zeros(batch, 2, d, p, 2, d, p, dtype=torch.float64, device=problem.W1.device)
    for networks, moments in problem.pieces():
        encoder, mixed, decoder = _blocks(moments, problem.W2[networks], problem.sigma)
        blocks[networks, 0, :, :, 0] += torch.einsum("zabij->ziajb", encoder)
        blocks[networks, 0, :, :, 1] += torch.einsum("zabij->ziajb", mixed)
        blocks[networks, 1, :, :, 0] += torch.einsum("zabij->zjbia", mixed)
        blocks[networks, 1, :, :, 1] += torch.einsum("zab,ij->ziajb", decoder, torch.eye(d).to(decoder))
    matrix = blocks.reshape(batch, 2 * d * p, 2 * d * p) * (2 / len(problem.X))
    matrix.diagonal(dim1=1, dim2=2).add_(2 * problem.weight_decay)
    return problem.given_back(matrix)


def hessian_vector_product(
    W1: Any, W2: Any, D1: Any, D2: Any, X: Any, sigma: float, weight_decay: float
) -> tuple[Any, Any]:
    """`hessian` times the direction (D1, D2) of the shape of the weights: two arrays (…, d, p).

    O(n p² + n d p + d p²) operations for each network, in bounded memory; the matrix is never formed. Other arguments,
    types and conventions as for `hessian`.
    """
    problem = _Problem.of(W1, W2, X, sigma, weight_decay)
    D1, D2 = problem.direction(D1, "D1"), problem.direction(D2, "D2")
    out1, out2 = 2 * problem.weight_decay * D1, 2 * problem.weight_decay * D2
    for networks, moments in problem.pieces():
        part1, part2 = _product(moments, problem.W2[networks], D1[networks], D2[networks], problem.sigma)
        out1[networks] += part1 * (2 / len(problem.X))
        out2[networks] += part2 * (2 / len(problem.X))
    return problem.given_back(out1), problem.given_back(out2)


class _Problem(NamedTuple):
    W1: Weights
    W2: Weights
    X: Samples
    sigma: float
    weight_decay: float
    shape: tuple[int, ...]
    in_torch: bool

    @staticmethod
    def of(W1: Any, W2: Any, X: Any, sigma: Any, weight_decay: Any) -> _Problem:
        in_torch = isinstance(W1, torch.Tensor)
        device = W1.device if in_torch else torch.device("cpu")
        X = validation.samples(X)
        W1, W2 = validation.weights(W1, W2, X.shape[1])
        sigma = validation.nonnegative(sigma, "sigma")
        weight_decay = validation.nonnegative(weight_decay, "weight_decay")
        W1_, W2_, X_ = (torch.tensor(values, device=device) for values in (_flat(W1), _flat(W2), X))
        return _Problem(W1_, W2_, X_, sigma, weight_decay, W1.shape, in_torch)

    def direction(self, D: Any, name: str) -> Weights:
        D = validation.real_array(D, name)
        if D.shape != self.shape:
            raise ValueError(f"{name} must have the shape of W1 {self.shape}, got {D.shape}")
        return torch.tensor(_flat(D), device=self.W1.device)

    def given_back(self, values: torch.Tensor) -> Any:
        """With the leading dimensions and in the kind of array that W1 came with."""
        values = values.reshape(*self.shape[:-2], *values.shape[1:])
        return values if self.in_torch else values.numpy()

    def pieces(self) -> Iterator[tuple[slice, _Moments]]:
        """Moments over slices of networks and of samples that together hold a bounded number of pairs of units."""
        batch, _, p = self.W1.shape
        rows = max(1, min(len(self.X), _PAIRS_AT_ONCE // max(1, p * p)))
        networks = max(1, _PAIRS_AT_ONCE // (rows * max(1, p * p)))
        for first in range(0, batch, networks):
            piece = slice(first, first + networks)
            for row in range(0, len(self.X), rows):
                yield piece, _moments(self.W1[piece], self.X[row : row + rows], self.sigma)


def _flat(W: np.ndarray) -> np.ndarray:
    return W.reshape(math.prod(W.shape[:-2]), *W.shape[-2:])


def _moments(W1: Weights, X: Samples, sigma: float) -> _Moments:
    norms = W1.norm(dim=1, keepdim=True)
    units = torch.where(norms > 0, W1 / norms, 0.0)
    cosines, closeness = _angles(units)
    scales = sigma * norms
    mu = X @ W1
    alpha = torch.where(scales > 0, mu / scales, torch.where(mu > 0, torch.inf, -torch.inf)).clamp(-_SETTLED, _SETTLED)
    bell = _density(alpha)

    rho, rest = cosines[:, None], closeness[:, None]
    sine = (rest * (2 - rest)).sqrt()
    alpha_a, alpha_b = alpha[:, :, :, None], alpha[:, :, None, :]
    mu_a, mu_b, scale_a, scale_b = mu[:, :, :, None], mu[:, :, None, :], scales[:, :, :, None], scales[:, :, None, :]
    sign = torch.where(rho < 0, -1.0, 1.0)
    # α_b − ρα_a around the end of the interval that ρ is near: the errors of κ_ab and κ_ba then cancel in G.
    excess = (alpha_b - sign * alpha_a) + sign * rest * alpha_a
    kappa = torch.where(excess == 0, 0.0, excess / sine)
    edge = bell[..., None] * torch.special.ndtr(kappa)
    peak = bell[..., None] * _density(kappa)
    hinge = scale_b * (excess * edge + sine * peak)
    orthant = _orthant(alpha, cosines)
    gate = mu_b * orthant + scale_b * (edge.mT + rho * edge)
    cross = mu_a * gate + scale_a * (hinge + rho * scale_b * orthant)
    corner = torch.where(sine > 0, peak / sine, 0.0)
    return _Moments(
        X=X,
        units=units,
        scales=scales[:, 0],
        cosines=cosines,
        closeness=closeness,
        alpha=alpha,
        active=torch.special.ndtr(alpha),
        bell=bell,
        orthant=orthant,
        gate=gate,
        edge=edge,
        hinge=hinge,
        corner=corner.sum(1),
        cross=cross.sum(1),
    )


def _angles(units: Weights) -> tuple[Table, Table]:
    """Cosines ρ of the columns and 1 − |ρ|, which keeps its digits as columns become parallel."""
    cosines = units.mT @ units
    closeness = 1 - cosines.abs()
    batch, a, b = torch.nonzero(closeness < _NEARLY_PARALLEL, as_tuple=True)
    sign = torch.sign(cosines[batch, a, b])
    # ½‖û_a ∓ û_b‖² does not cancel.
    closeness[batch, a, b] = 0.5 * (units[batch, :, a] - sign[:, None] * units[batch, :, b]).square().sum(1)
    cosines[batch, a, b] = sign * (1 - closeness[batch, a, b])
    return cosines, closeness


def _orthant(alpha: Units, cosines: Table) -> Pairs:
    alpha_, rho = alpha.cpu(), cosines[:, None].cpu()
    pairs = gaussian_relu.orthant_probability(alpha_[:, :, :, None], alpha_[:, :, None, :], rho)
    return torch.tensor(pairs, device=alpha.device)


def _density(x: torch.Tensor) -> torch.Tensor:
    return torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def _product(m: _Moments, W2: Weights, D1: Weights, D2: Weights, sigma: float) -> tuple[Weights, Weights]:
    """n/2 times the data's part of the product with (D1, D2) = (δw, δv)."""
    V = W2.mT @ W2
    slope = W2.mT @ D2 + D2.mT @ W2
    along_x = m.X @ D1
    heights = m.X @ m.units
    turn = m.units.mT @ D1  # û_aᵀδw_b
    radial = turn.diagonal(dim1=1, dim2=2)[:, None]
    across = along_x - heights * radial  # xᵀQδw_a
    lift_a = turn.mT - m.cosines * radial.mT  # û_bᵀQ_aδw_a
    lift_b = radial - m.cosines * turn  # û_bᵀQ_aδw_b
    sine2 = m.closeness * (2 - m.closeness)
    orthant, hinge = sigma * m.orthant.sum(1), m.hinge.sum(1)
    first_slope = m.active * along_x + sigma * m.bell * radial

    # Each column of the answer is a sum of samples, of its own û_a and δw_a, and of those of the others.
    mass, tilt = _edge(m, V, W2, sigma)
    on_x = mass * across + (m.edge * (tilt * lift_a)[:, None]).sum(3)
    others = tilt * ((m.edge * across[..., None]).sum(1) + sigma * m.corner * lift_a)
    own = -(m.cosines * others).sum(2) - (heights * on_x).sum(1) - sigma**2 * mass.sum(1) * radial[:, 0]

    # Σ_b V_ab E[1_a 1_b yyᵀ] δw_b, V_aa E[1_a yyᵀ] δw_a being the term a = b.
    along_b = along_x[:, :, None, :]
    pull = sigma * (V[:, None] * (m.edge.mT * radial[:, :, None] + m.edge * turn[:, None])).sum(3)
    on_x = on_x + (V[:, None] * m.orthant * along_b).sum(3) + pull
    slant = (m.edge * m.alpha[..., None]).sum(1)
    edge_a = (m.edge * along_b).sum(1) + sigma * (m.corner * lift_b - slant * turn)
    edge_b = (m.edge.mT * along_b).sum(1) - sigma * slant.mT * radial
    edge_b = edge_b + sigma * m.corner * (sine2 * turn - m.cosines * lift_b)
    own = own + sigma * (V * edge_a).sum(2)
    others = others + sigma * V * edge_b

    # Σ_b (δV)_ab E[1_a h_b y] − (δv_aᵀx) E[1_a y].
    along_v = m.X @ D2
    on_x = on_x + (slope[:, None] * m.gate).sum(3) - along_v * m.active
    own = own + sigma * ((slope * hinge).sum(2) - (along_v * m.bell).sum(1))
    others = others + slope * orthant * m.scales[:, None, :]

    out1 = m.X.mT @ on_x + m.units @ (others.mT + torch.diag_embed(own))
    out1 = out1 + sigma * D1 @ (V * orthant + sigma * torch.diag_embed(mass.sum(1)))
    half = (m.gate * along_x[..., None]).sum(1) + sigma * hinge * radial.mT + orthant * m.scales[:, None, :] * turn.mT
    return out1, W2 @ (half + half.mT) + D2 @ m.cross - m.X.mT @ first_slope


def _edge(m: _Moments, V: Table, W2: Weights, sigma: float) -> tuple[Units, Table]:
    """E[δ(z_a)(Σ_b V_ab h_b − v_aᵀx)], and σV_ab s_b/s_a, what weighs ε_ab and σK there; 0 where s_a = 0."""
    inverse = torch.where(m.scales > 0, 1 / m.scales, 0.0)
    mass = ((V[:, None] * m.hinge).sum(3) - (m.X @ W2) * m.bell) * inverse[:, None]
    return mass, sigma * V * m.scales[:, None, :] * inverse[:, :, None]


def _blocks(
    m: _Moments, W2: Weights, sigma: float
) -> tuple[Float64[torch.Tensor, "B p p d d"], Float64[torch.Tensor, "B p p d d"], Table]:
    """n/2 times the blocks (w_a, w_b), (w_a, v_b) and, as multiples of the identity, (v_a, v_b); data's part."""
    V = W2.mT @ W2
    squares = torch.einsum("ni,nj->nij", m.X, m.X)
    identity = torch.eye(m.X.shape[1]).to(V)
    unit = m.units.mT
    sign = torch.where(m.cosines < 0, -1.0, 1.0)
    apart = unit[:, :, None] - sign[..., None] * unit[:, None]  # û_a ∓ û_b
    bend = sign * m.corner

    # V_ab E[1_a 1_b yyᵀ]
    edge_x = torch.einsum("znab,ni->zabi", m.edge, m.X)
    slant = (m.edge * m.alpha[..., None]).sum(1)
    arm = sigma * V[..., None] * (edge_x + 0.5 * sigma * (bend * m.closeness - slant)[..., None] * unit[:, :, None])
    half = torch.einsum("zabi,zaj->zabij", arm, unit)
    half = half + half.mT
    encoder = V[..., None, None] * torch.einsum("znab,nij->zabij", m.orthant, squares) + half + half.transpose(1, 2)
    encoder = encoder + torch.einsum("zab,ij->zabij", sigma**2 * V * m.orthant.sum(1), identity)
    encoder = encoder - torch.einsum("zab,zabi,zabj->zabij", sigma**2 * V * bend, apart, apart)

    # E[δ(z_a)(Σ_b V_ab h_b − v_aᵀx) yyᵀ]
    mass, tilt = _edge(m, V, W2, sigma)
    Q = identity - torch.einsum("zai,zaj->zaij", unit, unit)
    g = unit[:, None] - m.cosines[..., None] * unit[:, :, None]
    spread = torch.einsum("zna,nij->zaij", mass, squares) + sigma**2 * mass.sum(1)[..., None, None] * identity
    reach = torch.einsum("zaij,zabj->zabi", Q, edge_x) + 0.5 * sigma * m.corner[..., None] * g
    half = torch.einsum("zab,zabi,zabj->zaij", tilt, reach, g)
    encoder.diagonal(dim1=1, dim2=2).add_(torch.einsum("zaij->zija", Q @ spread @ Q + half + half.mT))

    # E[1_a h_b y] v_aᵀ, and Σ_b E[1_a h_b y] v_bᵀ − E[1_a y] xᵀ for the same unit.
    gate_y = torch.einsum("znab,ni->zabi", m.gate, m.X) + sigma * m.hinge.sum(1)[..., None] * unit[:, :, None]
    gate_y = gate_y + sigma * (m.orthant.sum(1) * m.scales[:, None, :])[..., None] * unit[:, None]
    mixed = torch.einsum("zabi,zja->zabij", gate_y, W2)
    same = torch.einsum("zabi,zjb->zaij", gate_y, W2) - torch.einsum("zna,nij->zaij", m.active, squares)
    same = same - sigma * torch.einsum("zna,zai,nj->zaij", m.bell, unit, m.X)
    mixed.diagonal(dim1=1, dim2=2).add_(torch.einsum("zaij->zija", same))
    return encoder, mixed, m.cross
