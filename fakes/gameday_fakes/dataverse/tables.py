"""Tables and columns as data, and what the OData engine and the metadata need of them. No HTTP here.

Source: learn.microsoft.com, "Table definitions in Microsoft Dataverse" and "Column data types in Microsoft Dataverse".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from gameday_fakes.odata.model import EntitySet, Navigation, Property, navigations, properties

_Plain = Literal["Uniqueidentifier", "String", "Memo", "Integer", "BigInt", "Decimal", "Money", "Boolean"]
Kind = _Plain | Literal["DateTime", "DateOnly", "Picklist", "State", "Status", "Lookup", "Customer", "Owner"]
_TYPES: dict[str, str] = {
    "Uniqueidentifier": "Edm.Guid",
    "Integer": "Edm.Int32",
    "BigInt": "Edm.Int64",
    "Decimal": "Edm.Decimal",
    "Money": "Edm.Decimal",
    "Boolean": "Edm.Boolean",
    "DateTime": "Edm.DateTimeOffset",
    "DateOnly": "Edm.Date",
    **dict.fromkeys(("Picklist", "State", "Status"), "Edm.Int32"),
    **dict.fromkeys(("Lookup", "Customer", "Owner"), "Edm.Guid"),
}
#: Columns whose values are numbers that have labels.
CHOICES = ("Picklist", "State", "Status")
#: Decimals of amounts and of quantities.
MONEY_SCALE, QUANTITY_SCALE = 4, 5


class Column(msgspec.Struct, frozen=True):
    """One column by its logical name. ``options`` are labels by value, ``targets`` the tables of a lookup."""

    name: str
    kind: Kind = "String"
    length: int = 0
    options: Mapping[int, str] = {}
    targets: tuple[str, ...] = ()
    read_only: bool = False
    required: bool = False
    default: Any = None

    @property
    def property_name(self) -> str:
        """What the Web API calls it: a lookup's value has a name of its own ("Lookup property data")."""
        return f"_{self.name}_value" if self.targets else self.name

    def property_(self) -> Property:
        """The property in the engine. A lookup is written by its navigation, so its value is read-only."""
        scale = {"Money": MONEY_SCALE, "Decimal": QUANTITY_SCALE}.get(self.kind)
        return Property(
            self.property_name,
            _TYPES.get(self.kind, "Edm.String"),
            length=self.length,
            scale=scale,
            read_only=self.read_only or bool(self.targets),
            required=self.required,
            default=self.default,
        )


class Many(msgspec.Struct, frozen=True):
    """A way to several records: those of the table ``to`` whose lookup leads to this record."""

    name: str
    to: str
    lookup: str
    contained: bool = False


class Table(msgspec.Struct, frozen=True):
    """One table by its logical name; ``set_name`` is that of its entity set, ``label`` the column that names a record.

    ``code`` is its object type code. ``alternate_keys`` are columns by whose values one record is found.
    """

    name: str
    set_name: str
    code: int
    columns: tuple[Column, ...]
    label: str = "name"
    many: tuple[Many, ...] = ()
    alternate_keys: tuple[tuple[str, ...], ...] = ()
    writable: bool = True
    id: str = ""

    @property
    def id_name(self) -> str:
        """The column with its id."""
        return self.id or f"{self.name}id"

    def column(self, name: str) -> Column:
        """A column by its logical name. Raises KeyError."""
        for each in self.columns:
            if each.name == name:
                return each
        raise KeyError(name)

    def lookups(self) -> Iterator[Column]:
        """The columns that lead to other records."""
        return (each for each in self.columns if each.targets)


def entity_sets(tables: Mapping[str, Table]) -> dict[str, EntitySet]:
    """The entity sets of tables, which are given by logical name."""
    return {table.set_name: _entity_set(table, tables) for table in tables.values()}


def _entity_set(table: Table, tables: Mapping[str, Table]) -> EntitySet:
    ways = [way for column in table.lookups() for way in _ways(column, tables)]
    for each in table.many:
        to = tables[each.to]
        own, theirs = (table.id_name,), (to.column(each.lookup).property_name,)
        ways.append(Navigation(each.name, to.set_name, own, theirs, many=True, contained=each.contained))
    return EntitySet(
        table.set_name,
        table.name,
        (table.id_name,),
        properties(*(each.property_() for each in table.columns)),
        navigations(*ways),
        creatable=table.writable,
        updatable=table.writable,
        deletable=table.writable,
        alternate_keys=table.alternate_keys,
    )


def _ways(column: Column, tables: Mapping[str, Table]) -> Iterator[Navigation]:
    """The navigations of a lookup: one that leads to several tables has one for each, with the table in its name."""
    known = [tables[name] for name in column.targets if name in tables]
    for to in known:
        name = column.name if len(column.targets) == 1 else f"{column.name}_{to.name}"
        yield Navigation(name, to.set_name, (column.property_name,), (to.id_name,))


# -- columns ---------------------------------------------------------------------------------------------


def key(name: str) -> Column:
    """The id."""
    return Column(name, "Uniqueidentifier")


def text(name: str, length: int = 100, *, required: bool = False) -> Column:
    """A text."""
    return Column(name, length=length, required=required)


def memo(name: str) -> Column:
    """A long text."""
    return Column(name, "Memo", length=2000)


def money(name: str, *, read_only: bool = False) -> Column:
    """An amount in the record's currency."""
    return Column(name, "Money", read_only=read_only)


def whole(name: str, default: int | None = None, *, read_only: bool = False) -> Column:
    """A whole number."""
    return Column(name, "Integer", default=default, read_only=read_only)


def flag(name: str, *, default: bool) -> Column:
    """Yes or no."""
    return Column(name, "Boolean", default=default)


def day(name: str) -> Column:
    """A date without a time."""
    return Column(name, "DateOnly")


def choice(name: str, default: int | None = None, **labels: int) -> Column:
    """A choice; ``labels`` are its options: ``Hot=1``. A blank in a label is written as an underscore."""
    return Column(
        name, "Picklist", options={value: each.replace("_", " ") for each, value in labels.items()}, default=default
    )


def lookup(name: str, *targets: str, kind: Kind = "Lookup") -> Column:
    """A reference to a record of one of the tables."""
    return Column(name, kind, targets=targets)


def states(default: int, labels: Mapping[int, str], reasons: Mapping[int, str], reason: int) -> tuple[Column, Column]:
    """A record's state and the reason for it."""
    return (
        Column("statecode", "State", options=labels, default=default),
        Column("statuscode", "Status", options=reasons, default=reason),
    )


ACTIVE = states(0, {0: "Active", 1: "Inactive"}, {1: "Active", 2: "Inactive"}, 1)
#: What every table of a business has.
STANDARD = (
    Column("createdon", "DateTime", read_only=True),
    Column("modifiedon", "DateTime", read_only=True),
    Column("versionnumber", "BigInt", read_only=True),
    lookup("createdby", "systemuser"),
    lookup("modifiedby", "systemuser"),
)
OWNED = (*STANDARD, lookup("ownerid", "systemuser", kind="Owner"))
