"""The gate's result as plain values for the templates."""

from __future__ import annotations

from typing import Any

from gameday.base.violation import LEVELS, Violation
from gameday.model.gate_verdict import GateVerdict, Stage

#: How many orders and violations a page lists; gate.json has them all.
NAMED_ORDERS = 20
NAMED_VIOLATIONS = 50
#: How many lines the list of failures has at most.
LINES = 3


def markdown_context(verdict: GateVerdict) -> dict[str, Any]:
    """The result first, then what failed, then the stages; details are folded."""
    stopped = verdict.stopped_at
    return {
        "flow": verdict.inputs.flow,
        "headline": _headline(verdict),
        "result": verdict.result,
        "stopped": stopped.name if stopped else "",
        "failures": failures(stopped) if stopped else [],
        "stages": [_stage(stage) for stage in verdict.stages],
        "folded": [_folded(stage) for stage in verdict.stages if stage.violations],
        "inputs": _inputs(verdict),
        "replay": verdict.replay,
    }


def _headline(verdict: GateVerdict) -> str:
    candidate = _subject(verdict)
    return {
        "passed": f"{candidate} can be deployed",
        "failed": f"{candidate} would break the sync",
        "inconclusive": f"the gate could not judge {candidate}",
    }[verdict.result]


def _subject(verdict: GateVerdict) -> str:
    stack = verdict.inputs.stacks.get("candidate", {})
    contract = verdict.inputs.contracts.get("candidate", {})
    named = f"{stack.get('name', 'the stack')} {stack.get('version', '')}".strip()
    return f"{named} under {verdict.inputs.flow} {contract.get('version', '')}".strip()


def failures(stage: Stage) -> list[str]:
    """What failed, in at most three lines: the most severe first, then how many more there are."""
    ranked = sorted(stage.violations, key=lambda violation: LEVELS.index(violation.level))
    errors = [violation for violation in ranked if violation.level == "error"] or ranked
    lines = [violation.message for violation in errors[:LINES]] or [stage.summary]
    if len(errors) > LINES:
        lines[-1:] = [f"and {len(errors) - LINES + 1:,} more"]
    return lines


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "state": stage.state,
        "summary": stage.summary,
        "took": f"{stage.took_s:.1f} s" if stage.state not in ("skipped", "not run") else "",
    }


def _folded(stage: Stage) -> dict[str, Any]:
    ranked = sorted(stage.violations, key=lambda violation: LEVELS.index(violation.level))
    return {
        "name": stage.name,
        "count": len(ranked),
        "violations": [_violation(violation) for violation in ranked[:NAMED_VIOLATIONS]],
        "left_out": max(0, len(ranked) - NAMED_VIOLATIONS),
    }


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "level": violation.level,
        "rule": violation.rule,
        "message": violation.message,
        "place": place(violation),
        "orders": list(violation.orders[:NAMED_ORDERS]),
        "left_out": max(0, len(violation.orders) - NAMED_ORDERS),
        "owners": list(violation.owners),
    }


def place(violation: Violation) -> str:
    """``file:line``, or only the file if the line is unknown."""
    return f"{violation.path}:{violation.line}" if violation.path and violation.line else violation.path


def _inputs(verdict: GateVerdict) -> list[tuple[str, str]]:
    """The inputs of the gate, each with its hash."""
    inputs = verdict.inputs
    rows = [(f"contract, {role}", f"{c.get('version')} ({c.get('digest')})") for role, c in inputs.contracts.items()]
    rows += [(f"stack, {role}", f"{s.get('name')} {s.get('version', '')}".strip()) for role, s in inputs.stacks.items()]
    if inputs.records:
        records = inputs.records
        sampled = f"{records.get('sampled', 0):,} of {records.get('seen', 0):,}"
        rows.append(("records", f"{records.get('name')}: {sampled} ({str(records.get('sha256', ''))[:16]})"))
    if verdict.network:
        rows.append(("network", verdict.network))
    rows += [("tried", host) for host in verdict.tried]
    rows += [("seed", str(inputs.seed)), ("as of", inputs.today)]
    if inputs.ignore:
        rows.append(("ignore list", inputs.ignore[:16]))
    return rows


def junit_context(verdict: GateVerdict) -> dict[str, Any]:
    """A suite of the stages: an inconclusive one is an error, one that did not run is skipped."""
    cases = [
        {
            "name": stage.name,
            "state": stage.state,
            "summary": stage.summary,
            "real_s": f"{stage.took_s:.3f}",
            "violations": [_violation(each) for each in stage.violations[:NAMED_VIOLATIONS]],
            "left_out": max(0, len(stage.violations) - NAMED_VIOLATIONS),
        }
        for stage in verdict.stages
    ]
    return {
        "suite": f"gate: {_subject(verdict)}",
        "started": verdict.started,
        "real_s": f"{verdict.took_s:.3f}",
        "failures": sum(1 for case in cases if case["state"] == "failed"),
        "errors": sum(1 for case in cases if case["state"] == "inconclusive"),
        "skipped": sum(1 for case in cases if case["state"] in ("skipped", "not run")),
        "properties": {"result": verdict.result, "replay": verdict.replay, **dict(_inputs(verdict))},
        "cases": cases,
    }
