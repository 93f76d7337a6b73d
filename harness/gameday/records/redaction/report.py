"""What a redaction did, in numbers and field names, never values."""

from __future__ import annotations

import re
from collections import Counter

import msgspec

#: An undeclared name is shown only if it looks like a field's and so many records have it: keys can be data, too.
SHOWN_FROM = 3
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_REMEMBERED = 1000


class RedactionReport(msgspec.Struct):
    """``fields``: each field of the contract and what is done with it. The others count values, by physical name.

    ``misfits``: values of kept fields without the declared type, which were redacted for that reason. ``unhidden``:
    values of redacted fields with no other value of their form (0, or only punctuation) or too few (a boolean).
    ``dropped``: fields that the contract does not know, by the name of their parent; ``dropped_names``: those that
    look like names of fields.
    """

    fields: dict[str, str] = {}
    misfits: Counter[str] = msgspec.field(default_factory=Counter)
    unhidden: Counter[str] = msgspec.field(default_factory=Counter)
    dropped: Counter[str] = msgspec.field(default_factory=Counter)
    dropped_names: Counter[str] = msgspec.field(default_factory=Counter)

    def drop(self, parent: str, name: str) -> None:
        """Count a field that the contract does not know."""
        self.dropped[parent or "the record"] += 1
        full = f"{parent}.{name}" if parent else name
        if _NAME.fullmatch(name) and (full in self.dropped_names or len(self.dropped_names) < _REMEMBERED):
            self.dropped_names[full] += 1

    def shown_names(self) -> list[str]:
        """The undeclared names that may be shown."""
        return sorted(name for name, count in self.dropped_names.items() if count >= SHOWN_FROM)
