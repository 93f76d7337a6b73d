"""Prices of items: the elements of the pricing procedure, and what follows from them. No HTTP here.

Source: SAP Help Portal, "Pricing and Conditions" in Sales: a price and percentages are condition types; what a request
gives is a manual element, else the price is found in condition records. The names of condition types are those of SAP's
delivered procedures; which of them a customer's procedure has is its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gameday_fakes.odata.records import Record
from gameday_fakes.s4hana.errors import Refused
from gameday_fakes.s4hana.masters import PRODUCT, SALES_TAX
from gameday_fakes.s4hana.sales_order import HEADER_PRICE, ITEM, ITEM_PRICE, ORDER
from gameday_fakes.s4hana.store import ClientStore

#: Prices, automatic and manual ones; discounts in percent of an item, and of all items from the header.
PRICES, DISCOUNTS, HEADER_DISCOUNTS = ("PPR0", "PR00", "PMP0"), ("DRN1", "K007", "K004"), ("DRH1", "HA00")
#: The amount by which an item is rounded, with its sign.
LIST_PRICE, TAX, ROUNDING = "PPR0", "MWST", "DIFF"
_STEPS = {**dict.fromkeys(PRICES, "10"), **dict.fromkeys(DISCOUNTS, "100"), TAX: "500", ROUNDING: "300"}
_STEPS |= dict.fromkeys(HEADER_DISCOUNTS, "200")
#: Categories of conditions: a price has none, a tax is D.
_CATEGORIES = {TAX: "D"}
_MOST_DIGITS = 13


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """An amount in its currency. Raises Refused for one that is too large to be kept."""
    if amount and amount.adjusted() >= _MOST_DIGITS:
        raise Refused("bad_value", "The amount is too large")
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


class Pricing:
    """Prices items, and sums orders up."""

    def __init__(self, store: ClientStore) -> None:
        self._store = store

    def new_element(self, of: str, given: Mapping[str, Any]) -> Record:
        """A manual element. Raises Refused for a condition type that the procedure does not have there."""
        store, type_ = self._store, given.get("ConditionType", "")
        known = (*PRICES, *DISCOUNTS, ROUNDING) if of == ITEM_PRICE else HEADER_DISCOUNTS
        if type_ not in known:
            shown = ", ".join(known)
            text = f"Condition type {type_[:4] or '(none)'} is not in the pricing procedure; manual ones are: {shown}"
            raise Refused("unknown_condition", text, target="ConditionType")
        currency = given.get("ConditionCurrency", "")
        order = store.get(ORDER, given["SalesOrder"])
        if currency and order is not None and currency != order.values["TransactionCurrency"]:
            text = f"Currency {currency} of condition {type_} is not the document currency"
            raise Refused("bad_value", text, target="ConditionCurrency")
        step = _STEPS[type_]
        return self._add(of, {**given, "PricingProcedureStep": step, "ConditionIsManuallyChanged": True})

    def _add(self, of: str, values: Mapping[str, Any]) -> Record:
        keys = ["SalesOrder", "SalesOrderItem"] if of == ITEM_PRICE else ["SalesOrder"]
        siblings = self._store[of].find(tuple(keys), tuple(values[key] for key in keys))
        taken = [
            int(each.values["PricingProcedureCounter"])
            for each in siblings
            if each.values["PricingProcedureStep"] == values["PricingProcedureStep"]
        ]
        category = _CATEGORIES.get(values["ConditionType"], "")
        counter = str(max(taken, default=0) + 1)
        return self._store.add(of, {**values, "PricingProcedureCounter": counter, "ConditionCategory": category})

    def price(self, item: Record) -> Record:
        """Bring the elements of an item, its net amount and its tax up to date. Raises Refused."""
        store, values = self._store, item.values
        order = store.get(ORDER, values["SalesOrder"])
        if order is None:
            raise Refused("not_found")
        currency = order.values["TransactionCurrency"]
        decimals = store.decimals(currency)
        elements = store.elements(values["SalesOrder"], values["SalesOrderItem"])
        manual = [each for each in elements if each.values["ConditionIsManuallyChanged"]]
        for each in elements:
            if not each.values["ConditionIsManuallyChanged"]:
                store.remove(ITEM_PRICE, store[ITEM_PRICE].of.key_of(each.values))
        prices = [each for each in manual if each.values["ConditionType"] in PRICES]
        unit = self._unit_price(prices[-1].values if prices else None)
        if unit is None:
            unit = self._list_price(item, currency)
        gross = rounded(values["RequestedQuantity"] * (unit or Decimal(0)), decimals)
        if prices:
            store.change(ITEM_PRICE, prices[-1], ConditionAmount=gross, TransactionCurrency=currency)
        percent = Decimal(0)
        for each in manual:
            if each.values["ConditionType"] in DISCOUNTS:
                rate = abs(each.values["ConditionRateValue"] or Decimal(0))
                percent += rate
                taken = -rounded(gross * rate / 100, decimals)
                negative = {"ConditionRateValue": -rate, "ConditionAmount": taken, "TransactionCurrency": currency}
                store.change(ITEM_PRICE, each, **negative)
        percent += self._of_header(values["SalesOrder"])
        if percent > 100:
            raise Refused(
                "bad_value", "The discounts of the item are more than 100 percent", target="ConditionRateValue"
            )
        net = gross - rounded(gross * percent / 100, decimals) + self._rounding(manual, currency)
        rate = self._tax_rate(values, order)
        tax = Decimal(0) if rate is None else rounded(net * rate / 100, decimals)
        if rate is not None:
            key = {"SalesOrder": values["SalesOrder"], "SalesOrderItem": values["SalesOrderItem"]}
            element = {"ConditionType": TAX, "PricingProcedureStep": _STEPS[TAX], "ConditionRateValue": rate}
            self._add(ITEM_PRICE, {**key, **element, "ConditionAmount": tax, "TransactionCurrency": currency})
        found = {"NetAmount": net, "TaxAmount": tax, "TransactionCurrency": currency}
        hidden = {"_unit_price": unit, "_percent": percent, "_taxed": rate is not None}
        return store.put(ITEM, {**store[ITEM].records[store[ITEM].of.key_of(values)].values, **found, **hidden})

    def _rounding(self, manual: Sequence[Record], currency: str) -> Decimal:
        """What rounds an item, in the document's currency."""
        store, total = self._store, Decimal(0)
        for each in manual:
            if each.values["ConditionType"] == ROUNDING:
                amount = rounded(each.values["ConditionRateValue"] or Decimal(0), store.decimals(currency))
                store.change(ITEM_PRICE, each, ConditionAmount=amount, TransactionCurrency=currency)
                total += amount
        return total

    @staticmethod
    def _unit_price(element: Mapping[str, Any] | None) -> Decimal | None:
        if element is None:
            return None
        rate, per = element["ConditionRateValue"] or Decimal(0), element["ConditionQuantity"] or Decimal(1)
        unit: Decimal = rate / per
        return unit

    def _list_price(self, item: Record, currency: str) -> Decimal | None:
        store, values = self._store, item.values
        unit = store.price(values["Material"], currency)
        if unit is not None:
            gross = rounded(values["RequestedQuantity"] * unit, store.decimals(currency))
            element = {
                "SalesOrder": values["SalesOrder"],
                "SalesOrderItem": values["SalesOrderItem"],
                "ConditionType": LIST_PRICE,
                "PricingProcedureStep": _STEPS[LIST_PRICE],
                "ConditionRateValue": unit,
                "ConditionCurrency": currency,
                "ConditionQuantity": Decimal(1),
                "ConditionQuantityUnit": values["RequestedQuantityUnit"],
                "ConditionAmount": gross,
                "TransactionCurrency": currency,
            }
            self._add(ITEM_PRICE, element)
        return unit

    def _of_header(self, order: str) -> Decimal:
        found = self._store[HEADER_PRICE].find(("SalesOrder",), (order,))
        return sum((abs(each.values["ConditionRateValue"] or Decimal(0)) for each in found), Decimal(0))

    def _tax_rate(self, item: Mapping[str, Any], order: Record) -> Decimal | None:
        """In percent, by the classification of the item, else of its product; None without any. Raises Refused."""
        store, given, product = self._store, item["ProductTaxClassification1"], item["Material"]
        if given and given not in store.tax_rates:
            raise Refused("unknown_reference", f"Tax classification {given} is not defined", target="TaxClassification")
        if not given:
            taxes = store[SALES_TAX].find(("Product",), (product,)) if store.get(PRODUCT, product) else []
            if not taxes:
                return None
            given = taxes[0].values["TaxClassification"]
        rate = store.tax_rates.get(given, Decimal(0))
        return Decimal(0) if store.state.zeroes_tax(deal_of(order)) else rate

    def sum_up(self, order: str) -> Record:
        """Bring the sum of an order up to date: of the items that are not rejected. Raises Refused."""
        store = self._store
        record = store.get(ORDER, order)
        if record is None:
            raise Refused("not_found")
        items = [item.values for item in store.items(order)]
        valid = [values for values in items if not values["SalesDocumentRjcnReason"]]
        total = sum((values["NetAmount"] for values in valid), Decimal(0))
        decimals = store.decimals(record.values["TransactionCurrency"])
        rejection = "A" if len(valid) == len(items) else "B" if valid else "C"
        changed = {"TotalNetAmount": rounded(total, decimals), "OverallSDDocumentRejectionSts": rejection}
        return store.put(ORDER, store.stamped({**record.values, **changed}))


def deal_of(order: Record) -> str:
    """The deal that an order names, else the order's own number."""
    values = order.values
    return str(values["PurchaseOrderByCustomer"] or values["ExternalDocumentID"] or values["SalesOrder"])
