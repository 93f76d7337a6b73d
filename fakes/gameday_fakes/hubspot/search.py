"""Searches: groups of filters, sorting and paging.

Source: developers.hubspot.com, "Search the CRM": up to 5 groups of up to 6 filters, 18 in all; 200 results a page and
10,000 in all; texts are compared without regard to case, with IN and NOT_IN in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from gameday_fakes.hubspot import moments
from gameday_fakes.hubspot.errors import Refused
from gameday_fakes.hubspot.index import Entry
from gameday_fakes.hubspot.property import Property
from gameday_fakes.hubspot.standard import ObjectType
from gameday_fakes.hubspot.values import text_of

MOST_GROUPS, MOST_FILTERS, MOST_IN_GROUP = 5, 18, 6
MOST_RESULTS, LARGEST_PAGE = 10_000, 200
_LONGEST_QUERY = 3_000
_LONGEST_NUMBER = 40

_NO_VALUE = ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
_LISTS = ("IN", "NOT_IN")
_ORDERED = ("LT", "LTE", "GT", "GTE")
OPERATORS = ("EQ", "NEQ", *_ORDERED, "BETWEEN", *_LISTS, *_NO_VALUE, "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN")

_WORDS = re.compile(r"[^\W_]+")

Test = Callable[[Mapping[str, str]], bool]


class Search(NamedTuple):
    """A search as it was asked for. ``sorts`` are properties and whether each is descending."""

    groups: list[list[Test]]
    query: str
    sorts: list[tuple[Property, bool]]
    properties: list[str] | None
    limit: int
    after: int


def read(body: Any, find: Callable[[str], Property | None]) -> Search:
    """A search from a request's body; ``find`` knows the properties by name. Raises Refused."""
    if not isinstance(body, dict):
        raise Refused("Invalid input JSON: a search is an object", kind="bad_body")
    given = body.get("filterGroups") or []
    if body.get("filters"):
        given = [*_list(given, "filterGroups"), {"filters": body["filters"]}]
    groups = [_list(_object(group).get("filters") or [], "filters") for group in _list(given, "filterGroups")]
    if len(groups) > MOST_GROUPS or sum(map(len, groups)) > MOST_FILTERS or any(len(g) > MOST_IN_GROUP for g in groups):
        raise Refused(
            f"There was a problem with the request: at most {MOST_GROUPS} filterGroups with {MOST_IN_GROUP} filters "
            f"each, and {MOST_FILTERS} in all"
        )
    query = body.get("query") or ""
    if not isinstance(query, str) or len(query) > _LONGEST_QUERY:
        raise Refused(f"query is a text of at most {_LONGEST_QUERY:,} characters")
    named = body.get("properties")
    properties = None if not named else [str(each) for each in _list(named, "properties")]
    limit, after = _count(body.get("limit"), "limit", 10), _count(body.get("after"), "after", 0)
    if not 0 < limit <= LARGEST_PAGE:
        raise Refused(f"limit {limit} is not from 1 to {LARGEST_PAGE}")
    if after + limit > MOST_RESULTS:
        raise Refused(f"paging beyond {MOST_RESULTS:,} results is not possible: after {after}, limit {limit}")
    tests = [[_test(_object(each), find) for each in group] for group in groups]
    sorts = [_sort(each, find) for each in _list(body.get("sorts") or [], "sorts")]
    if len(sorts) > 1:
        raise Refused("Only one sort is allowed")
    return Search(tests, query.strip().lower(), sorts, properties, limit, after)


def matching(search: Search, entries: Iterable[Entry], of: ObjectType) -> list[Entry]:
    """The records that a search finds, in order: by creation unless it says otherwise."""
    found = [entry for entry in entries if entry.properties is not None and _holds(search, entry.properties, of)]
    found.sort(key=lambda entry: int(entry.record.id))
    for known, descending in reversed(search.sorts):
        found.sort(key=lambda entry: _sort_key(known, (entry.properties or {}).get(known.name, "")), reverse=descending)
    return found


def _holds(search: Search, properties: Mapping[str, str], of: ObjectType) -> bool:
    if search.query and not any(search.query in properties.get(name, "").lower() for name in of.searched):
        return False
    return not search.groups or any(all(test(properties) for test in group) for group in search.groups)


def _test(given: Mapping[str, Any], find: Callable[[str], Property | None]) -> Test:
    name, operator = str(given.get("propertyName", ""))[:200], given.get("operator")
    known = find(name)
    if known is None:
        raise Refused(f"There was a problem with the request: the property {name!r} does not exist")
    if operator not in OPERATORS:
        raise Refused(f"{str(operator)[:80]!r} is not an operator; known: {', '.join(OPERATORS)}")
    if operator in _NO_VALUE:
        return _presence(known.name, present=operator == "HAS_PROPERTY")
    if operator in _LISTS:
        return _membership(known, _list(given.get("values") or [], "values"), within=operator == "IN")
    value = text_of(given.get("value"))
    if not value:
        raise Refused(f"the operator {operator} of the property {name!r} needs a value")
    if operator == "BETWEEN":
        high = text_of(given.get("highValue"))
        if not high:
            raise Refused(f"the operator BETWEEN of the property {name!r} needs a highValue")
        return _between(known, _key(known, value), _key(known, high))
    if operator in _ORDERED:
        return _compared(known, str(operator), _key(known, value))
    if operator in ("EQ", "NEQ"):
        return _equality(known, _key(known, value), wanted=operator == "EQ")
    return _tokens(known.name, value, wanted=operator == "CONTAINS_TOKEN")


def _presence(name: str, *, present: bool) -> Test:
    return lambda properties: bool(properties.get(name)) is present


def _membership(known: Property, given: Iterable[Any], *, within: bool) -> Test:
    texts = [text_of(each) for each in given]
    if not texts or None in texts:
        raise Refused("the operators IN and NOT_IN need values")
    # The values are taken as they are, the record's in lower case: an upper-case value of a text matches nothing.
    values = {text if known.type in ("string", "enumeration") else _key(known, text or "") for text in texts}

    def test(properties: Mapping[str, str]) -> bool:
        value = properties.get(known.name, "")
        return bool(value) and (_key(known, value) in values) is within

    return test


def _between(known: Property, low: Any, high: Any) -> Test:
    def test(properties: Mapping[str, str]) -> bool:
        value = properties.get(known.name)
        return bool(value) and bool(low <= _key(known, value or "") <= high)

    return test


def _compared(known: Property, operator: str, bound: Any) -> Test:
    def test(properties: Mapping[str, str]) -> bool:
        value = properties.get(known.name)
        if not value:
            return False
        key = _key(known, value)
        match operator:
            case "LT":
                return bool(key < bound)
            case "LTE":
                return bool(key <= bound)
            case "GT":
                return bool(key > bound)
        return bool(key >= bound)

    return test


def _equality(known: Property, wanted_key: Any, *, wanted: bool) -> Test:
    def test(properties: Mapping[str, str]) -> bool:
        value = properties.get(known.name)
        return bool(value) and (_key(known, value or "") == wanted_key) is wanted

    return test


def _tokens(name: str, value: str, *, wanted: bool) -> Test:
    asked = value.lower().split()

    def test(properties: Mapping[str, str]) -> bool:
        text = properties.get(name, "").lower()
        words = {*_WORDS.findall(text), *text.split()}
        return all(any(_is_token(word, each) for word in words) for each in asked) is wanted

    return test


def _is_token(word: str, asked: str) -> bool:
    """Whether a word is what is asked for, which may have a star at either end."""
    core = asked.strip("*")
    match asked.startswith("*"), asked.endswith("*"):
        case True, True:
            return core in word
        case True, False:
            return word.endswith(core)
        case False, True:
            return word.startswith(core)
    return word == core


def _key(known: Property, text: str) -> Any:
    """What values of a property are compared by. Raises Refused for a text that is none."""
    try:
        match known.type:
            case "number":
                return _decimal(text)
            case "date" | "datetime":
                return moments.milliseconds(text)
    except (ValueError, OverflowError, InvalidOperation):
        raise Refused(f"{text[:80]!r} is no value of the property {known.name!r}, a {known.type}") from None
    return text.lower()


def _decimal(text: str) -> Decimal:
    value = Decimal(text) if len(text) <= _LONGEST_NUMBER else None
    if value is None or not value.is_finite() or abs(value.adjusted()) > _LONGEST_NUMBER:
        raise ValueError(text)
    return value


def _sort_key(known: Property, text: str) -> tuple[bool, Any]:
    return (True, _key(known, text)) if text else (False, 0)


def _sort(given: Any, find: Callable[[str], Property | None]) -> tuple[Property, bool]:
    if isinstance(given, str):
        given = {"propertyName": given.lstrip("-"), "direction": "DESCENDING" if given.startswith("-") else "ASCENDING"}
    given = _object(given)
    name = str(given.get("propertyName", ""))[:200]
    known = find(name)
    if known is None:
        raise Refused(f"There was a problem with the request: cannot sort by {name!r}")
    return known, given.get("direction", "ASCENDING") == "DESCENDING"


def _object(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise Refused("Invalid input JSON: an object is expected", kind="bad_body")
    return given


def _list(given: Any, name: str) -> list[Any]:
    if not isinstance(given, list):
        raise Refused(f"Invalid input JSON: {name} is a list", kind="bad_body")
    return given


def _count(given: Any, name: str, default: int) -> int:
    text = text_of(given)
    if text == "":
        return default
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(f"Invalid input JSON: {name} is a whole number", kind="bad_body")
    return int(text)
