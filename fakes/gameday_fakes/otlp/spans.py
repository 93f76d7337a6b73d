"""Spans as plain data, in the names of OTLP's JSON. They come from unknown stacks, so nothing here raises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MOST_SPANS = 10_000
_DEEPEST = 20
_FAILED = (2, "2", "STATUS_CODE_ERROR")
_FINE = (1, "1", "STATUS_CODE_OK")
#: Attributes that say which deal or order a span is about.
ABOUT = ("deal", "deal.id", "deal_id", "opportunity", "opportunity.id", "order", "order.id", "order_id")


def spans_of(body: Any) -> Iterator[dict[str, Any]]:
    """The spans of a request: ``name``, ``service``, ``failed``, ``message``, ``attributes``, ``events``."""
    given = 0
    for resource in _list(_table(body).get("resourceSpans")):
        about = attributes_of(_table(_table(resource).get("resource")).get("attributes"))
        for scope in _list(_table(resource).get("scopeSpans")):
            for span in _list(_table(scope).get("spans")):
                given += 1
                if given > MOST_SPANS:
                    return
                yield _span(_table(span), about)


def _span(span: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    events = [
        {"name": str(_table(event).get("name", "")), "attributes": attributes_of(_table(event).get("attributes"))}
        for event in _list(span.get("events"))
    ]
    status = _table(span.get("status"))
    raised = any(event["name"] == "exception" for event in events)
    code = status.get("code")
    return {
        "name": str(span.get("name", "")),
        "service": str(resource.get("service.name", "")),
        # An exception that the stack says was handled is no failure.
        "failed": code in _FAILED or (raised and code not in _FINE),
        "message": str(status.get("message", "")),
        "attributes": {**resource, **attributes_of(span.get("attributes"))},
        "events": events,
    }


def key_of(span: dict[str, Any]) -> tuple[str, ...]:
    """What a later span of the same work has too: service, name and deal."""
    about = (f"{name}={span['attributes'][name]}" for name in ABOUT if name in span["attributes"])
    return span["service"], span["name"], *about


def attributes_of(given: Any) -> dict[str, Any]:
    """A list of ``{key, value}`` as a table."""
    pairs = [(_table(each).get("key"), _table(each).get("value")) for each in _list(given)]
    return {key: _value(value, 0) for key, value in pairs if isinstance(key, str)}


def _value(given: Any, depth: int) -> Any:
    """OTLP's ``AnyValue`` as plain JSON; numbers of 64 bits are texts there."""
    if depth > _DEEPEST:
        return None
    table = _table(given)
    for kind in ("stringValue", "boolValue", "intValue", "doubleValue", "bytesValue"):
        if kind in table:
            return table[kind]
    if "arrayValue" in table:
        return [_value(each, depth + 1) for each in _list(_table(table["arrayValue"]).get("values"))]
    pairs = [_table(each) for each in _list(_table(table.get("kvlistValue")).get("values"))]
    return {str(pair.get("key", "")): _value(pair.get("value"), depth + 1) for pair in pairs}


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
