"""The page as text: valid, whole, linked, and proof against what claims and figures bring."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

import figures.page.page as page_module
from figures.page.models import ModelCard
from figures.page.page import page, write_page
from figures.page.picture import RESOLUTION
from tests.figures.page.example_page import CLAIMS, FAILING, FIGURES, HOSTILE, reports, shown, without_the_house

VOID = {"meta", "link", "br", "img", "input", "hr"}
MADE = {"commit": HOSTILE, "seed": "0"}


class Structure(HTMLParser):
    """The elements of a page; an error where they are not nested."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert len(dict(attributes)) == len(attributes), tag
        self.elements.append((tag, dict(attributes), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes, _ in self.elements if name == tag]


@pytest.fixture(scope="module", autouse=True)
def small_house():
    with without_the_house():
        yield


@pytest.fixture(scope="module")
def text():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            page_module,
            "model_cards",
            lambda: [ModelCard("small", 2_500_000, {"architecture": "relu", HOSTILE: HOSTILE})],
        )
        return page(reports(), shown(), MADE, True)


@pytest.fixture(scope="module")
def structure(text):
    return Structure(text)


def test_elements_are_nested_and_identifiers_are_used_once(structure):
    found = [attributes["id"] for _, attributes, _ in structure.elements if "id" in attributes]
    assert len(found) == len(set(found))
    assert all(re.fullmatch(r"\S+", each) for each in found)
    for _, attributes, _ in structure.elements:
        for reference in ("aria-labelledby", "aria-describedby", "for"):
            assert attributes.get(reference, found[0]) in found
    assert {each["href"][1:] for each in structure.all("a") if each["href"].startswith("#")} <= set(found)


def test_every_claim_and_figure_has_an_anchor_and_a_link(structure):
    links = {each["href"] for each in structure.all("a")}
    articles = {each.get("id") for each in structure.all("article")}
    assert {claim.identifier for claim in CLAIMS} <= articles
    assert {f"#{claim.identifier}" for claim in CLAIMS} <= links
    assert [each["id"] for each in structure.all("figure")] == [f"figure-{figure.identifier}" for figure in FIGURES]


def test_pictures_and_numbers_are_inside_and_the_numbers_are_all_there(structure):
    images = structure.all("img")
    assert len(images) == len(FIGURES)
    for image in images:
        kind, content = image["src"].split(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(content, validate=True).startswith(b"\x89PNG")
        assert image["alt"]
        # Six inches by four.
        assert (image["width"], image["height"]) == (str(6 * RESOLUTION), str(4 * RESOLUTION))
    downloads = [each for each in structure.all("a") if "download" in each]
    assert [each["download"] for each in downloads] == ["line.csv", "other-line.csv"]
    for each in downloads:
        assert len(base64.b64decode(each["href"].split(",")[1]).decode().splitlines()) == 101


def test_numbers_are_shown_with_six_digits_and_blanks_where_there_are_none(text):
    [figure] = re.findall(r'<figure id="figure-line".*?</figure>', text, flags=re.DOTALL)
    cells = re.findall(r"<td>(.*?)</td>", figure)
    assert len(cells) == 60
    assert cells[:2] == ["", "0.142857"]
    assert "the first 60 of 100 rows" in figure


def test_nothing_is_fetched_and_only_the_page_s_own_script_may_run(text, structure):
    assert {each["src"][:5] for each in structure.all("img")} == {"data:"}
    assert structure.all("link") == []
    assert structure.all("iframe") == []
    assert [dict(each) for each in structure.all("script")] == [{}]
    [policy] = [each["content"] for each in structure.all("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=\"(?!#|data:)", text)


def test_what_claims_bring_is_escaped(text, structure):
    assert not any("onerror" in attributes for _, attributes, _ in structure.elements)
    assert text.count("<script>") == text.count("</script>") == 1
    assert text.count("</style>") == text.count("</title>") == 1
    assert "49" not in re.findall(r"&amp;amp;(.*)", text)[0]
    # It is shown nevertheless, in title, words, tables and numbers, as it was written.
    assert "".join(structure.words).count(HOSTILE) > 20


def test_tables_have_captions_and_headers_with_a_scope(structure):
    headers = structure.all("th")
    assert {header.get("scope") for header in headers} == {"row", "col"}
    assert len(structure.all("caption")) == len(structure.all("table"))


def test_the_page_has_landmarks_a_language_and_headings_in_order(text, structure):
    for landmark in ("header", "nav", "main", "footer"):
        assert len(structure.all(landmark)) == 1
    assert structure.all("html") == [{"lang": "en"}]
    assert structure.all("a")[0] == {"class": "skip", "href": "#main"}
    levels = [int(tag[1]) for tag, _, _ in structure.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_verdicts_controls_and_formulas_are_on_the_cards(text):
    [card] = re.findall(r'<article id="EM-mended".*?</article>', text, flags=re.DOTALL)
    assert "REFUTED" in card
    assert "CERTIFIED" in card
    assert "The mended words." in card
    assert "<mfrac><mi>x</mi><mn>2</mn></mfrac>" in card
    assert "Controls: 1 of 1 rejected" in card
    assert '<a href="#BR-good">' in card
    [other] = re.findall(r'<article id="BR-good".*?</article>', text, flags=re.DOTALL)
    assert '<a href="#EM-mended">EM-mended</a>, <a href="#own-hostile">' in other
    assert "<mi>Φ</mi>" in other


def test_models_are_shown_where_there_are_any(text, monkeypatch):
    [model] = re.findall(r'<a href="#model-small">.*?</tr>', text, flags=re.DOTALL)
    assert "<td>2.50</td><td>relu</td>" in model
    assert text.count('<details id="model-small">') == 1
    assert 'href="#models"' in text
    monkeypatch.setattr(page_module, "model_cards", lambda: [])
    assert "Models that ship" not in page([], [], MADE)


def test_what_is_not_as_expected_stands_at_the_top():
    found = page(reports(FAILING), [], MADE)
    before, after = found.split('id="verdicts"', 1)
    assert "FAILED MC-bad, rotten (balls): margin x - 1" in before
    assert "Every claim reached" not in found
    assert "not as expected" in after
    assert Structure(found).all("figure") == []


def test_a_page_that_cannot_be_made_leaves_the_old_one(tmp_path):
    path = tmp_path / "page.html"
    write_page(path, reports(), [], MADE)
    assert path.read_text("utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(AttributeError):
        write_page(path, [None], [], MADE)
    assert path.read_text("utf-8").endswith("</html>\n")
    assert list(tmp_path.iterdir()) == [path]
