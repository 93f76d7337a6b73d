"""The ignore list: differences between two ledgers that were accepted, each with a reason and an expiry date.

    - path: line.amount
      reason: the new tax engine rounds by line; agreed with finance
      owner: finance-operations
      expires: 2027-01-31

An entry that has expired ignores nothing and is a violation, so that no entry hides the next bug for ever.
"""

from __future__ import annotations

import datetime
import hashlib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import msgspec
import yaml
from msgspec import Meta

from gameday.base.bounded_yaml import read_yaml, read_yaml_nodes
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown
from gameday.base.violation import Violation

#: Every path of a difference between two ledgers.
PATHS = (
    *("order", "order.key", "order.customer", "order.currency", "order.status", "order.date", "order.total"),
    *("line", "line.quantity", "line.price", "line.discount", "line.tax", "line.amount"),
    *("invoice", "invoice.customer", "invoice.currency", "invoice.date", "invoice.period", "invoice.total"),
    *("invoice.line", "invoice.line.quantity", "invoice.line.price", "invoice.line.discount", "invoice.line.tax"),
    "invoice.line.amount",
)

#: What the path of a further field begins with; the vendor's name follows: ``order.field.custbody_region``.
FURTHER = ("order.field.", "line.field.", "invoice.field.", "invoice.line.field.", "customer.field.")

_Text = Annotated[str, Meta(min_length=1, max_length=500)]


class Ignored(msgspec.Struct, frozen=True):
    """One entry: a path of PATHS (``*`` matches any part), the reason, the owner, and its last day."""

    path: _Text
    reason: _Text
    owner: _Text
    expires: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d\Z")]
    line: int = 0

    def covers(self, path: str) -> bool:
        """Whether the entry covers a difference at this path."""
        return fnmatchcase(path, self.path)


class IgnoreList(msgspec.Struct, frozen=True):
    """The entries in force, those that have expired, and the hash of the file; empty without one."""

    path: str = ""
    digest: str = ""
    entries: tuple[Ignored, ...] = ()
    expired: tuple[Ignored, ...] = ()

    def find(self, path: str) -> Ignored | None:
        """The entry in force that covers a path."""
        return next((entry for entry in self.entries if entry.covers(path)), None)

    def violations(self) -> tuple[Violation, ...]:
        """One for each entry that has expired."""
        return tuple(
            Violation(
                rule="gate.ignore-expired",
                level="error",
                message=f"the ignored path {entry.path!r} expired on {entry.expires}: fix what it hides, or renew it",
                path=self.path,
                line=entry.line,
                owners=(entry.owner,),
            )
            for entry in self.expired
        )


def read_ignore_list(path: Path | None, today: datetime.date) -> IgnoreList:
    """Read the file. An entry is in force through its last day. Raises GamedayError with file, line and bad value."""
    if path is None:
        return IgnoreList()
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise GamedayError(f"cannot read the ignore list {path}: {problem.strerror}") from None
    document = read_yaml(data, where=str(path), what="an ignore list")
    if not isinstance(document, list | None):
        raise GamedayError(f"{path} is {shown(document)}, not a list", hint="of entries: path, reason, owner, expires")
    lines = _lines(data, str(path))
    entries = [_entry(each, line, path) for each, line in zip(document or (), lines, strict=True)]
    expired = [entry for entry in entries if datetime.date.fromisoformat(entry.expires) < today]
    return IgnoreList(
        path=str(path),
        digest=hashlib.sha256(data).hexdigest(),
        entries=tuple(entry for entry in entries if entry not in expired),
        expired=tuple(expired),
    )


def _entry(table: object, line: int, path: Path) -> Ignored:
    where = f"{path}:{line}"
    if isinstance(table, dict) and "line" in table:
        raise unknown("key", "line", ("path", "reason", "owner", "expires"), where=where)
    entry = msgspec.structs.replace(read_table(Ignored, table, where=where), line=line)
    if not entry.path.startswith(FURTHER) and not any(entry.covers(known) for known in PATHS):
        raise unknown(
            "path", entry.path[:80], PATHS, where=where, hint="* matches any part; order.field.NAME is a further field"
        )
    try:
        datetime.date.fromisoformat(entry.expires)
    except ValueError:
        raise GamedayError(f"{where}: expires: {entry.expires!r} is not a date", hint="write YYYY-MM-DD") from None
    return entry


def _lines(data: bytes, where: str) -> list[int]:
    """The line of each entry of a document that is known to be valid."""
    node = read_yaml_nodes(data, where=where, what="an ignore list")
    return [item.start_mark.line + 1 for item in node.value] if isinstance(node, yaml.SequenceNode) else []
