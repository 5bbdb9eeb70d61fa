"""The denoising loss of mixtures of M components with one shared variance, and its gradient in closed form.

The denoiser at x = α_t x_i + σ_t Z is the posterior mean x̄ = a x + b Σ_k r_k μ_k, V = α²s² + σ², a = αs²/V, b = σ²/V,
r = softmax(−‖αμ_k − x‖²/2V); the loss is the weighted mean of ‖x̄ − x_i‖² (arXiv 2508.17689, L_N). Where one component
k has all of the responsibility, x̄ − x_i = −b(x_i − μ_k) + aσZ, whose mean square is known: no noise need be drawn.
Elsewhere noise is drawn, and what it would add if the component nearest to the sample had all of the responsibility
is replaced by its mean, which leaves the expectation and takes off most of the fluctuation.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from numerics.mixture_fit import Mixtures, distances_to_components, squared_distances

# A component counts as all of the responsibility where noise up to so many deviations along the line to any other
# leaves that one a share below e^−20.
DEVIATIONS, EXPONENT = 6.0, 20.0


class Levels(NamedTuple):
    """Noise levels t with α = √(1 − t²), σ = t, and the share of each in the loss, λ_t over the number of levels."""

    alpha: Float[Tensor, " T"]
    sigma: Float[Tensor, " T"]
    share: Float[Tensor, " T"]


class LossGradient(NamedTuple):
    """Loss, its gradient in the means and in s² itself, and positive bounds of the curvature in both.

    `pull` (B, M) bounds that in each coordinate of a mean while responsibilities stay; `stiffness` is that in s² where
    every sample has one component.
    """

    loss: Float[Tensor, " B"]
    means: Float[Tensor, "B M d"]
    variance: Float[Tensor, " B"]
    pull: Float[Tensor, "B M"]
    stiffness: Float[Tensor, " B"]

    def __add__(self, other: tuple) -> LossGradient:
        """The sum of two parts of a loss."""
        return LossGradient(*(mine + its for mine, its in zip(self, other, strict=True)))


class Identified(NamedTuple):
    """For every sample the nearest component, and at which levels it has all of the responsibility."""

    nearest: Int64[Tensor, "B N"]
    certain: Bool[Tensor, "B N T"]


def identify(mixtures: Mixtures, levels: Levels) -> Identified:
    """Where the loss needs no noise."""
    _, means, variance, _ = mixtures
    distances = distances_to_components(mixtures)
    least, nearest = distances.min(dim=2)
    between = squared_distances(means, means).sqrt()
    rows = nearest[..., None]
    to_own = between.gather(1, rows.expand(-1, -1, means.shape[1]))
    gap = (distances - least[..., None]).scatter(2, rows, torch.inf)
    certain = []
    for alpha, sigma in zip(levels.alpha, levels.sigma, strict=True):
        V = alpha**2 * variance + sigma**2
        lead = alpha**2 * gap / 2 - DEVIATIONS * alpha * sigma * to_own - EXPONENT * V[:, None, None]
        # At α = 0 the product with an infinite gap is not a number.
        certain.append(((lead > 0) | gap.isinf()).all(dim=2))
    return Identified(nearest, torch.stack(certain, dim=2))


def certain_loss(mixtures: Mixtures, levels: Levels, identified: Identified) -> LossGradient:
    """The part of the loss at pairs of sample and level that need no noise, exactly."""
    N, d = mixtures.X.shape[1:]
    shares = torch.where(identified.certain, levels.share / N, 0.0)
    by_level = _Gains.of(levels.alpha, levels.sigma, mixtures.variance[:, None])
    apart = mixtures.X - _rows(mixtures.means, identified.nearest)
    squares = apart.square().sum(2)
    of_apart = torch.einsum("bnt,bn->bt", shares, squares)
    whole = shares.sum(1)
    return LossGradient(
        (by_level.b.square() * of_apart + (by_level.a * levels.sigma).square() * d * whole).sum(1),
        _gathered(mixtures, identified.nearest, -2 * (shares @ by_level.b.square()[..., None]) * apart),
        2 * (by_level.b * by_level.db * of_apart + by_level.a * by_level.da * levels.sigma**2 * d * whole).sum(1),
        _gathered(mixtures, identified.nearest, 2 * shares @ by_level.b.square()[..., None])[..., 0],
        2 * (by_level.db.square() * of_apart + (by_level.da * levels.sigma).square() * d * whole).sum(1),
    )


class Points(NamedTuple):
    """Pairs of sample and level whose loss is to be drawn, P for each mixture; padding has share 0."""

    sample: Int64[Tensor, "B P"]
    level: Int64[Tensor, "B P"]
    share: Float[Tensor, "B P"]

    @classmethod
    def of(cls, levels: Levels, certain: Bool[Tensor, "B N T"]) -> Points:
        """All pairs that are not certain."""
        N, T = certain.shape[1:]
        open_ = ~certain.flatten(1)
        count = int(open_.sum(1).max())
        order = torch.sort(open_.to(torch.int8), dim=1, descending=True, stable=True)[1][:, :count]
        level = order % T
        share = torch.where(open_.gather(1, order), levels.share[level] / N, 0.0)
        return cls(order // T, level, share)

    def repeated(self, draws: int) -> Points:
        """The same points, each to be drawn so many times for its share."""
        sample, level, share = (values.repeat(1, draws) for values in self)
        return Points(sample, level, share / draws)


def drawn_loss(
    mixtures: Mixtures, levels: Levels, nearest: Int64[Tensor, "B N"], points: Points, noise: Float[Tensor, "B P d"]
) -> LossGradient:
    """The part of the loss at `points`, estimated with one draw of noise each; `nearest` component to each sample."""
    X, means, variance, used = mixtures
    d = X.shape[2]
    clean = _rows(X, points.sample)
    alpha, sigma = levels.alpha[points.level], levels.sigma[points.level]
    a, b, da, db, V = (values[..., None] for values in _Gains.of(alpha, sigma, variance[:, None]))
    alpha, sigma, share = alpha[..., None], sigma[..., None], points.share[..., None]
    x = alpha * clean + sigma * noise
    # Arrays over points and components are passed over as seldom as can be: products of matrices with further columns
    # do what is not a softmax or its slope.
    squares = means.square().sum(2, keepdim=True)
    padding = torch.zeros_like(squares).masked_fill(~used[..., None], torch.finfo(means.dtype).min)
    narrow = alpha / V
    columns = torch.cat([narrow * x, -alpha * narrow / 2, torch.ones_like(V)], 2)
    shares = torch.softmax(columns @ torch.cat([means, squares, padding], 2).mT, dim=2)
    posterior = shares @ means
    error = a * x + b * posterior - clean
    # The slope of ‖x̄ − x_i‖²/2b in each exponent of the softmax; those of a point sum to 0.
    columns = torch.cat([error, -(error * posterior).sum(2, keepdim=True)], 2)
    slopes = (columns @ torch.cat([means, torch.ones_like(squares)], 2).mT).mul_(shares)
    held = 2 * share * b
    by_held = shares.mT @ torch.cat([held * error, held * b], 2)
    by_slope = slopes.mT @ torch.cat([held * narrow * x, held * narrow * alpha], 2)
    by_mean = by_held[..., :d] + by_slope[..., :d] - by_slope[..., d:] * means
    # Of the distances ‖x − αμ_k‖² what differs between components.
    turning = slopes @ torch.cat([means, squares], 2)
    distances = alpha.square() * turning[..., d:] - 2 * alpha * (x * turning[..., :d]).sum(2, keepdim=True)
    moved = da * x + db * posterior
    turned = b * narrow.square() / 2 * distances
    by_variance = 2 * share * ((error * moved).sum(2, keepdim=True) + turned)
    # What the noise adds where the nearest component has all responsibility, less its mean.
    own = nearest.gather(1, points.sample)
    apart = clean - _rows(means, own)
    along = sigma * (apart * noise).sum(2, keepdim=True)
    excess = sigma.square() * (noise.square().sum(2, keepdim=True) - d)
    loss = share * (error.square().sum(2, keepdim=True) - a.square() * excess + 2 * a * b * along)
    by_mean = by_mean - _gathered(mixtures, own, 2 * share * a * b * sigma * noise)
    by_variance = by_variance - 2 * share * (a * da * excess - (da * b + a * db) * along)
    stiffness = 2 * share * (db.square() * apart.square().sum(2, keepdim=True) + (da * sigma).square() * d)
    return LossGradient(loss.sum((1, 2)), by_mean, by_variance.sum((1, 2)), by_held[..., d], stiffness.sum((1, 2)))


class _Gains(NamedTuple):
    """a, b, their derivatives in s², and V."""

    a: Tensor
    b: Tensor
    da: Tensor
    db: Tensor
    V: Tensor

    @classmethod
    def of(cls, alpha: Tensor, sigma: Tensor, variance: Tensor) -> _Gains:
        V = alpha.square() * variance + sigma.square()
        narrow = sigma.square() / V
        return cls(alpha * variance / V, narrow, alpha * narrow / V, -alpha.square() * narrow / V, V)


def _rows(values: Float[Tensor, "B N d"], where: Int64[Tensor, "B P"]) -> Float[Tensor, "B P d"]:
    return values.gather(1, where[..., None].expand(-1, -1, values.shape[2]))


def _gathered(
    mixtures: Mixtures, component: Int64[Tensor, "B P"], values: Float[Tensor, "B P c"]
) -> Float[Tensor, "B M c"]:
    """Sums of the values over the points of each component."""
    B, M = mixtures.used.shape
    sums = torch.zeros(B, M, values.shape[2], dtype=values.dtype, device=values.device)
    return sums.scatter_add(1, component[..., None].expand_as(values), values)
