"""What a fresh account has (currencies, a subsidiary, accounting periods), and seeding it with customers and items."""

from __future__ import annotations

import calendar
import datetime
import functools
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from gameday_fakes.business_operations import Account, Product
from gameday_fakes.clock import Clock
from gameday_fakes.netsuite import customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.faults import StateFaults
from gameday_fakes.netsuite.fields import BUNDLED
from gameday_fakes.netsuite.model import Model
from gameday_fakes.netsuite.required import examples
from gameday_fakes.netsuite.store import NetSuiteStore, period_id
from gameday_fakes.organisation.model import OrganisationError

#: ISO code, name and decimals (ISO 4217); the first is the account's own currency.
CURRENCIES = (
    ("USD", "US Dollar", 2),
    ("EUR", "Euro", 2),
    ("GBP", "British Pound", 2),
    ("JPY", "Japanese Yen", 0),
    ("CAD", "Canadian Dollar", 2),
    ("AUD", "Australian Dollar", 2),
    ("CHF", "Swiss Franc", 2),
    ("KWD", "Kuwaiti Dinar", 3),
    ("SEK", "Swedish Krona", 2),
    ("INR", "Indian Rupee", 2),
)

#: Terms of payment, with the days until an invoice is due. Tax codes with their rates in percent: a line has a tax
#: only if it, or its item, has a code.
TERMS = {"Due on receipt": 0, "Net 15": 15, "Net 30": 30, "Net 60": 60}
TAX_CODES = {"EXEMPT": Decimal(0), "VAT7": Decimal(7), "VAT19": Decimal(19), "VAT20": Decimal(20)}

#: The price levels that every account has, the base price first.
PRICE_LEVELS = ("Base Price", "Alternate Price 1", "Alternate Price 2", "Alternate Price 3", "Online Price")

#: Record types of which an account has those of its file and no others.
_REPLACED = ("subsidiary", "term", "salesTaxItem")

#: The months as a fresh account names its periods, whatever the locale of this process.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: How many years of accounting periods there are, before and after this one.
YEARS = (15, 2)


def new_store(clock: Clock, faults: StateFaults, model: Model = BUNDLED) -> NetSuiteStore:
    """The records of a fresh account."""
    store = NetSuiteStore(clock, faults, model)
    for number, (symbol, name, decimals) in enumerate(CURRENCIES, start=1):
        _add_currency(store, symbol, name, decimals, id_=str(number))
    store.add("subsidiary", {"name": "Parent Company", "currency": "1", "country": "US"}, id_="1")
    for number, (name, days) in enumerate(TERMS.items(), start=1):
        store.add("term", {"name": name, "daysUntilNetDue": days, "isInactive": False}, id_=str(number))
    for number, (code, rate) in enumerate(TAX_CODES.items(), start=1):
        _add_tax_code(store, code, rate, id_=str(number))
    for number, name in enumerate(PRICE_LEVELS, start=1):
        store.add("priceLevel", {"name": name, "isInactive": False}, id_=str(number))
    this_year = datetime.datetime.fromtimestamp(clock.wall_s(), datetime.UTC).year
    for year in range(this_year - YEARS[0], this_year + YEARS[1] + 1):
        for month in range(1, 13):
            _add_period(store, year, month)
    _plant_given(store)
    return store


def plant(
    store: NetSuiteStore,
    accounts: Iterable[Account],
    products: Iterable[Product],
    tax_codes: Mapping[str, Decimal] = MappingProxyType({}),
) -> None:
    """Give the ERP its customers, items, prices and tax codes; those that it has already are brought up to date.

    A customer's external id is the account's id in the CRM; an item's external id and name are its SKU.
    """
    for code, rate in tax_codes.items():
        _add_tax_code(store, code, rate)
    for account in accounts:
        external_id = account.id or account.key
        if not external_id:
            raise ValueError("an account needs an id or a key")
        fields = {
            "entityId": account.key or external_id,
            "companyName": account.name or external_id,
            "currency": currency_id(store, account.currency or "USD"),
            "subsidiary": store.default_subsidiary,
            "country": account.country or "",
            "city": account.city or "",
            "isInactive": False,
        }
        if "custentity_crm_account_id" in store.model.record_types["customer"].fields:
            fields["custentity_crm_account_id"] = external_id
        store.add("customer", _whole(store, "customer", fields), external_id=external_id)
    for product in products:
        fields = {"itemId": product.sku, "displayName": product.name or product.sku, "isInactive": False}
        item = store.add("inventoryItem", _whole(store, "inventoryItem", fields), external_id=product.sku)
        for symbol, price in product.prices.items():
            store.set_price(item.id, currency_id(store, symbol), price)
        if product.tax_code:
            store.tax_codes[item.id] = store.by_external_id["salesTaxItem"][product.tax_code]


def _whole(store: NetSuiteStore, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a record with what the account requires and has by default."""
    known = store.model.record_types[kind]
    given = {**examples(store, known, fields), **fields}
    standard = {name: value for name, value in given.items() if name not in known.further and name not in fields}
    own = {name: customs.value_of(store, known.fields[name], value, name) for name, value in standard.items()}
    return {**fields, **own, **customs.new(store, known.further, {}, given)}


def _plant_given(store: NetSuiteStore) -> None:
    """Add the records that the organisation's files give. Raises OrganisationError."""
    planted = []
    for kind, records in store.model.planted.items():
        if kind in _REPLACED:
            store.records[kind].clear()
            store.by_external_id[kind].clear()
        for given in records:
            external_id, id_ = (str(given.get(name) or "") for name in ("externalId", "id"))
            if external_id in store.by_external_id[kind] or id_ in store.records[kind]:
                raise OrganisationError(f"{kind}.json: two records are {(id_ or external_id)[:80]!r}")
            planted.append((kind, given, store.add(kind, {}, external_id=external_id, id_=id_)))
    store.keep_free(record.id for _, _, record in planted)
    # Records can refer to each other, so all are there first.
    for kind, given, record in planted:
        fields = store.model.record_types[kind].fields
        for name in given.keys() - {"id", "externalId"}:
            if name not in fields or fields[name].read_only:
                known = ", ".join(each for each, field in fields.items() if not field.read_only)
                raise OrganisationError(f"{kind}.json: a record has the unknown field {name[:80]!r}; known: {known}")
            try:
                record.fields[name] = customs.value_of(store, fields[name], given[name], name)
            except Refused as refused:
                raise OrganisationError(f"{kind}.json: a record has {name!r}: {refused.detail}") from None
        missing = customs.missing(fields, given)
        if missing:
            raise OrganisationError(f"{kind}.json: a record lacks {', '.join(missing)}")


def currency_id(store: NetSuiteStore, symbol: str) -> str:
    """The internal id of a currency by its ISO code; an unknown one is added, with two decimals."""
    internal_id = store.by_external_id["currency"].get(symbol)
    return internal_id or _add_currency(store, symbol, symbol, 2)


def _add_tax_code(store: NetSuiteStore, code: str, rate: Decimal, *, id_: str = "") -> None:
    store.add("salesTaxItem", {"itemId": code, "rate": rate, "isInactive": False}, external_id=code, id_=id_)


def _add_currency(store: NetSuiteStore, symbol: str, name: str, decimals: int, *, id_: str = "") -> str:
    fields = {
        "name": name,
        "symbol": symbol,
        "currencyPrecision": decimals,
        "exchangeRate": Decimal(1),
        "isBaseCurrency": symbol == CURRENCIES[0][0],
        "isInactive": False,
    }
    return store.add("currency", fields, external_id=symbol, id_=id_).id


def _add_period(store: NetSuiteStore, year: int, month: int) -> None:
    store.add("accountingPeriod", dict(_period(year, month)), id_=period_id(f"{year:04}-{month:02}"))


@functools.lru_cache(maxsize=1024)
def _period(year: int, month: int) -> Mapping[str, Any]:
    """The fields of a month's period. An account has more than two hundred, and each run has its own account."""
    period = f"{year:04}-{month:02}"
    return {
        "periodName": f"{_MONTHS[month - 1]} {year}",
        "startDate": f"{period}-01",
        "endDate": f"{period}-{calendar.monthrange(year, month)[1]:02}",
        "closed": False,
        "allLocked": False,
        "arLocked": False,
        "isPosting": True,
        **dict.fromkeys(("isAdjust", "isQuarter", "isYear", "isInactive"), False),
    }
