"""The rules of invoices: those that requests create, and those that AutoInvoice makes of orders. No HTTP here.

Sources: docs.oracle.com, "Create Receivables Invoices", "Create an Invoice with Lines", "Delete a Receivables Invoice";
for AutoInvoice "How AutoInvoice Processes Invoices". A line names its sales order, by which an invoice is one of the
order. Lines of a closed period stay with AutoInvoice until it is opened. The texts of refusals are [R].
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.account import BUSINESS_UNIT, CREDENTIALS
from gameday_fakes.oracle_fusion.bodies import Body
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.masters import INVOICE_LINES, INVOICES, TAX_LINES
from gameday_fakes.oracle_fusion.sales_order import LINES, ORDERS
from gameday_fakes.oracle_fusion.store import OPEN, PodStore, sum_of

#: The transaction sources of the pod and its transaction types.
SOURCES = (CREDENTIALS["transaction_source"], "Manual", "Distributed Order Orchestration")
AUTOINVOICE_SOURCE = SOURCES[-1]
TYPES = ("Invoice",)


class Receivables:
    """Creates and deletes invoices. ``made`` are the orders, by their first version, that AutoInvoice has invoiced."""

    def __init__(self, store: PodStore) -> None:
        self._store = store
        self.made: list[int] = []

    # -- by requests ---------------------------------------------------------------------------------

    def create(self, body: Body) -> Record:
        """A new invoice with its lines. Raises ODataError."""
        store, given = self._store, body.given
        for name in ("BusinessUnit", "TransactionSource", "TransactionType"):
            if not given.get(name):
                raise body.refuse("missing_field", f"The attribute {name} is required.", target=name)
        for name, known in (
            ("BusinessUnit", (BUSINESS_UNIT,)),
            ("TransactionSource", SOURCES),
            ("TransactionType", TYPES),
        ):
            if given[name] not in known:
                raise body.refuse("unknown_reference", f"The value {given[name]} isn't valid.", target=name)
        customer = self._customer(body)
        currency = given.get("InvoiceCurrencyCode") or customer.values["CurrencyCode"] or "USD"
        if currency not in store.currencies:
            text = f"The currency {currency} isn't valid."
            raise body.refuse("unknown_reference", text, target="InvoiceCurrencyCode")
        number = given.get("TransactionNumber")
        if number and store.by(INVOICES, "TransactionNumber", number) is not None:
            text = f"The transaction number {number} already exists."
            raise body.refuse("duplicate", text, target="TransactionNumber")
        date = given.get("TransactionDate") or store.now().date()
        posted = given.get("AccountingDate") or date
        if not store.is_open(posted):
            text = f"The accounting date {posted} isn't in an open or future-enterable period."
            raise body.refuse("closed_period", text, target="AccountingDate")
        header = {
            **given,
            "TransactionNumber": number or store.next_number("invoice"),
            "TransactionDate": date,
            "AccountingDate": posted,
            "DueDate": given.get("DueDate") or date,
            "BillToCustomerNumber": customer.values["PartyNumber"],
            "BillToCustomerName": customer.values["OrganizationName"],
            "InvoiceCurrencyCode": currency,
        }
        invoice = store.add(INVOICES, {**header, "_order": None}, requested=True)
        for place, child in enumerate(body.children.get("receivablesInvoiceLines", ()), start=1):
            self._line(invoice, child, place)
        return self._sum_up(invoice)

    def _customer(self, body: Body) -> Record:
        number, name = body.given.get("BillToCustomerNumber"), body.given.get("BillToCustomerName")
        if not number and not name:
            text = "The attribute BillToCustomerNumber is required."
            raise body.refuse("missing_field", text, target="BillToCustomerNumber")
        store = self._store
        found = store.organization(number) if number else store.by("hubOrganizations", "OrganizationName", name)
        if found is None:
            text = f"The bill-to customer {number or name} isn't valid."
            raise body.refuse("unknown_reference", text, target="BillToCustomerNumber")
        return found

    def _line(self, invoice: Record, body: Body, place: int) -> None:
        """A line, which makes the invoice one of the order that it names. Raises ODataError."""
        store, given = self._store, body.given
        for name in ("Quantity", "UnitSellingPrice"):
            if given.get(name) is None:
                raise body.refuse("missing_field", f"The attribute {name} is required.", target=name)
        number = given.get("ItemNumber")
        item = store.item(number) if number else None
        if number and item is None:
            raise body.refuse("unknown_reference", f"The item {number} isn't valid.", target="ItemNumber")
        if not number and not given.get("Description"):
            raise body.refuse("missing_field", "The attribute Description is required.", target="Description")
        currency = invoice.values["InvoiceCurrencyCode"]
        amount = store.rounded(given["Quantity"] * given["UnitSellingPrice"], currency)
        code = given.get("TaxClassificationCode") or ""
        if code and code not in store.tax_rates:
            raise body.refuse("unknown_reference", f"The tax {code} isn't valid.", target="TaxClassificationCode")
        order = store.by(ORDERS, "OrderNumber", given["SalesOrder"]) if given.get("SalesOrder") else None
        if order is not None:
            store.change(INVOICES, store.current(INVOICES, invoice), _order=order.values["_root"])
        tax = self._tax(body, order, store.rounded(amount * store.tax_rates.get(code, Decimal(0)) / 100, currency))
        described = given.get("Description") or (item.values["ItemDescription"] if item is not None else "")
        found = {**given, "Description": described, "LineNumber": given.get("LineNumber") or place}
        self._add_line(invoice, {**found, "LineAmount": amount, "TaxClassificationCode": code or None}, code, tax)

    def _tax(self, body: Body, order: Record | None, computed: Decimal) -> Decimal:
        """The tax on a line: that of manual tax lines, else what the tax engine computes. Raises ODataError."""
        manual = body.children.get("receivablesInvoiceLineTaxLines", ())
        for each in manual:
            for name in ("TaxRateCode", "TaxAmount"):
                if each.given.get(name) is None:
                    raise each.refuse("missing_field", f"The attribute {name} is required.", target=name)
        if manual:
            return sum((each.given["TaxAmount"] for each in manual), Decimal(0))
        state = self._store.state
        if order is not None and state.untaxed and state.zeroes_tax(order.values["SourceTransactionNumber"]):
            return Decimal(0)
        return computed

    def _add_line(self, invoice: Record, values: dict[str, Any], code: str, tax: Decimal) -> None:
        store = self._store
        own = {"_CustomerTransactionId": invoice.values["CustomerTransactionId"], "_tax": tax, "_taxed": bool(code)}
        line = store.add(INVOICE_LINES, {**values, **own})
        if code:
            rates = {"TaxRateCode": code, "TaxRate": store.tax_rates.get(code, Decimal(0)), "TaxAmount": tax}
            whose = {"_CustomerTransactionLineId": line.values["CustomerTransactionLineId"]}
            store.add(TAX_LINES, {**rates, "TaxableAmount": values["LineAmount"], **whose})

    def _sum_up(self, invoice: Record) -> Record:
        lines = self._store.children(INVOICES, invoice, "receivablesInvoiceLines")
        total = sum_of(lines, "LineAmount") + sum_of(lines, "_tax")
        now = self._store.current(INVOICES, invoice)
        return self._store.change(INVOICES, now, EnteredAmount=total, InvoiceBalanceAmount=total)

    def change(self, invoice: Record, body: Body) -> Record:
        """Change what may be changed of an invoice: texts, terms, the due date. Raises ODataError."""
        fixed = [name for name in body.given if self._is_fixed(name)]
        if fixed:
            raise body.refuse("read_only", f"The attribute {fixed[0]} can't be changed.", target=fixed[0])
        if any(body.children.values()):
            raise body.refuse("rule", "The lines of a complete invoice can't be changed.")
        return self._store.touched(INVOICES, invoice, **body.given)

    def _is_fixed(self, name: str) -> bool:
        return self._store.schema.sets[INVOICES].properties[name].create_only

    def delete(self, invoice: Record) -> None:
        """Delete an invoice, where the pod allows it. Raises ODataError."""
        store, values = self._store, invoice.values
        if not store.settings.allow_transaction_deletion:
            raise refused("rule", "The system options of Receivables don't allow that transactions are deleted.")
        if not store.is_open(values["AccountingDate"]):
            raise refused("closed_period", "The transaction is in an accounting period that isn't open.")
        store.remove(INVOICES, (values["CustomerTransactionId"],))
        order = store.in_force(values["_order"]) if values["_order"] is not None else None
        if order is not None and values["TransactionSource"] == AUTOINVOICE_SOURCE:
            # What AutoInvoice has billed waits for its next run.
            store.change(ORDERS, order, _billable_s=store.clock.now_s())
            waiting = {"StatusCode": "AWAIT_BILLING", "InvoiceInterfacedFlag": False, "OpenFlag": True}
            for line in store.lines(order):
                if line.values["InvoiceInterfacedFlag"] and not line.values["CanceledFlag"]:
                    store.change(LINES, line, **waiting)

    # -- AutoInvoice ---------------------------------------------------------------------------------

    def run(self) -> None:
        """AutoInvoice: make the invoices that are due, as of then, or as of the order's last change."""
        store = self._store
        after_s, now_s = store.settings.autoinvoice_after_s, store.clock.now_s()
        if after_s is None:
            return
        for root in [*store.roots()]:
            order = store.in_force(root)
            if order is None or order.values["_billable_s"] + after_s > now_s or self.obstacle(order):
                continue
            with store.transaction():
                self.invoice(order, time_s=max(order.values["_billable_s"] + after_s, order.values["_changed_s"]))

    def obstacle(self, order: Record) -> str:
        """Why AutoInvoice does not invoice an order; empty if it does."""
        if order.values["StatusCode"] != OPEN:
            return "the order isn't open"
        if order.values["OnHoldFlag"]:
            return "the order is on hold"
        if not self._billable(order):
            return "no line waits to be billed"
        if not self._store.is_open(order.values["TransactionOn"].date()):
            return "the accounting period isn't open"
        return ""

    def _billable(self, order: Record) -> list[Record]:
        lines = (line for line in self._store.lines(order) if line.values["StatusCode"] == "AWAIT_BILLING")
        return [line for line in lines if line.values["InvoiceEnabledFlag"] and not line.values["OnHoldFlag"]]

    def invoice(self, order: Record, *, time_s: float | None = None) -> Record:
        """The invoice that AutoInvoice makes of an order. Raises ODataError."""
        problem = self.obstacle(order)
        if problem:
            raise refused("rule", f"Sales order {order.values['OrderNumber']} wasn't invoiced: {problem}.")
        store, values = self._store, order.values
        day: datetime.date = values["TransactionOn"].date()
        header = {
            "TransactionNumber": store.next_number("invoice"),
            "TransactionSource": AUTOINVOICE_SOURCE,
            "TransactionType": TYPES[0],
            "BusinessUnit": BUSINESS_UNIT,
            "TransactionDate": day,
            "AccountingDate": day,
            "DueDate": day,
            "BillToCustomerNumber": values["BuyingPartyNumber"],
            "BillToCustomerName": values["BuyingPartyName"],
            "InvoiceCurrencyCode": values["TransactionalCurrencyCode"],
            "PaymentTerms": values["PaymentTerms"],
            "PurchaseOrder": values["CustomerPONumber"],
            "CrossReference": values["OrderNumber"],
            "_time_s": store.clock.now_s() if time_s is None else time_s,
            "_order": values["_root"],
        }
        invoice = store.add(INVOICES, header)
        for place, line in enumerate(self._billable(order), start=1):
            self._billed(invoice, order, line, place)
        self.made.append(values["_root"])
        return self._sum_up(invoice)

    def _billed(self, invoice: Record, order: Record, line: Record, place: int) -> None:
        store, sold = self._store, line.values
        code = store.tax_code_of(sold, store.item(sold["ProductNumber"]))
        given = {
            "LineNumber": place,
            "ItemNumber": sold["ProductNumber"],
            "Description": sold["ProductDescription"],
            "Quantity": sold["OrderedQuantity"],
            "UnitSellingPrice": sold["UnitSellingPrice"],
            "UnitOfMeasure": sold["OrderedUOMCode"],
            "TaxClassificationCode": code or None,
            "SalesOrder": order.values["OrderNumber"],
            "SalesOrderDate": order.values["TransactionOn"].date(),
            "LineAmount": sold["ExtendedAmount"],
        }
        self._add_line(invoice, given, code, sold["TaxAmount"])
        store.change(LINES, line, StatusCode="BILLED", InvoiceInterfacedFlag=True, OpenFlag=False)


def invoices_of(store: PodStore, root: int) -> Iterator[Record]:
    """The invoices of an order, by its first version."""
    return iter(store[INVOICES].find(("_order",), (root,)))
