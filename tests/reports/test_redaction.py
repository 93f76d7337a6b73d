"""Names are masked as the contract classifies them; ids and amounts are kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.model.checker import DeadLetter
from gameday.model.contract import Contract, Field
from gameday_reports import render
from gameday_reports.redaction import MASK, Redactor, confidential_fields, confidential_names

NAME = "Colas Salmon SA"
FILES = (
    *("postmortem.html", "postmortem.md", "brief.html", "brief.md", "results.json", "junit.xml"),
    *("repair.csv", "repair.json", "replay.json"),
)


def recorded(sketch: Any, runs_dir: Path, classification: str = "confidential") -> Path:
    """A run whose alert, note and dead letter name a customer, under a contract that classifies its name."""
    sketch.fixed_scores = False
    sketch.operations = [
        (at, process, f, outcome, value | {"name": f"{NAME} - Gold"} if f == "close_deal" else value)
        for at, process, f, outcome, value in sketch.operations
    ]
    context = {"D-4": {"Id": "D-4", "Account": {"Name": NAME}}}
    sketch.signal(200, "alert", "D-4", reason=f"price of {NAME.upper()} differs", context=context, key="named")
    sketch.op(510, "harness", "note", "info", text=f"called {NAME} - Gold at noon")
    sketch.letters.append(DeadLetter("D-6", "refused", {"Name": "Zanzibar Freight"}, "L-2"))
    sketch.op(520, "harness", "note", "info", text="and Zanzibar Freight, too")
    run_dir: Path = sketch.record(runs_dir)
    path = run_dir / "contract.json"
    contract = msgspec.json.decode(path.read_bytes(), type=Contract)
    fields = (
        Field("opportunity.id", "string", physical_name="Opportunity.Id", classification="confidential"),
        Field("opportunity.name", "string", physical_name="Opportunity.Name", classification=classification),
        Field("opportunity.amount", "number", physical_name="Opportunity.Amount", classification="confidential"),
    )
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(contract, crm_fields=fields)))
    return run_dir


def texts(run_dir: Path) -> str:
    return "\n".join((run_dir / name).read_text(encoding="utf-8") for name in FILES)


def test_no_report_has_a_confidential_name(full_sketch: Any, tmp_path: Path) -> None:
    run_dir = recorded(full_sketch, tmp_path)
    render(run_dir)
    text = texts(run_dir).casefold()
    assert NAME.casefold() not in text
    assert "zanzibar" not in text
    assert MASK in text


@pytest.mark.parametrize("called", ["Anna Schmidt", "Schmidt, Anna", "Frau Schmidt", "ANNA"])
def test_somebody_whose_name_is_confidential_is_masked_however_a_note_calls_them(
    full_sketch: Any, tmp_path: Path, called: str
) -> None:
    full_sketch.letters.append(DeadLetter("D-6", "refused", {"Name": "Anna Schmidt"}, "L-2"))
    full_sketch.op(520, "harness", "note", "info", text=f"waits until {called} is back; the stones stay")
    run_dir = recorded(full_sketch, tmp_path)
    render(run_dir)
    text = texts(run_dir)
    assert "the stones stay" in text
    assert {"schmidt", "anna"}.isdisjoint(re.findall(r"\w+", text.casefold()))


def test_the_words_of_a_company_are_masked_as_a_whole_only() -> None:
    letters = [DeadLetter("D", "refused", {"Name": "Closed Stone Trading"})]
    fields = (Field("a", "string", physical_name="Opportunity.Name", classification="confidential"),)
    assert list(confidential_names(Contract("f", crm_fields=fields), (), (), letters)) == ["Closed Stone Trading"]


def test_ids_and_amounts_are_kept(full_sketch: Any, tmp_path: Path) -> None:
    run_dir = recorded(full_sketch, tmp_path)
    render(run_dir)
    for name in ("postmortem.html", "postmortem.md", "repair.csv"):
        text = (run_dir / name).read_text(encoding="utf-8")
        assert "D-4" in text
        assert "75.50" in text


@pytest.mark.parametrize("classification", ["restricted", "Secret", "pii", ""])
def test_any_other_classification_than_public_or_internal_is_confidential(
    full_sketch: Any, tmp_path: Path, classification: str
) -> None:
    run_dir = recorded(full_sketch, tmp_path, classification)
    render(run_dir)
    assert NAME not in texts(run_dir)


@pytest.mark.parametrize("classification", ["public", "Internal"])
def test_a_name_that_the_contract_leaves_open_is_shown(full_sketch: Any, tmp_path: Path, classification: str) -> None:
    run_dir = recorded(full_sketch, tmp_path, classification)
    render(run_dir)
    assert f"called {NAME}" in (run_dir / "postmortem.html").read_text(encoding="utf-8")


def test_an_unredacted_report_has_the_names_and_says_so(full_sketch: Any, tmp_path: Path) -> None:
    run_dir = recorded(full_sketch, tmp_path)
    render(run_dir, unredacted=True)
    text = (run_dir / "postmortem.html").read_text(encoding="utf-8")
    assert f"called {NAME}" in text
    assert "this copy was made with --unredacted" in text


def test_the_method_says_what_was_masked(full_sketch: Any, tmp_path: Path) -> None:
    run_dir = recorded(full_sketch, tmp_path)
    render(run_dir)
    for name in ("postmortem.html", "postmortem.md"):
        assert "because the contract classifies opportunity.name as confidential; ids and amounts" in (
            run_dir / name
        ).read_text("utf-8")


def test_ids_are_never_masked_whatever_their_classification() -> None:
    fields = (
        Field("a", "string", physical_name="Opportunity.Id", classification="confidential"),
        Field("b", "string", physical_name="salesOrder.otherRefNum", classification="confidential"),
        Field("c", "string", physical_name="salesOrder.memo", classification="confidential"),
    )
    assert [field.name for field in confidential_fields(Contract("f", match="otherRefNum", erp_fields=fields))] == ["c"]


def test_whole_names_are_masked_in_any_case_and_the_longest_first() -> None:
    redactor = Redactor(["Acme", "Acme  Holding\nGmbH"])
    assert redactor.masked("ACME holding gmbh, acme; Acmeville") == f"{MASK}, {MASK}; Acmeville"


def test_a_name_of_two_characters_is_left_alone() -> None:
    assert Redactor(["SA", "a", ""]).masked("SA as a rule") == "SA as a rule"


@given(st.text(min_size=3), st.text(), st.text())
def test_a_name_between_blanks_is_always_masked(name: str, before: str, after: str) -> None:
    name = " ".join(name.split())
    if len(name) < 3:
        return
    shown = Redactor([name]).masked(f"{before} {name} {after}")
    assert MASK in shown


@given(st.text())
def test_without_names_a_text_is_unchanged(text: str) -> None:
    assert Redactor([]).masked(text) == text
