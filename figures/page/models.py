"""The cards of the models that ship, read from the files of their weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open

from .kept import SWEEPS

FOLDER = SWEEPS.parents[1] / "models"


@dataclass(frozen=True)
class ModelCard:
    """A model: its name, the size of its file in bytes, and what its card says."""

    name: str
    size: int
    says: dict[str, str]


def model_cards(folder: Path = FOLDER) -> list[ModelCard]:
    """The cards of all models in `folder`, in alphabetical order; none where there is no such folder."""
    return [ModelCard(path.stem, path.stat().st_size, _said(path)) for path in sorted(folder.glob("*.safetensors"))]


def _said(path: Path) -> dict[str, str]:
    with safe_open(path, framework="np") as file:
        card = json.loads((file.metadata() or {})["card"])
    return {name.replace("_", " "): _text(value) for name, value in card.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)
