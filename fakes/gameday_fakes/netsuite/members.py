"""The members of kits and assemblies: a sublist of items with quantities. Orders do not look at them. No HTTP here.

Oracle's NetSuite help, "Kit/Package Items" and "Assembly Items"; the names of the table and of its columns are as
public queries of SuiteQL have them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.item_types import INVENTORY, WITH_MEMBERS
from gameday_fakes.netsuite.models import Record
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.table_shapes import RECORD, Column, Table
from gameday_fakes.netsuite.values import to_decimal

MEMBERS = "member"
_MOST = 1000


class Member(NamedTuple):
    """An item (an internal id), and how many of it are in one of the kit."""

    item: str
    quantity: Decimal


def changed(store: NetSuiteStore, kept: Sequence[Member], value: Any) -> tuple[Member, ...]:
    """The members once a body is written: those of the body in place of those of the same item. Raises Refused."""
    items = value.get("items") if isinstance(value, dict) else value
    if not isinstance(items, list) or len(items) > _MOST:
        raise Refused("invalid_content", "Invalid content: the sublist has no items.", path=f"{MEMBERS}.items")
    members = {member.item: member for member in kept}
    for index, body in enumerate(items):
        path = f"{MEMBERS}.items[{index}]"
        if not isinstance(body, dict) or not body.get("item"):
            detail = "Error while accessing a resource. Please enter value(s) for: Item."
            raise Refused("missing_field", detail, path=f"{path}.item")
        item = store.refer(INVENTORY, body["item"], f"{path}.item")
        members[item] = Member(item, to_decimal(body.get("quantity", 1), f"{path}.quantity"))
    return tuple(members.values())


def shown(
    members: Sequence[Member], url: str, reference: Callable[[str, str], dict[str, Any]], *, expand: bool
) -> dict[str, Any]:
    """The sublist of a record at ``url``; only a link to it unless ``expand``."""
    links = [{"rel": "self", "href": f"{url}/{MEMBERS}"}]
    if not expand:
        return {"links": links}
    items = [{"item": reference(INVENTORY, member.item), "quantity": member.quantity} for member in members]
    return {"links": links, "items": items, "totalResults": len(items)}


class _Row(NamedTuple):
    parent: Record
    number: int
    member: Member


def member_table(store: NetSuiteStore, dates: AccountDates) -> Table:
    """A row for each member."""

    def rows_of(record: Record) -> list[_Row]:
        return [_Row(record, number, each) for number, each in enumerate(record.fields.get(MEMBERS, ()), start=1)]

    columns = {
        "parentitem": Column("integer", lambda row: row.parent.id, "inventoryItem", indexed=True),
        "item": Column("integer", lambda row: row.member.item, "inventoryItem", indexed=True),
        "quantity": Column("number", lambda row: row.member.quantity),
        "linenumber": Column("integer", lambda row: str(row.number)),
        RECORD: Column("text", lambda row: row.parent.type),
    }
    return Table(columns, (store.records[INVENTORY],), WITH_MEMBERS, lambda: dates.time_zone, rows_of)
