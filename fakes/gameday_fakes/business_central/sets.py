"""The entity sets of the API, as data.

Source: learn.microsoft.com, Dynamics 365 Business Central, "API (v2.0) for Dynamics 365 Business Central", the resource
types named below. Lengths are those of the tables behind them (AL base application: "Sales Header", "Customer").
"""

from __future__ import annotations

from gameday_fakes.business_central.columns import (
    DAY,
    FLAG,
    GUID,
    ID,
    MODIFIED,
    NO_ID,
    address,
    amount,
    code,
    reference,
    text,
    to_one,
    total,
)
from gameday_fakes.odata.model import EntitySet, Enum, Navigation, Operation, Property, navigations, properties

ENUMS = (
    Enum("salesOrderEntityBufferStatus", ("Draft", "In Review", "Open")),
    Enum("invoiceEntityAggregateStatus", (" ", "Draft", "In Review", "Open", "Paid", "Canceled", "Corrective")),
    Enum("salesCrMemoEntityBufferStatus", (" ", "Draft", "In Review", "Open", "Paid", "Canceled", "Corrective")),
    Enum("invoiceLineAggLineType", ("Comment", "Account", "Item", "Resource", "Fixed Asset", "Charge")),
    Enum("contactType", ("Company", "Person")),
    Enum("customerBlocked", (" ", "Ship", "Invoice", "All")),
    Enum("itemType", ("Inventory", "Service", "Non-Inventory")),
    Enum("taxBufferType", ("Sales Tax", "VAT")),
)

#: What orders, invoices and credit memos share.
_PARTIES = (
    Property("customerId", GUID, default=NO_ID),
    code("customerNumber"),
    Property("customerName", read_only=True, length=100, default=""),
    text("billToName"),
    Property("billToCustomerId", GUID, default=NO_ID),
    code("billToCustomerNumber"),
)
_CONDITIONS = (
    code("shortcutDimension1Code"),
    code("shortcutDimension2Code"),
    Property("currencyId", GUID, default=NO_ID),
    code("currencyCode", 10),
    Property("pricesIncludeTax", FLAG, read_only=True, default=False),
    reference("paymentTermsId"),
    reference("shipmentMethodId"),
    code("salesperson"),
)
_SUMS = (
    amount("discountAmount"),
    Property("discountAppliedBeforeTax", FLAG, default=True, read_only=True),
    total("totalAmountExcludingTax"),
    total("totalTaxAmount"),
    total("totalAmountIncludingTax"),
)
_CONTACT = (text("phoneNumber", 30), text("email", 80))


def _document_navigations(lines: str) -> tuple[Navigation, ...]:
    links = (("customer", "customers", "customerId"), ("currency", "currencies", "currencyId"))
    terms = ("paymentTerm", "paymentTerms", "paymentTermsId")
    return (*to_one(*links, terms), Navigation(lines, lines, ("id",), ("documentId",), many=True, contained=True))


ORDERS = EntitySet(
    "salesOrders",
    "salesOrder",
    ("id",),
    properties(
        ID,
        Property("number", read_only=True, length=20, default=""),
        code("externalDocumentNumber", 35),
        Property("orderDate", DAY),
        Property("postingDate", DAY),
        *_PARTIES,
        text("shipToName"),
        text("shipToContact"),
        *address("sellTo"),
        *address("billTo"),
        *address("shipTo"),
        *_CONDITIONS,
        Property("partialShipping", FLAG, default=True),
        Property("requestedDeliveryDate", DAY),
        *_SUMS,
        Property("fullyShipped", FLAG, read_only=True, default=False),
        Property("status", "salesOrderEntityBufferStatus", read_only=True, default="Draft"),
        MODIFIED,
        *_CONTACT,
    ),
    navigations(*_document_navigations("salesOrderLines")),
)

INVOICES = EntitySet(
    "salesInvoices",
    "salesInvoice",
    ("id",),
    properties(
        ID,
        Property("number", read_only=True, length=20, default=""),
        code("externalDocumentNumber", 35),
        Property("invoiceDate", DAY),
        Property("postingDate", DAY),
        Property("dueDate", DAY),
        text("customerPurchaseOrderReference", 35),
        *_PARTIES,
        text("shipToName"),
        text("shipToContact"),
        *address("sellTo"),
        *address("billTo"),
        *address("shipTo"),
        *_CONDITIONS,
        Property("orderId", GUID, read_only=True, default=NO_ID),
        Property("orderNumber", read_only=True, length=20, default=""),
        total("remainingAmount"),
        *_SUMS,
        Property("status", "invoiceEntityAggregateStatus", read_only=True, default="Draft"),
        MODIFIED,
        *_CONTACT,
    ),
    navigations(*_document_navigations("salesInvoiceLines")),
)

CREDIT_MEMOS = EntitySet(
    "salesCreditMemos",
    "salesCreditMemo",
    ("id",),
    properties(
        ID,
        Property("number", read_only=True, length=20, default=""),
        code("externalDocumentNumber", 35),
        Property("creditMemoDate", DAY),
        Property("postingDate", DAY),
        Property("dueDate", DAY),
        *_PARTIES,
        *address("sellTo"),
        *address("billTo"),
        *_CONDITIONS,
        *_SUMS,
        Property("status", "salesCrMemoEntityBufferStatus", read_only=True, default="Draft"),
        MODIFIED,
        Property("invoiceId", GUID, default=NO_ID),
        code("invoiceNumber"),
        *_CONTACT,
    ),
    navigations(*_document_navigations("salesCreditMemoLines")),
)


def _lines(name: str, type_: str, parent: str, *more: Property) -> EntitySet:
    return EntitySet(
        name,
        type_,
        ("id",),
        properties(
            ID,
            Property("documentId", GUID, create_only=True),
            Property("sequence", "Edm.Int32", create_only=True, default=0),
            reference("itemId"),
            reference("accountId"),
            Property("lineType", "invoiceLineAggLineType", default="Item"),
            code("lineObjectNumber"),
            text("description"),
            reference("unitOfMeasureId"),
            code("unitOfMeasureCode", 10),
            amount("unitPrice"),
            amount("quantity"),
            amount("discountAmount"),
            amount("discountPercent"),
            Property("discountAppliedBeforeTax", FLAG, default=True, read_only=True),
            total("amountExcludingTax"),
            code("taxCode"),
            total("taxPercent"),
            total("totalTaxAmount"),
            total("amountIncludingTax"),
            total("invoiceDiscountAllocation"),
            total("netAmount"),
            total("netTaxAmount"),
            total("netAmountIncludingTax"),
            Property("shipmentDate", DAY),
            *more,
        ),
        navigations(*to_one(("item", "items", "itemId"), (parent, f"{parent}s", "documentId"))),
    )


ORDER_LINES = _lines(
    "salesOrderLines",
    "salesOrderLine",
    "salesOrder",
    total("shippedQuantity"),
    total("invoicedQuantity"),
    total("invoiceQuantity"),
    total("shipQuantity"),
)
INVOICE_LINES = _lines("salesInvoiceLines", "salesInvoiceLine", "salesInvoice")
CREDIT_MEMO_LINES = _lines("salesCreditMemoLines", "salesCreditMemoLine", "salesCreditMemo")

OPERATIONS = (
    Operation("shipAndInvoice", "salesOrders"),
    *(
        Operation(name, "salesInvoices")
        for name in ("post", "postAndSend", "send", "cancel", "cancelAndSend", "makeCorrectiveCreditMemo")
    ),
    *(Operation(name, "salesCreditMemos") for name in ("post", "postAndSend", "send", "cancel", "cancelAndSend")),
)
