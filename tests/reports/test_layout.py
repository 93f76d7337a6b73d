"""Printed documents keep their pages in the widest font that a machine may have."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.contracts.odcs import load_contract
from gameday.model.settings import Settings
from gameday.scoring.budget import Budget
from gameday.steps.planning import plan_scenarios
from gameday_reports.day_card import Day, day_card
from gameday_reports.document import as_html
from gameday_reports.recorded import RecordedRun
from gameday_reports.tabletop import kit
from gameday_reports.tabletop.injects import injects
from support.fonts import WIDTHS, only_font
from support.thorough import thorough

#: How many of the cards are printed, unless the tests are thorough.
LONGEST = 8

pytestmark = [pytest.mark.slow, pytest.mark.needs("pango")]


@pytest.fixture(autouse=True)
def _widest_font(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only_font(monkeypatch, tmp_path, max(WIDTHS))


def sheets(page: str, paper: str = "Letter") -> int:
    """The number of sheets that a page prints on."""
    weasyprint = importlib.import_module("weasyprint")
    assert "size: A4" in page
    return len(weasyprint.HTML(string=page.replace("size: A4", f"size: {paper}")).render().pages)


def test_the_card_of_every_bundled_scenario_is_one_page() -> None:
    planned = [outcome.planned for outcome in plan_scenarios([library()], Settings(mode="plan")) if outcome.planned]
    budget = Budget(10, "a test")
    cards = [day_card(each, load_contract(each.flow.contract), Day("durable", 1, 1.0, budget)) for each in planned]
    assert len(cards) > 10
    if not thorough():
        # A page takes a third of a second, and the longest overflows first.
        cards = sorted(cards, key=lambda card: len(as_html((card,))))[-LONGEST:]
    assert sheets(as_html(cards)) == len(cards)


def test_each_inject_of_a_kit_is_a_page_after_the_first(run_dir: Path) -> None:
    run = RecordedRun(run_dir)
    (document,) = (document for document in kit(run) if document.name == "injects")
    assert sheets(as_html((document,))) == len(injects(run)) + 1
