"""The figure of image models shows the kept pictures, the shares and the errors of the cards."""

import numpy as np

from figures import image_models
from numerics.image_model_evidence import SHOWN
from numerics.image_models import load_shipped
from proofs_check.image_regimes_evidence import kept, models, share


def test_the_figure_shows_what_is_kept():
    drawing = image_models.draw(True)
    assert {row[0] for row in drawing.rows} == set(models())
    shares = {row[0]: row[3:] for row in drawing.rows if row[1] == "share of copies"}
    assert shares == {name: (share(name).value, share(name).low, share(name).high) for name in models()}
    for kind in ("training", "unseen"):
        for name in models():
            card = load_shipped(name)[1]
            shown = [row[2:4] for row in drawing.rows if row[:2] == (name, f"error on {kind} images")]
            assert shown == list(zip(card["noise_levels"], card[f"error_{kind}"], strict=True))
    pictures = [panel for panel in drawing.figure.axes if panel.images]
    assert len(pictures) == len(models())
    by_title = {panel.get_title().partition(" copies")[0].split("\n")[0]: panel for panel in pictures}
    grid = np.asarray(by_title["unet, 12 of 2,052 faces repeated"].images[0].get_array())
    side = 28 + 4
    for place, name in enumerate(["samples", "nearest", "samples", "nearest"]):
        for column in range(SHOWN // 2):
            tile = grid[place * side + 2 : (place + 1) * side - 2, column * side + 2 : (column + 1) * side - 2]
            assert np.array_equal(tile, kept()[f"faces-hybrid-unet/{name}"][column + SHOWN // 2 * (place // 2)])
