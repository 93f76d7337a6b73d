"""A ledger is read as it was written, and what it has in common with another one is in memory once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.base import json_text
from gameday.scoring.ledger_file import LedgerReader
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line
from support.rows import rows

TEXTS = st.text(max_size=4)
FIGURES = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)
FIELDS = st.dictionaries(TEXTS, TEXTS, max_size=2)
TIMES = st.sampled_from([0.0, 1.5, 86_400.25])
st.register_type_strategy(Decimal, FIGURES)
LINES = st.builds(
    Line,
    sku=TEXTS,
    discount=st.none() | FIGURES,
    tax=st.none() | FIGURES,
    tax_code=TEXTS,
    fields=st.just((("a", "b"),)),
)
INVOICES = st.builds(
    Invoice, id=TEXTS, currency=TEXTS, time_s=TIMES, period=TEXTS, date=TEXTS, customer=TEXTS,
    lines=st.lists(LINES, max_size=2).map(tuple), credited=FIGURES, paid=FIGURES, subsidiary=TEXTS, terms=TEXTS,
    fields=FIELDS,
)  # fmt: skip
ENTRIES = st.builds(
    Entry, id=TEXTS, keys=FIELDS, state=st.sampled_from(["won", "void", "open", "cancelled"]), customer=TEXTS,
    currency=TEXTS, lines=st.lists(LINES, max_size=3).map(tuple), time_s=TIMES, changed_s=TIMES, date=TEXTS,
    invoices=st.lists(INVOICES, max_size=2).map(tuple), subsidiary=TEXTS, terms=TEXTS, fields=FIELDS,
)  # fmt: skip
LEDGERS = st.builds(
    Ledger, system=TEXTS, time_s=TIMES, entries=st.lists(ENTRIES, max_size=4).map(tuple),
    customers=st.dictionaries(TEXTS, FIELDS, max_size=2), states=st.just(("date",)),
    new_customers=st.none() | st.just(("c",)), others=st.lists(ENTRIES, max_size=1).map(tuple), items=st.just(("i",)),
    new_items=st.dictionaries(TEXTS, FIELDS, max_size=1), changed_by_sync=st.just(("d",)),
)  # fmt: skip


def entry(id_: str, *keys: str, **fields: Any) -> Entry:
    line = Line("SKU-1", Decimal(2), Decimal("9.99"), Decimal("19.98"))
    named = {f"key{place}": key for place, key in enumerate(keys)}
    return Entry(id_, named, "won", "C-1", "USD", Decimal("19.98"), (line,), 60.0, 60.0, date="2026-06-30", **fields)


def ledger(*entries: Entry) -> bytes:
    return msgspec.json.encode(Ledger("salesforce", 0.0, entries))


@given(LEDGERS)
def test_a_ledger_is_read_as_it_was_written(written: Ledger) -> None:
    assert LedgerReader().read(msgspec.json.encode(written)) == written


def test_an_order_and_its_deal_share_lines_figures_and_names() -> None:
    reader = LedgerReader()
    [deal] = reader.read(ledger(entry("D-1", "D-1"))).entries
    invoice = Invoice("I-1", Decimal("19.98"), "USD", 61.0, lines=deal.lines)
    [order] = reader.read(ledger(entry("O-1", "D-1", "D-1", invoices=(invoice,)))).entries
    assert order.lines[0] is deal.lines[0] is order.invoices[0].lines[0]
    assert order.total is deal.total is order.invoices[0].total
    assert order.keys["key0"] is order.keys["key1"] is deal.id
    assert order.customer is deal.customer


@rows(
    ("broken", "place"),
    [
        (ledger(entry("a"), entry("b")).replace(b'"id":"b"', b'"id":7'), r"\$\.entries\[1\]\.id"),
        (ledger(entry("a")).replace(b'"sku":"SKU-1"', b'"sku":null'), r"\$\.entries\[0\]\.lines\[0\]\.sku"),
        (ledger(entry("a")).replace(b'"total":"19.98"', b'"total":"x"'), r"\$\.entries\[0\]\.total"),
        (ledger(entry("a"))[:-9], "truncated"),
        (ledger(entry("a")).replace(b'"total":"19.98"', b'"total":"1e999999"'), "out of range"),
        (b"[]", "Expected `object`"),
    ],
)
def test_a_ledger_that_cannot_be_read_says_where(broken: bytes, place: str) -> None:
    with pytest.raises(json_text.Unreadable, match=place):
        LedgerReader().read(broken)
