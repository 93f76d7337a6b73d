"""What the durable stack's client of S/4HANA does, with the fake: sessions, orders, invoices, credit blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from fakes.s4hana.conftest import Erp, erp, running  # noqa: F401 - fixtures
from gameday_fakes.manifests import manifests
from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.crm import Account
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.erps import s4hana
from gameday_fakes.stacks.durable.erps.s4hana_orders import trouble_of
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from support.control import NO_AUTHORITY
from support.rows import rows

DEFINITION = load("salesforce", "s4hana")
DEAL = "006xY"
SAWS = Line("SAW-1", Decimal(2), Decimal(100), Decimal("199.98"))
MORE = Line("SAW-1", Decimal(3), Decimal(100), Decimal(300))
Act = Callable[[s4hana.Client], Awaitable[Any]]


def body_of(*lines: Line, currency: str = "USD", account: str = "001aB") -> dict[str, Any]:
    amount = sum((line.amount for line in lines), Decimal(0))
    deal = Deal(DEAL, "Saws", account, currency, amount, "2026-03-15", "1", lines)
    return s4hana.Mapping(DEFINITION.sink).order(deal, correlation="c", currency_id=currency)


def asked(erp: Erp, *acts: Act) -> Any:  # noqa: F811 - the fixture
    """What the last of these acts of one client returns."""

    async def done() -> Any:
        async with httpx.AsyncClient(verify=NO_AUTHORITY) as http:
            client = s4hana.Client(Transport("erp", erp.url, http), manifests()["s4hana"].credentials, DEFINITION.sink)
            found = None
            for act in acts:
                found = await act(client)
            return found

    return asyncio.run(done())


def written(erp: Erp, *lines: Line) -> str:  # noqa: F811 - the fixture
    """The number of the deal's order with these lines, SAWS unless given."""
    return str(asked(erp, lambda client: client.put_order(DEAL, body_of(*(lines or (SAWS,))))))


def billed(erp: Erp) -> str:  # noqa: F811 - the fixture
    """The number of the invoice that somebody asks the billing run for."""
    return str(erp.try_operation("bill", {}, DEAL).json()["id"])


@pytest.fixture(autouse=True)
def _no_billing_run(erp: Erp) -> None:  # noqa: F811 - the fixture
    erp.configure(bill_after_s=None).raise_for_status()


def test_an_order_that_is_written_twice_is_there_once(erp: Erp) -> None:  # noqa: F811
    assert written(erp) == written(erp)
    (entry,) = erp.ledger()
    assert (entry["total"], entry["keys"]["PurchaseOrderByCustomer"]) == ("199.98", DEAL)


def test_an_order_that_was_never_billed_is_replaced_when_its_deal_is_amended(erp: Erp) -> None:  # noqa: F811
    written(erp)
    another = written(erp, MORE)
    assert [(entry["id"], entry["total"]) for entry in erp.ledger()] == [(another, "300.00")]


def test_an_order_that_was_billed_is_cancelled_with_its_invoice_before_another_is_written(erp: Erp) -> None:  # noqa: F811
    order = written(erp)
    erp.operate("bill", {}, DEAL)
    another = written(erp, MORE)
    first, second = erp.ledger()
    assert (first["id"], first["state"], first["invoices"][0]["credited"]) == (order, "cancelled", "199.98")
    assert (second["id"], second["state"], second["total"]) == (another, "open", "300.00")
    ledger = asked(erp, lambda client: client.ledger([DEAL]))[DEAL]
    assert {each.id: each.ended for each in ledger} == {order: True, another: False}


def test_an_invoice_is_that_of_the_billing_run_and_is_waited_for(erp: Erp) -> None:  # noqa: F811
    order = written(erp)
    with pytest.raises(Trouble, match="unbilled: the billing run has not billed order"):
        asked(erp, lambda client: client.transform(order))
    document = billed(erp)
    assert asked(erp, lambda client: client.transform(order)) == document
    assert asked(erp, lambda client: client.invoices_of(order)) == {document: Decimal("199.98")}


@pytest.mark.slow
def test_an_outdated_invoice_is_cancelled_once_and_its_order_can_be_billed_again(erp: Erp) -> None:  # noqa: F811
    order = written(erp)
    invoice = billed(erp)
    asked(erp, *2 * [lambda client: client.delete_invoice(invoice)])
    assert asked(erp, lambda client: client.invoices_of(order)) == {}
    # It has a billing block, which the wait for the next invoice takes away.
    with pytest.raises(Trouble, match="unbilled"):
        asked(erp, lambda client: client.transform(order))
    assert billed(erp) != invoice


def test_an_order_under_a_credit_block_is_no_order_that_waits_for_its_invoice(erp: Erp) -> None:  # noqa: F811
    erp.inject("block_credit")
    order = written(erp)
    with pytest.raises(Trouble, match=r"credit_hold: order .* credit block"):
        asked(erp, lambda client: client.transform(order))


def test_an_invoice_that_is_made_and_not_posted_is_a_closed_period(erp: Erp) -> None:  # noqa: F811
    order = written(erp)
    erp.inject("close_period")
    erp.operate("bill", {}, DEAL)
    with pytest.raises(Trouble, match="period_closed"):
        asked(erp, lambda client: client.transform(order))


def test_a_session_that_has_ended_is_begun_again_and_the_write_is_repeated(erp: Erp) -> None:  # noqa: F811
    def end(client: s4hana.Client) -> Awaitable[Any]:
        erp.inject("expire_csrf")
        return client.put_order(DEAL, body_of(MORE))

    asked(erp, lambda client: client.put_order(DEAL, body_of(SAWS)), end)
    assert [entry["total"] for entry in erp.ledger()] == ["300.00"]


def test_an_order_of_which_only_the_header_was_written_is_replaced(erp: Erp) -> None:  # noqa: F811
    erp.order(DEAL, to_Item=[])
    assert asked(erp, lambda client: client.is_half_written(DEAL))
    written(erp)
    assert [entry["total"] for entry in erp.ledger()] == ["199.98"]


def test_a_customer_that_may_not_order_yet_is_completed(erp: Erp) -> None:  # noqa: F811
    account = Account("001New", "New", "EUR", "Ulm", "DE")
    role = {"to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}]}
    name = {"BusinessPartnerCategory": "2", "OrganizationBPName1": "New", "BusinessPartnerIDByExtSystem": "001New"}
    erp.token = erp.fetch()
    assert erp.call("POST", "API_BUSINESS_PARTNER/A_BusinessPartner", name | role).status_code == 201
    assert not asked(erp, lambda client: client.has_customer("001New"))
    asked(erp, *2 * [lambda client: client.put_customer(account)])
    assert asked(erp, lambda client: client.has_customer("001New"))
    order = body_of(Line("SAW-1", Decimal(1), Decimal(90), Decimal(90)), currency="EUR", account="001New")
    asked(erp, lambda client: client.put_order(DEAL, order))
    assert [entry["customer"] for entry in erp.ledger()] == ["001New"]


def test_a_sales_area_that_another_process_adds_meanwhile_is_no_trouble(erp: Erp) -> None:  # noqa: F811
    account = Account("001New", "New", "EUR", "Ulm", "DE")

    async def both(client: Any) -> None:
        await asyncio.gather(client.put_customer(account), client.put_customer(account))

    role = {"to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}]}
    name = {"BusinessPartnerCategory": "2", "OrganizationBPName1": "New", "BusinessPartnerIDByExtSystem": "001New"}
    erp.token = erp.fetch()
    assert erp.call("POST", "API_BUSINESS_PARTNER/A_BusinessPartner", name | role).status_code == 201
    asked(erp, both)
    assert asked(erp, lambda client: client.has_customer("001New"))


@pytest.mark.parametrize("account", ["001None", "o'brien"])
def test_a_customer_or_product_that_is_not_there_is_named(erp: Erp, account: str) -> None:  # noqa: F811
    with pytest.raises(Trouble, match=f"invalid_reference: .*{account}"):
        asked(erp, lambda client: client.put_order(DEAL, body_of(SAWS, account=account)))
    with pytest.raises(Trouble, match="invalid_reference: the ERP has no product SAW-9"):
        asked(erp, lambda client: client.put_order(DEAL, body_of(Line("SAW-9", Decimal(1), Decimal(1), Decimal(1)))))


SOLD = [
    *(("2", "100", "199.98"), ("3", "33.33", "100.00"), ("7", "0", "0.00"), ("0.5", "9.99", "5.00")),
    *(("1", "911.96", "797.97"), ("8", "155.204", "1055.39"), ("1", "100", "120.00"), ("25", "0.07", "0.01")),
]


def test_a_line_has_the_net_amount_that_was_sold(erp: Erp) -> None:  # noqa: F811
    lines = [Line("SAW-1", *map(Decimal, each)) for each in SOLD]
    written(erp, *lines)
    (entry,) = erp.ledger()
    assert [Decimal(each["amount"]) for each in entry["lines"]] == [line.amount for line in lines]


def test_a_line_is_taxed_by_its_code_and_not_by_its_product(erp: Erp) -> None:  # noqa: F811
    bolts = Line("BOLT-2", Decimal(100), Decimal("0.35"), Decimal("35.00"))
    written(erp, bolts, Line("SAW-1", Decimal(1), Decimal(100), Decimal("100.00"), "2", Decimal("7.00")))
    (entry,) = erp.ledger()
    assert [Decimal(each["tax"]) for each in entry["lines"]] == [Decimal(0), Decimal("7.00")]


@rows(
    ("status", "body", "reason"),
    [
        (429, "<html>Too Many Requests</html>", "rate_limited"),
        (503, "<html>", "unavailable"),
        (401, "<html>Anmeldung fehlgeschlagen", "login_refused"),
        (403, {"error": {"code": "/IWFND/MED/170", "message": {"value": "No authorization"}}}, "permission_denied"),
        (400, {"error": {"code": "V1/042", "message": {"value": "is currently being processed by user X"}}}, "locked"),
        (412, {"error": {"code": "x", "message": {"value": "Precondition Failed"}}}, "locked"),
        (
            400,
            {"error": {"code": "F5/201", "message": {"value": "Posting period 03 2026 is not open"}}},
            "period_closed",
        ),
        (
            400,
            {"error": {"code": "VP/150", "message": {"value": "Material X is blocked for sales"}}},
            "invalid_reference",
        ),
        (400, {"error": {"message": "of another form"}}, "refused"),
        (400, [], "refused"),
    ],
)
def test_an_error_of_s4hana_has_its_reason(status: int, body: Any, reason: str) -> None:
    reply = httpx.Response(status, text=body) if isinstance(body, str) else httpx.Response(status, json=body)
    assert trouble_of(reply).reason == reason
