"""The Web API's service: the engine with Dataverse's rules for records.

Sources: learn.microsoft.com, "Create a table row using the Web API", "Update and delete table rows using the Web API"
and "Use Upsert to create or update a record".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.dataverse import metadata
from gameday_fakes.dataverse.actions import Actions
from gameday_fakes.dataverse.errors import refused
from gameday_fakes.dataverse.render import AnnotatedRenderer, annotations_of
from gameday_fakes.dataverse.rules import check_values, check_webhook, need_unused, written_state
from gameday_fakes.dataverse.sales import DOCUMENT_OF
from gameday_fakes.dataverse.schema import METADATA_SETS, SCHEMA, TABLE_OF, TABLES
from gameday_fakes.dataverse.store import Store
from gameday_fakes.http import Reply
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.payload import Renderer
from gameday_fakes.odata.records import Key, Record
from gameday_fakes.odata.service import Service

_LITERAL = re.compile(r"'[^']*'")
_TRACKED_WITHOUT = ("$filter", "$orderby", "$expand", "$top")


class DataverseService(Actions, Service):
    """Answers requests for the environment's records."""

    def __init__(self, store: Store) -> None:
        super().__init__(SCHEMA, store)
        self.store = store

    # -- requests ------------------------------------------------------------------------------------

    def respond(self, call: Call) -> Reply:
        if left_out := _left_out(call.params):
            raise refused("not_implemented", f"the fake of dataverse has no {left_out}")
        if "$skip" in call.params:
            raise refused("bad_option", "The query parameter $skip is not supported.", target="$skip")
        if "track-changes" in call.preferences:
            for name in _TRACKED_WITHOUT:
                if name in call.params:
                    text = f'The "{name[1:]}" query parameter isn\'t supported when Change Tracking is enabled.'
                    raise refused("bad_option", text, target=name)
        resource = call.resource
        if resource.steps and resource.of.name in METADATA_SETS and call.method not in ("GET", "HEAD"):
            raise refused("not_implemented", "The fake's tables and columns cannot be changed by requests.")
        if resource.kind in ("property", "links") and call.method not in ("GET", "HEAD"):
            return self.refer(call) if resource.kind == "links" else self.set_one(call)
        reply = super().respond(call)
        wanted = call.preferences.get("include-annotations")
        if wanted and call.method == "GET" and reply.status == 200:
            reply.headers.append((b"preference-applied", f'odata.include-annotations="{_header(wanted)}"'.encode()))
        return reply

    def change(self, call: Call) -> Reply:
        """PATCH: an update; or an upsert, which creates what is not there, unless a condition forbids it."""
        step, wanted = call.resource.steps[-1], call.header("if-none-match")
        is_upsert = call.method == "PATCH" and len(call.resource.steps) == 1 and step.key is not None
        found = self.records[step.of.name].find(step.names, step.key) if is_upsert and step.key is not None else [None]
        if found and wanted == "*":
            raise refused("duplicate")
        if found or call.header("if-match"):
            reply = super().change(call)
            if reply.status == 204 and found and isinstance(found[0], Record):
                reply.headers.append((b"odata-entityid", self.renderer(call).url(step.of, found[0]).encode()))
            return reply
        return self._create_under(call, step.of, dict(zip(step.names, step.key or (), strict=True)))

    def _create_under(self, call: Call, of: EntitySet, key: dict[str, Any]) -> Reply:
        """Create a record under the key by which it was asked for."""
        body = {**call.body, **key}
        resource = msgspec.structs.replace(
            call.resource,
            kind="collection",
            steps=(msgspec.structs.replace(call.resource.steps[0], key=None, alternate=()),),
        )
        inner = Call(
            "POST", resource, root=call.root, path=of.name, base=call.base, params=call.params, header=call.header,
            body=lambda: body,
        )  # fmt: skip
        return self.create(inner)

    def set_one(self, call: Call) -> Reply:
        """PUT and DELETE of a single property: give it a value, or none."""
        of, name = call.resource.of, call.resource.name
        if call.method not in ("PUT", "DELETE"):
            raise ODataError("method_not_allowed")
        value = call.body.get("value") if call.method == "PUT" else None
        record = self.existing(call)
        given, _ = self.taken(of, {of.renamed.get(name, name): value}, creating=False)
        with self.records.transaction():
            self.update(of, record, given)
        return Reply(204, headers=self.headers())

    # -- writes --------------------------------------------------------------------------------------

    def insert(self, of: EntitySet, given: dict[str, Any]) -> Record:
        table = TABLE_OF[of.name]
        for column in table.columns:
            if column.required and not given.get(column.property_name):
                text = f"Field '{column.name}' of '{table.name}' is required."
                raise refused("missing_field", text, target=column.name)
        id_ = given.get(table.id_name)
        if id_ is not None and self.store.get(of.name, id_) is not None:
            raise refused("duplicate")
        check_values(self.store, table, given, None)
        if table.name in ("opportunity", "quote", "salesorder"):
            given = self._with_currency(given)
        if table.name == "serviceendpoint":
            given = check_webhook(given)
        document = DOCUMENT_OF.get(table.name)
        if document is None:
            return self.store.add(of.name, written_state(table, given, creating=True))
        defaults = {each.name: each.default for each in of.properties.values()}
        if given.get(f"_{document}id_value") is None:
            raise refused("missing_field", f"The {document} is missing.", target=f"{document}id")
        record = self.store.add(of.name, self.store.priced(document, {**defaults, **given}))
        self.store.sum_up(document, record.values[f"_{document}id_value"])
        return record

    def _with_currency(self, given: dict[str, Any]) -> dict[str, Any]:
        """A document with a currency: its own, that of its price list, else the environment's."""
        if given.get("_transactioncurrencyid_value"):
            return given
        prices = self.store.get("pricelevels", given.get("_pricelevelid_value"))
        base = next(iter(self.store["transactioncurrencies"].records.values()))
        of = prices.values if prices is not None else base.values
        name = "_transactioncurrencyid_value" if prices is not None else "transactioncurrencyid"
        return {**given, "_transactioncurrencyid_value": of[name]}

    def update(self, of: EntitySet, record: Record, given: dict[str, Any]) -> Record:
        table = TABLE_OF[of.name]
        check_values(self.store, table, given, record)
        if table.name == "serviceendpoint":
            given = check_webhook({**record.values, **given}, changed=given)
        given = written_state(table, given, before=record.values)
        document = DOCUMENT_OF.get(table.name)
        if document is not None:
            given = self.store.priced(document, {**record.values, **given})
            given = {name: value for name, value in given.items() if record.values.get(name) != value}
        changed = self.store.amend(of.name, record, given)
        if document is not None:
            self.store.sum_up(document, changed.values[f"_{document}id_value"])
        return self.store[of.name].records[of.key_of(changed.values)]

    def remove(self, of: EntitySet, record: Record) -> None:
        table = TABLE_OF[of.name]
        need_unused(self.store, table, record)
        self.store.delete(of.name, record)
        if document := DOCUMENT_OF.get(table.name):
            self.store.sum_up(document, record.values[f"_{document}id_value"])

    # -- names ---------------------------------------------------------------------------------------

    def call_columns(self, names: Mapping[str, Mapping[str, str]]) -> None:
        """Call properties as the active faults say, by entity set; one that is called nothing is hidden."""
        sets = {name: _called(of, names.get(name, {})) for name, of in SCHEMA.sets.items()}
        self.schema = msgspec.structs.replace(SCHEMA, sets=sets)
        self.store.call(self.schema)
        columns = {
            TABLE_OF[name].name: {
                column.name: of.renamed[column.property_name]
                for column in TABLE_OF[name].columns
                if column.property_name in of.renamed
            }
            for name, of in sets.items()
            if of.renamed
        }
        metadata.describe(self.store, TABLES, columns)

    # -- refusals and replies ------------------------------------------------------------------------

    def refuse_read_only(self, of: EntitySet, name: str, value: Any, *, creating: bool) -> None:
        # What is computed is left out, with no error; what a lookup has is written through its navigation.
        if name.startswith("_") and name.endswith("_value"):
            text = "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead."
            raise refused("read_only", text, target=name)

    def unknown_field(self, of: EntitySet, name: str) -> ODataError:
        text = (
            f"Error identified in Payload provided by the user for Entity :'{of.name}', For more information on this "
            f"error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  "
            f"InnerException : Microsoft.OData.ODataException: The property '{name[:80]}' does not exist on type "
            f"'{self.schema.qualified(of.type)}'. Make sure to only use property names that are defined by the type."
        )
        return ODataError("unknown_field", text, target=name[:80])

    def not_there(self, of: EntitySet, key: Key) -> ODataError:
        shown = ", ".join(str(part)[:60] for part in key)
        return ODataError("not_found", f"{of.type} With Id = {shown} Does Not Exist")

    def renderer(self, call: Call) -> Renderer:
        wanted = annotations_of(call.preferences.get("include-annotations", ""))
        return AnnotatedRenderer(self.store, self.schema, call.root, call.base, call.form, wanted=wanted)


def _called(of: EntitySet, names: Mapping[str, str]) -> EntitySet:
    """An entity set with other names; what follows a lookup that has another one is gone."""
    if not names:
        return of
    ways = {name: each for name, each in of.navigations.items() if each.many or not names.keys() & {*each.own}}
    return msgspec.structs.replace(of, renamed=dict(names), navigations=ways)


def _header(text: str) -> str:
    """A text that may stand in a header."""
    return "".join(each for each in text if each.isascii() and each.isprintable() and each not in '"\\')


def _left_out(params: Mapping[str, str]) -> str:
    """What a query asks for that Dataverse has and its fake has not; empty for nothing of that."""
    if "$apply" in params:
        return "$apply: a sync reads records, and adds them up itself"
    if any(name.startswith("@") for name in params):
        return "parameter aliases: write the value where it belongs"
    if "Microsoft.Dynamics.CRM." in _LITERAL.sub("", params.get("$filter", "")):
        return "query functions: the same is asked for by operators of OData"
    return ""
