"""The tax on the lines of generated deals: codes with their rates, and the tax that follows from them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from gameday.base.money import tax_on
from gameday.model.workload import DealLine

#: Rates in percent by code; every ERP of a run is seeded with those that the deals use.
TAX_CODES = {"EXEMPT": Decimal(0), "VAT7": Decimal(7), "VAT19": Decimal(19), "VAT20": Decimal(20)}


def tax_codes(rate: float | None) -> dict[str, Decimal]:
    """The codes of a workload: the one of a rate (0.1 for 10%), or the usual ones.

    >>> tax_codes(0.081)
    {'S-8_1': Decimal('8.1')}
    """
    if rate is None:
        return dict(TAX_CODES)
    percent = (Decimal(str(rate)) * 100).normalize()
    # External ids of an ERP may have no points; normalize() turns 10 into 1E+1.
    return {f"S-{percent:f}".replace(".", "_"): Decimal(f"{percent:f}")}


def with_taxes(
    lines: Iterable[DealLine],
    currency: str,
    codes: Mapping[str, Decimal],
    of_products: Mapping[str, str],
    share: float,
    chance: random.Random,
) -> list[DealLine]:
    """The lines with a tax code and the tax by it: that of their product (by SKU), for about a share of them any."""
    taxed_lines = []
    for line in lines:
        code = chance.choice(list(codes)) if chance.random() < share else of_products.get(line.sku, "")
        coded = msgspec.structs.replace(line, tax_code=code, tax_percent=codes[code]) if code else line
        taxed_lines.append(taxed(coded, currency))
    return taxed_lines


def taxed(line: DealLine, currency: str) -> DealLine:
    """The line with the tax on its amount by its code; without a code, as it is."""
    if line.tax_percent is None:
        return line
    return msgspec.structs.replace(line, tax=tax_on(line.amount, line.tax_percent, currency))
