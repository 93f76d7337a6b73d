"""The API as one schema, and what the catalogue says of it."""

from __future__ import annotations

from gameday_fakes.business_central import masters, sets
from gameday_fakes.catalogue import ObjectField, ObjectType
from gameday_fakes.odata.model import Dialect, EntitySet, Property, Schema

#: What faults call the records of an entity set.
SUBJECTS = {
    "salesOrders": "order",
    "salesOrderLines": "order",
    "salesInvoices": "invoice",
    "salesInvoiceLines": "invoice",
    "salesCreditMemos": "credit",
    "salesCreditMemoLines": "credit",
    "customers": "customer",
    "items": "item",
    "companies": "company",
    "subscriptions": "subscription",
}
#: The history's word for a write.
EVENTS = {"order": "order_write", "invoice": "invoice_write", "credit": "invoice_write"}
#: What operations write: an order that is invoiced becomes an invoice.
OPERATION_SUBJECTS = dict.fromkeys(
    (
        *("shipAndInvoice", "post", "postAndSend", "send", "cancel", "cancelAndSend"),
        "makeCorrectiveCreditMemo",
    ),
    "invoice",
)
#: The document of each entity set of lines.
DOCUMENT_OF = {
    "salesOrderLines": "salesOrders",
    "salesInvoiceLines": "salesInvoices",
    "salesCreditMemoLines": "salesCreditMemos",
}
LINES_OF = {document: lines for lines, document in DOCUMENT_OF.items()}
DOCUMENTS = tuple(LINES_OF)

_ALL = (
    masters.COMPANIES,
    masters.CUSTOMERS,
    masters.ITEMS,
    masters.CURRENCIES,
    masters.TAX_GROUPS,
    masters.TAX_AREAS,
    masters.PAYMENT_TERMS,
    masters.ACCOUNTING_PERIODS,
    sets.ORDERS,
    sets.ORDER_LINES,
    sets.INVOICES,
    sets.INVOICE_LINES,
    sets.CREDIT_MEMOS,
    sets.CREDIT_MEMO_LINES,
    masters.SUBSCRIPTIONS,
)

#: "Known Limitations with Business Central OData", "API Limits in Dynamics 365 Business Central".
DIALECT = Dialect(
    page=20_000,
    needs_if_match=True,
    update_answers=True,
    or_on_one_field=True,
    lambdas=False,
    most_in_batch=100,
)

SCHEMA = Schema(
    "4.0",
    "Microsoft.NAV",
    "NAV",
    {each.name: each for each in _ALL},
    {each.name: each for each in sets.ENUMS},
    sets.OPERATIONS,
    DIALECT,
)

#: Properties by which syncs look for records.
INDEXED = {
    "salesOrders": ("externalDocumentNumber", "number", "customerNumber"),
    "salesInvoices": ("externalDocumentNumber", "number", "orderId", "orderNumber"),
    "salesCreditMemos": ("externalDocumentNumber", "number", "invoiceId"),
    "customers": ("number",),
    "items": ("number",),
    "currencies": ("code",),
    "taxGroups": ("code",),
    "paymentTerms": ("code",),
}

_REFERENCES = {
    "customerId": "customers",
    "itemId": "items",
    "currencyId": "currencies",
    "paymentTermsId": "paymentTerms",
    "taxGroupId": "taxGroups",
    "taxAreaId": "taxAreas",
}


def _fields(of: EntitySet, prefix: str = "") -> tuple[ObjectField, ...]:
    return tuple(_field(each, of, prefix) for each in of.properties.values())


def _field(each: Property, of: EntitySet, prefix: str) -> ObjectField:
    return ObjectField(
        f"{prefix}{each.name}",
        "picklist" if each.type in SCHEMA.enums else _WORDS.get(each.type, each.type),
        required=each.required,
        read_only=each.read_only,
        refers_to=_REFERENCES.get(each.name, ""),
        removable=each.name not in of.key,
    )


_WORDS = {
    "Edm.String": "string",
    "Edm.Decimal": "number",
    "Edm.Int32": "integer",
    "Edm.Int64": "integer",
    "Edm.Boolean": "boolean",
    "Edm.Date": "date",
    "Edm.DateTimeOffset": "date-time",
    "Edm.Guid": "reference",
}


def _object(of: EntitySet) -> ObjectType:
    lines = LINES_OF.get(of.name)
    fields = _fields(of) + (_fields(SCHEMA.sets[lines], f"{lines}.") if lines else ())
    return ObjectType(of.name, fields, writable=of.creatable)


#: For the catalogue; the fields of lines have their path (``salesOrderLines.unitPrice``).
OBJECTS = tuple(_object(of) for of in SCHEMA.sets.values() if of.name not in DOCUMENT_OF)
