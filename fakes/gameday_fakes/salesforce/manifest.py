"""Salesforce, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import IdForm, Manifest
from gameday_fakes.salesforce.ids import canonical, to_18


def is_record_id(text: str) -> bool:
    """Whether a text is a record id: 18 characters by their checksum, 15 unless they are a word or a number."""
    if not (text.isascii() and text.isalnum() and text[:1] in ("0", "a")):
        return False
    if len(text) == 15:
        return not text.isdigit() and not text.isalpha()
    return len(text) == 18 and to_18(text[:15]) == text


def other_form(text: str) -> tuple[str, ...]:
    """The id of 15 characters with its checksum, or the one of 18 without; that is known in any case.

    Of a text whose checksum is wrong there is none.
    """
    full = canonical(text)
    return () if full is None else tuple(form for form in (full, full[:15]) if form != text)


RECORD_ID = IdForm(
    what="an id of Salesforce",
    pattern="^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$",
    is_id=is_record_id,
    others=other_form,
    lengths=(15, 18),
    # The first three characters name the object. The checksum says which letters are capitals, and all keep their case.
    kept=3,
    replaced=12,
)

MANIFEST = Manifest(
    name="salesforce",
    role="crm",
    title="Salesforce",
    also_called=("Sales Force",),
    fake="gameday_fakes.salesforce.handlers:Salesforce",
    hosts=(
        "login.salesforce.com",
        "test.salesforce.com",
        "*.my.salesforce.com",
        "*.sandbox.my.salesforce.com",
        "api.pubsub.salesforce.com",
    ),
    host="gameday.my.salesforce.com",
    # That of https, and that of the Pub/Sub API.
    ports=(443, 7443),
    credentials={
        "client_id": "3MVG9gameday.consumer",
        "client_secret": "gameday-consumer-secret",
        "username": "integration@example.com",
        "password": "gameday-password",
        "security_token": "gamedaytoken",
        "refresh_token": "5Aepgameday.refresh",
        # The one that the fake plays; a sync that knows it notices a login that leads elsewhere.
        "organization": "00DGd0000000001MAA",
    },
    serves_organisation=True,
    objects=("Opportunity", "OpportunityLineItem"),
    known_as={
        "deal": "Opportunity",
        "line": "OpportunityLineItem",
        "account": "Account",
        "stage": "Opportunity.StageName",
        "amount": "Opportunity.Amount",
        "currency": "Opportunity.CurrencyIsoCode",
        "close date": "Opportunity.CloseDate",
        "quantity": "OpportunityLineItem.Quantity",
        "unit price": "OpportunityLineItem.UnitPrice",
    },
    id_forms=(RECORD_ID,),
    # SOAP API Developer Guide, "Custom Fields".
    custom_fields=r".*\w__[a-z]{1,4}\Z",
    attributes=("attributes",),
    deal_fields={
        "order": ("Opportunity.Id",),
        "name": ("Opportunity.Name",),
        "account": ("Opportunity.AccountId",),
        "currency": ("Opportunity.CurrencyIsoCode",),
        "date": ("Opportunity.CloseDate",),
        "sku": ("OpportunityLineItem.PricebookEntry.ProductCode", "OpportunityLineItem.ProductCode"),
        "quantity": ("OpportunityLineItem.Quantity",),
        "unit_price": ("OpportunityLineItem.UnitPrice",),
        "amount": ("OpportunityLineItem.TotalPrice",),
    },
    orderings=("SystemModstamp", "LastModifiedDate"),
    facts=("CloseDate", "CreatedDate", "LastModifiedDate", "SystemModstamp", "Quantity"),
    kinds=("StageName", "ForecastCategoryName"),
    cannot={
        "throttle_webhooks": "outbound messages have no limit that an app sets",
    },
    contract_names={
        "CurrencyIsoCode": "currency",
        "CurrencyCode": "currency",
        "TotalPrice": "total",
        "SystemModstamp": "changedAt",
    },
    described_by="saved answers to a describe call, the main object first",
    organisation_import="gameday.vendors.salesforce.organisation:SalesforceImport",
    messages="gameday_fakes.salesforce.notifications:records_of",
    record_source="gameday.vendors.salesforce.source:SalesforceSource",
    drafting="gameday.vendors.salesforce.drafting:SalesforceDrafting",
)
