"""What a fresh account has, and seeding it with companies and products."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gameday_fakes.business_operations import Account, Product
from gameday_fakes.declared import ControlError
from gameday_fakes.hubspot.portal import USER_ID
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.records import Store, is_id
from gameday_fakes.hubspot.standard import OBJECTS
from gameday_fakes.hubspot.writing import Writer

#: The owners of records: id, first name, last name, e-mail address.
OWNERS = (
    ("77126001", "Sales", "User", "sales@example.com", USER_ID),
    ("77126002", "Integration", "User", "integration@example.com", USER_ID + 1),
)


class Seeded:
    """The companies and products that business operations name by their keys."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store = store
        self._writer = writer
        self._companies: dict[str, str] = {}
        self._products: dict[str, str] = {}
        #: By which tax code the ERP taxes a product by itself, by SKU.
        self.tax_codes: dict[str, str] = {}

    def plant(self, accounts: Iterable[Account], products: Iterable[Product]) -> dict[str, Any]:
        """Add companies and products, or bring those of the same key up to date.

        Returns ``{"accounts": {key: id}, "products": {sku: id}}``. To be called within a change.
        """
        for account in accounts:
            self._plant_company(account)
        for product in products:
            self._plant_product(product)
        return {"accounts": dict(self._companies), "products": dict(self._products)}

    def company(self, key: str) -> Record:
        """A company by its key or an id that it has or had. Raises ControlError."""
        record = self._store.find("companies", self._companies.get(key, key))
        if record is None:
            raise ControlError(f"no account {key!r}: seed it first")
        return record

    def product(self, sku: str) -> Record:
        """A product by its SKU. Raises ControlError."""
        record = self._store.find("products", self._products.get(sku, ""))
        if record is None:
            raise ControlError(f"no product {sku!r}: seed it first")
        return record

    def merged(self, loser: str, winner: Record) -> None:
        """Map the keys of a company that was merged to the one that stays."""
        self._companies = {key: winner.id if id_ == loser else id_ for key, id_ in self._companies.items()}

    def _plant_company(self, account: Account) -> None:
        if not account.key:
            raise ControlError("an account needs a key")
        values = {
            "name": account.name or account.key,
            "account_number": account.key,
            "account_currency": account.currency or "USD",
            "city": account.city or "",
            "country": account.country or "",
            "lifecyclestage": "customer",
            "hubspot_owner_id": OWNERS[0][0],
        }
        known = self._companies.get(account.key, "")
        if not known and is_id(account.id) and self._store.find("companies", account.id) is None:
            # That of an export, by which its deals and its orders name it.
            self._store.number_next("companies", account.id)
        self._companies[account.key] = self._put("companies", known, values)

    def _plant_product(self, product: Product) -> None:
        self.tax_codes[product.sku] = product.tax_code
        prices = {f"hs_price_{currency.lower()}": f"{price:f}" for currency, price in product.prices.items()}
        known = OBJECTS["products"].properties
        values = {
            "name": product.name or product.sku,
            "hs_sku": product.sku,
            "price": next(iter(prices.values()), ""),
            **{name: value for name, value in prices.items() if name in known},
        }
        self._products[product.sku] = self._put("products", self._products.get(product.sku, ""), values)

    def _put(self, object_: str, id_: str, values: dict[str, str]) -> str:
        record = self._store.find(object_, id_)
        if record is None:
            return self._writer.put(object_, values).id
        self._writer.change(record, values)
        return record.id
