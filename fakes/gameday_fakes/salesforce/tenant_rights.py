"""What gameday's user may do in a Salesforce sandbox, as describes of the objects say it, and what can be sold there.

"sObject Describe" of the REST API Developer Guide: ``createable`` and its like are those of the user who asks, and a
field that the user may not see is not listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.salesforce.tenant_api import SalesforceApi
from gameday_fakes.salesforce.tenant_proof import API
from gameday_fakes.sandbox.rights import Product, Right
from gameday_fakes.sandbox.tenant import decoded

#: What gameday does with each object, by the names of a describe, and the fields that it gives values.
_NEEDED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Account": (("queryable", "createable", "deletable"), ("Name", "AccountNumber")),
    "Opportunity": (
        ("queryable", "createable", "updateable", "deletable"),
        ("Name", "AccountId", "CloseDate", "StageName", "Amount", "Pricebook2Id"),
    ),
    "OpportunityLineItem": (
        ("queryable", "createable", "deletable"),
        ("OpportunityId", "PricebookEntryId", "Quantity", "UnitPrice"),
    ),
    "Pricebook2": (("queryable",), ()),
    "PricebookEntry": (("queryable",), ()),
}
_WORDS = {"queryable": "read", "createable": "create", "updateable": "edit", "deletable": "delete"}
_MOST_PRODUCTS = 200


async def rights_of(api: SalesforceApi) -> list[Right]:
    """Each object that gameday needs, with what its user may not do with it."""
    found = []
    for sobject, (acts, fields) in _NEEDED.items():
        answer = await api.ask("GET", f"{API}/sobjects/{sobject}/describe")
        if answer.status in (403, 404):
            found.append(Right(sobject, _listed(acts), f"its user may not read {sobject}"))
        elif answer.status >= 400:
            raise api.refused("GET", f"{API}/sobjects/{sobject}/describe", answer)
        else:
            found.append(Right(sobject, _listed(acts), _missing(sobject, decoded(answer), acts, fields)))
    return found


async def products_of(api: SalesforceApi) -> list[Product]:
    """Some products of the standard price book, with their list prices."""
    currency = ", CurrencyIsoCode" if "CurrencyIsoCode" in await api.fields_of("PricebookEntry") else ""
    rows = await api.query(
        f"SELECT ProductCode, UnitPrice{currency} FROM PricebookEntry WHERE Pricebook2.IsStandard = true "  # noqa: S608
        f"AND IsActive = true AND ProductCode != null ORDER BY ProductCode LIMIT {_MOST_PRODUCTS}"
    )
    prices: dict[str, dict[str, Decimal | None]] = {}
    for row in rows:
        own = prices.setdefault(str(row["ProductCode"]), {})
        own[row.get("CurrencyIsoCode") or ""] = Decimal(str(row["UnitPrice"]))
    return [Product(sku, of) for sku, of in prices.items()]


def _missing(sobject: str, described: Mapping[str, Any], acts: tuple[str, ...], fields: tuple[str, ...]) -> str:
    """What the user lacks, in one clause; empty if nothing is missing."""
    lacks = [_WORDS[act] for act in acts if described.get(act) is not True]
    if lacks:
        return f"its user may not {_listed_or(lacks)} {sobject}"
    known = {str(field["name"]): field for field in described["fields"]}
    hidden = [name for name in fields if name not in known or not known[name].get("createable")]
    return f"its user may not give {', '.join(hidden)} of {sobject} a value" if hidden else ""


def _listed(acts: tuple[str, ...]) -> str:
    return ", ".join(_WORDS[act] for act in acts)


def _listed_or(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
