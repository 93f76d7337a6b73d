"""The tables and columns as records of the metadata, which are read like others: ``EntityDefinitions``.

Source: learn.microsoft.com, "Query table definitions using the Web API", "EntityMetadata EntityType" and
"AttributeMetadata EntityType".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from gameday_fakes.dataverse.tables import Table
from gameday_fakes.odata.model import EntitySet, Navigation, Property, navigations, properties
from gameday_fakes.odata.records import Records

TABLES, COLUMNS = "EntityDefinitions", "Attributes"
_GUID, _TEXT, _FLAG = "Edm.Guid", "Edm.String", "Edm.Boolean"

DEFINITIONS = EntitySet(
    TABLES,
    "EntityMetadata",
    ("MetadataId",),
    properties(
        Property("MetadataId", _GUID),
        *(Property(name) for name in ("LogicalName", "SchemaName", "EntitySetName", "LogicalCollectionName")),
        *(Property(name) for name in ("PrimaryIdAttribute", "PrimaryNameAttribute")),
        Property("ObjectTypeCode", "Edm.Int32"),
        *(
            Property(name, _FLAG)
            for name in ("IsCustomEntity", "ChangeTrackingEnabled", "IsOptimisticConcurrencyEnabled")
        ),
    ),
    navigations(Navigation("Attributes", COLUMNS, ("MetadataId",), ("_table",), many=True)),
    creatable=False,
    updatable=False,
    deletable=False,
    etag=None,
    alternate_keys=(("LogicalName",),),
)
ATTRIBUTES = EntitySet(
    COLUMNS,
    "AttributeMetadata",
    ("MetadataId",),
    properties(
        Property("MetadataId", _GUID),
        *(Property(name) for name in ("LogicalName", "SchemaName", "EntityLogicalName", "AttributeType")),
        Property("MaxLength", "Edm.Int32"),
        Property("Format"),
        *(Property(name, _FLAG) for name in ("IsPrimaryId", "IsPrimaryName", "IsCustomAttribute")),
        *(Property(name, _FLAG) for name in ("IsValidForCreate", "IsValidForRead", "IsValidForUpdate")),
    ),
    creatable=False,
    updatable=False,
    deletable=False,
    etag=None,
    # Below a table.
    alternate_keys=(("LogicalName",),),
)


#: Of columns of a date, whether they have a time of day ("DateTimeFormat EnumType").
_FORMATS = {"DateOnly": "DateOnly", "DateTime": "DateAndTime"}


def describe(records: Records, tables: Mapping[str, Table], names: Mapping[str, Mapping[str, str]]) -> None:
    """Write the records of the metadata. ``names`` are the columns with another name, or none, by table."""
    for key in [*records[COLUMNS].records]:
        records.remove(COLUMNS, key)
    for table in tables.values():
        id_ = _id(table.name)
        records.put(TABLES, _table(table, id_))
        renamed = names.get(table.name, {})
        for each in table.columns:
            name = renamed.get(each.name, each.name)
            if name:
                records.put(COLUMNS, {**_column(table, each.name, name), "_table": id_})


def _table(table: Table, id_: str) -> dict[str, Any]:
    return {
        "MetadataId": id_,
        "LogicalName": table.name,
        "SchemaName": table.name.title(),
        "EntitySetName": table.set_name,
        "LogicalCollectionName": table.set_name,
        "PrimaryIdAttribute": table.id_name,
        "PrimaryNameAttribute": table.label,
        "ObjectTypeCode": table.code,
        "IsCustomEntity": False,
        "ChangeTrackingEnabled": True,
        "IsOptimisticConcurrencyEnabled": True,
    }


def _column(table: Table, own: str, name: str) -> dict[str, Any]:
    column = table.column(own)
    writable = table.writable and not column.read_only
    return {
        "MetadataId": _id(f"{table.name}.{own}"),
        "LogicalName": name,
        "SchemaName": name.title(),
        "EntityLogicalName": table.name,
        "AttributeType": "DateTime" if column.kind == "DateOnly" else column.kind,
        "MaxLength": column.length or None,
        "Format": _FORMATS.get(column.kind),
        "IsPrimaryId": own == table.id_name,
        "IsPrimaryName": own == table.label,
        "IsCustomAttribute": own.startswith("new_"),
        "IsValidForCreate": writable,
        "IsValidForRead": True,
        "IsValidForUpdate": writable and own != table.id_name,
    }


def _id(name: str) -> str:
    digits = hashlib.blake2b(f"dataverse metadata {name}".encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
