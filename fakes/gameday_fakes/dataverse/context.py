"""The body of a webhook: a RemoteExecutionContext, as the data contract serializer writes it in JSON.

Source: learn.microsoft.com, "Use Webhooks to create external handlers for server events", with its example, and
"RemoteExecutionContext Class". Without images of the record, and without the context around it.
"""

from __future__ import annotations

import datetime
import hashlib
from decimal import Decimal
from typing import Any

from gameday_fakes.dataverse.identity import BUSINESS_UNIT_ID, ORGANIZATION_ID, ORGANIZATION_NAME
from gameday_fakes.dataverse.schema import TABLE_OF, TABLES
from gameday_fakes.dataverse.store import Change, Store
from gameday_fakes.dataverse.tables import CHOICES, Column

_CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
_EMPTY = "00000000-0000-0000-0000-000000000000"


def execution_context(store: Store, change: Change, step: str, user: str, number: int) -> dict[str, Any]:
    """What the step with an id sends about a change that a user has made; ``number`` is that of the message."""
    table, values = TABLE_OF[change.set_name], change.record.values
    id_ = values[table.id_name]
    attributes = [
        {"key": column.name, "value": _value(store, column, values[column.property_name])}
        for column in table.columns
        if change.message != "Delete" and column.property_name in (*change.names, table.id_name)
    ]
    target = (
        _reference(table.name, id_)
        if change.message == "Delete"
        else {"__type": f"Entity:{_CONTRACTS}", "Attributes": attributes, **_identity(table.name, id_), **_OF_AN_ENTITY}
    )
    return {
        "BusinessUnitId": BUSINESS_UNIT_ID,
        "CorrelationId": message_id("correlation", number),
        "Depth": 1,
        "InitiatingUserId": user or _EMPTY,
        "InputParameters": [{"key": "Target", "value": target}],
        "IsExecutingOffline": False,
        "IsInTransaction": False,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": change.message,
        "Mode": 1,
        "OperationCreatedOn": f"/Date({_milliseconds(store.now())}+0000)/",
        "OperationId": message_id("operation", number),
        "OrganizationId": ORGANIZATION_ID,
        "OrganizationName": ORGANIZATION_NAME,
        "OutputParameters": [],
        "OwningExtension": _reference("sdkmessageprocessingstep", step),
        "ParentContext": None,
        "PostEntityImages": [],
        "PreEntityImages": [],
        "PrimaryEntityId": id_,
        "PrimaryEntityName": table.name,
        "RequestId": None,
        "SecondaryEntityName": "none",
        "SharedVariables": [],
        "Stage": 40,
        "UserId": user or _EMPTY,
    }


_OF_AN_ENTITY: dict[str, Any] = {"EntityState": None, "FormattedValues": [], "RelatedEntities": []}


def _identity(table: str, id_: str) -> dict[str, Any]:
    return {"Id": id_, "KeyAttributes": [], "LogicalName": table, "RowVersion": None}


def _reference(table: str, id_: str) -> dict[str, Any]:
    return {"__type": f"EntityReference:{_CONTRACTS}", **_identity(table, id_), "Name": None}


def _value(store: Store, column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.targets:
        held = (
            each for each in column.targets if each in TABLES and store.get(TABLES[each].set_name, value) is not None
        )
        return _reference(next(held, column.targets[0]), value)
    if column.kind in CHOICES:
        return {"__type": f"OptionSetValue:{_CONTRACTS}", "Value": value}
    if column.kind == "Money":
        return {"__type": f"Money:{_CONTRACTS}", "Value": value}
    match value:
        case datetime.datetime():
            return f"/Date({_milliseconds(value)})/"
        case datetime.date():
            return f"/Date({_milliseconds(datetime.datetime.combine(value, datetime.time(), datetime.UTC))})/"
        case Decimal() | bool() | int():
            return value
    return str(value)


def _milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)


def message_id(kind: str, number: int) -> str:
    """A GUID of a message, the same in every run."""
    digits = hashlib.blake2b(f"dataverse {kind} {number}".encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
