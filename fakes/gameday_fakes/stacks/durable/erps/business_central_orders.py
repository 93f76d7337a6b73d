"""How a deal becomes an order of Business Central, and what of the ERP's documents and errors means what."""

from __future__ import annotations

import json
from collections.abc import Mapping as AnyMapping
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.trouble import Trouble, by_text

#: Statuses of invoices that are not posted, and of those that no longer hold.
DRAFTS, ENDED = ("Draft", "In Review", " "), ("Canceled",)
#: Where an order has the id of its deal.
DEAL = "externalDocumentNumber"
#: The decimals that prices are kept with.
_PRICE = Decimal("0.00001")

# Most refusals by a rule have one code, so the text decides; the first that fits counts.
_TEXTS = (
    # A field that the ERP demands, whatever the field's name has in it.
    ("must have a value|must not be blank", "contract_violation"),
    ("posting date", "period_closed"),
    ("credit limit", "credit_hold"),
    ("legal hold", "legal_hold"),
    ("another session", "locked"),
    ("already changed", "locked"),
    # A property, not a record.
    ("does not exist on type|could not find a property", "schema_changed"),
    ("blocked", "invalid_reference"),
    ("cannot be found", "invalid_reference"),
    ("does not exist", "invalid_reference"),
)


def trouble_of(reply: httpx.Response) -> Trouble:
    """The trouble of an error: ``{"error": {"code", "message"}}``."""
    try:
        error = json.loads(reply.content)["error"]
        code, text = str(error["code"]), str(error["message"])
    except (ValueError, LookupError, TypeError):
        code, text = "", reply.text[:200]
    detail = f"{reply.status_code} {code} {text}".strip()
    return by_text(reply, detail, "erp", text, _TEXTS)


class Mapping:
    """Builds the body of an order from a deal, by the definition: a header, its lines, and what they add up to."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        """The body, with references by number and prices as sold."""
        values = {"id": deal.id, "name": deal.name, "close_date": deal.close_date, "correlation": correlation}
        header = {field: values[source] for field, source in self._sink.order.items()}
        return {
            "header": {**header, "customerNumber": deal.account.upper(), "currencyCode": currency_id},
            "lines": [self.line(line, _decimals(deal)) for line in deal.lines],
            "net": deal.amount,
            "tax": deal.tax,
        }

    def line(self, line: Line, decimals: Decimal) -> dict[str, Any]:
        """One line. Its net amount follows from price and discount: both are chosen so that it is the one sold."""
        price, gross = line.unit_price, (line.unit_price * line.quantity).quantize(decimals, ROUND_HALF_UP)
        if line.quantity and abs(gross) < abs(line.amount):
            price = (abs(line.amount / line.quantity)).quantize(_PRICE, ROUND_CEILING).copy_sign(line.unit_price or 1)
            gross = (price * line.quantity).quantize(decimals, ROUND_HALF_UP)
        return {
            "lineType": "Item",
            "lineObjectNumber": line.sku.upper(),
            "quantity": line.quantity,
            "unitPrice": price,
            "discountAmount": gross - line.amount,
            "taxCode": (line.tax_code or self._sink.untaxed).upper(),
        }

    def sold_to(self, body: dict[str, Any], customer: str) -> dict[str, Any]:
        """The body for the customer with that id of the CRM, which is its number."""
        return {**body, "header": {**body["header"], "customerNumber": customer.upper()}}

    def reopened(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body for an order that has been cancelled: it is gone, so another one is made."""
        return body


def _decimals(deal: Deal) -> Decimal:
    """The smallest unit in which the deal's amounts are stated."""
    exponents = [line.amount.as_tuple().exponent for line in deal.lines]
    return Decimal(1).scaleb(min((each for each in exponents if isinstance(each, int)), default=0))


def is_like(document: AnyMapping[str, Any], lines: str, date: str, body: AnyMapping[str, Any]) -> bool:
    """Whether an order or an invoice already says what a body says."""
    header = body["header"]
    same = (
        document["customerNumber"] == header["customerNumber"],
        document["currencyCode"] == header["currencyCode"],
        document[date] == header.get("orderDate", document[date]),
        _number(document["totalAmountExcludingTax"]) == body["net"],
        _number(document["totalTaxAmount"]) == body["tax"],
    )
    return all(same) and sorted(map(_content, document[lines])) == sorted(map(_content, body["lines"]))


def _content(line: AnyMapping[str, Any]) -> tuple[str, Decimal, Decimal, Decimal]:
    quantity, price, discount = (_number(line[name]) for name in ("quantity", "unitPrice", "discountAmount"))
    return line["lineObjectNumber"], quantity, price, discount


def ledger_order(
    document: AnyMapping[str, Any], order: str, deals: AnyMapping[str, str], *, ended: bool
) -> LedgerOrder:
    """An order of the ledger, from itself or from its invoice; ``deals`` by the number that documents have of them."""
    return LedgerOrder(
        id=order,
        deal=deals[document[DEAL].upper()],
        total=_number(document["totalAmountExcludingTax"]),
        ended=ended,
        currency=document["currencyCode"],
        tax=_number(document["totalTaxAmount"]),
        customer=document["customerNumber"],
    )


def quoted(text: str) -> str:
    """A code as a literal of a filter: codes are in upper case, a quote is written twice."""
    doubled = text.upper().replace("'", "''")
    return f"'{doubled}'"


def _number(value: Any) -> Decimal:
    return Decimal(str(value))
