"""The gates of a change as one comment for its review, to be replaced by the next one: what is new, what is fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gameday.base.violation import Violation
from gameday.model.gate_verdict import GateVerdict
from gameday_reports.environment import fill
from gameday_reports.gate.context import failures, place
from gameday_reports.gate.sarif import fingerprint

#: How many findings of a kind the comment shows for a flow.
SHOWN = 10


class Judged(msgspec.Struct, frozen=True):
    """The gate of a flow: its verdict, that of the last gate if there was one, and the file by which it is touched."""

    verdict: GateVerdict
    last: GateVerdict | None = None
    touched: str = ""


def comment(gates: Sequence[Judged], removed: Mapping[str, Sequence[Violation]]) -> str:
    """``comment.md``. Its first line is a mark by which a job finds the comment that it replaces; pure.

    ``removed`` are the flows whose contracts are gone, with what is wrong with that.
    """
    results = [judged.verdict.result for judged in gates]
    results += ["failed" for found in removed.values() if any(each.level == "error" for each in found)]
    result = next((each for each in ("failed", "inconclusive") if each in results), "passed")
    context = {
        "result": result,
        "flows": [_flow(judged) for judged in gates],
        "removed": [
            {"name": name, "findings": [each.message for each in found][:SHOWN]} for name, found in removed.items()
        ],
    }
    return fill("gate/templates/comment.md.jinja", context)


def _flow(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    new, fixed, known = difference(verdict, judged.last)
    stopped = verdict.stopped_at
    return {
        "name": verdict.inputs.flow,
        "result": verdict.result,
        "stopped": stopped.name if stopped else "",
        "failures": failures(stopped) if stopped else [],
        "touched": judged.touched,
        "compared": judged.last is not None,
        "last": judged.last.result if judged.last else "",
        "new": [_line(each) for each in new[:SHOWN]],
        "fixed": [_line(each) for each in fixed[:SHOWN]],
        "counts": (len(new), len(fixed), len(known)),
    }


def difference(
    verdict: GateVerdict, last: GateVerdict | None
) -> tuple[list[Violation], list[Violation], list[Violation]]:
    """The findings that are new since the last gate, those that are gone, and those that were there before.

    A stage that did not run this time has fixed nothing, so what only it could find is not called fixed.
    """
    before = {fingerprint(each): each for each in last.violations} if last else {}
    now = {fingerprint(each): each for each in verdict.violations}
    ran = {stage.name for stage in verdict.stages if stage.state in ("passed", "failed")}
    of_stage = {fingerprint(each): stage.name for stage in (last.stages if last else ()) for each in stage.violations}
    new = [each for mark, each in now.items() if mark not in before]
    fixed = [each for mark, each in before.items() if mark not in now and of_stage[mark] in ran]
    return new, fixed, [each for mark, each in now.items() if mark in before]


def _line(violation: Violation) -> dict[str, str]:
    return {"level": violation.level, "message": violation.message, "place": place(violation)}
