"""Exact money: how many decimals a currency has, and rounding to them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

#: Currencies whose amounts do not have two decimals (ISO 4217).
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def decimals_of(currency: str) -> int:
    """How many decimals amounts in a currency have, by its ISO code."""
    return _DECIMALS.get(currency, 2)


def to_currency(amount: Decimal, currency: str) -> Decimal:
    """An amount rounded to the decimals of its currency; halves are rounded away from 0, as invoices do.

    >>> to_currency(Decimal("957.5775"), "USD"), to_currency(Decimal("7.5"), "JPY")
    (Decimal('957.58'), Decimal('8'))
    """
    return amount.quantize(Decimal(1).scaleb(-decimals_of(currency)), ROUND_HALF_UP)


def short(number: Decimal) -> Decimal:
    """A number in as few digits as it needs: 100, neither 1E+2, which not every JSON reader accepts, nor 100.000.

    >>> short(Decimal("100.000")), short(Decimal("0.1250"))
    (Decimal('100'), Decimal('0.125'))
    """
    number = number.normalize()
    return number.quantize(Decimal(1)) if number == number.to_integral() else number


def tax_on(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """The tax on a line's net amount at a rate in percent, rounded to the decimals of the currency.

    >>> tax_on(Decimal("80.00"), Decimal(10), "USD")
    Decimal('8.00')
    """
    return to_currency(amount * percent / 100, currency)


def net_total(unit_price: Decimal, quantity: Decimal, discount: Decimal | None, currency: str) -> Decimal:
    """Quantity times unit price less a discount in percent, rounded once, to the decimals of the currency.

    >>> net_total(Decimal("437.78"), Decimal(24), Decimal("7.5"), "USD")
    Decimal('9718.72')
    """
    return to_currency(unit_price * quantity * (100 - (discount or 0)) / 100, currency)
