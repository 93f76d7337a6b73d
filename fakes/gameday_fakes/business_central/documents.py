"""The rules of sales documents and their lines: what they need, what they take from customers and items, and amounts.

Source: learn.microsoft.com, "salesOrder resource type", "salesOrderLine resource type" and their neighbours; the texts
of refusals are those of the AL base application as far as they are public, else [R] general knowledge. No HTTP here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gameday_fakes.business_central.columns import NO_ID
from gameday_fakes.business_central.errors import refused
from gameday_fakes.business_central.schema import DOCUMENT_OF, LINES_OF
from gameday_fakes.business_central.store import CompanyStore
from gameday_fakes.odata.records import Record

_DATES = {"salesOrders": "orderDate", "salesInvoices": "invoiceDate", "salesCreditMemos": "creditMemoDate"}
#: How far apart the sequence numbers of lines are.
_STEP = 10_000
_MOST_DIGITS = 18

#: What a document takes from its customer, by the property of the customer.
_ADDRESS = {
    "addressLine1": "AddressLine1",
    "addressLine2": "AddressLine2",
    "city": "City",
    "country": "Country",
    "state": "State",
    "postalCode": "PostCode",
}


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """An amount in its currency. Raises ODataError for one that is too large to be kept."""
    if amount and amount.adjusted() >= _MOST_DIGITS:
        raise refused("bad_value", "The amount is too large.")
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def trimmed(number: Decimal) -> Decimal:
    """A number without zeros at its end."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


class Documents:
    """Completes headers and lines, and keeps their sums."""

    def __init__(self, store: CompanyStore) -> None:
        self._store = store

    # -- headers -------------------------------------------------------------------------------------

    def new_header(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """The values of a new document. Raises ODataError."""
        store = self._store
        if given.get("customerId", NO_ID) in (None, NO_ID) and not given.get("customerNumber"):
            raise refused("dialog", "A customerNumber or a customerID must be provided.", target="customerId")
        customer = self._customer(given)
        found = {**self._of_customer(customer, name), **given, **_identity(customer)}
        found |= self._currency(given, customer)
        today = store.today()
        for date in (_DATES[name], "postingDate"):
            if found.get(date) is None:
                found[date] = today
        if "dueDate" in store.schema.sets[name].properties and found.get("dueDate") is None:
            found["dueDate"] = found[_DATES[name]]
        return {**found, "number": store.next_number(name)}

    def changed_header(self, name: str, record: Record, given: dict[str, Any]) -> dict[str, Any]:
        """The values of a document after a change. Raises ODataError."""
        need_draft(name, record)
        found = {**record.values, **given}
        if {"customerId", "customerNumber"} & given.keys():
            customer = self._customer(given)
            found |= {**self._of_customer(customer, name), **given, **_identity(customer)}
        else:
            # Whether the customer of a document is blocked matters when it is made and when it is posted.
            customer = self._customer({"customerId": found["customerId"]}, check=False)
        if {"currencyId", "currencyCode"} & given.keys():
            found |= self._currency(given, customer)
        return found

    def _customer(self, given: Mapping[str, Any], *, check: bool = True) -> Record:
        store, found = self._store, None
        by_id, by_number = given.get("customerId", NO_ID), given.get("customerNumber")
        if by_id not in (None, NO_ID):
            found = store.get("customers", by_id)
            if found is not None and by_number and found.values["number"] != by_number:
                raise refused("dialog", "The customer values do not match to a specific Customer.", target="customerId")
        elif by_number:
            found = store.by("customers", "number", by_number)
        if found is None:
            raise refused("unknown_reference", "The sell-to customer cannot be found.", target="customerId")
        if check:
            self.need_unblocked(found, ("All",))
        return found

    def need_unblocked(self, customer: Record, blocks: tuple[str, ...]) -> None:
        """Raises ODataError for a customer who is blocked in one of these ways."""
        number, blocked = customer.values["number"], customer.values["blocked"]
        if self._store.state.deactivates(customer.values["_key"] or number):
            blocked = "All"
        if blocked in blocks:
            text = f"You cannot create this type of document when Customer {number} is blocked with type {blocked}"
            raise refused("inactive_reference", text, target="customerId")

    @staticmethod
    def _of_customer(customer: Record, name: str) -> dict[str, Any]:
        values = customer.values
        found = {f"sellTo{theirs}": values[own] for own, theirs in _ADDRESS.items()}
        found |= {f"billTo{theirs}": values[own] for own, theirs in _ADDRESS.items()}
        if name != "salesCreditMemos":
            found |= {f"shipTo{theirs}": values[own] for own, theirs in _ADDRESS.items()}
            found["shipToName"] = values["displayName"]
        return {
            **found,
            "billToName": values["displayName"],
            "billToCustomerId": values["id"],
            "billToCustomerNumber": values["number"],
            "paymentTermsId": values["paymentTermsId"],
            "shipmentMethodId": values["shipmentMethodId"],
            "phoneNumber": values["phoneNumber"],
            "email": values["email"],
        }

    def _currency(self, given: Mapping[str, Any], customer: Record) -> dict[str, Any]:
        """The currency that a body names, else the customer's, else the company's own."""
        store = self._store
        code, by_id = given.get("currencyCode"), given.get("currencyId", NO_ID)
        if not code and by_id not in (None, NO_ID):
            record = store.get("currencies", by_id)
            if record is None:
                raise refused(
                    "unknown_reference", 'The "currencyId" does not match to a Currency.', target="currencyId"
                )
            code = record.values["code"]
        code = code or customer.values["currencyCode"] or store.local_currency
        if code != store.local_currency and store.by("currencies", "code", code) is None:
            text = f"The field Currency Code of table Sales Header contains a value ({code}) that cannot be found in "
            raise refused("unknown_reference", f"{text}the related table (Currency).", target="currencyCode")
        return {"currencyCode": code, "currencyId": store.currency_id(code)}

    # -- lines ---------------------------------------------------------------------------------------

    def new_line(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """The values of a new line. Raises ODataError."""
        store, document = self._store, DOCUMENT_OF[name]
        parent = store.get(document, given.get("documentId") or "")
        if parent is None:
            raise refused("dialog", "You must specify a document id to get the lines.", target="documentId")
        need_draft(document, parent)
        before = store.lines(document, parent.values["id"])
        sequence = given.get("sequence") or (before[-1].values["sequence"] if before else 0) + _STEP
        if any(line.values["sequence"] == sequence for line in before):
            raise refused("duplicate", "The Sales Line already exists.", target="sequence")
        defaults = {each.name: each.default for each in store.schema.sets[name].properties.values()}
        line = {**defaults, **given, "sequence": sequence}
        return self._completed(line, given, parent)

    def changed_line(self, name: str, record: Record, given: dict[str, Any]) -> dict[str, Any]:
        """The values of a line after a change. Raises ODataError."""
        parent = self._store.get(DOCUMENT_OF[name], record.values["documentId"])
        if parent is None:
            raise refused("not_found")
        need_draft(DOCUMENT_OF[name], parent)
        return self._completed({**record.values, **given}, given, parent)

    def _completed(self, line: dict[str, Any], given: dict[str, Any], parent: Record) -> dict[str, Any]:
        if line["lineType"] == "Item":
            self._take_item(line, given, parent)
        elif line["lineType"] == "Comment" and (given.get("quantity") or given.get("unitPrice")):
            raise refused("dialog", "A comment has neither a quantity nor a price.", target="quantity")
        return self._amounts(line, given, parent)

    def _take_item(self, line: dict[str, Any], given: dict[str, Any], parent: Record) -> None:
        store, item = self._store, None
        if "itemId" in given and given["itemId"] not in (None, NO_ID):
            item = store.get("items", given["itemId"])
        elif given.get("lineObjectNumber"):
            item = store.by("items", "number", given["lineObjectNumber"])
        elif line["itemId"] != NO_ID:
            return
        else:
            raise refused("dialog", "The item must be specified by itemId or lineObjectNumber.", target="itemId")
        if item is None:
            raise refused("unknown_reference", "The Item does not exist.", target="itemId")
        values = item.values
        if given.get("lineObjectNumber") and given["lineObjectNumber"] != values["number"]:
            raise refused("dialog", "The item values do not match to a specific Item.", target="itemId")
        if values["blocked"] or store.state.deactivates(values["number"]):
            text = f"Blocked must be equal to 'No'  in Item: No.={values['number']}. Current value is 'Yes'."
            raise refused("inactive_reference", text, target="itemId")
        line["itemId"], line["lineObjectNumber"] = values["id"], values["number"]
        line["unitOfMeasureCode"] = given.get("unitOfMeasureCode") or values["baseUnitOfMeasureCode"]
        if not given.get("description"):
            line["description"] = values["displayName"]
        if given.get("unitPrice") is None:
            line["unitPrice"] = store.price(values, parent.values["currencyCode"])
        if not given.get("taxCode"):
            line["taxCode"] = values["taxGroupCode"]

    def _amounts(self, line: dict[str, Any], given: dict[str, Any], parent: Record) -> dict[str, Any]:
        store = self._store
        decimals = store.decimals(parent.values["currencyCode"])
        for name in ("quantity", "unitPrice", "discountAmount", "discountPercent"):
            line[name] = line[name] if line[name] is not None else Decimal(0)
        gross = rounded(line["quantity"] * line["unitPrice"], decimals)
        if "discountAmount" in given:
            line["discountAmount"] = rounded(line["discountAmount"], decimals)
            percent = line["discountAmount"] * 100 / gross if gross else Decimal(0)
            line["discountPercent"] = trimmed(rounded(percent, 5))
        else:
            line["discountAmount"] = rounded(gross * line["discountPercent"] / 100, decimals)
        if not 0 <= line["discountPercent"] <= 100:
            raise refused(
                "bad_value", "The value of Line Discount % must be between 0 and 100.", target="discountPercent"
            )
        rate = self._rate(line["taxCode"], parent)
        net = gross - line["discountAmount"]
        tax = rounded(net * rate / 100, decimals)
        line |= {"amountExcludingTax": net, "taxPercent": rate, "totalTaxAmount": tax, "amountIncludingTax": net + tax}
        line |= {"invoiceDiscountAllocation": Decimal(0), "netAmount": net, "netTaxAmount": tax}
        line["netAmountIncludingTax"] = net + tax
        if "invoiceQuantity" in line:
            line["invoiceQuantity"] = line["shipQuantity"] = line["quantity"]
        return line

    def _rate(self, code: str, parent: Record) -> Decimal:
        store = self._store
        if not code:
            return Decimal(0)
        if code not in store.tax_rates:
            text = (
                f"The field Tax Group Code of table Sales Line contains a value ({code[:40]}) that cannot be found in "
            )
            raise refused("unknown_reference", f"{text}the related table (Tax Group).", target="taxCode")
        if store.state.zeroes_tax(deal_of(parent)):
            return Decimal(0)
        return store.tax_rates[code]

    # -- sums ----------------------------------------------------------------------------------------

    def sum_up(self, name: str, id_: str) -> Record:
        """Bring the sums of a document up to date with its lines, its discount spread over them. Raises ODataError."""
        store = self._store
        record = store.get(name, id_)
        if record is None:
            raise refused("not_found")
        lines = store.lines(name, id_)
        decimals = store.decimals(record.values["currencyCode"])
        before = sum((line.values["amountExcludingTax"] for line in lines), Decimal(0))
        discount = rounded(record.values["discountAmount"] or Decimal(0), decimals)
        if discount and not 0 <= discount <= before:
            # Without lines there is nothing yet from which it could be taken.
            discount = Decimal(0) if not lines else discount
            if lines:
                raise refused("bad_value", "The invoice discount is larger than the amount.", target="discountAmount")
        left, tax_total = discount, Decimal(0)
        for place, line in enumerate(lines):
            values = line.values
            net = values["amountExcludingTax"]
            share = (
                left
                if place == len(lines) - 1
                else rounded(discount * net / before if before else Decimal(0), decimals)
            )
            left -= share
            tax = rounded((net - share) * values["taxPercent"] / 100, decimals)
            tax_total += tax
            sums = {"invoiceDiscountAllocation": share, "netAmount": net - share, "netTaxAmount": tax}
            sums["netAmountIncludingTax"] = net - share + tax
            if any(values[key] != value for key, value in sums.items()):
                store.change(LINES_OF[name], line, **sums)
        net_total = before - discount
        sums = {"totalAmountExcludingTax": net_total, "totalTaxAmount": tax_total}
        sums["totalAmountIncludingTax"] = net_total + tax_total
        return store.put(name, store.stamped({**record.values, **sums}))


def _identity(customer: Record) -> dict[str, Any]:
    values = customer.values
    return {"customerId": values["id"], "customerNumber": values["number"], "customerName": values["displayName"]}


def need_draft(name: str, record: Record) -> None:
    """Raises ODataError for a document that has been posted."""
    if name != "salesOrders" and record.values["status"] not in ("Draft", "In Review"):
        raise refused("dialog", "The document has been posted and can no longer be changed.")


def deal_of(record: Record) -> str:
    """The deal that a document names, else the document's own number."""
    return str(record.values["_external"] or record.values["number"])
