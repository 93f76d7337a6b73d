"""All resources in one schema, what leads to them, and what the catalogue says of them."""

from __future__ import annotations

from collections.abc import Mapping

from gameday_fakes.catalogue import ObjectField, ObjectType
from gameday_fakes.odata.model import EntitySet, Property, Schema
from gameday_fakes.oracle_fusion.account import CRM, SCM
from gameday_fakes.oracle_fusion.masters import (
    INVOICES,
    ITEMS,
    ORGANIZATIONS,
    OTHER_SETS,
    PRICE_ITEMS,
    PRICE_LISTS,
)
from gameday_fakes.oracle_fusion.sales_order import ORDER_SETS, ORDERS

SCHEMA = Schema("4.0", "Fusion", "Fusion", {each.name: each for each in (*ORDER_SETS, *OTHER_SETS)})

#: The resources that have addresses of their own, by the root below which they are.
ROOTS: Mapping[str, str] = {
    ORDERS: SCM,
    INVOICES: SCM,
    ITEMS: SCM,
    PRICE_LISTS: SCM,
    ORGANIZATIONS: CRM,
}
#: What faults call a resource.
SUBJECTS = {ORDERS: "order", INVOICES: "invoice", ORGANIZATIONS: "customer", ITEMS: "item", PRICE_LISTS: "item"}
#: The history's word for a write.
EVENTS = {"order": "order_write", "invoice": "invoice_write"}
#: Attributes by which syncs look for records, and what the fake itself looks for them by.
INDEXED = {
    ORDERS: ("OrderKey", "OrderNumber", "SourceTransactionNumber", "_root"),
    INVOICES: ("CrossReference", "TransactionNumber", "_order"),
    ORGANIZATIONS: ("PartyNumber", "OrganizationName"),
    ITEMS: ("ItemNumber",),
    PRICE_LISTS: ("CurrencyCode",),
    PRICE_ITEMS: ("ItemNumber",),
}
#: The finders of a resource besides ``PrimaryKey``, with the attributes that their variables stand for.
FINDERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    ORDERS: {
        "findBySourceOrderNumber": ("SourceTransactionNumber", "SourceTransactionSystem"),
        "findByOrderNumber": ("OrderNumber",),
    },
    INVOICES: {"invoiceSearch": ("TransactionNumber", "InvoiceCurrencyCode", "BusinessUnit")},
    ORGANIZATIONS: {"PartyNumber": ("PartyNumber",)},
}
#: Where each part of a document is: the resource that has it, and the path of accessors to it.
PART_OF: dict[str, tuple[str, str]] = {}


def _note_parts(root: str, name: str, path: str) -> None:
    PART_OF.setdefault(name, (root, path))
    for accessor, navigation in SCHEMA.sets[name].navigations.items():
        _note_parts(root, navigation.to, f"{path}.{accessor}" if path else accessor)


for _root in ROOTS:
    _note_parts(_root, _root, "")

_WORDS = {
    "Edm.String": "string",
    "Edm.Decimal": "number",
    "Edm.Int64": "integer",
    "Edm.Boolean": "boolean",
    "Edm.Date": "date",
    "Edm.DateTimeOffset": "date-time",
}
_REFERENCES = {"BuyingPartyNumber": ORGANIZATIONS, "BillToCustomerNumber": ORGANIZATIONS, "ProductNumber": ITEMS}


def _fields(root: str) -> tuple[ObjectField, ...]:
    found = []
    for name, (owner, path) in PART_OF.items():
        if owner == root:
            of = SCHEMA.sets[name]
            prefix = f"{path}." if path else ""
            found += [_field(each, of, prefix) for each in of.properties.values()]
    return tuple(found)


def _field(each: Property, of: EntitySet, prefix: str) -> ObjectField:
    return ObjectField(
        f"{prefix}{each.name}",
        _WORDS[each.type],
        required=each.required,
        read_only=each.read_only,
        refers_to=_REFERENCES.get(each.name, ""),
        removable=each.name not in of.key and each.name != "OrderKey",
    )


#: For the catalogue; the fields of parts have their path (``lines.charges.PricedQuantity``).
OBJECTS = tuple(ObjectType(name, _fields(name), writable=SCHEMA.sets[name].creatable) for name in ROOTS)
