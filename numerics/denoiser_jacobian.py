"""The Jacobian of any torch denoiser in its input, without forming it: trace, products, leading singular values.

J = ∂f/∂y at a sample. A product uᵀJ is one pass backward, Jv one pass backward through that; the trace is E vᵀJv over
random signs v (Hutchinson); a random subspace that J maps to holds its leading singular vectors (Halko, Martinsson and
Tropp).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float64
from torch.nn.attention import SDPBackend, sdpa_kernel

from numerics.denoiser_pass import Denoiser, on_device, run
from theory import validation

# Directions beyond those asked for, and times that J Jᵀ is applied to them: the error falls with both.
_SPARE, _POWERS = 8, 1


def trace(
    denoiser: Denoiser, x: torch.Tensor, sigma: float, *, probes: int = 8, seed: int = 0, at_once: int = 64
) -> Float64[np.ndarray, " n"]:
    """tr J at each of x (n, …), level sigma, as a mean over `probes` random signs, the same ones for every sample.

    With as many probes as coordinates or more it is exact: unit vectors take their place.
    """
    d = int(np.prod(x.shape[1:]))
    probes = validation.whole(probes, "probes", least=1)
    exact = probes >= d
    rng = np.random.default_rng([validation.whole(seed, "seed", least=0), 3])
    signs = np.eye(d) if exact else rng.choice([-1.0, 1.0], (probes, d))
    found = np.zeros(len(x))
    for start in range(0, len(x), at_once):
        part = x[start : start + at_once]
        _, pull = _linearised(denoiser, part, sigma)
        for each in signs:
            v = torch.as_tensor(each, dtype=part.dtype).expand(len(part), d)
            pulled = pull(v)
            found[start : start + at_once] += (pulled * v.to(pulled)).sum(dim=1).double().cpu().numpy()
    return found if exact else found / probes


def leading_singular_values(
    denoiser: Denoiser, x: torch.Tensor, sigma: float, *, rank: int, seed: int = 0, at_once: int = 64
) -> Float64[np.ndarray, "n rank"]:
    """The `rank` largest singular values of J at each of x (n, …), level sigma, largest first.

    Exact, up to the precision of the denoiser, for a J of at most that rank, and for rank = d. Otherwise none is too
    large, and those well above the rest are close.
    """
    d = int(np.prod(x.shape[1:]))
    rank = validation.whole(rank, "rank", least=1)
    if rank > d:
        raise ValueError(f"rank must be at most the {d} coordinates of x, got {rank}")
    width = min(rank + _SPARE, d)
    rng = np.random.default_rng([validation.whole(seed, "seed", least=0), 4])
    start_block = torch.as_tensor(np.eye(d)[:width] if width == d else rng.standard_normal((width, d)))
    found = np.empty((len(x), rank))
    for start in range(0, len(x), at_once):
        part = x[start : start + at_once]
        push, pull = _linearised(denoiser, part, sigma)
        Q = _orthonormal(torch.stack([push(v.expand(len(part), d)) for v in start_block], dim=2))
        for _ in range(0 if width == d else _POWERS):
            back = _orthonormal(_each(pull, Q))
            Q = _orthonormal(_each(push, back))
        answers = _each(pull, Q).double()
        # Of small symmetric matrices, which devices decompose many at a time.
        values = torch.linalg.eigvalsh(answers.mT @ answers).flip(1).clamp(min=0).sqrt()
        found[start : start + at_once] = values[:, :rank].cpu().numpy()
    return found


def _linearised(
    denoiser: Denoiser, x: torch.Tensor, sigma: float
) -> tuple[Callable[[torch.Tensor], torch.Tensor], Callable[[torch.Tensor], torch.Tensor]]:
    """v ↦ Jv and u ↦ Jᵀu for each sample of x (b, …), on rows (b, d)."""
    shape = tuple(x.shape)
    # Attention has second derivatives only in its plain form.
    with sdpa_kernel(SDPBackend.MATH), torch.enable_grad():
        leaf = on_device(denoiser, x.flatten(1)).clone().requires_grad_(True)
        output = run(denoiser, leaf.reshape(shape), sigma).flatten(1)
        # No sample's answer depends on another's input, so that one backward pass serves the batch.
        dual = torch.zeros_like(output).requires_grad_(True)
        (pulled,) = torch.autograd.grad(output, leaf, dual, create_graph=True)

    def push(v: torch.Tensor) -> torch.Tensor:
        # Jᵀu is linear in u, and its derivative there is J.
        return torch.autograd.grad(pulled, dual, v.to(pulled), retain_graph=True)[0]

    def pull(u: torch.Tensor) -> torch.Tensor:
        return torch.autograd.grad(output, leaf, u.to(output), retain_graph=True)[0]

    return push, pull


def _each(apply: Callable[[torch.Tensor], torch.Tensor], block: torch.Tensor) -> torch.Tensor:
    """`apply` to each column of (b, d, k)."""
    return torch.stack([apply(block[:, :, k].contiguous()) for k in range(block.shape[2])], dim=2)


def _orthonormal(block: torch.Tensor) -> torch.Tensor:
    return torch.linalg.qr(block.double())[0].to(block.dtype)
