"""HubSpot, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="hubspot",
    role="crm",
    title="HubSpot",
    also_called=("Hub Spot",),
    fake="gameday_fakes.hubspot.handlers:HubSpot",
    hosts=("api.hubapi.com", "app.hubspot.com"),
    host="api.hubapi.com",
    credentials={
        # Of a private app; it does not expire.
        "access_token": "pat-na1-gameday-private-app",
        # Of a public app: its refresh token is that of an account that has installed it.
        "client_id": "gameday-hubspot-client",
        "client_secret": "gameday-hubspot-secret",
        "refresh_token": "gameday-hubspot-refresh",
        "app_id": "1912345",
        # With it the app's own settings are changed: its webhooks.
        "developer_api_key": "gameday-hubspot-developer-key",
    },
    objects=("deals", "line_items"),
    known_as={
        "deal": "deals",
        "line": "line_items",
        "account": "companies",
        "stage": "deals.dealstage",
        "amount": "deals.amount",
        "currency": "deals.deal_currency_code",
        "close date": "deals.closedate",
        "quantity": "line_items.quantity",
        "unit price": "line_items.price",
    },
    attributes=("createdAt", "updatedAt", "archived"),
    deal_fields={
        "order": ("deals.hs_object_id", "deals.id"),
        "name": ("deals.dealname",),
        "account": ("deals.company", "deals.companies.id"),
        "currency": ("deals.deal_currency_code",),
        "date": ("deals.closedate",),
        "sku": ("line_items.hs_sku",),
        "quantity": ("line_items.quantity",),
        "unit_price": ("line_items.price",),
        "amount": ("line_items.amount",),
    },
    orderings=("hs_lastmodifieddate", "updatedAt"),
    facts=("closedate", "createdate", "hs_lastmodifieddate", "quantity"),
    kinds=("dealstage", "pipeline", "dealtype"),
    cannot={
        # HubSpot knowledge base, "Create and edit properties": default properties keep their field type.
        "change_type": "the type of a property that HubSpot defines cannot be changed",
        "omit_field": "no version of its API lacks a property",
        "omit_rows": "its fake leaves out no records yet",
        "other_organization": "a token belongs to one account",
        "query_page": "a client says how many rows a page has",
        "stamp_every_s": "HubSpot stamps changes to the millisecond",
    },
    described_by="what GET /crm/v3/properties/OBJECT answers, in a file named as the object",
    drafting="gameday.vendors.hubspot.drafting:HubSpotDrafting",
    record_source="gameday.vendors.hubspot.source:HubSpotSource",
    contract_names={"deal_currency_code": "currency", "hs_lastmodifieddate": "changedAt", "closedate": "closeDate"},
)
