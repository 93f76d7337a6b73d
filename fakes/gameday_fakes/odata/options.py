"""Query options: ``$filter``, ``$select``, ``$expand`` with what is nested in it, ``$orderby``, ``$top`` and others.

Sources: "OData Version 4.01. Part 2: URL Conventions", section 5.1; "OData Version 2.0: URI Conventions", section 4.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import Expression
from gameday_fakes.odata.model import EntitySet, Schema
from gameday_fakes.odata.parser import parse, parse_orderby

#: How deep ``$expand`` may be nested, how many parts it may have, and the largest number of an option.
DEEPEST_EXPAND, MOST_PARTS, LARGEST = 8, 200, 2**31 - 1

_V4 = ("$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$search", "$format", "$levels")
_V2 = ("$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$inlinecount", "$format", "search")
#: What links of the service have, and the version of the schema.
_TOKENS = ("$skiptoken", "$deltatoken", "$trackchanges", "$schemaversion")


class Expand(msgspec.Struct, frozen=True):
    """A navigation whose records go with each record, under options of its own; ``counted`` is ``/$count``."""

    navigation: str
    options: Options
    counted: bool = False


class Options(msgspec.Struct, frozen=True):
    """What a request asks for. ``select`` is None for all properties; ``orderby`` has whether it is descending."""

    filter: Expression | None = None
    select: frozenset[str] | None = None
    expand: tuple[Expand, ...] = ()
    orderby: tuple[tuple[Expression, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    search: str = ""
    skiptoken: str = ""
    deltatoken: str = ""


def parse_options(given: Mapping[str, str], schema: Schema, of: EntitySet) -> Options:
    """The options of a request about records of an entity set. Raises ODataError.

    Parameters that do not begin with ``$`` are the vendor's.
    """
    known = _V2 if schema.is_v2 else _V4
    for name in given:
        if name.startswith("$") and name not in (*known, *_TOKENS):
            raise ODataError("bad_option", f"The query parameter '{name[:60]}' is not supported.", target=name[:60])
    return _options(given, schema, of, 0)


def _options(given: Mapping[str, str], schema: Schema, of: EntitySet, depth: int) -> Options:
    select, through = _select(given.get("$select", ""), schema, of)
    expand = _expand(given.get("$expand", ""), schema, of, depth)
    if schema.is_v2:
        expand = _selected_through(expand, through, schema, of)
    text = given.get("$filter", "")
    return Options(
        filter=parse(text, schema.version) if text else None,
        select=select,
        expand=expand,
        orderby=parse_orderby(given["$orderby"], schema.version) if given.get("$orderby") else (),
        top=_number(given, "$top"),
        skip=_number(given, "$skip") or 0,
        count=_count(given, is_v2=schema.is_v2),
        search=given.get("search" if schema.is_v2 else "$search", "")[:1000],
        skiptoken=given.get("$skiptoken", ""),
        deltatoken=given.get("$deltatoken", ""),
    )


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > LARGEST:
        raise ODataError("bad_option", f"Invalid value '{text[:60]}' for {name}: a whole number is expected.")
    return int(text)


def _count(given: Mapping[str, str], *, is_v2: bool) -> bool:
    name, values = ("$inlinecount", ("allpages", "none")) if is_v2 else ("$count", ("true", "false"))
    text = given.get(name)
    if text is not None and text not in values:
        raise ODataError("bad_option", f"Invalid value '{text[:60]}' for {name}; known: {', '.join(values)}.")
    return text == values[0]


def _select(text: str, schema: Schema, of: EntitySet) -> tuple[frozenset[str] | None, dict[str, list[str]]]:
    """The properties of this record (None: all), and in version 2 what is selected of its navigations."""
    if not text.strip():
        return None, {}
    names: set[str] = set()
    through: dict[str, list[str]] = {}
    everything = False
    for part in _bounded(text.split(",")):
        name, slash, rest = part.strip().partition("/")
        if name == "*":
            everything = True
        elif name in of.navigations:
            # In version 2 a navigation that is selected is expanded whole, or shown as deferred.
            names.add(name)
            if slash:
                through.setdefault(name, []).append(rest)
        elif of.called(name) is not None and not slash:
            names.add(name)
        else:
            raise _unknown(name, schema, of)
    return (None if everything else frozenset(names)), through


def _selected_through(
    expand: tuple[Expand, ...], through: Mapping[str, list[str]], schema: Schema, of: EntitySet
) -> tuple[Expand, ...]:
    found = []
    for each in expand:
        if each.navigation in through:
            to = schema.sets[of.navigations[each.navigation].to]
            select, deeper = _select(",".join(through[each.navigation]), schema, to)
            inner = _selected_through(each.options.expand, deeper, schema, to)
            options = msgspec.structs.replace(each.options, select=select, expand=inner)
            each = msgspec.structs.replace(each, options=options)  # noqa: PLW2901 - the same, with what is selected
        found.append(each)
    return tuple(found)


def _expand(text: str, schema: Schema, of: EntitySet, depth: int) -> tuple[Expand, ...]:
    if not text.strip():
        return ()
    if depth >= DEEPEST_EXPAND:
        raise ODataError("bad_option", f"'$expand' is nested more than {DEEPEST_EXPAND} levels deep.")
    found: dict[str, Expand] = {}
    for part in _bounded(split(text, ",")):
        name, nested = _nested(part.strip())
        name, slash, rest = name.partition("/")
        if name == "*" and not schema.is_v2:
            found |= {each: Expand(each, Options()) for each in of.navigations if each not in found}
            continue
        if name not in of.navigations:
            raise _unknown(name, schema, of)
        to = schema.sets[of.navigations[name].to]
        counted = slash and rest == "$count"
        given = _nested_options(nested)
        if slash and not counted:
            # Version 2 writes a path; of several through one navigation, each adds to what is expanded there.
            given["$expand"] = rest
        options = _options(given, schema, to, depth + 1)
        before = found.get(name)
        if before is not None:
            options = msgspec.structs.replace(options, expand=_merged(before.options.expand, options.expand))
        found[name] = Expand(name, options, bool(counted))
    return tuple(found.values())


def _merged(before: tuple[Expand, ...], new: tuple[Expand, ...]) -> tuple[Expand, ...]:
    named = {each.navigation: each for each in before}
    for each in new:
        old = named.get(each.navigation)
        if old is not None:
            inner = _merged(old.options.expand, each.options.expand)
            each = msgspec.structs.replace(each, options=msgspec.structs.replace(each.options, expand=inner))  # noqa: PLW2901
        named[each.navigation] = each
    return tuple(named.values())


def _nested(part: str) -> tuple[str, str]:
    """A navigation's name, and the options in parentheses after it."""
    name, bracket, rest = part.partition("(")
    if not bracket:
        return part, ""
    if not rest.endswith(")"):
        raise ODataError("bad_option", f"'$expand' has no closing parenthesis after '{name[:60]}'.")
    return name.strip(), rest[:-1]


def _nested_options(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in _bounded(split(text, ";")) if text else ():
        name, equals, value = part.strip().partition("=")
        if not equals or name not in _V4 or name == "$format":
            raise ODataError("bad_option", f"'{name[:60]}' is no option within '$expand'.")
        if name == "$levels":
            raise ODataError("not_implemented", "'$levels' is not supported.")
        given[name] = value
    return given


def split(text: str, mark: str) -> list[str]:
    """A text at each mark that is neither in quotes nor in parentheses."""
    parts, depth, start, quoted = [], 0, 0, False
    for at, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == mark and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _bounded(parts: list[str]) -> list[str]:
    if len(parts) > MOST_PARTS:
        raise ODataError("bad_option", f"A query option has more than {MOST_PARTS} parts.")
    return parts


def _unknown(name: str, schema: Schema, of: EntitySet) -> ODataError:
    name = name[:80]
    text = f"Could not find a property named '{name}' on type '{schema.qualified(of.type)}'."
    return ODataError("bad_option", text, target=name, of=of)
