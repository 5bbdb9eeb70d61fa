"""The loss of a denoiser on a batch and its gradient, to be taken many times: as a CUDA graph where there is CUDA.

EDM's loss (Karras et al. 2022, eq. 2 and table 1): the mean over images and pixels of λ(σ)(D(x_0 + σε, σ) − x_0)²,
λ(σ) = (σ² + σ_d²)/(σσ_d)², which weighs the network's own errors equally at every noise level. Small networks spend
their time launching kernels; a graph launches all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from numerics.preconditioning import ImageDenoiser

# Rounds before the capture, in which libraries choose their kernels.
_WARM_UP = 3


def denoising_loss(
    denoiser: ImageDenoiser,
    clean: Float[Tensor, "B C H W"],
    sigma: Float[Tensor, " B"],
    noise: Float[Tensor, "B C H W"],
    label: Int64[Tensor, " B"],
) -> Float[Tensor, ""]:
    """EDM's weighted loss of the denoiser on `clean` + sigma · `noise`, sigma > 0; noise is standard normal."""
    level = sigma[:, None, None, None]
    weight = (sigma**2 + denoiser.sigma_data**2) / (sigma * denoiser.sigma_data) ** 2
    errors = (denoiser(clean + level * noise, sigma, label) - clean).square().mean(dim=(1, 2, 3))
    return (weight * errors).mean()


class DenoisingGradient:
    """Puts the gradient of `denoising_loss` into `.grad` of the denoiser's parameters; every batch of one size.

    On a CUDA device the computation is captured once and replayed, unless `eager`. The denoiser's parameters must
    stay in place.
    """

    def __init__(self, denoiser: ImageDenoiser, batch: int, device: torch.device, eager: bool = False) -> None:
        shape = (batch, *denoiser.shape)
        self._denoiser = denoiser
        self._clean, self._noise = torch.zeros(shape, device=device), torch.zeros(shape, device=device)
        self._sigma = torch.ones(batch, device=device)
        self._label = torch.zeros(batch, dtype=torch.int64, device=device)
        self._replay = self._captured(device) if device.type == "cuda" and not eager else self._compute

    def __call__(self, clean: Tensor, sigma: Tensor, noise: Tensor, label: Tensor) -> Float[Tensor, ""]:
        """The loss, valid until the next call."""
        for held, given in zip(
            (self._clean, self._sigma, self._noise, self._label), (clean, sigma, noise, label), strict=True
        ):
            held.copy_(given)
        return self._replay()

    def _compute(self) -> Tensor:
        self._denoiser.zero_grad(set_to_none=True)
        loss = denoising_loss(self._denoiser, self._clean, self._sigma, self._noise, self._label)
        loss.backward()
        return loss.detach()

    def _captured(self, device: torch.device) -> Callable[[], Tensor]:
        aside = torch.cuda.Stream(device)
        aside.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UP):
                self._compute()
        torch.cuda.current_stream(device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # Gradients that are absent when the capture begins get their place in the graph's own memory.
        self._denoiser.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            loss = denoising_loss(self._denoiser, self._clean, self._sigma, self._noise, self._label)
            loss.backward()
        loss = loss.detach()

        def replay() -> Tensor:
            graph.replay()
            return loss

        return replay
