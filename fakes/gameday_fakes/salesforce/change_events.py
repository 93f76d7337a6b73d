"""Change Data Capture: an event for each record that a transaction has created, changed or deleted.

Salesforce, "Change Data Capture Developer Guide", "Change Event Fields", "Get Compound Fields in Change Events", "Gap
Events" and "Overflow Events".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gameday_fakes.salesforce.compound_fields import dotted, nested
from gameday_fakes.salesforce.event_schemas import HEADER, EventSchemas, record_name
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.retyped import value_of
from gameday_fakes.salesforce.schema import Schema

ALL_CHANGES = "/data/ChangeEvents"
#: How the id of a record begins that an overflow event names in place of the changed ones.
NO_RECORD = "000000000000000AAA"
_STAMPS = ("LastModifiedDate", "LastModifiedById")


def channel_of(sobject: str) -> str:
    """The channel of an object's changes."""
    return f"/data/{record_name(sobject)}"


class ChangeEvents:
    """Publishes the changes of the ``objects``; of more than ``most`` in a transaction only that there were some.

    ``gaps`` says of a record's change by which faults it comes as a gap event, ``send`` publishes an event that is
    about a record, or about none.
    """

    def __init__(
        self,
        store: SalesforceStore,
        schema: Schema,
        schemas: EventSchemas,
        gaps: Callable[[Record], bool],
        send: Callable[[tuple[str, ...], dict[str, Any], Record | None], None],
    ) -> None:
        self._store = store
        self._schema = schema
        self._schemas = schemas
        self._publish = send
        self._gaps = gaps
        self._transactions = 0
        self.objects: tuple[str, ...] = ()
        self.most = 100_000

    def publish(self, written: Mapping[str, Record], before: Mapping[str, Mapping[str, Any] | None]) -> None:
        """Publish the changes of a transaction; ``before`` are the fields of each record then, None of a new one."""
        records = [record for record in written.values() if record.object in self.objects]
        if not records:
            return
        self._transactions += 1
        by_object: dict[str, int] = {}
        for record in records:
            by_object[record.object] = by_object.get(record.object, 0) + 1
        overflown = {name for name, count in by_object.items() if count > self.most}
        for name in sorted(overflown):
            self._send(name, "GAP_OVERFLOW", None, 1, {}, {})
        for number, record in enumerate(records, start=1):
            if record.object not in overflown:
                self._change(record, before.get(record.id), number)

    def _change(self, record: Record, before: Mapping[str, Any] | None, number: int) -> None:
        if before is None:
            if record.fields["IsDeleted"]:
                return
            kind, names = "CREATE", [name for name, value in record.fields.items() if value is not None]
        elif record.fields["IsDeleted"]:
            kind, names = "DELETE", []
        elif before.get("IsDeleted"):
            kind, names = "UNDELETE", [name for name, value in record.fields.items() if value is not None]
        else:
            kind, names = "UPDATE", [name for name, value in record.fields.items() if value != before.get(name)]
            if not any(self._schemas.carries(record.object, name) for name in names if name not in _STAMPS):
                return
        if self._gaps(record):
            self._send(record.object, f"GAP_{kind}", record, number, {}, {})
            return
        shown = self._schema.view(record.object).names
        carried = (name for name in names if name in shown and self._schemas.carries(record.object, name))
        changed = {shown[name]: value_of(record, self._schema.field(record.object, name)) for name in carried}
        lists = {}
        if kind == "UPDATE":
            nulled = [name for name, value in changed.items() if value is None]
            lists = {"nulledFields": nulled, "diffFields": [], "changedFields": sorted(changed)}
            lists = {name: [dotted(record.object, field) for field in fields] for name, fields in lists.items()}
            changed = {name: value for name, value in changed.items() if value is not None}
        self._send(record.object, kind, record, number, nested(record.object, changed), lists)

    def _send(
        self,
        sobject: str,
        kind: str,
        record: Record | None,
        number: int,
        fields: Mapping[str, Any],
        lists: Mapping[str, Any],
    ) -> None:
        wall_s = self._store.moment().timestamp()
        header = {
            "entityName": sobject,
            "recordIds": [record.id if record else NO_RECORD],
            "changeType": kind,
            "changeOrigin": "com/salesforce/api/rest/60.0",
            "transactionKey": f"0000{self._transactions:08x}-0000-0000-0000-000000000000",
            "sequenceNumber": number,
            "commitTimestamp": int(wall_s * 1000),
            "commitNumber": self._transactions,
            "commitUser": self._store.user_id,
            **{"nulledFields": [], "diffFields": [], "changedFields": [], **lists},
        }
        data = {"schema": self._schemas.current(sobject).id, "payload": {**fields, HEADER: header}}
        self._publish((channel_of(sobject), ALL_CHANGES), data, record)
