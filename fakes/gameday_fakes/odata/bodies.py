"""What the body of a write says, beside its values. No HTTP here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import Navigation

#: How many records a body may have within a record.
MOST_NESTED = 10_000


def linked(navigation: Navigation, parent: Mapping[str, Any]) -> dict[str, Any]:
    """What a record has from the one whose navigation leads to it."""
    return {theirs: parent[own] for own, theirs in zip(navigation.own, navigation.theirs, strict=True)}


def linked_to(navigation: Navigation, other: Mapping[str, Any]) -> dict[str, Any]:
    """What a record has from the one to which its navigation leads."""
    return {own: other[theirs] for own, theirs in zip(navigation.own, navigation.theirs, strict=True)}


def records_within(name: str, value: Any, navigation: Navigation) -> list[dict[str, Any]]:
    """The bodies of records within a body: a list, or ``results`` of version 2; of a single record that one."""
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        value = value["results"]
    if isinstance(value, dict) and not navigation.many:
        return [value]
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value) or not navigation.many:
        raise ODataError("bad_body", f"'{name}' has to be a list of objects.", target=name)
    if len(value) > MOST_NESTED:
        raise ODataError("bad_body", f"'{name}' has more than {MOST_NESTED} records.", target=name)
    return value


def matches(wanted: str, etag: str) -> bool:
    """Whether a list of ETags has one, weak or not."""
    return etag.removeprefix("W/") in (each.strip().removeprefix("W/") for each in wanted[:2000].split(","))
