"""Weights on disk: one safetensors file a denoiser, with its configuration and its card as JSON in the metadata.

Nothing in such a file can be executed, and nothing else is read: a pickled file is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialised

from numerics.image_denoisers import rebuild
from numerics.preconditioning import ImageDenoiser
from numerics.store import replace_file

_PRECISIONS = (torch.float16, torch.bfloat16, torch.float32)


def save(path: Path | str, denoiser: ImageDenoiser, card: Mapping[str, Any], *, half: bool = True) -> None:
    """Write weights, as float16 or else float32, configuration and `card` (what JSON can hold) to `path` in one step.

    Raises `ValueError` for weights that are not finite as stored, or a card that JSON cannot hold.
    """
    kind = torch.float16 if half else torch.float32
    weights = {name: value.detach().to("cpu", kind).contiguous() for name, value in denoiser.state_dict().items()}
    for name, value in weights.items():
        if not value.isfinite().all():
            raise ValueError(f"denoiser must hold weights that are finite as {kind}, got others in {name}")
    try:
        metadata = {
            "configuration": json.dumps(denoiser.configuration),
            "card": json.dumps(dict(card), allow_nan=False, ensure_ascii=False),
        }
    except (TypeError, ValueError) as error:
        raise ValueError(f"card must be what JSON can hold, got {card!r}: {error}") from error
    content = serialised(weights, metadata)
    replace_file(Path(path), lambda stream: stream.write(content))


def load(path: Path | str) -> tuple[ImageDenoiser, dict[str, Any]]:
    """The denoiser in a file of `save`, in float32 on the CPU, its weights fixed, and its card.

    Raises `ValueError` for a file that is not safetensors or is cut, metadata without configuration and card, an
    unknown architecture, and weights of other names, shapes or types than the configuration asks for; `OSError` when
    the file cannot be read.
    """
    path = Path(path)
    with path.open("rb"):
        pass  # What cannot be read is an OSError that names the file.
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except SafetensorError as error:
        raise ValueError(f"path must lead to weights in safetensors format, got {path}: {error}") from error
    configuration, card = (_described(path, metadata, name) for name in ("configuration", "card"))
    # On the meta device nothing is allocated, however large the sizes that a wrong file states.
    with torch.device("meta"):
        expected = rebuild(configuration).state_dict()
    if set(expected) != set(weights):
        odd = sorted(set(expected) ^ set(weights))
        raise ValueError(f"path must lead to the weights that the configuration names, got {path}: {odd[0]} is not so")
    for name, value in weights.items():
        if value.shape != expected[name].shape or value.dtype not in _PRECISIONS:
            raise ValueError(
                f"path must lead to floating weights {name} of shape {tuple(expected[name].shape)}, "
                f"got {value.dtype} {tuple(value.shape)} in {path}"
            )
        if not value.isfinite().all():
            raise ValueError(f"path must lead to finite weights, got others in {name} of {path}")
    denoiser = rebuild(configuration)
    denoiser.load_state_dict(weights)
    return denoiser.requires_grad_(False).eval(), card


def _described(path: Path, metadata: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        content = json.loads(metadata[name])
    except (KeyError, ValueError) as error:
        raise ValueError(f"path must lead to weights with a {name} in JSON, got {path}: {error!r}") from error
    if not isinstance(content, dict):
        raise ValueError(f"path must lead to weights with a {name} of named values, got {content!r} in {path}")
    return content
