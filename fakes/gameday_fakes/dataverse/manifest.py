"""Dataverse with Dynamics 365 Sales, as everybody may know it without its fake."""

from __future__ import annotations

import re

from gameday_fakes.manifest import IdForm, Manifest

_PLAIN = re.compile(r"[0-9a-fA-F]{32}")
_DASHED = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def plain(guid: str) -> str:
    """A GUID without hyphens, as the ledger and the bundled stacks name a deal.

    A reference to a deal has at most 35 characters in many ERPs, and a GUID has 36.

    >>> plain("01234567-89AB-cdef-0123-456789abcdef")
    '0123456789abcdef0123456789abcdef'
    """
    return guid.replace("-", "").lower()


def dashed(text: str) -> str:
    """The same GUID with its hyphens, as the Web API has it.

    >>> dashed("0123456789abcdef0123456789abcdef")
    '01234567-89ab-cdef-0123-456789abcdef'
    """
    digits = plain(text)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None


def _others(text: str) -> tuple[str, ...]:
    if _DASHED.fullmatch(text):
        return (plain(text),)
    return (dashed(text), text.lower()) if _is_plain(text) else ()


MANIFEST = Manifest(
    name="dataverse",
    role="crm",
    title="Dataverse",
    also_called=("Dynamics 365 Sales",),
    fake="gameday_fakes.dataverse.handlers:Dataverse",
    hosts=("*.crm.dynamics.com", "*.api.crm.dynamics.com", "login.microsoftonline.com"),
    host="gameday.crm.dynamics.com",
    credentials={
        "tenant": "7ba5d0c1-6a6e-4dd5-9f0a-67616d656401",
        "client_id": "7ba5d0c1-6a6e-4dd5-9f0a-67616d656404",
        "client_secret": "gameday-dataverse-secret",
        "scope": "https://gameday.crm.dynamics.com/.default",
        # What the registered webhook sends in its header, so that its receiver knows it.
        "webhook_header": "x-webhook-key",
        "webhook_key": "gameday-dataverse-webhook-key",
    },
    objects=("opportunities", "opportunityproducts"),
    known_as={
        "deal": "opportunities",
        "line": "opportunityproducts",
        "account": "accounts",
        "stage": "opportunities.statuscode",
        "amount": "opportunities.actualvalue",
        "currency": "opportunities._transactioncurrencyid_value",
        "close date": "opportunities.actualclosedate",
        "quantity": "opportunityproducts.quantity",
        "unit price": "opportunityproducts.priceperunit",
    },
    id_forms=(
        IdForm(
            what="a GUID without hyphens",
            pattern="^[0-9a-f]{32}$",
            is_id=_is_plain,
            others=_others,
            lengths=(32, 36),
            letters="0123456789abcdef",
        ),
    ),
    attributes=("@odata.context", "@odata.etag", "@odata.nextLink", "@odata.count", "@odata.deltaLink"),
    deal_fields={
        "order": ("opportunities.opportunityid",),
        "name": ("opportunities.name",),
        "account": ("opportunities.customerid_account.accountnumber", "opportunities._customerid_value"),
        "currency": ("opportunities.transactioncurrencyid.isocurrencycode",),
        "date": ("opportunities.actualclosedate",),
        "sku": ("opportunityproducts.productid.productnumber",),
        "quantity": ("opportunityproducts.quantity",),
        "unit_price": ("opportunityproducts.priceperunit",),
        "amount": ("opportunityproducts.new_netamount",),
    },
    orderings=("versionnumber", "modifiedon"),
    facts=("actualclosedate", "estimatedclosedate", "createdon", "modifiedon", "quantity"),
    kinds=("statecode", "statuscode"),
    cannot={
        "change_type": "the data type of a column cannot be changed once it is there",
        "omit_field": "no version of its Web API lacks a column",
        "omit_rows": "queries read the database itself",
        "delay_index": "queries read the database itself, and no index that could lag behind",
        "other_organization": "a token is for one environment, and no other accepts it",
        "query_page": "a client says how many rows a page has",
        "stamp_every_s": "changes are stamped to the second, and counted beside",
        "throttle_webhooks": "each event is a request of its own",
        "merge_companies": "a merge leaves the primary account its id",
    },
    contract_names={
        "transactioncurrencyid": "currency",
        "modifiedon": "changedAt",
        "actualclosedate": "closeDate",
        "actualvalue": "amount",
    },
    described_by="what GET EntityDefinitions?$expand=Attributes answers for its tables",
    drafting="gameday.vendors.dataverse.drafting:DataverseDrafting",
    record_source="gameday.vendors.dataverse.source:DataverseSource",
)
