"""The client of Order Hub and Receivables of the durable stack, against the fake."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from fakes.oracle_fusion.conftest import ORDERS, Erp, erp, invoice, line, running  # noqa: F401 - fixtures
from gameday_fakes.manifests import manifests
from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.crm import Account
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.erps import oracle_fusion
from gameday_fakes.stacks.durable.erps.oracle_fusion_orders import lines_for, trouble_of
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from support.control import NO_AUTHORITY
from support.rows import rows

DEFINITION = load("hubspot", "oracle-fusion")
SAWS = Line("SAW-1", Decimal(2), Decimal(100), Decimal("199.98"))
BOLTS = Line("BOLT-2", Decimal(10), Decimal("0.35"), Decimal("3.50"), "VAT19", Decimal("0.67"))
ORDER = "GAMEDAY:006xY"


def sold(*lines: Line, **changed: Any) -> dict[str, Any]:
    """The payload of a deal."""
    lines = lines or (SAWS,)
    amount = sum((each.amount for each in lines), Decimal(0))
    given = {"amount": amount, "close_date": "2026-03-15", "version": "1", "lines": lines, **changed}
    deal = Deal("006xY", "Saws", "001aB", "USD", **given)
    return oracle_fusion.Mapping(DEFINITION.sink).order(deal, correlation="c", currency_id="USD")


def asked(erp: Erp, act: Callable[[oracle_fusion.Client], Awaitable[Any]]) -> Any:  # noqa: F811 - the fixture
    """What the client returns that does this with the fake."""

    async def done() -> Any:
        async with httpx.AsyncClient(verify=NO_AUTHORITY) as http:
            own = manifests()["oracle-fusion"].credentials
            return await act(oracle_fusion.Client(Transport("erp", erp.url, http), own, DEFINITION.sink))

    return asyncio.run(done())


def put(erp: Erp, body: dict[str, Any]) -> Any:  # noqa: F811
    return asked(erp, lambda client: client.put_order("006xY", body))


def invoiced(erp: Erp, order: str = ORDER) -> Any:  # noqa: F811
    return asked(erp, lambda client: client.transform(order))


def test_an_order_that_is_written_twice_is_there_once(erp: Erp) -> None:  # noqa: F811
    assert (put(erp, sold(SAWS, BOLTS)), put(erp, sold(SAWS, BOLTS))) == (ORDER, ORDER)
    (entry,) = erp.ledger()
    assert (entry["total"], [each.get("tax") for each in entry["lines"]]) == ("203.48", [None, "0.67"])
    assert erp.get(f"{ORDERS}/{ORDER}")["SourceTransactionRevisionNumber"] == 1


def test_an_invoice_whose_reply_was_lost_is_found_by_its_number(erp: Erp) -> None:  # noqa: F811
    put(erp, sold())
    assert invoiced(erp) == invoiced(erp)
    (entry,) = erp.ledger()
    assert [each["total"] for each in entry["invoices"]] == ["199.98"]
    assert asked(erp, lambda client: client.invoices_of(ORDER)) == {entry["invoices"][0]["id"]: Decimal("199.98")}
    for _ in range(2):
        asked(erp, lambda client: client.delete_invoice(entry["invoices"][0]["id"]))
    assert erp.ledger()[0].get("invoices", []) == []


def test_an_amended_deal_revises_the_order_and_cancels_what_is_no_longer_sold(erp: Erp) -> None:  # noqa: F811
    put(erp, sold(SAWS, BOLTS))
    more = Line("SAW-1", Decimal(3), Decimal(100), Decimal(300))
    assert put(erp, sold(more)) == ORDER
    (entry,) = erp.ledger()
    assert [(each["sku"], each["amount"]) for each in entry["lines"]] == [("SAW-1", "300.00")]
    # What was cancelled comes back as another line.
    put(erp, sold(more, BOLTS))
    assert [each["sku"] for each in erp.ledger()[0]["lines"]] == ["SAW-1", "BOLT-2"]


def test_a_deal_that_is_won_again_gets_another_order(erp: Erp) -> None:  # noqa: F811
    put(erp, sold())
    for _ in range(2):
        asked(erp, lambda client: client.cancel_order(ORDER))
    again = put(erp, sold())
    assert again == f"{ORDER}-2" == put(erp, sold())
    assert [entry["state"] for entry in erp.ledger()] == ["cancelled", "open"]
    ledger = asked(erp, lambda client: client.ledger(["006xY", "other"]))
    assert {each.id: (each.ended, each.total) for each in ledger["006xY"]} == {
        ORDER: (True, Decimal(0)),
        again: (False, Decimal("199.98")),
    }


def test_of_several_open_orders_one_is_kept(erp: Erp) -> None:  # noqa: F811
    erp.order()
    erp.order(SourceTransactionId="006xY-other")
    put(erp, sold())
    assert [(entry["state"], entry["total"]) for entry in erp.ledger()] == [("open", "199.98"), ("cancelled", "0")]


def test_an_order_of_which_only_the_header_was_written_gets_its_lines(erp: Erp) -> None:  # noqa: F811
    erp.inject("half_write")
    with pytest.raises(Trouble, match="unavailable"):
        put(erp, sold())
    erp.heal()
    assert asked(erp, lambda client: client.is_half_written("006xY"))
    # Of a deal that is void meanwhile the header is deleted: there is no line to cancel.
    asked(erp, lambda client: client.cancel_order(ORDER))
    assert erp.ledger() == []
    erp.inject("half_write")
    with pytest.raises(Trouble, match="unavailable"):
        put(erp, sold())
    erp.heal()
    put(erp, sold())
    assert [entry["total"] for entry in erp.ledger()] == ["199.98"]


def test_an_order_on_hold_is_not_invoiced(erp: Erp) -> None:  # noqa: F811
    erp.inject("hold_orders")
    put(erp, sold())
    with pytest.raises(Trouble, match="on_hold: order GAMEDAY:006xY is on hold: CREDIT_REVIEW"):
        invoiced(erp)
    erp.heal()
    assert invoiced(erp)


def test_what_the_erp_invoices_itself_is_waited_for(erp: Erp) -> None:  # noqa: F811
    erp.configure(autoinvoice_after_s=1e6).raise_for_status()
    put(erp, sold())
    with pytest.raises(Trouble, match="unbilled"):
        invoiced(erp)
    erp.operate("run_autoinvoice", {}, "006xY")
    assert list(asked(erp, lambda client: client.invoices_of(ORDER)).values()) == [Decimal("199.98")]


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("2", "100", "199.98"), ("3", "33.33", "100.00"), ("-1", "10", "-9.50"), ("7", "0", "0"), ("0.5", "9.99", "5.00")],
)
@pytest.mark.slow
def test_a_line_has_the_net_amount_that_was_sold(
    erp: Erp,  # noqa: F811
    quantity: str,
    price: str,
    amount: str,
) -> None:
    one = Line("SAW-1", Decimal(quantity), Decimal(price), Decimal(amount))
    put(erp, sold(one))
    invoiced(erp)
    (entry,) = erp.ledger()
    assert Decimal(entry["lines"][0]["amount"]) == Decimal(entry["invoices"][0]["lines"][0]["amount"]) == one.amount


def test_customers_and_prices_are_read_by_page(erp: Erp) -> None:  # noqa: F811
    assert not asked(erp, lambda client: client.has_customer("001new"))
    for _ in range(2):
        asked(erp, lambda client: client.put_customer(Account("001new", "New", "EUR")))
    assert asked(erp, lambda client: client.has_customer("001new"))
    assert erp.whole_ledger()["new_customers"] == ["001new"]
    erp.operate("reprice", {"sku": "SAW-1", "currency": "USD", "price": "120.00"})
    prices = asked(erp, lambda client: client.prices())
    assert (prices["SAW-1", "USD"], prices["SAW-1", "JPY"]) == (Decimal(120), Decimal(15000))


def test_ids_of_cancelled_lines_are_not_used_again() -> None:
    known = [{**line(1), "CanceledFlag": True}, {**line(2, ProductNumber="BOLT-2"), "CanceledFlag": False}]
    written = list(lines_for({"lines": [{"ProductNumber": "SAW-1"}]}, known))
    assert [(each["SourceTransactionLineId"], each.get("OrderedQuantity")) for each in written] == [
        ("3", None),
        ("2", 0),
    ]


@rows(
    ("status", "text", "reason"),
    [
        (400, "The accounting date 2026-03-15 isn't in an open or future-enterable period.", "period_closed"),
        (400, "The order failed the credit check: the customer is over the credit limit.", "credit_hold"),
        (400, "Failed to lock the record: another user holds the lock.", "locked"),
        (412, "Another user has changed the row. Query the row again, then make your changes.", "locked"),
        (400, "The item X is inactive.", "invalid_reference"),
        (400, "The buying party X isn't valid.", "invalid_reference"),
        (400, "The request was refused by a rule.", "refused"),
        (403, "You don't have the privilege to do this.", "permission_denied"),
        (429, "Too Many Requests", "rate_limited"),
        (503, "", "unavailable"),
    ],
)
def test_an_error_has_its_reason(status: int, text: str, reason: str) -> None:
    body = json.dumps({"title": "x", "status": str(status), "o:errorDetails": [{"detail": text}]})
    assert trouble_of(httpx.Response(status, text=body)).reason == reason
    assert trouble_of(httpx.Response(status, text=text)).reason in (reason, "refused")
