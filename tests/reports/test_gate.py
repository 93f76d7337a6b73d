"""The gate's result in each form, and that text from outside is never interpreted in any of them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gameday.base.violation import Violation
from gameday.model.gate_rules import help_of
from gameday.model.gate_verdict import GateVerdict, Inputs, Stage, result_of
from gameday_reports.gate import files_of, github_annotations, render_gate
from gameday_reports.gate.sarif import FINGERPRINT, fingerprint
from support.rows import rows

CONTRACT = "contracts/deals.crm.yaml"
HOSTILE = "</failure>]]>&\x1b[31m<script>alert(1)</script> **b** [x](http://y)\n::error::gotcha \u202e%0A"

VIOLATIONS = (
    Violation(
        "replay.order-missing", "error", "order missing in 2 of 9 orders: D-1", CONTRACT, 51, ("D-1", "D-2"), ("ops",)
    ),
    Violation(
        "replay.line-amount-differs", "error", "line amount differs in 1 of 9 orders: D-3", CONTRACT, 60, ("D-3",)
    ),
    Violation("replay.noise", "note", "order.date differs 3 times between two runs of the current stack"),
)


def verdict(*violations: Violation, state: Any = "failed", summary: str = "3 of 9 orders differ") -> GateVerdict:
    stages = (
        Stage("contract diff", "skipped", "no base"),
        Stage("records", "passed", "9 records keep the contract", took_s=0.1),
        Stage("ledgers", state, summary, violations, took_s=12.3),
        *([Stage("smoke deal", "not run", "stopped at ledgers")] if state in ("failed", "inconclusive") else []),
    )
    inputs = Inputs(
        flow="deals",
        seed=7,
        sample=9,
        today="2026-11-24",
        contracts={"candidate": {"version": "2.0.0", "digest": "c0ffee"}},
        stacks={"candidate": {"name": "durable", "version": "1.4.2", "digest": "beef"}},
        records={"name": "records.jsonl", "sha256": "a" * 64, "seen": 1200, "sampled": 9},
    )
    return GateVerdict(
        inputs,
        result_of(stages),
        stages,
        started="2026-11-24T13:00:00+00:00",
        replay="gameday gate --contract deals",
        took_s=12.4,
    )


def sarif(*violations: Violation, **more: Any) -> Any:
    return json.loads(files_of(verdict(*violations, **more))["gate.sarif"])


def test_the_first_stage_that_stops_decides() -> None:
    stages = [Stage("a", "passed", ""), Stage("b", "inconclusive", ""), Stage("c", "not run", "")]
    assert result_of(stages) == "inconclusive"


def test_every_file_is_written(tmp_path: Path) -> None:
    render_gate(verdict(*VIOLATIONS), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {"gate.json", "gate.md", "junit.xml", "gate.sarif"}


def test_gate_json_reads_back_as_the_verdict() -> None:
    written = verdict(*VIOLATIONS)
    assert msgspec.json.decode(files_of(written)["gate.json"], type=GateVerdict) == written


def test_the_pull_request_shows_the_result_first_then_what_failed() -> None:
    lines = [line for line in files_of(verdict(*VIOLATIONS))["gate.md"].splitlines() if line]
    assert lines[0] == "## ❌ durable 1.4.2 under deals 2.0.0 would break the sync"
    assert lines[1] == "**The gate stopped at: ledgers.**"
    assert lines[2].startswith("- order missing in 2 of 9 orders")
    assert lines[3].startswith("- line amount differs")
    assert lines[4] == "| Stage | Result | Finding | Time |"


def test_the_list_of_failures_has_at_most_three_lines() -> None:
    many = [Violation(f"replay.r{n}", "error", f"message {n}") for n in range(9)]
    page = files_of(verdict(*many))["gate.md"]
    failures = page.partition("stopped at")[2].partition("| Stage")[0]
    assert failures.count("\n- ") == 3
    assert "and 7 more" in failures


def test_details_are_folded() -> None:
    page = files_of(verdict(*VIOLATIONS))["gate.md"]
    shown, _, folded = page.partition("<details>")
    assert "D-2" not in shown
    assert "D-2" in folded
    assert page.count("<details>") == page.count("</details>") == 2


@rows(("state", "mark"), [("passed", "✅"), ("failed", "❌"), ("inconclusive", "❔")])
def test_the_mark_shows_the_result(state: str, mark: str) -> None:
    assert files_of(verdict(state=state))["gate.md"].startswith(f"## {mark}")


def test_the_table_of_the_stages_is_a_markdown_table() -> None:
    page = files_of(verdict(*VIOLATIONS, summary=HOSTILE + "|"))["gate.md"]
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    rows = [token for token in tokens if token.type == "tr_open"]
    assert len(rows) == 5 + 6


def test_sarif_names_its_version_and_its_schema() -> None:
    document = sarif(*VIOLATIONS)
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")


def test_sarif_describes_every_rule_once_and_results_point_to_them() -> None:
    run = sarif(*VIOLATIONS, VIOLATIONS[0])["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) == 3
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]


def test_sarif_results_have_what_the_schema_requires() -> None:
    for result in sarif(*VIOLATIONS)["runs"][0]["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        for location in result.get("locations", ()):
            physical = location["physicalLocation"]
            assert physical["artifactLocation"] == {"uri": CONTRACT, "uriBaseId": "%SRCROOT%"}
            assert physical["region"]["startLine"] >= 1


def test_sarif_without_a_path_has_no_location() -> None:
    results = sarif(*VIOLATIONS)["runs"][0]["results"]
    assert ["locations" in result for result in results] == [True, True, False]


def test_sarif_marks_an_inconclusive_gate_as_not_successful() -> None:
    states = {state: sarif(state=state)["runs"][0]["invocations"][0] for state in ("passed", "failed", "inconclusive")}
    assert [(each["executionSuccessful"], each["exitCode"]) for each in states.values()] == [
        (True, 0),
        (True, 1),
        (False, 3),
    ]


def test_a_finding_keeps_its_fingerprint_in_another_sample() -> None:
    first, second = (
        Violation("replay.x", "error", f"total differs in {n} of 500 orders: 006{n} ('{n}')", CONTRACT, n)
        for n in (12, 40)
    )
    assert fingerprint(first) == fingerprint(second)


def test_different_findings_have_different_fingerprints() -> None:
    prints = {fingerprint(violation) for violation in VIOLATIONS}
    assert len(prints) == len(VIOLATIONS)
    results = sarif(*VIOLATIONS)["runs"][0]["results"]
    assert {result["partialFingerprints"][FINGERPRINT] for result in results} == prints


def test_a_path_with_a_blank_is_a_uri() -> None:
    violation = Violation("contract.x", "error", "m", "my contracts/ü.yaml", 3)
    uri = sarif(violation)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "my%20contracts/%C3%BC.yaml"


def test_junit_has_a_case_for_each_stage_and_skips_only_what_did_not_run() -> None:
    suite = ET.fromstring(files_of(verdict(*VIOLATIONS))["junit.xml"])[0]  # noqa: S314 - our own
    cases = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert cases == {"contract diff": ["skipped"], "records": [], "ledgers": ["failure"], "smoke deal": ["skipped"]}
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("1", "0", "2")


def test_an_inconclusive_stage_is_an_error_in_junit() -> None:
    suite = ET.fromstring(files_of(verdict(state="inconclusive"))["junit.xml"])[0]  # noqa: S314 - our own
    assert (suite.get("failures"), suite.get("errors")) == ("0", "1")


def test_junit_shows_hostile_text_literally() -> None:
    hostile = Violation("replay.x", "error", HOSTILE, HOSTILE, 3, (HOSTILE,), (HOSTILE,))
    root = ET.fromstring(files_of(verdict(hostile, summary=HOSTILE))["junit.xml"])  # noqa: S314 - our own
    assert len(list(root.iter("failure"))) == 1


def test_an_annotation_names_file_line_and_rule() -> None:
    first = github_annotations(verdict(*VIOLATIONS)).splitlines()[0]
    assert first == (
        f"::error file={CONTRACT},line=51,title=gameday replay.order-missing::order missing in 2 of 9 orders: D-1"
    )


def test_notes_are_notices_and_the_last_line_is_the_result() -> None:
    lines = github_annotations(verdict(*VIOLATIONS)).splitlines()
    assert lines[2].startswith("::notice title=gameday replay.noise::")
    assert lines[3] == "::error title=gameday gate%3A deals failed::ledgers: 3 of 9 orders differ"


def test_at_most_ten_errors_are_shown() -> None:
    many = [Violation(f"replay.r{n}", "error", f"message {n}") for n in range(30)]
    assert len(github_annotations(verdict(*many)).splitlines()) == 11


@given(st.text(), st.text(min_size=1))
def test_nothing_in_a_violation_becomes_a_command(message: str, path: str) -> None:
    violation = Violation("replay.x", "error", message, path, 3)
    lines = github_annotations(verdict(violation, summary="none")).split("\n")
    assert len(lines) == 3
    command, _, rest = lines[0].removeprefix("::error ").partition("::")
    assert [pair.partition("=")[0] for pair in command.split(",")] == ["file", "line", "title"]
    assert "\r" not in rest


def test_hostile_text_in_an_annotation_stays_on_its_line() -> None:
    annotations = github_annotations(verdict(Violation("replay.x", "error", HOSTILE)))
    assert [line[:8] for line in annotations.splitlines()] == ["::error ", "::error "]
    assert "%250A" in annotations


@rows("rule", ["contract.field-removed", "record.out-of-range", "replay.order-missing", "other"])
def test_every_rule_has_help(rule: str) -> None:
    texts = help_of(rule)
    assert texts.short
    assert texts.help.endswith(".")
