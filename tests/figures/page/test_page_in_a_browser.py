"""The page in headless Chromium: nothing is asked of the network, nothing fails, filters filter, all can be read."""

from __future__ import annotations

import pytest

from figures.page.page import write_page
from tests.figures.page.browser import Browser, installed
from tests.figures.page.example_page import CLAIMS, FAILING, FIGURES, reports, shown, without_the_house

PROGRAM = installed()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")
NAMES = sorted(claim.identifier for claim in (*CLAIMS, FAILING))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    with without_the_house():
        write_page(path, reports(FAILING), shown(), {"commit": "0"})
    with Browser(PROGRAM or "") as browser:
        browser.look(1280, 900)
        browser.open(path)
        yield browser


@pytest.fixture(autouse=True)
def nothing_chosen(browser):
    yield
    browser.value("document.getElementById('filters').reset()")


def visible(browser, what="article.claim", name="id"):
    return sorted(
        browser.value(f"[...document.querySelectorAll('{what}')].filter(e => e.offsetHeight).map(e => e.{name})")
    )


def choose(browser, field, value):
    browser.value(
        f"(() => {{ const field = document.getElementById('{field}'); field.value = {value!r};"
        "field.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )


def test_no_error_and_no_request_leaves_the_file(browser):
    complaints = [
        event
        for event in browser.events
        if event["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
    ]
    assert complaints == []
    asked = {
        event["params"]["request"]["url"].split(":")[0]
        for event in browser.events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert asked == {"file", "data"}


def test_every_figure_loads_and_every_formula_is_laid_out(browser):
    assert browser.value("[...document.images].map(i => i.complete && i.naturalWidth > 0)") == [True] * len(FIGURES)
    browser.value("document.getElementById('unfold').click()")
    heights = browser.value("[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().height)")
    assert len(heights) == 6
    assert min(heights) > 8
    browser.value("document.getElementById('unfold').click()")
    assert browser.value("document.querySelectorAll('details[open]').length") == 0


def test_every_claim_has_an_anchor_that_leads_to_it(browser):
    for name in NAMES:
        browser.value(f"document.querySelector('tr[data-claim=\"{name}\"] a').click()")
        assert browser.value("document.querySelector(':target').id") == name


@pytest.mark.parametrize(
    ("choices", "left"),
    [
        ({}, NAMES),
        ({"paper": "EM"}, ["EM-mended"]),
        ({"verdict": "CERTIFIED"}, ["EM-mended"]),
        ({"verdict": "CERTIFIED", "about": "printed"}, []),
        ({"verdict": "OPEN", "about": "printed"}, ["MC-bad"]),
        ({"verdict": "PROVED", "paper": "own"}, []),
        ({"text": "COUNTEREXAMPLE  point"}, ["EM-mended"]),
        ({"text": "<script>alert"}, ["BR-good", "own-hostile"]),
        ({"text": "no claim says this"}, []),
    ],
)
def test_filters_leave_what_was_asked_for(browser, choices, left):
    for field, value in choices.items():
        choose(browser, field, value)
    assert visible(browser) == left
    assert visible(browser, "tr[data-claim]", "dataset.claim") == left
    assert browser.value("document.getElementById('count').textContent") == f"{len(left)} of 4 claims"
    assert len(visible(browser, "section.paper")) == len({name.split("-")[0] for name in left})
    browser.value("document.querySelector('#filters [type=reset]').click()")
    assert visible(browser) == NAMES


def test_a_link_to_a_hidden_claim_shows_it(browser):
    choose(browser, "paper", "EM")
    browser.value("location.hash = '#BR-good'")
    assert browser.value("new Promise(done => setTimeout(() => done(location.hash), 50))") == "#BR-good"
    assert visible(browser) == NAMES


def luminance(colour):
    channels = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground_by_the_ratio_of_accessible_pages(browser, dark):
    browser.look(1280, 900, dark)
    script = """[...document.querySelectorAll('body *')].filter(e => e.offsetHeight && e.textContent.trim()).map(e => {
        let ground = e;
        while (getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
        return getComputedStyle(e).color + ';' + getComputedStyle(ground).backgroundColor;
    })"""
    pairs = {tuple(map(luminance, pair.split(";"))) for pair in browser.value(script)}
    assert len(pairs) > 5
    assert any((ink > ground) is dark for ink, ground in pairs)
    assert min((max(pair) + 0.05) / (min(pair) + 0.05) for pair in pairs) >= 4.5


@pytest.mark.parametrize("width", [390, 1280])
def test_no_line_is_wider_than_the_window(browser, width):
    browser.look(width, 900)
    browser.value("document.getElementById('unfold').click()")
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(
        "[...document.querySelectorAll('.verdict')].every(e => e.getBoundingClientRect().right <= innerWidth)"
    )
    browser.value("document.getElementById('unfold').click()")


def test_the_keyboard_meets_the_skip_link_first_and_then_the_filters(browser):
    browser.look(1280, 900)
    browser.value("document.activeElement.blur(), scrollTo(0, 0), getSelection().removeAllRanges()")
    browser.value("document.body.tabIndex = -1, document.body.focus(), document.body.removeAttribute('tabindex')")
    reached = []
    for _ in range(24):
        for kind in ("keyDown", "keyUp"):
            browser.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(browser.value("document.activeElement.className || document.activeElement.id"))
    assert reached[0] == "skip"
    assert [each for each in reached if each in ("paper", "verdict", "about", "text", "unfold")] == [
        *("paper", "verdict", "about", "text", "unfold")
    ]


def test_the_browser_sees_tables_regions_and_names(browser):
    nodes = browser.ask("Accessibility.getFullAXTree")["nodes"]
    named = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]}
    roles = {role for role, _ in named}
    assert {"banner", "navigation", "main", "contentinfo", "search", "table", "columnheader", "rowheader"} <= roles
    assert ("figure", "") not in named or roles >= {"image"}
    for role in ("link", "button", "combobox", "searchbox", "image"):
        assert all(name for kind, name in named if kind == role)
