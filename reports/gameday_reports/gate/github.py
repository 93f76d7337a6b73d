"""Annotations for a workflow's log: what GitHub shows at the line of the contract."""

from __future__ import annotations

from collections.abc import Iterator

from gameday.base.violation import Violation
from gameday.base.workflow_command import COMMANDS, Command, workflow_command
from gameday.model.gate_verdict import GateVerdict
from gameday_reports.wire import one_line, visible

#: GitHub shows ten of a kind for each step; the gravest come first.
MOST = 10


def github_annotations(verdict: GateVerdict) -> str:
    """One line for each violation, the errors first, and one that says what it comes to."""
    return "".join(f"{line}\n" for line in _lines(verdict))


def _lines(verdict: GateVerdict) -> Iterator[str]:
    for level in ("error", "warning", "note"):
        found = [violation for violation in verdict.violations if violation.level == level]
        yield from map(_annotation, found[:MOST])
    stopped = verdict.stopped_at
    commands: dict[str, Command] = {"passed": "notice", "failed": "error", "inconclusive": "warning"}
    told = f"{stopped.name}: {stopped.summary}" if stopped else "every stage has passed"
    title = f"gameday gate: {verdict.inputs.flow} is {verdict.result}"
    yield workflow_command(commands[verdict.result], _line(told), title=_line(title))


def _annotation(violation: Violation) -> str:
    return workflow_command(
        COMMANDS[violation.level],
        _line(violation.message),
        file=_line(violation.path) if violation.path else None,
        line=str(violation.line) if violation.path and violation.line else None,
        title=_line(f"gameday {violation.rule}"),
    )


def _line(text: str) -> str:
    # A line of its own that begins with :: would be a command of whoever wrote it.
    return visible(one_line(text))
