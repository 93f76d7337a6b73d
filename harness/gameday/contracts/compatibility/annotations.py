"""Violations as lines for people and for machines: text, JSON, and the workflow commands that GitHub annotates by."""

from __future__ import annotations

from collections.abc import Iterable

from gameday.base.violation import Violation
from gameday.base.workflow_command import COMMANDS, workflow_command


def text_line(violation: Violation) -> str:
    """A violation on one line, led by its place as compilers write it.

    >>> text_line(Violation("contract.no-key", "warning", "there is no key", "a.crm.yaml", 3))
    'a.crm.yaml:3: warning: there is no key [contract.no-key]'
    """
    place = f"{violation.path}:{violation.line}: " if violation.path and violation.line else ""
    place = place or (f"{violation.path}: " if violation.path else "")
    return f"{place}{violation.level}: {violation.message} [{violation.rule}]"


def github_line(violation: Violation) -> str:
    """A violation as a workflow command.

    >>> github_line(Violation("contract.no-key", "note", "50% of it: none", "a,b.yaml", 3))
    '::notice file=a%2Cb.yaml,line=3,title=contract.no-key::50%25 of it: none'
    """
    command, line = COMMANDS[violation.level], str(violation.line) if violation.line else None
    return workflow_command(command, violation.message, file=violation.path or None, line=line, title=violation.rule)


def has_error(violations: Iterable[Violation]) -> bool:
    """Whether any of them stops a deploy."""
    return any(violation.level == "error" for violation in violations)
