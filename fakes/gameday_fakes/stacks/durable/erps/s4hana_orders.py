"""How a deal becomes an order of S/4HANA, and what of the ERP's documents and errors means what."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping as AnyMapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.trouble import Trouble, by_text

#: The statuses of the credit check, the billing, the posting and the rejection that count.
CREDIT_BLOCK, BILLED, POSTED, REJECTED = "B", "C", "C", "C"
#: Where an order has the id of its deal.
DEAL = "PurchaseOrderByCustomer"
#: The decimals that a rate is kept with.
_PERCENT_DECIMALS = 9

# A message class has its numbers, which differ by release, so the text decides; the first that fits counts.
_TEXTS = (
    # A field that the ERP demands, whatever the field's name has in it.
    ("enter a value for|required entry fields", "contract_violation"),
    ("being processed by", "locked"),
    ("precondition", "locked"),
    ("credit limit", "credit_hold"),
    ("legal hold", "legal_hold"),
    ("posting period", "period_closed"),
    (r"property \w+ is invalid|could not find a property", "schema_changed"),
    ("block", "invalid_reference"),
    ("not defined", "invalid_reference"),
    ("does not exist", "invalid_reference"),
)


def trouble_of(reply: httpx.Response) -> Trouble:
    """The trouble of an error: ``{"error": {"code", "message": {"value"}}}``, or a page of what stands before it."""
    try:
        error = json.loads(reply.content)["error"]
        code, text = str(error["code"]), str(error["message"]["value"])
    except (ValueError, LookupError, TypeError):
        code, text = "", reply.text[:200]
    return by_text(reply, f"{reply.status_code} {code} {text}".strip(), "erp", text, _TEXTS)


class Mapping:
    """Builds what an order says from a deal, by the definition: a header, its lines, and what they add up to.

    Customer and products are named as the CRM knows them; the client puts the ERP's numbers in their place.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        """The body, with references as the CRM has them and prices as sold."""
        values = {"id": deal.id, "name": deal.name, "close_date": deal.close_date, "correlation": correlation}
        return {
            "header": {field: values[source] for field, source in self._sink.order.items()},
            "customer": deal.account,
            "currency": currency_id,
            "lines": [self.line(line, currency_id) for line in deal.lines],
            "net": deal.amount,
            "tax": deal.tax,
        }

    def line(self, line: Line, currency: str) -> dict[str, Any]:
        """One line. Its net amount follows from the conditions, which are chosen so that it is the one sold."""
        of, unit = self._sink.conditions, Decimal(1).scaleb(int(line.amount.as_tuple().exponent))
        gross = (line.unit_price * line.quantity).quantize(unit, ROUND_HALF_UP)
        percent, rest = _discount(gross, line.amount, unit)
        prices = [{"ConditionType": of["price"], "ConditionRateValue": line.unit_price, "ConditionCurrency": currency}]
        if percent:
            prices.append({"ConditionType": of["discount"], "ConditionRateValue": percent})
        if rest:
            prices.append({"ConditionType": of["rest"], "ConditionRateValue": rest, "ConditionCurrency": currency})
        return {
            "sku": line.sku,
            "quantity": line.quantity,
            "amount": line.amount,
            "tax_code": (line.tax_code or self._sink.untaxed).upper(),
            "prices": prices,
        }

    def sold_to(self, body: dict[str, Any], customer: str) -> dict[str, Any]:
        """The body for the customer with that id of the CRM."""
        return {**body, "customer": customer}

    def reopened(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body for an order that has been cancelled: its items are rejected for good, so another one is made."""
        return body


def _discount(gross: Decimal, net: Decimal, unit: Decimal) -> tuple[Decimal, Decimal]:
    """The discount in percent with the fewest decimals, and the amount that is left of it, at most one ``unit``.

    The ERP rounds the discount and the CRM what is left. Of more than the gross amount all is left.
    """
    if abs(net) >= abs(gross):
        return Decimal(0), net - gross
    exact = (1 - net / gross) * 100
    for decimals in range(_PERCENT_DECIMALS + 1):
        percent = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        rest = net - (gross - (gross * percent / 100).quantize(unit, ROUND_HALF_UP))
        if abs(rest) <= unit:
            break
    return percent, rest


def document(
    body: AnyMapping[str, Any], area: AnyMapping[str, str], customer: str, products: AnyMapping[str, str], type_: str
) -> dict[str, Any]:
    """The request for a new order: with the sales ``area``, and the numbers of customer and products by SKU."""
    header = {field: _written(field, value) for field, value in body["header"].items()}
    items = [
        {
            "Material": products[line["sku"]],
            "RequestedQuantity": _text(line["quantity"]),
            "ProductTaxClassification1": line["tax_code"],
            "to_PricingElement": [
                {**price, "ConditionRateValue": _text(price["ConditionRateValue"])} for price in line["prices"]
            ],
        }
        for line in body["lines"]
    ]
    identity = {"SalesOrderType": type_, "SoldToParty": customer, "TransactionCurrency": body["currency"]}
    return {**header, **area, **identity, "to_Item": items}


def is_like(
    order: AnyMapping[str, Any], body: AnyMapping[str, Any], customer: str, products: AnyMapping[str, str]
) -> bool:
    """Whether an order, with its items and their prices, already says what a body says."""
    header = body["header"]
    same = (
        order["SoldToParty"] == customer,
        order["TransactionCurrency"] == body["currency"],
        not header.get("SalesOrderDate") or day(order["SalesOrderDate"]) == header["SalesOrderDate"],
        number(order["TotalNetAmount"]) == body["net"],
        tax_of(order) == body["tax"],
    )
    lines = [
        (products[each["sku"]], each["quantity"], each["prices"][0]["ConditionRateValue"], each["amount"])
        for each in body["lines"]
    ]
    price = body["lines"][0]["prices"][0]["ConditionType"] if body["lines"] else ""
    return all(same) and sorted(lines) == sorted(_content(item, price) for item in items_of(order))


def _content(item: AnyMapping[str, Any], price: str) -> tuple[str, Decimal, Decimal, Decimal]:
    rates = [
        number(each["ConditionRateValue"])
        for each in item["to_PricingElement"]["results"]
        if each["ConditionType"] == price
    ]
    unit = rates[-1] if rates else Decimal(0)
    return item["Material"], number(item["RequestedQuantity"]), unit, number(item["NetAmount"])


def items_of(order: AnyMapping[str, Any]) -> list[dict[str, Any]]:
    """The items of an order that are not rejected."""
    return [item for item in order["to_Item"]["results"] if not item["SalesDocumentRjcnReason"]]


def tax_of(order: AnyMapping[str, Any]) -> Decimal:
    """The tax on the items of an order."""
    return sum((number(item["TaxAmount"]) for item in items_of(order)), Decimal(0))


def ledger_order(order: AnyMapping[str, Any], customers: AnyMapping[str, str]) -> LedgerOrder:
    """An order of the ledger; one whose items are all rejected has ended. ``customers``: their numbers by id."""
    return LedgerOrder(
        id=order["SalesOrder"],
        deal=order[DEAL],
        total=number(order["TotalNetAmount"]),
        ended=order["OverallSDDocumentRejectionSts"] == REJECTED,
        currency=order["TransactionCurrency"],
        tax=tax_of(order),
        customer=next((id_ for id_, number in customers.items() if number == order["SoldToParty"]), ""),
    )


def quoted(text: str) -> str:
    """A text as a literal of a filter or a key: a quote is written twice."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def any_of(field: str, values: list[str]) -> str:
    """A filter for one of these values."""
    return " or ".join(f"{field} eq {quoted(value)}" for value in values)


def day(written: str) -> str:
    """A day as version 2 of OData writes it, milliseconds since 1970 at midnight in UTC: ``/Date(1773532800000)/``."""
    since_s = int(written.removeprefix("/Date(").removesuffix(")/")) / 1000
    return datetime.datetime.fromtimestamp(since_s, datetime.UTC).date().isoformat()


def _written(field: str, value: str) -> str:
    if not field.endswith("Date"):
        return value
    # A local midnight could be the day before.
    midnight = datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.UTC)
    return f"/Date({int(midnight.timestamp()) * 1000})/"


def number(value: Any) -> Decimal:
    """An amount or a quantity, which version 2 of OData writes as text."""
    return Decimal(str(value))


def _text(value: Decimal) -> str:
    return f"{value:f}"
