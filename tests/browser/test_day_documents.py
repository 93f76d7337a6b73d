"""The game day card and the tabletop kit, on screen and on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from gameday.scoring.budget import Budget
from gameday_reports.day_card import Day, day_card
from gameday_reports.document import as_html, save
from gameday_reports.recorded import RecordedRun
from gameday_reports.runbooks import runbook_documents
from gameday_reports.tabletop import kit
from gameday_reports.tabletop.injects import injects

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOCUMENTS = ("card", "player-manual", "facilitator-handbook", "injects", "evaluator-sheet", "runbook-record-lock")


@pytest.fixture(scope="module")
def folder(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All documents of one run."""
    folder = tmp_path_factory.mktemp("documents")
    run = RecordedRun(recorded)
    card = day_card(run.scenario, run.contract, Day("durable", 7, 1.0, Budget(10, "a test")))
    (folder / "card.html").write_text(as_html((card,)), encoding="utf-8")
    save((*kit(run), *runbook_documents()), folder)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_axe_finds_nothing_serious(
    folder: Path, open_page: Callable[..., Page], axe_violations: Callable[[Page], list[str]], name: str, scheme: str
) -> None:
    assert axe_violations(open_page(folder / f"{name}.html", scheme=scheme)) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_is_wider_than_a_phone(folder: Path, open_page: Callable[..., Page], name: str) -> None:
    page = open_page(folder / f"{name}.html", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_has_console_errors_or_loads_anything(
    folder: Path,
    open_page: Callable[..., Page],
    outside_requests: Callable[[], list[str]],
    console_errors: Callable[[], list[str]],
    name: str,
) -> None:
    open_page(folder / f"{name}.html")
    assert (outside_requests(), console_errors()) == ([], [])


def test_a_card_is_one_page(folder: Path, open_page: Callable[..., Page], count_pages: Callable[[Page], int]) -> None:
    assert count_pages(open_page(folder / "card.html")) == 1


def test_each_inject_is_a_page_after_the_first(
    folder: Path, recorded: Path, open_page: Callable[..., Page], count_pages: Callable[[Page], int]
) -> None:
    assert count_pages(open_page(folder / "injects.html")) == len(injects(RecordedRun(recorded))) + 1
