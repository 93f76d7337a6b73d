"""What a redaction did, in numbers and field names: it never holds a value."""

from __future__ import annotations

import re
from collections import Counter

import msgspec

#: An undeclared name is told only if it looks like a field's and that many records have it: keys can be data, too.
TOLD_FROM = 3
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_REMEMBERED = 1000


class RedactionReport(msgspec.Struct):
    """``fields``: each field of the contract and what is done with it. The others count values, by physical name.

    ``misfits``: values of kept fields that are not what the contract says, and were redacted for that. ``unhidden``:
    values of redacted fields that have no other of their form (nought, a text of nothing but punctuation) or too few
    (a boolean). ``dropped``: fields that the contract does not know, by the name of their parent; ``dropped_names``
    those of them that look like a field's.
    """

    fields: dict[str, str] = {}
    misfits: Counter[str] = msgspec.field(default_factory=Counter)
    unhidden: Counter[str] = msgspec.field(default_factory=Counter)
    dropped: Counter[str] = msgspec.field(default_factory=Counter)
    dropped_names: Counter[str] = msgspec.field(default_factory=Counter)

    def drop(self, parent: str, name: str) -> None:
        """Note a field that the contract does not know."""
        self.dropped[parent or "the record"] += 1
        full = f"{parent}.{name}" if parent else name
        if _NAME.fullmatch(name) and (full in self.dropped_names or len(self.dropped_names) < _REMEMBERED):
            self.dropped_names[full] += 1

    def told_names(self) -> list[str]:
        """The undeclared names that are told."""
        return sorted(name for name, count in self.dropped_names.items() if count >= TOLD_FROM)
