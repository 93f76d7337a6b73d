"""The rules of sales orders: what they need, what they take from customers and products, and what they are worth.

Source: SAP Help Portal, "Sales Orders" and "Incompletion Log" in Sales; the wording of refusals is [R]. No HTTP here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday_fakes.odata.records import Record
from gameday_fakes.s4hana.account import CREDENTIALS, LANGUAGE, SALES_AREA
from gameday_fakes.s4hana.errors import Message, Refused
from gameday_fakes.s4hana.masters import CUSTOMER, DESCRIPTION, PRODUCT
from gameday_fakes.s4hana.masters import SALES_AREA as CUSTOMER_SALES_AREA
from gameday_fakes.s4hana.pricing import Pricing, deal_of
from gameday_fakes.s4hana.sales_order import HEADER_PRICE, ITEM, ORDER, PARTNER
from gameday_fakes.s4hana.store import ClientStore

_TYPES = ("OR",)
#: Sold-to, ship-to, bill-to party and payer: every order has all of them.
_FUNCTIONS = ("SP", "SH", "BP", "PY")
_STEP = 10
#: Statuses of a credit check (domain CMGST): approved, not approved, released by the credit department.
APPROVED, BLOCKED, RELEASED = "A", "B", "D"


class Orders:
    """Completes orders and their parts. ``warnings`` are the messages of the request under way."""

    def __init__(self, store: ClientStore, pricing: Pricing) -> None:
        self._store = store
        self._pricing = pricing
        self.warnings: list[Message] = []
        #: The order that is being inserted with its parts.
        self._new = ""

    # -- the order itself ----------------------------------------------------------------------------

    def insert(self, given: Mapping[str, Any]) -> Record:
        """A new order, whose parts come next. Raises Refused."""
        lacking = [name for name in ("SalesOrderType", *SALES_AREA, "SoldToParty") if not given.get(name)]
        if lacking:
            messages = [Message("00/055", f"Enter a value for {name}", target=name) for name in lacking]
            raise Refused("missing_field", messages[0].text, target=lacking[0], messages=messages[1:])
        type_ = given["SalesOrderType"]
        if type_ not in _TYPES:
            raise Refused("unknown_reference", f"Sales document type {type_} is not defined", target="SalesOrderType")
        area = self._sales_area(given)
        store, today = self._store, self._store.today()
        self._check_reference(given)
        currency = given.get("TransactionCurrency") or area.values["Currency"]
        if currency not in store.currencies:
            text = f"Currency {currency} is not defined"
            raise Refused("unknown_reference", text, target="TransactionCurrency")
        date = given.get("SalesOrderDate") or today
        found = {
            **given,
            "SalesOrder": store.next_number(ORDER),
            "TransactionCurrency": currency,
            "SalesOrderDate": date,
            "PricingDate": given.get("PricingDate") or date,
            "CreatedByUser": CREDENTIALS["user"][:12],
            "CustomerPaymentTerms": given.get("CustomerPaymentTerms") or area.values["CustomerPaymentTerms"],
            "IncotermsClassification": given.get("IncotermsClassification") or area.values["IncotermsClassification"],
        }
        record = store.add(ORDER, found, requested=True)
        self._new = record.values["SalesOrder"]
        return record

    def inserted(self, record: Record) -> Record:
        """A new order and its parts have been added: price it, check credit and completeness. Raises Refused."""
        self._new = ""
        store, number = self._store, record.values["SalesOrder"]
        for function in _FUNCTIONS:
            if store.get(PARTNER, number, function) is None:
                partner = {"SalesOrder": number, "PartnerFunction": function, "Customer": record.values["SoldToParty"]}
                store.add(PARTNER, partner)
        for item in store.items(number):
            self._pricing.price(item)
        self._pricing.sum_up(number)
        return self._checked(number, new=True)

    def update(self, record: Record, given: Mapping[str, Any]) -> Record:
        """Change values of an order. Raises Refused."""
        store, values = self._store, {**record.values, **given}
        fixed = ("SalesOrderType", *SALES_AREA, "SoldToParty", "TransactionCurrency")
        if any(values[name] != record.values[name] for name in fixed) and _is_billed(record):
            raise Refused("subsequent_document")
        if "SoldToParty" in given or set(SALES_AREA) & given.keys():
            self._sales_area(values)
        if values["TransactionCurrency"] not in store.currencies:
            raise Refused("unknown_reference", "The currency is not defined", target="TransactionCurrency")
        number = record.values["SalesOrder"]
        store.put(ORDER, values)
        if "TransactionCurrency" in given:
            for item in store.items(number):
                self._pricing.price(item)
        self._pricing.sum_up(number)
        return self._checked(number)

    def remove(self, record: Record) -> None:
        """Raises Refused for an order that cannot be deleted."""
        if _is_billed(record):
            raise Refused("subsequent_document", "The sales document has subsequent documents and cannot be deleted")

    def _sales_area(self, given: Mapping[str, Any]) -> Record:
        """The sales area of a customer who may order. Raises Refused."""
        store, number = self._store, given["SoldToParty"]
        area = store.get(CUSTOMER_SALES_AREA, number, *(given[name] for name in SALES_AREA))
        if area is None:
            shown = " ".join(given[name] for name in SALES_AREA)
            text = f"Customer {number} is not defined for the sales area {shown}"
            raise Refused("unknown_reference", text, target="SoldToParty")
        customer, partner = store.get(CUSTOMER, number), store.partner_of(number)
        key = partner.values["_key"] if partner is not None else ""
        blocked = area.values["OrderIsBlockedForCustomer"] or (
            customer and customer.values["OrderIsBlockedForCustomer"]
        )
        central = partner is not None and partner.values["BusinessPartnerIsBlocked"]
        if blocked or central or store.state.deactivates(key or number):
            raise Refused("inactive_reference", f"Sales order block for customer {number}", target="SoldToParty")
        return area

    def _check_reference(self, given: Mapping[str, Any]) -> None:
        """Whether the customer has an order with this purchase order number, as it is configured. Raises Refused."""
        store, reference = self._store, given.get("PurchaseOrderByCustomer")
        check = store.settings.check_customer_reference
        if check == "no" or not reference:
            return
        same = store[ORDER].find(("PurchaseOrderByCustomer",), (reference,))
        known = next((each for each in same if each.values["SoldToParty"] == given["SoldToParty"]), None)
        if known is None:
            return
        text = f"Purchase order number in sales document {known.values['SalesOrder']} already exists"
        if check == "error":
            raise Refused("duplicate", text, target="PurchaseOrderByCustomer")
        self.warnings.append(Message("V4/115", text, "warning", "PurchaseOrderByCustomer"))

    # -- parts ---------------------------------------------------------------------------------------

    def insert_item(self, given: Mapping[str, Any]) -> Record:
        """A new item. Raises Refused."""
        store, order = self._store, self._open(given.get("SalesOrder", ""))
        product = self._product(given.get("Material", ""))
        if not given.get("RequestedQuantity") or given["RequestedQuantity"] <= 0:
            raise Refused("missing_field", "Enter an order quantity", target="RequestedQuantity")
        taken = [int(item.values["SalesOrderItem"]) for item in store.items(order.values["SalesOrder"])]
        number = given.get("SalesOrderItem") or str(max(taken, default=0) // _STEP * _STEP + _STEP)
        if not number.isascii() or not number.isdigit() or int(number) in (0, *taken):
            raise Refused("bad_value", f"Item {number} cannot be created", target="SalesOrderItem")
        found = {
            **given,
            "SalesOrder": order.values["SalesOrder"],
            "SalesOrderItem": number,
            "RequestedQuantityUnit": given.get("RequestedQuantityUnit") or product.values["BaseUnit"],
            "SalesOrderItemText": given.get("SalesOrderItemText") or self._text(product),
            "SalesOrderItemCategory": given.get("SalesOrderItemCategory") or "TAN",
            "MaterialGroup": product.values["ProductGroup"],
            "PurchaseOrderByCustomer": order.values["PurchaseOrderByCustomer"],
            "PricingDate": order.values["PricingDate"],
            "_unit_price": None,
            "_taxed": False,
        }
        return store.add(ITEM, found)

    def update_item(self, record: Record, given: Mapping[str, Any]) -> Record:
        """Change values of an item. Raises Refused."""
        self._open(record.values["SalesOrder"])
        if "Material" in given:
            self._product(given["Material"])
        if "RequestedQuantity" in given and (given["RequestedQuantity"] or 0) <= 0:
            raise Refused("missing_field", "Enter an order quantity", target="RequestedQuantity")
        return self._store.put(ITEM, {**record.values, **given})

    def insert_partner(self, given: Mapping[str, Any]) -> Record:
        """A partner in a function, which replaces the one that the order has in it. Raises Refused."""
        order = self._open(given.get("SalesOrder", ""))
        if given.get("Customer") and self._store.get(CUSTOMER, given["Customer"]) is None:
            raise Refused("unknown_reference", f"Customer {given['Customer']} does not exist", target="Customer")
        return self._store.add(PARTNER, {**given, "SalesOrder": order.values["SalesOrder"]})

    def insert_element(self, of: str, given: Mapping[str, Any]) -> Record:
        """A manual element of the pricing procedure. Raises Refused."""
        self._open(given.get("SalesOrder", ""))
        if of != HEADER_PRICE and self._store.get(ITEM, given["SalesOrder"], given.get("SalesOrderItem", "")) is None:
            raise Refused("not_found")
        return self._pricing.new_element(of, given)

    def changed_part(self, values: Mapping[str, Any]) -> None:
        """A part of an order has changed; those of a new order are looked at when all are there. Raises Refused."""
        number = values["SalesOrder"]
        store, one = self._store, values.get("SalesOrderItem")
        if number == self._new or store.get(ORDER, number) is None:
            return
        for item in store.items(number):
            if one in (None, item.values["SalesOrderItem"]):
                self._pricing.price(item)
        self._pricing.sum_up(number)
        self._checked(number)

    def _open(self, number: str) -> Record:
        """An order that can be changed. Raises Refused."""
        order = self._store.get(ORDER, number)
        if order is None:
            raise Refused("not_found", f"Sales document {number[:10]} is not in the database")
        if _is_billed(order):
            raise Refused("subsequent_document")
        return order

    def _product(self, number: str) -> Record:
        store, product = self._store, self._store.get(PRODUCT, number)
        if product is None:
            shown = " ".join((SALES_AREA["SalesOrganization"], SALES_AREA["DistributionChannel"]))
            text = f"Material {number or '(none)'} is not defined for sales org./distr. channel {shown}"
            raise Refused("unknown_material", text, target="Material")
        values = product.values
        is_gone = values["IsMarkedForDeletion"] or values["CrossPlantStatus"]
        if is_gone or store.state.deactivates(values["_sku"] or number):
            raise Refused("inactive_reference", f"Material {number} is blocked for sales", target="Material")
        return product

    def _text(self, product: Record) -> str:
        text = self._store.get(DESCRIPTION, product.values["Product"], LANGUAGE)
        return str(text.values["ProductDescription"]) if text is not None else ""

    # -- completeness and credit ---------------------------------------------------------------------

    def _checked(self, number: str, *, new: bool = False) -> Record:
        """An order with what its incompletion log and its credit check say now."""
        store = self._store
        record = self._store[ORDER].records[number,]
        values, items = record.values, store.items(number)
        lacking = [name for name in store.settings.incompletion_fields if values.get(name) in ("", None)]
        lacking += [f"Item {i.values['SalesOrderItem']}: price" for i in items if i.values["_unit_price"] is None]
        if lacking:
            text = f"Sales order {number} is incomplete: {', '.join(lacking)[:200]}"
            self.warnings.append(Message("V1/555", text, "warning"))
        changed: dict[str, Any] = {"_incomplete": tuple(lacking)}
        if new:
            changed["_blocked_by"] = store.state.credit_block_of(deal_of(record))
            changed["TotalCreditCheckStatus"] = BLOCKED if changed["_blocked_by"] else APPROVED
        return store.change(ORDER, record, **changed)

    def release_credit(self, fault_id: str) -> None:
        """The credit team releases the orders that a fault has put under a credit block."""
        for order in [*self._store[ORDER].records.values()]:
            values = order.values
            if values["_blocked_by"] == fault_id and values["TotalCreditCheckStatus"] == BLOCKED:
                self._store.put(ORDER, self._store.stamped({**values, "TotalCreditCheckStatus": RELEASED}))


def _is_billed(order: Record) -> bool:
    return bool(order.values["OverallOrdReltdBillgStatus"] == "C")
