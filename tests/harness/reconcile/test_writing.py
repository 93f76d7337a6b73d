"""What was read of a tenant is an export that says the same: nothing that is compared is lost on the way."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gameday.model.contract import Contract, FieldPair
from gameday.reconcile.documents import States
from gameday.reconcile.exports import ExportFile
from gameday.reconcile.layout import Side, layout_of
from gameday.reconcile.writing import RecordMaker
from gameday.records.normal import encode_record
from gameday_fakes.ledger import Entry, Invoice, Line
from support.exports import COMPARED, CONTRACT
from support.rows import rows
from support.thorough import examples

IDS = st.sampled_from(["006A", "006a", " 7", "x'y", "=1+1", "ü", "1e3"])
TEXTS = st.sampled_from(["", "USD", "a,b", 'a "b"', "two\nlines", " "])
AMOUNTS = st.decimals(-(10**9), 10**9, places=4, allow_nan=False)
DAYS = st.sampled_from(["2026-01-31", "0001-01-01", "2026-12-31"])
FIELDS = st.dictionaries(st.just("memo"), st.sampled_from(["x", "00"]), max_size=1)
LINES = st.lists(
    st.builds(Line, sku=st.sampled_from(["A", "B", ""]), quantity=AMOUNTS, unit_price=AMOUNTS, amount=AMOUNTS),
    max_size=3,
).map(tuple)
INVOICES = st.lists(
    st.builds(
        Invoice,
        id=IDS,
        total=AMOUNTS,
        currency=TEXTS,
        time_s=st.just(0.0),
        period=st.sampled_from(["2026-01", "P1 26"]),
        date=DAYS,
        customer=TEXTS,
        lines=LINES,
        credited=AMOUNTS,
        fields=FIELDS,
    ),
    max_size=2,
    unique_by=lambda invoice: invoice.id,
).map(tuple)
ORDERS = st.builds(
    Entry,
    id=IDS,
    keys=st.fixed_dictionaries({"otherRefNum": IDS}),
    state=st.sampled_from(["open", "cancelled"]),
    customer=TEXTS,
    currency=TEXTS,
    total=AMOUNTS,
    lines=LINES,
    time_s=st.just(0.0),
    changed_s=st.just(0.0),
    date=DAYS,
    invoices=INVOICES,
    fields=FIELDS,
)
PAIRS = (FieldPair("order", "Memo__c", "memo"), FieldPair("invoice", "Memo__c", "memo"))
STATES = ("date", "customer", "invoice.date", "invoice.customer", "invoice.period", "invoice.lines")


def again(side: Side, contract: Contract, entry: Entry, folder: Path, states: tuple[str, ...] = STATES) -> Entry:
    """A document, written and read."""
    layout = layout_of(side, contract, COMPARED[side])
    path = folder / f"{side}.jsonl"
    path.write_bytes(encode_record(RecordMaker(layout, contract, states).record(entry, {})) + b"\n")
    file = ExportFile(path, layout, contract, States())
    (stored,) = file.stored()
    return file.documents.entry(stored)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(100))
@given(ORDERS)
@pytest.mark.slow
def test_an_order_says_the_same_from_the_file(tmp_path: Path, order: Entry) -> None:
    contract = msgspec.structs.replace(CONTRACT, pairs=PAIRS)
    assert again("erp", contract, order, tmp_path) == order


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(100))
@given(ORDERS, st.sampled_from(["won", "void"]))
@pytest.mark.slow
def test_a_deal_says_the_same_from_the_file(tmp_path: Path, order: Entry, state: Any) -> None:
    deal = msgspec.structs.replace(order, state=state, keys={"Id": order.id}, invoices=(), fields={})
    assert again("crm", CONTRACT, deal, tmp_path) == deal


@rows(("states", "there"), [(STATES, True), ((), False)])
def test_a_field_that_the_system_does_not_have_is_no_column(tmp_path: Path, states: Any, there: bool) -> None:
    layout = layout_of("erp", CONTRACT, COMPARED["erp"])
    entry = Entry("1", {"otherRefNum": "006A"}, "open", "", "", Decimal(1), (), 0.0, 0.0)
    path = tmp_path / "erp.jsonl"
    path.write_bytes(encode_record(RecordMaker(layout, CONTRACT, states).record(entry, {})) + b"\n")
    file = ExportFile(path, layout, CONTRACT, States())
    assert [*file.stored()]
    assert file.export.has("date") is there
    assert file.export.has("currency")
    assert file.export.has_invoices
