"""The rules of sales orders, estimates and opportunities: what they need, prices, and changes. No HTTP here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.netsuite import adjustments, customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.lines import LineWriter, own_line
from gameday_fakes.netsuite.model import CUSTOM_FORM
from gameday_fakes.netsuite.models import (
    OPEN,
    PENDING_FULFILLMENT,
    PENDING_RECEIPT,
    PROCESSED,
    Order,
    OrderKind,
)
from gameday_fakes.netsuite.required import need_required
from gameday_fakes.netsuite.store import NetSuiteStore, check_external_id
from gameday_fakes.netsuite.subsidiaries import need_matching
from gameday_fakes.netsuite.transaction_kinds import RETURN, TRANSACTION_KINDS
from gameday_fakes.netsuite.values import to_date, to_decimal, to_text

#: The status of a new one.
_FIRST = {"salesOrder": PENDING_FULFILLMENT, "estimate": OPEN, "opportunity": OPEN, RETURN: PENDING_RECEIPT}


class SalesOrderWriter:
    """Creates, changes and deletes orders, or estimates, or opportunities, or returns."""

    def __init__(self, store: NetSuiteStore, kind: OrderKind = "salesOrder") -> None:
        self._store = store
        self._name = kind
        self._kind = store.model.record_types[kind]

    def create(self, body: dict[str, Any], *, half: bool = False) -> Order:
        """Write a new order; only its header if ``half``. Raises Refused."""
        standard = {name: field for name, field in self._kind.fields.items() if name not in self._kind.further}
        missing = [field.label or name for name, field in standard.items() if field.required and not body.get(name)]
        missing += customs.missing(self._kind.further, body)
        if missing:
            raise Refused(
                "missing_field",
                f"Error while accessing a resource. Please enter value(s) for: {', '.join(missing)}.",
            )
        store = self._store
        customer = store.refer_active("customer", body["entity"], "entity")
        fields = store.records["customer"][customer].fields
        now_s, wall_s = store.clock.now_s(), store.clock.wall_s()
        order = Order(
            id="",
            customer=customer,
            currency=str(fields["currency"]),
            subsidiary=str(fields.get("subsidiary", store.default_subsidiary)),
            terms=str(fields.get("terms", "")),
            date=store.dates.today(store.clock.wall_s()),
            time_s=now_s,
            changed_s=now_s,
            created_s=wall_s,
            modified_s=wall_s,
            custom=customs.defaults(self._kind.further),
            kind=self._name,
            status=_FIRST[self._name],
        )
        return self._added(order, {name: value for name, value in body.items() if name != "entity"}, half=half)

    def transform(self, source: Order, body: dict[str, Any], *, half: bool = False) -> Order:
        """Make an order of an estimate or an opportunity, or an estimate of an opportunity. Raises Refused.

        It has the lines of its source at the same prices, and what the body says otherwise; lines by ``line``.
        """
        if not source.open_lines or source.status not in (OPEN, PROCESSED):
            raise Refused(
                "user_error",
                f"Error while accessing a resource. You can not initialize {self._name.lower()}: invalid reference "
                f"{source.id}. It has no lines, or is closed.",
            )
        store = self._store
        now_s, wall_s = store.clock.now_s(), store.clock.wall_s()
        order = msgspec.structs.replace(
            source,
            id="",
            kind=self._name,
            made_from=source.id,
            status=_FIRST[self._name],
            external_id="",
            date=store.dates.today(wall_s),
            time_s=now_s,
            changed_s=now_s,
            created_s=wall_s,
            modified_s=wall_s,
            # It has a form of its own.
            custom=customs.merged(
                store,
                self._kind.further,
                {
                    **customs.defaults(self._kind.further),
                    **{name: value for name, value in source.custom.items() if name != CUSTOM_FORM},
                },
                {},
            ),
            lines=tuple(own_line(self._kind, line) for line in source.open_lines),
        )
        order = self._added(order, body, half=half, replace=False)
        source.status, source.modified_s = PROCESSED, wall_s
        store.orders_of(source.kind).touch(source.id)
        return order

    def _added(self, order: Order, body: dict[str, Any], *, half: bool, replace: bool = True) -> Order:
        self._fill(order, body, replace=replace)
        if half:
            order.lines, order.discount = (), Decimal(0)
        need_required(self._store, self._name, order)
        need_matching(self._store, order)
        order.id = self._store.new_id()
        self._store.put_order(order)
        return order

    def update(self, order: Order, body: dict[str, Any], *, replace: bool) -> Order:
        """Change an order; ``replace`` its lines instead of merging them by ``line``.

        Raises Refused, and then nothing has changed.
        """
        changed = msgspec.structs.replace(order)
        self._fill(changed, body, replace=replace)
        changed.changed_s, changed.modified_s = self._store.clock.now_s(), self._store.clock.wall_s()
        need_required(self._store, self._name, changed)
        need_matching(self._store, changed)
        self._store.forget_references(order)
        self._store.put_order(changed)
        return changed

    def delete(self, order: Order) -> None:
        """Delete an order. Raises Refused while an invoice, a fulfilment, an order or a return depends on it."""
        store = self._store
        kinds = (RETURN,) if order.kind == "salesOrder" else ("salesOrder", "estimate")
        made = any(each.made_from == order.id for kind in kinds for each in store.orders_of(kind).values())
        made = made or any(each.made_from == order.id for each in store.settlements["creditMemo"].values())
        if made or store.invoices_of.get(order.id) or store.fulfillments_of.get(order.id):
            raise Refused(
                "user_error",
                "Error while accessing a resource. This transaction cannot be deleted because it is linked to by one "
                "or more transactions.",
            )
        self._store.remove_order(order)

    # -- from body to order --------------------------------------------------------------------------

    def _fill(self, order: Order, body: dict[str, Any], *, replace: bool) -> None:
        store = self._store
        for name, value in body.items():
            match name:
                case "externalId":
                    self._take_external_id(order, value)
                case "entity":
                    order.customer = store.refer_active("customer", value, "entity")
                case "currency" | "subsidiary":
                    setattr(order, name, store.refer(name, value, name))
                case "terms":
                    order.terms = store.refer_optional("term", value, "terms")
                case "tranDate":
                    order.date = to_date(value, "tranDate")
                case "otherRefNum":
                    order.other_ref_num = to_text(value, "otherRefNum", 45)
                case "memo":
                    order.memo = to_text(value, "memo", 999)
                case "exchangeRate":
                    order.exchange_rate = to_decimal(value, "exchangeRate")
                case "orderStatus":
                    order.status = _status(value)
        order.custom = customs.changed(store, self._kind.further, order.custom, body)
        if "item" in body:
            order.lines = LineWriter(store).lines(order, body["item"], replace=replace)
        adjustments.take_discount(store, order, body, order.currency)

    def _take_external_id(self, order: Order, value: Any) -> None:
        external_id = check_external_id(value)
        holder = self._store.by_external_id[self._name].get(external_id)
        if holder is not None and holder != order.id:
            raise Refused("duplicate", path="externalId")
        order.external_id = external_id


def _status(value: Any) -> str:
    status = str(value.get("id", "") if isinstance(value, dict) else value)
    # Clients send both forms: the plain letter and the search's "SalesOrd:B" [R].
    status = status.rpartition(":")[2]
    if status not in TRANSACTION_KINDS["salesOrder"].statuses:
        detail = (
            f"Error while accessing a resource. Invalid Field Value {status[:80]} for the following field: orderStatus."
        )
        raise Refused("invalid_content", detail, path="orderStatus")
    return status
