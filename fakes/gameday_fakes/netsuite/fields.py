"""The record types and their fields: what a body may hold, what the metadata says and what SuiteQL can select.

A field that is not listed is unknown. NetSuite drops unknown fields without an error unless the header
``X-NetSuite-PropertyNameValidation: error`` asks for a refusal.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from gameday_fakes.catalogue import ObjectField, ObjectType

Kind = Literal["string", "number", "integer", "boolean", "date", "date-time", "reference", "lines"]


class Field(msgspec.Struct, frozen=True):
    """One field; ``to`` is the record type of a reference; ``label`` is what error texts call it."""

    kind: Kind = "string"
    to: str = ""
    read_only: bool = False
    required: bool = False
    label: str = ""


class RecordType(msgspec.Struct, frozen=True):
    """One record type; ``operation`` is its word in fault operations, ``writable`` whether clients may change it."""

    name: str
    operation: str
    fields: dict[str, Field]
    writable: bool = True


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

_TRANSACTION = {
    **_COMMON,
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
    "custbody_crm_deal_id": _text,
    "custbody_correlation_id": _text,
    "custbody_approval": _text,
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
    "links": _fixed,
    "refName": _fixed,
}

RECORD_TYPES = {
    kind.name: kind
    for kind in (
        RecordType(
            "salesOrder",
            "order",
            {
                **_TRANSACTION,
                "entity": Field("reference", "customer", required=True, label="Customer"),
                "orderStatus": Field("reference", "orderStatus"),
                "item": Field("lines", required=True, label="Items"),
            },
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
                "custentity_crm_account_id": _text,
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
}

#: The record types whose records are not plain ``Record``s.
TRANSACTIONS = ("salesOrder", "invoice", "creditMemo", "customerPayment")

#: The sublist that a transaction's lines are in; a line's field is ``item.<name>`` of the transaction.
LINES = "item"


def _catalogued(kind: RecordType) -> ObjectType:
    lines = LINE_FIELDS if LINES in kind.fields and kind.fields[LINES].kind == "lines" else {}
    fields = {**kind.fields, **{f"{LINES}.{name}": field for name, field in lines.items()}}
    return ObjectType(
        kind.name,
        tuple(
            ObjectField(name, field.kind, required=field.required, read_only=field.read_only, refers_to=field.to)
            for name, field in fields.items()
        ),
        writable=kind.writable,
    )


#: The record types for the catalogue; fields of lines have their path (``item.rate``).
OBJECTS = tuple(_catalogued(kind) for kind in RECORD_TYPES.values())

BY_LOWER_NAME = {name.lower(): kind for name, kind in RECORD_TYPES.items()}
