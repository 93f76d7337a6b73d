"""Reads the exchange rates of a registry of flows: one reporting currency, and a dated rate for each other one."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from gameday.base.bounded_yaml import read_yaml_nodes
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown
from gameday.contracts.values import read_number
from gameday.model.rates import Rate, Rates

#: The keys of the registry beside its flows, and the columns of a rate.
KEYS = ("reporting_currency", "rates")
COLUMNS = ("currency", "rate", "as_of")
_CODE = re.compile(r"[A-Z]{3}\Z")


def read_rates(path: Path) -> Rates:
    """The rates of a registry that ``read_flows`` has read; a CSV file has none. Raises GamedayError with the line."""
    if path.suffix == ".csv":
        return Rates()
    root: Any = read_yaml_nodes(path.read_bytes(), where=str(path), what="a registry of flows")
    keys = {key.value: (value, f"{path}:{key.start_mark.line + 1}") for key, value in root.value}
    if "rates" in keys and "reporting_currency" not in keys:
        raise GamedayError(f"{keys['rates'][1]}: rates without a currency", hint="add reporting_currency: USD")
    if "reporting_currency" not in keys:
        return Rates()
    node, where = keys["reporting_currency"]
    reporting = _code(node.value, f"{where}: reporting_currency")
    node, where = keys.get("rates", (None, ""))
    rates: dict[tuple[str, datetime.date], Rate] = {}
    for row in [] if node is None else _rows(node, where):
        at = f"{path}:{row.start_mark.line + 1}"
        rate = _rate(row, at)
        if rate.currency == reporting:
            raise GamedayError(f"{at}: {reporting} is the reporting currency", hint="it needs no rate")
        if (rate.currency, rate.as_of) in rates:
            raise GamedayError(f"{at}: {rate.currency} has two rates as of {rate.as_of}")
        rates[rate.currency, rate.as_of] = rate
    return Rates(reporting, tuple(rates.values()))


def _rows(node: Any, where: str) -> list[Any]:
    if not isinstance(node, yaml.SequenceNode):
        raise GamedayError(
            f"{where}: rates is not a list", hint="write - {currency: EUR, rate: 1.08, as_of: 2026-01-02}"
        )
    return list(node.value)


def _rate(row: Any, where: str) -> Rate:
    if not isinstance(row, yaml.MappingNode):
        raise GamedayError(f"{where}: {shown(row.value)} is not a rate", hint="write currency, rate and as_of")
    values = {key.value: value.value for key, value in row.value}
    for column in values:
        if column not in COLUMNS:
            raise unknown("column", str(column), COLUMNS, where=where)
    for column in COLUMNS:
        if not values.get(column):
            raise GamedayError(f"{where}: a rate without {column}", hint=f"a rate has {', '.join(COLUMNS)}")
    rate = read_number(values["rate"], f"{where}: rate")
    if not Decimal("1e-9") <= rate <= Decimal("1e9"):
        raise GamedayError(f"{where}: rate: {shown(values['rate'])} must be greater than 0 and at most 1,000,000,000")
    try:
        as_of = datetime.date.fromisoformat(str(values["as_of"]))
    except ValueError:
        raise GamedayError(f"{where}: as_of: {shown(values['as_of'])} is not a date", hint="write YYYY-MM-DD") from None
    return Rate(_code(values["currency"], f"{where}: currency"), rate, as_of)


def _code(text: object, where: str) -> str:
    if not isinstance(text, str) or not _CODE.match(text):
        raise GamedayError(f"{where}: {shown(text)} is not a currency", hint="an ISO 4217 code, such as EUR")
    return text
