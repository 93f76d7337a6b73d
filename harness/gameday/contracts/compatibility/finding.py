"""Makes violations for parts of a contract."""

from __future__ import annotations

from gameday.base.violation import Level, Violation
from gameday.contracts.compatibility.document import Where


def finding(rule: str, where: Where, message: str, level: Level = "error") -> Violation:
    """The violation ``contract.<rule>`` at a part of a contract."""
    return Violation(f"contract.{rule}", level, message, where.source.path, where.line)
