"""Bugs in prices, amounts, currencies and lines."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherCrm, OtherLines, OtherMapping, Planted
from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erps.netsuite import Mapping
from gameday_fakes.stacks.durable.trouble import Trouble

CENT = Decimal("0.01")


class _Multiplied(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {**line, "amount": (line["rate"] * line["quantity"]).quantize(CENT)}


class AmountFromUnitPrice(OtherMapping):
    """Computes a line's amount from quantity and unit price: the agreed discount is lost."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _Multiplied


class _NetRate(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {**line, "rate": (line["amount"] / line["quantity"]).quantize(CENT)}


class NetPriceAsUnitPrice(OtherMapping):
    """Writes the price after discount as the unit price: the totals agree, the prices do not."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _NetRate


class _Hundredths(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        if currency != "JPY":
            return line
        return {**line, "rate": line["rate"] / 100, "amount": line["amount"] / 100}


class YenInCents(OtherMapping):
    """Takes every amount for cents: a yen has none, so orders in yen are a hundredth of the deal."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _Hundredths


class _OwnCurrency(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        del body["currency"]
        return body


class CurrencyOfTheCustomer(OtherMapping):
    """Leaves the currency to the ERP, which takes the customer's: deals in another one are booked wrong."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _OwnCurrency


class WholeAmounts(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {**line, "amount": line["amount"].quantize(Decimal(1), ROUND_DOWN)}


class DropsCents(OtherMapping):
    """Reads amounts as whole numbers: everything after the point is lost."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = WholeAmounts


class _ThreeLines(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        body["item"] = {"items": body["item"]["items"][:3]}
        return body


class KeepsThreeLines(OtherMapping):
    """Writes only the first page of a deal's lines, which holds three."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _ThreeLines


class _ListPrices(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {**line, "price": {"id": "1"}}


class ListPrice(OtherMapping):
    """Names a price level, so the ERP books its list price and ignores what was agreed."""

    caught_by = "modes/repriced_in_crm.feature"
    mapping_class = _ListPrices


class _TwoDecimals(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {**line, "amount": line["amount"].quantize(CENT)}


class TwoDecimalsForAll(OtherMapping):
    """Rounds every amount to two decimals: a dinar has three."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _TwoDecimals


class _Packs(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {**line, "quantity": line["quantity"].to_integral_value(ROUND_UP)}


class WholeQuantities(OtherMapping):
    """Rounds quantities up to whole units: half a day becomes a day."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _Packs


class _OneLineForEachProduct(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        merged: dict[str, dict[str, Any]] = {}
        for line in body["item"]["items"]:
            known = merged.setdefault(line["item"]["externalId"], line)
            if known is not line:
                known.update({name: known[name] + line[name] for name in ("quantity", "amount")})
        body["item"] = {"items": list(merged.values())}
        return body


class MergesLines(OtherMapping):
    """Keys lines by their product: two lines of one product become one, with the price of the first."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _OneLineForEachProduct


class _Charged(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        body["item"] = {"items": [line for line in body["item"]["items"] if line["amount"]]}
        return body


class DropsFreeLines(OtherMapping):
    """Takes a line without an amount for an empty one and drops it: what was promised for free is never shipped."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _Charged


class _FoldedSkus(Mapping):
    """The first product of each spelling stands for all."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._first: dict[str, str] = {}

    def line(self, line: Line) -> dict[str, Any]:
        sku = self._first.setdefault(line.sku.casefold(), line.sku)
        return {**super().line(line), "item": {"externalId": sku}}


class FoldsSkus(OtherMapping):
    """Ignores case in product codes: of two products that differ by case only, one is ordered for both."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _FoldedSkus


class _RememberedCurrency(Salesforce):
    """Takes a currency that it cannot see from the deal that it read before."""

    _last = "USD"

    def _part(self, part: Any, deal: str, lines: dict[str, list[Record]] | Trouble) -> Record | Trouble:
        record = super()._part(part, deal, lines)
        if isinstance(record, Trouble) or record.get("deleted"):
            return record
        self._last = record.get("currency") or self._last
        return {**record, "currency": self._last}


class CurrencyOfTheLastDeal(OtherCrm):
    """Fills in a currency that the CRM no longer shows from the deal that was read before."""

    caught_by = "schema/hidden_field.feature"
    crm_class = _RememberedCurrency


COMPOSITIONS: dict[str, type[Planted]] = {
    "amount-from-unit-price": AmountFromUnitPrice,
    "net-price-as-unit-price": NetPriceAsUnitPrice,
    "yen-in-cents": YenInCents,
    "currency-of-the-customer": CurrencyOfTheCustomer,
    "drops-cents": DropsCents,
    "keeps-three-lines": KeepsThreeLines,
    "list-price": ListPrice,
    "two-decimals-for-all": TwoDecimalsForAll,
    "whole-quantities": WholeQuantities,
    "merges-lines": MergesLines,
    "drops-free-lines": DropsFreeLines,
    "folds-skus": FoldsSkus,
    "currency-of-the-last-deal": CurrencyOfTheLastDeal,
}
