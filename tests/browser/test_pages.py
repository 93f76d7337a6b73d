"""Every page as people use it: on a phone and a laptop, in light and dark, by keyboard and on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Each page, and the least and most sheets of A4 that it prints to with any fonts.
SHEETS = {
    "dashboard/index.html": (1, 2),
    "dashboard/scores.html": (1, 1),
    "dashboard/rates.html": (1, 2),
    "dashboard/coverage.html": (2, 4),
    "dashboard/week.html": (1, 2),
    "dashboard/slide.html": (1, 1),
    "dashboard/readiness.html": (1, 3),
    "dashboard/ownership.html": (1, 1),
    "dashboard/runs.html": (1, 1),
    "dashboard/scenario-an-admin-renames-a-field.html": (2, 3),
    "dashboard/stack-durable.html": (2, 3),
    "postmortem.html": (6, 16),
    "brief.html": (1, 1),
    "runs/index.html": (1, 1),
}
PAGES = tuple(SHEETS)
PHONE = {"width": 390, "height": 844}
WIDTHS = (320, 390, 768, 1440, 1920)
#: The labels of the boxes whose table is wider than they are.
CUT_OFF = """() => [...document.querySelectorAll('.scroll')].filter(box => box.scrollWidth > box.clientWidth + 1)
  .map(box => box.getAttribute('aria-label'))"""
#: DOCUMENT_POSITION_FOLLOWING: inside or after.
FOLLOWING = 4


@pytest.fixture(params=PAGES, scope="module")
def opened(request: pytest.FixtureRequest, site: Path, recorded: Path, visited: Callable[[Path], Any]) -> Any:
    """Returns a function that gives the page under test."""
    name: str = request.param
    folder, _, page = name.rpartition("/")
    places = {"dashboard": site, "": recorded, "runs": recorded.parent}
    path = places[folder] / page
    return lambda: visited(path)


@pytest.fixture(scope="module")
def walked(opened: Any, walk_by_keyboard: Callable[[Page], Any]) -> tuple[int, list[dict[str, Any]]]:
    """The number of focusable elements, and those that Tab reached."""
    walk: tuple[int, list[dict[str, Any]]] = walk_by_keyboard(opened().page)
    return walk


def test_it_has_no_console_errors(opened: Any) -> None:
    assert opened().console_errors == []


def test_it_loads_nothing_from_outside(opened: Any) -> None:
    assert opened().outside_requests == []


def test_it_has_no_script(opened: Any) -> None:
    assert opened().page.locator("script").count() == 0


def test_everything_focusable_is_reached_by_keyboard(walked: Any) -> None:
    expected, reached = walked
    assert len({focused["place"] for focused in reached}) == expected


def test_the_focus_is_always_visible(walked: Any) -> None:
    _, reached = walked
    assert [focused["what"] for focused in reached if not focused["visible"]] == []


def test_the_first_link_skips_the_navigation(opened: Any) -> None:
    page = opened().page
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    # The focus is inside the content, or after it if nothing in it takes the focus.
    behind = "document.querySelector('#content').compareDocumentPosition(document.activeElement)"
    assert page.evaluate(behind) & FOLLOWING


def test_axe_finds_nothing_serious_in_light_mode(opened: Any, axe_violations: Callable[..., list[str]]) -> None:
    assert axe_violations(opened().page) == []


def test_axe_finds_nothing_serious_in_dark_mode_on_a_phone(
    opened: Any, axe_violations: Callable[..., list[str]]
) -> None:
    page = opened().page
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    assert axe_violations(page) == []


def test_it_is_never_wider_than_its_window(opened: Any) -> None:
    page = opened().page
    widths = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        widths[width] = page.evaluate("document.documentElement.scrollWidth")
    assert {width: content for width, content in widths.items() if content > width} == {}


def test_no_table_is_cut_off_on_a_laptop(opened: Any) -> None:
    page = opened().page
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.evaluate(CUT_OFF) == []


def test_no_table_scrolls_sideways_on_a_phone(opened: Any) -> None:
    page = opened().page
    page.set_viewport_size(PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate(CUT_OFF) == []


def test_it_prints_to_the_expected_number_of_sheets(
    opened: Any, count_pages: Callable[[Page], int], request: pytest.FixtureRequest
) -> None:
    least, most = SHEETS[request.node.callspec.params["opened"]]
    assert least <= count_pages(opened().page) <= most


def test_it_follows_the_light_and_dark_mode(opened: Any) -> None:
    page = opened().page
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]


def test_axis_labels_do_not_overlap_on_a_phone(opened: Any) -> None:
    page = opened().page
    page.set_viewport_size(PHONE)
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll('.lanes .scale svg')].flatMap(svg => {
          const boxes = [...svg.querySelectorAll('text')].filter(t => t.textContent)
            .map(t => [t.textContent, t.getBoundingClientRect()]).sort((a, b) => a[1].left - b[1].left)
          return boxes.slice(1).filter((box, i) => box[1].left < boxes[i][1].right).map(box => box[0])
        })"""
    )
    assert overlaps == []


def test_a_request_to_the_outside_is_detected(
    open_page: Callable[..., Page], outside_requests: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text('<img src="http://example.test/a.png">', encoding="utf-8")
    open_page(tmp_path / "page.html")
    assert outside_requests() == ["http://example.test/a.png"]


def test_a_console_error_is_detected(
    open_page: Callable[..., Page], console_errors: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text("<script>throw new Error('so')</script>", encoding="utf-8")
    open_page(tmp_path / "page.html")
    assert any("so" in text for text in console_errors())


def test_axe_detects_a_violation(
    open_page: Callable[..., Page], axe_violations: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text("<button></button>", encoding="utf-8")
    assert any("button-name" in violation for violation in axe_violations(open_page(tmp_path / "page.html")))
