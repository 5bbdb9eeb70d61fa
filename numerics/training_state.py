"""The state of a training run, on disk between two steps: weights, their average, Adam's moments, generator, history.

One safetensors file, written beside its place and renamed into it, so that a run that is killed goes on from its last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialised
from torch import Tensor

from numerics.preconditioning import ImageDenoiser
from numerics.store import replace_file


@dataclass
class TrainingState:
    """A denoiser in training on its device: the moving average of its weights, optimiser, generator, steps so far.

    `losses` and `marks`: the mean loss since the last mark, and the step of each mark.
    """

    denoiser: ImageDenoiser
    optimizer: torch.optim.Adam
    average: list[Tensor]
    generator: torch.Generator
    step: int = 0
    seconds: float = 0.0
    marks: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """The weights by name, in the order of `average`."""
        return dict(self.denoiser.named_parameters())


def write_state(path: Path, state: TrainingState, settings: Mapping[str, Any]) -> None:
    """Replace `path` by the state and the settings that it must be resumed with."""
    tensors = {"generator": state.generator.get_state()}
    for (name, weight), mean in zip(state.parameters().items(), state.average, strict=True):
        tensors[f"weight/{name}"], tensors[f"average/{name}"] = weight.detach(), mean
        for moment, value in state.optimizer.state[weight].items():
            tensors[f"{moment}/{name}"] = value
    written = {"step": state.step, "seconds": state.seconds, "marks": state.marks, "losses": state.losses}
    content = serialised(
        {name: value.cpu().contiguous() for name, value in tensors.items()},
        {"state": json.dumps(written), "settings": json.dumps(settings)},
    )
    replace_file(path, lambda stream: stream.write(content))


def read_state(path: Path, state: TrainingState, settings: Mapping[str, Any]) -> None:
    """Bring `state`, new, to what `write_state` wrote.

    Raises `ValueError` if the file is not such a state, or was written with other settings.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        stored, written = json.loads(metadata["settings"]), json.loads(metadata["state"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise ValueError(f"checkpoint must be the state of a training run, got {path}: {error!r}") from error
    for name in sorted({*settings, *stored}):
        if stored.get(name) != settings.get(name):
            raise ValueError(
                f"checkpoint must be of a run with {name} {settings.get(name)!r}, got {stored.get(name)!r} in {path}"
            )
    state.step, state.seconds = written["step"], written["seconds"]
    state.marks, state.losses = written["marks"], written["losses"]
    state.generator.set_state(tensors["generator"])
    with torch.no_grad():
        for (name, weight), mean in zip(state.parameters().items(), state.average, strict=True):
            weight.copy_(tensors[f"weight/{name}"])
            mean.copy_(tensors[f"average/{name}"])
            moments = {key: tensors[f"{key}/{name}"] for key in ("step", "exp_avg", "exp_avg_sq")}
            # Adam keeps the step of unfused parameters on the CPU.
            fused = state.optimizer.defaults["fused"]
            state.optimizer.state[weight] = {
                key: value.to(weight.device) if key != "step" or fused else value for key, value in moments.items()
            }
