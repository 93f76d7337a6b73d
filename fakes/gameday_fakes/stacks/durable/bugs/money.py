"""Bugs in prices, amounts, currencies and lines."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherCrm, OtherLines, OtherMapping, Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Crm, Record
from gameday_fakes.stacks.durable.orders import Mapping
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


class _WholeAmounts(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {**line, "amount": line["amount"].quantize(Decimal(1), ROUND_DOWN)}


class DropsCents(OtherMapping):
    """Reads amounts as whole numbers: everything after the point is lost."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _WholeAmounts


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

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _ListPrices


class _RememberedCurrency(Crm):
    """Takes a currency that it cannot see from the deal that it read before."""

    _last = "USD"

    def _part(self, part: Any, deal: str, lines: dict[str, list[Record]] | Trouble) -> Record | Trouble:
        record = super()._part(part, deal, lines)
        if isinstance(record, Trouble) or record.get("IsDeleted"):
            return record
        self._last = record.get("CurrencyIsoCode") or self._last
        return {**record, "CurrencyIsoCode": self._last}


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
    "currency-of-the-last-deal": CurrencyOfTheLastDeal,
}
