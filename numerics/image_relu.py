"""BR's ReLU autoencoder for many noise levels, as a denoiser of images: tied weights, a gain per unit, a skip.

On the flattened, scaled image z = c_in x (d pixels) the network is F(z, σ) = s z + W(g(σ) ∘ [Wᵀz]_+), W (d, p),
without bias: s is one learned number, and the gains g(σ) = exp(small network of log σ), one per unit, are positive.
With EDM preconditioning around it the denoiser is (skip of σ) x + W diag(positive gains of σ)[Wᵀx]_+, homogeneous of
degree 1 in x at every noise level, as BR's is. There is no conditioning: labels are ignored.
"""

from __future__ import annotations

from jaxtyping import Float, Int64
from torch import Tensor, nn

from numerics.preconditioning import ImageDenoiser, NoiseFeatures
from theory import validation

_WAVES, _HIDDEN = 16, 32


class ReluDenoiser(ImageDenoiser):
    """The ReLU autoencoder of `units` p. Its representation h = [Wᵀz]_+ (B, p) leaves the submodule `code`."""

    architecture = "relu"
    # BR's: in a homogeneous denoiser nothing corrects the scale of an image, and flows from far above leave all bounds.
    start_level = 2.0

    def __init__(
        self, shape: tuple[int, int, int], classes: int, *, sigma_data: float = 0.5, units: int = 1024
    ) -> None:
        super().__init__(shape, classes, sigma_data, {"units": units})
        d = self.shape[0] * self.shape[1] * self.shape[2]
        p = validation.whole(units, "units", least=1)
        self.encoder = nn.Linear(d, p, bias=False)
        nn.init.normal_(self.encoder.weight, std=d**-0.5)
        self.code = nn.ReLU()
        last = nn.Linear(_HIDDEN, p)
        # At the start the sum over units changes the image little.
        nn.init.zeros_(last.weight)
        nn.init.constant_(last.bias, -1.0)
        self.log_gain = nn.Sequential(NoiseFeatures(_WAVES), nn.Linear(2 * _WAVES, _HIDDEN), nn.SiLU(), last)
        self.skip = nn.Parameter(self.encoder.weight.new_zeros(()))

    def raw(
        self, x: Float[Tensor, "B C H W"], noise: Float[Tensor, " B"], label: Int64[Tensor, " B"]
    ) -> Float[Tensor, "B C H W"]:
        flat = x.flatten(1)
        units = self.log_gain(noise).exp() * self.code(self.encoder(flat))
        return (self.skip * flat + units @ self.encoder.weight).reshape(x.shape)
