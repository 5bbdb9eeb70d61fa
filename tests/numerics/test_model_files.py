"""Model files: what is read is what was written; everything else is refused, and nothing in it is run."""

from __future__ import annotations

import json
import pickle

import pytest
import torch
from safetensors.torch import save_file

from numerics.model_files import load, save
from tests.numerics.test_image_denoisers import SIZES, images, random_denoiser

CARD = {"name": "σ", "steps": 3, "error": [0.5, 1e-3]}


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.safetensors"
    save(path, random_denoiser("relu"), CARD)
    return path


def tensors(**changed):
    weights = {name: value.contiguous() for name, value in random_denoiser("relu").state_dict().items()}
    return {**weights, **changed}


def metadata(**changed):
    known = {"configuration": json.dumps(random_denoiser("relu").configuration), "card": "{}", **changed}
    return {name: value for name, value in known.items() if value is not None}


@pytest.mark.parametrize("architecture", SIZES)
@pytest.mark.parametrize("half", [True, False])
def test_what_is_read_is_what_was_written(tmp_path, architecture, half):
    denoiser = random_denoiser(architecture)
    save(tmp_path / "m", denoiser, CARD, half=half)
    found, card = load(tmp_path / "m")
    assert card == CARD
    assert found.configuration == denoiser.configuration
    assert not found.training
    assert not any(weight.requires_grad for weight in found.parameters())
    for (name, weight), (other, read) in zip(denoiser.named_parameters(), found.named_parameters(), strict=True):
        assert name == other
        assert read.dtype == torch.float32
        assert torch.equal(read, weight.detach().half().float() if half else weight.detach())
    x = images(denoiser.shape)
    with torch.no_grad():
        torch.testing.assert_close(found(x, torch.ones(3)), denoiser(x, torch.ones(3)), rtol=0.05, atol=0.05)


def test_half_precision_takes_half_the_space(tmp_path, model):
    save(tmp_path / "whole", random_denoiser("relu", shape=(1, 24, 24)), {}, half=False)
    save(tmp_path / "half", random_denoiser("relu", shape=(1, 24, 24)), {})
    whole, half = (4 * sum(w.numel() for w in load(tmp_path / name)[0].parameters()) for name in ("whole", "half"))
    assert abs((tmp_path / "whole").stat().st_size - whole) < 2000
    assert abs((tmp_path / "half").stat().st_size - half / 2) < 2000


class Planted:
    def __reduce__(self):
        return pytest.fail, ("code in the file was run",)


def test_pickled_cut_and_other_files_are_refused(tmp_path, model):
    content = model.read_bytes()
    for number, wrong in enumerate(
        (b"", pickle.dumps(Planted()), b"PK\x03\x04", content[:-1], content[:50], content + b"0")
    ):
        path = tmp_path / str(number)
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match="path must lead to weights in safetensors format"):
            load(path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"configuration": None}, "with a configuration in JSON"),
        ({"card": None}, "with a card in JSON"),
        ({"card": "{"}, "with a card in JSON"),
        ({"card": "3"}, "card of named values"),
        ({"configuration": "[]"}, "configuration of named values"),
        ({"configuration": "{}"}, "configuration must name architecture"),
        ({"configuration": '{"architecture": "mlp", "shape": [1, 8, 8], "classes": 3}'}, "architecture must be one of"),
        ({"configuration": '{"architecture": "relu", "shape": [1, 8, 8], "classes": 3, "a": 1}'}, "size must be among"),
        (
            {"configuration": '{"architecture": "relu", "shape": [1, 8, 8], "classes": 3, "units": 1000000000000}'},
            r"of shape \(1000000000000, 64\)",
        ),
        (
            {"configuration": '{"architecture": "unet", "shape": [1, 8, 8], "classes": 3}'},
            "that the configuration names",
        ),
    ],
)
def test_other_configurations_are_refused(tmp_path, changed, words):
    save_file(tensors(), tmp_path / "m", metadata(**changed))
    with pytest.raises(ValueError, match=words):
        load(tmp_path / "m")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"skip": torch.zeros(2)}, "skip of shape"),
        ({"skip": torch.zeros((), dtype=torch.int32)}, "floating weights skip"),
        ({"skip": torch.zeros((), dtype=torch.float64)}, "floating weights skip"),
        ({"skip": torch.tensor(float("nan"))}, "finite weights"),
        ({"more": torch.zeros(2)}, "more is not so"),
    ],
)
def test_other_weights_are_refused(tmp_path, changed, words):
    save_file(tensors(**changed), tmp_path / "m", metadata())
    with pytest.raises(ValueError, match=words):
        load(tmp_path / "m")


def test_missing_weights_and_metadata_are_refused(tmp_path):
    fewer = tensors()
    del fewer["skip"]
    save_file(fewer, tmp_path / "fewer", metadata())
    save_file(tensors(), tmp_path / "bare")
    with pytest.raises(ValueError, match="skip is not so"):
        load(tmp_path / "fewer")
    with pytest.raises(ValueError, match="with a configuration in JSON"):
        load(tmp_path / "bare")


def test_what_could_not_be_read_back_is_not_written(tmp_path, model):
    before = model.read_bytes()
    large = random_denoiser("relu")
    with torch.no_grad():
        large.skip.fill_(1e6)  # beyond float16
    for denoiser, card, words in (
        (large, {}, "denoiser must hold weights that are finite as torch.float16, got others in skip"),
        (random_denoiser("relu"), {"loss": float("nan")}, "card must be what JSON can hold"),
        (random_denoiser("relu"), {"loss": torch.ones(2)}, "card must be what JSON can hold"),
    ):
        with pytest.raises(ValueError, match=words):
            save(model, denoiser, card)
    assert model.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
