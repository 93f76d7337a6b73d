"""How a deal becomes an order of Oracle Fusion, and what of the ERP's documents and errors means what."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.trouble import Trouble, by_text

#: What leads to a line of an order.
_LINE_IDS = (
    "SourceTransactionLineId",
    "SourceTransactionLineNumber",
    "SourceScheduleNumber",
    "SourceTransactionScheduleId",
)
OPEN, DRAFT = "OPEN", "DOO_DRAFT"
#: Where an order has the id of its deal.
DEAL = "SourceTransactionNumber"

# Most refusals have one code, so the text decides; the first that fits counts.
_TEXTS = (
    # A field that the ERP demands, whatever the field's name has in it.
    (r"attribute \w+ is required|the attribute is required", "contract_violation"),
    ("period", "period_closed"),
    ("credit check", "credit_hold"),
    ("legal hold", "legal_hold"),
    ("failed to lock", "locked"),
    ("another user has changed", "locked"),
    (r"attribute \w+ isn't one of|cannot be used in this context", "schema_changed"),
    ("inactive", "invalid_reference"),
    ("isn't valid", "invalid_reference"),
)


def trouble_of(reply: httpx.Response) -> Trouble:
    """The trouble of an error: ``{"o:errorDetails": [{"detail", "o:errorCode"}]}``."""
    try:
        first = json.loads(reply.content)["o:errorDetails"][0]
        code, text = str(first.get("o:errorCode", "")), str(first["detail"])
    except (ValueError, LookupError, TypeError, AttributeError):
        code, text = "", reply.text[:200]
    detail = f"{reply.status_code} {code} {text}".strip()
    return by_text(reply, detail, "erp", text, _TEXTS)


class Mapping:
    """Builds the payload of an order from a deal, by the definition: a header, its lines, and what they add up to."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        """The payload, with references by number and prices as sold."""
        moment = f"{deal.close_date}T00:00:00+00:00"
        values = {"id": deal.id, "name": deal.name, "close_date": moment, "correlation": correlation}
        header = {
            **{field: values[source] for field, source in self._sink.order.items()},
            "BuyingPartyNumber": deal.account,
            "TransactionalCurrencyCode": currency_id,
            # Without it the price list decides, and reports no error.
            "FreezePriceFlag": True,
            # Without it the order, or its change, stays a draft.
            "SubmittedFlag": True,
        }
        lines = [self.line(line, currency_id) for line in deal.lines]
        return {"header": header, "lines": lines, "net": deal.amount, "tax": deal.tax}

    def line(self, line: Line, currency: str) -> dict[str, Any]:
        """One line with its charge: the price of one, and the net amount that was sold."""
        listed = {
            "SourceChargeComponentId": "1",
            "PriceElementCode": "QP_LIST_PRICE",
            "HeaderCurrencyCode": currency,
            "HeaderCurrencyUnitPrice": line.unit_price,
        }
        net = {
            "SourceChargeComponentId": "2",
            "PriceElementCode": "QP_NET_PRICE",
            "HeaderCurrencyCode": currency,
            "HeaderCurrencyExtendedAmount": line.amount,
        }
        charge = {
            "SourceChargeId": "1",
            "PrimaryFlag": True,
            "PriceTypeCode": "ONE_TIME",
            "ChargeDefinitionCode": "QP_SALE_PRICE",
            "chargeComponents": [listed, net],
        }
        return {
            "ProductNumber": line.sku,
            "OrderedQuantity": line.quantity,
            "OrderedUOMCode": "EA",
            "TaxClassificationCode": line.tax_code or None,
            "TaxExemptCode": None if line.tax_code else self._sink.untaxed,
            "charges": [charge],
        }

    def sold_to(self, body: dict[str, Any], customer: str) -> dict[str, Any]:
        """The payload for the customer with that id of the CRM, which is its number."""
        return {**body, "header": {**body["header"], "BuyingPartyNumber": customer}}

    def reopened(self, body: dict[str, Any]) -> dict[str, Any]:
        """The payload for an order that has been cancelled: it stays so, and another one is made."""
        return body


def lines_for(body: AnyMapping[str, Any], known: Sequence[AnyMapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lines of a payload with what leads to them, and a cancellation of each line that the deal no longer has.

    A line of the same item is changed; a line that was cancelled cannot be, so its id is not used again.
    """
    left = [line for line in known if not line["CanceledFlag"]]
    taken = {str(line["SourceTransactionLineId"]) for line in known}
    fresh = (str(number) for number in itertools.count(1) if str(number) not in taken)
    for line in body["lines"]:
        same = next((each for each in left if each["ProductNumber"] == line["ProductNumber"]), None)
        if same is not None:
            left.remove(same)
        yield {**(_ids_of(same) if same is not None else dict.fromkeys(_LINE_IDS, next(fresh))), **line}
    for gone in left:
        yield {**_ids_of(gone), "OrderedQuantity": 0, "CancelReason": "No longer sold"}


def _ids_of(line: AnyMapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in _LINE_IDS}


def is_like(order: AnyMapping[str, Any], body: AnyMapping[str, Any]) -> bool:
    """Whether an order already says what a payload says, and is in force."""
    header, lines = body["header"], lines_of(order)
    same = (
        order["StatusCode"] == OPEN,
        order["BuyingPartyNumber"] == header["BuyingPartyNumber"],
        order["TransactionalCurrencyCode"] == header["TransactionalCurrencyCode"],
        order["TransactionOn"][:10] == header.get("TransactionOn", order["TransactionOn"])[:10],
        sum((number(line["TaxAmount"]) for line in lines), Decimal(0)) == body["tax"],
    )
    return all(same) and sorted(map(_content, lines)) == sorted(map(_sold, body["lines"]))


def lines_of(order: AnyMapping[str, Any]) -> list[AnyMapping[str, Any]]:
    """The lines of an order that are not cancelled."""
    return [line for line in order["lines"]["items"] if not line["CanceledFlag"]]


def _content(line: AnyMapping[str, Any]) -> tuple[str, Decimal, Decimal, Decimal]:
    quantity, price, amount = (number(line[name]) for name in ("OrderedQuantity", "UnitListPrice", "ExtendedAmount"))
    return line["ProductNumber"], quantity, price, amount


def _sold(line: AnyMapping[str, Any]) -> tuple[str, Decimal, Decimal, Decimal]:
    listed, net = line["charges"][0]["chargeComponents"]
    price, amount = listed["HeaderCurrencyUnitPrice"], net["HeaderCurrencyExtendedAmount"]
    return line["ProductNumber"], line["OrderedQuantity"], price, amount


def invoice_of(order: AnyMapping[str, Any]) -> dict[str, Any]:
    """The payload of an order's invoice. Its number is made of the order's, so that there is no second one."""
    day = order["TransactionOn"][:10]
    return {
        "TransactionNumber": f"SO-{order['OrderNumber']}",
        "CrossReference": order["OrderNumber"],
        "TransactionType": "Invoice",
        "TransactionDate": day,
        "AccountingDate": day,
        "BillToCustomerNumber": order["BuyingPartyNumber"],
        "InvoiceCurrencyCode": order["TransactionalCurrencyCode"],
        "receivablesInvoiceLines": [_invoiced(order, line) for line in lines_of(order)],
    }


def _invoiced(order: AnyMapping[str, Any], line: AnyMapping[str, Any]) -> dict[str, Any]:
    quantity, amount = number(line["OrderedQuantity"]), number(line["ExtendedAmount"])
    # The amount follows from the price of one, so that has as many decimals as it takes.
    price = amount / quantity if quantity else number(line["UnitListPrice"])
    code = None if line["TaxExemptCode"] else line["TaxClassificationCode"]
    # The tax is the order's, which the reconciler compares: Receivables would compute it anew.
    tax = [{"TaxRateCode": code, "TaxAmount": line["TaxAmount"]}] if code else []
    return {
        "ItemNumber": line["ProductNumber"],
        "Quantity": quantity,
        "UnitSellingPrice": round(price, 15),
        "TaxClassificationCode": code,
        "SalesOrder": order["OrderNumber"],
        "receivablesInvoiceLineTaxLines": tax,
    }


def ledger_order(order: AnyMapping[str, Any]) -> LedgerOrder:
    """An order of the ledger."""
    lines = lines_of(order)
    return LedgerOrder(
        id=order["OrderKey"],
        deal=order[DEAL],
        total=sum((number(line["ExtendedAmount"]) for line in lines), Decimal(0)),
        ended=order["CanceledFlag"],
        currency=order["TransactionalCurrencyCode"],
        tax=sum((number(line["TaxAmount"]) for line in lines), Decimal(0)),
        customer=order["BuyingPartyNumber"],
    )


def quoted(text: str) -> str:
    """A text as a literal of a query: a quote is written twice."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def number(value: Any) -> Decimal:
    """An amount of a document."""
    return Decimal(str(value))
