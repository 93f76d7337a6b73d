"""Annotations for a workflow's log, which GitHub shows at the line of the contract."""

from __future__ import annotations

from collections.abc import Iterator

from gameday.base.violation import Violation
from gameday.base.workflow_command import COMMANDS, Command, workflow_command
from gameday.model.gate_verdict import GateVerdict
from gameday_reports.wire import one_line, visible

#: GitHub shows ten annotations of a level for each step; the most severe come first.
MOST = 10
_ENDED = {"passed": "passed", "failed": "failed", "inconclusive": "is inconclusive"}


def github_annotations(verdict: GateVerdict) -> str:
    """One line for each violation, errors first, and a last one with the result."""
    return "".join(f"{line}\n" for line in _lines(verdict))


def _lines(verdict: GateVerdict) -> Iterator[str]:
    for level in ("error", "warning", "note"):
        of_level = [violation for violation in verdict.violations if violation.level == level]
        yield from map(_annotation, of_level[:MOST])
    stopped = verdict.stopped_at
    commands: dict[str, Command] = {"passed": "notice", "failed": "error", "inconclusive": "warning"}
    message = f"{stopped.name}: {stopped.summary}" if stopped else "every stage passed"
    title = f"gameday gate: {verdict.inputs.flow} {_ENDED[verdict.result]}"
    yield workflow_command(commands[verdict.result], _line(message), title=_line(title))


def _annotation(violation: Violation) -> str:
    return workflow_command(
        COMMANDS[violation.level],
        _line(violation.message),
        file=_line(violation.path) if violation.path else None,
        line=str(violation.line) if violation.path and violation.line else None,
        title=_line(f"gameday {violation.rule}"),
    )


def _line(text: str) -> str:
    # A separate line that begins with :: would be run as a command of the text's author.
    return visible(one_line(text))
