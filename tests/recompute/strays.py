"""What else a sync left in the ERP: customers and items that are there twice or are nobody's, orders of others."""

from __future__ import annotations

from collections import defaultdict

from recompute.records import Json, Records


def strays(records: Records) -> list[str]:
    """The ids of all of them."""
    return [*_customers(records), *_items(records), *_orders(records.erp), *records.crm.get("changed_by_sync", ())]


def _items(records: Records) -> list[str]:
    free = {line["sku"] for deal in records.crm["entries"] for line in deal["lines"]} - {*records.erp.get("items", ())}
    found = []
    for key, fields in records.erp.get("new_items", {}).items():
        names = {name.strip() for name in fields.values()}
        if names & free and not names & {*records.erp.get("items", ())}:
            free -= names
        else:
            found.append(key)
    return found


def _orders(erp: Json) -> list[str]:
    now = {order["id"]: {**order, "changed_s": 0} for order in erp["entries"]}
    return [order["id"] for order in erp.get("others", ()) if now.get(order["id"]) != {**order, "changed_s": 0}]


def _customers(records: Records) -> list[str]:
    accounts, customers = records.crm.get("customers", {}), records.erp.get("customers", {})
    stated = records.erp.get("new_customers")
    new = set(stated or ())
    owners: dict[str, list[str]] = defaultdict(list)
    nameless = []
    for key in sorted(customers, key=lambda key: key in new):
        account = _account(records, key, customers[key], accounts)
        if account:
            owners[account].append(key)
        elif key in new:
            nameless.append(key)
    found = [key for keys in owners.values() for key in keys[1:] if stated is None or key in new]
    # In the order of the ledger: the first customer of a name is the account's, if it has none by its id.
    for key in [key for key in customers if key in nameless]:
        free = [account for account in _of_name(customers[key], accounts) if account not in owners]
        if free:
            owners[free[0]].append(key)
        else:
            found.append(key)
    return found


def _account(records: Records, key: str, fields: Json, accounts: Json) -> str:
    """The account that a customer names by an id."""
    contract = records.contract
    if match := contract.get("customer_match"):
        for account, known in accounts.items():
            expected = contract["customer_pattern"]
            for name, value in {"account": account, **known}.items():
                expected = expected.replace(f"{{{name}}}", value)
            if "{" not in expected and fields.get(match) == expected:
                return str(account)
    return next((value for value in (key, *fields.values()) if value in accounts), "")


def _of_name(fields: Json, accounts: Json) -> list[str]:
    def plain(known: Json, names: tuple[str, ...]) -> set[str]:
        return {" ".join(known[name].casefold().split()) for name in names if known.get(name)}

    ours = plain(fields, ("companyName", "entityId", "name", "Name"))
    return [account for account, known in accounts.items() if ours & plain(known, ("Name", "AccountNumber"))]
