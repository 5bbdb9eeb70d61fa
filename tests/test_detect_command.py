"""`memorem detect`: scores from files alone, what it prints and writes, and what it refuses before any work."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import memorem
from numerics.detection import jacobian_dimension, memorization_score
from numerics.detection_baselines import flipd
from numerics.image_denoisers import build
from numerics.model_files import save

GREY = np.random.default_rng(1).integers(0, 256, (3, 8, 8)).astype(np.uint8)
IMAGES = torch.from_numpy(GREY[:, None] / 127.5 - 1).float()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A model that no one has seen, images for it, and the network itself."""
    folder = tmp_path_factory.mktemp("detect")
    network = build("transformer", shape=(1, 8, 8), classes=2, seed=3, width=8, depth=2, heads=2)
    with torch.no_grad():
        for each in network.parameters():
            each.add_(0.1 * torch.randn_like(each))
    save(folder / "model.safetensors", network, {}, half=False)
    np.save(folder / "grey.npy", GREY)
    return folder, network


def run(folder, *options, model="model.safetensors", data="grey.npy"):
    arguments = ["detect", "--model", folder / model, "--data", folder / data, *options]
    return CliRunner().invoke(memorem.app, [str(each) for each in arguments])


def scores(result) -> list[float]:
    assert result.exit_code == 0, result.output
    return [float(line.split("\t")[1]) for line in result.stdout.splitlines()[1:]]


def test_scores_are_those_of_the_library_printed_and_written(files, tmp_path):
    folder, network = files
    result = run(folder, "--json", tmp_path / "d.json")
    expected = memorization_score(network, IMAGES, 0.2)
    assert result.stdout.splitlines()[0] == (
        "3 images by l4_over_l2 of blocks.1 (flatten), 4 draws, σ = 0.2; larger means memorised"
    )
    assert scores(result) == pytest.approx(expected.tolist(), rel=1e-5)
    written = json.loads((tmp_path / "d.json").read_text(encoding="utf-8"))
    assert written == {
        "model": str(folder / "model.safetensors"),
        "data": str(folder / "grey.npy"),
        **{"statistic": "l4_over_l2", "layer": "blocks.1", "pool": "flatten", "sigma": 0.2, "draws": 4, "seed": 0},
        "larger_means": "memorised",
        "scores": pytest.approx(expected.tolist(), rel=1e-6),
    }
    chosen = run(folder, *("--statistic", "std", "--layer", "blocks.0.wide", "--pool", "mean", "--sigma", "1"))
    expected = memorization_score(network, IMAGES, 1.0, statistic="std", layer="blocks.0.wide", pool="mean")
    assert scores(chosen) == pytest.approx(expected.tolist(), rel=1e-5)


def test_dimensions_are_scored_by_their_negative(files):
    folder, network = files
    assert scores(run(folder, "--statistic", "flipd")) == pytest.approx(
        (-flipd(network, IMAGES, 0.2)).tolist(), rel=1e-5
    )
    result = run(folder, "--statistic", "jacobian_dimension", "--sigma", "0.5")
    assert result.stdout.splitlines()[0] == "3 images by jacobian_dimension, σ = 0.5; larger means memorised"
    assert scores(result) == (-jacobian_dimension(network, IMAGES, 0.5)).tolist()


@pytest.mark.parametrize(
    "array", [GREY[:, None], GREY.reshape(3, 64), (GREY / 127.5 - 1).astype(np.float32), GREY / 127.5 - 1]
)
def test_every_form_of_the_same_images_has_the_same_scores(files, tmp_path, array):
    folder, network = files
    np.save(tmp_path / "same.npy", array)
    assert scores(run(folder, data=tmp_path / "same.npy")) == pytest.approx(
        memorization_score(network, IMAGES, 0.2).tolist(), rel=1e-5
    )


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((3, 8, 7)), "must have shape (n, 1, 8, 8) or (n, 64) or (n, 8, 8), n >= 1, to suit the model"),
        (np.zeros((0, 8, 8)), "got (0, 8, 8)"),
        (np.float64(3), "got ()"),
        (np.zeros((3, 8, 8), dtype=np.int64), "uint8) or floats in [-2, 2], got dtype int64"),
        (np.zeros((3, 8, 8), dtype=bool), "got dtype bool"),
        (np.full((3, 8, 8), 255.0), "must lie in [-2, 2] if floats, black -1 and white 1, got 255.0"),
        (np.full((3, 8, 8), np.nan), "data must be finite"),
    ],
)
def test_bad_images_exit_2(files, tmp_path, array, words):
    np.save(tmp_path / "bad.npy", array)
    refused(run(files[0], data=tmp_path / "bad.npy"), words)


def test_objects_and_pickled_weights_are_not_opened(files, tmp_path):
    folder, network = files
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}]), allow_pickle=True)
    refused(run(folder, data=tmp_path / "objects.npy"), "Object arrays cannot be loaded")
    torch.save(network.state_dict(), tmp_path / "pickled.pt")
    refused(run(folder, model=tmp_path / "pickled.pt"), "must lead to weights in safetensors format")
    refused(run(folder, model="grey.npy"), "must lead to weights in safetensors format")
    refused(run(folder, data="model.safetensors"), "must be an array of numbers in .npy format")
    refused(run(folder, data="none.npy"), "No such file")
    refused(run(folder, model="none.safetensors"), "No such file")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--layer", "block.0"], "layer must name a module of the network, got 'block.0'; near it are blocks.0"),
        (["--statistic", "variance"], "statistic must be one of ('std',"),
        (["--pool", "max"], "pool must be one of"),
        (["--sigma", "0"], "sigma must be > 0"),
        (["--statistic", "flipd", "--layer", "blocks.0"], "layer must not be named for 'flipd'"),
        (["--json", "/nowhere/at/all.json"], "--json"),
    ],
)
def test_bad_settings_exit_2(files, options, words):
    refused(run(files[0], *options), words)


def refused(result, words):
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert words in " ".join(result.stderr.replace("│", " ").split())


def test_a_write_that_fails_still_prints_and_exits_1(files, tmp_path, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(memorem, "write_json", full)
    result = run(files[0], "--json", tmp_path / "d.json")
    assert result.exit_code == 1
    assert "no space left" in result.stderr
    assert len(result.stdout.splitlines()) == 4
