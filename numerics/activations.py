"""What the modules of any torch network put out while it runs: hooked by name, kept call by call, pooled to codes.

A module is named as in `named_modules`. One that is registered under several names, or called several times in one
pass, is one module: each of its calls is kept, in order, whichever of its names is asked for. What is kept is a copy,
so that operations in place leave it alone, in single precision at least.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float

POOLS = ("flatten", "mean")
# As many names as a reader will read when the one that was asked for is missing.
_NAMES_SHOWN = 12


def module_names(network: torch.nn.Module) -> tuple[str, ...]:
    """Every name under which a module of `network` can be hooked, in order of registration; not the network itself."""
    return tuple(name for name, _ in network.named_modules(remove_duplicate=False) if name)


@contextmanager
def recorded(network: torch.nn.Module, names: Sequence[str]) -> Iterator[dict[str, list[torch.Tensor]]]:
    """While the context lasts, what the named modules put out: for each name a list with one tensor a call.

    Of an output with several parts the first tensor of floats is kept. Half precision becomes single. The hooks are
    gone when the context ends, however it ends. Raises `ValueError` for a name that no module has, with those near it,
    before the network runs, and for a module without a tensor of floats in its output, when it is called.
    """
    modules = dict(network.named_modules(remove_duplicate=False))
    for name in names:
        if not isinstance(name, str) or not name or name not in modules:
            raise ValueError(f"layer must name a module of the network, got {name!r}; {_near(name, network)}")
    kept: dict[str, list[torch.Tensor]] = {name: [] for name in names}

    def keep(name: str) -> Callable[..., None]:
        def hook(module: torch.nn.Module, inputs: Any, output: Any) -> None:
            del module, inputs
            found = _first_tensor(output)
            if found is None:
                raise ValueError(
                    f"layer must name a module that puts out a tensor of floats, got {name!r}, which puts out "
                    f"{type(output).__name__}"
                )
            kept[name].append(found.detach().to(torch.promote_types(found.dtype, torch.float32), copy=True))

        return hook

    handles = []
    try:
        handles += [modules[name].register_forward_hook(keep(name)) for name in kept]
        yield kept
    finally:
        for handle in handles:
            handle.remove()


def pooled(activation: Float[torch.Tensor, "b *axes"], pool: str) -> Float[torch.Tensor, "b p"]:
    """One code for each sample of an activation whose first axis is the batch.

    "flatten": every number is a unit. "mean": the mean over space of (b, channels, height, width), or over tokens of
    (b, tokens, channels), so that every channel is a unit; of (b, p) nothing is averaged. Raises `ValueError` for
    another pool and for activations without units.
    """
    if pool not in POOLS:
        raise ValueError(f"pool must be one of {POOLS}, got {pool!r}")
    if activation.ndim < 2 or activation.numel() == 0:
        raise ValueError(f"layer must put out at least one unit a sample, got shape {tuple(activation.shape)}")
    if pool == "mean" and activation.ndim == 3:
        return activation.mean(dim=1)
    if pool == "mean" and activation.ndim > 3:
        return activation.flatten(2).mean(dim=2)
    return activation.flatten(1)


def codes(calls: Sequence[torch.Tensor], name: str, pool: str) -> Float[torch.Tensor, "b p"]:
    """The calls of one module in one pass, each pooled, as one code; `ValueError` where the module was not called."""
    if not calls:
        raise ValueError(f"layer must name a module that runs, got {name!r}, which was not called")
    return torch.cat([pooled(each, pool) for each in calls], dim=1)


def middle_layer(network: torch.nn.Module, run: Callable[[], object]) -> str:
    """The module without modules of its own that stands in the middle of the pass `run`, by order of calls.

    Only modules whose output differs between the samples of the batch count: what depends on the noise level or the
    class alone does not, so `run` must take samples that differ, at one level, of one class; many of them, since units
    that are shut on all tell none apart. In the network W2[W1ᵀx]_+ with a module for each step it is the rectifier.
    Raises `ValueError` where no such module runs.
    """
    leaves = [name for name in module_names(network) if not any(network.get_submodule(name).children())]
    order: list[tuple[int, str]] = []
    handles = []

    def note(name: str) -> Callable[..., None]:
        def hook(module: torch.nn.Module, inputs: Any, output: Any) -> None:
            del module, inputs
            found = _first_tensor(output)
            if found is not None and found.ndim > 1 and len(found) > 1 and (found[1:] != found[0]).any():
                order.append((len(order), name))

        return hook

    # A module with two names is one leaf.
    distinct = {id(network.get_submodule(name)): name for name in reversed(leaves)}
    try:
        handles += [network.get_submodule(name).register_forward_hook(note(name)) for name in distinct.values()]
        run()
    finally:
        for handle in handles:
            handle.remove()
    if not order:
        raise ValueError(f"layer must be named for a network without modules that answer to its input; {_all(network)}")
    return order[len(order) // 2][1]


def _first_tensor(output: Any) -> torch.Tensor | None:
    if isinstance(output, torch.Tensor):
        return output if output.is_floating_point() else None
    if isinstance(output, Mapping):
        output = tuple(output.values())
    if isinstance(output, tuple | list):
        return next((found for found in map(_first_tensor, output) if found is not None), None)
    return None


def _near(name: Any, network: torch.nn.Module) -> str:
    names = module_names(network)
    near = difflib.get_close_matches(str(name), names, n=5, cutoff=0.5)
    near += [other for other in names if str(name) and str(name) in other and other not in near]
    return f"near it are {', '.join(near[:_NAMES_SHOWN])}" if near else _all(network)


def _all(network: torch.nn.Module) -> str:
    names = module_names(network)
    shown = ", ".join(names[:_NAMES_SHOWN]) or "none"
    return f"its modules are {shown}" + (", …" if len(names) > _NAMES_SHOWN else "")
