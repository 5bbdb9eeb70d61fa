"""The table of detectors on scores whose separations are known: settings, halves, clusters, differences, rules."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from scipy.stats import norm

from numerics import detection_table
from numerics.detection_metrics import auroc
from numerics.detection_table import METHODS, Row, kept, row, table
from tests.numerics.detection_scores import SHIFTS, write_scores


@pytest.fixture(scope="module", autouse=True)
def _few_draws():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detection_table, "DRAWS", 200)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("scores")
    for number, regime in enumerate(("few", "all", "hybrid")):
        write_scores(place, f"digits-{regime}-unet", regime, n=100, seed=number)
    return place


@pytest.fixture(scope="module")
def lines(folder):
    return table(folder)


def test_every_method_is_there_within_and_between_networks(lines):
    within = [line for line in lines if line.network == "digits-hybrid-unet"]
    assert [(line.choice, line.statistic) for line in within] == [
        (choice, method) for choice in ("beforehand", "tuned") for method in METHODS
    ]
    between = [line for line in lines if line.network == "digits-few-unet | digits-all-unet"]
    assert [line.statistic for line in between] == list(METHODS)
    assert len(lines) == 3 * len(METHODS)
    for line in lines:
        better = 0.5 if line.choice == "tuned" else 0.0
        expected = norm.cdf((SHIFTS[line.statistic] + better) / 2**0.5)
        # At least 50 samples a kind: deviation of the AUROC below .06; 27 lines, false-alarm rate 2e-5 together.
        assert abs(line.auroc - expected) < 0.3
        assert line.auroc_low <= line.auroc <= line.auroc_high
        assert line.tpr_low <= line.tpr <= line.tpr_high
        assert ("sigma 1.0" in line.settings) is (line.choice == "tuned")


def test_the_rules_are_those_that_were_stated(lines):
    lines = {line.statistic: line for line in lines if line.choice == "beforehand" and "|" not in line.network}
    assert lines["std"].level == "reversed"
    assert lines["flipd"].level == "does not separate"
    assert lines["density"].level == "separates"
    assert (lines["std"].recommended_is, lines["l4_over_l2"].recommended_is) == ("better", "no difference")
    assert lines["l4_over_l2"].against == lines["l4_over_l2"].against_low == lines["l4_over_l2"].against_high == 0
    one = lines["density"]
    assert dataclasses.replace(one, auroc_high=0.98).level == "reaches the printed level"
    assert dataclasses.replace(one, against_low=-0.2, against_high=-0.01).recommended_is == "worse"
    assert dataclasses.replace(one, auroc_low=0.5, auroc_high=0.9).level == "does not separate"
    assert dataclasses.replace(one, auroc_low=0.501, auroc_high=0.9).level == "separates"
    assert dataclasses.replace(one, auroc_low=0.3, auroc_high=0.5).level == "does not separate"
    assert dataclasses.replace(one, auroc_low=0.3, auroc_high=0.499).level == "reversed"


def test_halves_share_no_repeated_image_and_are_all_samples(folder):
    found = kept("digits-hybrid-unet", folder)
    first, second = found.half(0), found.half(1)
    assert (first ^ second).all()
    origin = found.arrays["origin"]
    assert not set(origin[first & found.memorised]) & set(origin[second & found.memorised])
    assert abs(int((first & ~found.memorised).sum()) - 50) == 0


def test_tuning_sees_one_half_alone(folder, tmp_path):
    found = kept("digits-hybrid-unet", folder)
    chosen = found.tuned("std")
    scores = found.arrays["scores"].copy()
    # The other half says the opposite, and is not asked.
    scores[:, found.half(1)] *= -1
    other = detection_table.Kept(found.name, {**found.arrays, "scores": scores}, found.about)
    assert other.tuned("std") == chosen
    line = row(other, "std", "tuned")
    assert isinstance(line, Row)
    use = found.half(1)
    assert line.auroc == pytest.approx(1 - auroc(found.arrays["scores"][chosen][use], found.memorised[use]))
    scores[:, found.half(0)] *= -1
    assert detection_table.Kept(found.name, {**found.arrays, "scores": scores}, found.about).tuned("std") != chosen


def test_copies_of_one_image_count_as_one_draw(folder):
    found = kept("digits-hybrid-unet", folder)
    clusters = found.clusters()
    assert len(np.unique(clusters[found.memorised])) == 12
    assert len(np.unique(clusters[~found.memorised])) == 100
    assert not set(clusters[found.memorised]) & set(clusters[~found.memorised])


def test_std_is_compared_as_the_recommended_one_is(lines):
    of = {(line.network, line.choice, line.statistic): line for line in lines if line.statistic != "normal_bundle"}
    for (network, choice, statistic), line in of.items():
        recommended, printed = of[network, choice, "l4_over_l2"], of[network, choice, "std"]
        assert line.printed == pytest.approx(printed.auroc - line.auroc)
        assert line.printed_low <= line.printed <= line.printed_high
        if statistic == "std":
            assert line.printed == line.printed_low == line.printed_high == 0
            back = (recommended.printed, recommended.printed_high, recommended.printed_low)
            assert back == pytest.approx((-line.against, -line.against_low, -line.against_high))
    assert {line.printed_is for line in lines if line.statistic == "l4_over_l2"} == {"worse"}


def test_what_was_not_measured_has_no_line(folder, tmp_path):
    write_scores(tmp_path, "digits-hybrid-relu", "hybrid", {"l4_over_l2": 1.0, "std": 0.0}, n=20)
    found = kept("digits-hybrid-relu", tmp_path)
    assert row(found, "density", "beforehand") is None
    assert row(found, "density", "tuned") is None
    assert row(kept("digits-few-unet", folder), "std", "beforehand") is None
    detection_table.main(["--evidence", str(tmp_path)])
    written = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))
    assert [(line["statistic"], line["choice"]) for line in written] == [
        (statistic, choice) for choice in ("beforehand", "tuned") for statistic in ("std", "l4_over_l2")
    ]


def test_reduced_scores_give_the_same_table_and_all_areas(folder, lines, tmp_path):
    detection_table.main(["--raw", str(folder), "--evidence", str(tmp_path)])
    written = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))
    assert written == [dataclasses.asdict(line) for line in lines]
    whole, small = kept("digits-hybrid-unet", folder), kept("digits-hybrid-unet", tmp_path)
    assert small.about["measured"] == whole.about["methods"]
    assert ("samples" in small.arrays, "samples" in kept("digits-few-unet", tmp_path).arrays) == (True, False)
    areas = small.arrays["areas"]
    assert areas.shape == (len(whole.about["methods"]), 3)
    for scores, (area, *_) in zip(whole.arrays["scores"], areas, strict=True):
        use = np.isfinite(scores)
        assert area == pytest.approx(auroc(scores[use], whole.memorised[use]), abs=1e-6)
    assert np.isnan(kept("digits-few-unet", tmp_path).arrays["areas"]).all()
