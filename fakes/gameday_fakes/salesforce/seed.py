"""What a fresh organisation has, and seeding it with accounts and products."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from gameday_fakes.business_operations import Account, Product
from gameday_fakes.fake import ControlError
from gameday_fakes.salesforce import currencies
from gameday_fakes.salesforce.ids import make_id
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.people import filled

#: The field of an account with its tier, which not every organisation has.
TIER = "Customer_Tier__c"


class Seeded:
    """The records that everything else refers to; plants the organisation, its users and the standard price book."""

    _OTHER_ID = make_id("00D", 2)

    def __init__(self, store: SalesforceStore) -> None:
        self._store = store
        self._accounts: dict[str, str] = {}
        self._products: dict[str, str] = {}
        #: By which tax code the ERP taxes a product by itself, by SKU.
        self.tax_codes: dict[str, str] = {}
        with store.change():
            self._own_id = store.insert(
                "Organization",
                {
                    "Name": "Gameday",
                    "IsSandbox": True,
                    "InstanceName": "GD0",
                    "OrganizationType": "Developer Edition",
                    "DefaultCurrencyIsoCode": "USD",
                },
            ).id
            sales = {"Username": "sales@example.com", "Name": "Sales User", "Email": "sales@example.com"}
            self.sales_user_id = store.insert("User", {**sales, "IsActive": True}).id
            name = MANIFEST.credentials["username"]
            user = {"Username": name, "Name": "Integration User", "Email": name, "IsActive": True}
            self.integration_user_id = store.sync_user_id = store.insert("User", user).id
            store.user_id = self.sales_user_id
            standard = {"Name": "Standard Price Book", "IsActive": True, "IsStandard": True}
            self.pricebook_id = store.insert("Pricebook2", standard).id
            currencies.plant(store)

    @property
    def organization_id(self) -> str:
        """The id of the organisation that answers at this moment: another one if it does not know our records."""
        return self._OTHER_ID if self._store.unknown else self._own_id

    def plant(self, accounts: Iterable[Account], products: Iterable[Product]) -> dict[str, Any]:
        """Add accounts and products, or bring those of the same key up to date.

        Returns ``{"accounts": {key: id}, "products": {sku: id}}``. To be called within a change.
        """
        for account in accounts:
            self._plant_account(account)
        for product in products:
            self._plant_product(product)
        return {"accounts": dict(self._accounts), "products": dict(self._products)}

    def account(self, key: str) -> Record:
        """An account by its key or id. Raises ControlError."""
        record = self._store.find("Account", self._accounts.get(key, key))
        if record is None:
            raise ControlError(f"no account {key!r}: seed it first")
        return record

    def product(self, sku: str) -> Record:
        """A product by its SKU. Raises ControlError."""
        record = self._store.find("Product2", self._products.get(sku, ""))
        if record is None:
            raise ControlError(f"no product {sku!r}: seed it first")
        return record

    def merged(self, winner_id: str, loser_id: str) -> None:
        """Map the loser's key to the winner from now on, as users would find it."""
        self._accounts = {key: winner_id if id_ == loser_id else id_ for key, id_ in self._accounts.items()}

    def entry(self, sku: str, currency: str, price: Decimal) -> Record:
        """The price book's entry for a product in a currency; added at this price if there is none yet."""
        product = self.product(sku)
        for entry in self._store.matching("PricebookEntry", "Product2Id", product.id):
            if entry.fields["CurrencyIsoCode"] == currency:
                return entry
        return self._store.insert(
            "PricebookEntry",
            {
                "Name": product.fields["Name"],
                "ProductCode": sku,
                "Pricebook2Id": self.pricebook_id,
                "Product2Id": product.id,
                "CurrencyIsoCode": currency,
                "UnitPrice": price,
                "IsActive": True,
            },
        )

    def _plant_account(self, account: Account) -> None:
        key = account.key
        if not key:
            raise ControlError("an account needs a key")
        fields = {
            "Name": account.name or key,
            "AccountNumber": key,
            "Type": "Customer - Direct",
            "BillingCity": account.city or None,
            "BillingCountry": account.country or None,
            "CurrencyIsoCode": account.currency or "USD",
            "OwnerId": self.sales_user_id,
        }
        if account.tier and TIER in self._store.model.objects["Account"].fields:
            fields[TIER] = account.tier
        known = self._store.find("Account", self._accounts.get(key, ""))
        if known is not None:
            self._store.update(known, fields)
        else:
            if account.id:
                self._store.number_next("Account", account.id)
            self._accounts[key] = self._store.insert("Account", filled(self._store, "Account", fields, key)).id

    def _plant_product(self, product: Product) -> None:
        sku = product.sku
        self.tax_codes[sku] = product.tax_code
        fields = {
            "Name": product.name or sku,
            "ProductCode": sku,
            "StockKeepingUnit": sku,
            "IsActive": True,
            "CurrencyIsoCode": "USD",
        }
        known = self._store.find("Product2", self._products.get(sku, ""))
        if known is not None:
            self._store.update(known, fields)
        else:
            self._products[sku] = self._store.insert("Product2", filled(self._store, "Product2", fields, sku)).id
        for currency, price in product.prices.items():
            entry = self.entry(sku, currency, price)
            if entry.fields["UnitPrice"] != price:
                self._store.update(entry, {"UnitPrice": price})
