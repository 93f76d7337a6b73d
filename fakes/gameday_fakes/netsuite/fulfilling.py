"""From order to item fulfilment ("Transforming Records"): what is shipped, and the order's status. No HTTP here."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.netsuite import customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.invoicing import InvoiceWriter
from gameday_fakes.netsuite.lines import own_line
from gameday_fakes.netsuite.models import (
    BILLED,
    PENDING_APPROVAL,
    PENDING_FULFILLMENT,
    SHIPPED,
    Fulfillment,
    Line,
    Order,
)
from gameday_fakes.netsuite.required import need_required
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.transaction_kinds import TRANSACTION_KINDS
from gameday_fakes.netsuite.values import to_date, to_decimal, to_text

_KIND = "itemFulfillment"
_PARTLY_FULFILLED, _PENDING_BILLING = "D", "F"


class FulfillmentWriter:
    """Makes, changes and deletes fulfilments, and keeps the status of their orders."""

    def __init__(self, store: NetSuiteStore) -> None:
        self._store = store
        self._kind = store.model.record_types[_KIND]

    def transform(self, order: Order, body: dict[str, Any]) -> Fulfillment:
        """Fulfil what remains of an order, or the quantities that the body names by ``orderLine``. Raises Refused.

        A line with ``itemReceive`` false is left out. It posts on its date, today unless the body says otherwise.
        """
        store = self._store
        remaining = remaining_lines(store, order)
        if not order.is_open or order.status == PENDING_APPROVAL or not remaining:
            raise Refused(
                "user_error",
                "Error while accessing a resource. You can not initialize itemfulfillment: invalid reference "
                f"{order.id}. The order is not approved, has nothing to fulfill, or is closed.",
            )
        wall_s = store.clock.wall_s()
        date, period, external_id = InvoiceWriter(store).heading(_KIND, body, store.dates.today(wall_s))
        fulfillment = Fulfillment(
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
            other_ref_num=order.other_ref_num,
            memo=to_text(body.get("memo"), "memo", 999),
            status=_status(body.get("shipStatus", SHIPPED)),
            custom=customs.new(store, self._kind.further, {}, body),
            lines=self._lines(remaining, body.get(LINES)),
        )
        need_required(store, _KIND, fulfillment)
        store.put_fulfillment(fulfillment)
        self._settle(order)
        return fulfillment

    def update(self, fulfillment: Fulfillment, body: dict[str, Any]) -> Fulfillment:
        """Change date, period, memo, status and custom fields; the lines stay. Raises Refused."""
        store, posting = self._store, InvoiceWriter(self._store)
        changed = msgspec.structs.replace(fulfillment, modified_s=store.clock.wall_s())
        if {"tranDate", "postingPeriod"} & body.keys():
            changed.date = to_date(body["tranDate"], "tranDate") if body.get("tranDate") else changed.date
            changed.period = posting.period(body.get("postingPeriod"), changed.date)
            posting.need_open(fulfillment.period, body)
            posting.need_open(changed.period, body)
        if "memo" in body:
            changed.memo = to_text(body["memo"], "memo", 999)
        if body.get("shipStatus"):
            changed.status = _status(body["shipStatus"])
        changed.custom = customs.changed(store, self._kind.further, changed.custom, body)
        need_required(store, _KIND, changed)
        store.put_fulfillment(changed)
        return changed

    def delete(self, fulfillment: Fulfillment) -> None:
        """Take it back: the order is as little fulfilled as before. Raises Refused in a closed period."""
        InvoiceWriter(self._store).need_open(fulfillment.period, {})
        self._store.remove_fulfillment(fulfillment)
        order = self._store.orders.get(fulfillment.order)
        if order is not None:
            self._settle(order)

    def _lines(self, remaining: dict[int, Line], sublist: Any) -> tuple[Line, ...]:
        items = sublist.get("items") if isinstance(sublist, dict) else sublist
        if not items:
            return tuple(own_line(self._kind, line) for line in remaining.values())
        if not isinstance(items, list):
            raise Refused("invalid_content", "Invalid content: the sublist has no items.", path="item.items")
        lines = []
        for index, body in enumerate(items):
            path = f"item.items[{index}]"
            given = body if isinstance(body, dict) else {}
            number = int(to_decimal(given.get("orderLine"), f"{path}.orderLine"))
            if number not in remaining:
                detail = f"Invalid Field Value {number} for the following field: orderLine."
                raise Refused(
                    "invalid_content", f"Error while accessing a resource. {detail}", path=f"{path}.orderLine"
                )
            if given.get("itemReceive") in (False, "F"):
                continue
            line = remaining[number]
            quantity = line.quantity
            if given.get("quantity") is not None:
                quantity = to_decimal(given["quantity"], f"{path}.quantity")
            if not 0 < abs(quantity) <= abs(line.quantity) or (quantity < 0) != (line.quantity < 0):
                detail = f"Invalid Field Value {quantity} for the following field: quantity."
                raise Refused("invalid_content", f"Error while accessing a resource. {detail}", path=f"{path}.quantity")
            custom = customs.new(
                self._store, self._kind.further_lines, own_line(self._kind, line).custom, given, f"{path}."
            )
            lines.append(msgspec.structs.replace(line, quantity=quantity, custom=custom))
        if not lines:
            raise Refused(
                "user_error", "Error while accessing a resource. You must have at least one line item.", path="item"
            )
        return tuple(lines)

    def _settle(self, order: Order) -> None:
        """Set the status of an order that is not billed yet by what is fulfilled."""
        if order.status == BILLED or not order.is_open:
            return
        if not remaining_lines(self._store, order):
            order.status = _PENDING_BILLING
        else:
            fulfilled = bool(self._store.fulfillments_of.get(order.id))
            order.status = _PARTLY_FULFILLED if fulfilled else PENDING_FULFILLMENT
        order.modified_s = self._store.clock.wall_s()
        self._store.orders.touch(order.id)


def remaining_lines(store: NetSuiteStore, order: Order) -> dict[int, Line]:
    """The open lines of an order by their numbers, each with what of it has not been fulfilled."""
    done: defaultdict[int, Decimal] = defaultdict(Decimal)
    for fulfillment in store.fulfillments_of.get(order.id, ()):
        for line in fulfillment.lines:
            done[line.number] += line.quantity
    left = {line.number: line.quantity - done[line.number] for line in order.open_lines}
    return {
        line.number: msgspec.structs.replace(
            line, quantity=left[line.number], rate=Decimal(0), amount=Decimal(0), tax=None
        )
        for line in order.open_lines
        if left[line.number]
    }


def _status(value: Any) -> str:
    status = str(value.get("id", "") if isinstance(value, dict) else value)
    if status not in TRANSACTION_KINDS[_KIND].statuses:
        detail = f"Invalid Field Value {status[:80]} for the following field: shipStatus."
        raise Refused("invalid_content", f"Error while accessing a resource. {detail}", path="shipStatus")
    return status
