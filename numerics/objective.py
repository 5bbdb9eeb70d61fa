"""The objective of a two-layer ReLU denoising autoencoder (BR eq. 6) and its gradient, without sampling.

L(W1, W2) = (1/n) Σ_i E_ε ‖W2 [W1ᵀ(x_i + σε)]_+ − x_i‖² + λ(‖W1‖_F² + ‖W2‖_F²), ε ~ N(0, I_d).

The pre-activations z_ia of sample i are Gaussian with means μ_ia = w1_aᵀx_i, deviations s_a = σ‖w1_a‖ and
correlations ρ_ab = cos(w1_a, w1_b), so with h_ia = [z_ia]_+

L = (1/n) Σ_i [‖x_i − W2 E h_i‖² + Σ_ab w2_aᵀw2_b cov(h_ia, h_ib)] + decay.

The gradient in W1 uses Stein's lemma, E[g(y) y] = x E g + σ² E ∇g for y = x + σε:
E[1_a h_b y] = E[1_a h_b] x + σ² (Φ₂ w_b + E[δ_a h_b] w_a), δ_a the Dirac measure of z_a = 0. ReLU'(0) = 0: a unit
with s_a = 0 and μ_a ≤ 0 has no gradient from the data.

Moments of pairs are taken to first order in ρ as matrix products over all pairs, where the products of means join
the residuals x_i − W2 E h_i; what they exceed that by (`gate_pairs.pair_excess`) is added for the pairs with both
gates unsettled.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from jaxtyping import Float64
from torch import Tensor

from numerics import gate_pairs
from numerics.curvature import hessian, hessian_vector_product
from numerics.gate_pairs import Gate
from numerics.problem import (
    Network,
    PairTable,
    Stack,
    Weights,
    checked,
    describe,
    numbers_at_once,
    piece_sizes,
    spans,
)
from theory import validation
from theory.normal_tails import Array

__all__ = ["expected_loss", "hessian", "hessian_vector_product", "loss_and_gradient"]

Hidden = Float64[Tensor, "B p n"]

# Scattered (pair, sample) entries cost about this many times what entries of whole rows cost.
_SCATTERED = 4


def expected_loss(
    W1: Any, W2: Any, X: Any, sigma: float, weight_decay: float, *, memory_budget: int = 2 * 2**30
) -> float | Array | Float64[Tensor, "*b"]:
    """BR eq. 6 for weights (…, d, p) and samples X (n, d): one number, or an array over the leading dimensions.

    A torch W1 gives tensors on its device; otherwise a float or a numpy array. Noise is integrated in closed form,
    accurate to about 1e-14 of the largest term of the sum. Problems, samples and pairs of units are cut into pieces
    that need at most `memory_budget` bytes at once beyond arguments and results (and never less than the p × p
    tables of one network). ValueError on values that are not finite, shapes that do not match, sigma < 0,
    weight_decay < 0 or a budget below one byte.
    """
    return loss_and_gradient(W1, W2, X, sigma, weight_decay, memory_budget=memory_budget)[0]


def loss_and_gradient(
    W1: Any, W2: Any, X: Any, sigma: float, weight_decay: float, *, memory_budget: int = 2 * 2**30
) -> tuple[Any, Any, Any]:
    """`expected_loss` with its gradients in W1 and W2, both of the shape of the weights; arguments as there.

    With σ > 0 the gradient is exact wherever no column of W1 is zero; with s_a = 0 it takes ReLU'(0) = 0.
    """
    problem = checked(W1, W2, X, sigma, weight_decay)
    budget = validation.whole(memory_budget, "memory_budget", 1)
    shape = problem.W1.shape
    W1, W2 = (W.reshape(math.prod(shape[:-2]), *shape[-2:]) for W in problem[:2])
    loss, along_W1, along_W2 = evaluate(W1, W2, problem.stack(), budget)
    loss, along_W1, along_W2 = loss.reshape(shape[:-2]), along_W1.reshape(shape), along_W2.reshape(shape)
    if problem.as_torch:
        return loss, along_W1, along_W2
    loss, along_W1, along_W2 = loss.numpy(), along_W1.numpy(), along_W2.numpy()
    return loss if loss.ndim else float(loss), along_W1, along_W2


def evaluate(
    W1: Weights, W2: Weights, stack: Stack, memory_budget: int
) -> tuple[Float64[Tensor, " B"], Weights, Weights]:
    """`expected_loss` and its gradients for a stack of networks, each on its own problem, checked, on one device."""
    loss = (stack.weight_decay * (W1.square() + W2.square())).sum((1, 2))
    grad_W1, grad_W2 = 2 * stack.weight_decay * W1, 2 * stack.weight_decay * W2
    n = stack.X.shape[-2]
    limit = numbers_at_once(W1.device.type, memory_budget)
    problems, rows = piece_sizes(n, W1.shape[-1], limit, W1.shape[-2])
    for batch in spans(len(W1), problems):
        problem = stack.at(batch)
        network = describe(W1[batch], W2[batch], problem.sigma)
        sums = _no_sums(network)
        for part in spans(n, rows):
            _add_samples(sums, network, problem.X[..., part, :], limit)
        along_columns = problem.sigma**2 * network.W1 @ (network.overlaps * sums.orthant)
        along_units = problem.sigma * network.units * sums.along_unit[:, None]
        loss[batch] += (sums.missed + (sums.covariance * network.overlaps).sum((1, 2))) / n
        grad_W1[batch] += (sums.encoder + along_units + along_columns) * (2 / n)
        grad_W2[batch] += (sums.decoder + network.W2 @ sums.covariance) * (2 / n)
    return loss, grad_W1, grad_W2


class _Sums(NamedTuple):
    """Sums over samples: squared bias, covariances of h, Φ₂ (Φ on the diagonal), half the gradient in w1_a along û_a,
    and half the gradients along the samples."""

    missed: Float64[Tensor, " B"]
    covariance: PairTable
    orthant: PairTable
    along_unit: Float64[Tensor, "B p"]
    encoder: Weights
    decoder: Weights


def _no_sums(network: Network) -> _Sums:
    W, table = network.W1, network.overlaps
    return _Sums(*(torch.zeros_like(like) for like in (W.sum((1, 2)), table, table, W.sum(1), W, W)))


def _add_samples(sums: _Sums, network: Network, X: Float64[Tensor, "*B n d"], limit: int) -> None:
    """Add the samples of X to the sums."""
    W1, W2, _, scales, correlation, overlaps = network
    mu = W1.mT @ X.mT
    gates = gate_pairs.gate(torch.where(scales > 0, mu / scales, torch.where(mu > 0, math.inf, -math.inf)))
    alpha, density = gates.alpha, gates.density
    active, silent = gate_pairs.probability(alpha), gate_pairs.probability(-alpha)
    first = mu * active + scales * density
    missed = X.mT - W2 @ first
    sums.missed.add_(missed.square().sum((1, 2)))
    sums.decoder.sub_(missed @ first.mT)
    projected = W2.mT @ missed
    del missed

    diagonal = overlaps.diagonal(dim1=1, dim2=2)[:, :, None]
    outer = overlaps - torch.diag_embed(diagonal[:, :, 0])
    slopes = (outer * correlation.rho * scales.mT) @ active
    # All pairs to first order in ρ, then the rest.
    open_together = active @ active.mT
    covariance = correlation.rho * scales * scales.mT * open_together
    along_x = density * slopes + diagonal * first * silent - projected * active
    sums.along_unit.sub_((density * (projected + diagonal * first + alpha * slopes)).sum(2))
    # No term of the variance cancels where the gate is settled.
    variance = active + alpha * alpha * active * silent + alpha * density * (silent - active) - density * density
    covariance.diagonal(dim1=1, dim2=2).copy_((scales * scales * variance).sum(2))
    open_together.diagonal(dim1=1, dim2=2).copy_(active.sum(2))
    sums.covariance.add_(covariance)
    sums.orthant.add_(open_together)
    _add_excess(sums, along_x, network, gates, limit)
    sums.encoder.add_((along_x @ X).mT)


def _add_excess(sums: _Sums, along_x: Hidden, network: Network, gates: Gate, limit: int) -> None:
    """Add what pairs with both gates unsettled exceed their first order in ρ by."""
    _, p, n = gates.alpha.shape
    unsettled = gates.alpha.abs() < gate_pairs.SETTLED
    share = unsettled.to(gates.alpha.dtype)
    first, second = torch.triu_indices(p, p, 1, device=share.device)
    met = (share @ share.mT)[:, first, second]
    problem, pair = torch.nonzero(met, as_tuple=True)
    scattered = bool(_SCATTERED * met.sum() < len(pair) * n)
    rho = network.correlation.rho[problem, first[pair], second[pair]]
    for members, nodes in gate_pairs.rules(rho):
        for piece in members.split(max(1, limit // n)):
            at = problem[piece], first[pair[piece]], second[pair[piece]]
            _add_pairs(sums, along_x, network, gates, unsettled if scattered else None, at, nodes)


def _add_pairs(
    sums: _Sums,
    along_x: Hidden,
    network: Network,
    gates: Gate,
    unsettled: Tensor | None,
    at: tuple[Tensor, ...],
    nodes: int,
) -> None:
    """Add the excess of the pairs `at` (problem, a, b), of all samples or where both gates are unsettled."""
    _, p, n = gates.alpha.shape
    problem, a, b = at
    unit_a, unit_b = problem * p + a, problem * p + b
    correlation = network.correlation.at(*at).at(slice(None), None)
    scales = network.scales.reshape(-1, 1)
    weight = network.overlaps[at][:, None]
    weight_a, weight_b = weight * scales[unit_b], weight * scales[unit_a]
    row, width = None, n
    place_a, place_b, entry_a, entry_b = unit_a, unit_b, weight_a, weight_b
    if unsettled is not None:
        live = unsettled.reshape(-1, n)
        row, sample = torch.nonzero(live[unit_a] & live[unit_b], as_tuple=True)
        place_a, place_b, width = unit_a[row] * n + sample, unit_b[row] * n + sample, 1
        correlation, entry_a, entry_b = correlation.at(row), weight_a[row], weight_b[row]

    fields = Gate(*(field.reshape(-1, width) for field in gates))
    gate_a, gate_b = fields.at(place_a), fields.at(place_b)
    excess = gate_pairs.pair_excess(gate_a, gate_b, correlation, nodes)
    # E[1_a h_b]/s_b, E[1_b h_a]/s_a and, below, E[δ_a h_b] s_a/s_b, E[δ_b h_a] s_b/s_a.
    pass_a = torch.addcmul(excess.edge_b, gate_b.alpha, excess.orthant).addcmul_(excess.edge_a, correlation.rho)
    pass_b = torch.addcmul(excess.edge_a, gate_a.alpha, excess.orthant).addcmul_(excess.edge_b, correlation.rho)
    along_x.view(-1, width).index_add_(0, place_a, pass_a * entry_a).index_add_(0, place_b, pass_b * entry_b)
    kink_a = gate_pairs.residual(gate_a.alpha, gate_b.alpha, correlation).mul_(excess.edge_a).add_(excess.corner)
    kink_b = gate_pairs.residual(gate_b.alpha, gate_a.alpha, correlation).mul_(excess.edge_b).add_(excess.corner)
    kink_a, kink_b, orthant = (_over_samples(values, weight, row) for values in (kink_a, kink_b, excess.orthant))
    along_unit = sums.along_unit.view(-1, 1)
    along_unit.index_add_(0, unit_a, weight_a * kink_a)
    along_unit.index_add_(0, unit_b, weight_b * kink_b)
    # Euler: E[h_a h_b] = μ_a E[1_a h_b] + s_a² E[δ_a h_b] + ρ s_a s_b Φ₂.
    covariance = _over_samples(pass_a.mul_(gate_a.alpha), weight, row) + kink_a
    covariance = covariance + network.correlation.rho[at][:, None] * orthant
    covariance = covariance * scales[unit_a] * scales[unit_b]
    for table, values in ((sums.covariance, covariance), (sums.orthant, orthant)):
        table[problem, a, b] += values[:, 0]
        table[problem, b, a] += values[:, 0]


def _over_samples(
    values: Float64[Tensor, "k n"], weight: Float64[Tensor, "m 1"], row: Tensor | None
) -> Float64[Tensor, "m 1"]:
    """Sums over the samples of each pair: `row` names the pair of each value, or each row of values is one pair's."""
    if row is None:
        return values.sum(1, keepdim=True)
    return torch.zeros_like(weight).index_add_(0, row, values)
