"""Corrections in each ERP: against its fake on real sockets, by what its ledger holds afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.contracts.odcs import load_contract
from gameday.repair.corrections import Corrections, Refusal, corrections
from gameday_fakes.ledger import Entry, Line
from gameday_fakes.manifests import of_role
from support.controlled import Controlled, served

pytestmark = pytest.mark.slow

#: The contract of each ERP's orders.
CONTRACTS = {name: f"closed-won-to-sales-order.hubspot.{name}" for name in of_role("erp")}
ERPS = [name for name, each in of_role("erp").items() if each.corrections and not each.fake.startswith("quickbooks")]
ACCOUNTS = [{"key": "A-1", "name": "Acme", "currency": "USD"}, {"key": "A-2", "name": "Bravo", "currency": "USD"}]
PRODUCTS = [{"sku": sku, "name": sku, "prices": {"USD": price}} for sku, price in (("SAW", "10.00"), ("BOLT", "0.35"))]
DEAL = Entry(
    id="90001",
    keys={},
    time_s=0.0,
    changed_s=0.0,
    state="won",
    customer="A-1",
    currency="USD",
    date="2026-05-31",
    total=Decimal("27.35"),
    # One at a discount, one at more than quantity times price.
    lines=(
        Line("SAW", Decimal(3), Decimal("10.00"), Decimal("27.00")),
        Line("BOLT", Decimal(1), Decimal("0.34"), Decimal("0.35")),
    ),
)
AMENDED = msgspec.structs.replace(
    DEAL, customer="A-2", total=Decimal("50.00"), lines=(Line("SAW", Decimal(5), Decimal("10.00"), Decimal("50.00")),)
)


class Erp(Controlled):
    """A fake ERP, and what corrects its orders."""

    def __init__(self, name: str, url: str, control_url: str, token: str) -> None:
        super().__init__(name, control_url, token)
        self.name = name
        self.url = url

    def correct(self, *acts: tuple[str, Any]) -> list[Any]:
        """Carry out corrections, one after the other, in one session; what each returns."""

        async def carry_out() -> list[Any]:
            contract = load_contract(CONTRACTS[self.name])
            api: Corrections
            async with corrections(self.name, self.url, contract, time.time) as api:
                return [await getattr(api, act)(*given) for act, given in acts]

        return asyncio.run(carry_out())

    def orders(self, state: str = "open") -> list[Entry]:
        """The orders of the ledger in a state."""
        entries = msgspec.convert(self.ledger(), list[Entry], strict=False)
        return [entry for entry in entries if entry.state == state]


@pytest.fixture(params=ERPS)
def erp(request: pytest.FixtureRequest) -> Iterator[Erp]:
    with served(request.param) as address:
        found = Erp(request.param, *address)
        found.begin(1.0, ACCOUNTS, PRODUCTS)
        if found.name == "s4hana":
            # An order that its billing run has billed cannot be changed.
            found.configure(bill_after_s=None).raise_for_status()
        yield found
        found.close()


def said(order: Entry) -> tuple[Any, ...]:
    """What an order, or a deal, says."""
    lines = sorted((line.sku.upper(), line.quantity, line.amount) for line in order.lines)
    return order.customer, order.currency, order.date, order.total, lines


def test_a_lost_order_is_made_once_and_invoiced(erp: Erp) -> None:
    if erp.name == "s4hana":
        erp.configure(bill_after_s=0).raise_for_status()
    [order, again] = erp.correct(("create_order", (DEAL,)), ("create_order", (DEAL,)))
    assert order == again
    [booked] = erp.orders()
    assert (booked.id, said(booked)) == (order, said(DEAL))
    erp.correct(("create_invoice", (order,)))
    [invoiced] = erp.orders()
    assert [invoice.total for invoice in invoiced.invoices] == [DEAL.total]


def test_a_wrong_order_is_rewritten_and_a_needless_one_cancelled(erp: Erp) -> None:
    [order] = erp.correct(("create_order", (DEAL,)))
    erp.correct(("rewrite_order", (order, AMENDED)))
    [booked] = erp.orders()
    assert said(booked) == said(AMENDED)
    erp.correct(("cancel_order", (booked.id,)))
    assert erp.orders() == []
    # A deal that is won again gets an order again.
    erp.correct(("create_order", (DEAL,)))
    assert [said(each) for each in erp.orders()] == [said(DEAL)]


# S/4HANA's billing run makes the invoices, which no correction does.
@pytest.mark.parametrize("erp", [name for name in ERPS if name != "s4hana"], indirect=True)
def test_an_invoiced_order_is_rewritten_with_its_invoice(erp: Erp) -> None:
    [order] = erp.correct(("create_order", (DEAL,)))
    erp.correct(("create_invoice", (order,)))
    [invoice] = [invoice.id for entry in erp.orders() for invoice in entry.invoices]
    erp.correct(("delete_invoice", (invoice,)), ("rewrite_order", (order, AMENDED)), ("create_invoice", (order,)))
    [booked] = erp.orders()
    assert said(booked) == said(AMENDED)
    assert [each.total for each in booked.invoices if each.is_open] == [AMENDED.total]


def test_what_the_erp_refuses_says_why(erp: Erp) -> None:
    unknown = msgspec.structs.replace(DEAL, customer="A-9")
    with pytest.raises(Refusal, match=r"\S{3}"):
        erp.correct(("create_order", (unknown,)))
    assert erp.orders() == []
