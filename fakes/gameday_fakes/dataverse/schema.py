"""The Web API as one schema, and what the catalogue says of it."""

from __future__ import annotations

from gameday_fakes.catalogue import ObjectField, ObjectType
from gameday_fakes.dataverse import metadata
from gameday_fakes.dataverse.platform import PLATFORM
from gameday_fakes.dataverse.sales import PARTNERS, SALES
from gameday_fakes.dataverse.tables import CHOICES, Column, Table, entity_sets
from gameday_fakes.odata.model import Dialect, Operation, Schema

TABLES: dict[str, Table] = {each.name: each for each in (*SALES, *PARTNERS, *PLATFORM)}
#: The table of each entity set.
TABLE_OF = {each.set_name: each for each in TABLES.values()}
METADATA_SETS = (metadata.TABLES, metadata.COLUMNS)

#: Below the host: the version of the Web API that documents and links name.
ROOT = "/api/data/v9.2"
VERSIONS = ("9.0", "9.1", "9.2")

#: What faults call the records of an entity set.
SUBJECTS = {
    "opportunities": "deal",
    "opportunityproducts": "line",
    "accounts": "account",
    "products": "product",
    **dict.fromkeys(METADATA_SETS, "metadata"),
}
OPERATION_SUBJECTS = {"WinOpportunity": "deal", "LoseOpportunity": "deal", "Merge": "account", "WhoAmI": "user"}

#: "Query data using the Web API": 5,000 rows a page; "Execute batch operations using the Web API": 1,000 requests.
DIALECT = Dialect(page=5000, most_in_batch=1000, create_answers=False, bare_deleted_ids=True)

SCHEMA = Schema(
    "4.0",
    "Microsoft.Dynamics.CRM",
    "System",
    {**entity_sets(TABLES), **{each.name: each for each in (metadata.DEFINITIONS, metadata.ATTRIBUTES)}},
    operations=(
        Operation("WinOpportunity"),
        Operation("LoseOpportunity"),
        Operation("Merge"),
        Operation("WhoAmI", method="GET"),
        Operation("RetrieveVersion", method="GET"),
    ),
    dialect=DIALECT,
)

#: Properties by which syncs look for records.
INDEXED = {
    "opportunities": ("_customerid_value",),
    "accounts": ("name", "_masterid_value"),
    "sdkmessagefilters": ("_sdkmessageid_value",),
    "transactioncurrencies": ("isocurrencycode",),
}
#: The tables whose rows are the fake's own matter, and which no fault is about.
_OF_THE_PLATFORM = {"serviceendpoints", "sdkmessages", "sdkmessagefilters", "sdkmessageprocessingsteps"}


def _field(column: Column, table: Table) -> ObjectField:
    """A column as the catalogue has it: by what records call it."""
    return ObjectField(
        column.property_name,
        "picklist" if column.kind in CHOICES else _WORDS.get(column.kind, "string"),
        required=column.required,
        read_only=column.read_only,
        refers_to=TABLES[column.targets[0]].set_name if column.targets and column.targets[0] in TABLES else "",
        removable=column.name != table.id_name and not column.read_only,
    )


_WORDS = {
    "Uniqueidentifier": "string",
    "Integer": "integer",
    "BigInt": "integer",
    "Decimal": "number",
    "Money": "number",
    "Boolean": "boolean",
    "DateTime": "date-time",
    "DateOnly": "date",
    **dict.fromkeys(("Lookup", "Customer", "Owner"), "reference"),
}

#: For the catalogue.
OBJECTS = tuple(
    ObjectType(each.set_name, tuple(_field(column, each) for column in each.columns), writable=each.writable)
    for each in TABLES.values()
    if each.set_name not in _OF_THE_PLATFORM
)
