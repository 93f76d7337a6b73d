"""What gameday's role may do in a NetSuite sandbox, as far as reading shows it, and what can be sold there.

No call says what a role may write: the smoke deal of `gameday doctor` shows that.
"""

from __future__ import annotations

from collections.abc import Sequence

from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.netsuite.tenant_api import NetSuiteApi
from gameday_fakes.netsuite.tenant_ledger import MOST_IDS, listed
from gameday_fakes.sandbox.rights import Product, Right
from gameday_fakes.sandbox.tenant import in_parts

#: The record types that gameday reads through the REST record service; the permissions, as a role's page has them.
_RECORDS = {
    "customer": "Lists > Customers, with full access",
    "salesOrder": "Transactions > Sales Order, with full access",
    "invoice": "Transactions > Invoice, with full access",
}
#: The tables that it asks by SuiteQL, with a column of each.
_TABLES = {
    "currency": ("symbol", "Lists > Currency"),
    "item": ("itemid", "Lists > Items"),
    "customer": ("entityid", "Lists > Customers"),
    "transaction": ("recordtype", "Transactions > Find Transaction, and Reports > SuiteAnalytics Workbook"),
    "transactionline": ("createdfrom", "Transactions > Find Transaction, and Reports > SuiteAnalytics Workbook"),
}


async def rights_of(api: NetSuiteApi) -> list[Right]:
    """Each record type and table that gameday needs, with what its role may not do."""
    found = []
    for kind, permission in _RECORDS.items():
        answer = await api.ask("GET", f"{ROOT}/record/v1/{kind}?limit=1")
        problem = f"its role may not read {kind}; it needs {permission}" if answer.status >= 400 else ""
        found.append(Right(kind, "read", problem))
    for table, (column, permission) in _TABLES.items():
        target, body = f"{ROOT}/query/v1/suiteql?limit=1", {"q": f"SELECT {column} FROM {table}"}  # noqa: S608
        answer = await api.ask("POST", target, body, [(b"prefer", b"transient")])
        problem = f"its role may not ask for {column} of {table}; it needs {permission}" if answer.status >= 400 else ""
        found.append(Right(f"SuiteQL {table}", "read", problem))
    return found


async def products_of(api: NetSuiteApi, skus: Sequence[str]) -> list[Product]:
    """The items among these SKUs, each with the account's currencies."""
    rows = await api.suiteql("SELECT id, symbol FROM currency")
    currencies = {str(row["symbol"]): None for row in rows}
    found = []
    for some in in_parts(skus, MOST_IDS):
        rows = await api.suiteql(f"SELECT id, itemid FROM item WHERE itemid IN ({listed(some)})")  # noqa: S608
        found += [Product(str(row["itemid"]), currencies) for row in rows]
    return found
