"""The standard record types and fields that every account here has; an organisation's folder adds to them.

A field that is not listed is unknown. NetSuite drops unknown fields without an error unless the header
``X-NetSuite-PropertyNameValidation: error`` asks for a refusal.
"""

from __future__ import annotations

from gameday_fakes.netsuite.field import Field, RecordType

_text = Field()
_number = Field("number")
_boolean = Field("boolean")
_fixed = Field(read_only=True)
_fixed_number = Field("number", read_only=True)

_COMMON = {
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
    **_COMMON,
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

STANDARD = (
    RecordType(
        "salesOrder",
        "order",
        {
            **_TRANSACTION,
            "entity": Field("reference", "customer", required=True, label="Customer"),
            "orderStatus": Field("reference", "orderStatus"),
            "item": Field("lines", required=True, label="Items"),
        },
        lines=LINE_FIELDS,
        further=CLASSIFICATIONS,
        further_lines=CLASSIFICATIONS,
    ),
    RecordType(
        "invoice",
        "invoice",
        {
            **_TRANSACTION,
            "entity": Field("reference", "customer", label="Customer"),
            "createdFrom": Field("reference", "salesOrder", read_only=True),
            "postingPeriod": Field("reference", "accountingPeriod"),
            "amountRemaining": _fixed_number,
            "item": Field("lines"),
        },
        lines=LINE_FIELDS,
        further=CLASSIFICATIONS,
        further_lines=CLASSIFICATIONS,
    ),
    RecordType(
        "creditMemo",
        "credit",
        {
            **_TRANSACTION,
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
    RecordType(
        "customer",
        "customer",
        {
            **_COMMON,
            "entityId": _text,
            "companyName": Field(required=True, label="Company Name"),
            "subsidiary": Field("reference", "subsidiary"),
            "currency": Field("reference", "currency"),
            "terms": Field("reference", "term"),
            "email": _text,
            "phone": _text,
            "country": _text,
            "city": _text,
            "isInactive": _boolean,
        },
    ),
    RecordType(
        "inventoryItem",
        "item",
        {
            **_COMMON,
            "itemId": Field(required=True, label="Item Name/Number"),
            "displayName": _text,
            "isInactive": _boolean,
            "subsidiary": Field("reference", "subsidiary"),
        },
    ),
    RecordType(
        "currency",
        "currency",
        {
            **_COMMON,
            "name": Field(required=True, label="Name"),
            "symbol": Field(required=True, label="ISO Code"),
            "currencyPrecision": Field("integer"),
            "exchangeRate": _number,
            "isInactive": _boolean,
        },
    ),
    RecordType(
        "subsidiary",
        "subsidiary",
        {
            **_COMMON,
            "name": Field(required=True, label="Name"),
            "currency": Field("reference", "currency"),
            "country": _text,
            "isInactive": _boolean,
        },
    ),
    *(
        RecordType(
            name,
            name,
            {
                **_COMMON,
                "name": Field(required=True, label="Name"),
                "subsidiary": Field("reference", "subsidiary"),
                "isInactive": _boolean,
            },
        )
        for name in ("location", "department", "classification")
    ),
    RecordType("term", "term", {**_COMMON, "name": Field(required=True, label="Terms"), "isInactive": _boolean}),
    RecordType(
        "salesTaxItem",
        "tax",
        {
            **_COMMON,
            "itemId": Field(required=True, label="Tax Name"),
            "rate": Field("number", required=True, label="Rate"),
            "isInactive": _boolean,
        },
    ),
    RecordType(
        "accountingPeriod",
        "period",
        {
            **_COMMON,
            "periodName": _text,
            "startDate": Field("date"),
            "endDate": Field("date"),
            "closed": _boolean,
            "allLocked": _boolean,
            "arLocked": _boolean,
            "isPosting": _boolean,
        },
        writable=False,
    ),
    RecordType(
        "pricing",
        "pricing",
        {
            **_COMMON,
            "item": Field("reference", "inventoryItem", required=True, label="Item"),
            "currency": Field("reference", "currency", required=True, label="Currency"),
            "priceLevel": Field("reference", "priceLevel"),
            "unitPrice": Field("number", required=True, label="Unit Price"),
        },
    ),
)

#: The record types whose records are not plain ``Record``s.
TRANSACTIONS = ("salesOrder", "invoice", "creditMemo", "customerPayment")

#: The sublist that a transaction's lines are in; a line's field is ``item.<name>`` of the transaction.
LINES = "item"


def first_fields() -> dict[str, Field]:
    """The fields that a record type has before those of its file."""
    return {**_COMMON, "name": _text, "isInactive": _boolean}
