"""What a fresh client has, and the customers and products of a workload."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from gameday_fakes.business_operations import Account, Product
from gameday_fakes.clock import Clock
from gameday_fakes.s4hana.account import LANGUAGE, SALES_AREA
from gameday_fakes.s4hana.faults import StateFaults
from gameday_fakes.s4hana.masters import (
    ADDRESS,
    CUSTOMER,
    DESCRIPTION,
    PARTNER,
    PRODUCT,
    ROLE,
    SALES_TAX,
)
from gameday_fakes.s4hana.masters import SALES_AREA as CUSTOMER_SALES_AREA
from gameday_fakes.s4hana.store import ClientStore

CURRENCIES = ("USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "KWD", "SEK", "INR")
TAX_CLASSIFICATIONS = {"0": Decimal(0), "1": Decimal(19), "2": Decimal(7)}
_LONGEST_PRODUCT, _LONGEST_KEY = 40, 20
_AREA = (SALES_AREA["SalesOrganization"], SALES_AREA["DistributionChannel"], SALES_AREA["OrganizationDivision"])


def new_store(clock: Clock, state: StateFaults) -> ClientStore:
    """The records of a fresh client."""
    store = ClientStore(clock, state)
    store.currencies.update(CURRENCIES)
    store.tax_rates.update(TAX_CLASSIFICATIONS)
    return store


def plant(
    store: ClientStore,
    accounts: Iterable[Account],
    products: Iterable[Product],
    tax_codes: Mapping[str, Decimal] = MappingProxyType({}),
) -> None:
    """Give the client its customers, products, prices and tax rates; those that it has are brought up to date.

    A customer's number comes from the number range; the account's id in the CRM is its
    ``BusinessPartnerIDByExtSystem``. A product's number is its SKU in upper case, and its old number the SKU as
    it is in the CRM. Raises ValueError.
    """
    store.tax_rates.update({code.upper(): rate for code, rate in tax_codes.items()})
    for account in accounts:
        set_customer(store, account)
    for product in products:
        _set_product(store, product)


def set_customer(store: ClientStore, account: Account) -> str:
    """Add a customer, or bring it up to date; its number."""
    key = account.id or account.key
    if not key or len(key) > _LONGEST_KEY:
        raise ValueError(f"an account needs an id or a key of at most {_LONGEST_KEY} characters, not {key[:40]!r}")
    known = store[PARTNER].find(("BusinessPartnerIDByExtSystem",), (key,))
    name = (account.name or key)[:40]
    named = {"OrganizationBPName1": name, "BusinessPartnerName": name, "BusinessPartnerFullName": name, "_key": key}
    if known:
        store.put(PARTNER, store.stamped({**known[0].values, **named}))
        number = str(known[0].values["BusinessPartner"])
    else:
        number = store.next_number(PARTNER)
        identity = {"BusinessPartner": number, "Customer": number, "BusinessPartnerCategory": "2"}
        store.add(PARTNER, {**named, **identity, "BusinessPartnerIDByExtSystem": key})
        store.add(ROLE, {"BusinessPartner": number, "BusinessPartnerRole": "FLCU01"})
        store.add(CUSTOMER, {"Customer": number, "CustomerName": name, "CustomerFullName": name})
        store.add(ADDRESS, {"BusinessPartner": number, "AddressID": store.next_number(ADDRESS)})
    currency = account.currency or CURRENCIES[0]
    store.currencies.add(currency)
    area = dict(zip(("SalesOrganization", "DistributionChannel", "Division"), _AREA, strict=True))
    terms = {"CustomerPaymentTerms": "NT30", "IncotermsClassification": "EXW"}
    store.add(CUSTOMER_SALES_AREA, {"Customer": number, **area, "Currency": currency, **terms})
    address = store[ADDRESS].find(("BusinessPartner",), (number,))[0]
    place = {"CityName": (account.city or "")[:40], "Country": (account.country or "").upper()[:3]}
    store.put(ADDRESS, {**address.values, **place})
    return number


def _set_product(store: ClientStore, product: Product) -> None:
    number = store.number_of(product.sku)
    # Numbers are in upper case: SKUs that differ in case only need a number of their own.
    while (known := store.get(PRODUCT, number)) is not None and known.values["_sku"] not in ("", product.sku):
        number = f"{number}-2"
    if len(number) > _LONGEST_PRODUCT:
        raise ValueError(f"{product.sku[:60]!r} is longer than the {_LONGEST_PRODUCT} characters of a product")
    identity = {"ProductOldID": product.sku, "_sku": product.sku}
    given = {"Product": number, "ProductType": "FERT", "BaseUnit": "PC", **identity}
    if known is None:
        store.add(PRODUCT, given)
    else:
        store.put(PRODUCT, store.stamped({**known.values, **given}))
    text = (product.name or product.sku)[:40]
    store.add(DESCRIPTION, {"Product": number, "Language": LANGUAGE, "ProductDescription": text})
    if product.tax_code:
        code = product.tax_code.upper()
        if code not in store.tax_rates:
            raise ValueError(f"unknown tax code {product.tax_code!r}")
        tax = {"Product": number, "Country": "DE", "TaxCategory": "MWST", "TaxClassification": code}
        store.add(SALES_TAX, tax)
    for currency, price in product.prices.items():
        set_price(store, number, currency, price)


def set_price(store: ClientStore, product: str, currency: str, price: Decimal) -> None:
    """Change the list price of a product."""
    store.currencies.add(currency)
    store.prices[product, currency] = price
