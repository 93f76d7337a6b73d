"""Violations as lines for people and for machines: text, JSON, and the workflow commands that GitHub annotates by."""

from __future__ import annotations

from collections.abc import Iterable

from gameday.violation import Level, Violation

#: GitHub's names of the levels (docs.github.com, "Workflow commands for GitHub Actions").
_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}
_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


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
    properties = {"file": violation.path, "line": str(violation.line or ""), "title": violation.rule}
    told = ",".join(f"{name}={_escaped(value, _IN_PROPERTY)}" for name, value in properties.items() if value)
    return f"::{_COMMANDS[violation.level]} {told}::{_escaped(violation.message, _IN_MESSAGE)}"


def _escaped(text: str, characters: dict[str, str]) -> str:
    return "".join(characters.get(character, character) for character in text)


def has_error(violations: Iterable[Violation]) -> bool:
    """Whether any of them stops a deploy."""
    return any(violation.level == "error" for violation in violations)
