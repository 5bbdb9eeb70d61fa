"""Real images: scenes are scaled as promised, a right prediction is landed on, and nothing else counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numerics.minimize import Minimum
from proofs_check import real_images
from proofs_check.check import Bears, Effort
from proofs_check.ledger import run_check
from proofs_check.real_images import (
    BLOCK_SIGMAS,
    DECAY_SHARE,
    MARGIN_OVER_SIGMA,
    SUBSETS,
    cluster_scene,
    descended,
    landing_check,
    memorizing_scene,
    predict_blocks,
    predict_memorizing,
)
from proofs_check.verdict import Method

EFFORT = Effort()
DIMENSIONS = {"faces": 625, "digits": 64}


@pytest.mark.parametrize(("name", "count"), SUBSETS)
def test_memorizing_scenes_hold_single_images_of_mean_norm_one(name, count):
    scene = memorizing_scene(name, count)
    assert scene.X.shape == (count, DIMENSIONS[name])
    assert scene.name == f"{name}, M = {count}"
    assert (scene.labels.tolist(), scene.widths) == (list(range(count)), (1,) * count)
    norms = np.linalg.norm(scene.X, axis=1)
    assert norms.mean() == pytest.approx(1, rel=1e-12)
    products = scene.X @ scene.X.T
    cosines = (products / np.outer(norms, norms))[~np.eye(count, dtype=bool)]
    assert cosines.max() < 0
    assert scene.cosine == pytest.approx(cosines.max(), rel=1e-9)
    assert scene.weight_decay == pytest.approx(0.1 * norms.min() ** 2 / count, rel=1e-12)
    # A unit lies along its image, so gates are as far away as the images are long and their shadows on each other.
    shadows = np.abs(products) / norms
    assert scene.margin == pytest.approx(shadows.min(), rel=1e-9)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("name", DIMENSIONS)
def test_cluster_scenes_hold_variations_of_two_images(name, hybrid):
    scene = cluster_scene(name, hybrid)
    assert scene.widths == ((2, 1) if hybrid else (2, 2))
    assert np.bincount(scene.labels).tolist() == [6, 5 if hybrid else 6]
    assert np.linalg.norm(scene.X, axis=1).mean() == pytest.approx(1, rel=1e-12)
    blocks = [scene.X[scene.labels == k] for k in range(2)]
    assert np.abs(blocks[1] - blocks[1][0]).max() == 0 if hybrid else np.linalg.matrix_rank(blocks[1]) > 1
    assert (blocks[0] @ blocks[1].T < 0).all()
    spectra = [np.linalg.eigvalsh(block @ block.T)[::-1] for block in blocks]
    least = min(spectrum[width - 1] for spectrum, width in zip(spectra, scene.widths, strict=True))
    assert scene.weight_decay == pytest.approx(0.1 * least / len(scene.X), rel=1e-9)
    assert scene.margin > 0
    assert ("duplicate" in scene.name) is hybrid


def test_the_shares_are_those_that_the_cards_name():
    assert (DECAY_SHARE, MARGIN_OVER_SIGMA, BLOCK_SIGMAS) == (0.1, 9.0, (0.05, 0.1))
    assert {name for name, _ in SUBSETS} == set(DIMENSIONS)


def small_scenes():
    return [memorizing_scene("digits", 3)]


def too_long(X, labels, widths, sigma, weight_decay):
    return 1.001 * predict_memorizing(X, labels, widths, sigma, weight_decay)


def one_sample_off(X, labels, widths, sigma, weight_decay):
    return predict_memorizing(X, labels, widths, sigma, weight_decay)[:, [0, 0, 2]]


@pytest.fixture(scope="module")
def landed():
    wrong = [("0.1 % longer", too_long), ("a sample forgotten", one_sample_off)]
    check = landing_check("digits", small_scenes, predict_memorizing, wrong, scope="M = 3")
    return run_check(check, EFFORT)


def test_descent_lands_on_the_right_prediction_and_on_no_wrong_one(landed):
    assert landed.ok
    assert (landed.tried, landed.survivors) == (2, ())
    assert landed.outcome.margin.startswith("worst ")
    assert landed.outcome.margin.endswith(" ≤ 1e-06")
    assert landed.outcome.detail == "1 sets of images"
    assert (landed.check.method, landed.check.bears) == (Method.DESCENT, Bears.SUPPORTS)
    assert landed.check.scope == "M = 3"


def test_the_table_shows_distance_growing_with_noise(landed):
    [table] = landed.outcome.tables
    [row] = table.rows
    assert len(row) == len(table.columns) == 10
    cells = dict(zip(table.columns, row, strict=True))
    scene = small_scenes()[0]
    assert cells["images"] == "digits, M = 3"
    assert float(cells["β"]) == pytest.approx(scene.cosine, abs=5e-4)
    assert float(cells["small σ"]) == pytest.approx(scene.margin / 9, abs=5e-5)
    distances = [float(cells[column]) for column in table.columns[3:9] if cells[column] != "not converged"]
    assert distances[0] <= 1e-6 < distances[-1]
    reached, tried = cells["random starts landing"].split(" of ")
    assert tried == "3"
    assert 0 <= int(reached) <= 3


def test_the_descent_begins_near_the_prediction_or_anywhere_and_ends_at_a_minimum():
    scene = small_scenes()[0]
    sigma = scene.margin / MARGIN_OVER_SIGMA
    found = descended(scene, sigma, 0, "perturbed")
    assert found.converged
    assert found.gradient_norm <= 1e-10
    assert found is descended(scene, sigma, 0, "perturbed")
    assert found is not descended(scene, sigma, 1, "perturbed")


def starts(monkeypatch) -> list:
    """Records the start of every descent, which then stays where it is."""
    begun = []

    def minimize(X, W1, W2, sigma, weight_decay):
        begun.append((W1, W2))
        return Minimum(W1, W2, 0.0, 0.0, True)

    monkeypatch.setattr(real_images, "minimize", minimize)
    return begun


def test_starts_are_shaken_by_their_share(monkeypatch):
    begun = starts(monkeypatch)
    scene = replace(small_scenes()[0])
    predicted = predict_memorizing(scene.X, scene.labels, scene.widths, 0.01, scene.weight_decay)
    for seed in range(3):
        descended(scene, 0.01, seed, "perturbed")
        descended(scene, 0.01, seed, "random")
    size = np.linalg.norm(predicted)
    for W1, W2 in begun[::2]:
        assert not np.array_equal(W1, W2)
        for W in (W1, W2):
            # 192 normal entries: the norm of their vector is within six of its standard deviations, 1/√384.
            assert np.linalg.norm(W - predicted) / size == pytest.approx(0.05, rel=6 / np.sqrt(384))
    for W1, W2 in begun[1::2]:
        assert np.linalg.norm(W1) / size == pytest.approx(1, rel=6 / np.sqrt(384))
        assert abs((W1 * W2).sum()) / size**2 < 6 / np.sqrt(192)
        assert abs((W1 * predicted).sum()) / size**2 < 6 / np.sqrt(192)


def stopped_early(*arguments):
    found = descended(*arguments)
    return replace(found, gradient_norm=1e-3, converged=False)


def test_a_descent_that_has_not_converged_is_a_failure(monkeypatch):
    monkeypatch.setattr(real_images, "descended", stopped_early)
    check = landing_check("digits", small_scenes, predict_memorizing, [("0.1 % longer", too_long)], scope="")
    outcome = check.decide(EFFORT)
    assert not outcome.ok
    assert (outcome.margin, outcome.detail) == ("gradient 1.0e-03", "not converged: digits, M = 3")


def test_a_wrong_prediction_is_reported_with_its_distance():
    check = landing_check("digits", small_scenes, too_long, [], scope="")
    outcome = check.decide(EFFORT)
    assert not outcome.ok
    # ‖1.001 W − W‖ over ‖1.001 W‖.
    assert float(outcome.margin) == pytest.approx(0.001, rel=0.05)
    assert outcome.detail.startswith("digits, M = 3 at σ = ")


def test_a_scene_that_fails_is_not_hidden_by_one_that_does_not():
    scene = small_scenes()[0]

    def last_is_wrong(X, labels, widths, sigma, weight_decay):
        right = predict_memorizing(X, labels, widths, sigma, weight_decay)
        return right if weight_decay == scene.weight_decay else 1.01 * right

    other = replace(scene, weight_decay=scene.weight_decay / 2)
    assert not landing_check("both", lambda: [scene, other], last_is_wrong, [], scope="").decide(EFFORT).ok


def test_blocks_are_compared_through_their_denoisers(monkeypatch):
    starts(monkeypatch)
    scene = replace(cluster_scene("digits", False))
    predicted = predict_blocks(scene.X, scene.labels, scene.widths, 0.01, scene.weight_decay)

    def compared(W: np.ndarray, predict) -> bool:
        monkeypatch.setattr(real_images, "descended", lambda *_: Minimum(W, W, 0.0, 0.0, True))
        return landing_check("blocks", lambda: [scene], predict, [], scope="").decide(EFFORT).ok

    def fixed(X, labels, widths, sigma, weight_decay):
        return predicted

    assert compared(predicted, fixed)
    assert compared(predicted[:, [1, 0, 3, 2]], fixed)
    assert not compared(1.001 * predicted, fixed)


def test_blocks_are_tried_from_no_random_start():
    columns = real_images._growth("blocks", [], predict_blocks, EFFORT).columns
    assert columns[-1] == "random starts landing"
