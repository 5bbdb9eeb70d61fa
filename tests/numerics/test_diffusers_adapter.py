"""A pipeline of the diffusers library as a denoiser: tiny ones with random weights, for the mechanics alone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DConditionModel, UNet2DModel

from numerics.detection import jacobian_dimension, memorization_score
from numerics.detection_baselines import flipd, score_difference
from numerics.diffusers_adapter import PREDICTIONS, PipelineDenoiser
from theory.empirical_denoiser import empirical_denoiser

SMALL = {
    "sample_size": 4,
    "in_channels": 1,
    "out_channels": 1,
    "layers_per_block": 1,
    "norm_num_groups": 2,
    "attention_head_dim": 2,
    "block_out_channels": (4,),
}


@pytest.fixture(scope="module")
def pipeline():
    torch.manual_seed(0)
    network = UNet2DModel(
        **SMALL, down_block_types=("DownBlock2D",), up_block_types=("UpBlock2D",),
        num_class_embeds=3,
    )  # fmt: skip
    return DDPMPipeline(unet=network.eval(), scheduler=DDPMScheduler(num_train_timesteps=50))


def test_a_pipeline_is_scored_like_any_denoiser(pipeline):
    denoiser = PipelineDenoiser(pipeline, no_class=2)
    sigma = float(denoiser.levels[20])
    x = torch.randn(3, 1, 4, 4)
    with torch.no_grad():
        shown, level = x + 0.1, torch.full((3,), 20)
        product = pipeline.scheduler.alphas_cumprod[20]
        noise = pipeline.unet(product.sqrt() * shown, level, class_labels=torch.full((3,), 2)).sample
        expected = pipeline.scheduler.step(
            noise, 20, product.sqrt() * shown, generator=torch.Generator()
        ).pred_original_sample
        found = denoiser(shown, torch.full((3,), sigma))
    # The scheduler cuts its estimate to the range of pixels.
    assert torch.allclose(found.clamp(-1, 1), expected, atol=1e-5)
    for layer in ("unet.mid_block", "unet.mid_block.attentions.0", None):
        score = memorization_score(denoiser, x, sigma, layer=layer, pool="mean", draws=1)
        assert ((score > 0) & (score <= 1)).all()
    assert (score_difference(denoiser, x, sigma, [0, 1, 2], draws=1)[:2] > 0).all()
    assert score_difference(denoiser, x, sigma, [2, 2, 2], draws=1).tolist() == [0, 0, 0]
    assert np.isfinite(flipd(denoiser, x, sigma, probes=2)).all()
    assert (jacobian_dimension(denoiser, x, sigma) >= 0).all()


class Exact(torch.nn.Module):
    """Predicts what the exact denoiser of three points would, in the way of a U-Net."""

    def __init__(self, scheduler, prediction: str, points: np.ndarray) -> None:
        super().__init__()
        self.config = {"cross_attention_dim": None}
        self.products, self.prediction, self.points = scheduler.alphas_cumprod.double(), prediction, points

    def forward(self, z: torch.Tensor, step: torch.Tensor):
        product = self.products[step][:, None, None, None]
        signal, noise = product.sqrt(), (1 - product).sqrt()
        means = [
            empirical_denoiser((one / s).reshape(1, -1).numpy(), self.points, float(n / s))
            for one, s, n in zip(z, signal, noise, strict=True)
        ]
        mean = torch.tensor(np.concatenate(means)).reshape(z.shape)
        epsilon = (z - signal * mean) / noise
        answers = {"epsilon": epsilon, "sample": mean, "v_prediction": signal * epsilon - noise * mean}
        return SimpleNamespace(sample=answers[self.prediction])


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_each_prediction_is_read_as_the_posterior_mean(prediction):
    scheduler = DDPMScheduler(num_train_timesteps=40, prediction_type=prediction)
    points = np.random.default_rng(0).standard_normal((3, 4))
    denoiser = PipelineDenoiser(SimpleNamespace(unet=Exact(scheduler, prediction, points), scheduler=scheduler))
    y = torch.randn(2, 1, 2, 2, dtype=torch.float64)
    levels = denoiser.levels[torch.tensor([7, 30])]
    found = denoiser(y, levels)
    for one, level, mean in zip(y, levels, found, strict=True):
        expected = empirical_denoiser(one.reshape(1, -1).numpy(), points, float(level))
        assert np.allclose(mean.reshape(1, -1).numpy(), expected, rtol=1e-6)
    # Between two steps the nearer is taken.
    between = denoiser(y, levels * 1.001)
    assert torch.equal(between, found)


def test_a_prompt_is_needed_exactly_where_one_is_read(pipeline):
    network = UNet2DConditionModel(
        **SMALL, down_block_types=("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",), cross_attention_dim=6,
    )  # fmt: skip
    latent = SimpleNamespace(unet=network.eval(), scheduler=pipeline.scheduler)
    prompt = torch.randn(1, 5, 6)
    denoiser = PipelineDenoiser(latent, no_prompt=prompt)
    sigma = float(denoiser.levels[10])
    x = torch.randn(2, 1, 4, 4)
    with torch.no_grad():
        noise = network(denoiser.products[10].sqrt().float() * x, 10, prompt.expand(2, -1, -1)).sample
        found = denoiser(x, torch.full((2,), sigma))
    assert torch.allclose(found, x - sigma * noise, atol=1e-5)
    with pytest.raises(ValueError, match="no_prompt must be given exactly for U-Nets that read one"):
        PipelineDenoiser(latent)
    with pytest.raises(ValueError, match="no_prompt must be given exactly for U-Nets that read one"):
        PipelineDenoiser(pipeline, no_prompt=prompt)


def test_what_is_no_such_pipeline_or_level_is_refused(pipeline):
    with pytest.raises(ValueError, match="pipeline must have a U-Net and a scheduler"):
        PipelineDenoiser(SimpleNamespace(unet=None, scheduler=pipeline.scheduler))
    other = SimpleNamespace(
        alphas_cumprod=pipeline.scheduler.alphas_cumprod, config=SimpleNamespace(prediction_type="flow_prediction")
    )
    with pytest.raises(ValueError, match=r"pipeline must predict one of .*got 'flow_prediction'"):
        PipelineDenoiser(SimpleNamespace(unet=pipeline.unet, scheduler=other))
    denoiser = PipelineDenoiser(pipeline, no_class=0)
    low, high = float(denoiser.levels.min()), float(denoiser.levels.max())
    for inside in (0.501 * low, 1.99 * high):
        assert denoiser(torch.zeros(1, 1, 4, 4), torch.tensor([inside])).isfinite().all()
    for outside in (0.499 * low, 2.01 * high):
        with pytest.raises(ValueError, match="sigma must be within a factor of 2"):
            denoiser(torch.zeros(1, 1, 4, 4), torch.tensor([outside]))
