"""The entity sets of what documents refer to, and the subscriptions. Sources as in ``sets``."""

from __future__ import annotations

import msgspec

from gameday_fakes.business_central.columns import (
    DAY,
    DECIMAL,
    FLAG,
    GUID,
    ID,
    MODIFIED,
    MOMENT,
    NO_ID,
    amount,
    code,
    reference,
    text,
    to_one,
    total,
)
from gameday_fakes.odata.model import EntitySet, Property, navigations, properties

COMPANIES = EntitySet(
    "companies",
    "company",
    ("id",),
    properties(
        ID,
        Property("systemVersion", read_only=True, default="28.0"),
        Property("timestamp", "Edm.Int64", read_only=True, default=1),
        Property("name", read_only=True, length=30),
        Property("displayName", read_only=True, length=250),
        Property("businessProfileId", read_only=True, default=""),
    ),
    creatable=False,
    updatable=False,
    deletable=False,
)

CUSTOMERS = EntitySet(
    "customers",
    "customer",
    ("id",),
    properties(
        ID,
        code("number"),
        Property("displayName", length=100, default="", required=True),
        Property("type", "contactType", default="Company"),
        text("addressLine1"),
        text("addressLine2", 50),
        text("city", 30),
        text("state", 30),
        code("country", 10),
        code("postalCode"),
        text("phoneNumber", 30),
        text("email", 80),
        text("website", 80),
        code("salespersonCode"),
        total("balanceDue"),
        amount("creditLimit"),
        Property("taxLiable", FLAG, default=False),
        reference("taxAreaId"),
        Property("taxAreaDisplayName", read_only=True, default=""),
        text("taxRegistrationNumber", 20),
        Property("currencyId", GUID, default=NO_ID),
        code("currencyCode", 10),
        reference("paymentTermsId"),
        reference("shipmentMethodId"),
        reference("paymentMethodId"),
        Property("blocked", "customerBlocked", default=" "),
        MODIFIED,
    ),
    navigations(
        *to_one(("currency", "currencies", "currencyId"), ("paymentTerm", "paymentTerms", "paymentTermsId")),
    ),
)

ITEMS = EntitySet(
    "items",
    "item",
    ("id",),
    properties(
        ID,
        code("number"),
        text("displayName"),
        Property("type", "itemType", default="Inventory"),
        reference("itemCategoryId"),
        code("itemCategoryCode"),
        Property("blocked", FLAG, default=False),
        text("gtin", 14),
        total("inventory"),
        amount("unitPrice"),
        Property("priceIncludesTax", FLAG, default=False),
        amount("unitCost"),
        reference("taxGroupId"),
        code("taxGroupCode"),
        reference("baseUnitOfMeasureId"),
        code("baseUnitOfMeasureCode", 10),
        MODIFIED,
    ),
)

CURRENCIES = EntitySet(
    "currencies",
    "currency",
    ("id",),
    properties(
        ID,
        msgspec.structs.replace(code("code", 10), required=True),
        text("displayName", 30),
        text("symbol", 10),
        text("amountDecimalPlaces", 5),
        Property("amountRoundingPrecision", DECIMAL),
        MODIFIED,
    ),
)

TAX_GROUPS = EntitySet(
    "taxGroups",
    "taxGroup",
    ("id",),
    properties(
        ID,
        msgspec.structs.replace(code("code"), required=True),
        text("displayName"),
        Property("taxType", "taxBufferType", read_only=True, default="Sales Tax"),
        MODIFIED,
    ),
)

TAX_AREAS = EntitySet(
    "taxAreas",
    "taxArea",
    ("id",),
    properties(
        ID,
        msgspec.structs.replace(code("code"), required=True),
        text("displayName"),
        Property("taxType", "taxBufferType", default="Sales Tax"),
        MODIFIED,
    ),
)

PAYMENT_TERMS = EntitySet(
    "paymentTerms",
    "paymentTerm",
    ("id",),
    properties(
        ID,
        msgspec.structs.replace(code("code", 10), required=True),
        text("displayName"),
        text("dueDateCalculation"),
        MODIFIED,
    ),
)

ACCOUNTING_PERIODS = EntitySet(
    "accountingPeriods",
    "accountingPeriod",
    ("id",),
    properties(
        ID,
        Property("startingDate", DAY, read_only=True),
        Property("name", read_only=True, default=""),
        Property("newFiscalYear", FLAG, read_only=True, default=False),
        Property("closed", FLAG, read_only=True, default=False),
        Property("dateLocked", FLAG, read_only=True, default=False),
        MODIFIED,
    ),
    creatable=False,
    updatable=False,
    deletable=False,
)

SUBSCRIPTIONS = EntitySet(
    "subscriptions",
    "subscription",
    ("subscriptionId",),
    properties(
        Property("subscriptionId", nullable=False, length=150, read_only=True),
        Property("notificationUrl", length=2048, required=True),
        Property("resource", length=2048, required=True),
        Property("timestamp", "Edm.Int64", read_only=True, default=1),
        Property("userId", GUID, read_only=True, default=NO_ID),
        MODIFIED,
        Property("clientState", length=2048, default=""),
        Property("expirationDateTime", MOMENT, read_only=True),
    ),
)
