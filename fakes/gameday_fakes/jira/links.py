"""Links between issues, without HTTP."""

from __future__ import annotations

from typing import Any

import msgspec

#: The kinds of links of a new site.
LINK_TYPES = (
    {"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
    {"id": "10001", "name": "Cloners", "inward": "is cloned by", "outward": "clones"},
    {"id": "10002", "name": "Duplicate", "inward": "is duplicated by", "outward": "duplicates"},
    {"id": "10003", "name": "Relates", "inward": "relates to", "outward": "relates to"},
)


class Link(msgspec.Struct):
    """One link; ``inward`` and ``outward`` are keys of issues."""

    id: str
    type: dict[str, str]
    inward: str
    outward: str


class Links:
    """All links."""

    def __init__(self) -> None:
        self._created = 0
        self.by_id: dict[str, Link] = {}

    def add(self, kind: dict[str, str], inward: str, outward: str) -> Link:
        """Link two issues; the same link again is the one that there is."""
        same = (kind, inward, outward)
        known = next((link for link in self.by_id.values() if (link.type, link.inward, link.outward) == same), None)
        if known is None:
            self._created += 1
            known = Link(str(10000 + self._created), kind, inward, outward)
            self.by_id[known.id] = known
        return known

    def of(self, key: str) -> list[dict[str, Any]]:
        """The links of an issue, as its field ``issuelinks`` has them without the other issue's fields."""
        return [
            {"id": link.id, "type": link.type, side: {"key": other}}
            for link in self.by_id.values()
            for mine, side, other in (
                (link.outward, "inwardIssue", link.inward),
                (link.inward, "outwardIssue", link.outward),
            )
            if mine == key
        ]

    def forget(self, key: str) -> None:
        """Take away the links of an issue that is deleted."""
        self.by_id = {number: link for number, link in self.by_id.items() if key not in (link.inward, link.outward)}


def link_type(given: Any) -> dict[str, str] | None:
    """The kind of ``{id}`` or ``{name}``, by its name in any case, or None."""
    if not isinstance(given, dict):
        return None
    name = str(given.get("name", "")).casefold()
    return next((kind for kind in LINK_TYPES if given.get("id") == kind["id"] or name == kind["name"].casefold()), None)
