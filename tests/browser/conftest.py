"""Fixtures for pages in a real browser, which can reach nothing but the page under test.

``open_page`` opens a file or a URL; ``outside_requests()`` and ``console_errors()`` are what its pages tried to load
and reported; ``axe_violations`` is what axe finds. A page of a local server is opened with
``allow=("http://127.0.0.1:PORT/",)``. ``visited`` opens a file that does not change once for all tests.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, sync_playwright

from support import example_runs
from support.needs import demand, find_browser

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
REPORTS = Path(__file__).parents[1] / "reports"

OpenPage = Callable[..., Page]

#: The number of visible, focusable elements.
FOCUSABLE = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex^="-"])'
  )].filter(e => !e.disabled && e.checkVisibility()).length"""
#: The element that has the focus: its position in the document, and whether the focus is visible.
FOCUSED = """() => {
  const e = document.activeElement
  const style = getComputedStyle(e)
  return {
    place: [...document.querySelectorAll('*')].indexOf(e),
    what: e.outerHTML.slice(0, 120),
    body: e === document.body,
    visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1,
  }
}"""


def load(name: str) -> ModuleType:
    """A module of the reports' tests that writes example runs."""
    spec = importlib.util.spec_from_file_location(f"browser_{name}", REPORTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window. Without it tests are skipped.

    It is closed after each module: while Playwright is active its event loop counts as running, and no other can run.
    """
    demand("browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        yield launched
        launched.close()


class Visit(NamedTuple):
    """A page with the outside requests that were blocked, and its console errors and warnings."""

    page: Page
    outside_requests: list[str]
    console_errors: list[str]


def visit(context: BrowserContext, target: Path | str, allow: tuple[str, ...] = ()) -> Visit:
    """Open a file or a URL in a page that can load only files and URLs that begin with one of ``allow``."""
    outside: list[str] = []
    errors: list[str] = []

    def decide(route: Route) -> None:
        url = route.request.url
        if url.startswith(("file://", "data:", *allow)):
            route.continue_()
        else:
            outside.append(url)
            route.abort()

    page = context.new_page()
    page.route(re.compile(".*"), decide)
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: errors.append(str(problem)))
    page.goto(target.absolute().as_uri() if isinstance(target, Path) else target)
    return Visit(page, outside, errors)


@pytest.fixture
def visits() -> list[Visit]:
    """The pages that this test opened with ``open_page``."""
    return []


@pytest.fixture
def open_page(browser: Browser, visits: list[Visit]) -> Iterator[OpenPage]:
    """``open_page(path_or_url, width=1280, height=800, scheme="light", allow=())``: a page in a new context."""
    contexts: list[BrowserContext] = []

    def open_(
        target: Path | str, *, width: int = 1280, height: int = 800, scheme: Any = "light", allow: tuple[str, ...] = ()
    ) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme))
        visits.append(visit(contexts[-1], target, allow))
        return visits[-1].page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def outside_requests(visits: list[Visit]) -> Callable[[], list[str]]:
    """``outside_requests()``: the URLs that this test's pages requested and did not get."""
    return lambda: [url for opened in visits for url in opened.outside_requests]


@pytest.fixture
def console_errors(visits: list[Visit]) -> Callable[[], list[str]]:
    """``console_errors()``: the errors and warnings that this test's pages wrote to the console or threw."""
    return lambda: [text for opened in visits for text in opened.console_errors]


@pytest.fixture(scope="module")
def visited(browser: Browser) -> Iterator[Callable[[Path], Visit]]:
    """``visited(path)``: a page that does not change, opened once for all tests that use it.

    A test may change the window's size or the colour scheme; the next one gets a laptop's size in light mode again.
    """
    context = browser.new_context(viewport=LAPTOP, color_scheme="light")
    opened: dict[Path, Visit] = {}

    def find(path: Path) -> Visit:
        if path not in opened:
            opened[path] = visit(context, path)
        page = opened[path].page
        page.bring_to_front()
        page.set_viewport_size(LAPTOP)
        page.emulate_media(color_scheme="light")
        return opened[path]

    yield find
    context.close()


@pytest.fixture(scope="session")
def axe_violations() -> Callable[..., list[str]]:
    """``axe_violations(page, impacts=("serious", "critical"))``: each with its rule and the first elements."""
    axe = Axe()

    def find(page: Page, *, impacts: tuple[str, ...] = ("serious", "critical")) -> list[str]:
        violations = axe.run(page).response["violations"]
        return [
            f"{v['id']} ({v['impact']}): {v['help']}: {[node['html'][:120] for node in v['nodes'][:3]]}"
            for v in violations
            if v["impact"] in impacts
        ]

    return find


@pytest.fixture(scope="session")
def walk_by_keyboard() -> Callable[[Page], tuple[int, list[dict[str, Any]]]]:
    """``walk_by_keyboard(page)``: the number of focusable elements, and those that Tab reached, in order."""

    def walk(page: Page) -> tuple[int, list[dict[str, Any]]]:
        expected: int = page.evaluate(FOCUSABLE)
        reached: list[dict[str, Any]] = []
        for _ in range(expected):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused["body"]:
                break
            reached.append(focused)
        return expected, reached

    return walk


@pytest.fixture(scope="session")
def count_pages() -> Callable[[Page], int]:
    """``count_pages(page)``: how many sheets of paper it prints to with its print style sheet."""

    def count(page: Page) -> int:
        return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True)))

    return count


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dashboard of example runs, with everything that it can show."""
    from gameday_reports.dashboard import build

    folder = tmp_path_factory.mktemp("dashboard")
    example_runs.record_set(folder / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gameday_reports.dashboard.runs.judged_again", example_runs.as_written)
        build(folder / "runs", folder / "site", now=datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
    return folder / "site"


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a recorded run with its reports, and an index.html beside it."""
    from gameday_reports import render, render_summary

    folder = tmp_path_factory.mktemp("recorded")
    run_dir: Path = load("conftest").snapshot_sketch().record(folder)
    render(run_dir)
    render_summary([run_dir], folder / "index.html")
    return run_dir
