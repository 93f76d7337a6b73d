"""Corrections in Oracle Fusion: sales orders of Order Hub and invoices of Receivables by their REST resources.

Source: docs.oracle.com, "REST API for Oracle Fusion Cloud SCM", "Sales Orders for Order Hub", and "REST API for Oracle
Fusion Cloud Financials", "Receivables Invoices". A line is cancelled by the quantity 0, and with its last line the
order; it cannot be opened again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from gameday.model.contract import Contract
from gameday.repair.api_corrections import ApiCorrections, number, quoted
from gameday.repair.corrections import Refusal
from gameday_fakes.ledger import Entry, Line
from gameday_fakes.oracle_fusion.account import API
from gameday_fakes.oracle_fusion.manifest import MANIFEST

_ORDERS, _INVOICES = MANIFEST.objects
_OWN = MANIFEST.credentials
_FRAMEWORK = {"rest-framework-version": "4"}
_CANCELLED = {"OrderedQuantity": 0, "CancelReason": "No longer sold"}
#: Versions that another one has not replaced.
_IN_FORCE = "StatusCode != 'DOO_REFERENCE'"
#: What a line is known by.
_IDS = ("SourceTransactionLineId", "SourceTransactionLineNumber", "SourceScheduleNumber", "SourceTransactionScheduleId")


class OracleFusionCorrections(ApiCorrections):
    """Order Hub's and Receivables' resources (salesOrdersForOrderHub, receivablesInvoices), with a password."""

    root = API
    media_type = "application/vnd.oracle.adf.resourceitem+json"

    def __init__(self, url: str, contract: Contract, wall_s: Callable[[], float]) -> None:
        super().__init__(url, (_OWN["user"], _OWN["password"]))
        self._contract = contract
        self.http.headers.update(_FRAMEWORK)

    def reason(self, document: Any) -> str:
        return str(document["o:errorDetails"][0]["detail"])

    async def create_order(self, deal: Entry) -> str:
        reference = self._contract.reference(deal.id)
        where = {"q": f"SourceTransactionNumber = {quoted(reference)} and {_IN_FORCE}", "onlyData": "true"}
        known = (await self.sent("GET", _ORDERS, params=where))["items"]
        for order in known:
            if not order["CanceledFlag"]:
                return str(order["OrderKey"])
        # A source transaction that was cancelled is used up.
        ended = {order["OrderKey"] for order in known}
        match = self._contract.match
        body = {
            "SourceTransactionNumber": reference,
            "SourceTransactionSystem": _OWN["source_system"],
            "BusinessUnitName": _OWN["business_unit"],
            **({match: reference} if match else {}),
            "SourceTransactionId": f"{reference}-{len(ended) + 1}" if ended else reference,
            "lines": [_line(line, deal.currency, str(place)) for place, line in enumerate(deal.lines, start=1)],
            **_header(deal),
        }
        return str((await self.sent("POST", _ORDERS, body))["OrderKey"])

    async def rewrite_order(self, order: str, deal: Entry) -> None:
        before = await self._lines(order)
        taken = {str(line["SourceTransactionLineId"]) for line in before}
        fresh = (str(number) for number in range(1, len(before) + len(deal.lines) + 1) if str(number) not in taken)
        lines = [*_cancelled(before), *(_line(line, deal.currency, next(fresh)) for line in deal.lines)]
        await self.sent("PATCH", _path(order), {**_header(deal), "lines": lines})

    async def cancel_order(self, order: str) -> None:
        lines = _cancelled(await self._lines(order))
        if lines:
            await self.sent("PATCH", _path(order), {"SubmittedFlag": True, "lines": lines})

    async def delete_invoice(self, invoice: str) -> None:
        await self.sent("DELETE", f"{_INVOICES}/{invoice}")

    async def create_invoice(self, order: str) -> None:
        found = await self._order(order)
        day, lines = found["TransactionOn"][:10], await self._lines(order)
        if any(line["InvoiceEnabledFlag"] for line in lines):
            raise Refusal(f"order {order} is invoiced by AutoInvoice, which no resource starts")
        body = {
            "BusinessUnit": _OWN["business_unit"],
            "TransactionSource": _OWN["transaction_source"],
            "TransactionType": "Invoice",
            "CrossReference": found["OrderNumber"],
            "TransactionDate": day,
            "AccountingDate": day,
            "BillToCustomerNumber": found["BuyingPartyNumber"],
            "InvoiceCurrencyCode": found["TransactionalCurrencyCode"],
            "receivablesInvoiceLines": [_invoiced(found["OrderNumber"], line) for line in lines],
        }
        await self.sent("POST", _INVOICES, body)

    async def _order(self, order: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.sent("GET", _path(order), params={"expand": "lines", "onlyData": "true"})
        return found

    async def _lines(self, order: str) -> list[dict[str, Any]]:
        """The lines of an order that are not cancelled."""
        return [line for line in (await self._order(order))["lines"]["items"] if not line["CanceledFlag"]]


def _path(order: str) -> str:
    return f"{_ORDERS}/{quote(order, safe=':')}"


def _header(deal: Entry) -> dict[str, Any]:
    """What of an order follows from the deal: prices count where they are frozen, a change where it is submitted."""
    return {
        "BuyingPartyNumber": deal.customer,
        "TransactionalCurrencyCode": deal.currency,
        **({"TransactionOn": f"{deal.date}T00:00:00+00:00"} if deal.date else {}),
        "FreezePriceFlag": True,
        "SubmittedFlag": True,
    }


def _cancelled(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**{name: line[name] for name in _IDS}, **_CANCELLED} for line in lines]


def _line(line: Line, currency: str, own: str) -> dict[str, Any]:
    """A line with its charge: the price of one, and the net amount that was sold. ``own`` is its id."""
    listed = {"SourceChargeComponentId": "1", "PriceElementCode": "QP_LIST_PRICE", "HeaderCurrencyCode": currency}
    net = {"SourceChargeComponentId": "2", "PriceElementCode": "QP_NET_PRICE", "HeaderCurrencyCode": currency}
    charge = {
        "SourceChargeId": "1",
        "PrimaryFlag": True,
        "PriceTypeCode": "ONE_TIME",
        "ChargeDefinitionCode": "QP_SALE_PRICE",
        "chargeComponents": [
            {**listed, "HeaderCurrencyUnitPrice": line.unit_price},
            {**net, "HeaderCurrencyExtendedAmount": line.amount},
        ],
    }
    tax = {"TaxClassificationCode": line.tax_code} if line.tax_code else {}
    item = {"ProductNumber": line.sku, "OrderedQuantity": line.quantity, "OrderedUOMCode": "EA"}
    return {**dict.fromkeys(_IDS, own), **item, **tax, "charges": [charge]}


def _invoiced(order: str, line: Mapping[str, Any]) -> dict[str, Any]:
    """A line of an invoice; its amount follows from the price of one, which has as many decimals as it takes."""
    quantity, amount = number(line["OrderedQuantity"]), number(line["ExtendedAmount"])
    price = amount / quantity if quantity else number(line["UnitListPrice"])
    code = None if line["TaxExemptCode"] else line["TaxClassificationCode"]
    return {
        "ItemNumber": line["ProductNumber"],
        "Quantity": quantity,
        "UnitSellingPrice": round(price, 15),
        "TaxClassificationCode": code,
        "SalesOrder": order,
        **({"receivablesInvoiceLineTaxLines": [{"TaxRateCode": code, "TaxAmount": line["TaxAmount"]}]} if code else {}),
    }
