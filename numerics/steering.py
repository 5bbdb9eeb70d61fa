"""Steering a denoiser by any of its layers (BR eq. 11): h + a·v in place of its output h, in one pass or in all.

v is the mean representation of a target set at the same noise level or, as a difference, that less the mean of another
set. The last layer is linear in what it gets, so there the answer of one pass is affine in a; everywhere else it is
whatever the layers after it make of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from numerics.activations import recorded
from theory import validation
from theory.sampling_flow import falling_levels

# Images that a network is shown at once.
AT_ONCE = 4096


class Pushed:
    """While this context lasts, `push` is added to each output of the layer; the hook is removed whatever happens.

    The push must broadcast to the output; a layer that gives no single tensor is refused with `ValueError` when it is
    called, an unknown name at once.
    """

    def __init__(self, denoiser: nn.Module, layer: str, push: Tensor) -> None:
        self._layer, self._name, self._push = _named(denoiser, layer), layer, push
        self._hook: Any = None

    def __enter__(self) -> Pushed:
        self._hook = self._layer.register_forward_hook(self._add)
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()

    def _add(self, module: nn.Module, inputs: Any, output: Any) -> Tensor:
        del module, inputs
        if not isinstance(output, Tensor):
            raise ValueError(f"layer must give one tensor to be pushed, got {type(output).__name__} of {self._name!r}")
        fits = zip(reversed(self._push.shape), reversed(output.shape), strict=False)
        if self._push.ndim > output.ndim or any(ours not in (1, theirs) for ours, theirs in fits):
            raise ValueError(f"push must broadcast to {tuple(output.shape)}, got shape {tuple(self._push.shape)}")
        return output + self._push.to(output)


class Steering:
    """Directions of one layer towards each of several target sets, at any noise level, and pushes along them.

    `targets` maps names (whole numbers) to images (n, C, H, W); each level draws `draws` noises an image, the same for
    a level whenever it is asked. Directions are kept for the levels asked so far. `ValueError` for bad input.
    """

    def __init__(
        self, denoiser: nn.Module, layer: str, targets: Mapping[int, Tensor], *, draws: int = 1, seed: int = 0
    ) -> None:
        _named(denoiser, layer)
        if not targets:
            raise ValueError("targets must hold at least one set of images, got none")
        for name, images in targets.items():
            _check_images(images, f"targets[{name}]")
        self._denoiser, self._layer = denoiser, layer
        self._draws, self._seed = validation.whole(draws, "draws", 1), validation.whole(seed, "seed", 0)
        self._targets = dict(targets)
        self._places = {name: place for place, name in enumerate(self._targets)}
        self._means: dict[float, Tensor] = {}

    def means(self, sigma: float) -> Tensor:
        """Mean representation of each target set at a noise level, in order: (sets, *layer's shape)."""
        sigma = validation.nonnegative(sigma, "sigma")
        if sigma not in self._means:
            found = []
            for images in self._targets.values():
                seen = images.repeat(self._draws, 1, 1, 1)
                generator = torch.Generator().manual_seed(self._seed)
                noise = torch.randn(seen.shape, generator=generator).to(seen)
                found.append(representation(self._denoiser, self._layer, seen + sigma * noise, sigma).mean(dim=0))
            self._means[sigma] = torch.stack(found)
        return self._means[sigma]

    def push(self, sigma: float, strengths: Tensor, target: Any, away_from: Any = None) -> Tensor:
        """strength·v for each row: v the mean of its target set, less that of the set it leaves, if given.

        `strengths` (B,), `target` and `away_from` (B,) names of sets; shape (B, *layer's shape). `ValueError` for an
        unknown name.
        """
        means = self.means(sigma)
        direction = means[self._rows(target, "target")]
        if away_from is not None:
            direction = direction - means[self._rows(away_from, "away_from")]
        return strengths.to(direction).reshape(-1, *[1] * (direction.ndim - 1)) * direction

    def denoise(self, y: Tensor, sigma: float, strengths: Tensor, target: Any, away_from: Any = None) -> Tensor:
        """What the steered network takes y (B, C, H, W) of one noise level for, without a label."""
        with Pushed(self._denoiser, self._layer, self.push(sigma, strengths, target, away_from)), torch.no_grad():
            return self._denoiser(y, _levels(y, sigma), None)

    def sample(self, start: Tensor, levels: Any, strengths: Tensor, target: Any, away_from: Any = None) -> Tensor:
        """Steered at every level: steps f + (σ'/σ)(y − f) of BR eq. 1 through falling levels, the last ≥ 0.

        `start` (B, C, H, W) is at the first level. `ValueError` for bad levels.
        """
        y = start
        for high, low in pairwise(falling_levels(levels).tolist()):
            clean = self.denoise(y, high, strengths, target, away_from)
            y = clean + (low / high) * (y - clean)
        return y

    def _rows(self, names: Any, argument: str) -> list[int]:
        names = [int(name) for name in np.asarray(names).tolist()]
        unknown = sorted(set(names) - set(self._places))
        if unknown:
            raise ValueError(f"{argument} must name sets among {sorted(self._places)}, got {unknown[0]!r}")
        return [self._places[name] for name in names]


def representation(denoiser: nn.Module, layer: str, y: Tensor, sigma: float) -> Tensor:
    """What a layer gives for images y (B, C, H, W) of one noise level, without a label: (B, *layer's shape).

    Raises `ValueError` for an unknown layer, or one that is not called once in a pass.
    """
    _check_images(y, "y")
    sigma = validation.nonnegative(sigma, "sigma")
    with recorded(denoiser, [layer]) as calls, torch.no_grad():
        denoiser(y, _levels(y, sigma), None)
    if len(calls[layer]) != 1:
        raise ValueError(f"layer must be called once in a pass to be steered, got {len(calls[layer])} of {layer!r}")
    return calls[layer][0]


def response(
    steering: Steering,
    start: Tensor,
    levels: Any,
    strengths: Any,
    target: Any,
    away_from: Any = None,
) -> Tensor:
    """Ends for every start and strength: one pass if `levels` is a single number, else sampling through the levels.

    `start` (m, C, H, W), `strengths` (K + 1,) alike for all, `target` and `away_from` (m,). Shape (m, K + 1, C, H, W).
    Raises `ValueError` for bad input.
    """
    _check_images(start, "start")
    strengths = validation.real_array(strengths, "strengths", ndim=1)
    levels = validation.real_array(levels, "levels")
    count = len(strengths)
    rows = [(np.asarray(names).repeat(count) if names is not None else None) for names in (target, away_from)]
    if any(row is not None and len(row) != count * len(start) for row in rows):
        raise ValueError(f"target must hold one name for each of the {len(start)} starts, got {target!r}")
    repeated = start.repeat_interleave(count, dim=0)
    pushes = torch.as_tensor(np.tile(strengths, len(start)), dtype=start.dtype)
    ends = []
    for low in range(0, len(repeated), AT_ONCE):
        here = slice(low, low + AT_ONCE)
        names = [None if row is None else row[here] for row in rows]
        if levels.ndim == 0:
            ends.append(steering.denoise(repeated[here], float(levels), pushes[here], *names))
        else:
            ends.append(steering.sample(repeated[here], levels, pushes[here], *names))
    return torch.cat(ends).reshape(len(start), count, *start.shape[1:])


def _named(denoiser: nn.Module, layer: str) -> nn.Module:
    with recorded(denoiser, [layer]):
        return dict(denoiser.named_modules(remove_duplicate=False))[layer]


def _levels(y: Tensor, sigma: float) -> Tensor:
    return torch.full((len(y),), sigma, dtype=y.dtype, device=y.device)


def _check_images(images: Any, name: str) -> None:
    if not isinstance(images, Tensor) or not images.is_floating_point() or images.ndim != 4 or 0 in images.shape:
        what = f"{type(images).__name__} {tuple(getattr(images, 'shape', ()))}"
        raise ValueError(f"{name} must be a tensor of images (n, C, H, W), n >= 1, got {what}")
