"""From records to NetSuite's JSON: links, references as ``{links, id, refName}``, collections."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from gameday_fakes.netsuite.address_book import ADDRESS_BOOK, book_shown
from gameday_fakes.netsuite.adjustments import Rate, numbers_of
from gameday_fakes.netsuite.customs import selected_name
from gameday_fakes.netsuite.field import Field
from gameday_fakes.netsuite.item_types import ITEM_TYPES
from gameday_fakes.netsuite.members import MEMBERS
from gameday_fakes.netsuite.members import shown as members_shown
from gameday_fakes.netsuite.models import CUSTOM_PRICE, Fulfillment, Invoice, Line, Order, Record, Settlement
from gameday_fakes.netsuite.retyped import shown
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.netsuite.store import NetSuiteStore, period_id
from gameday_fakes.netsuite.transaction_kinds import RETURN, TRANSACTION_KINDS, reference_name
from gameday_fakes.netsuite.values import round_money

ROOT = "/services/rest"


def record_url(base_url: str, kind: str, internal_id: str) -> str:
    """The address of a record."""
    return f"{base_url}{ROOT}/record/v1/{kind}/{internal_id}"


def timestamp(unix_s: float) -> str:
    """A moment as the record API writes it: UTC, to the second."""
    return _timestamp(int(unix_s))


@functools.lru_cache(maxsize=4096)
def _timestamp(unix_s: int) -> str:
    return datetime.datetime.fromtimestamp(unix_s, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def collection(
    url: str, items: Sequence[Any], *, limit: int, offset: int, total: int, has_more: bool
) -> dict[str, Any]:
    """A page: ``{links, count, hasMore, items, offset, totalResults}`` with the links that lead on."""
    links = [{"rel": "self", "href": f"{url}?limit={limit}&offset={offset}"}]
    if offset:
        links.append({"rel": "previous", "href": f"{url}?limit={limit}&offset={max(0, offset - limit)}"})
    if has_more:
        links.append({"rel": "next", "href": f"{url}?limit={limit}&offset={offset + limit}"})
    return {
        "links": links,
        "count": len(items),
        "hasMore": has_more,
        "items": items,
        "offset": offset,
        "totalResults": total,
    }


class Renderer:
    """Renders records with links under one base URL."""

    def __init__(self, store: NetSuiteStore, base_url: str) -> None:
        self._store = store
        self._base_url = base_url

    def reference(self, kind: str, internal_id: str) -> dict[str, Any]:
        """A reference to a record."""
        record = None if kind in TRANSACTION_KINDS else self._store.records[kind].get(internal_id)
        if record is not None and kind in ITEM_TYPES:
            kind = record.type or kind
        links = [{"rel": "self", "href": record_url(self._base_url, kind, internal_id)}]
        if kind in TRANSACTION_KINDS:
            return {"links": links, "id": internal_id, "refName": reference_name(kind, internal_id)}
        return {"links": links, "id": internal_id, "refName": record.name if record else internal_id}

    def transaction(self, transaction: Order | Invoice | Settlement | Fulfillment) -> dict[str, Any]:
        """Any transaction with its lines."""
        match transaction:
            case Order():
                return self.order(transaction, expand=True)
            case Invoice():
                return self.invoice(transaction, expand=True)
            case Settlement():
                return self.settlement(transaction, expand=True)
        return self.fulfillment(transaction, expand=True)

    def order(self, order: Order, *, expand: bool) -> dict[str, Any]:
        """A sales order, an estimate or an opportunity; its lines too if ``expand``, else a link to them."""
        body = self._transaction(order.kind, order, expand=expand)
        status = TRANSACTION_KINDS[order.kind].statuses[order.status]
        if order.kind in ("salesOrder", RETURN):
            body["orderStatus"] = {"id": order.status, "refName": status}
        if order.made_from:
            body["createdFrom"] = self.reference(self._store.kind_of(order.made_from), order.made_from)
        body["status"] = {"id": status, "refName": status}
        body["exchangeRate"] = order.exchange_rate
        return self._renamed(order.kind, body)

    def fulfillment(self, fulfillment: Fulfillment, *, expand: bool) -> dict[str, Any]:
        """An item fulfilment, as ``order``."""
        body = self._transaction(fulfillment.kind, fulfillment, expand=expand)
        body["createdFrom"] = self.reference("salesOrder", fulfillment.order)
        body["postingPeriod"] = self.reference("accountingPeriod", period_id(fulfillment.period))
        status = TRANSACTION_KINDS[fulfillment.kind].statuses[fulfillment.status]
        body["shipStatus"] = {"id": fulfillment.status, "refName": status}
        body["status"] = {"id": status, "refName": status}
        for name in ("currency", "subtotal", "taxTotal", "total", "otherRefNum"):
            body.pop(name, None)
        return self._renamed(fulfillment.kind, body)

    def invoice(self, invoice: Invoice, *, expand: bool) -> dict[str, Any]:
        """An invoice or a cash sale, as ``order``."""
        body = self._transaction(invoice.kind, invoice, expand=expand)
        body["createdFrom"] = self.reference(self._store.kind_of(invoice.order), invoice.order)
        body["postingPeriod"] = self.reference("accountingPeriod", period_id(invoice.period))
        status = self._store.status_of(invoice)[1]
        body["status"] = {"id": status, "refName": status}
        if invoice.kind == "invoice":
            body["amountRemaining"] = self._store.remaining(invoice)
        return self._renamed(invoice.kind, body)

    def settlement(self, settlement: Settlement, *, expand: bool) -> dict[str, Any]:
        """A credit memo or a customer payment, as ``order``."""
        body = self._transaction(settlement.kind, settlement, expand=expand)
        source = settlement.made_from or settlement.invoice
        body["createdFrom"] = self.reference(RETURN if settlement.made_from else "invoice", source)
        body["postingPeriod"] = self.reference("accountingPeriod", period_id(settlement.period))
        body["status"] = {"id": "Fully Applied", "refName": "Fully Applied"}
        if settlement.kind == "customerPayment":
            body["customer"], body["payment"] = body.pop("entity"), settlement.paid
            del body["item"]
        return self._renamed(settlement.kind, body)

    def _transaction(
        self, kind: str, transaction: Order | Invoice | Settlement | Fulfillment, *, expand: bool
    ) -> dict[str, Any]:
        url = record_url(self._base_url, kind, transaction.id)
        net, tax, total = transaction.sums
        body: dict[str, Any] = {
            "links": [{"rel": "self", "href": url}],
            "id": transaction.id,
            "tranId": transaction.tran_id,
            "tranDate": transaction.date,
            "entity": self.reference("customer", transaction.customer),
            "currency": self.reference("currency", transaction.currency),
            "subsidiary": self.reference("subsidiary", transaction.subsidiary),
            "subtotal": net,
            "taxTotal": tax,
            "total": total,
            "createdDate": timestamp(transaction.created_s),
            "lastModifiedDate": timestamp(transaction.modified_s),
        }
        if transaction.custom:
            body.update(self._custom(self._store.model.record_types[kind].further, transaction.custom))
        if transaction.external_id:
            body["externalId"] = transaction.external_id
        if transaction.other_ref_num:
            body["otherRefNum"] = transaction.other_ref_num
        if transaction.discount_item:
            body["discountItem"] = self.reference("inventoryItem", transaction.discount_item)
            body["discountRate"] = Rate(transaction.discount, transaction.discount_percent).text
            body["discountTotal"] = transaction.discount
        if transaction.memo:
            body["memo"] = transaction.memo
        if isinstance(transaction, Order | Invoice) and transaction.terms:
            body["terms"] = self.reference("term", transaction.terms)
        body["item"] = (
            self.lines(kind, url, transaction.lines) if expand else {"links": [{"rel": "self", "href": f"{url}/item"}]}
        )
        return body

    def lines(self, kind: str, url: str, lines: Sequence[Line]) -> dict[str, Any]:
        """The sublist of lines of the transaction of a kind at ``url``."""
        return {
            "links": [{"rel": "self", "href": f"{url}/item"}],
            "items": [self.line(kind, url, line) for line in lines],
            "totalResults": len(lines),
        }

    def line(self, kind: str, url: str, line: Line) -> dict[str, Any]:
        """One line."""
        if kind == "itemFulfillment":
            shipped = {
                "links": [{"rel": "self", "href": f"{url}/item/{line.number}"}],
                "orderLine": line.number,
                "item": self.reference("inventoryItem", line.item),
                "quantity": line.quantity,
                "itemReceive": True,
                **self._custom(self._store.model.record_types[kind].further_lines, line.custom),
            }
            return self._renamed(kind, shipped, within=LINES)
        body = {
            "links": [{"rel": "self", "href": f"{url}/item/{line.number}"}],
            "line": line.number,
            "item": self.reference("inventoryItem", line.item),
            **numbers_of(line),
        }
        if not line.role:
            body["price"] = {"id": line.price_level, "refName": price_levels(self._store)[line.price_level]}
        if kind == "salesOrder":
            body["isClosed"] = line.is_closed
        if line.tax_code:
            body["taxCode"] = self.reference("salesTaxItem", line.tax_code)
            body["taxRate1"] = self._store.records["salesTaxItem"][line.tax_code].fields["rate"]
            body["tax1Amt"] = line.tax
        if line.description:
            body["description"] = line.description
        body.update(self._custom(self._store.model.record_types[kind].further_lines, line.custom))
        return self._renamed(kind, body, within=LINES)

    def record(self, kind: str, record: Record, *, expand: bool = False) -> dict[str, Any]:
        """Any other record; its addresses too if ``expand``, else a link to them."""
        fields, further = self._store.model.record_types[kind].fields, self._store.model.record_types[kind].further
        body: dict[str, Any] = {
            "links": [{"rel": "self", "href": record_url(self._base_url, kind, record.id)}],
            "id": record.id,
            "refName": record.name,
            "createdDate": timestamp(record.created_s),
            "lastModifiedDate": timestamp(record.modified_s),
        }
        if record.external_id:
            body["externalId"] = record.external_id
        for name, value in current(self._store, kind, record).items():
            if name in further:
                body.update(self._custom(further, {name: value}))
                continue
            if name in (ADDRESS_BOOK, MEMBERS):
                continue
            target = fields[name].to if name in fields else ""
            body[name] = self.reference(target, value) if target else value
        if ADDRESS_BOOK in fields:
            url = f"{record_url(self._base_url, kind, record.id)}/{ADDRESS_BOOK}"
            body[ADDRESS_BOOK] = book_shown(record.fields.get(ADDRESS_BOOK, ()), url, expand=expand)
        if MEMBERS in fields:
            url = record_url(self._base_url, kind, record.id)
            body[MEMBERS] = members_shown(record.fields.get(MEMBERS, ()), url, self.reference, expand=expand)
        return self._renamed(kind, body)

    def _custom(self, fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, Any]:
        """Fields that the account has added; empty ones are left out."""
        return {name: self._shown(fields.get(name), value) for name, value in values.items() if value is not None}

    def _shown(self, field: Field | None, value: Any) -> Any:
        if field is not None and field.kind == "reference":
            return self.reference(field.to, value)
        if field is not None and field.kind == "select":
            return {"id": value, "refName": selected_name(field, value)}
        return value

    def _renamed(self, kind: str, body: dict[str, Any], within: str = "") -> dict[str, Any]:
        for name, new_type in self._store.faults.retyped(kind, within).items():
            if body.get(name) is not None:
                self._store.faults.note_type(kind, name, within)
                values = self._store.faults.list_of(kind, within, name)
                body[name] = shown(new_type, body[name], values)
        for old, new in self._store.faults.renamed(kind, within).items():
            if old in body:
                value = body.pop(old)
                if new:
                    body[new] = value
        return body


def price_levels(store: NetSuiteStore) -> dict[str, str]:
    """The names of the price levels of lines, by their ids."""
    return {CUSTOM_PRICE: "Custom", **{id_: level.name for id_, level in store.records["priceLevel"].items()}}


def current(store: NetSuiteStore, kind: str, record: Record) -> Mapping[str, Any]:
    """A record's fields as they are at this moment: prices with what drifts, periods open or closed."""
    if kind == "pricing":
        price, item = record.fields["unitPrice"], store.records["inventoryItem"][record.fields["item"]]
        factor = store.faults.drift(str(item.fields["itemId"]))
        if factor != 1:
            price = round_money(price * factor, store.decimals(record.fields["currency"]))
        return {**record.fields, "unitPrice": price}
    if kind == "accountingPeriod":
        closed = store.is_closed(str(record.fields["startDate"])[:7])
        return {**record.fields, "closed": closed, "allLocked": closed, "arLocked": closed}
    if (kind == "customer" or kind in ITEM_TYPES) and store.faults.deactivates(record.external_id or record.id):
        return {**record.fields, "isInactive": True}
    return record.fields
