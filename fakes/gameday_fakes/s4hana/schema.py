"""The services, each with its own metadata, over one set of tables; and what the catalogue says of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gameday_fakes.catalogue import ObjectField, ObjectType
from gameday_fakes.odata.model import Dialect, EntitySet, Operation, Property, Schema
from gameday_fakes.s4hana import billing_document, masters, sales_order
from gameday_fakes.s4hana.account import BILLING, PARTNERS, PRODUCTS, SALES_ORDERS
from gameday_fakes.s4hana.billing_document import DOCUMENT, DOCUMENT_ITEM
from gameday_fakes.s4hana.sales_order import HEADER_PRICE, ITEM, ITEM_PRICE, ORDER, PARTNER

#: The page size is the vendor's own and not documented; the needs of a change follow from its ETags.
DIALECT = Dialect(page=5_000, needs_if_match=True, lambdas=False)


def _service(name: str, sets: tuple[EntitySet, ...], operations: tuple[Operation, ...] = ()) -> Schema:
    by_name = MappingProxyType({each.name: each for each in sets})
    return Schema("2.0", name, f"{name}_Entities", by_name, operations=operations, dialect=DIALECT)


SERVICES: Mapping[str, Schema] = MappingProxyType(
    {
        SALES_ORDERS: _service(SALES_ORDERS, sales_order.ALL, sales_order.OPERATIONS),
        BILLING: _service(BILLING, billing_document.ALL, billing_document.OPERATIONS),
        PARTNERS: _service(PARTNERS, masters.PARTNER_SETS),
        PRODUCTS: _service(PRODUCTS, masters.PRODUCT_SETS),
    }
)
SETS: Mapping[str, EntitySet] = MappingProxyType(
    {name: of for schema in SERVICES.values() for name, of in schema.sets.items()}
)
#: All tables. No client sees this one.
TABLES = _service("TABLES", tuple(SETS.values()))

#: The document that a record is a part of, and its path there.
PART_OF: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        ITEM: (ORDER, "to_Item"),
        PARTNER: (ORDER, "to_Partner"),
        HEADER_PRICE: (ORDER, "to_PricingElement"),
        ITEM_PRICE: (ORDER, "to_Item.to_PricingElement"),
        DOCUMENT_ITEM: (DOCUMENT, "to_Item"),
    }
)
ORDER_SETS = (ORDER, *(name for name, (document, _) in PART_OF.items() if document == ORDER))

#: What faults call the records of an entity set.
SUBJECTS = {
    **dict.fromkeys(ORDER_SETS, "order"),
    **dict.fromkeys((DOCUMENT, DOCUMENT_ITEM), "invoice"),
    **dict.fromkeys((each.name for each in masters.PARTNER_SETS), "customer"),
    **dict.fromkeys((each.name for each in masters.PRODUCT_SETS), "item"),
}
#: The history's word for a write.
EVENTS = {"order": "order_write", "invoice": "invoice_write"}
OPERATION_SUBJECTS = {
    "releaseApprovalRequest": "order",
    "rejectApprovalRequest": "order",
    "Cancel": "invoice",
    "GetPDF": "invoice",
}

#: Properties by which syncs, and the billing run, look for records.
INDEXED = {
    ORDER: ("PurchaseOrderByCustomer", "ExternalDocumentID", "SoldToParty", "OverallOrdReltdBillgStatus"),
    ITEM: ("Material",),
    DOCUMENT: ("PurchaseOrderByCustomer", "CancelledBillingDocument", "AccountingPostingStatus"),
    DOCUMENT_ITEM: ("SalesDocument",),
    masters.PARTNER: ("BusinessPartnerIDByExtSystem",),
    masters.PRODUCT: ("ProductOldID",),
}

_REFERENCES = {"SoldToParty": masters.PARTNER, "Material": masters.PRODUCT, "Customer": masters.CUSTOMER}
_WORDS = {
    "Edm.String": "string",
    "Edm.Decimal": "number",
    "Edm.Boolean": "boolean",
    "Edm.DateTime": "date",
    "Edm.DateTimeOffset": "date-time",
}


def _field(each: Property, of: EntitySet, path: str) -> ObjectField:
    return ObjectField(
        f"{path}.{each.name}" if path else each.name,
        _WORDS[each.type],
        required=each.required,
        read_only=each.read_only,
        refers_to=_REFERENCES.get(each.name, "") if each.name not in of.key else "",
        removable=each.name not in of.key,
    )


def _object(of: EntitySet) -> ObjectType:
    parts = [(SETS[name], path) for name, (document, path) in PART_OF.items() if document == of.name]
    fields = [_field(each, own, path) for own, path in ((of, ""), *parts) for each in own.properties.values()]
    return ObjectType(of.name, tuple(fields), writable=of.creatable)


#: For the catalogue; the fields of parts have their path (``to_Item.RequestedQuantity``).
OBJECTS = tuple(_object(of) for of in SETS.values() if of.name not in PART_OF)
