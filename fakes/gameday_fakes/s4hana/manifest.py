"""S/4HANA, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="s4hana",
    role="erp",
    title="S/4HANA",
    also_called=("SAP S/4HANA",),
    fake="gameday_fakes.s4hana.handlers:S4Hana",
    hosts=("*.s4hana.cloud.sap", "*.s4hana.ondemand.com"),
    host="my300000-api.s4hana.cloud.sap",
    credentials={
        "user": "GAMEDAY_SYNC",
        "password": "gameday-communication-user",
        "client_id": "gameday-communication-arrangement",
        "client_secret": "gameday-client-secret",
        "sales_organization": "1010",
        "distribution_channel": "10",
        "division": "00",
    },
    objects=("A_SalesOrder", "A_BillingDocument"),
    known_as={
        "order": "A_SalesOrder",
        "invoice": "A_BillingDocument",
        "customer": "A_BusinessPartner",
        "currency": "A_SalesOrder.TransactionCurrency",
        "order date": "A_SalesOrder.SalesOrderDate",
        "quantity": "A_SalesOrder.to_Item.RequestedQuantity",
        "unit price": "A_SalesOrder.to_Item.to_PricingElement.ConditionRateValue",
    },
    attributes=("__metadata", "__deferred", "__next", "__count"),
    orderings=("LastChangeDateTime",),
    match_keys=("PurchaseOrderByCustomer", "ExternalDocumentID"),
    facts=("SalesOrderDate", "CreationDate", "LastChangeDateTime", "RequestedQuantity"),
    contract_names={"PurchaseOrderByCustomer": "deal", "SalesOrderDate": "date"},
    cannot={
        "change_type": "a version of its services has the types that it has",
        "skew_clock": "requests have a password or a bearer token, and no signature with a time",
        "price_tolerance_percent": "an order keeps the price that a request gives it",
        "largest_discount_percent": "an order keeps the discount that a request gives it",
        "invoice.write": "its billing run makes the invoices, and a request only cancels one",
        "refuse_negative_lines": "an item has a quantity above 0, and its price is not checked",
    },
    # SAP Help Portal, "Custom Fields": their names begin with YY1.
    custom_fields=r".*\bYY1_",
    described_by="a service's $metadata",
    drafting="gameday.vendors.s4hana.drafting:S4HanaDrafting",
    corrections="gameday.vendors.s4hana.corrections:S4HanaCorrections",
)
