"""The currencies that an organisation trades in, as records: ``CurrencyType``, and ``DatedConversionRate`` by day.

Salesforce, "Object Reference", "CurrencyType" and "DatedConversionRate". The rates are examples that do not change.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

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


def plant(store: SalesforceStore) -> None:
    """Add the records. To be called within a change."""
    for code, rate in _RATES.items():
        common = {"IsoCode": code, "ConversionRate": Decimal(rate)}
        own = {"DecimalPlaces": Decimal(decimals(code)), "IsActive": True, "IsCorporate": code == CURRENCIES[0]}
        store.insert("CurrencyType", {**common, **own})
        store.insert("DatedConversionRate", {**common, "StartDate": _FIRST_DAY, "NextStartDate": _LAST_DAY})
