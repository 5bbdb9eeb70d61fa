"""`memorem detect` on the models that ship gives the kept scores, and the kept table within its intervals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import memorem
from numerics.detection_metrics import auroc
from numerics.image_models import MODELS
from proofs_check.detection_evidence import AGREEMENT, hybrids, kept, line

# Of each kind, spread over all.
SAMPLES = 12


@pytest.mark.parametrize("network", hybrids())
def test_samples_scored_on_this_device_leave_the_table_within_its_intervals(network, tmp_path):
    found = kept(network)
    kinds = [np.flatnonzero(found.memorised == kind) for kind in (True, False)]
    rows = np.concatenate([of[:: max(1, len(of) // SAMPLES)][:SAMPLES] for of in kinds])
    np.save(tmp_path / "samples.npy", found.arrays["samples"][rows])
    for statistic in ("l4_over_l2", "std"):
        command = ["--model", MODELS / f"{network}.safetensors", "--data", tmp_path / "samples.npy"]
        options = ["--statistic", statistic, "--json", tmp_path / "scores.json"]
        result = CliRunner().invoke(memorem.app, ["detect", *map(str, command + options)])
        assert result.exit_code == 0, result.output
        scores = np.array(json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["scores"])
        stated = line(network, "beforehand", statistic)
        before = found.arrays["scores"][found.beforehand(statistic)].astype(float)
        assert np.abs(scores - before[rows]).max() < AGREEMENT * before.std()
        mixed = before.copy()
        mixed[rows] = scores
        assert stated.auroc_low <= auroc(mixed, found.memorised) <= stated.auroc_high
