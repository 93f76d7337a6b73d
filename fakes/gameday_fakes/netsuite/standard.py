"""The standard record types and fields that every account here has; an organisation's folder adds to them.

A field that is not listed is unknown. NetSuite drops unknown fields without an error unless the header
``X-NetSuite-PropertyNameValidation: error`` asks for a refusal.
"""

from __future__ import annotations

from gameday_fakes.netsuite.field import Field, RecordType
from gameday_fakes.netsuite.item_types import ITEM_TYPES, RATED, WITH_MEMBERS
from gameday_fakes.netsuite.standard_transactions import (
    ABOUT_DEALS,
    CLASSIFICATIONS,
    COMMON,
    LINE_FIELDS,
    LINES,
    STANDARD_TRANSACTIONS,
    TRANSACTIONS,
)

__all__ = ["ABOUT_DEALS", "CLASSIFICATIONS", "LINES", "LINE_FIELDS", "STANDARD", "TRANSACTIONS", "first_fields"]

_text = Field()
_number = Field("number")
_boolean = Field("boolean")

STANDARD = (
    *STANDARD_TRANSACTIONS,
    RecordType(
        "customer",
        "customer",
        {
            **COMMON,
            "entityId": _text,
            # Of a person the names are required instead.
            "companyName": Field(required=True, label="Company Name"),
            "isPerson": _boolean,
            "firstName": Field(label="First Name"),
            "lastName": Field(label="Last Name"),
            "subsidiary": Field("reference", "subsidiary"),
            "currency": Field("reference", "currency"),
            "terms": Field("reference", "term"),
            "email": _text,
            "phone": _text,
            "url": _text,
            "comments": _text,
            "vatRegNumber": _text,
            "creditLimit": _number,
            "country": _text,
            "city": _text,
            "addressBook": Field("addresses"),
            "isInactive": _boolean,
        },
    ),
    RecordType(
        "contact",
        "contact",
        {
            **COMMON,
            "entityId": _text,
            "firstName": _text,
            "lastName": _text,
            "company": Field("reference", "customer"),
            "title": _text,
            "email": _text,
            "phone": _text,
            "subsidiary": Field("reference", "subsidiary"),
            "isInactive": _boolean,
        },
    ),
    *(
        RecordType(
            name,
            "item",
            {
                **COMMON,
                "itemId": Field(required=True, label="Item Name/Number"),
                "displayName": _text,
                "isInactive": _boolean,
                "subsidiary": Field("reference", "subsidiary"),
                **({"rate": Field(label="Rate"), "description": _text} if name in RATED else {}),
                **({"member": Field("members")} if name in WITH_MEMBERS else {}),
            },
        )
        for name in ITEM_TYPES
    ),
    RecordType(
        "currency",
        "currency",
        {
            **COMMON,
            "name": Field(required=True, label="Name"),
            "symbol": Field(required=True, label="ISO Code"),
            "currencyPrecision": Field("integer"),
            "exchangeRate": _number,
            "isBaseCurrency": _boolean,
            "isInactive": _boolean,
        },
    ),
    RecordType(
        "subsidiary",
        "subsidiary",
        {
            **COMMON,
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
                **COMMON,
                "name": Field(required=True, label="Name"),
                "subsidiary": Field("reference", "subsidiary"),
                "isInactive": _boolean,
            },
        )
        for name in ("location", "department", "classification")
    ),
    RecordType(
        "term",
        "term",
        {
            **COMMON,
            "name": Field(required=True, label="Terms"),
            "daysUntilNetDue": Field("integer"),
            "isInactive": _boolean,
        },
    ),
    RecordType(
        "salesTaxItem",
        "tax",
        {
            **COMMON,
            "itemId": Field(required=True, label="Tax Name"),
            "rate": Field("number", required=True, label="Rate"),
            "isInactive": _boolean,
        },
    ),
    RecordType(
        "accountingPeriod",
        "period",
        {
            **COMMON,
            "periodName": _text,
            "startDate": Field("date"),
            "endDate": Field("date"),
            "closed": _boolean,
            "allLocked": _boolean,
            "arLocked": _boolean,
            "isPosting": _boolean,
            "isAdjust": _boolean,
            "isQuarter": _boolean,
            "isYear": _boolean,
            "isInactive": _boolean,
        },
        writable=False,
    ),
    RecordType(
        "priceLevel",
        "price_level",
        {
            **COMMON,
            "name": Field(required=True, label="Price Level"),
            "discountPct": _number,
            "isOnline": _boolean,
            "isInactive": _boolean,
        },
    ),
    RecordType(
        "pricing",
        "pricing",
        {
            **COMMON,
            "item": Field("reference", "inventoryItem", required=True, label="Item"),
            "currency": Field("reference", "currency", required=True, label="Currency"),
            "priceLevel": Field("reference", "priceLevel"),
            "quantity": _number,
            "unitPrice": Field("number", required=True, label="Unit Price"),
        },
    ),
)


def first_fields() -> dict[str, Field]:
    """The fields that a record type has before those of its file."""
    return {**COMMON, "name": _text, "isInactive": _boolean}
