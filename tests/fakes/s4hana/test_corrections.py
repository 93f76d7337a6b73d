"""The repair list is carried out by the services, as an authorized person would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.base.errors import RunError
from gameday.model.contract import Contract
from gameday.repair.corrections import Corrections, Refusal, corrections
from gameday_fakes.ledger import Entry, Line
from support.story import Story


def contract() -> Contract:
    return msgspec.structs.replace(Story().case().contract, match="ExternalDocumentID")


def deal(**changed: Any) -> Entry:
    line = Line("SAW-1", Decimal(2), Decimal(100), Decimal(180))
    values = {"customer": "001aB", "currency": "USD", "total": Decimal(180), "lines": (line,), "date": "2026-03-15"}
    return Entry("006xY", {}, "won", time_s=0, changed_s=0, **{**values, **changed})


def carried_out(erp: Any, work: Callable[[Corrections], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with corrections("s4hana", erp.url, contract(), lambda: 0.0) as made:
            return await work(made)

    return asyncio.run(run())


def test_an_order_is_created_once(erp: Any) -> None:
    numbers = [carried_out(erp, lambda made: made.create_order(deal())) for _ in range(2)]
    (entry,) = erp.ledger()
    assert numbers == [entry["id"]] * 2
    assert (entry["total"], entry["date"], entry["customer"]) == ("180.00", "2026-03-15", "001aB")
    assert entry["keys"]["ExternalDocumentID"] == entry["keys"]["PurchaseOrderByCustomer"]


def test_an_order_is_rewritten(erp: Any) -> None:
    number = erp.order()["SalesOrder"]
    lines = (Line("BOLT-2", Decimal(3), Decimal("0.5"), Decimal("1.50")),)
    carried_out(erp, lambda made: made.rewrite_order(number, deal(lines=lines, customer="001bC")))
    (entry,) = erp.ledger()
    assert (entry["total"], entry["customer"], [line["sku"] for line in entry["lines"]]) == (
        "1.50",
        "001bC",
        ["BOLT-2"],
    )


def test_an_order_is_cancelled_and_an_invoice_too(erp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    number = erp.billed()["BillingDocument"]
    order = erp.ledger()[0]["id"]
    # The billing run has made it already.
    carried_out(erp, lambda made: made.create_invoice(order))
    erp.configure(bill_after_s=None).raise_for_status()
    carried_out(erp, lambda made: made.delete_invoice(number))
    monkeypatch.setattr("gameday.vendors.s4hana.corrections.BILLED_S", 0.0)
    with pytest.raises(Refusal, match="billing run"):
        carried_out(erp, lambda made: made.create_invoice(order))
    carried_out(erp, lambda made: made.cancel_order(order))
    (entry,) = erp.ledger()
    assert (entry["state"], entry["invoices"][0]["credited"]) == ("cancelled", "200.00")


def test_a_refusal_is_one_line(erp: Any) -> None:
    with pytest.raises(Refusal, match=r"^the ERP has no customer for account 001zz$"):
        carried_out(erp, lambda made: made.create_order(deal(customer="001zz")))
    with pytest.raises(Refusal, match=r"^400 Billing document|^404 Resource not found"):
        carried_out(erp, lambda made: made.delete_invoice("1"))


def test_an_erp_that_does_not_answer_is_named() -> None:
    async def run() -> None:
        async with corrections("s4hana", "http://127.0.0.1:1", contract(), lambda: 0.0):
            pass

    with pytest.raises(RunError, match=r"the ERP at http://127\.0\.0\.1:1 did not answer"):
        asyncio.run(run())
