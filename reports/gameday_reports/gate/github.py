"""Annotations for a workflow's log: what GitHub shows at the line of the contract.

Source: GitHub Docs, "Workflow commands for GitHub Actions": ``::error file=,line=,title=::message``; in the message
``%``, CR and LF are escaped, in a property ``:`` and ``,`` too.
"""

from __future__ import annotations

from collections.abc import Iterator

from gameday.gate_verdict import GateVerdict
from gameday.violation import Violation
from gameday_reports.wire import one_line, visible

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
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
    command = {"valid": "notice", "invalid": "error", "unknown": "warning"}[verdict.validity]
    told = f"{stopped.name}: {stopped.summary}" if stopped else "every stage has passed"
    title = f"gameday gate: {verdict.inputs.flow} is {verdict.validity}"
    yield f"::{command} title={_property(title)}::{_data(told)}"


def _annotation(violation: Violation) -> str:
    properties = {
        "file": violation.path,
        "line": str(violation.line) if violation.path and violation.line else "",
        "title": f"gameday {violation.rule}",
    }
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{_COMMANDS[violation.level]} {told}::{_data(violation.message)}"


def _data(text: str) -> str:
    # A line of its own that begins with :: would be a command of whoever wrote it.
    return visible(one_line(text)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
