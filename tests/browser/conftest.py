"""Pages in a real browser: one Chromium for the whole session, and a context for each page that reaches nothing else.

``open_page`` opens a file or a URL, ``outside_requests()`` and ``console_errors()`` are what its pages asked for and
complained about, ``axe_violations`` what axe finds. A page of a server on this machine is opened with
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

from support.needs import demand, find_browser

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
REPORTS = Path(__file__).parents[1] / "reports"

OpenPage = Callable[..., Page]

#: What a person can reach: everything that takes the focus and is not hidden, in the order of the document.
FOCUSABLE = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex^="-"])'
  )].filter(e => !e.disabled && e.checkVisibility()).length"""
#: The element that has the focus: its number among all, and whether anybody can see that it has it.
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
    """A module of the reports' tests, which make runs by hand."""
    spec = importlib.util.spec_from_file_location(f"browser_{name}", REPORTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window. Where there is none, tests are skipped.

    Not longer than a module: while Playwright is there, its event loop counts as running, and nobody else can run one.
    """
    demand("browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        yield launched
        launched.close()


class Visit(NamedTuple):
    """A page with what it asked for elsewhere, none of which was let through, and what it complained about."""

    page: Page
    outside_requests: list[str]
    console_errors: list[str]


def visit(context: BrowserContext, target: Path | str, allow: tuple[str, ...] = ()) -> Visit:
    """Open a file or a URL in a page that reaches nothing but files and what begins as ``allow`` says."""
    outside: list[str] = []
    complaints: list[str] = []

    def decide(route: Route) -> None:
        url = route.request.url
        if url.startswith(("file://", "data:", *allow)):
            route.continue_()
        else:
            outside.append(url)
            route.abort()

    page = context.new_page()
    page.route(re.compile(".*"), decide)
    page.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.goto(target.absolute().as_uri() if isinstance(target, Path) else target)
    return Visit(page, outside, complaints)


@pytest.fixture
def visits() -> list[Visit]:
    """What this test has opened by ``open_page``."""
    return []


@pytest.fixture
def open_page(browser: Browser, visits: list[Visit]) -> Iterator[OpenPage]:
    """``open_page(path_or_url, width=1280, height=800, scheme="light", allow=())``: a page of its own context."""
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
    """``outside_requests()``: the URLs that this test's pages asked for and did not get."""
    return lambda: [url for opened in visits for url in opened.outside_requests]


@pytest.fixture
def console_errors(visits: list[Visit]) -> Callable[[], list[str]]:
    """``console_errors()``: the errors and warnings that this test's pages wrote to the console or threw."""
    return lambda: [text for opened in visits for text in opened.console_errors]


@pytest.fixture(scope="module")
def visited(browser: Browser) -> Iterator[Callable[[Path], Visit]]:
    """``visited(path)``: a page that does not change, opened once for all the tests that look at it.

    A test that needs another window or the dark sets it; the next one finds a laptop's window in the light.
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
        found = axe.run(page).response["violations"]
        return [
            f"{v['id']} ({v['impact']}): {v['help']}: {[node['html'][:120] for node in v['nodes'][:3]]}"
            for v in found
            if v["impact"] in impacts
        ]

    return find


@pytest.fixture(scope="session")
def walk_by_keyboard() -> Callable[[Page], tuple[int, list[dict[str, Any]]]]:
    """``walk_by_keyboard(page)``: how many elements can take the focus, and those that Tab led to, one by one."""

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
    """``count_pages(page)``: how many sheets of paper it prints to, by its own style sheet."""

    def count(page: Page) -> int:
        return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True)))

    return count


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dashboard over runs that were made up, with everything that it can show."""
    from gameday_reports.dashboard import build

    folder = tmp_path_factory.mktemp("dashboard")
    load("made_up_runs").record_set(folder / "runs")
    build(folder / "runs", folder / "site", now=datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
    return folder / "site"


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a recorded run with its reports, beside an index.html over it."""
    from gameday_reports import render, render_summary

    folder = tmp_path_factory.mktemp("recorded")
    run_dir: Path = load("conftest").told().record(folder)
    render(run_dir)
    render_summary([run_dir], folder / "index.html")
    return run_dir
