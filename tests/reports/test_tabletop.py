"""The game day card, the tabletop kit and the runbooks: complete, from the run's records, and safe from markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import click.testing
import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.base.registry import Registry
from gameday.cli import cli
from gameday.model.fault import Fault, faults
from gameday.model.scenario import PlannedOperation
from gameday.scoring.budget import Budget
from gameday_reports.day_card import Day, day_card
from gameday_reports.document import Document, as_html, as_markdown, save
from gameday_reports.recorded import RecordedRun
from gameday_reports.runbooks import runbook_documents
from gameday_reports.tabletop import kit
from gameday_reports.tabletop.injects import injects
from support.rows import rows

HOSTILE = "<script>alert(1)</script> [x](javascript:alert(2)) | =cmd"


@pytest.fixture
def run(run_dir: Path) -> RecordedRun:
    """The run of the snapshots."""
    return RecordedRun(run_dir)


def card(run: RecordedRun, **day: Any) -> str:
    known = {"stack": "durable", "seed": 7, "pace": 60.0, "budget": Budget()} | day
    return as_markdown((day_card(run.scenario, run.contract, Day(**known)),))


def texts(documents: tuple[Document, ...]) -> dict[str, str]:
    return {document.name: as_markdown((document,)) for document in documents}


def invoke(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli, arguments, standalone_mode=False)


# -- the game day card ----------------------------------------------------------------------------


def test_the_card_has_what_everybody_must_know_beforehand(run: RecordedRun) -> None:
    titles = re.findall("^## (.*)$", card(run), re.MULTILINE)
    assert titles == [
        "Hypothesis", "What is injected", "Blast radius", "Abort", "Roles", "Communication", "Timeline", "Command",
    ]  # fmt: skip


def test_the_hypothesis_has_each_expectation_once(run: RecordedRun) -> None:
    assert card(run).count("- the alert names the affected deals and the reason") == 1


def test_the_owners_come_from_the_contract(run: RecordedRun) -> None:
    assert "| Owner | revenue operations |" in card(run)


def test_the_timeline_is_in_wall_clock_time(run: RecordedRun) -> None:
    text = card(run, pace=2.0, starts=datetime(2026, 11, 26, 10, 0))  # noqa: DTZ001 - as a person writes it
    assert "| 10:00:30 | Inject: renamed field at the CRM. |" in text


def test_without_a_start_the_timeline_is_relative(run: RecordedRun) -> None:
    assert "| T+0:30 | Inject: renamed field at the CRM. |" in card(run, pace=2.0)


def test_what_people_do_is_on_the_card_in_the_hypothesis_the_table_and_the_timeline(run: RecordedRun) -> None:
    planned = PlannedOperation(90, "merge_accounts", "crm", params={"winner": "account-1", "loser": "account-2"})
    scenario = msgspec.structs.replace(run.scenario, operations=(planned,))
    text = as_markdown((day_card(scenario, run.contract, Day("durable", 7, 2.0, Budget())),))
    assert ', and people in the CRM carry out "merge accounts", we expect:' in text
    assert "| people: merge accounts | CRM | 1:30 | once | winner account-1, loser account-2 |" in text
    words = 'people in the CRM carry out "merge accounts" (winner account-1, loser account-2)'
    assert f"| T+0:45 | gameday does it: {words}. |" in text


def test_each_abort_condition_is_on_the_card_with_what_is_left(run: RecordedRun) -> None:
    text = card(run, aborts=("aborts above 3 affected deals (left: 3 deals)",))
    assert "The run aborts above 3 affected deals (left: 3 deals)." in text
    assert "only people can stop the game day" not in text


def test_a_condition_on_the_card_is_text(run: RecordedRun) -> None:
    assert "<script>" not in card(run, aborts=(f"aborts at {HOSTILE}",))


def test_the_abort_budget_is_shown_with_its_source(run: RecordedRun) -> None:
    assert "At 12 affected deals the game day stops by itself (a test)." in card(run, budget=Budget(12, "a test"))


@pytest.mark.slow
def test_the_command_prints_one_card_for_each_scenario_of_a_feature(tmp_path: Path) -> None:
    feature = tmp_path / "two.feature"
    feature.write_text(
        "Feature: F\n  Background:\n"
        '    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"\n'
        "    And 10 deals are closed won at 10 per minute\n"
        + "".join(
            f"  Scenario: {name}\n"
            '    When after 10 seconds the ERP suffers "record lock" for 20 seconds\n'
            "    Then no lost or wrong deal goes unreported\n"
            for name in ("First", "Second")
        )
    )
    output = invoke("brief", str(feature)).output
    assert re.findall("^# (.*)$", output, re.MULTILINE) == ["First", "Second"]
    # People act in real time: at the pace of runs their day would be over in seconds.
    assert output.count("--pace 1 ") == 2


@pytest.mark.slow
def test_the_card_of_a_bundled_scenario_has_a_command_that_run_accepts() -> None:
    assert (
        "gameday run erp_rules/record_lock.feature --stack" in invoke("brief", "erp_rules/record_lock.feature").output
    )


def test_a_card_for_an_unknown_file_type_is_refused() -> None:
    with pytest.raises(GamedayError, match=r"card\.pdf"):
        click.testing.CliRunner().invoke(
            cli, ["brief", "x.feature", "--out", "card.pdf"], standalone_mode=False, catch_exceptions=False
        )


# -- the tabletop kit -----------------------------------------------------------------------------


def test_the_kit_has_a_document_for_each_role(run: RecordedRun) -> None:
    assert list(texts(kit(run))) == ["player-manual", "facilitator-handbook", "injects", "evaluator-sheet"]


def test_injects_come_in_the_order_of_the_run(run: RecordedRun) -> None:
    times = [inject.time_s for inject in injects(run)]
    assert times == sorted(times)


def test_each_kind_of_error_is_handed_out_once_as_the_erp_sent_it(run: RecordedRun) -> None:
    errors = [inject.lines for inject in injects(run) if inject.kind == "error"]
    assert errors == [("1:12 order of D-2: HTTP 400 INVALID_FIELD",)]


def test_each_alert_and_ticket_is_handed_out_once_with_its_reason(run: RecordedRun) -> None:
    signals = [(inject.source, inject.lines[1]) for inject in injects(run) if inject.kind == "signal"]
    assert signals == [("pagerduty alert", "INVALID_FIELD: no such column"), ("jira ticket", "price differs")]


def test_an_alert_is_handed_out_as_it_was_sent(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.op(
        130, "jira", "ticket", "ok", signal=_signal("x"), raw={"fields": {"summary": "Orders STOP", "n": [1, 2]}}
    )
    run = RecordedRun(full_sketch.record(tmp_path))
    assert any("summary: Orders STOP; n: 1" in inject.lines for inject in injects(run))


def test_sales_ask_about_the_largest_deal_of_the_most_affected_currency(run: RecordedRun) -> None:
    (call,) = (inject for inject in injects(run) if inject.kind == "sales")
    assert "deal D-2 for EUR\N{NO-BREAK SPACE}2,500.00" in call.lines[0]


def test_a_run_without_affected_deals_has_a_kit_too(new_sketch: Callable[[], Any], tmp_path: Path) -> None:
    sketch = new_sketch()
    sketch.phases()
    sketch.order(sketch.deal("D-1", 10, "100.00"), "SO-1", 12)
    kinds = [inject.kind for inject in injects(RecordedRun(sketch.record(tmp_path)))]
    assert kinds == ["opening", "ending"]


def test_players_see_neither_the_fault_nor_the_result(run: RecordedRun) -> None:
    documents = texts(kit(run))
    for_players = documents["player-manual"] + documents["injects"]
    assert [word for word in ("renamed field", "An admin", "failed:") if word in for_players] == []


def test_the_facilitator_sees_what_really_happens(run: RecordedRun) -> None:
    assert "| 1:00 | renamed field | until 5:00 |" in texts(kit(run))["facilitator-handbook"]


def test_the_last_inject_leaves_time_to_discuss_it(run: RecordedRun) -> None:
    planned = injects(run)
    handed_out = re.findall(r"\(minute (\d+)\)", texts(kit(run, minutes=100))["facilitator-handbook"])
    assert (len(handed_out), int(handed_out[-1])) == (len(planned), 69)


def test_the_evaluator_has_a_line_for_each_thing_to_look_for(run: RecordedRun) -> None:
    sheet = texts(kit(run))["evaluator-sheet"]
    assert all(wanted in sheet for inject in injects(run) for wanted in inject.expected)


@pytest.mark.parametrize(
    ("render", "markup"), [(as_html, r"<script>|<a (?!class=.skip)"), (as_markdown, r"<|(?<!\\)\]\(javascript:")]
)
def test_text_from_outside_is_never_markup(full_sketch: Any, tmp_path: Path, render: Any, markup: str) -> None:
    full_sketch.name = full_sketch.description = HOSTILE
    full_sketch.refused(full_sketch.deal("D-X", 116, "1.00"), 117, HOSTILE)
    full_sketch.op(131, "jira", "ticket", "ok", signal=_signal(HOSTILE), raw={HOSTILE: HOSTILE})
    text = render(kit(RecordedRun(full_sketch.record(tmp_path))))
    # In Markdown an indented line is code, in which markup has no meaning.
    text = "\n".join(line for line in text.splitlines() if render is as_html or not line.startswith("    "))
    assert not re.search(markup, text)


def _signal(text: str) -> dict[str, Any]:
    return {
        "kind": "ticket",
        "source": "jira",
        "action": "trigger",
        "key": text,
        "owner": text,
        "reason": text,
        "text": text,
    }


@pytest.mark.parametrize(("option", "ending"), [((), "html"), (("--markdown",), "md")])
def test_the_command_writes_a_file_for_each_document(run_dir: Path, tmp_path: Path, option: Any, ending: str) -> None:
    invoke("tabletop", str(run_dir), "--out", str(tmp_path / "kit"), *option)
    assert sorted(path.name for path in (tmp_path / "kit").iterdir()) == [
        f"evaluator-sheet.{ending}", f"facilitator-handbook.{ending}", f"injects.{ending}", f"player-manual.{ending}",
    ]  # fmt: skip


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    result = invoke("tabletop", str(tmp_path), "--out", str(tmp_path / "kit"))
    assert "is not a run's folder" in str(result.exception)
    assert not (tmp_path / "kit").exists()


def test_a_run_or_runbooks_must_be_given() -> None:
    result = invoke("tabletop", "--out", "kit")
    assert "name either a run or --runbooks" in str(result.exception)


# -- runbooks -------------------------------------------------------------------------------------


def test_every_fault_has_a_runbook() -> None:
    assert [document.title for document in runbook_documents()][1:] == list(faults)


@rows("document", runbook_documents()[1:])
def test_a_runbook_has_the_words_in_the_alert_the_fix_and_questions_for_the_team(document: Document) -> None:
    text = as_markdown((document,)).replace("\\_", "_")
    reasons = ", ".join(faults[document.title].reasons)
    assert f"Words in the alert: {reasons or 'none in particular'}." in text
    assert "## Fix" in text and text.count("To be filled in") == 7


def test_a_runbook_quotes_the_names_of_parameters() -> None:
    (book,) = [document for document in runbook_documents() if document.title == "rate limit"]
    assert "each \N{LEFT DOUBLE QUOTATION MARK}times\N{RIGHT DOUBLE QUOTATION MARK} times" in as_markdown([book])


def test_a_runbook_has_a_step_for_a_feature(tmp_path: Path) -> None:
    needed = {"renamed field": "| field | new name |", "record lock": None}
    texts_by_title = {d.title: as_markdown((d,)) for d in runbook_documents()}
    assert all(
        f'suffers "{name}" for 4 minutes' in texts_by_title[name] and (head or "") in texts_by_title[name]
        for name, head in needed.items()
    )


class ClockSkew(Fault):
    """A fault as a plug-in brings it, of a layer that gameday does not know."""

    layer: ClassVar[Any] = "clock"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("clock", "signature")


def test_a_fault_of_an_unknown_layer_has_a_general_runbook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    registry: Registry[type[Fault]] = Registry("fault", package="gameday.faults", group="gameday.faults")
    registry.register("clock skew")(ClockSkew)
    monkeypatch.setattr("gameday_reports.runbooks.faults", registry)
    invoke("tabletop", "--runbooks", "--out", str(tmp_path))
    page = (tmp_path / "runbook-clock-skew.html").read_text(encoding="utf-8")
    assert "Something between CRM and ERP is not working as usual." in page
    assert "Words in the alert: clock, signature." in page


def test_documents_are_saved_under_their_names(tmp_path: Path) -> None:
    paths = save(runbook_documents(), tmp_path, markdown=True)
    assert (len({path.name for path in paths}), paths[0].name) == (len(list(faults)) + 1, "index.md")


def test_a_day_is_plain_data(run: RecordedRun) -> None:
    assert msgspec.json.encode(Day("durable", 1, 60.0, Budget()))
