"""Sweeps of image loops: which images they take, what they measure, and an end at a given moment."""

from __future__ import annotations

import time

import numpy as np
import pytest

from numerics import sweep_deadline
from numerics.sweep import evidence, read_sweep
from numerics.sweeps import image_loop, image_loop_digits


@pytest.mark.parametrize("name", image_loop.SETTINGS)
def test_images_held_out_are_in_no_training_set(name):
    real, held_out = image_loop.chosen_images(name, [0, 3])
    setting = image_loop.SETTINGS[name]
    assert (real.shape[:2], len(held_out)) == ((2, setting.n), setting.held_out)
    known = {row.tobytes() for row in held_out}
    assert not any(row.tobytes() in known for row in real.reshape(-1, real.shape[2]))
    assert not np.array_equal(real[0], real[1])
    again, same = image_loop.chosen_images(name, [3])
    assert np.array_equal(again[0], real[1])
    assert np.array_equal(same, held_out)


@pytest.fixture
def short(monkeypatch):
    """Loops of a step or two of training."""
    for name, value in {"UNET_PASSES": 1, "PERCEPTRON_PASSES": 1, "BATCH": 4, "UNET_WIDTHS": (8, 8)}.items():
        monkeypatch.setattr(image_loop_digits, name, value)
    monkeypatch.setattr(image_loop, "GENERATIONS", 2)
    for name, setting in image_loop.SETTINGS.items():
        monkeypatch.setitem(image_loop.SETTINGS, name, setting._replace(steps=1, width=4))


def test_loops_of_both_sizes_are_measured_alike(short):
    cells = [
        [{"images": name, "policy": "replace-greedy", "seed": seed} for seed in (0, 1)] for name in image_loop.SETTINGS
    ]
    small, faces = (image_loop.measure(each, "cpu") for each in cells)
    assert {name: values.shape for name, values in small.items()} == {k: v.shape for k, v in faces.items()}
    assert small["score"].shape == (2, 2)
    assert small["converged"].all()
    assert (small["pictures"][..., 64:] == 0).all()
    assert faces["pictures"][..., 64:].any()


@pytest.mark.parametrize("denoiser", ["unet", "perceptron"])
def test_loops_of_large_digits_end_at_the_last_moment(short, monkeypatch, denoiser):
    cells = [{"denoiser": denoiser, "policy": "accumulate", "n": 4, "generations": 1, "seed": seed} for seed in (0, 4)]
    found = image_loop_digits.measure(cells, "cpu")
    assert found["done"].tolist() == [1, 1]
    real, _ = image_loop_digits.chosen_images(4, [0, 4])
    assert found["variance"][:, 0] == pytest.approx(real.var(axis=1).mean(axis=1))
    assert not np.array_equal(found["pictures"][0], found["pictures"][1])
    monkeypatch.setenv(sweep_deadline.UNTIL, repr(time.time() - 1))
    assert not image_loop_digits.measure(cells, "cpu")["converged"].any()


def test_the_last_moment_is_said_in_the_environment(monkeypatch):
    monkeypatch.delenv(sweep_deadline.UNTIL, raising=False)
    assert sweep_deadline.last_moment() == np.inf
    monkeypatch.setenv(sweep_deadline.UNTIL, "12.5")
    assert sweep_deadline.last_moment() == 12.5
    monkeypatch.setenv(sweep_deadline.UNTIL, "noon")
    with pytest.raises(ValueError, match="MEMOREM_UNTIL must be a number of seconds, got 'noon'"):
        sweep_deadline.last_moment()


def test_a_sweep_runs_in_a_given_time(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(sweep_deadline.UNTIL, "0")
    command = ["tests.numerics.example_sweeps:PLAIN", "--out", str(tmp_path), "--seconds", "30", "--quick"]
    begun = time.time()
    assert sweep_deadline.main(command) == 0
    assert begun + 29 < sweep_deadline.last_moment() < time.time() + 30
    assert "0 failed" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        sweep_deadline.main([*command, "--seconds", "0"])


def test_kept_loops_ran_through():
    arrays, description = read_sweep(evidence("image-loop"))
    assert arrays["converged"].all()
    assert not description["failed"]
    first = arrays["real_share"][:, 0]
    assert (first == 1).all()
    replaced = np.char.startswith(arrays["policy"], "replace")
    assert (arrays["real_share"][replaced, 1:] == 0).all()
    # Equal shares of real and drawn images: ½ to ⅐.
    plain = arrays["policy"] == "accumulate"
    shares = arrays["real_share"][plain, 1:]
    n = np.where(arrays["images"][plain] == "128 digits", 128, 70)
    assert (np.abs(shares - 1 / np.arange(2, 8)) * n[:, None] <= 1 + 1e-9).all()


def test_kept_loops_of_large_digits_are_whole_as_far_as_they_came():
    arrays, description = read_sweep(evidence("image-loop-digits"))
    assert not description["failed"]
    generation = np.arange(arrays["score"].shape[1])
    came = generation < arrays["done"][:, None]
    for name in ("score", "entropy", "distance"):
        assert np.array_equal(np.isfinite(arrays[name]), came)
    replaced = np.char.startswith(arrays["policy"], "replace")[:, None]
    assert (arrays["real_share"][came & (generation == 0)] == 1).all()
    assert (arrays["real_share"][came & (generation > 0) & replaced] == 0).all()
    plain = came & (arrays["policy"] == "accumulate")[:, None]
    assert (np.abs(arrays["real_share"] - 1 / (1 + generation))[plain] * 512 <= 1 + 1e-9).all()
    # Six of perceptrons without selection, and one of U-Nets under every policy.
    rows = arrays["done"] > 1
    assert np.count_nonzero(rows & (arrays["denoiser"] == "perceptron")) == 12
    assert sorted(arrays["policy"][rows & (arrays["denoiser"] == "unet")]) == sorted(set(arrays["policy"]))
