"""Pipelines of the diffusers library as denoisers that every detector here can score.

A scheduler with cumulative products ᾱ_t keeps z = √ᾱ_t (x_0 + σ_t ε), σ_t² = (1 − ᾱ_t)/ᾱ_t: variance exploding up to
a scale. So D(y, σ) asks the U-Net about √ᾱ_t y at the step t whose level is nearest to σ, and reads x̂_0 from what it
predicts: the noise, x_0 itself, or v = √ᾱ_t ε − √(1 − ᾱ_t) x_0. A pipeline with a text encoder is scored in its latent
space, without prompt: `no_prompt` is what the encoder makes of the empty one.

This was tested on tiny pipelines with random weights, for its mechanics. No large model was run, and what the table of
detectors says about our networks was not measured on any other.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int64

PREDICTIONS = ("epsilon", "sample", "v_prediction")


class PipelineDenoiser(torch.nn.Module):
    """D(y, σ, label) of a pipeline's U-Net and scheduler; y (b, channels, height, width), σ (b,), label (b,) or none.

    `levels` (steps,) are the noise levels at which the U-Net was trained; the nearest is taken, and σ beyond twice the
    largest or below half the least is refused. A U-Net of classes is asked about `no_class` where there are no labels.
    Raises `ValueError` for a pipeline without U-Net or cumulative products, one that predicts something else, or
    `no_prompt` for a U-Net that reads none or the other way round.
    """

    products: torch.Tensor
    levels: torch.Tensor
    no_prompt: torch.Tensor | None

    def __init__(
        self,
        pipeline: Any,
        *,
        no_prompt: Float[torch.Tensor, "1 tokens width"] | None = None,
        no_class: int | None = None,
    ) -> None:
        super().__init__()
        unet: Any = getattr(pipeline, "unet", None)
        scheduler: Any = getattr(pipeline, "scheduler", None)
        products = getattr(scheduler, "alphas_cumprod", None)
        if not isinstance(unet, torch.nn.Module) or products is None:
            raise ValueError(
                f"pipeline must have a U-Net and a scheduler with alphas_cumprod, got {type(pipeline).__name__}"
            )
        prediction = scheduler.config.prediction_type
        if prediction not in PREDICTIONS:
            raise ValueError(f"pipeline must predict one of {PREDICTIONS}, got {prediction!r}")
        config: Any = unet.config
        conditional = dict(config).get("cross_attention_dim") is not None
        if conditional is (no_prompt is None):
            raise ValueError(f"no_prompt must be given exactly for U-Nets that read one, got {type(unet).__name__}")
        self.unet, self.prediction, self.no_class = unet, prediction, no_class
        self.register_buffer("products", products.clone().double(), persistent=False)
        self.register_buffer("levels", ((1 - products.double()) / products.double()).sqrt(), persistent=False)
        self.register_buffer("no_prompt", no_prompt, persistent=False)

    def forward(
        self,
        y: Float[torch.Tensor, "b c h w"],
        sigma: Float[torch.Tensor, " b"],
        label: Int64[torch.Tensor, " b"] | None = None,
    ) -> Float[torch.Tensor, "b c h w"]:
        """The estimate of x_0. Raises `ValueError` for a level beyond those of the scheduler."""
        wanted = sigma.to(self.levels)
        if (wanted < self.levels.min() / 2).any() or (wanted > self.levels.max() * 2).any():
            low, high = float(self.levels.min()), float(self.levels.max())
            raise ValueError(
                f"sigma must be within a factor of 2 of the levels {low:.3g} … {high:.3g}, got {sigma.tolist()}"
            )
        step = (wanted.log()[:, None] - self.levels.log()).abs().argmin(dim=1)
        product = self.products[step].to(y.dtype)[:, None, None, None]
        signal, noise = product.sqrt(), (1 - product).sqrt()
        z = signal * y
        given: dict[str, Any] = {}
        if label is None and self.no_class is not None:
            label = torch.full((len(y),), self.no_class, device=y.device)
        if label is not None:
            given["class_labels"] = label
        if self.no_prompt is not None:
            given["encoder_hidden_states"] = self.no_prompt.to(y).expand(len(y), -1, -1)
        answer = self.unet(z, step, **given).sample
        if self.prediction == "sample":
            return answer
        if self.prediction == "v_prediction":
            return signal * z - noise * answer
        return (z - noise * answer) / signal
