"""The services: the engine with S/4HANA's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gameday_fakes.http import Reply
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet, Operation, Schema
from gameday_fakes.odata.options import Options
from gameday_fakes.odata.records import Key, Record
from gameday_fakes.odata.service import Service
from gameday_fakes.s4hana.billing import Billing, orders_of
from gameday_fakes.s4hana.billing_document import DOCUMENT
from gameday_fakes.s4hana.errors import Refused, message_header
from gameday_fakes.s4hana.masters import DESCRIPTION, PARTNER
from gameday_fakes.s4hana.orders import Orders
from gameday_fakes.s4hana.partners import Masters
from gameday_fakes.s4hana.pricing import Pricing, deal_of
from gameday_fakes.s4hana.sales_order import HEADER_PRICE, ITEM, ITEM_PRICE, ORDER
from gameday_fakes.s4hana.sales_order import PARTNER as ORDER_PARTNER
from gameday_fakes.s4hana.schema import ORDER_SETS, PART_OF
from gameday_fakes.s4hana.store import ClientStore

#: The entity set, the record and what became of it: created, updated or deleted.
Change = tuple[str, Record, str]


class S4Service(Service):
    """Answers requests for one of the services. ``changed`` are the records that a request has written."""

    def __init__(self, schema: Schema, store: ClientStore) -> None:
        super().__init__(schema, store)
        self.store = store
        self.orders = Orders(store, Pricing(store))
        self.billing = Billing(store)
        self.masters = Masters(store)
        self._usual = schema
        self.changed: list[Change] = []

    def respond(self, call: Call) -> Reply:
        self.orders.warnings.clear()
        reply = super().respond(call)
        reply.headers += message_header(self.orders.warnings)
        return reply

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"dataserviceversion", b"2.0"), (b"cache-control", b"no-store, no-cache")]

    # -- names of fields -----------------------------------------------------------------------------

    def call_fields(self) -> None:
        """Call the fields as the active faults say."""
        sets = {}
        for name, of in self._usual.sets.items():
            record, within = PART_OF.get(name, (name, ""))
            renamed = self.store.state.renamed(record, within)
            sets[name] = msgspec.structs.replace(of, renamed=renamed) if renamed else of
        self.schema = msgspec.structs.replace(self._usual, sets=sets)

    def note_names(self, of: EntitySet) -> None:
        """Note that records were shown without a field, or with one under another name."""
        record, within = PART_OF.get(of.name, (of.name, ""))
        for name in of.renamed:
            self.store.state.note_rename(record, name, within)

    def unknown_field(self, of: EntitySet, name: str) -> ODataError:
        if name in of.renamed:
            self.note_names(of)
        return Refused("unknown_field", f"Property {name[:80]} is invalid", target=name[:80])

    def refuse_read_only(self, of: EntitySet, name: str, value: Any, *, creating: bool) -> None:
        """What only the system writes is left out of a body, in which clients send back what they have read."""

    def not_there(self, of: EntitySet, key: Key) -> ODataError:
        shown = ",".join(f"{name}='{str(part)[:60]}'" for name, part in zip(of.key, key, strict=True))
        return Refused("not_found", f"Resource not found for the segment '{of.name}({shown})'")

    # -- writes --------------------------------------------------------------------------------------

    def taken(
        self, of: EntitySet, body: dict[str, Any], *, creating: bool
    ) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
        given, nested = super().taken(of, body, creating=creating)
        for name, each in of.properties.items():
            if each.type == "Edm.DateTime" and given.get(name) is not None:
                # They are days: a time of day is lost.
                given[name] = given[name].replace(hour=0, minute=0, second=0, microsecond=0)
        if of.name == ORDER:
            # Items need their order's prices, whatever the order in which a body has them.
            order = ("to_PricingElement", "to_Partner", "to_Item")
            nested = dict(sorted(nested.items(), key=lambda each: order.index(each[0])))
        return given, nested

    def insert(self, of: EntitySet, given: dict[str, Any]) -> Record:
        match of.name:
            case "A_SalesOrder":
                record = self.orders.insert(given)
            case "A_SalesOrderItem":
                record = self.orders.insert_item(given)
            case "A_SalesOrderHeaderPartner":
                record = self.orders.insert_partner(given)
            case "A_SalesOrderHeaderPrElement" | "A_SalesOrderItemPrElement":
                record = self.orders.insert_element(of.name, given)
            case _:
                record = self.masters.insert(of, given)
        self.changed.append((of.name, record, "created"))
        return record

    def inserted(self, of: EntitySet, record: Record) -> None:
        if of.name == ORDER:
            self.orders.inserted(record)
        elif of.name in ORDER_SETS:
            self.orders.changed_part(record.values)
        elif of.name == PARTNER:
            self.masters.inserted(record)
        self._need_required(of, record)

    def update(self, of: EntitySet, record: Record, given: dict[str, Any]) -> Record:
        if of.name == ORDER:
            self.orders.update(record, given)
        elif of.name == ITEM:
            self.orders.update_item(record, given)
            self.orders.changed_part(record.values)
        elif of.name in (ITEM_PRICE, HEADER_PRICE, ORDER_PARTNER):
            self._change_part(of, record, given)
        else:
            self.masters.update(of, record, given)
        found = self.store[of.name].records[of.key_of(record.values)]
        self._need_required(of, found)
        self.changed.append((of.name, found, "updated"))
        return found

    def _change_part(self, of: EntitySet, record: Record, given: dict[str, Any]) -> None:
        """Change an element, which is a manual one from then on, or a partner. Raises Refused."""
        if of.name != ORDER_PARTNER and record.values["ConditionCategory"] == "D":
            raise Refused("read_only", "Taxes cannot be changed manually", target="ConditionRateValue")
        manual = {} if of.name == ORDER_PARTNER else {"ConditionIsManuallyChanged": True}
        self.store.change(of.name, record, **given, **manual)
        self.orders.changed_part(record.values)

    def remove(self, of: EntitySet, record: Record) -> None:
        if of.name == ORDER:
            self.orders.remove(record)
        elif of.name == ITEM and record.values["OrderRelatedBillingStatus"] == "C":
            raise Refused("subsequent_document")
        elif of.name not in (*ORDER_SETS, DESCRIPTION):
            raise Refused("method_not_allowed")
        super().remove(of, record)
        if of.name in PART_OF:
            self.orders.changed_part({**record.values, **({"SalesOrderItem": None} if of.name == ITEM else {})})
        self.changed.append((of.name, record, "deleted"))

    def act(self, operation: Operation, record: Record | None, given: Mapping[str, Any]) -> Any:
        if operation.name in ("Cancel", "GetPDF"):
            document = self._named(DOCUMENT, given["BillingDocument"])
            if operation.name == "GetPDF":
                return "JVBERi0xLjQKJSVFT0YK"
            cancelled = self.billing.cancel(document)
            self.changed.append((DOCUMENT, self._named(DOCUMENT, given["BillingDocument"]), "updated"))
            self.changed += [(ORDER, each, "updated") for each in orders_of(self.store, document)]
            return cancelled
        # No order of this type waits for an approval.
        order = self._named(ORDER, given["SalesOrder"])
        raise Refused("subsequent_document", f"Sales order {order.values['SalesOrder']} is not waiting for approval")

    def _named(self, of: str, number: str) -> Record:
        record = self.store.get(of, number)
        if record is None:
            raise self.not_there(self.schema.sets[of], (number,))
        return record

    def document(
        self,
        call: Call,
        status: int,
        of: EntitySet,
        record: Record,
        options: Options,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> Reply:
        # A record has changed since, if its parts were added.
        return super().document(
            call, status, of, self.store[of.name].records[of.key_of(record.values)], options, headers
        )

    def _need_required(self, of: EntitySet, record: Record) -> None:
        """Raises Refused for a record without a field that a fault has made mandatory."""
        if self.store.state.required:
            name, within = PART_OF.get(of.name, (of.name, ""))
            lacking = self.store.state.lacking(name, within, record.values)
            if lacking:
                raise Refused("missing_value", f"Enter a value for {lacking}", target=lacking)


def deal_of_record(store: ClientStore, name: str, record: Record) -> str:
    """The deal of an order, of a part of it or of a billing document; empty for any other record."""
    if name in ORDER_SETS:
        order = store.get(ORDER, record.values["SalesOrder"])
        return deal_of(order) if order is not None else ""
    if name == DOCUMENT:
        order = next(orders_of(store, record), None)
        return deal_of(order) if order is not None else str(record.values["PurchaseOrderByCustomer"])
    return ""
