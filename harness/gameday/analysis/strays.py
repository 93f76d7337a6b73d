"""What a sync left beside the orders of deals: customers and items made twice, orders of others and deals it changed.

Pure: from the two ledgers and the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from gameday.model.contract import Contract
from gameday_fakes.ledger import Entry, Ledger

StrayKind = Literal[
    "customer twice",
    "customer without an account",
    "item twice",
    "item without a product",
    "order of others changed",
    "order of others missing",
    "deal changed by the sync",
]
DEAL_CHANGED: StrayKind = "deal changed by the sync"
_NAMES = ("companyName", "entityId", "name", "Name")
_ACCOUNT_NAMES = ("Name", "AccountNumber")


class Stray(msgspec.Struct, frozen=True):
    """One record that should not be there, or not so; ``of`` is the id of the account, product or order."""

    kind: StrayKind
    id: str
    of: str = ""

    @property
    def words(self) -> str:
        """It as people say it: "customer 1042 is account 001A once more"."""
        match self.kind:
            case "customer twice":
                return f"customer {self.id} is account {self.of} once more"
            case "customer without an account":
                return f"customer {self.id} is no account of the CRM"
            case "item twice":
                return f"item {self.id} is product {self.of} once more"
            case "item without a product":
                return f"item {self.id} is no product of the CRM"
            case "deal changed by the sync":
                return f"deal {self.id} is not as people left it: the sync changed it in the CRM"
            case "order of others changed":
                return f"order {self.id} of others was changed"
            case _:
                return f"order {self.id} of others is missing"


def strays(contract: Contract, crm: Ledger, erp: Ledger) -> tuple[Stray, ...]:
    """All strays: customers and items in the order of the ledger, then orders, then deals.

    What was sold is what people left in the CRM. A sync that changes a deal until it agrees with its order, or makes
    one for an order too many, has not carried over what was sold.
    """
    deals = (Stray(DEAL_CHANGED, deal, deal) for deal in crm.changed_by_sync)
    return (*_customers(contract, crm, erp), *_items(crm, erp), *_orders(erp), *deals)


def _customers(contract: Contract, crm: Ledger, erp: Ledger) -> Iterator[Stray]:
    """The customers that an account has beside its first one, and new ones that belong to no account.

    A customer belongs to the account that it names by an id. Only a new one that names none belongs to one of its name:
    several accounts may have one name, and each of them may have one customer. What was there twice before the sync
    began is none of its work.
    """
    new = set(erp.new_customers or ())
    known = erp.new_customers is None
    by_rule: dict[str, str] = {}
    if contract.customer_match:
        by_rule = {contract.customer(account, fields): account for account, fields in crm.customers.items()}
        by_rule.pop("", None)

    def named(key: str, fields: dict[str, str]) -> str:
        """The account that a customer names by an id, by the contract's rule or any other; empty if it names none."""
        by_match = by_rule.get(fields.get(contract.customer_match, ""))
        return by_match or next((value for value in (key, *fields.values()) if value in crm.customers), "")

    by_id = {key: account for key, fields in erp.customers.items() if (account := named(key, fields))}
    holders: dict[str, list[str]] = {}
    # Those that were there from the start come first: a new one beside them is the one too many.
    for key in sorted(by_id, key=lambda key: key in new):
        holders.setdefault(by_id[key], []).append(key)
    twins: dict[str, Stray] = {}
    for account, keys in holders.items():
        for key in keys[1:]:
            if known or key in new:
                twins[key] = Stray("customer twice", key, account)
    for key, fields in erp.customers.items():
        if key in new and key not in by_id:
            accounts = _of_name(crm, fields)
            free = next((account for account in accounts if account not in holders), None)
            if free is not None:
                holders[free] = [key]
            elif accounts:
                twins[key] = Stray("customer twice", key, accounts[0])
            else:
                twins[key] = Stray("customer without an account", key)
    yield from (twins[key] for key in erp.customers if key in twins)


def _of_name(crm: Ledger, fields: dict[str, str]) -> list[str]:
    """The accounts that have the name, or the number, of a customer."""
    names = {_plain(fields[name]) for name in _NAMES if fields.get(name)}
    return [
        account
        for account, known in crm.customers.items()
        if names & {_plain(known[name]) for name in _ACCOUNT_NAMES if known.get(name)}
    ]


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _items(crm: Ledger, erp: Ledger) -> Iterator[Stray]:
    """The new items that are a product's second one, and those that are no product of any deal.

    A product belongs to an item that has its name. One that the ERP lacked from the start may get one.
    """
    sold = {line.sku for deal in crm.entries for line in deal.lines}
    taken = set(erp.items)
    for key, fields in erp.new_items.items():
        names = [name.strip() for name in fields.values()]
        again = next((name for name in names if name in taken), None)
        product = next((name for name in names if name in sold), None)
        if again is not None:
            yield Stray("item twice", key, again)
        elif product is None:
            yield Stray("item without a product", key)
        else:
            taken.add(product)


def _orders(erp: Ledger) -> Iterator[Stray]:
    """The orders of others that are gone, or not as they were booked."""
    present = {entry.id: entry for entry in erp.entries}
    for booked in erp.others:
        now = present.get(booked.id)
        if now is None:
            yield Stray("order of others missing", booked.id, booked.id)
        elif _content(now) != _content(booked):
            yield Stray("order of others changed", booked.id, booked.id)


def _content(entry: Entry) -> Entry:
    """An order without the time of its last change: writing the same again changes nothing."""
    return msgspec.structs.replace(entry, changed_s=0.0)
