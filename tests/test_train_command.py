"""`memorem train`: what it leaves and prints, how a run that was cut off goes on, what it refuses."""

import dataclasses

import pytest
from typer.testing import CliRunner

import memorem
from numerics import denoiser_training
from numerics.image_models import find_recipe, recipes
from numerics.model_files import load

NAME = "digits-few-relu"


@pytest.fixture
def run(monkeypatch):
    """The command on a network of eight units, two steps, of which each is told, and ten samples."""
    recipe = dataclasses.replace(
        find_recipe(NAME, small=True), size={"units": 8}, steps=2, batch=2, sampling_steps=3, samples=10
    )
    monkeypatch.setattr(denoiser_training, "_MARK", 1)
    real = memorem.find_recipe
    monkeypatch.setattr(memorem, "find_recipe", lambda name, small: recipe if name == NAME else real(name, small))
    return lambda *arguments: CliRunner().invoke(memorem.app, ["train", *map(str, arguments)])


def test_a_model_is_trained_and_its_card_printed(run, tmp_path):
    result = run(NAME, "--out", tmp_path / "new")
    assert result.exit_code == 0
    name = f"{NAME}-small"
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        f"{name}{suffix}" for suffix in (".safetensors", ".md", ".samples.npz")
    }
    assert result.stdout == (tmp_path / "new" / f"{name}.md").read_text(encoding="utf-8")
    assert "- copies: " in result.stdout
    assert [line.partition(", loss")[0] for line in result.stderr.splitlines()] == [
        "step 1 of at most 2",
        "step 2 of at most 2",
    ]
    again = run(NAME, "--out", tmp_path / "new")
    assert again.exit_code == 1
    assert "out must be a folder without the trained model digits-few-relu-small" in again.stderr


def test_a_run_that_was_cut_off_goes_on_to_the_same_weights(run, tmp_path, monkeypatch):
    assert run(NAME, "--out", tmp_path / "whole").exit_code == 0
    with monkeypatch.context() as patched:
        patched.setattr(denoiser_training, "_CHECKPOINT", -1.0)
        patched.setattr("numerics.image_training_run.train", _cut_at_the_second_mark)
        assert run(NAME, "--out", tmp_path / "cut").exit_code != 0
    assert [path.suffix for path in (tmp_path / "cut").iterdir()] == [".checkpoint"]
    result = run(NAME, "--out", tmp_path / "cut")
    assert [line.partition(" of")[0] for line in result.stderr.splitlines()] == ["step 2"]
    found, expected = (load(tmp_path / each / f"{NAME}-small.safetensors")[0] for each in ("cut", "whole"))
    for ours, theirs in zip(found.parameters(), expected.parameters(), strict=True):
        assert ours.equal(theirs)


def _cut_at_the_second_mark(*arguments, progress, **options):
    def cut(step, loss):
        progress(step, loss)
        if step > 1:
            raise KeyboardInterrupt

    return denoiser_training.train(*arguments, progress=cut, **options)


def test_seconds_end_the_training(run, tmp_path):
    assert "- steps: 1\n" in run(NAME, "--out", tmp_path, "--seconds", "1e-6").stdout


def test_a_checkpoint_of_another_run_is_an_error(run, tmp_path):
    (tmp_path / f"{NAME}-small.checkpoint").write_bytes(b"other")
    result = run(NAME, "--out", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: checkpoint must be the state of a training run")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["digits-most-unet", "--out", "x"], "name must be one of " + str(tuple(recipes()))),
        ([NAME], "Missing option '--out'"),
        ([NAME, "--out", __file__], "must be a folder"),
        ([NAME, "--out", "x", "--device", "gpu"], "device must be 'cpu', 'cuda'"),
        ([NAME, "--out", "x", "--seconds", "0"], "seconds must be > 0"),
    ],
)
def test_bad_usage_names_what_is_valid(run, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not list(tmp_path.iterdir())
