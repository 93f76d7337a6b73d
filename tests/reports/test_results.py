"""The reports for machines: results.json and junit.xml."""

from __future__ import annotations

import contextlib
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from gameday.base.errors import GamedayError
from gameday.model.checker import Result, Verdict
from gameday.model.history import History, operation
from gameday.model.scenario import Expectation
from gameday.scoring.run_folder import Run
from gameday.scoring.seal import Seal
from gameday_reports import render
from support.thorough import examples


class Json(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "json"


class Xml(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "xml"


def results(run_dir: Path) -> dict[str, Any]:
    render(run_dir)
    data: dict[str, Any] = json.loads((run_dir / "results.json").read_text(encoding="utf-8"))
    return data


def suite(run_dir: Path) -> ET.Element:
    render(run_dir)
    data = ET.fromstring((run_dir / "junit.xml").read_bytes()).find("testsuite")  # noqa: S314 - written by us
    assert data is not None
    return data


FILES = {
    *("postmortem.html", "postmortem.md", "brief.html", "brief.md", "results.json", "junit.xml"),
    *("repair.csv", "repair.json", "replay.json"),
}


def test_every_report_is_written_and_no_temporary_file_is_left(run_dir: Path) -> None:
    before = {path.name for path in run_dir.iterdir()}
    written = render(run_dir)
    assert {path.name for path in written} == FILES
    assert {path.name for path in run_dir.iterdir()} == before | {path.name for path in written}


def test_the_results_match_their_snapshot(run_dir: Path, snapshot: SnapshotAssertion) -> None:
    render(run_dir)
    assert (run_dir / "results.json").read_text(encoding="utf-8") == snapshot(extension_class=Json)


def test_the_junit_file_matches_its_snapshot(run_dir: Path, snapshot: SnapshotAssertion) -> None:
    render(run_dir)
    assert (run_dir / "junit.xml").read_text(encoding="utf-8") == snapshot(extension_class=Xml)


def test_the_results_have_every_affected_deal(sketch: Any, tmp_path: Path) -> None:
    for number in range(300):
        sketch.deal(f"D-{number}", 70, "10")
    assert len(results(sketch.record(tmp_path))["orders"]) == 300


def test_money_in_the_results_is_a_decimal_string(run_dir: Path) -> None:
    assert {order["amount"] for order in results(run_dir)["orders"]} == {"2500.00", "40000", "75.50", "310.00", "9.00"}


def test_a_missing_time_is_null_in_the_results(run_dir: Path) -> None:
    assert results(run_dir)["times"]["repair_s"] is None


def test_each_verdict_is_one_test_case(run_dir: Path) -> None:
    names = [case.get("name") for case in suite(run_dir).findall("testcase")]
    assert len(names) == len(set(names)) == 6


def test_failed_is_a_failure_and_inconclusive_an_error_and_nothing_is_skipped(run_dir: Path) -> None:
    data = suite(run_dir)
    assert (data.get("failures"), data.get("errors"), data.get("skipped")) == ("2", "1", "0")
    assert (len(data.findall("testcase/failure")), len(data.findall("testcase/error"))) == (2, 1)


def test_what_is_not_applicable_is_skipped(sketch: Any, tmp_path: Path) -> None:
    sketch.result = Result.PASSED
    sketch.expectations = (Expectation("invoiced once", {}, "every deal is invoiced exactly once"),)
    sketch.verdicts = (
        Verdict("steady state", Result.PASSED, "held"),
        Verdict("faults took effect", Result.PASSED, "record lock: 3 hits"),
        Verdict("every deal is invoiced exactly once", Result.NOT_APPLICABLE, "the flow has no invoices"),
    )
    data = suite(sketch.record(tmp_path))
    assert (data.get("failures"), data.get("errors"), data.get("skipped")) == ("0", "0", "1")
    [case] = [case for case in data.findall("testcase") if case.find("skipped") is not None]
    assert case.get("name") == "every deal is invoiced exactly once (invoiced once)"


def test_a_failure_lists_its_deals(run_dir: Path) -> None:
    failure = suite(run_dir).find("testcase/failure")
    assert failure is not None
    assert (failure.text or "").split() == ["D-4", "D-5", "D-6"]


def test_a_run_without_expectations_is_an_error(sketch: Any, tmp_path: Path) -> None:
    sketch.result = Result.INCONCLUSIVE
    sketch.verdicts = (Verdict("steady state", Result.PASSED, "held"),)
    assert suite(sketch.record(tmp_path)).get("errors") == "1"


@pytest.mark.parametrize("missing", ["history.jsonl", "ledger.erp.json", "verdicts.json", "scorecard.json", "run.json"])
def test_a_run_with_a_missing_record_is_refused_and_nothing_is_written(run_dir: Path, missing: str) -> None:
    (run_dir / missing).unlink()
    with pytest.raises(GamedayError):
        render(run_dir)
    assert not list(run_dir.glob("postmortem*")) + list(run_dir.glob("junit*"))


def test_a_given_case_saves_reading_the_records(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gameday_reports.recorded.verify", lambda _: Seal("intact"))
    plain = {path.name: path.read_bytes() for path in render(run_dir)}
    case = Run(run_dir).case()
    (run_dir / "history.jsonl").unlink()
    assert {path.name: path.read_bytes() for path in render(run_dir, case=case)} == plain


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
KINDS = ("phase", "inject", "heal", "stack", "human", "note", "ledger", "dead_letters", "deliver", "login", "hit")
NAMES = ("phase", "injection", "fault", "target", "params", "act", "text", "system", "entries", "open", "order", "deal",
         "status", "error", "operation")  # fmt: skip


@pytest.mark.slow
@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    derandomize=True,
)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES), VALUES)), max_size=6))
def test_an_edited_history_is_reported_or_refused(run_dir: Path, edits: list[Any]) -> None:
    case = Run(run_dir).case()
    with contextlib.suppress(GamedayError):
        operations = [operation("x", f, value, "ok", 200.0 + n, 1000 + n) for n, (f, value) in enumerate(edits)]
        edited = msgspec.structs.replace(case, history=History([*case.history, *operations]))
        render(run_dir, case=edited)
