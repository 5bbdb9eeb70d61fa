"""The cards of models are read from their files, and from nothing else."""

import json

import numpy as np
from safetensors.numpy import save_file

from figures.page.models import model_cards


def test_cards_say_what_the_files_say(tmp_path):
    card = {"data": "digits", "steps": 10, "loss": 0.123456, "noise_levels": [0.1, 1.0], "nested": {"a": 1, "b": "c"}}
    metadata = {"card": json.dumps(card), "configuration": "{}"}
    save_file({"w": np.zeros(3, np.float16)}, tmp_path / "small.safetensors", metadata)
    (tmp_path / "other.txt").write_text("no model")
    [found] = model_cards(tmp_path)
    assert found.name == "small"
    assert found.size == (tmp_path / "small.safetensors").stat().st_size
    assert found.says == {
        "data": "digits",
        "steps": "10",
        "loss": "0.1235",
        "noise levels": "0.1, 1",
        "nested": "a: 1; b: c",
    }


def test_no_folder_no_models(tmp_path):
    assert model_cards(tmp_path / "none") == []
