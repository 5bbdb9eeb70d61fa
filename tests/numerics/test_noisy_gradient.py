"""The gradient at given noise against automatic differentiation; its mean against the exact gradient."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.noisy_gradient import noisy_gradient
from numerics.objective import loss_and_gradient


def stack(seed: int, *shapes: tuple[int, ...]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, dtype=torch.float64, generator=generator) for shape in shapes]


@settings(max_examples=40)
@given(
    st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(0, 4), st.integers(1, 3), st.integers(0, 9999)
)
def test_at_given_noise_it_is_that_of_automatic_differentiation(B, n, d, p, draws, seed):
    W1, W2, X, noise = stack(seed, (B, d, p), (B, d, p), (B, n, d), (B, draws * n, d))
    first, second = (W.clone().requires_grad_() for W in (W1, W2))
    clean = X.repeat(1, draws, 1)
    errors = torch.relu((clean + noise) @ first) @ second.mT - clean
    errors.square().sum(2).mean(1).sum().backward()
    found = noisy_gradient(W1, W2, X, noise.clone())
    for ours, theirs in zip(found, (first.grad, second.grad), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


def test_its_mean_is_the_exact_gradient():
    """z of every entry over 4,000 draws: the largest of 24 exceeds 5 with probability 1.4e-5; the seed is fixed."""
    W1, W2, X = stack(3, (1, 3, 4), (1, 3, 4), (1, 2, 3))
    means = []
    for seed in range(40):
        (noise,) = stack(seed + 100, (1, 200, 3))
        means.append(torch.cat(noisy_gradient(W1, W2, X, 0.6 * noise), dim=1)[0].numpy())
    exact = np.concatenate(loss_and_gradient(W1[0].numpy(), W2[0].numpy(), X[0].numpy(), 0.6, 0.0)[1:])
    error = np.std(means, axis=0, ddof=1) / np.sqrt(len(means))
    assert (np.abs(np.mean(means, axis=0) - exact) < 5.5 * error).all()
    # Without the noise it is another gradient, told apart at this precision.
    silent = np.concatenate(loss_and_gradient(W1[0].numpy(), W2[0].numpy(), X[0].numpy(), 0.0, 0.0)[1:])
    assert (np.abs(np.mean(means, axis=0) - silent) > 5.5 * error).any()
