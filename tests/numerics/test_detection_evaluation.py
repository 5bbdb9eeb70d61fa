"""The evaluation on a denoiser that is exact for repeated images among others, and the command on files."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from numerics import detection_table, store
from numerics.detection_evaluation import (
    QUICK,
    as_bytes,
    as_images,
    generate,
    layers_of,
    main,
    repeated_images,
    score,
    score_bundles,
)
from numerics.detection_truth import GENERALISED, MEMORISED
from numerics.image_denoisers import build
from numerics.model_files import save
from numerics.preconditioning import ImageDenoiser

SHAPE, SPREAD = (1, 3, 3), 0.35
PLAN = replace(QUICK, group=12, pool=64, most=256, steps=12, rank=9, spectra=4, bundles=2, points=30, probes=9)
rng = np.random.default_rng(5)
REPEATED = (np.sign(rng.standard_normal((3, *SHAPE))) * 0.8).astype(np.float32)
OTHERS = np.clip(SPREAD * rng.standard_normal((40, *SHAPE)), -1, 1).astype(np.float32)
REPETITION = np.array([30, 40, 50] + [1] * 40)
TRAINING = SimpleNamespace(
    images=np.concatenate([REPEATED, OTHERS]),
    labels=np.arange(43) % 2,
    repetition=REPETITION,
    rows=lambda: np.repeat(np.arange(43), REPETITION),
)


class Exact(ImageDenoiser):
    """The posterior mean where half of all images are one of three and half are Gaussian: both kinds in one network.

    Its `code` holds the posterior weights of the three, and what is left for the others in equal parts.
    """

    architecture = "relu"

    def __init__(self) -> None:
        super().__init__(SHAPE, 2, 0.5, {})
        self.code = torch.nn.Identity()
        self.register_buffer("points", torch.from_numpy(REPEATED).flatten(1).double())

    def forward(self, x, sigma, label=None):
        flat, square = x.flatten(1).double(), sigma.double()[:, None] ** 2
        near = -((flat[:, None] - self.points) ** 2).sum(dim=2) / (2 * square) - 9 / 2 * square.log()
        total = square + SPREAD**2
        far = -(flat**2).sum(dim=1, keepdim=True) / (2 * total) - 9 / 2 * total.log()
        weights = torch.cat([near - np.log(3), far], dim=1).softmax(dim=1)
        code = self.code(torch.cat([weights[:, :3], (weights[:, 3:] / 9).expand(-1, 9)], dim=1))
        mean = code[:, :3] @ self.points + code[:, 3:].sum(dim=1, keepdim=True) * SPREAD**2 / total * flat
        return mean.reshape(x.shape).to(x.dtype)


@pytest.fixture(scope="module")
def evaluation():
    network = Exact()
    found = generate("exact-hybrid", network, TRAINING, "hybrid", PLAN, "cpu", lambda: True)
    stages = sum(1 for _ in score(found, network, True, PLAN, lambda: True))
    score_bundles(found, network, PLAN)
    return found, stages


def test_both_kinds_are_found_by_the_training_set(evaluation):
    found, stages = evaluation
    assert stages == len(PLAN.sigmas) + 1
    assert [int((found.kind == kind).sum()) for kind in (MEMORISED, GENERALISED)] == [12, 12]
    assert found.generated["all"] % PLAN.pool == 0
    assert sum(found.generated[kind] for kind in ("memorised", "generalised", "undecided")) == found.generated["all"]
    pictures = as_images(found.samples).numpy()
    for picture, kind, origin in zip(pictures, found.kind, found.origin, strict=True):
        copied = np.abs(TRAINING.images[origin] - picture).max() < 0.02 and origin < 3
        assert copied == (kind == MEMORISED)
    assert as_bytes(pictures).tolist() == found.samples.tolist()


def test_what_must_tell_the_two_apart_does_and_every_method_is_there(evaluation, tmp_path):
    found, _ = evaluation
    found.save(tmp_path, {"regime": "hybrid", "data": "none", "architecture": "relu", "layer": "code"})
    rows = {line.statistic: line for line in detection_table.table(tmp_path) if line.choice == "beforehand"}
    assert set(rows) == set(detection_table.METHODS)
    for method in ("l4_over_l2", "max_over_l2", "participation_ratio", "std", "density"):
        assert rows[method].auroc == 1, method
    assert (rows["jacobian_dimension"].auroc, rows["jacobian_dimension"].memorised) == (1, 4)
    assert rows["normal_bundle"].memorised == 2
    assert rows["score_difference"].auroc == 0.5
    assert rows["l4_over_l2"].level == "reaches the printed level"
    assert rows["score_difference"].level == "does not separate"
    assert rows["score_difference"].recommended_is == "better"
    assert rows["std"].recommended_is == "no difference"
    arrays, about = store.load(tmp_path / "exact-hybrid")
    assert arrays["scores"].shape == (len(about["methods"]), 24)
    stored = arrays["kind"][arrays["spectrum_rows"]] == MEMORISED
    assert (arrays["spectra"][stored] < 0.1).all()
    assert (arrays["spectra"][~stored] > 0.5).all()
    assert all(method["seconds"] > 0 for method in about["methods"])


def test_a_run_out_of_time_keeps_what_was_decided_beforehand():
    network, left = Exact(), iter([True] * 9 + [True, False] + [False] * 99)
    found = generate("exact", network, TRAINING, "hybrid", PLAN, "cpu", lambda: next(left))
    left = iter([True, False, False])
    assert sum(1 for _ in score(found, network, True, PLAN, lambda: next(left))) == 1
    assert {method.get("sigma", 0.2) for method in found.methods} == {0.2}


def test_what_counts_as_repeated_and_which_layers_are_scored():
    assert repeated_images(TRAINING, "hybrid").sum() == 3
    assert repeated_images(TRAINING, "few").all()
    shape = {"shape": (1, 8, 8), "classes": 2, "seed": 0}
    for architecture, count in (("relu", 1), ("unet", 5), ("transformer", 5)):
        network = build(architecture, **shape)
        layers = layers_of(network)
        assert len(layers) == count
        for layer in layers:
            network.get_submodule(layer)


def test_the_command_writes_what_the_table_reads(tmp_path, capsys):
    (tmp_path / "models").mkdir()
    network = build("relu", shape=(1, 28, 28), classes=1, seed=2, units=4)
    for name, regime in (("a", "few"), ("b", "hybrid")):
        save(tmp_path / "models" / f"{name}.safetensors", network, {"data": "faces", "regime": regime})
    main(["--models", str(tmp_path / "models"), "--out", str(tmp_path / "out"), "--quick", "--seconds", "60"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("model") for line in lines] == ["b", "a", None]
    assert detection_table.networks(tmp_path / "out") == ("a", "b")
    kept = detection_table.kept("b", tmp_path / "out")
    assert kept.about["layer"] == "code"
    assert kept.beforehand("std") == kept.rows("std")[0]
    assert len(kept.rows("normal_bundle")) == 1
    detection_table.main(["--evidence", str(tmp_path / "out")])
    assert json.loads((tmp_path / "out" / "table.json").read_text()) == []
    with pytest.raises(ValueError, match="models must be a folder with denoisers"):
        main(["--models", str(tmp_path), "--out", str(tmp_path / "out")])
