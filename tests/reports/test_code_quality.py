"""The gate's findings as a GitLab report."""

from __future__ import annotations

import json
from typing import Any

from gameday.base.violation import Violation
from gameday.model.gate_verdict import GateVerdict, Inputs, Stage
from gameday_reports.gate.code_quality import ELSEWHERE, code_quality


def report(*violations: Violation) -> list[dict[str, Any]]:
    stage = Stage("records", "failed", "", violations)
    entries: list[dict[str, Any]] = json.loads(
        code_quality(GateVerdict(Inputs("f", 1, 1, "2026-01-01"), "failed", (stage,)))
    )
    return entries


def test_a_finding_has_its_line() -> None:
    (entry,) = report(Violation("record.missing-field", "error", "Amount is missing", "c/mine.crm.yaml", 12))
    assert entry["location"] == {"path": "c/mine.crm.yaml", "lines": {"begin": 12}}
    assert (entry["check_name"], entry["severity"]) == ("record.missing-field", "critical")


def test_a_finding_without_a_file_still_has_a_path() -> None:
    (entry,) = report(Violation("replay.order-missing", "error", "1 order is missing"))
    assert entry["location"] == {"path": ELSEWHERE, "lines": {"begin": 1}}


def test_fingerprints_are_unique() -> None:
    twice = Violation("record.missing-field", "warning", "Amount is missing", "a", 1)
    assert len({entry["fingerprint"] for entry in report(twice, twice, twice)}) == 3


def test_a_finding_keeps_its_fingerprint_when_its_line_moves() -> None:
    first, moved = (report(Violation("contract.type", "error", "was 3", "a", line)) for line in (1, 2))
    assert first[0]["fingerprint"] == moved[0]["fingerprint"]


def test_without_findings_the_report_is_empty() -> None:
    assert report() == []
