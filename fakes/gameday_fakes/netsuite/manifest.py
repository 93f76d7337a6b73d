"""NetSuite, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="netsuite",
    role="erp",
    title="NetSuite",
    fake="gameday_fakes.netsuite.handlers:NetSuite",
    hosts=("*.suitetalk.api.netsuite.com", "*.restlets.api.netsuite.com"),
    host="1234567-sb1.suitetalk.api.netsuite.com",
    credentials={
        "account": "1234567_SB1",
        "consumer_key": "gameday-consumer-key",
        "consumer_secret": "gameday-consumer-secret",
        "token_id": "gameday-token-id",
        "token_secret": "gameday-token-secret",
    },
    serves_organisation=True,
    objects=("salesOrder", "invoice", "customerPayment", "creditMemo", "cashSale"),
    known_as={
        "order": "salesOrder",
        "invoice": "invoice",
        "customer": "customer",
        "currency": "salesOrder.currency",
        "order date": "salesOrder.tranDate",
        "quantity": "salesOrder.item.quantity",
        "unit price": "salesOrder.item.rate",
    },
    # NetSuite help, "Creating a Custom Field".
    custom_fields=r".*\bcust(body|col|entity|item|record)",
    # NetSuite help, "Working with List/Record fields" of the REST guide.
    references=("refName", "id", "externalId"),
    orderings=("lastModifiedDate",),
    match_keys=("otherRefNum", "externalId"),
    facts=("tranDate", "createdDate", "lastModifiedDate", "quantity"),
    contract_names={"otherRefNum": "deal", "tranDate": "date"},
    described_by="a saved metadata catalogue (JSON schema or OpenAPI)",
    organisation_import="gameday.vendors.netsuite.organisation:NetSuiteImport",
    corrections="gameday.vendors.netsuite.corrections:NetSuiteCorrections",
    drafting="gameday.vendors.netsuite.drafting:NetSuiteDrafting",
)
