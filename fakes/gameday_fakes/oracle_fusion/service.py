"""Answers requests for resources: reading, creating, upserting, changing, deleting, and the actions on holds."""

from __future__ import annotations

from collections.abc import Mapping

from gameday_fakes.http import Reply
from gameday_fakes.odata.model import EntitySet, Navigation
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion import bodies
from gameday_fakes.oracle_fusion.bodies import Body
from gameday_fakes.oracle_fusion.described import DESCRIBE
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.framework import Call, child_at, key_text, path_text, record_at
from gameday_fakes.oracle_fusion.holds import Holds
from gameday_fakes.oracle_fusion.masters import INVOICES
from gameday_fakes.oracle_fusion.orders import Orders
from gameday_fakes.oracle_fusion.parties import Parties
from gameday_fakes.oracle_fusion.query_parameters import Shape, shape_of
from gameday_fakes.oracle_fusion.reading import Reading
from gameday_fakes.oracle_fusion.receivables import Receivables
from gameday_fakes.oracle_fusion.resources import PART_OF, SCHEMA
from gameday_fakes.oracle_fusion.sales_order import LINES, ORDERS
from gameday_fakes.oracle_fusion.shown import etag_of
from gameday_fakes.oracle_fusion.store import PodStore

#: The resource, the record and what became of it: created, updated or deleted.
Change = tuple[str, Record, str]
_RESULT = b"application/vnd.oracle.adf.actionresult+json"


class Service(Reading):
    """The pod's resources. ``changed`` are the documents that a request has written."""

    def __init__(self, store: PodStore) -> None:
        super().__init__(store)
        self.orders = Orders(store)
        self.receivables = Receivables(store)
        self._parties = Parties(store)
        self._holds = Holds(store, self.orders)
        self.changed: list[Change] = []

    # -- requests ------------------------------------------------------------------------------------

    def respond(self, call: Call) -> Reply:
        """The reply to a request. Raises ODataError, and BadBody for a payload that is no JSON."""
        address = call.address
        if not address.resource:
            return self.versions(call)
        of = self.store.schema.sets[address.resource]
        if address.action:
            return self._act(call)
        if address.steps:
            return self._child(call, of)
        if address.key == DESCRIBE:
            return self.description(call, of)
        if address.key:
            return self._one(call, of)
        if call.method in ("GET", "HEAD"):
            return self.page(call, of, None, of.name)
        if call.method == "POST":
            return self._create(call, of)
        raise refused("method_not_allowed")

    def _one(self, call: Call, of: EntitySet) -> Reply:
        record = record_at(self.store, of.name, call.address.key)
        if record is None:
            raise refused("not_found")
        path = f"{of.name}/{path_text(call.address.key)}"
        if call.method in ("GET", "HEAD"):
            if call.header("if-none-match") == etag_of(record):
                return Reply(304, headers=[(b"etag", etag_of(record).encode())])
            return self.item(call, 200, of, record, path)
        self._need_match(call, record)
        if call.method == "DELETE":
            self._delete(of, record)
            return Reply(204, headers=self.headers(call))
        if call.method != "PATCH" or not of.updatable:
            raise refused("method_not_allowed")
        body = bodies.read(call.body, of, self.store.schema)
        with self.store.transaction():
            record = self._changed(of, record, body)
        return self.item(call, 200, of, record, path)

    def _need_match(self, call: Call, record: Record) -> None:
        """Raises ODataError where a condition of a change does not hold."""
        wanted = call.header("if-match").strip()
        if wanted and wanted != "*" and wanted.strip('"') != etag_of(record).strip('"'):
            raise refused("precondition_failed")

    def _create(self, call: Call, of: EntitySet) -> Reply:
        if not of.creatable:
            raise refused("method_not_allowed", "Invalid operation create for the specified resource.")
        body = bodies.read(call.body, of, self.store.schema)
        known = self._matching(of, body) if call.is_upsert else None
        with self.store.transaction():
            if known is not None:
                record = self._changed(of, known, self._without_keys(of, known, body))
            else:
                record = self._created(of, body)
        path = f"{of.name}/{path_text(key_text(of, record))}"
        headers = [] if known is not None else [(b"location", call.url(path).encode("latin-1", "replace"))]
        shape = shape_of(call.params, of, self.store.schema)
        if not shape.children and shape.fields is None:
            # What came with it is shown with it.
            shape = Shape(children=_as_sent(body))
        return self.item(call, 200 if known is not None else 201, of, record, path, shape, headers)

    def create_half(self, call: Call) -> None:
        """Commit an order without its lines. Raises ODataError."""
        of = self.store.schema.sets[ORDERS]
        body = bodies.read(call.body, of, self.store.schema)
        body.children.pop("lines", None)
        if self._matching(of, body) is None:
            with self.store.transaction():
                self._created(of, Body(body.given, body.children, incomplete=True))

    def _matching(self, of: EntitySet, body: Body) -> Record | None:
        """The record that an upsert updates; None where there is none."""
        if of.name == ORDERS:
            key = f"{body.given.get('SourceTransactionSystem')}:{body.given.get('SourceTransactionId')}"
            return self.store.latest(key)
        if of.name == INVOICES:
            number = body.given.get("TransactionNumber")
            return self.store.by(INVOICES, "TransactionNumber", number) if number else None
        return self._parties.known(of.name, body)

    @staticmethod
    def _without_keys(of: EntitySet, known: Record, body: Body) -> Body:
        """A payload of an upsert without what names the record, and has the value that it has."""
        kept = {
            name: value
            for name, value in body.given.items()
            if not of.properties[name].create_only or value != known.values[name]
        }
        return Body(kept, body.children, body.path)

    def _created(self, of: EntitySet, body: Body) -> Record:
        match of.name:
            case "salesOrdersForOrderHub":
                record = self.orders.create(body)
            case "receivablesInvoices":
                record = self.receivables.create(body)
            case _:
                record = self._parties.create(of.name, body)
        self._need_required(of.name, record)
        self.changed.append((of.name, record, "created"))
        return record

    def _changed(self, of: EntitySet, record: Record, body: Body) -> Record:
        match of.name:
            case "salesOrdersForOrderHub":
                fixed = [name for name in body.given if of.properties[name].create_only and name.startswith("Source")]
                if any(body.given[name] != record.values[name] for name in fixed):
                    raise body.refuse("read_only", f"The attribute {fixed[0]} can't be changed.", target=fixed[0])
                record = self.orders.change(record, body)
            case "receivablesInvoices":
                record = self.receivables.change(record, body)
            case _:
                record = self._parties.change(of.name, record, body)
        self._need_required(of.name, record)
        self.changed.append((of.name, record, "updated"))
        return record

    def _delete(self, of: EntitySet, record: Record) -> None:
        if of.name not in (ORDERS, INVOICES):
            raise refused("method_not_allowed", "Invalid operation delete for the specified resource.")
        with self.store.transaction():
            (self.orders if of.name == ORDERS else self.receivables).delete(record)
        self.changed.append((of.name, record, "deleted"))

    # -- children and actions ------------------------------------------------------------------------

    def _child(self, call: Call, of: EntitySet) -> Reply:
        address, store = call.address, self.store
        found = record_at(store, of.name, address.steps[0][0])
        if found is None:
            raise refused("not_found")
        record, path, parent = found, of.name, of
        for place, (key, accessor) in enumerate(address.steps):
            if place:
                before = parent.navigations[address.steps[place - 1][1]]
                record = self._need_child(parent, record, before, key)
                parent = store.schema.sets[before.to]
            if accessor not in parent.navigations:
                raise refused("not_found")
            path = f"{path}/{path_text(key)}/child/{accessor}"
        navigation = parent.navigations[address.steps[-1][1]]
        to = store.schema.sets[navigation.to]
        if not address.key:
            if call.method in ("GET", "HEAD"):
                return self.page(call, to, store.related(parent, record.values, navigation), path)
            return self._write_child(call, of, to, path)
        found = self._need_child(parent, record, navigation, address.key)
        if call.method in ("GET", "HEAD"):
            return self.item(call, 200, to, found, f"{path}/{path_text(address.key)}")
        return self._write_child(call, of, to, path, found)

    def _need_child(self, parent: EntitySet, record: Record, navigation: Navigation, key: str) -> Record:
        found = child_at(self.store, parent, record, navigation, key)
        if found is None:
            raise refused("not_found")
        return found

    def _write_child(self, call: Call, of: EntitySet, to: EntitySet, path: str, known: Record | None = None) -> Reply:
        """Add or change a line of an order: a change of the order. Raises ODataError for any other child."""
        steps = call.address.steps
        if to.name != LINES or len(steps) != 1 or call.method != ("PATCH" if known else "POST"):
            raise refused("method_not_allowed", "Invalid operation for the specified resource.")
        order = record_at(self.store, of.name, steps[0][0])
        if order is None:
            raise refused("not_found")
        line = bodies.read(call.body, to, self.store.schema)
        if known is not None:
            line.given["FulfillLineId"] = known.values["FulfillLineId"]
        before = {each.values["FulfillLineId"] for each in self.store.lines(order)}
        with self.store.transaction():
            order = self._changed(of, order, Body({}, {"lines": [line]}))
        lines = self.store.lines(order)
        wanted = known.values["FulfillLineId"] if known is not None else None
        found = next(x for x in lines if x.values["FulfillLineId"] == wanted or x.values["FulfillLineId"] not in before)
        return self.item(call, 200 if known else 201, to, found, f"{path}/{path_text(key_text(to, found))}")

    def _act(self, call: Call) -> Reply:
        address = call.address
        if call.method != "POST":
            raise refused("method_not_allowed")
        if address.resource != ORDERS or address.key or address.action not in ("applyHold", "releaseHold"):
            raise refused("not_found")
        with self.store.transaction():
            result, orders = self._holds.act(address.action, call.body)
        self.changed += [(ORDERS, self.store.current(ORDERS, order), "updated") for order in orders]
        return self.reply(call, 200, {"result": result}, _RESULT)

    def _need_required(self, name: str, record: Record) -> None:
        """Raises ODataError for a record without an attribute that a fault has made mandatory."""
        if not self.store.state.required:
            return
        parts = [(name, record)]
        for each, one in parts:
            root, within = PART_OF.get(each, (each, ""))
            lacking = self.store.state.lacking(root, within, one.values)
            if lacking:
                raise refused("missing_value", f"The attribute {lacking} is required.", target=lacking)
            for navigation in SCHEMA.sets[each].navigations.values():
                found = self.store.related(SCHEMA.sets[each], one.values, navigation)
                parts += [(navigation.to, child) for child in found]


def _as_sent(body: Body) -> Mapping[str, Shape]:
    """The children that a payload has, as a shape."""
    found: dict[str, Shape] = {}
    for accessor, parts in body.children.items():
        inner: dict[str, Shape] = {}
        for part in parts:
            inner |= _as_sent(part)
        found[accessor] = Shape(children=inner)
    return found
