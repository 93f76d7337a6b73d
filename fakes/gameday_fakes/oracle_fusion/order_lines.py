"""The rules of order lines: what they need, their prices and their tax. No HTTP here. Sources as in ``orders``."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.bodies import Body
from gameday_fakes.oracle_fusion.sales_order import CHARGES, COMPONENTS, LINES, ORDERS
from gameday_fakes.oracle_fusion.store import PodStore

LIST_PRICE, NET_PRICE = "QP_LIST_PRICE", "QP_NET_PRICE"
#: How a payload names a part that is there: by its id, or by the ids of its source.
_IDENTITIES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    LINES: (("FulfillLineId",), ("SourceTransactionLineId", "SourceTransactionScheduleId")),
    CHARGES: (("SourceChargeId",),),
    COMPONENTS: (("SourceChargeComponentId",),),
}
_NEEDED = ("SourceTransactionLineId", "SourceTransactionLineNumber", "SourceScheduleNumber")
_PARTS = {"charges": CHARGES, "chargeComponents": COMPONENTS}


class OrderLines:
    """Writes the lines of orders."""

    def __init__(self, store: PodStore) -> None:
        self._store = store

    def write(self, order: Record, body: Body) -> Record:
        """Add a line, or change the one that a payload names. Raises ODataError."""
        store, given = self._store, body.given
        known = _named(store.lines(order), LINES, given)
        if known is None:
            own = dict.fromkeys(("HeaderId", "_HeaderId"), order.values["HeaderId"])
            line = store.add(LINES, {**self._new(body), **own})
        else:
            if known.values["CanceledFlag"] and given.get("OrderedQuantity", 0) != 0:
                raise body.refuse("rule", "The order line was canceled and can't be changed.", target="OrderedQuantity")
            product = self._product(body) if {"ProductNumber", "ProductId"} & given.keys() else {}
            fixed = {name: value for name, value in given.items() if name != "FulfillLineId"}
            line = store.touched(LINES, known, **{**fixed, **product})
        if line.values["OrderedQuantity"] == 0 and known is not None:
            line = store.change(LINES, line, CanceledFlag=True, OpenFlag=False, StatusCode="CANCELED")
        if body.children.get("charges"):
            # A charge of the source takes the place of what the price list gave the line.
            for charge in store.children(LINES, line, "charges"):
                if charge.values["SourceChargeId"] is None:
                    store.remove(CHARGES, (charge.values["OrderChargeId"],))
        for accessor, parts in body.children.items():
            for part in parts:
                self._write_part(LINES, line, accessor, part)
        return line

    def _new(self, body: Body) -> dict[str, Any]:
        """The values of a new line. Raises ODataError."""
        given = body.given
        lacking = next((name for name in _NEEDED if not given.get(name)), "")
        if not lacking and given.get("OrderedQuantity") is None:
            lacking = "OrderedQuantity"
        if lacking:
            raise body.refuse("missing_field", f"The attribute {lacking} is required.", target=lacking)
        product = self._product(body)
        return {
            **given,
            **product,
            "SourceTransactionScheduleId": given.get("SourceTransactionScheduleId") or given["SourceScheduleNumber"],
            "OrderedUOMCode": given.get("OrderedUOMCode") or "EA",
            "TransactionCategoryCode": given.get("TransactionCategoryCode") or "ORDER",
            "FulfillLineId": self._store.new_id(),
        }

    def _product(self, body: Body) -> dict[str, Any]:
        """The item that a payload names. Raises ODataError."""
        store, given = self._store, body.given
        number, id_ = given.get("ProductNumber"), given.get("ProductId")
        name = "ProductNumber" if number else "ProductId"
        if not number and not id_:
            raise body.refuse("missing_field", "The attribute ProductNumber is required.", target="ProductNumber")
        item = store.item(number) if number else store.get("itemsV2", id_)
        if item is None:
            raise body.refuse("unknown_reference", f"The item {number or id_} isn't valid.", target=name)
        values = item.values
        is_gone = values["ItemStatusValue"] != "Active" or not values["CustomerOrderEnabledFlag"]
        if is_gone or store.state.deactivates(values["ItemNumber"]):
            raise body.refuse("inactive_reference", f"The item {values['ItemNumber']} is inactive.", target=name)
        enabled = values["InvoiceEnabledFlag"] or store.settings.autoinvoice_after_s is not None
        return {
            "ProductNumber": values["ItemNumber"],
            "ProductId": values["ItemId"],
            "ProductDescription": given.get("ProductDescription") or values["ItemDescription"],
            "InvoiceEnabledFlag": enabled,
        }

    def _write_part(self, parent: str, record: Record, accessor: str, body: Body) -> None:
        """Add or change a charge of a line, or a component of a charge."""
        store, name = self._store, _PARTS[accessor]
        of = store.schema.sets[parent]
        known = _named(store.children(parent, record, accessor), name, body.given)
        if known is None:
            own = of.navigations[accessor].own[0]
            known = store.add(name, {**body.given, f"_{own}": record.values[own]})
        else:
            known = store.change(name, known, **body.given)
        for inner, parts in body.children.items():
            for part in parts:
                self._write_part(name, known, inner, part)

    def copy(self, line: Record, order: Record) -> None:
        """Give another version of an order the same line."""
        store = self._store
        own = dict.fromkeys(("HeaderId", "_HeaderId"), order.values["HeaderId"])
        fresh = {"LineId": None, "CreationDate": None, **own}
        copy = store.add(LINES, {**line.values, **fresh})
        for charge in store.children(LINES, line, "charges"):
            given = {"OrderChargeId": None, "_LineId": copy.values["LineId"]}
            made = store.add(CHARGES, {**charge.values, **given})
            for component in store.children(CHARGES, charge, "chargeComponents"):
                given = {"OrderChargeComponentId": None, "_OrderChargeId": made.values["OrderChargeId"]}
                store.add(COMPONENTS, {**component.values, **given})

    # -- prices --------------------------------------------------------------------------------------

    def price(self, order: Record, line: Record) -> Record:
        """Price a line: by its own charge where prices are frozen, else by the price list; and tax it."""
        store, values = self._store, line.values
        currency, quantity = order.values["TransactionalCurrencyCode"], values["OrderedQuantity"]
        charges = store.children(LINES, line, "charges")
        if order.values["FreezePriceFlag"] and charges:
            listed, unit, extended = self._frozen(charges, quantity)
        else:
            # What a request says of charges counts only where prices are frozen.
            for charge in charges:
                store.remove(CHARGES, (charge.values["OrderChargeId"],))
            day = order.values["TransactionOn"].date()
            listed = store.list_price(values["ProductNumber"], currency, day)
            unit = extended = None
            if listed is not None:
                self._add_charge(line, listed, currency)
        unit = listed if unit is None else unit
        priced = unit is not None
        amount = store.rounded(unit * quantity if extended is None else extended, currency) if unit is not None else 0
        if values["CanceledFlag"]:
            amount = Decimal(0)
        code = store.tax_code_of(values, store.item(values["ProductNumber"]))
        tax = store.rounded(Decimal(amount) * store.tax_rates.get(code, Decimal(0)) / 100, currency)
        if store.state.untaxed and store.state.zeroes_tax(str(order.values["SourceTransactionNumber"])):
            tax = Decimal(0)
        found: dict[str, Any] = {"UnitListPrice": listed or unit or Decimal(0), "UnitSellingPrice": unit or Decimal(0)}
        found |= {"ExtendedAmount": Decimal(amount), "TaxAmount": tax, "_taxed": bool(code), "_priced": priced}
        return store.change(LINES, line, **found)

    def _frozen(
        self, charges: list[Record], quantity: Decimal
    ) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """The list price, the net price of one and the net amount that the first charge of a line states."""
        charge = next((each for each in charges if each.values["PrimaryFlag"]), charges[0])
        found: dict[str, tuple[Decimal | None, Decimal | None]] = {}
        for part in self._store.children(CHARGES, charge, "chargeComponents"):
            values = part.values
            unit = _first(values["HeaderCurrencyUnitPrice"], values["ChargeCurrencyUnitPrice"])
            whole = _first(values["HeaderCurrencyExtendedAmount"], values["ChargeCurrencyExtendedAmount"])
            found[values["PriceElementCode"]] = unit, whole
        listed, _ = found.get(LIST_PRICE, (None, None))
        unit, extended = found.get(NET_PRICE, (None, None))
        if unit is None and extended is not None and quantity:
            unit = extended / quantity
        return listed, _first(unit, charge.values["AverageUnitSellingPrice"]), extended

    def _add_charge(self, line: Record, price: Decimal, currency: str) -> None:
        """The charge that the price list gives a line."""
        store, quantity = self._store, line.values["OrderedQuantity"]
        given = {"ChargeDefinitionCode": "QP_SALE_PRICE", "ChargeTypeCode": "ORA_SALE", "PriceTypeCode": "ONE_TIME"}
        given |= {"ApplyToCode": "PRICE", "ChargeSubtypeCode": "ORA_PRICE", "ChargeCurrencyCode": currency}
        numbers = {"PricedQuantity": quantity, "AverageUnitSellingPrice": price, "SequenceNumber": 1}
        flags = {"PrimaryFlag": True, "RollupFlag": False, "CanAdjustFlag": True}
        charge = store.add(CHARGES, {**given, **numbers, **flags, "_LineId": line.values["LineId"]})
        for place, (code, usage) in enumerate(((LIST_PRICE, "LIST_PRICE"), (NET_PRICE, "NET_PRICE")), start=1):
            given = {"PriceElementCode": code, "PriceElementUsageCode": usage, "HeaderCurrencyCode": currency}
            amounts = {"HeaderCurrencyUnitPrice": price, "HeaderCurrencyExtendedAmount": price * quantity}
            whole = {**given, **amounts, "SequenceNumber": place, "_OrderChargeId": charge.values["OrderChargeId"]}
            store.add(COMPONENTS, whole)

    def need_price(self, line: Record, body: Body) -> None:
        """Raises ODataError for a line without a price."""
        line = self._store.current(LINES, line)
        if not line.values["_priced"]:
            item = line.values["ProductNumber"]
            raise body.refuse("rule", f"Pricing found no price for the item {item}.", target="lines")

    def submitted(self, line: Record) -> None:
        """A line whose order has been submitted waits to be billed."""
        if not line.values["CanceledFlag"] and line.values["StatusCode"] != "BILLED":
            self._store.change(LINES, self._store.current(LINES, line), StatusCode="AWAIT_BILLING")

    def order_of(self, line: Record) -> Record:
        """The version of the order that a line is in."""
        return self._store[ORDERS].records[line.values["_HeaderId"],]


def _named(among: list[Record], name: str, given: Mapping[str, Any]) -> Record | None:
    """The part that a payload names; None for a new one."""
    for names in _IDENTITIES[name]:
        wanted = [given.get(each) for each in names]
        if wanted[0] is None:
            continue
        for record in among:
            if all(value in (None, record.values[each]) for each, value in zip(names, wanted, strict=True)):
                return record
    return None


def _first(*values: Decimal | None) -> Decimal | None:
    return next((value for value in values if value is not None), None)
