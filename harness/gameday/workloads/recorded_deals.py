"""Deals made of recorded CRM records (JSON lines), closed one after the other in the order of the file.

A record is one business object with its lines, by the physical names of its contract (docs/interfaces.md). Its amount,
currency and so on are found by the usual field names, physical or logical. Prices are taken as recorded. An item that
was sold at one price in a currency has it in the price lists; one that was sold at several has no list price, for the
records do not say which it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.money import short, to_currency
from gameday.model.contract import Contract
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import Account, BusinessOperation, Catalog, DealLine, Product, Workload, workload
from gameday.records.deal_roles import LINE_ROLES, usual_fields
from gameday.workloads.arrivals import ArrivalParams, arrange, deal_value, read_params
from gameday_fakes.manifests import of_role

PRICE_STEP = Decimal("0.00000001")
LONGEST_TEXT = 255
_LARGEST = Decimal(10) ** 12
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

#: What precedes the CRM's name of a further field of the deal, and of its lines, as a role.
FURTHER, FURTHER_OF_LINES = "fields.", "fields.line."


@functools.cache
def standard_fields() -> dict[str, tuple[str, ...]]:
    """The usual paths of a deal's fields in the CRMs, by role, for records without a contract."""
    found: dict[str, tuple[str, ...]] = {}
    for vendor in of_role("crm").values():
        for role, paths in vendor.deal_fields.items():
            found[role] = (*found.get(role, ()), *paths)
    return found


class RecordedDealsParams(ArrivalParams, frozen=True, kw_only=True):
    """``file``: JSON lines. ``fields``: by role (``standard_fields``) the physical names, tried one after the other."""

    file: str
    fields: dict[str, list[str]] = msgspec.field(
        default_factory=lambda: {role: list(names) for role, names in standard_fields().items()}
    )
    currencies: Any = None


class RecordedDeals(msgspec.Struct, frozen=True):
    """The workload, and the records that are not deals: (line in the file, why)."""

    workload: Workload
    skipped: tuple[tuple[int, str], ...]


@workload("recorded deals", params=RecordedDealsParams)
def recorded_deals(spec: WorkloadSpec, seed: int) -> Workload:
    """Recorded CRM records as deals: JSON lines, one record with its lines each.

    Parameters: RecordedDealsParams. The first ``spec.count`` records of the file; the seed decides when exactly they
    are closed and which are amended. Raises GamedayError if none of them is a deal.
    """
    params = read_params(RecordedDealsParams, spec)
    path = Path(params.file)
    try:
        with path.open("rb") as file:
            lines = [(number, line) for number, line in enumerate(file, start=1) if line.strip()][: spec.count]
    except OSError as problem:
        raise GamedayError(f"cannot read the records {params.file!r}: {problem.strerror}") from None
    return deals_of_records(lines, params.fields, spec, params, seed, where=str(path)).workload


def further_fields_of(contract: Contract) -> dict[str, tuple[str, ...]]:
    """The same of the further fields that a contract compares, without those of customers and of other records.

    References are left out too: the records that they name are not in the fakes. So is what a deal has anyway, such as
    its currency, where a contract compares it under the vendors' own names.
    """
    usual = usual_fields(contract.crm_fields)
    found: dict[str, tuple[str, ...]] = {}
    for pair in contract.pairs:
        if pair.part == "customer" or pair.kind == "reference" or pair.rule.compare == "ignored" or "." in pair.crm:
            continue
        prefix = FURTHER_OF_LINES if pair.part.endswith("line") else FURTHER
        names = [f.physical_name for f in contract.crm_fields if f.physical_name.partition(".")[2] == pair.crm]
        if usual.isdisjoint(names):
            found[f"{prefix}{pair.crm}"] = tuple(names)
    return found


def deals_of_records(
    records: Iterable[tuple[int, bytes]],
    fields: Mapping[str, Sequence[str]],
    spec: WorkloadSpec,
    params: ArrivalParams,
    seed: int,
    *,
    where: str = "the records",
    negative: bool = False,
) -> RecordedDeals:
    """Business operations of records (line in the file, JSON); pure. Raises GamedayError if none of them is a deal.

    ``negative``: whether amounts and quantities may be less than 0.
    """
    book = _RecordBook(fields, params, negative=negative)
    skipped: list[tuple[int, str]] = []
    for line, data in records:
        try:
            book.add(data)
        except _NoDeal as problem:
            skipped.append((line, str(problem)))
    if not book.deals:
        why = f"; line {skipped[0][0]}: {skipped[0][1]}" if skipped else ""
        raise GamedayError(f"{where} hold no deal{why}", hint="a record has an id, a currency and lines")
    operations = arrange(list(book.deals.items()), spec, params, seed)
    end_s = operations[-1].at_s
    amended = (
        BusinessOperation(end_s, "amend_deal", key, {k: value[k] for k in ("lines", "amount", "fields") if k in value})
        for key, value in book.amendments
    )
    catalog = Catalog(tuple(book.accounts.values()), book.products())
    return RecordedDeals(Workload(catalog, (*operations, *amended)), tuple(skipped))


class _NoDeal(Exception):
    """Why a record is not a deal; one line without values."""


class _RecordBook:
    """Collects deals, accounts and prices from the records."""

    def __init__(self, fields: Mapping[str, Sequence[str]], params: ArrivalParams, *, negative: bool = False) -> None:
        self._least = -_LARGEST if negative else Decimal(0)
        self.deals: dict[str, dict[str, Any]] = {}
        #: A record that comes again is the amended deal.
        self.amendments: list[tuple[str, dict[str, Any]]] = []
        self.accounts: dict[str, Account] = {}
        self._fields = {role: [tuple(name.split(".")) for name in names] for role, names in fields.items()}
        self._params = params
        #: By product, then by currency: the prices it was sold at.
        self._prices: dict[str, dict[str, set[Decimal]]] = {}

    def add(self, data: bytes) -> None:
        """Take a record. Raises _NoDeal."""
        try:
            record = _DECODER.decode(data)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, InvalidOperation):
            raise _NoDeal("it is not a JSON object") from None
        key = self._text(record, "order")
        currency = self._text(record, "currency")
        if not _CURRENCY.match(currency):
            raise _NoDeal("its currency is no ISO code")
        lines = [self._line(line, currency) for line in self._lines(record)]
        if not lines:
            raise _NoDeal("it has no lines")
        account = self._text(record, "account", key)
        date = _DATE.match(self._text(record, "date", self._params.close_date))
        name = self._text(record, "name", f"Deal {key}")
        self.accounts.setdefault(account, Account(account, f"Customer {account}", currency))
        shown_date = date.group() if date else self._params.close_date
        for line in lines:
            self._prices.setdefault(line.sku, {}).setdefault(currency, set()).add(line.unit_price)
        further = self._further(record, of_lines=False)
        value = deal_value(name, account, currency, shown_date, lines, further)
        if key not in self.deals:
            self.deals[key] = value
        elif self.deals[key]["currency"] == currency:
            self.amendments.append((key, value))

    def products(self) -> tuple[Product, ...]:
        """Every item with its one price in each currency; none in one in which it was sold at several."""
        return tuple(
            Product(sku, sku, {currency: min(prices) for currency, prices in sold.items() if len(prices) == 1})
            for sku, sold in self._prices.items()
        )

    def _lines(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        lists = dict.fromkeys(path[0] for role in LINE_ROLES for path in self._fields.get(role, ()))
        for name in lists:
            found = record.get(name)
            yield from (line for line in found if isinstance(line, dict)) if isinstance(found, list) else ()

    def _line(self, line: dict[str, Any], currency: str) -> DealLine:
        sku = self._text(line, "sku", of_lines=True)
        quantity = self._number(line, "quantity")
        if not quantity:
            raise _NoDeal("a line's quantity must be greater than 0")
        price, amount = self._number(line, "unit_price"), self._number(line, "amount")
        if price is None and amount is None:
            raise _NoDeal("a line has neither a price nor an amount")
        if amount is None:
            amount = to_currency((price or Decimal(0)) * quantity, currency)
        if price is None:
            price = (amount / quantity).quantize(PRICE_STEP, ROUND_HALF_UP)
        return DealLine(sku, quantity, short(price), amount, fields=self._further(line, of_lines=True))

    def _further(self, part: dict[str, Any], *, of_lines: bool) -> dict[str, str]:
        """The further fields that the record, or the line, has, as texts."""
        prefix = FURTHER_OF_LINES if of_lines else FURTHER
        found = {}
        for role in self._fields:
            if role.startswith(prefix) and (of_lines or not role.startswith(FURTHER_OF_LINES)):
                value = self._value(part, role, of_lines=of_lines)
                if value not in (None, "") and not isinstance(value, dict | list):
                    text = str(value).lower() if isinstance(value, bool) else str(value)
                    found[role.removeprefix(prefix)] = text
        return found

    def _text(self, part: dict[str, Any], role: str, default: str = "", *, of_lines: bool = False) -> str:
        value = self._value(part, role, of_lines=of_lines)
        text = "" if value is None or isinstance(value, dict | list | bool) else str(value).strip()[:LONGEST_TEXT]
        if not text and not default:
            raise _NoDeal(f"it has no {role.replace('_', ' ')}")
        return text or default

    def _number(self, line: dict[str, Any], role: str) -> Decimal | None:
        value = self._value(line, role, of_lines=True)
        if value is None or value == "" or isinstance(value, bool):
            return None
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite() or not self._least <= number < _LARGEST:
            raise _NoDeal(f"the {role.replace('_', ' ')} of a line must be a number of at least 0")
        return number

    def _value(self, part: dict[str, Any], role: str, *, of_lines: bool) -> Any:
        """The first of the role's fields that the record, or the line, has."""
        for path in self._fields.get(role, ()):
            value: Any = part
            for step in path[1:] if of_lines else path:
                value = value.get(step) if isinstance(value, dict) else None
            if value is not None:
                return value
        return None
