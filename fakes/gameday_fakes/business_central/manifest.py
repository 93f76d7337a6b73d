"""Business Central, as everybody may know it without its fake."""

from __future__ import annotations

import re

from gameday_fakes.manifest import IdForm, Manifest

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _is_guid(text: str) -> bool:
    return _GUID.fullmatch(text) is not None


def _other_case(text: str) -> tuple[str, ...]:
    """The same id in lower case, which the API answers with."""
    return (text.lower(),) if _is_guid(text) else ()


MANIFEST = Manifest(
    name="business-central",
    role="erp",
    title="Business Central",
    also_called=("Dynamics 365 Business Central",),
    fake="gameday_fakes.business_central.handlers:BusinessCentral",
    hosts=("api.businesscentral.dynamics.com", "login.microsoftonline.com"),
    host="api.businesscentral.dynamics.com",
    credentials={
        "tenant": "7ba5d0c1-6a6e-4dd5-9f0a-67616d656401",
        "environment": "sandbox",
        "client_id": "7ba5d0c1-6a6e-4dd5-9f0a-67616d656402",
        "client_secret": "gameday-client-secret",
        "company": "7ba5d0c1-6a6e-4dd5-9f0a-67616d656403",
        "scope": "https://api.businesscentral.dynamics.com/.default",
    },
    objects=("salesOrders", "salesInvoices", "salesCreditMemos"),
    known_as={
        "order": "salesOrders",
        "invoice": "salesInvoices",
        "customer": "customers",
        "currency": "salesOrders.currencyCode",
        "order date": "salesOrders.orderDate",
        "quantity": "salesOrders.salesOrderLines.quantity",
        "unit price": "salesOrders.salesOrderLines.unitPrice",
    },
    id_forms=(
        IdForm(
            what="a GUID",
            pattern="^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            is_id=_is_guid,
            others=_other_case,
            lengths=(36,),
            letters="0123456789abcdef",
        ),
    ),
    attributes=("@odata.context", "@odata.etag", "@odata.nextLink", "@odata.count"),
    orderings=("lastModifiedDateTime",),
    match_keys=("externalDocumentNumber",),
    sandbox_ids=("00000000-0000-4000-8000-{:012}", "00000000-0000-4000-8000-{:012}"),
    facts=("orderDate", "postingDate", "lastModifiedDateTime", "quantity"),
    cannot={
        # The type Code of AL.
        "case_twins": "it keeps the numbers of items in upper case, so no two differ by case alone",
        "change_type": "a version of its API has the types that it has",
        "skew_clock": "requests have a bearer token, and no signature with a time",
        "price_tolerance_percent": "an order keeps the price that a request gives it",
        "largest_discount_percent": "an order keeps the discount that a request gives it",
        "refuse_negative_lines": "a line may have a negative amount",
    },
    described_by="the API's $metadata",
    drafting="gameday.vendors.business_central.drafting:BusinessCentralDrafting",
    corrections="gameday.vendors.business_central.corrections:BusinessCentralCorrections",
    contract_names={"externalDocumentNumber": "deal", "orderDate": "date"},
)
