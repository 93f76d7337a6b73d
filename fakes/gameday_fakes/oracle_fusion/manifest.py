"""Oracle Fusion, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="oracle-fusion",
    role="erp",
    title="Oracle Fusion",
    also_called=("Oracle Fusion Cloud Applications", "Order Hub"),
    fake="gameday_fakes.oracle_fusion.handlers:OracleFusion",
    hosts=("*.fa.ocs.oraclecloud.com", "*.identity.oraclecloud.com"),
    host="gameday.fa.ocs.oraclecloud.com",
    credentials={
        "user": "gameday.integration",
        "password": "gameday-password",
        "client_id": "gameday-client",
        "client_secret": "gameday-client-secret",
        "scope": "urn:opc:resource:fa:instanceid=1000001urn:opc:resource:consumer::all",
        "business_unit": "Gameday Business Unit",
        "source_system": "GAMEDAY",
        "transaction_source": "Gameday Orders",
    },
    objects=("salesOrdersForOrderHub", "receivablesInvoices"),
    known_as={
        "order": "salesOrdersForOrderHub",
        "invoice": "receivablesInvoices",
        "customer": "hubOrganizations",
        "currency": "salesOrdersForOrderHub.TransactionalCurrencyCode",
        "order date": "salesOrdersForOrderHub.TransactionOn",
        "quantity": "salesOrdersForOrderHub.lines.OrderedQuantity",
        "unit price": "salesOrdersForOrderHub.lines.charges.chargeComponents.HeaderCurrencyUnitPrice",
    },
    attributes=("links", "@context"),
    orderings=("LastUpdateDate",),
    match_keys=("SourceTransactionNumber", "SourceTransactionId"),
    # The key of an order has its source system.
    sandbox_ids=("GAMEDAY:{}", "{}"),
    facts=("TransactionOn", "TransactionDate", "AccountingDate", "LastUpdateDate", "OrderedQuantity", "Quantity"),
    cannot={
        "change_type": "a version of its API has the types that it has",
        "skew_clock": "requests have a password or a bearer token, and no signature with a time",
        "price_tolerance_percent": "an order keeps the frozen price that a request gives it",
        "largest_discount_percent": "an order keeps the frozen price that a request gives it",
        "refuse_negative_lines": "a line may have a negative amount",
    },
    described_by="what GET .../salesOrdersForOrderHub/describe answers",
    drafting="gameday.vendors.oracle_fusion.drafting:OracleFusionDrafting",
    corrections="gameday.vendors.oracle_fusion.corrections:OracleFusionCorrections",
    contract_names={"SourceTransactionNumber": "deal", "TransactionOn": "date"},
)
