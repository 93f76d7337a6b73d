"""The one judge compares the fake's ledger with a CRM's as it does any other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday_fakes.ledger import Ledger, Line
from support.story import Story

SAWS = Line("SAW-1", Decimal(2), Decimal(100), Decimal(200))


def outcome(erp: Any, **changed: Any) -> OrderOutcome:
    """What became of the deal 006xY, two saws for Acme, by what the fake holds now."""
    deal = {"amount": "200.00", "customer": "001aB", "lines": (SAWS,), "date": "2026-03-15"}
    story = Story().deal("006xY", **{**deal, **changed})
    held = msgspec.convert(erp.whole_ledger(), Ledger, strict=False)
    # When exactly it was written depends on the machine.
    story.erp = [
        msgspec.structs.replace(
            entry,
            time_s=12.0,
            changed_s=12.0,
            invoices=tuple(msgspec.structs.replace(invoice, time_s=13.0) for invoice in entry.invoices),
        )
        for entry in held.entries
    ]
    case = msgspec.structs.replace(story.case(), match="externalDocumentNumber")
    (found,) = reconcile(case).outcomes
    return found


def test_an_order_that_is_invoiced_is_ok_although_it_left_the_orders(erp: Any) -> None:
    erp.invoiced()
    found = outcome(erp)
    assert (found.state, found.differences) == ("ok", ())


def test_a_sync_that_finds_no_order_after_invoicing_writes_a_duplicate(erp: Any) -> None:
    erp.invoiced()
    if not erp.get("salesOrders?$filter=externalDocumentNumber eq '006XY'")["value"]:
        erp.order()
    assert outcome(erp).state == "duplicated"


def test_a_deal_without_an_order_is_lost(erp: Any) -> None:
    erp.order("another")
    assert outcome(erp).state == "lost"


@pytest.mark.parametrize("field", ["quantity", "unitPrice"])
def test_a_line_that_differs_is_a_mismatch(erp: Any, field: str) -> None:
    line = {"lineObjectNumber": "SAW-1", "quantity": 2, "unitPrice": 100, field: 3}
    erp.order(salesOrderLines=[line])
    assert outcome(erp).state == "mismatched"


def test_a_cancelled_invoice_leaves_no_order(erp: Any) -> None:
    invoice = erp.invoiced()
    erp.call("POST", f"salesInvoices({invoice['id']})/Microsoft.NAV.cancel")
    assert outcome(erp).state == "lost"
