"""The currencies that an organisation trades in, as records: ``CurrencyType``, and ``DatedConversionRate`` by day.

Salesforce, "Object Reference", "CurrencyType" and "DatedConversionRate". The rates are examples that do not change.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from gameday_fakes.sql import numbers

if TYPE_CHECKING:
    from gameday_fakes.salesforce.models import SalesforceStore

#: What one unit of the organisation's own currency, the first one, is worth in each (ISO 4217).
_RATES = {
    "USD": "1",
    "EUR": "0.9",
    "GBP": "0.8",
    "JPY": "150",
    "CAD": "1.35",
    "AUD": "1.5",
    "CHF": "0.9",
    "KWD": "0.3",
    "SEK": "10.5",
    "INR": "83",
}
CURRENCIES = tuple(_RATES)
#: Of the currencies that have other than two decimals.
_DECIMALS = {"JPY": 0, "KWD": 3}
_FIRST_DAY, _LAST_DAY = "2000-01-01", "9999-12-31"


def decimals(currency: str) -> int:
    """How many decimals the amounts of a currency have."""
    return _DECIMALS.get(currency, 2)


#: Digits behind the point of what is converted; how many there are in fact is to be confirmed.
_DIGITS, _LARGEST = Decimal("1e-10"), 25


def own_currency(store: SalesforceStore) -> str:
    """The organisation's own currency, which is its users' too."""
    own = (record.fields["IsoCode"] for record in store.tables["CurrencyType"].values() if record.fields["IsCorporate"])
    return str(next(own, CURRENCIES[0]))


def is_active(store: SalesforceStore, currency: str) -> bool:
    """Whether amounts can be in a currency."""
    records = store.tables["CurrencyType"].values()
    return any(record.fields["IsoCode"] == currency and record.fields["IsActive"] for record in records)


def converter(store: SalesforceStore) -> Callable[[Any, str | None], str | None]:
    """A function that makes of an amount in a currency the one in the organisation's own; null of null."""

    def convert(amount: Any, currency: str | None) -> str | None:
        if amount is None:
            return None
        for record in store.tables["CurrencyType"].values():
            rate = record.fields["ConversionRate"]
            if record.fields["IsoCode"] == currency and rate and rate != 1:
                converted = numbers.EXACT.divide(numbers.decimal(amount), rate)
                is_huge = converted.adjusted() > _LARGEST
                return numbers.plain(
                    converted if is_huge else converted.quantize(_DIGITS, ROUND_HALF_UP, numbers.EXACT)
                )
        return str(amount)

    return convert


def plant(store: SalesforceStore) -> None:
    """Add the records. To be called within a change."""
    for code, rate in _RATES.items():
        common = {"IsoCode": code, "ConversionRate": Decimal(rate)}
        own = {"DecimalPlaces": Decimal(decimals(code)), "IsActive": True, "IsCorporate": code == CURRENCIES[0]}
        store.insert("CurrencyType", {**common, **own})
        store.insert("DatedConversionRate", {**common, "StartDate": _FIRST_DAY, "NextStartDate": _LAST_DAY})
