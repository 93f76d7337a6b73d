"""A record, and what happens to one."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

What = Literal["creation", "deletion", "restore", "propertyChange", "merge", "associationChange"]


class Record(msgspec.Struct, gc=False):
    """One record: its properties as texts, without those that are empty.

    ``root`` is the id under which it first was known: merging gives a record another id. ``cached`` is its JSON for
    the properties ``cached_for``.
    """

    object: str
    id: str
    properties: dict[str, str]
    created_ms: int
    updated_ms: int
    root: str
    archived_ms: int = 0
    cached: bytes = b""
    cached_for: Any = None


class Happened(msgspec.Struct, frozen=True):
    """One thing that has happened to a record, as a webhook tells of it; ``source`` did it, ``more`` are members."""

    what: What
    record: Record
    name: str = ""
    value: str = ""
    more: dict[str, Any] = {}
    source: str = "CRM_UI"
