"""Figures: each is found once, drawn, labelled, and saved whole with the numbers that it shows."""

import csv
import types

import matplotlib.figure
import matplotlib.image
import pytest

from figures import figure as gallery
from figures.figure import Drawing, Figure, discover, save

ALL = discover()


def drawing(quick):
    picture = matplotlib.figure.Figure(figsize=(1, 1))
    picture.subplots().plot([0, 1])
    return Drawing(picture, ("name", "value"), [("a", 0.1 + 0.2), (f"quick is {quick}", 1e-300)])


def test_picture_and_numbers_stand_side_by_side(tmp_path):
    paths = save(Figure("plain", "A line.", drawing), tmp_path / "new", True)
    assert sorted(paths) == sorted((tmp_path / "new").iterdir())
    assert matplotlib.image.imread(tmp_path / "new" / "plain.png").shape[:2] == (200, 200)
    with (tmp_path / "new" / "plain.csv").open() as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["name", "value"]
    assert [float(row[1]) for row in rows[1:]] == [0.1 + 0.2, 1e-300]
    assert rows[2][0] == "quick is True"


def test_two_figures_with_one_identifier_are_refused(monkeypatch):
    same = types.SimpleNamespace(FIGURE=Figure("same", "One.", drawing))
    monkeypatch.setattr(gallery.importlib, "import_module", lambda name: same)
    with pytest.raises(ValueError, match="identifier must be unique, 'same' is used again"):
        discover()


@pytest.mark.parametrize("figure", ALL.values(), ids=ALL)
def test_every_figure_is_labelled_and_ships_its_numbers(figure):
    assert figure.caption.strip().endswith(".")
    drawn = figure.draw(True)
    assert drawn.rows
    assert all(len(row) == len(drawn.columns) for row in drawn.rows)
    panels = drawn.figure.axes
    assert panels
    for axes in panels:
        if axes.get_images():
            # A picture has no axes to label: its rows say what stands where.
            assert len(drawn.rows) >= len(panels)
            continue
        if not axes.axison:
            continue
        assert "".join(axes.get_title(loc) for loc in ("left", "center", "right"))
        # A symbol, and its unit or that it has none; once for panels that share the axis.
        assert any("(" in each.get_xlabel() for each in axes.get_shared_x_axes().get_siblings(axes))
        assert any("(" in each.get_ylabel() for each in axes.get_shared_y_axes().get_siblings(axes))
        looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in axes.get_lines()}
        looks |= {(patch.get_edgecolor(), patch.get_fill()) for patch in axes.patches}
        assert len(looks) > 1
