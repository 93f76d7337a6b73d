"""The one judge compares the fake's ledger with a CRM's as it does any other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakes.s4hana.conftest import BRAVO, ORDERS, priced
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday_fakes.ledger import Ledger, Line
from support.story import Story

SAWS = Line("SAW-1", Decimal(2), Decimal(100), Decimal(200))


def outcome(erp: Any, match: str = "PurchaseOrderByCustomer", **changed: Any) -> OrderOutcome:
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
    case = msgspec.structs.replace(story.case(), match=match)
    (found,) = reconcile(case).outcomes
    return found


@pytest.mark.parametrize("match", ["PurchaseOrderByCustomer", "ExternalDocumentID"])
def test_an_order_that_is_billed_is_ok(erp: Any, match: str) -> None:
    erp.billed("po", **{match: "006xY"})
    found = outcome(erp, match)
    assert (found.state, found.differences) == ("ok", ())


def test_an_order_that_is_written_again_is_a_duplicate(erp: Any) -> None:
    erp.billed()
    erp.order()
    assert outcome(erp).state == "duplicated"


def test_a_deal_without_an_order_is_lost(erp: Any) -> None:
    erp.order("another")
    assert outcome(erp).state == "lost"


@pytest.mark.parametrize(
    "changed",
    [
        {"SoldToParty": BRAVO, "TransactionCurrency": "USD"},
        {"TransactionCurrency": "EUR", "to_Item": [priced("SAW-1", "2", "100")]},
        {"SalesOrderDate": "2026-03-16T00:00:00"},
        {"to_Item": [priced("SAW-1", "3", "100")]},
        {"to_Item": [priced("SAW-1", "2", "90")]},
        {"to_Item": [priced("SAW-1", "2", "100", ("DRN1", "10"))]},
        {"to_Item": [priced("BOLT-2", "2", "100")]},
    ],
)
def test_what_differs_is_a_mismatch(erp: Any, changed: dict[str, Any]) -> None:
    erp.order(**changed)
    assert outcome(erp).state == "mismatched"


def test_an_order_whose_items_are_rejected_is_none(erp: Any) -> None:
    number = erp.order()["SalesOrder"]
    item = f"{ORDERS}Item(SalesOrder='{number}',SalesOrderItem='10')"
    erp.call("PATCH", item, {"SalesDocumentRjcnReason": "00"})
    assert outcome(erp).state == "lost"
