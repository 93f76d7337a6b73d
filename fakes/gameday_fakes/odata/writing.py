"""Creating, changing and deleting records, and operations on them.

Sources: "OData Version 4.01. Part 1: Protocol", section 11.4 "Data Modification", with 8.2.4 "If-Match" and 8.2.8
"Prefer"; for version 2 "OData Version 2.0: Operations", whose MERGE is version 4's PATCH.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gameday_fakes.http import Reply
from gameday_fakes.odata import values
from gameday_fakes.odata.bodies import linked, linked_to, matches, records_within
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import Value
from gameday_fakes.odata.model import EntitySet, Operation, Schema
from gameday_fakes.odata.options import Expand, Options, parse_options
from gameday_fakes.odata.parser import parse
from gameday_fakes.odata.paths import Step, parse_path
from gameday_fakes.odata.payload import Renderer, etag_of
from gameday_fakes.odata.records import Key, Record, Records

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How deep a body may have records within records.
DEEPEST_INSERT = 5


class Writing:
    """The writing half of a service. ``insert`` to ``act`` are for the vendor's rules."""

    def __init__(self, schema: Schema, records: Records) -> None:
        self.schema = schema
        self.records = records

    # -- for the vendor ------------------------------------------------------------------------------

    def insert(self, of: EntitySet, given: dict[str, Any]) -> Record:
        """Add a record with the values of a body, checked and typed. Raises ODataError."""
        complete = {name: given.get(name, each.default) for name, each in of.properties.items()}
        for name, each in of.properties.items():
            if (each.required or name in of.key) and complete[name] in (None, ""):
                raise ODataError("missing_field", f"Field '{name}' must not be blank or empty.", target=name)
        if of.key_of(complete) in self.records[of.name].records:
            raise ODataError("duplicate", f"The {of.type} already exists.")
        return self.records.put(of.name, complete)

    def inserted(self, of: EntitySet, record: Record) -> None:
        """A record and all that came with it have been added. Raises ODataError."""

    def update(self, of: EntitySet, record: Record, given: dict[str, Any]) -> Record:
        """Change values of a record. Raises ODataError."""
        return self.records.change(of.name, record, **given)

    def remove(self, of: EntitySet, record: Record) -> None:
        """Delete a record. Raises ODataError."""
        self.records.remove(of.name, of.key_of(record.values))

    def act(self, operation: Operation, record: Record | None, given: Mapping[str, Any]) -> Any:
        """Carry out an operation: None, a record of the entity set that it returns, or a value. Raises ODataError."""
        raise ODataError("not_implemented", f"'{operation.name}' is not implemented.")

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Headers of every reply."""
        if self.schema.is_v2:
            return [(b"dataserviceversion", b"2.0")]
        return [(b"odata-version", b"4.0")]

    # -- requests ------------------------------------------------------------------------------------

    def create(self, call: Call) -> Reply:
        """POST to a collection: a new record, with others in it."""
        steps = call.resource.steps
        of = steps[-1].of
        if not of.creatable:
            raise ODataError("method_not_allowed", f"'POST' requests for '{of.name}' are not allowed.")
        options = parse_options(call.params, self.schema, of)
        body = call.body
        with self.records.transaction():
            link = self._link(steps)
            record, nested = self._insert(of, body, link, 0)
        record = self.records[of.name].records[of.key_of(record.values)]
        location = self.renderer(call).url(of, record).encode()
        headers = [(b"location", location)]
        wanted = call.preferences.get("return")
        answers = self.schema.is_v2 or self.schema.dialect.create_answers
        if (wanted == "minimal" and not self.schema.is_v2) or not (answers or wanted == "representation"):
            return Reply(204, headers=[*self.headers(), *headers, (b"odata-entityid", location)])
        if not options.expand:
            options = Options(select=options.select, expand=nested)
        return self.document(call, 201, of, record, options, headers)

    def change(self, call: Call) -> Reply:
        """PATCH, MERGE and PUT: some values of a record, or all of them."""
        of = call.resource.of
        if not of.updatable:
            raise ODataError("method_not_allowed", f"'{call.method}' requests for '{of.name}' are not allowed.")
        options, body = parse_options(call.params, self.schema, of), call.body
        record = self.existing(call)
        given, nested = self.taken(of, body, creating=False)
        # Clients send an empty list of what they have not read.
        filled = next((name for name, bodies in nested.items() if bodies), "")
        if filled:
            raise ODataError("not_implemented", f"'{filled}' cannot be changed within another record.", target=filled)
        if call.method == "PUT":
            kept = {*of.key, *(name for name, each in of.properties.items() if each.read_only or each.create_only)}
            given = {name: given.get(name, each.default) for name, each in of.properties.items() if name not in kept}
        with self.records.transaction():
            record = self.update(of, record, given)
        wanted = call.preferences.get("return")
        if wanted == "representation" or (self.schema.dialect.update_answers and wanted != "minimal"):
            return self.document(call, 200, of, record, options)
        etag = [(b"etag", etag_of(of, record).encode())] if self.schema.has_etag(of) else []
        return Reply(204, headers=[*self.headers(), *etag])

    def delete(self, call: Call) -> Reply:
        """DELETE of a record."""
        of = call.resource.of
        if not of.deletable:
            raise ODataError("method_not_allowed", f"'DELETE' requests for '{of.name}' are not allowed.")
        record = self.existing(call)
        with self.records.transaction():
            self.remove(of, record)
        return Reply(204, headers=self.headers())

    def operate(self, call: Call) -> Reply:
        """An action, a function, or a function import of version 2."""
        operation, steps = call.resource.operation, call.resource.steps
        if operation is None:
            raise ODataError("unknown_resource")
        if call.method != operation.method:
            raise ODataError("method_not_allowed", f"'{operation.name}' is called by {operation.method}.")
        record = self.found(steps)[0] if steps else None
        given = self._parameters(operation, call)
        with self.records.transaction():
            result = self.act(operation, record, given)
        if result is None:
            return Reply(204, headers=self.headers())
        if isinstance(result, Record):
            return self.document(call, 200, self.schema.sets[operation.returns], result, Options())
        return self.reply(call, 200, {"d": {operation.name: result}} if self.schema.is_v2 else {"value": result})

    def _parameters(self, operation: Operation, call: Call) -> dict[str, Any]:
        given = {}
        body = call.body if operation.method == "POST" and not self.schema.is_v2 else {}
        for each in operation.parameters:
            if self.schema.is_v2:
                text = call.params.get(each.name)
                literal = parse(text, "2.0") if text else None
                if literal is not None and not isinstance(literal, Value):
                    raise ODataError("bad_option", f"'{each.name}' has to be a literal.", target=each.name)
                given[each.name] = None if literal is None else values.of_literal(literal, each, self.schema)
            elif each.name in body:
                given[each.name] = values.read(body[each.name], each, self.schema)
            if each.required and given.get(each.name) is None:
                raise ODataError("missing_field", f"The parameter '{each.name}' is missing.", target=each.name)
        return given

    # -- bodies --------------------------------------------------------------------------------------

    def _link(self, steps: Sequence[Step]) -> dict[str, Any]:
        """What a new record has from the one in whose navigation it is created."""
        step = steps[-1]
        if step.navigation is None:
            return {}
        parent = self.found(steps[:-1])[0]
        return linked(step.navigation, parent.values)

    def _insert(
        self, of: EntitySet, body: dict[str, Any], link: dict[str, Any], depth: int
    ) -> tuple[Record, tuple[Expand, ...]]:
        """Insert a record with those within it; what was within it is to be shown with it."""
        if depth > DEEPEST_INSERT:
            raise ODataError("bad_body", f"Records are nested more than {DEEPEST_INSERT} levels deep.")
        given, nested = self.taken(of, body, creating=True)
        for name in [each for each in nested if not (of.navigations[each].many or of.navigations[each].contained)]:
            # What this record refers to comes before it.
            navigation = of.navigations[name]
            if link.keys() & navigation.own:
                raise ODataError("bad_body", f"'{name}' is given by the record around it.", target=name)
            for each in nested.pop(name):
                other, _ = self._insert(self.schema.sets[navigation.to], each, {}, depth + 1)
                given |= linked_to(navigation, other.values)
        record = self.insert(of, {**given, **link})
        shown = []
        for name, bodies in nested.items():
            navigation = of.navigations[name]
            to, inner = self.schema.sets[navigation.to], dict[str, Expand]()
            for each in bodies:
                _, deeper = self._insert(to, each, linked(navigation, record.values), depth + 1)
                inner |= {expand.navigation: expand for expand in deeper}
            shown.append(Expand(name, Options(expand=tuple(inner.values()))))
        record = self.records[of.name].records[of.key_of(record.values)]
        self.inserted(of, record)
        return record, tuple(shown)

    def taken(
        self, of: EntitySet, body: dict[str, Any], *, creating: bool
    ) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
        """The values of a body, typed; and the records within it, by navigation. Raises ODataError."""
        given: dict[str, Any] = {}
        nested: dict[str, list[dict[str, Any]]] = {}
        for name, value in body.items():
            each = of.called(name)
            if each is not None:
                if each.read_only or (not creating and (each.create_only or each.name in of.key)):
                    self.refuse_read_only(of, name, value, creating=creating)
                else:
                    given[each.name] = values.read(value, each, self.schema)
            elif name in of.navigations:
                # A link that was read and is sent back says nothing.
                if not (isinstance(value, dict) and "__deferred" in value):
                    nested[name] = records_within(name, value, of.navigations[name])
            elif name.endswith("@odata.bind") and not self.schema.is_v2:
                given |= self._bound(of, name.removesuffix("@odata.bind"), value)
            elif "@" not in name and name != "__metadata":
                raise self.unknown_field(of, name)
        return given, nested

    def refuse_read_only(self, of: EntitySet, name: str, value: Any, *, creating: bool) -> None:
        """A body has a property that cannot be written: refuse it, or leave it out. Raises ODataError."""
        raise ODataError("read_only", f"Control '{name}' is read-only.", target=name)

    def unknown_field(self, of: EntitySet, name: str) -> ODataError:
        """The refusal of a property that an entity type does not have."""
        name = name[:80]
        text = (
            f"The property '{name}' does not exist on type '{self.schema.qualified(of.type)}'. "
            "Make sure to only use property names that are defined by the type."
        )
        return ODataError("unknown_field", text, target=name)

    def _bound(self, of: EntitySet, name: str, value: Any) -> dict[str, Any]:
        """The values by which a record is bound to another one, which is given by its address."""
        navigation = of.navigations.get(name)
        if navigation is not None and not navigation.many and value is None:
            return dict.fromkeys(navigation.own)
        if navigation is None or navigation.many or not isinstance(value, str):
            raise ODataError("bad_body", f"'{name[:80]}@odata.bind' binds to no single record.", target=name[:80])
        # Relative to the service, or its whole address.
        path = value.rpartition("/")[2] if "/" in value else value
        step = parse_path(path, self.schema).steps
        record = self.found(step)[0] if step and step[-1].is_one and step[-1].of.name == navigation.to else None
        if record is None:
            raise ODataError("bad_body", f"'{name[:80]}@odata.bind' binds to no {navigation.to}.", target=name[:80])
        return linked_to(navigation, record.values)

    def existing(self, call: Call) -> Record:
        """The record that a request changes, under its conditions. Raises ODataError."""
        found = self.found(call.resource.steps)
        if not found:
            raise ODataError("not_found", f"There is no {call.resource.of.type} there.")
        wanted, of = call.header("if-match"), call.resource.of
        if not wanted:
            if self.schema.dialect.needs_if_match and self.schema.has_etag(of):
                raise ODataError("precondition_required")
        elif wanted != "*" and not matches(wanted, etag_of(of, found[0])):
            raise ODataError("precondition_failed")
        return found[0]

    def not_there(self, of: EntitySet, key: Key) -> ODataError:
        """The refusal of a key that no record has."""
        shown = ", ".join(f"{name}={str(part)[:60]}" for name, part in zip(of.key, key, strict=True))
        return ODataError("not_found", f"The {of.type} does not exist. Identification fields and values: {shown}")

    # -- replies -------------------------------------------------------------------------------------

    def renderer(self, call: Call) -> Renderer:
        """Renders records for a request."""
        return Renderer(self.records, self.schema, call.root, call.base, call.form)

    def reply(self, call: Call, status: int, shown: Any, headers: Iterable[tuple[bytes, bytes]] = ()) -> Reply:
        """A reply with a JSON document."""
        media = "application/json;charset=utf-8"
        if not self.schema.is_v2:
            media = f"application/json; odata.metadata={call.form.metadata}"
            if call.form.ieee754:
                media += "; IEEE754Compatible=true"
        return Reply.json(status, shown, [*self.headers(), *headers], content_type=media.encode())

    def found(self, steps: Sequence[Step]) -> list[Record]:
        """The records that steps lead to. Raises ODataError."""
        raise NotImplementedError

    def document(
        self,
        call: Call,
        status: int,
        of: EntitySet,
        record: Record,
        options: Options,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> Reply:
        """A reply with one record."""
        raise NotImplementedError
