"""The run that trains models: files it leaves, samples that can be drawn again, archives, and going on."""

from __future__ import annotations

import dataclasses
import inspect
import tarfile

import numpy as np
import pytest
import torch

from numerics import image_models, image_training_run
from numerics.denoiser_sampling import sample
from numerics.image_models import find_recipe, load_shipped, recipes, shipped
from numerics.image_sets import ImageSet, image_set
from numerics.image_training_run import main, train_model, write_archives
from numerics.model_card import COPY, card_text, copies, mean_squared_errors
from numerics.model_files import load


@pytest.fixture
def quick(monkeypatch):
    """The small ReLU autoencoder, three steps, sampled in four."""
    recipe = find_recipe("digits-hybrid-relu", small=True)
    recipe = dataclasses.replace(recipe, size={"units": 8}, steps=3, batch=4, sampling_steps=4)
    monkeypatch.setattr(image_training_run, "recipes", lambda small: {recipe.name: recipe})
    monkeypatch.setattr(image_training_run, "find_recipe", lambda name, small: recipe)
    return recipe


def test_a_model_leaves_weights_card_and_samples(tmp_path, quick):
    heard = []
    card = train_model(quick, tmp_path, samples=12, progress=lambda step, loss: heard.append(step))
    assert heard == [3]
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{quick.name}{suffix}" for suffix in (".safetensors", ".md", ".samples.npz")
    }
    denoiser, read = load(tmp_path / f"{quick.name}.safetensors")
    assert read == card
    assert card["steps"] == 3
    assert card["images"] == 4500
    assert card["repeated_images"] == 32
    assert card["repeated_share_of_draws"] == pytest.approx(5000 / 9468)
    assert len(card["error_training"]) == len(card["error_unseen"]) == len(card["noise_levels"])
    text = (tmp_path / f"{quick.name}.md").read_text(encoding="utf-8")
    assert text == card_text(quick.name, card)
    assert "repeated images: 32" in text
    with np.load(tmp_path / f"{quick.name}.samples.npz", allow_pickle=False) as held:
        grey, labels, seed = held["samples"], held["labels"], int(held["seed"])
    assert grey.dtype == np.uint8
    assert labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    # The weights in the file are rounded to half precision.
    again = sample(denoiser, labels, steps=4, sigma_max=2.0, seed=seed)
    assert np.abs((again.clamp(-1, 1).numpy() + 1) * 127.5 - grey).max() < 4


def test_the_command_trains_archives_and_goes_on(tmp_path, quick, capsys):
    command = [
        "--out",
        str(tmp_path / "out"),
        "--archives",
        str(tmp_path / "tar"),
        "--samples",
        "10",
        "--seconds",
        "60",
    ]
    assert main(command) == 0
    assert f"{quick.name} " in capsys.readouterr().out
    with tarfile.open(tmp_path / "tar" / "image-models-0.tar") as archive:
        names = archive.getnames()
        archive.extractall(tmp_path / "again", filter="data")
    assert sorted(names) == sorted(path.name for path in (tmp_path / "out").iterdir())
    weights = f"{quick.name}.safetensors"
    assert (tmp_path / "again" / weights).read_bytes() == (tmp_path / "out" / weights).read_bytes()


def test_a_model_that_fails_is_told_and_the_others_are_trained(tmp_path, quick, monkeypatch, capsys):
    broken = dataclasses.replace(quick, name="broken", learning_rate=1e30)
    monkeypatch.setattr(image_training_run, "recipes", lambda small: {"broken": broken, quick.name: quick})
    assert main(["--out", str(tmp_path), "--samples", "10"]) == 1
    shown = capsys.readouterr()
    assert "broken: NOT TRAINED" in shown.out
    assert "must keep the loss finite" in shown.err
    assert load(tmp_path / f"{quick.name}.safetensors")[1]["steps"] == 3
    assert not (tmp_path / "broken.safetensors").exists()


def test_archives_stay_below_their_size(tmp_path, monkeypatch):
    monkeypatch.setattr(image_training_run, "_ARCHIVE_BYTES", 5000)
    (tmp_path / "out").mkdir()
    for number in range(5):
        (tmp_path / "out" / f"{number}.safetensors").write_bytes(bytes(1500))
    (tmp_path / "out" / "state.checkpoint").write_bytes(b"left behind")
    for _ in range(2):  # the second time replaces what the first left
        written = write_archives(tmp_path / "out", tmp_path / "tar")
        held = []
        for path in written:
            with tarfile.open(path) as archive:
                held.append(archive.getnames())
        assert held == [["0.safetensors", "1.safetensors"], ["2.safetensors", "3.safetensors"], ["4.safetensors"]]


def test_time_is_shared_by_all_processes():
    models = list(recipes().values())
    groups = image_training_run._groups(models, 5)
    assert sorted(model.name for group in groups for model in group) == sorted(recipes())
    shares = [sum(model.share for model in group) for group in groups]
    assert max(shares) < 1.5 * min(shares)
    assert image_training_run._groups(models[:1], 3) == [models[:1]]


@pytest.mark.parametrize("small", [True, False])
def test_recipes_go_by_name(small):
    assert len(recipes(small)) == 10
    for name, recipe in recipes(small).items():
        assert recipe.name == name
        assert find_recipe(name.removesuffix("-small"), small) == recipe
        assert recipe.name.startswith(f"{recipe.data}-{recipe.regime}-{recipe.architecture}")
    with pytest.raises(ValueError, match="name must be one of"):
        find_recipe("digits-most-unet", small)


def test_shipped_models_load_by_name(tmp_path, quick, monkeypatch):
    train_model(quick, tmp_path, samples=10)
    monkeypatch.setattr(image_models, "MODELS", tmp_path)
    assert shipped() == (quick.name,)
    assert load_shipped(quick.name)[1]["name"] == quick.name
    with pytest.raises(ValueError, match="name must be one of"):
        load_shipped("../" + quick.name)


def test_copies_are_counted_by_the_nearest_against_the_second_nearest():
    images = np.zeros((3, 1, 28, 28), dtype=np.float32)
    images[1], images[2] = 1, -1
    training = ImageSet(images, *np.zeros((2, 3), dtype=np.int64), np.array([1, 100, 50]), classes=1)
    # At a distance r from the nearest of two at distance 1: squared ratio (r/(1 − r))², 1/9 at r = 1/4.
    shift = np.array([0.24, 0.26, 0.76, 0.74, -0.01], dtype=np.float32)
    samples = torch.from_numpy(np.broadcast_to(shift[:, None, None, None], (5, 1, 28, 28)).copy())
    found = copies(samples, training)
    assert COPY == 1 / 9
    assert found == {"copies": pytest.approx(3 / 5), "copies_of_repeated": pytest.approx(1 / 5)}
    assert copies(samples, image_set("digits", "few")).keys() == {"copies"}


def test_labels_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="labels must hold one"):
        inspect.unwrap(mean_squared_errors)(None, np.zeros((2, 1, 28, 28), dtype=np.float32), [0], 0)
