"""From the replies of a NetSuite account to ledger entries, and what a write of the stack's has made of an order."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gameday_fakes.declared import ControlError
from gameday_fakes.ledger import Entry, Invoice, Line, StatedField, less_credited
from gameday_fakes.netsuite.adjustments import goods
from gameday_fakes.netsuite.item_types import ROLES, Role
from gameday_fakes.netsuite.models import CANCELLED, CLOSED
from gameday_fakes.netsuite.transaction_kinds import TRANSACTION_KINDS

_ENDED = tuple(TRANSACTION_KINDS["salesOrder"].statuses[status] for status in (CANCELLED, CLOSED))
#: What the names of further fields begin with.
PARTS = ("invoice.line.", "invoice.", "line.", "customer.", "")
_KEYS = ("externalId", "otherRefNum", "tranId", "custbody_crm_deal_id")


class Names(msgspec.Struct):
    """What stands for the ids of an account: currencies by id, items by id, customers' external ids by id."""

    currencies: dict[str, str] = {}
    items: dict[str, str] = {}
    customers: dict[str, str] = {}
    #: Records to which further fields refer, by the path of their address; and those fields, by PARTS.
    references: dict[str, dict[str, Any]] = {}
    stated: dict[str, tuple[StatedField, ...]] = {}
    #: The field in which an order names its deal, where it is a custom one.
    deal_field: str = ""


def order_entry(
    body: Mapping[str, Any], names: Names, *, scenario_s: Callable[[str], float], invoices: Sequence[Invoice] = ()
) -> Entry:
    """A sales order as a ledger entry; ``scenario_s`` turns its dates and times into scenario seconds."""
    lines = _items(body)
    is_open = _name(body.get("status")) not in _ENDED and _id(body.get("orderStatus")) not in (CANCELLED, CLOSED)
    is_open = is_open and not (lines and all(line.get("isClosed") for line in lines))
    _need_taxes(body, lines)
    kept = _goods(body, [line for line in lines if not line.get("isClosed")], names, "line.")
    return Entry(
        id=str(body["id"]),
        keys={name: _text(body[name]) for name in (*_KEYS, names.deal_field) if body.get(name)},
        state="open" if is_open else "cancelled",
        customer=_customer(body, names),
        currency=_currency(body, names),
        total=sum((line.amount for line in kept), Decimal(0)),
        lines=kept,
        time_s=scenario_s(str(body["createdDate"])),
        changed_s=scenario_s(str(body["lastModifiedDate"])),
        date=str(body.get("tranDate") or ""),
        invoices=tuple(invoices),
        subsidiary=_name(body.get("subsidiary")),
        terms=_name(body.get("terms")),
        fields=texts_of(body, names, ""),
    )


def invoice_of(
    body: Mapping[str, Any], names: Names, credits_: Sequence[Mapping[str, Any]], *, scenario_s: Callable[[str], float]
) -> Invoice:
    """An invoice or a cash sale as the ledger has it, with the credit memos that were made from it."""
    _need_taxes(body, _items(body))
    lines = _goods(body, _items(body), names, "invoice.line.")
    credited = sum(
        (_decimal(each.get(name)) for each in credits_ for name in ("subtotal", "discountTotal")), Decimal(0)
    )
    taken_back = sum((_decimal(each.get("total")) for each in credits_), Decimal(0))
    gross = _decimal(body.get("total"))
    paid = gross - _decimal(body["amountRemaining"]) - taken_back if "amountRemaining" in body else gross
    return Invoice(
        id=str(body["id"]),
        total=sum((line.amount for line in lines), Decimal(0)),
        currency=_currency(body, names),
        time_s=scenario_s(str(body["createdDate"])),
        period=_period(_name(body.get("postingPeriod"))),
        date=str(body.get("tranDate") or ""),
        customer=_customer(body, names),
        lines=lines,
        credited=credited,
        credited_tax=taken_back - credited if credits_ else None,
        paid=paid,
        subsidiary=_name(body.get("subsidiary")),
        terms=_name(body.get("terms")),
        fields=texts_of(body, names, "invoice."),
    )


def written_order(entry: Entry, deal: str, status: int, state: str = "") -> dict[str, Any]:
    """The value of an ``order_write`` of the history."""
    parts = (entry.date, entry.customer, entry.currency, entry.subsidiary, entry.terms)
    return {
        "order": entry.id,
        "deal": deal,
        "keys": entry.keys,
        "operation": "order.write",
        "status": status,
        "total": str(entry.total),
        "content": _digest((*parts, *map(str, sorted(entry.fields.items()))), entry.lines),
        "currency": entry.currency,
        "state": state or entry.state,
        "error": "",
    }


def written_invoice(invoice: Invoice, order: Entry | None, deal: str, status: int, state: str = "") -> dict[str, Any]:
    """The value of an ``invoice_write`` of the history."""
    parts = (invoice.date, invoice.period, invoice.customer, invoice.currency, invoice.subsidiary, invoice.terms)
    content = _digest((*parts, *map(str, sorted(invoice.fields.items()))), invoice.lines)
    return {
        "invoice": invoice.id,
        "order": order.id if order else "",
        "deal": deal,
        "keys": order.keys if order else {},
        "operation": "invoice.write",
        "status": status,
        "total": str(invoice.total),
        "content": less_credited(content, invoice.credited),
        "currency": invoice.currency,
        "state": state or ("open" if invoice.is_open else "credited"),
        "error": "",
    }


def reference_id(value: Any) -> str:
    """The id of a reference; empty without one."""
    return _id(value)


def customer_keys(row: dict[str, str]) -> dict[str, str]:
    """The fields by which a customer can be matched to an account of the CRM, by the names that records have."""
    names = {"id": "id", "externalId": "externalid", "entityId": "entityid", "companyName": "companyname"}
    return {name: row[column] for name, column in names.items() if row.get(column)}


def deal_of(entry: Entry, names: Names) -> str:
    """The deal that an order names, else the order's own id."""
    return entry.keys.get(names.deal_field) or entry.keys.get("externalId") or entry.keys.get("otherRefNum") or entry.id


def _need_taxes(body: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """Raise ControlError where lines do not state a tax that there is: a wrong one would pass."""
    if _decimal(body.get("taxTotal")) and not any("tax1Amt" in line for line in lines):
        raise ControlError(f"the tax of {body.get('tranId')} is not that of its lines (SuiteTax), which cannot be read")


def _digest(parts: tuple[str, ...], lines: Sequence[Line]) -> str:
    numbers = sorted(
        (line.sku, *(str(n.normalize()) for n in (line.quantity, line.unit_price, line.amount, line.tax or Decimal(0))))
        for line in lines
    )
    return hashlib.sha256(repr((parts, numbers)).encode()).hexdigest()[:12]


def _items(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body.get("item", {}).get("items", [])
    return found


def references_in(body: Mapping[str, Any], names: Names) -> Iterator[str]:
    """The paths of the records to which further fields of a body refer, and whose own fields are not known yet."""
    for part, fields in names.stated.items():
        for holder in _items(body) if part.endswith("line.") else [body]:
            for field in fields:
                path = _address(holder.get(field.path.partition(".")[0]))
                if path and path not in names.references:
                    yield path


def texts_of(body: Mapping[str, Any], names: Names, part: str) -> dict[str, str]:
    """The values of the further fields of a part as texts, without those that are empty.

    A reference is the external id of its record, else what it is called; ``class.name`` is a field of that record.
    """
    found = {}
    for field in names.stated.get(part, ()):
        name, _, inner = field.path.partition(".")
        value = body.get(name)
        record = names.references.get(_address(value))
        if inner:
            value = (record or (value if isinstance(value, dict) else {})).get(inner)
        elif record is not None:
            value = record.get("externalId") or value
        text = ("true" if value else "false") if isinstance(value, bool) else _text(value)
        if value is not None and text:
            found[field.name] = text
    return found


def _address(value: Any) -> str:
    """The path of the record that a reference links to; empty for a value without a link."""
    links = value.get("links") if isinstance(value, dict) else None
    href = links[0].get("href") if isinstance(links, list) and links and isinstance(links[0], dict) else ""
    return urlsplit(str(href)).path


def _goods(body: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], names: Names, part: str) -> tuple[Line, ...]:
    """The lines that sell something, each with its share of the discounts."""
    discount = _decimal(body.get("discountTotal"))
    read = [(_role(line), _line(line, names, part)) for line in lines]
    if not discount and not any(role for role, _ in read):
        return tuple(line for _, line in read)
    exponents = (amount.as_tuple().exponent for amount in (discount, *(line.amount for _, line in read)))
    # An account does not say here how many decimals its currency has.
    decimals = max(2, *(-each for each in exponents if isinstance(each, int)))
    return goods(read, discount, decimals)


def _role(line: Mapping[str, Any]) -> Role:
    """What a line does that sells nothing, by the record type that its item's link names."""
    kind = _address(line.get("item")).rpartition("/")[0].rpartition("/")[2]
    return ROLES.get(kind, "")


def _line(line: Mapping[str, Any], names: Names, part: str) -> Line:
    item, tax = _id(line.get("item")), line.get("tax1Amt")
    return Line(
        names.items.get(item) or _name(line.get("item")) or item,
        _decimal(line.get("quantity")),
        # That of a discount may be a percentage; its amount is there, too.
        Decimal(0) if str(line.get("rate")).endswith("%") else _decimal(line.get("rate")),
        _decimal(line.get("amount")),
        tax=None if tax is None else _decimal(tax),
        fields=tuple(texts_of(line, names, part).items()),
    )


def _customer(body: Mapping[str, Any], names: Names) -> str:
    id_ = _id(body.get("entity"))
    return names.customers.get(id_, id_)


def _currency(body: Mapping[str, Any], names: Names) -> str:
    id_ = _id(body.get("currency"))
    return names.currencies.get(id_) or _name(body.get("currency")) or id_


def _period(name: str) -> str:
    """A period named as by default (``Mar 2026``), as YYYY-MM; empty for another name."""
    try:
        return datetime.datetime.strptime(name, "%b %Y").strftime("%Y-%m")  # noqa: DTZ007 - only a month
    except ValueError:
        return ""


def _id(value: Any) -> str:
    return str(value.get("id") or "") if isinstance(value, dict) else str(value or "")


def _name(value: Any) -> str:
    return str(value.get("refName") or value.get("id") or "") if isinstance(value, dict) else str(value or "")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return _name(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _decimal(value: Any) -> Decimal:
    return Decimal(0) if value is None else Decimal(str(value))
