"""The lines of deals, whatever object they are: what they sell, and what their deal's amount is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.won_deal import net_of_one

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)


def deal_of(store: SalesforceStore, record: Record) -> str | None:
    """The deal of a record: itself, or the one whose line it is."""
    of_deals = store.deal_fields
    if record.object == of_deals.object:
        return record.id
    return record.fields.get(of_deals.lines.deal) if record.object == of_deals.lines.object else None


def find_deal(store: SalesforceStore, id_: str) -> Record | None:
    """A deal, also one that has been deleted."""
    sobject = store.deal_fields.object
    return store.find(sobject, id_) or store.bin[sobject].get(id_)


def lines_of(store: SalesforceStore, deal: str) -> list[Record]:
    """The lines of a deal."""
    lines = store.deal_fields.lines
    return store.referring(lines.object, lines.deal, deal)


def sku_of(store: SalesforceStore, line: Record) -> str:
    """What a line sells."""
    if line.fields.get("ProductCode"):
        return str(line.fields["ProductCode"])
    value = line.fields.get(store.deal_fields.lines.product)
    product = store.get(value)
    if product is None:
        return str(value or "")
    return str(product.fields.get("ProductCode") or product.fields.get("Name") or "")


def line_values(
    store: SalesforceStore, *, quantity: Decimal, price: Decimal, amount: Decimal, discount: Any
) -> dict[str, Any]:
    """The numbers of a line exactly as sold; lines without a discount have the net price of one piece."""
    lines = store.deal_fields.lines
    values: dict[str, Any] = {lines.quantity: quantity, lines.price: price, lines.amount: amount}
    if lines.discount:
        values[lines.discount] = discount or None
    elif discount:
        values[lines.price] = net_of_one(amount, quantity)
    return values


def line_of_entry(store: SalesforceStore, entry: Record) -> dict[str, Any]:
    """The fields that a line copies from its pricebook entry, as far as lines have them."""
    product = store.get(entry.fields["Product2Id"])
    copied = {
        "PricebookEntryId": entry.id,
        "Product2Id": entry.fields["Product2Id"],
        "ProductCode": entry.fields["ProductCode"],
        "Name": product.fields["Name"] if product else entry.fields["Name"],
        "CurrencyIsoCode": entry.fields["CurrencyIsoCode"],
        "ListPrice": entry.fields["UnitPrice"],
    }
    known = store.model.objects[store.deal_fields.lines.object].fields
    return {name: value for name, value in copied.items() if name in known}


def settle(store: SalesforceStore, record: Record) -> None:
    """Bring line and deal up to date after somebody has written a line. To be called within a change."""
    lines = store.deal_fields.lines
    amount = store.model.objects[lines.object].fields[lines.amount]
    quantity, price = record.fields[lines.quantity], record.fields[lines.price]
    if amount.calculated and None not in (quantity, price) and not record.fields["IsDeleted"]:
        rest = 1 - (record.fields.get(lines.discount) or _ZERO) / _HUNDRED
        store.update(record, {lines.amount: round(quantity * price * rest, 2)})
    roll_up(store, record.fields[lines.deal])


def roll_up(store: SalesforceStore, deal: str | None) -> None:
    """Set a deal's amount from its lines, if it is their sum. To be called within a change."""
    of_deals = store.deal_fields
    record = store.find(of_deals.object, deal or "")
    if record is not None and of_deals.sums:
        amounts = (line.fields[of_deals.lines.amount] or _ZERO for line in lines_of(store, record.id))
        store.update(record, {of_deals.amount: sum(amounts, _ZERO)})


def take_entry(store: SalesforceStore, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a new line takes from the pricebook entry that it names. Raises Refused for one in another currency."""
    lines = store.deal_fields.lines
    entry = store.get(given.get(lines.product))
    if entry is None or entry.object != "PricebookEntry":
        return {}
    deal = store.find(store.deal_fields.object, given.get(lines.deal) or "")
    if deal is None or entry.fields["CurrencyIsoCode"] != deal.fields[store.deal_fields.currency]:
        message = (
            f"The pricebook entry currency code does not match the {store.deal_fields.object.lower()} currency code."
        )
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, [lines.product])
    price = {} if given.get(lines.price) is not None else {lines.price: entry.fields["UnitPrice"]}
    return {**line_of_entry(store, entry), **price}
