"""A ReLU autoencoder for images at one noise level as two matrices and a skip: what its closed forms are about.

EDM preconditioning around F = s z + W(g ∘ [Wᵀz]_+), z = c_in x, gives D(x, σ) = (c_skip + c_out c_in s)x +
(c_out W diag(g)) h, h = [(c_in W)ᵀx]_+, and h is what leaves the submodule `code`.
"""

from __future__ import annotations

from typing import Any

import torch

from numerics.activations import recorded
from numerics.image_relu import ReluDenoiser
from theory import validation
from theory.steered_sampling import Level


def relu_level(denoiser: ReluDenoiser, sigma: float, push: Any) -> Level:
    """Skip, W1 and W2 (d, p) of the denoiser at level sigma > 0, with a push (p,) of its `code`.

    Raises `ValueError` for bad input.
    """
    sigma, v = validation.positive(sigma, "sigma"), validation.real_array(push, "push", ndim=1)
    total = sigma**2 + denoiser.sigma_data**2
    inward, outward = total**-0.5, sigma * denoiser.sigma_data * total**-0.5
    weight = denoiser.encoder.weight
    with recorded(denoiser, ["log_gain"]) as calls, torch.no_grad():
        denoiser(weight.new_zeros(1, *denoiser.shape), weight.new_tensor([sigma]))
    gains = calls["log_gain"][0][0].exp().double().cpu().numpy()
    W, skip = weight.detach().T.double().cpu().numpy(), float(denoiser.skip.detach())
    if len(v) != W.shape[1]:
        raise ValueError(f"push must hold one number for each of {W.shape[1]} units, got {len(v)}")
    return Level(denoiser.sigma_data**2 / total + outward * inward * skip, inward * W, outward * W * gains, v)
