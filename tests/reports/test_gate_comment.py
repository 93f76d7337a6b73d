"""The comment on a review: every flow, and what is new and fixed since the last gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.base.violation import Violation
from gameday.commands.gate_baseline import read_baseline, without_known, write_baseline
from gameday.model.gate_verdict import GateVerdict, Inputs, Stage, result_of
from gameday_reports.gate.comment import Judged, comment, difference
from support.rows import rows

RENAMED = Violation("contract.renamed", "error", "Amount is renamed", "contracts/deals.crm.yaml", 7)
LOOSE = Violation("contract.loose", "warning", "Name has no limit; 12 of 40 are long", "contracts/deals.crm.yaml", 9)


def verdict(*violations: Violation, flow: str = "deals", later: str = "passed") -> GateVerdict:
    failed = any(each.level == "error" for each in violations)
    stages = (
        Stage("contract diff", "failed" if failed else "passed", "done", violations),
        Stage("records", "not run" if failed else later, "done"),  # type: ignore[arg-type]
    )
    return GateVerdict(Inputs(flow, 1, 1, "2026-01-01"), result_of(stages), stages)


def test_the_comment_begins_with_the_mark_by_which_it_is_found() -> None:
    assert comment([Judged(verdict())], {}).splitlines()[0] == "<!-- gameday gate -->"


def test_one_failed_flow_fails_the_whole_change() -> None:
    text = comment([Judged(verdict()), Judged(verdict(RENAMED, flow="renewals"))], {})
    assert "❌ The gate failed" in text
    assert "| deals | passed |" in text
    assert "| renewals | failed | contract diff |" in text


def test_what_is_new_and_what_is_fixed_is_said() -> None:
    text = comment([Judged(verdict(LOOSE), verdict(RENAMED))], {})
    assert "1 new, 1 fixed, 0 as before" in text
    assert "- New warning at contracts/deals.crm.yaml:9: Name has no limit" in text
    assert "- Fixed error: Amount is renamed" in text


def test_a_finding_with_other_figures_and_lines_is_the_same() -> None:
    moved = Violation(LOOSE.rule, "warning", "Name has no limit; 13 of 50 are long", LOOSE.path, 11)
    new, fixed, known = difference(verdict(moved), verdict(LOOSE))
    assert (new, fixed, known) == ([], [], [moved])


def test_a_stage_that_did_not_run_has_fixed_nothing() -> None:
    stages = (Stage("contract diff", "passed", "done"), Stage("records", "failed", "done", (LOOSE,)))
    last = GateVerdict(Inputs("deals", 1, 1, "2026-01-01"), "failed", stages)
    assert difference(verdict(RENAMED), last)[1] == []


def test_a_removed_flow_that_is_not_signed_off_fails() -> None:
    missing = Violation("sign-off.missing", "error", "source has not signed")
    text = comment([], {"refunds": (missing,)})
    assert "❌" in text
    assert "- source has not signed" in text


def test_a_change_of_no_flow_passes_and_says_so() -> None:
    assert "The change touches no flow" in comment([], {})


def test_a_flow_with_a_hostile_name_is_escaped() -> None:
    assert "<script>" not in comment([Judged(verdict(flow="<script>alert(1)</script>"), touched="|<b>")], {})


def test_a_baseline_makes_known_warnings_notes(tmp_path: Path) -> None:
    write_baseline(tmp_path / "baseline.json", [verdict(LOOSE, RENAMED)])
    known = read_baseline(tmp_path / "baseline.json")
    stage = without_known(verdict(LOOSE, RENAMED).stages[0], known)
    assert [(each.rule, each.level) for each in stage.violations] == [
        ("contract.loose", "note"),
        ("contract.renamed", "error"),
    ]


def test_a_baseline_that_is_written_anew_keeps_what_was_known(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [verdict(LOOSE)])
    first = read_baseline(path)
    stage = without_known(verdict(LOOSE).stages[0], first)
    write_baseline(path, [GateVerdict(Inputs("deals", 1, 1, "2026-01-01"), "passed", (stage,))])
    assert read_baseline(path) == first


@rows("content", [b"{}", b"[1]", b"not json"])
def test_what_is_no_baseline_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(content)
    with pytest.raises(GamedayError, match="is not a baseline"):
        read_baseline(path)
