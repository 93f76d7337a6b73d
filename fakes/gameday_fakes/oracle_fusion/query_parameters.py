"""The query parameters of a request, checked, and which records they choose.

Source: docs.oracle.com, the page of each "Get all" task: ``q``, ``finder``, ``expand``, ``fields``, ``onlyData``,
``limit``, ``offset``, ``orderBy``, ``totalResults``. That a page has 25 items unless another limit is given, and 500 at
most, is [R].
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gameday_fakes.odata.model import EntitySet, Schema
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.conditions import Condition, parse
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.resources import FINDERS
from gameday_fakes.oracle_fusion.store import PodStore

PAGE, LARGEST_PAGE = 25, 500
_LARGEST_OFFSET = 10**9
_KNOWN = ("q", "finder", "expand", "fields", "onlyData", "limit", "offset", "orderBy", "totalResults", "links")
#: Known, and without effect here: what is previewed, and a day for resources that are date-effective, as none here is.
_IGNORED = ("dependency", "effectiveDate")


class Shape(msgspec.Struct, frozen=True):
    """What is shown of a resource: ``fields`` of it (None for all), and the shape of each child by its accessor."""

    fields: frozenset[str] | None = None
    children: Mapping[str, Shape] = {}


def flag(params: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false. Raises ODataError."""
    text = params.get(name, "false").lower()
    if text not in ("true", "false"):
        raise refused("bad_option", f"URL request parameter {name} has to be true or false.")
    return text == "true"


def whole_number(params: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A parameter that is a number. Raises ODataError."""
    text = params.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise refused("bad_option", f"URL request parameter {name} has to be a whole number.")
    return min(int(text), most)


def shape_of(params: Mapping[str, str], of: EntitySet, schema: Schema) -> Shape:
    """The shape that ``expand`` and ``fields`` ask for. Raises ODataError."""
    if "fields" in params:
        return _of_fields(params["fields"], of, schema)
    found: dict[str, Any] = {}
    for path in _names(params.get("expand", "")):
        if path == "all":
            for accessor in of.navigations:
                found.setdefault(accessor, {})
            continue
        within = found
        for accessor in path.split("."):
            within = within.setdefault(accessor, {})
    return _shaped(found, of, schema)


def _shaped(tree: Mapping[str, Any], of: EntitySet, schema: Schema) -> Shape:
    return Shape(children={name: _shaped(inner, _child(of, name, schema), schema) for name, inner in tree.items()})


def _of_fields(text: str, of: EntitySet, schema: Schema) -> Shape:
    """``Attribute1,Attribute2;accessor:Attribute3;accessor.accessor:Attribute4``."""
    found: dict[str, set[str]] = {"": set()}
    for part in text.split(";"):
        path, colon, names = part.rpartition(":")
        steps = path.split(".") if colon else []
        for length in range(len(steps)):
            found.setdefault(".".join(steps[: length + 1]), set())
        found[path] |= set(_names(names))
    return _selected(found, "", of, schema)


def _selected(found: Mapping[str, set[str]], path: str, of: EntitySet, schema: Schema) -> Shape:
    for name in found[path]:
        if of.called(name) is None:
            raise refused("bad_option", f"URL request parameter fields names {name[:80]}, which is no attribute.")
    prefix = f"{path}." if path else ""
    below = {key.removeprefix(prefix) for key in found if key.startswith(prefix) and key != path}
    direct = [name for name in below if "." not in name]
    children = {name: _selected(found, prefix + name, _child(of, name, schema), schema) for name in direct}
    return Shape(frozenset(found[path]), children)


def _child(of: EntitySet, accessor: str, schema: Schema) -> EntitySet:
    navigation = of.navigations.get(accessor)
    if navigation is None:
        raise refused("bad_option", f"URL request parameter expand names {accessor[:80]}, which is no child.")
    return schema.sets[navigation.to]


def _names(text: str) -> list[str]:
    return [name.strip() for name in text[:8000].split(",") if name.strip()]


# -- choosing ----------------------------------------------------------------------------------------


class Page(msgspec.Struct):
    """Some records of those that were asked for, and how many there are in all."""

    records: list[Record]
    total: int
    limit: int
    offset: int


def choose(
    params: Mapping[str, str], of: EntitySet, among: Sequence[Record] | None, store: PodStore, version: int
) -> Page:
    """The page that a request asks for; of all records, where ``among`` is None. Raises ODataError."""
    unknown = [name for name in params if name not in (*_KNOWN, *_IGNORED)]
    if unknown:
        raise refused("bad_option", f"URL request parameter {unknown[0][:80]} is not known.")
    conditions = [parse(params["q"], of, store, version)] if params.get("q") else []
    if params.get("finder"):
        conditions.append(_found_by(params["finder"], of, store))
    found = _narrowed(of, conditions, store) if among is None else list(among)
    for condition in conditions:
        found = [record for record in found if condition.test(record)]
    for part in reversed(_names(params.get("orderBy", ""))):
        name, _, direction = part.partition(":")
        each = of.called(name)
        if each is None or direction.lower() not in ("", "asc", "desc"):
            raise refused("bad_option", "URL request parameter orderBy isn't valid.")
        own = each.name
        found.sort(key=lambda record: _sortable(record.values[own]), reverse=direction.lower() == "desc")
    limit = whole_number(params, "limit", PAGE, LARGEST_PAGE)
    offset = whole_number(params, "offset", 0, _LARGEST_OFFSET)
    return Page(found[offset : offset + limit], len(found), limit, offset)


def _narrowed(of: EntitySet, conditions: Sequence[Condition], store: PodStore) -> list[Record]:
    """The records that can pass, without looking at all of them where an index leads to them."""
    table = store[of.name]
    for condition in conditions:
        names = (condition.attribute,)
        if condition.attribute and (table.is_indexed(names) or names == of.key):
            return [each for value in dict.fromkeys(condition.among) for each in table.find(names, (value,))]
    return list(table.records.values())


def _found_by(text: str, of: EntitySet, store: PodStore) -> Condition:
    """The condition of a finder: ``name;variable=value,variable=value``."""
    name, _, rest = text[:2000].partition(";")
    known = {"PrimaryKey": of.key, **FINDERS.get(of.name, {})}
    if name not in known:
        raise refused("bad_option", f"The finder {name[:80]} is not known.")
    given = dict(part.strip().partition("=")[::2] for part in rest.split(",") if part.strip())
    if not given or not set(given) <= set(known[name]):
        raise refused("bad_option", f"The finder {name} takes {', '.join(known[name])}.")
    quoted = (f"{variable}='{value.strip(chr(34)).replace(chr(39), chr(39) * 2)}'" for variable, value in given.items())
    return parse(" and ".join(quoted), of, store, 2)


def _sortable(value: Any) -> tuple[bool, Any]:
    if isinstance(value, datetime.datetime | datetime.date):
        return value is None, value.isoformat()
    return value is None, value if value is not None else 0
