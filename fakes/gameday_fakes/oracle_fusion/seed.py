"""What a fresh pod has, and the customers and items of a workload."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from gameday_fakes.business_operations import Account, Product
from gameday_fakes.clock import Clock
from gameday_fakes.oracle_fusion.faults import StateFaults
from gameday_fakes.oracle_fusion.masters import ITEMS, ORGANIZATIONS
from gameday_fakes.oracle_fusion.settings import Settings
from gameday_fakes.oracle_fusion.store import PodStore

#: Decimals by ISO code (ISO 4217).
CURRENCIES = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "CAD": 2, "AUD": 2, "CHF": 2, "KWD": 3, "SEK": 2, "INR": 2}
TAXES = {"VAT7": Decimal(7), "VAT19": Decimal(19), "VAT20": Decimal(20)}
#: Since when the first prices are in effect.
_SINCE = datetime.date(2000, 1, 1)
_LONGEST_NUMBER = 30


def new_store(clock: Clock, state: StateFaults, settings: Settings) -> PodStore:
    """The records of a fresh pod."""
    store = PodStore(clock, state, settings)
    store.currencies.update(CURRENCIES)
    store.tax_rates.update(TAXES)
    return store


def plant(
    store: PodStore,
    accounts: Iterable[Account],
    products: Iterable[Product],
    tax_codes: Mapping[str, Decimal] = MappingProxyType({}),
) -> None:
    """Give the pod its customers, items, prices and taxes; those that it has are brought up to date.

    A customer's number is the account's id in the CRM, an item's number its SKU. Raises ValueError.
    """
    store.tax_rates.update(tax_codes)
    for account in accounts:
        _set_customer(store, account)
    for product in products:
        _set_item(store, product)


def _set_customer(store: PodStore, account: Account) -> None:
    key = account.id or account.key
    if not key or len(key) > _LONGEST_NUMBER:
        raise ValueError(f"an account needs an id or a key of at most {_LONGEST_NUMBER} characters, not {key[:40]!r}")
    currency = account.currency or "USD"
    store.currencies.setdefault(currency, 2)
    given = {
        "PartyNumber": key,
        "OrganizationName": account.name or key,
        "CurrencyCode": currency,
        "Country": account.country or None,
        "City": account.city or None,
        "_key": key,
    }
    known = store.organization(key)
    if known is None:
        store.add(ORGANIZATIONS, given)
    else:
        store.touched(ORGANIZATIONS, known, **given)


def _set_item(store: PodStore, product: Product) -> None:
    given = {"ItemNumber": product.sku, "ItemDescription": product.name or product.sku}
    if product.tax_code:
        if product.tax_code not in store.tax_rates:
            raise ValueError(f"unknown tax code {product.tax_code!r}")
        given["OutputTaxClassificationCodeValue"] = product.tax_code
    known = store.item(product.sku)
    if known is None:
        store.add(ITEMS, given)
    else:
        store.touched(ITEMS, known, **given)
    for currency, price in product.prices.items():
        store.set_price(product.sku, currency, price, _SINCE)
