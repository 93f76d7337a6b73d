"""Exchange rates: what one unit of each currency is worth in the reporting currency, and since when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from gameday.base.money import to_currency


class Amount(msgspec.Struct, frozen=True):
    """Money of one or several currencies.

    ``amount`` is its sum in the reporting ``currency``; None where a rate is ``missing``, for a part would be left out.
    ``by_currency`` always has all of it, without zeros.
    """

    amount: Decimal | None
    currency: str
    by_currency: dict[str, Decimal]
    missing: tuple[str, ...] = ()


class Rate(msgspec.Struct, frozen=True):
    """One unit of ``currency`` is worth ``rate`` units of the reporting currency as of that day."""

    currency: str
    rate: Decimal
    as_of: datetime.date


class Rates(msgspec.Struct, frozen=True):
    """The reporting currency and the rates of the others; without a ``reporting`` currency there are none."""

    reporting: str = ""
    rates: tuple[Rate, ...] = ()

    def of(self, currency: str) -> Decimal | None:
        """What one unit is worth in the reporting currency; None where the rate is missing."""
        if currency == self.reporting:
            return Decimal(1)
        newest = max((r for r in self.rates if r.currency == currency), key=lambda r: r.as_of, default=None)
        return None if newest is None else newest.rate

    def on(self, day: datetime.date) -> Rates:
        """The rates of one day: for each currency the newest that is not later than the day."""
        newest: dict[str, Rate] = {}
        for rate in sorted(self.rates, key=lambda rate: rate.as_of):
            if rate.as_of <= day:
                newest[rate.currency] = rate
        return Rates(self.reporting, tuple(newest[currency] for currency in sorted(newest)))

    def among(self, currencies: Iterable[str]) -> Rates:
        """Only the rates of these; where no reporting currency is declared and they are one, it is that one."""
        used = set(currencies)
        if not self.reporting and len(used) == 1:
            return Rates(used.pop())
        return Rates(self.reporting, tuple(rate for rate in self.rates if rate.currency in used))

    def amount(self, by_currency: Mapping[str, Decimal]) -> Amount:
        """Amounts by currency with their sum in the reporting currency."""
        money = {currency: amount for currency, amount in sorted(by_currency.items()) if amount}
        rates = {currency: self.of(currency) for currency in money}
        missing = tuple(currency for currency, rate in rates.items() if rate is None)
        total = sum((amount * (rates[currency] or 0) for currency, amount in money.items()), Decimal(0))
        return Amount(None if missing else to_currency(total, self.reporting), self.reporting, money, missing)
