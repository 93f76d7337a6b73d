"""Resource paths below a service's root, such as ``salesOrders(1)/salesOrderLines/$count``.

Source: "OData Version 4.01. Part 2: URL Conventions", section 4 "Resource Path"; version 2 writes ``$links`` where
version 4 writes ``$ref``.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import unquote

import msgspec

from gameday_fakes.odata import values
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import Value
from gameday_fakes.odata.model import EntitySet, Navigation, Operation, Schema
from gameday_fakes.odata.options import split
from gameday_fakes.odata.parser import parse
from gameday_fakes.odata.records import Key

Kind = Literal[
    "service", "metadata", "batch", "collection", "entity", "property", "value", "count", "links", "operation"
]
#: How many segments a path may have, and how long one may be.
MOST_SEGMENTS, LONGEST_SEGMENT = 12, 1000


class Step(msgspec.Struct, frozen=True):
    """One step: to an entity set, or by a navigation from the record before; ``key`` says which record.

    ``alternate`` are the properties of the key if it is not the primary one.
    """

    of: EntitySet
    key: Key | None = None
    navigation: Navigation | None = None
    alternate: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The properties whose values the key has."""
        return self.alternate or self.of.key

    @property
    def is_one(self) -> bool:
        """Whether it leads to one record."""
        return self.key is not None or (self.navigation is not None and not self.navigation.many)


class Resource(msgspec.Struct, frozen=True):
    """What a path means: the steps to a record or to records, and what of them is asked for."""

    kind: Kind
    steps: tuple[Step, ...] = ()
    name: str = ""
    operation: Operation | None = None

    @property
    def of(self) -> EntitySet:
        """The entity set at its end. Only for a path that leads to records."""
        return self.steps[-1].of


def parse_path(path: str, schema: Schema) -> Resource:
    """What a percent-encoded path means. Raises ODataError."""
    segments = [unquote(each) for each in path.strip("/").split("/")] if path.strip("/") else []
    if len(segments) > MOST_SEGMENTS or any(len(each) > LONGEST_SEGMENT for each in segments):
        raise ODataError("bad_url", "The resource path is too long.")
    if not segments:
        return Resource("service")
    if segments == ["$metadata"]:
        return Resource("metadata")
    if segments == ["$batch"]:
        return Resource("batch")
    steps: list[Step] = []
    for place, segment in enumerate(segments):
        rest = segments[place:]
        if steps and steps[-1].is_one and (called := steps[-1].of.called(segment)) is not None:
            return _property(steps, rest, called.name)
        end = _end(steps, rest, schema)
        if end is not None:
            return end
        steps.append(_step(steps, segment, schema))
    return Resource("entity" if steps[-1].is_one else "collection", tuple(steps))


def _property(steps: list[Step], rest: list[str], name: str) -> Resource:
    if rest[1:] not in ([], ["$value"]):
        raise _unknown(rest[1])
    return Resource("value" if rest[1:] else "property", tuple(steps), name)


def _end(steps: list[Step], rest: list[str], schema: Schema) -> Resource | None:
    """What a path means that ends here, None if it goes on."""
    segment = rest[0]
    on = steps[-1].of.name if steps and steps[-1].is_one else ""
    operation = schema.operation(segment.removesuffix("()"), on)
    if operation is not None and (on or not steps):
        return Resource("operation", tuple(steps), operation=operation) if not rest[1:] else None
    if steps and not rest[1:]:
        if segment == "$count" and not steps[-1].is_one:
            return Resource("count", tuple(steps))
        if segment == "$ref" and not schema.is_v2:
            return Resource("links", tuple(steps))
    if segment == "$links" and schema.is_v2 and on and len(rest) == 2:
        return Resource("links", (*steps, _step(steps, rest[1], schema)))
    return None


def _step(steps: list[Step], segment: str, schema: Schema) -> Step:
    name, bracket, inside = segment.partition("(")
    if not steps:
        of, navigation = schema.sets.get(name), None
    else:
        navigation = steps[-1].of.navigations.get(name) if steps[-1].is_one else None
        of = schema.sets[navigation.to] if navigation else None
    if of is None:
        raise _unknown(name)
    if not bracket:
        return Step(of, None, navigation)
    if not inside.endswith(")") or (navigation is not None and not navigation.many):
        raise ODataError("bad_url", f"Bad Request - Error in query syntax: '{segment[:80]}'.")
    names, key = parse_key(inside[:-1], of, schema)
    return Step(of, key, navigation, () if names == of.key else names)


def parse_key(text: str, of: EntitySet, schema: Schema) -> tuple[tuple[str, ...], Key]:
    """A key as it is in the parentheses of a path, and the properties whose values it has. Raises ODataError."""
    parts = [each.strip() for each in split(text, ",")]
    known = {name for names in (of.key, *of.alternate_keys) for name in names}
    if len(parts) == 1 and len(of.key) == 1 and parts[0].partition("=")[0].strip() not in known:
        return of.key, (_value(parts[0], of, of.key[0], schema),)
    found = {}
    for part in parts:
        name, equals, literal = part.partition("=")
        if equals and name.strip() in known:
            found[name.strip()] = _value(literal.strip(), of, name.strip(), schema)
    names = next((each for each in (of.key, *of.alternate_keys) if found.keys() == {*each}), None)
    if names is None or len(found) != len(parts):
        raise ODataError("bad_url", f"The key '{text[:80]}' does not have the properties {', '.join(of.key)}.")
    return names, tuple([found[name] for name in names])


def _value(text: str, of: EntitySet, name: str, schema: Schema) -> object:
    try:
        literal = parse(text, schema.version)
    except ODataError as problem:
        raise ODataError("bad_url", f"Bad key '{text[:80]}': {problem.message}") from None
    if not isinstance(literal, Value) or literal.value is None:
        raise ODataError("bad_url", f"Bad key '{text[:80]}': a literal is expected.")
    return values.of_literal(literal, of.properties[name], schema)


def _unknown(segment: str) -> ODataError:
    name = segment[:80]
    return ODataError("unknown_resource", f"Resource not found for the segment '{name}'.", target=name)
