"""What a fresh company has, and the customers and items of a workload."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from gameday_fakes.business_central.account import COMPANY_NAME, CREDENTIALS
from gameday_fakes.business_central.faults import StateFaults
from gameday_fakes.business_central.store import CompanyStore
from gameday_fakes.business_operations import Account, Product
from gameday_fakes.clock import Clock

#: ISO code, name and decimals (ISO 4217); the first is the company's own.
CURRENCIES = (
    ("USD", "US dollar", 2),
    ("EUR", "Euro", 2),
    ("GBP", "Pound Sterling", 2),
    ("JPY", "Japanese yen", 0),
    ("CAD", "Canadian dollar", 2),
    ("AUD", "Australian dollar", 2),
    ("CHF", "Swiss franc", 2),
    ("KWD", "Kuwaiti dinar", 3),
    ("SEK", "Swedish krona", 2),
    ("INR", "Indian rupee", 2),
)
#: Code, name and how the due date is computed. The names are those that CRMs and contracts have.
TERMS = (("COD", "Due on receipt", "0D"), ("15D", "Net 15", "15D"), ("30D", "Net 30", "30D"), ("60D", "Net 60", "60D"))
TAX_GROUPS = {"EXEMPT": Decimal(0), "VAT7": Decimal(7), "VAT19": Decimal(19), "VAT20": Decimal(20)}
#: How many years of accounting periods there are, before and after this one.
_YEARS = (15, 2)
#: The months as a company names its periods, whatever the locale of this process.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
#: A number of a customer or an item has 20 characters at most.
_LONGEST_NUMBER = 20


def new_store(clock: Clock, state: StateFaults) -> CompanyStore:
    """The records of a fresh company."""
    store = CompanyStore(clock, state)
    company = {"id": CREDENTIALS["company"], "name": COMPANY_NAME, "displayName": COMPANY_NAME}
    store.add("companies", company)
    for code, name, decimals in CURRENCIES:
        store.set_currency(code, name, decimals)
    for code, name, due in TERMS:
        store.add("paymentTerms", {"code": code, "displayName": name, "dueDateCalculation": due})
    store.add("taxAreas", {"code": "DEFAULT", "displayName": "Default tax area"})
    for code, rate in TAX_GROUPS.items():
        _set_tax(store, code, rate)
    this_year = store.today().year
    for year in range(this_year - _YEARS[0], this_year + _YEARS[1] + 1):
        for month in range(1, 13):
            first = datetime.date(year, month, 1)
            given = {"startingDate": first, "name": _MONTHS[month - 1], "newFiscalYear": month == 1}
            store.add("accountingPeriods", given)
    return store


def plant(
    store: CompanyStore,
    accounts: Iterable[Account],
    products: Iterable[Product],
    tax_codes: Mapping[str, Decimal] = MappingProxyType({}),
) -> None:
    """Give the company its customers, items, prices and tax groups; those that it has are brought up to date.

    A customer's number is the account's id in the CRM, an item's number its SKU, both in upper case. Raises ValueError.
    """
    for code, rate in tax_codes.items():
        _set_tax(store, code, rate)
    for account in accounts:
        _set_customer(store, account)
    for product in products:
        _set_item(store, product)


def _set_customer(store: CompanyStore, account: Account) -> None:
    key = account.id or account.key
    if not key:
        raise ValueError("an account needs an id or a key")
    number = _number(key)
    currency = account.currency or store.local_currency
    store.set_currency(currency, currency, 2)
    given = {
        "number": number,
        "displayName": account.name or key,
        "currencyCode": currency,
        "currencyId": store.currency_id(currency),
        "country": (account.country or "").upper(),
        "city": account.city or "",
        "_key": key,
    }
    known = store.by("customers", "number", number)
    if known is None:
        store.add("customers", given)
    else:
        store.put("customers", store.stamped({**known.values, **given}))


def _set_item(store: CompanyStore, product: Product) -> None:
    number = _number(product.sku)
    given = {"number": number, "displayName": product.name or product.sku, "baseUnitOfMeasureCode": "PCS"}
    if product.tax_code:
        group = store.by("taxGroups", "code", product.tax_code.upper())
        if group is None:
            raise ValueError(f"unknown tax code {product.tax_code!r}")
        given |= {"taxGroupCode": group.values["code"], "taxGroupId": group.values["id"]}
    known = store.by("items", "number", number)
    record = store.add("items", given) if known is None else store.put("items", {**known.values, **given})
    for currency, price in product.prices.items():
        set_price(store, record.values["id"], currency, price)


def set_price(store: CompanyStore, item: str, currency: str, price: Decimal) -> None:
    """Change the list price of an item; that in the company's own currency is a field of the item."""
    store.set_currency(currency, currency, 2)
    store.prices[item, currency] = price
    record = store.get("items", item)
    if currency == store.local_currency and record is not None:
        store.put("items", store.stamped({**record.values, "unitPrice": price}))


def _set_tax(store: CompanyStore, code: str, rate: Decimal) -> None:
    code = code.upper()
    if store.by("taxGroups", "code", code) is None:
        store.add("taxGroups", {"code": code, "displayName": code})
    store.tax_rates[code] = rate


def _number(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"{text[:40]!r} is longer than the {_LONGEST_NUMBER} characters of a number")
    return text.upper()
