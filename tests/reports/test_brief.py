"""The brief: four answers on one page."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from gameday.model.checker import Result, Verdict
from gameday_reports import render
from gameday_reports.brief.context import context
from gameday_reports.brief.lengths import ACTION, ACTIONS, FAULTS, MESSAGE, NAME, ROOMY, TITLE, shorten, text_length
from gameday_reports.environment import fill
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import FILE
from support.fonts import WIDTHS, only_font

QUESTIONS = (
    "What would have been lost?",
    "Would anybody have noticed?",
    "How long until both systems agreed again?",
    "What happens next, and who does it?",
)


@pytest.fixture
def figures(run_dir: Path) -> dict[str, Any]:
    return context(RecordedRun(run_dir))


def test_both_forms_answer_the_four_questions(run_dir: Path) -> None:
    render(run_dir)
    page, text = ((run_dir / name).read_text(encoding="utf-8") for name in ("brief.html", "brief.md"))
    assert tuple(re.findall(r"<h2[^>]*>(.*?)</h2>", page)) == QUESTIONS
    assert tuple(re.findall(r"^## (.*)$", text, re.MULTILINE)) == QUESTIONS


def test_the_brief_begins_with_one_sentence(figures: dict[str, Any]) -> None:
    assert figures["answer"] == "3 orders would have been missing or wrong, and nobody would have been alerted."


def test_wrong_and_late_orders_are_counted_separately(figures: dict[str, Any]) -> None:
    assert "4 of 7 orders (57.1%) were still missing or wrong at the end." in figures["lost"]
    assert "1 order came late, but was correct in the end." in figures["lost"]


def test_the_sums_of_revenue_are_stated_where_they_are_not_0(figures: dict[str, Any]) -> None:
    assert "Not booked: EUR\N{NO-BREAK SPACE}278. Booked late: EUR" in figures["lost"]


def test_the_first_alert_and_the_unreported_orders_are_stated(figures: dict[str, Any]) -> None:
    assert figures["noticed"].startswith(
        "Yes, 30 s after the first order was affected; 2 orders had been affected by then."
    )
    assert figures["noticed"].endswith(
        "3 wrong orders, worth EUR\N{NO-BREAK SPACE}394, were not in any alert or ticket."
    )


def test_ledgers_that_still_disagree_at_the_end_are_stated(figures: dict[str, Any]) -> None:
    assert figures["took"].startswith(
        "They did not agree when the exercise ended, 18 min 25 s after the first order was affected: 4"
    )


def test_the_brief_has_no_scores_and_no_abbreviations(run_dir: Path) -> None:
    render(run_dir)
    text = (run_dir / "brief.md").read_text(encoding="utf-8")
    assert not re.search(r"\b(?:TTD|TTR|TTA|TTM|MTTR|SLA|t[0-5]|F1)\b|of 100 points", text)


def test_one_action_of_each_kind_comes_before_a_second_of_any(figures: dict[str, Any]) -> None:
    assert len(figures["actions"]) == ACTIONS
    assert {action["kind"] for action in figures["actions"][:3]} == {"prevent", "detect", "mitigate"}


def test_actions_with_an_owner_come_first(run_dir: Path) -> None:
    (run_dir / FILE).write_text("actions:\n  - {id: late, owner: sync team, due: 2026-05-01}\n")
    first = context(RecordedRun(run_dir))["actions"][0]
    assert (first["owner"], first["due"]) == ("sync team", "2026-05-01")


def test_a_fault_without_impact_would_have_cost_nothing(sketch: Any, tmp_path: Path) -> None:
    sketch.phases()
    sketch.fault(0, 60, 300, "record lock", "erp")
    sketch.order(sketch.deal("D-1", 70, "10"), "SO-1", 72)
    sketch.result = Result.PASSED
    sketch.verdicts = (Verdict("steady state", Result.PASSED, "held"),)
    values = context(RecordedRun(sketch.record(tmp_path)))
    assert values["answer"].startswith("The failure would have cost nothing")
    assert (values["rows"], values["noticed"], values["took"]) == (
        [],
        "There was nothing to notice.",
        "They always agreed.",
    )
    assert "299 orders" in values["certainty"]


def test_an_inconclusive_run_claims_nothing(sketch: Any, tmp_path: Path) -> None:
    sketch.result = Result.INCONCLUSIVE
    sketch.verdicts = (Verdict("steady state", Result.INCONCLUSIVE, "no deal arrived"),)
    values = context(RecordedRun(sketch.record(tmp_path)))
    assert (
        values["answer"]
        == "This exercise does not show what would happen: the run did not produce the evidence that is needed."
    )


def test_a_broken_steady_state_explains_a_failed_run(sketch: Any, tmp_path: Path) -> None:
    sketch.result = Result.FAILED
    sketch.verdicts = (Verdict("steady state", Result.FAILED, "9 deals were not right"),)
    values = context(RecordedRun(sketch.record(tmp_path)))
    assert values["answer"].startswith("Orders already went wrong before the failure began")
    assert "cannot be separated from what was already wrong" in values["certainty"]


# -- one page, whichever fonts the machine has --------------------------------------------------------


def words(length: int) -> str:
    """Text of this length in words of usual length."""
    return ("reconcile the order with its deal " * (length // 30 + 1))[:length].strip()


def full(sketch: Any, tmp_path: Path) -> Path:
    """The longest possible brief: every state, many currencies, long names, a long message, five owned actions."""
    sketch.name = words(300)
    sketch.stack = "connector-of-the-sales-department-in-its-second-version-with-retries"
    for number in range(4):
        sketch.fault(2 + number, 130, 200, "reply lost after commit", "crm")
    for number, currency in enumerate(("USD", "GBP", "CHF", "SEK", "KWD", "INR", "AUD")):
        for again in range(2):
            sketch.refused(sketch.deal(f"X-{number}-{again}", 100, "123456789012.34", currency), 102)
    run_dir: Path = sketch.record(tmp_path)
    ids = ("lost", "duplicated", "unreported", "repair", "unnamed")
    rows = [f"  - {{id: {id_}, what: {words(400)}, owner: {'o' * 60}, due: 2026-04-01}}" for id_ in ids]
    (run_dir / FILE).write_text("\n".join([f"leadership: {words(1200)}", "actions:", *rows]) + "\n")
    return run_dir


def longest(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures with every text as long as it can be, of whatever the run is."""
    bounds = {"title": TITLE, "what_happened": FAULTS, "message": MESSAGE, "outage": 280} | dict.fromkeys(
        ("crm", "erp", "stack", "owner"), NAME
    )
    return figures | {field: words(bound) for field, bound in bounds.items()} | {"dense": True}


def sheets(page: str, paper: str) -> int:
    """The number of sheets that a page prints on."""
    weasyprint = importlib.import_module("weasyprint")
    assert "size: A4" in page
    return len(weasyprint.HTML(string=page.replace("size: A4", f"size: {paper}")).render().pages)


@pytest.mark.slow
@pytest.mark.needs("pango")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_longest_brief_prints_on_one_page(
    full_sketch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paper: str, width: int
) -> None:
    only_font(monkeypatch, tmp_path, width)
    figures = context(RecordedRun(full(full_sketch, tmp_path)))
    assert figures["dense"]
    assert len(figures["rows"]) == 5
    assert sheets(fill("brief/templates/brief.html.jinja", figures), paper) == 1
    assert sheets(fill("brief/templates/brief.html.jinja", longest(figures)), paper) == 1


ACT = {"kind": "mitigate", "what": words(ACTION), "owner": words(NAME), "due": "2026-04-01"}


@pytest.mark.slow
@pytest.mark.needs("pango")
@pytest.mark.parametrize("actions", range(ACTIONS))
def test_the_longest_brief_that_is_not_printed_smaller_has_room_on_one_page(
    figures: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, actions: int
) -> None:
    only_font(monkeypatch, tmp_path, max(WIDTHS))
    fitting = figures | {"actions": [ACT] * actions, "rows": figures["rows"][:2], "message": ""}
    fitting["message"] = words(ROOMY - text_length(fitting))
    assert sheets(fill("brief/templates/brief.html.jinja", fitting | {"dense": False}), "Letter") == 1


def test_characters_of_full_width_count_twice() -> None:
    assert shorten("\N{CJK UNIFIED IDEOGRAPH-6771}" * 10, 20) == "\N{CJK UNIFIED IDEOGRAPH-6771}" * 10
    assert shorten("\N{CJK UNIFIED IDEOGRAPH-6771}" * 11, 20).endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(shorten("\N{CJK UNIFIED IDEOGRAPH-6771}" * 11, 20)) == 10


def test_of_many_currencies_a_row_says_how_many_there_are(sketch: Any, tmp_path: Path) -> None:
    for number in range(30):
        code = f"X{chr(65 + number // 26)}{chr(65 + number % 26)}"
        sketch.refused(sketch.deal(f"D-{number}", 100, "10", code), 102)
    rows = context(RecordedRun(sketch.record(tmp_path)))["rows"]
    assert [row["worth"] for row in rows] == ["in 30 currencies, without a rate for 30"]
