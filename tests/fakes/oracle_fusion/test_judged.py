"""The one judge compares the fake's ledger with a CRM's as it does any other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakes.oracle_fusion.conftest import charge, line
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
    case = msgspec.structs.replace(story.case(), match="SourceTransactionNumber")
    (found,) = reconcile(case).outcomes
    return found


def test_an_order_with_its_invoice_is_ok(erp: Any) -> None:
    erp.invoiced(erp.order())
    found = outcome(erp)
    assert (found.state, found.differences) == ("ok", ())


def test_a_draft_that_nobody_submits_is_a_lost_deal(erp: Any) -> None:
    erp.order(SubmittedFlag=False)
    assert outcome(erp).state == "lost"


def test_another_source_id_makes_a_duplicate(erp: Any) -> None:
    erp.invoiced(erp.order())
    erp.order(SourceTransactionId="006xY-retry")
    assert outcome(erp).state == "duplicated"


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": [line(OrderedQuantity=3)]},
        {"lines": [line(charges=charge("100.00", "150.00"))], "FreezePriceFlag": True},
        {"BuyingPartyNumber": "001bC"},
        {"TransactionOn": "2026-03-16T00:00:00+00:00"},
        {"TransactionalCurrencyCode": "EUR"},
    ],
)
def test_what_differs_is_a_mismatch(erp: Any, changed: dict[str, Any]) -> None:
    erp.order(**changed)
    assert outcome(erp).state == "mismatched"


def test_a_ledger_is_restored_with_its_ids(erp: Any) -> None:
    erp.invoiced(erp.order(lines=[line(TaxClassificationCode="VAT19")]))
    erp.operate(
        "book_order",
        {
            "account": "001bC",
            "currency": "USD",
            "lines": [{"sku": "SAW-1", "quantity": "1", "unit_price": "90", "amount": "81"}],
        },
        "PHONE-1",
    )
    before = erp.whole_ledger()
    erp.reset()
    assert erp.restore(before).status_code < 300
    after = erp.whole_ledger()
    assert after["entries"] == before["entries"]
    assert after["others"] == before["others"]
    assert "there already" in erp.restore(before).text


def test_a_new_order_has_a_number_that_no_restored_one_has(erp: Any) -> None:
    erp.order()
    before = erp.whole_ledger()
    erp.reset()
    assert erp.restore(before).status_code < 300
    erp.order(SourceTransactionNumber="NEW", SourceTransactionId="NEW")
    numbers = [entry["keys"]["OrderNumber"] for entry in erp.ledger()]
    assert len(numbers) == len(set(numbers)) == 2
