"""Formats figures: counts, shares, money, moments and spans of scenario time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from gameday.base.durations import words
from gameday.base.money import decimals_of
from gameday.model.rates import Amount

#: Shown where there is no value.
NOT_SEEN = "not seen"
NONE = "—"


def count(number: int | None) -> str:
    """``12,345``."""
    return NONE if number is None else f"{number:,}"


def parameter(name: str, value: object) -> str:
    """A parameter of a fault in words, with the unit that its name ends with.

    >>> parameter("new_name", "Total__c"), parameter("delay_s", 20), parameter("rate_kib_s", 8)
    ('new name: Total__c', 'delay: 20 s', 'rate: 8 KiB/s')
    """
    for ending, unit in (("_kib_s", " KiB/s"), ("_us", " µs"), ("_s", " s")):
        if name.endswith(ending):
            return f"{name.removesuffix(ending).replace('_', ' ')}: {value}{unit}"
    return f"{name.replace('_', ' ')}: {value}"


def capital(sentence: str) -> str:
    """The sentence with its first letter in upper case."""
    return sentence[:1].upper() + sentence[1:]


def share(part: float, whole: float) -> str:
    """A share in per cent; only an exact 0 or 1 is shown as 0% or 100%.

    >>> share(1, 3), share(1, 100_000), share(99_999, 100_000), share(0, 5), share(1, 0)
    ('33.3%', '<0.1%', '>99.9%', '0%', '—')
    """
    if not whole:
        return NONE
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "<0.1%"
    if 99.9 < percent < 100:
        return ">99.9%"
    return f"{percent:.1f}".removesuffix(".0") + "%"


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency code and that currency's decimals.

    >>> money(Decimal("1234.5"), "EUR"), money(Decimal("-70"), "JPY")
    ('EUR\\xa01,234.50', 'JPY\\xa0-70')
    """
    return f"{currency}\N{NO-BREAK SPACE}{figure(amount, currency)}"


def figure(amount: Decimal, currency: str) -> str:
    """An amount without its currency; extra decimals are kept, because they may be what went wrong.

    >>> figure(Decimal("7.5"), "EUR"), figure(Decimal("0.125"), "EUR"), figure(Decimal("0.00"), "EUR")
    ('7.50', '0.125', '0')
    """
    if not amount:
        return "0"
    exponent = amount.normalize().as_tuple().exponent
    needed = -exponent if isinstance(exponent, int) else 0
    return f"{amount:,.{max(needed, decimals_of(currency))}f}"


def monies(amounts: Mapping[str, Decimal]) -> str:
    """Amounts by currency, without zeros; currencies are never added up.

    >>> monies({"EUR": Decimal(5), "USD": Decimal(0)})
    'EUR\\xa05.00'
    """
    return ", ".join(money(amount, currency) for currency, amount in amounts.items() if amount) or "none"


def whole_monies(amounts: Mapping[str, Decimal]) -> str:
    """Amounts by currency in whole units, for prose.

    >>> whole_monies({"EUR": Decimal("5.60"), "JPY": Decimal(9), "USD": Decimal("0.20")})
    'EUR\\xa06, JPY\\xa09 and USD\\xa00'
    """
    *first, last = [f"{code}\N{NO-BREAK SPACE}{amount:,}" for code, amount in rounded(amounts).items()] or ["none"]
    return f"{', '.join(first)} and {last}" if first else last


def whole(amount: Decimal) -> str:
    """An amount in whole units.

    >>> whole(Decimal("1234.56"))
    '1,235'
    """
    return f"{amount.quantize(Decimal(1), ROUND_HALF_EVEN):,}"


def rounded(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Amounts by currency in whole units, without zeros."""
    units = {currency: amount.quantize(Decimal(1), ROUND_HALF_EVEN) for currency, amount in amounts.items() if amount}
    return dict(sorted(units.items()))


def reported(amount: Amount) -> str:
    """Money in the reporting currency; by currency where a rate is missing.

    >>> from gameday.model.rates import Rates
    >>> reported(Rates("USD").amount({"USD": Decimal("1500.25")})), reported(Rates("USD").amount({}))
    ('USD\\xa01,500', 'none')
    >>> reported(Rates("USD").amount({"EUR": Decimal(7), "USD": Decimal(2)}))
    'EUR\\xa07 and USD\\xa02 (no rate for EUR)'
    """
    if amount.amount is None:
        return f"{whole_monies(amount.by_currency)} (no rate for {', '.join(amount.missing)})"
    return whole_monies({amount.currency: amount.amount})


def moment(time_s: float | None, *, missing: str = NOT_SEEN) -> str:
    """A moment of scenario time as minutes and seconds, or hours, minutes and seconds.

    >>> moment(65.4), moment(3725), moment(-1), moment(None)
    ('1:05', '1:02:05', '-0:01', 'not seen')
    """
    if time_s is None or not math.isfinite(time_s):
        return missing
    minutes, seconds = divmod(math.floor(abs(time_s)), 60)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if time_s < 0 else ""
    return f"{sign}{hours}:{minutes:02}:{seconds:02}" if hours else f"{sign}{minutes}:{seconds:02}"


def span(seconds: float | None, *, missing: str = NOT_SEEN) -> str:
    """A span of scenario time in words; a negative one is shown as "before".

    >>> span(90), span(-5), span(None)
    ('1 min 30 s', '5 s before', 'not seen')
    """
    if seconds is None or not math.isfinite(seconds):
        return missing
    text = words(abs(seconds)) or "0 s"
    return f"{text} before" if seconds < 0 else text


def points(value: float | None) -> str:
    """A score.

    >>> points(98.0), points(49.5), points(None)
    ('98', '49.5', '—')
    """
    return NONE if value is None else f"{value:g}"
