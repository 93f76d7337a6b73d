"""From order to invoice ("Transforming Records"). A repeated request makes another invoice: there is no key for it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday_fakes.netsuite import adjustments, customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.lines import LineWriter, own_line
from gameday_fakes.netsuite.model import CUSTOM_FORM
from gameday_fakes.netsuite.models import BILLED, PENDING_APPROVAL, PROCESSED, Invoice, Line, Order
from gameday_fakes.netsuite.required import need_required
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.netsuite.store import NetSuiteStore, check_external_id, period_of_id
from gameday_fakes.netsuite.transaction_kinds import RETURN
from gameday_fakes.netsuite.values import round_money, to_date, to_decimal, to_text


class InvoiceWriter:
    """Makes invoices from orders, or cash sales, and changes them."""

    def __init__(self, store: NetSuiteStore, kind: Literal["invoice", "cashSale"] = "invoice") -> None:
        self._store = store
        self._name = kind
        self._kind = store.model.record_types[kind]

    def transform(self, order: Order, body: dict[str, Any]) -> Invoice:
        """Bill an order, an estimate or an opportunity, whole or by quantities of an ``orderLine``. Raises Refused.

        The invoice's date is the body's ``tranDate``, else the order's; it posts into that month unless the body
        names a ``postingPeriod``. A closed period refuses it.
        """
        is_pending = order.kind == "salesOrder" and order.status == PENDING_APPROVAL
        if not order.is_open or is_pending or not order.open_lines:
            raise Refused(
                "user_error",
                f"Error while accessing a resource. You can not initialize {self._name.lower()}: invalid reference "
                f"{order.id}. The order is not approved, has nothing to invoice, or is closed.",
            )
        store = self._store
        date, period, external_id = self.heading(self._name, body, order.date)
        wall_s, decimals = store.clock.wall_s(), store.decimals(order.currency)
        lines = tuple(own_line(self._kind, line) for line in part_of(order, body.get("item"), decimals))
        invoice = Invoice(
            id=store.new_id(),
            order=order.id,
            customer=order.customer,
            currency=order.currency,
            subsidiary=order.subsidiary,
            date=date,
            period=period,
            time_s=store.clock.now_s(),
            created_s=wall_s,
            modified_s=wall_s,
            external_id=external_id,
            other_ref_num=to_text(body.get("otherRefNum") or order.other_ref_num, "otherRefNum", 45),
            memo=to_text(body.get("memo") or order.memo, "memo", 999),
            # An invoice has a form of its own.
            custom=customs.new(
                store, self._kind.further, {n: value for n, value in order.custom.items() if n != CUSTOM_FORM}, body
            ),
            terms=store.refer_optional("term", body.get("terms"), "terms") or order.terms,
            lines=lines,
            kind=self._name,
            **adjustments.discounted_like(order, lines, decimals),
        )
        adjustments.take_discount(store, invoice, body, invoice.currency)
        self._set_due(invoice)
        need_required(store, self._name, invoice)
        store.put_invoice(invoice)
        order.status, order.modified_s = BILLED if order.kind == "salesOrder" else PROCESSED, wall_s
        store.orders_of(order.kind).touch(order.id)
        return invoice

    def _set_due(self, invoice: Invoice) -> None:
        """Compute when an invoice is due, unless the body says so: by its terms, if they have a number of days."""
        terms = self._store.records["term"].get(invoice.terms)
        days = terms.fields.get("daysUntilNetDue") if terms else None
        if days is not None and "dueDate" in self._kind.further and "dueDate" not in invoice.custom:
            due = datetime.date.fromisoformat(invoice.date) + datetime.timedelta(days=days)
            invoice.custom["dueDate"] = due.isoformat()

    def update(self, invoice: Invoice, body: dict[str, Any], *, replace: bool) -> Invoice:
        """Change an invoice: date, period, subsidiary, terms, memo, custom fields, lines. Raises Refused.

        Lines are merged by ``line``, or ``replace`` the present ones. With another date it posts into that month,
        unless the body names a ``postingPeriod``. What it posts into now and then must be open. If it is refused,
        nothing has changed.
        """
        changed = msgspec.structs.replace(invoice)
        posted = {"tranDate", "postingPeriod", LINES} & body.keys()
        if body.get("tranDate"):
            changed.date = to_date(body["tranDate"], "tranDate")
        if posted & {"tranDate", "postingPeriod"}:
            changed.period = self.period(body.get("postingPeriod"), changed.date)
        if posted:
            self.need_open(invoice.period, body)
            self.need_open(changed.period, body)
        if LINES in body:
            changed.lines = LineWriter(self._store).lines(changed, body[LINES], replace=replace)
        adjustments.take_discount(self._store, changed, body, changed.currency)
        if body.get("subsidiary"):
            changed.subsidiary = self._store.refer("subsidiary", body["subsidiary"], "subsidiary")
        if "terms" in body:
            changed.terms = self._store.refer_optional("term", body["terms"], "terms")
        if "memo" in body:
            changed.memo = to_text(body["memo"], "memo", 999)
        changed.custom = customs.changed(self._store, self._kind.further, invoice.custom, body)
        need_required(self._store, self._name, changed)
        changed.modified_s = self._store.clock.wall_s()
        self._store.bills[self._name][invoice.id] = changed
        return changed

    def delete(self, invoice: Invoice) -> None:
        """Delete an invoice. Raises Refused in a closed period, and while another document depends on it."""
        self.need_open(invoice.period, {})
        returned = any(each.made_from == invoice.id for each in self._store.orders_of(RETURN).values())
        if returned or self._store.settlements_of.get(invoice.id):
            raise Refused(
                "user_error",
                "Error while accessing a resource. This transaction cannot be deleted because it is linked to by one "
                "or more transactions.",
            )
        self._store.remove_invoice(invoice)

    def need_open(self, period: str, body: dict[str, Any]) -> None:
        """Raises Refused if a period is closed."""
        if self._store.is_closed(period):
            raise Refused(
                "closed_period",
                f"Error while accessing a resource. The posting period {period} is closed. "
                "Transactions cannot be posted to a closed or locked period.",
                path="postingPeriod" if body.get("postingPeriod") else "tranDate",
            )

    def heading(self, kind: str, body: dict[str, Any], otherwise: str) -> tuple[str, str, str]:
        """Date, period and external id of a new document that posts; without a date in the body, ``otherwise``.

        Raises Refused for a period that is closed, and for an external id that a document of this kind has.
        """
        date = to_date(body["tranDate"], "tranDate") if body.get("tranDate") else otherwise
        period = self.period(body.get("postingPeriod"), date)
        self.need_open(period, body)
        external_id = check_external_id(body["externalId"]) if body.get("externalId") else ""
        if external_id in self._store.by_external_id[kind]:
            raise Refused("duplicate", path="externalId")
        return date, period, external_id

    def period(self, reference: Any, date: str) -> str:
        """The period (YYYY-MM) of a reference, else that of a date. Raises Refused."""
        if not reference:
            return date[:7]
        return period_of_id(self._store.refer("accountingPeriod", reference, "postingPeriod"))


def part_of(document: Order | Invoice, sublist: Any, decimals: int) -> tuple[Line, ...]:
    """The open lines of a document, or the quantities that a sublist names by ``orderLine``. Raises Refused."""
    items = sublist.get("items") if isinstance(sublist, dict) else sublist
    if not items:
        return document.open_lines
    if not isinstance(items, list):
        raise Refused("invalid_content", "Invalid content: the sublist has no items.", path="item.items")
    ordered = {line.number: line for line in document.open_lines}
    taken = {}
    for index, body in enumerate(items):
        path = f"item.items[{index}].orderLine"
        number = int(to_decimal(body.get("orderLine") if isinstance(body, dict) else None, path))
        if number not in ordered:
            detail = f"Invalid Field Value {number} for the following field: orderLine."
            raise Refused("invalid_content", f"Error while accessing a resource. {detail}", path=path)
        taken[number] = _part(ordered[number], body, decimals, f"item.items[{index}]")
    lines = tuple(adjustments.parts(document.open_lines, taken, decimals))
    if not lines:
        detail = "Error while accessing a resource. You must have at least one line item."
        raise Refused("user_error", detail, path="item")
    return lines


def _part(line: Line, body: Mapping[str, Any], decimals: int, path: str) -> Line:
    """So much of a line as the body names by ``quantity``, at its share of the amount or the ``amount`` of the body."""
    if body.get("quantity") is None or line.role:
        return line
    part: Decimal = to_decimal(body["quantity"], f"{path}.quantity")
    share = part / line.quantity
    amount = round_money(line.amount * share, decimals)
    if body.get("amount") is not None:
        amount = round_money(to_decimal(body["amount"], f"{path}.amount"), decimals)
        share = amount / line.amount if line.amount else share
    tax = None if line.tax is None else round_money(line.tax * share, decimals)
    return msgspec.structs.replace(line, quantity=part, amount=amount, tax=tax)
