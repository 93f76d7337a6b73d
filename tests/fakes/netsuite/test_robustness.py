"""Whatever a client sends, the fake answers in NetSuite's shape and never falls over."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.netsuite import FAKE
from gameday_fakes.netsuite.fields import LINE_FIELDS, RECORD_TYPES


class Open(FAKE):
    """The fake without its lock, for here is no socket to sign for."""

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        return None


NAMES = sorted({*LINE_FIELDS, *RECORD_TYPES["salesOrder"].fields, *RECORD_TYPES["customer"].fields, "items", "refName"})
VALUES = st.sampled_from(["001A", "SAW-1", "-1", "C", "2026-03-15", "", 0, 2, 1.5, True, None]) | st.text(max_size=8)
BODIES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)
PATHS = st.sampled_from(
    [
        ("PUT", "/record/v1/salesOrder/eid:006X"),
        ("POST", "/record/v1/salesOrder"),
        ("PATCH", "/record/v1/salesOrder/eid:006X"),
        ("POST", "/record/v1/salesOrder/eid:006X/!transform/invoice"),
        ("PUT", "/record/v1/invoice/eid:I-1"),
        ("PUT", "/record/v1/customer/eid:001C"),
        ("POST", "/record/v1/pricing"),
        ("POST", "/query/v1/suiteql"),
    ]
)


def with_an_order() -> Open:
    clock = Clock()
    fake = Open(clock, EventLog(clock))
    account = {"id": "001A", "key": "acme", "name": "Acme", "currency": "USD"}
    product = {"sku": "SAW-1", "name": "Saw", "prices": {"USD": "100.00"}}
    fake.operate("seed", "", {"accounts": [account], "products": [product]})
    body = {"entity": {"externalId": "001A"}, "item": {"items": [{"item": {"externalId": "SAW-1"}}]}}
    assert send(fake, "PUT", "/record/v1/salesOrder/eid:006X", body).status == 204
    return fake


def send(fake: Open, method: str, path: str, body: Any, query: str = "") -> Reply:
    request = Request(
        method,
        f"/services/rest{path}",
        query_string=query.encode(),
        headers={b"host": b"127.0.0.1", b"prefer": b"transient"},
        body=json.dumps(body).encode(),
    )
    return asyncio.run(fake.respond(request))


@pytest.mark.slow
@settings(deadline=None)
@given(PATHS, BODIES | BODIES.map(lambda body: {"entity": {"externalId": "001A"}, "item": {"items": [body]}}))
def test_any_body_is_taken_or_refused(where: tuple[str, str], body: Any) -> None:
    fake = with_an_order()
    assert send(fake, *where, body).status < 500
    fake.snapshot()
    fake.ledger()


WORDS = [
    "SELECT id FROM transaction WHERE",
    "trandate",
    "id",
    "=",
    "<",
    "'1'",
    "TO_DATE('1','%\0')",
    "IN",
    "(",
    ")",
    "AND",
    "LIKE",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
def test_any_query_is_answered_or_refused(q: str) -> None:
    assert send(with_an_order(), "POST", "/query/v1/suiteql", {"q": q}).status in (200, 400)
