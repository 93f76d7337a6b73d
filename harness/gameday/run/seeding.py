"""What both systems know before the first deal of a run: customers and items, and orders that have no deal."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday.model.scenario import Flow
from gameday.model.workload import Catalog
from gameday.run.fakes_client import FakesClient

#: How many orders without a deal are in the ERP before the first one.
ORDERS_OF_OTHERS = 3


async def seed(fakes: FakesClient, flow: Flow, catalog: Catalog, *, with_new: bool) -> list[dict[str, Any]]:
    """Make both systems know the customers and the items; the ERP the new customers only if asked.

    Returns the customers that both know, with their ids in the CRM.
    """
    known = msgspec.to_builtins(catalog, str_keys=True)
    answer = await fakes.operate(flow.crm, "seed", "", known)
    ids = answer.get("accounts", {})
    accounts = [{**account, "id": ids.get(account["key"], account["key"])} for account in known["accounts"]]
    accounts = [account for account in accounts if with_new or not account["new"]]
    await fakes.operate(flow.erp, "seed", "", {**known, "accounts": accounts})
    return accounts


async def book_orders_of_others(
    fakes: FakesClient, flow: Flow, catalog: Catalog, accounts: list[dict[str, Any]]
) -> None:
    """Book a few orders that have no deal, as other systems do: the sync has to leave them alone.

    Not in an ERP that knows no such operation.
    """
    known = (await fakes.catalogue(flow.erp)).business_operations
    if all(entry.name != "book_order" for entry in known):
        return
    for number, (account, product) in enumerate(zip(accounts, catalog.products, strict=False), start=1):
        price = product.prices.get(account["currency"])
        if number > ORDERS_OF_OTHERS or price is None:
            continue
        line = {"sku": product.sku, "quantity": 1, "unit_price": str(price), "amount": str(price)}
        order = {"account": account["id"], "currency": account["currency"], "lines": [line]}
        await fakes.operate(flow.erp, "book_order", f"WEB-{number}", order)
