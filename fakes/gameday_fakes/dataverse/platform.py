"""The tables of products and currencies, of the organisation and its users, and of what webhooks are registered with.

Sources: learn.microsoft.com, "Register a WebHook", "ServiceEndpoint table reference", "SdkMessageProcessingStep table
reference" and the references of the other tables.
"""

from __future__ import annotations

from gameday_fakes.dataverse.tables import (
    ACTIVE,
    STANDARD,
    Column,
    Many,
    Table,
    choice,
    flag,
    key,
    lookup,
    memo,
    money,
    text,
    whole,
)

CURRENCY = Table(
    "transactioncurrency",
    "transactioncurrencies",
    9105,
    (
        key("transactioncurrencyid"),
        text("currencyname"),
        text("isocurrencycode", 5),
        text("currencysymbol", 13),
        whole("currencyprecision", 2),
        Column("exchangerate", "Decimal"),
        *ACTIVE,
        *STANDARD,
    ),
    label="currencyname",
)
UNIT = Table("uom", "uoms", 1055, (key("uomid"), text("name"), *STANDARD))
PRODUCT = Table(
    "product",
    "products",
    1024,
    (
        key("productid"),
        text("name", required=True),
        text("productnumber", required=True),
        memo("description"),
        money("price"),
        money("standardcost"),
        lookup("defaultuomid", "uom"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        choice("producttypecode", 1, Sales_Inventory=1, Miscellaneous_Charges=2, Services=3),
        *ACTIVE,
        *STANDARD,
    ),
    many=(Many("product_price_levels", "productpricelevel", "productid", contained=True),),
    alternate_keys=(("productnumber",),),
)
PRICE_LIST = Table(
    "pricelevel",
    "pricelevels",
    1022,
    (
        key("pricelevelid"),
        text("name", required=True),
        lookup("transactioncurrencyid", "transactioncurrency"),
        *ACTIVE,
        *STANDARD,
    ),
    many=(Many("price_level_product_price_levels", "productpricelevel", "pricelevelid", contained=True),),
)
PRICE = Table(
    "productpricelevel",
    "productpricelevels",
    1026,
    (
        key("productpricelevelid"),
        lookup("pricelevelid", "pricelevel"),
        lookup("productid", "product"),
        lookup("uomid", "uom"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        money("amount"),
        *STANDARD,
    ),
    label="productpricelevelid",
)
USER = Table(
    "systemuser",
    "systemusers",
    8,
    (
        key("systemuserid"),
        text("fullname", 200),
        text("internalemailaddress"),
        text("domainname", 1024),
        Column("azureactivedirectoryobjectid", "Uniqueidentifier"),
        Column("applicationid", "Uniqueidentifier"),
        flag("isdisabled", default=False),
        lookup("businessunitid", "businessunit"),
        *STANDARD,
    ),
    label="fullname",
    writable=False,
)
BUSINESS_UNIT = Table(
    "businessunit", "businessunits", 10, (key("businessunitid"), text("name"), *STANDARD), writable=False
)
ORGANIZATION = Table(
    "organization",
    "organizations",
    1019,
    (
        key("organizationid"),
        text("name"),
        lookup("basecurrencyid", "transactioncurrency"),
        whole("expirechangetrackingindays", 7),
        *STANDARD,
    ),
    writable=False,
)
#: ``contract`` of a webhook, and how a webhook proves who sends it ("Authentication options").
WEBHOOK, WEBHOOK_KEY, HTTP_HEADER, HTTP_QUERY = 8, 4, 5, 6
SERVICE_ENDPOINT = Table(
    "serviceendpoint",
    "serviceendpoints",
    4618,
    (
        key("serviceendpointid"),
        text("name", 256, required=True),
        memo("description"),
        text("url", 2000),
        choice("contract", WEBHOOK, OneWay=1, Queue=2, Rest=3, TwoWay=4, Topic=5, Webhook=8),
        choice(
            "authtype", WEBHOOK_KEY, NotSpecified=0, SASKey=2, SASToken=3, WebhookKey=4, HttpHeader=5, HttpQueryString=6
        ),
        # It is written only ("Query WebHook registrations").
        text("authvalue", 2000),
        Column("isauthvalueset", "Boolean", read_only=True),
        choice("connectionmode", 1, Normal=1, Federated=2),
        choice("messageformat", 2, BinaryXML=1, Json=2, TextXML=3),
        *STANDARD,
    ),
    many=(
        Many("serviceendpoint_sdkmessageprocessingstep", "sdkmessageprocessingstep", "eventhandler", contained=True),
    ),
)
MESSAGE = Table("sdkmessage", "sdkmessages", 4606, (key("sdkmessageid"), text("name", 256), *STANDARD), writable=False)
FILTER = Table(
    "sdkmessagefilter",
    "sdkmessagefilters",
    4607,
    (key("sdkmessagefilterid"), text("primaryobjecttypecode"), lookup("sdkmessageid", "sdkmessage"), *STANDARD),
    label="primaryobjecttypecode",
    writable=False,
)
ASYNCHRONOUS, AFTER_OPERATION = 1, 40
STEP = Table(
    "sdkmessageprocessingstep",
    "sdkmessageprocessingsteps",
    4608,
    (
        key("sdkmessageprocessingstepid"),
        text("name", 256, required=True),
        memo("description"),
        lookup("sdkmessageid", "sdkmessage"),
        lookup("sdkmessagefilterid", "sdkmessagefilter"),
        lookup("eventhandler", "serviceendpoint", "plugintype"),
        Column("filteringattributes", "Memo", length=100_000),
        choice("mode", ASYNCHRONOUS, Synchronous=0, Asynchronous=1),
        choice("stage", AFTER_OPERATION, Pre_validation=10, Pre_operation=20, Post_operation=40),
        whole("rank", 1),
        flag("asyncautodelete", default=False),
        Column("statecode", "State", options={0: "Enabled", 1: "Disabled"}, default=0),
        Column("statuscode", "Status", options={1: "Enabled", 2: "Disabled"}, default=1),
        *STANDARD,
    ),
)
PLATFORM = (
    *(CURRENCY, UNIT, PRODUCT, PRICE_LIST, PRICE, USER, BUSINESS_UNIT, ORGANIZATION),
    *(SERVICE_ENDPOINT, MESSAGE, FILTER, STEP),
)
