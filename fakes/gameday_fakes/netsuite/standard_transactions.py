"""The standard transactions that every account here has; an organisation's folder adds fields to them."""

from __future__ import annotations

import msgspec

from gameday_fakes.netsuite.field import Field, RecordType
from gameday_fakes.netsuite.transaction_kinds import PROPOSALS, RETURN, TRANSACTION_KINDS

_text = Field()
_number = Field("number")
_boolean = Field("boolean")
_fixed = Field(read_only=True)
_fixed_number = Field("number", read_only=True)

COMMON = {
    "id": _fixed,
    "externalId": _text,
    "links": _fixed,
    "refName": _fixed,
    "createdDate": Field("date-time", read_only=True),
    "lastModifiedDate": Field("date-time", read_only=True),
}

#: Kept like the fields that an account adds.
CLASSIFICATIONS = {
    "location": Field("reference", "location", label="Location"),
    "department": Field("reference", "department", label="Department"),
    "class": Field("reference", "classification", label="Class"),
}

_TRANSACTION = {
    **COMMON,
    **CLASSIFICATIONS,
    "tranId": _fixed,
    "tranDate": Field("date"),
    "otherRefNum": _text,
    "memo": _text,
    "subsidiary": Field("reference", "subsidiary"),
    "terms": Field("reference", "term"),
    "currency": Field("reference", "currency"),
    "exchangeRate": _number,
    "subtotal": _fixed_number,
    "taxTotal": _fixed_number,
    "total": _fixed_number,
    "status": _fixed,
}

#: Of a whole document; a payment and a fulfilment have none.
_DISCOUNT = {
    "discountItem": Field("reference", "discountItem"),
    "discountRate": _text,
    "discountTotal": _fixed_number,
}
#: What follows from the record that it is made from.
_KEPT_DISCOUNT = {name: msgspec.structs.replace(field, read_only=True) for name, field in _DISCOUNT.items()}

#: Kept like the fields that an account adds, too.
_ORDER_DATES = {
    "shipDate": Field("date", label="Ship Date"),
    "startDate": Field("date", label="Start Date"),
    "endDate": Field("date", label="End Date"),
}
_DUE = {"dueDate": Field("date", label="Due Date")}
_OF_ORDERS = {**CLASSIFICATIONS, **_ORDER_DATES}
_OF_INVOICES = {**CLASSIFICATIONS, **_ORDER_DATES, **_DUE}

LINE_FIELDS = {
    "line": Field("integer"),
    "orderLine": Field("integer"),
    "item": Field("reference", "inventoryItem", required=True, label="Item"),
    "quantity": _number,
    "rate": _number,
    "amount": _number,
    "price": Field("reference", "priceLevel"),
    "description": _text,
    "taxCode": Field("reference", "salesTaxItem"),
    "taxRate1": _fixed_number,
    "tax1Amt": _fixed_number,
    "isClosed": _boolean,
    **CLASSIFICATIONS,
    "links": _fixed,
    "refName": _fixed,
}

#: Of estimates and opportunities; kept like the fields that an account adds.
_PROPOSED = {
    "title": _text,
    "probability": _number,
    "dueDate": Field("date"),
    "expectedCloseDate": Field("date"),
}

STANDARD_TRANSACTIONS = (
    RecordType(
        "salesOrder",
        "order",
        {
            **_TRANSACTION,
            **_DISCOUNT,
            **_ORDER_DATES,
            "entity": Field("reference", "customer", required=True, label="Customer"),
            "orderStatus": Field("reference", "orderStatus"),
            "createdFrom": Field("reference", "estimate", read_only=True),
            "item": Field("lines", required=True, label="Items"),
        },
        lines=LINE_FIELDS,
        further=_OF_ORDERS,
        further_lines=CLASSIFICATIONS,
    ),
    RecordType(
        "invoice",
        "invoice",
        {
            **_TRANSACTION,
            **_DISCOUNT,
            **_ORDER_DATES,
            **_DUE,
            "entity": Field("reference", "customer", label="Customer"),
            "createdFrom": Field("reference", "salesOrder", read_only=True),
            "postingPeriod": Field("reference", "accountingPeriod"),
            "amountRemaining": _fixed_number,
            "item": Field("lines"),
        },
        lines=LINE_FIELDS,
        further=_OF_INVOICES,
        further_lines=CLASSIFICATIONS,
    ),
    RecordType(
        "creditMemo",
        "credit",
        {
            **_TRANSACTION,
            **_KEPT_DISCOUNT,
            "entity": Field("reference", "customer", read_only=True),
            "createdFrom": Field("reference", "invoice", required=True, label="Created From"),
            "postingPeriod": Field("reference", "accountingPeriod"),
            "item": Field("lines"),
        },
        lines=LINE_FIELDS,
        further=CLASSIFICATIONS,
        further_lines=CLASSIFICATIONS,
    ),
    RecordType(
        "customerPayment",
        "payment",
        {
            **_TRANSACTION,
            "customer": Field("reference", "customer", read_only=True),
            "createdFrom": Field("reference", "invoice", required=True, label="Created From"),
            "postingPeriod": Field("reference", "accountingPeriod"),
            "payment": _number,
        },
        further=CLASSIFICATIONS,
    ),
    *(
        RecordType(
            name,
            name,
            {
                **_TRANSACTION,
                **_DISCOUNT,
                **_PROPOSED,
                "entity": Field("reference", "customer", required=True, label="Customer"),
                "createdFrom": Field("reference", "opportunity", read_only=True),
                "item": Field("lines", required=name == "estimate", label="Items"),
            },
            lines=LINE_FIELDS,
            further={**CLASSIFICATIONS, **_PROPOSED},
            further_lines=CLASSIFICATIONS,
        )
        for name in PROPOSALS
    ),
    RecordType(
        RETURN,
        "return",
        {
            **_TRANSACTION,
            **_DISCOUNT,
            "entity": Field("reference", "customer", required=True, label="Customer"),
            "createdFrom": Field("reference", "salesOrder", read_only=True),
            "orderStatus": Field("reference", "orderStatus"),
            "item": Field("lines", required=True, label="Items"),
        },
        lines=LINE_FIELDS,
        further=CLASSIFICATIONS,
        further_lines=CLASSIFICATIONS,
    ),
    RecordType(
        "cashSale",
        "cash_sale",
        {
            **_TRANSACTION,
            **_DISCOUNT,
            "entity": Field("reference", "customer", label="Customer"),
            "createdFrom": Field("reference", "salesOrder", read_only=True),
            "postingPeriod": Field("reference", "accountingPeriod"),
            "item": Field("lines"),
        },
        lines=LINE_FIELDS,
        further=CLASSIFICATIONS,
        further_lines=CLASSIFICATIONS,
    ),
    RecordType(
        "itemFulfillment",
        "fulfillment",
        {
            **COMMON,
            "tranId": _fixed,
            "tranDate": Field("date"),
            "memo": _text,
            "status": _fixed,
            "entity": Field("reference", "customer", read_only=True),
            "subsidiary": Field("reference", "subsidiary", read_only=True),
            "createdFrom": Field("reference", "salesOrder", required=True, label="Created From"),
            "postingPeriod": Field("reference", "accountingPeriod"),
            "shipStatus": Field("reference", "shipStatus"),
            "item": Field("lines"),
        },
        lines={
            "orderLine": Field("integer"),
            "item": Field("reference", "inventoryItem", read_only=True),
            "quantity": _number,
            "itemReceive": _boolean,
            **CLASSIFICATIONS,
            "links": _fixed,
            "refName": _fixed,
        },
        further_lines=CLASSIFICATIONS,
    ),
)

#: The record types whose records are not plain ``Record``s.
TRANSACTIONS = tuple(TRANSACTION_KINDS)

#: What they are called in fault operations.
ABOUT_DEALS = frozenset(kind.operation for kind in STANDARD_TRANSACTIONS)

#: The sublist that a transaction's lines are in; a line's field is ``item.<name>`` of the transaction.
LINES = "item"
