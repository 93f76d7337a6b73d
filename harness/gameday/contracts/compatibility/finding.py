"""A finding about a part of a contract."""

from __future__ import annotations

from gameday.contracts.compatibility.document import Where
from gameday.base.violation import Level, Violation


def finding(rule: str, where: Where, message: str, level: Level = "error") -> Violation:
    """The violation ``contract.<rule>`` at a part of a contract."""
    return Violation(f"contract.{rule}", level, message, where.source.path, where.line)
