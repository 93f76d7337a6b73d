"""What a fresh environment has, and the accounts and products of a workload."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from gameday_fakes.business_operations import Account, Product
from gameday_fakes.clock import Clock
from gameday_fakes.dataverse.identity import (
    BUSINESS_UNIT_ID,
    CREDENTIALS,
    ORGANIZATION_ID,
    ORGANIZATION_NAME,
    SELLER_ID,
    USER_ID,
)
from gameday_fakes.dataverse.metadata import describe
from gameday_fakes.dataverse.schema import TABLES
from gameday_fakes.dataverse.store import Store
from gameday_fakes.declared import ControlError
from gameday_fakes.odata.records import Record

#: ISO code, name, symbol and decimals (ISO 4217); the first is the environment's own.
CURRENCIES = (
    ("USD", "US Dollar", "$", 2),
    ("EUR", "Euro", "€", 2),
    ("GBP", "Pound Sterling", "£", 2),
    ("JPY", "Japanese Yen", "¥", 0),
    ("CAD", "Canadian Dollar", "C$", 2),
    ("AUD", "Australian Dollar", "A$", 2),
    ("CHF", "Swiss Franc", "CHF", 2),
    ("KWD", "Kuwaiti Dinar", "KD", 3),
    ("SEK", "Swedish Krona", "kr", 2),
    ("INR", "Indian Rupee", "₹", 2),
)
#: The messages and tables for which steps can be registered.
MESSAGES = ("Create", "Update", "Delete", "Win", "Lose")
_LISTENED = ("opportunity", "opportunityproduct", "account", "contact", "product", "quote", "salesorder")
#: An account number has 20 characters at most.
_LONGEST_NUMBER = 20
#: What people enter of an account twice.
_OF_A_DUPLICATE = ("name", "address1_city", "address1_country", "customertypecode", "_transactioncurrencyid_value")


def new_store(clock: Clock) -> Store:
    """The records of a fresh environment."""
    store = Store(clock)
    describe(store, TABLES, {})
    store.add("businessunits", {"businessunitid": BUSINESS_UNIT_ID, "name": ORGANIZATION_NAME})
    for id_, name in ((SELLER_ID, "Sales User"), (USER_ID, "# Integration")):
        own = {"applicationid": CREDENTIALS["client_id"]} if id_ == USER_ID else {}
        named = {"systemuserid": id_, "fullname": name, "azureactivedirectoryobjectid": store.new_id()}
        store.add("systemusers", {**named, **own, "_businessunitid_value": BUSINESS_UNIT_ID})
    store.user = SELLER_ID
    for code, name, symbol, decimals in CURRENCIES:
        _set_currency(store, code, name, symbol, decimals)
    base = store.currency(CURRENCIES[0][0])
    own = {"_basecurrencyid_value": base.values["transactioncurrencyid"]} if base is not None else {}
    store.add("organizations", {"organizationid": ORGANIZATION_ID, "name": ORGANIZATION_NAME, **own})
    store.add("uoms", {"name": "Primary Unit"})
    for message in MESSAGES:
        record = store.add("sdkmessages", {"name": message})
        for table in _LISTENED if message not in ("Win", "Lose") else _LISTENED[:1]:
            of = {"_sdkmessageid_value": record.values["sdkmessageid"], "primaryobjecttypecode": table}
            store.add("sdkmessagefilters", of)
    store.changes.clear()
    return store


def _set_currency(store: Store, code: str, name: str, symbol: str, decimals: int) -> Record:
    known = store.currency(code)
    if known is not None:
        return known
    given = {"isocurrencycode": code, "currencyname": name, "currencysymbol": symbol, "currencyprecision": decimals}
    record = store.add("transactioncurrencies", {**given, "exchangerate": Decimal(1)})
    own = {"_transactioncurrencyid_value": record.values["transactioncurrencyid"]}
    store.add("pricelevels", {"name": f"Standard {code}", **own})
    return record


class Seeded:
    """The accounts and products that business operations name by their keys."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def plant(self, accounts: Iterable[Account], products: Iterable[Product]) -> dict[str, Any]:
        """Add accounts and products, or bring those of the same key up to date.

        Returns ``{"accounts": {key: account number}, "products": {sku: id}}``.
        """
        numbers = {each.key: self._plant_account(each) for each in accounts}
        return {"accounts": numbers, "products": {each.sku: self._plant_product(each) for each in products}}

    def account(self, key: str) -> Record:
        """An account by its number or id; of one that was merged, the one that is left. Raises ControlError."""
        record = self._store.by("accounts", "accountnumber", key) or self._store.get("accounts", key)
        while record is not None and record.values["_masterid_value"]:
            record = self._store.get("accounts", record.values["_masterid_value"])
        if record is None:
            raise ControlError(f"no account {key!r}: seed it first")
        return record

    def duplicate(self, account: Record) -> Record:
        """A new account with what a duplicate of this one would have; its number is another one."""
        number = f"ACC-{self._store.new_id()[:8]}"
        values = {name: account.values[name] for name in _OF_A_DUPLICATE}
        return self._store.add("accounts", {**values, "accountnumber": number})

    def product(self, sku: str) -> Record:
        """A product by its number. Raises ControlError."""
        record = self._store.by("products", "productnumber", sku)
        if record is None:
            raise ControlError(f"no product {sku!r}: seed it first")
        return record

    def currency(self, code: str) -> str:
        """The id of a currency, which is added if it is not there."""
        return str(_set_currency(self._store, code, code, code, 2).values["transactioncurrencyid"])

    def set_price(self, sku: str, currency: str, price: Decimal) -> str:
        """Set the list price of a product in a currency; returns the product's id."""
        product, money = self.product(sku).values["productid"], self.currency(currency)
        found = self._store["productpricelevels"].find(("_productid_value",), (product,))
        known = next((each for each in found if each.values["_transactioncurrencyid_value"] == money), None)
        if known is not None:
            self._store.amend("productpricelevels", known, {"amount": price})
            return str(product)
        prices = self._store["pricelevels"].find(("_transactioncurrencyid_value",), (money,))
        own = {"_productid_value": product, "_transactioncurrencyid_value": money, "amount": price}
        self._store.add("productpricelevels", {**own, "_pricelevelid_value": prices[0].values["pricelevelid"]})
        return str(product)

    def _plant_account(self, account: Account) -> str:
        if not account.key or len(account.key) > _LONGEST_NUMBER:
            text = f"an account needs a key of at most {_LONGEST_NUMBER} characters"
            raise ControlError(f"{text}, not {account.key[:40]!r}")
        values = {
            "name": account.name or account.key,
            "accountnumber": account.key,
            "address1_city": account.city or None,
            "address1_country": account.country or None,
            "customertypecode": 3,
            "_transactioncurrencyid_value": self.currency(account.currency or CURRENCIES[0][0]),
        }
        known = self._store.by("accounts", "accountnumber", account.key)
        if known is None:
            self._store.add("accounts", values)
        else:
            self._store.amend("accounts", known, values)
        return account.key

    def _plant_product(self, product: Product) -> str:
        values: dict[str, Any] = {"name": product.name or product.sku, "productnumber": product.sku}
        values |= {"price": next(iter(product.prices.values()), None)}
        known = self._store.by("products", "productnumber", product.sku)
        record = self._store.add("products", values) if known is None else self._store.amend("products", known, values)
        for currency, price in product.prices.items():
            self.set_price(product.sku, currency, price)
        return str(record.values["productid"])
