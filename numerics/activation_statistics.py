"""Statistics of activations on their own device: BR's standard deviation and three that no change of scale moves.

The same quantities as in `numerics.representation` (for codes of numpy), for activations of up to millions of units in
single precision. Which way each one points is stated beside it: `MEMORISED[name]` is +1 where a memorised sample is
expected to have the larger value, −1 where the smaller.

Which statistic is to be used was decided from the theory, before any trained network was scored: ‖h‖₄/‖h‖₂, of all
units of the layer in the middle of the network. BR-alg-1 proves that where gates hold it separates stored samples from
those of a block whatever the lengths of the codes and the width, where Std does not. Of the scale-free statistics that
own-spike-test finds most powerful, max|h|/‖h‖₂ is best for one strong unit. But a stored sample's unit may be split
into several (BR-cor-3.2-splitting), which ‖h‖₄/‖h‖₂ sums over and the maximum does not, and deep layers are far from
one strong unit, where ‖h‖₄/‖h‖₂ is the limit of the best test.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float

RECOMMENDED = "l4_over_l2"
PRINTED = "std"

Statistic = Callable[[torch.Tensor], torch.Tensor]


def std(h: Float[torch.Tensor, "*b p"]) -> Float[torch.Tensor, "*b"]:
    """Standard deviation over the p units of each code: BR Algorithm 1, in the units of h."""
    return h.std(dim=-1, correction=0)


def l4_over_l2(h: Float[torch.Tensor, "*b p"]) -> Float[torch.Tensor, "*b"]:
    """‖h‖₄/‖h‖₂ of each code, from p^{−1/4} (equal units) to 1 (one-hot); 0 for h = 0."""
    squares = _relative(h) ** 2
    return _over((squares**2).sum(dim=-1) ** 0.25, squares.sum(dim=-1) ** 0.5)


def participation_ratio(h: Float[torch.Tensor, "*b p"]) -> Float[torch.Tensor, "*b"]:
    """‖h‖₂⁴/‖h‖₄⁴ of each code, its effective number of active units, from 1 to p; 0 for h = 0."""
    squares = _relative(h) ** 2
    return _over(squares.sum(dim=-1) ** 2, (squares**2).sum(dim=-1))


def max_over_l2(h: Float[torch.Tensor, "*b p"]) -> Float[torch.Tensor, "*b"]:
    """max|h|/‖h‖₂ of each code, from p^{−1/2} (equal units) to 1 (one-hot); 0 for h = 0."""
    sizes = _relative(h)
    return _over(sizes.amax(dim=-1), (sizes**2).sum(dim=-1) ** 0.5)


STATISTICS: dict[str, Statistic] = {
    "std": std,
    "l4_over_l2": l4_over_l2,
    "participation_ratio": participation_ratio,
    "max_over_l2": max_over_l2,
}
MEMORISED = {"std": 1, "l4_over_l2": 1, "participation_ratio": -1, "max_over_l2": 1}


def _relative(h: torch.Tensor) -> torch.Tensor:
    """|h| in units of the largest of each code, so that powers neither overflow nor vanish together."""
    sizes = h.abs()
    return _over(sizes, sizes.amax(dim=-1, keepdim=True))


def _over(numerator: torch.Tensor, denominator: torch.Tensor) -> torch.Tensor:
    """The quotient, 0 where the denominator is 0."""
    return torch.where(denominator > 0, numerator / denominator.clamp(min=torch.finfo(numerator.dtype).tiny), 0.0)
