"""Deals of a real order book (`--deals FILE`), closed one after the other in the order of the file.

A file says what was paid, not what the price lists said. So the list price of a product in a currency is the highest
that was paid for one, and a lower one is that price less a discount. CRM and ERP then have the same price list, and a
price drift is noticed. Amounts are rounded line by line to the decimals of the currency, halves away from 0, and a
deal's amount is the sum of its lines, whatever its discounts would give.
"""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gameday.base.errors import GamedayError
from gameday.base.money import short, to_currency
from gameday.config.organisation import kinds_of
from gameday.contracts.pair import bundled_pair
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import Account, Catalog, DealLine, Product, Workload, workload
from gameday.records.deal_fields import DealFields
from gameday.records.deals_file import DealsFile, find_deals_file
from gameday.workloads.arrivals import ArrivalParams, arrange, deal_value, read_params

PRICE_STEP = Decimal("0.00000001")
#: Fine enough that quantity times price less the discount is the amount again, once rounded.
DISCOUNT_STEP = Decimal("0.0000000001")
LONGEST_TEXT = 255

_LARGEST = Decimal(10) ** 12
_CURRENCY = r"^[A-Z]{3}\Z"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class DealsFileParams(ArrivalParams, frozen=True, kw_only=True):
    """``file``: a path, or the name of a bundled sample. ``columns``: headers by column, where they have unusual names.

    ``currency``: of files without such a column. ``currencies`` is for generated deals and has no effect here.
    ``crm`` (empty for that of the bundled contract) and ``organisation`` (a folder, empty for the bundled one) say
    which further fields a deal can have.
    """

    file: str
    columns: dict[str, str] = msgspec.field(default_factory=dict)
    currency: Annotated[str, Meta(pattern=_CURRENCY)] = "USD"
    currencies: Any = None
    crm: str = ""
    organisation: str = ""


class _Deal(msgspec.Struct):
    name: str
    account: str
    currency: str
    date: str
    lines: list[DealLine]
    fields: dict[str, str] = {}


@workload("deals file", params=DealsFileParams)
def deals_file(spec: WorkloadSpec, seed: int) -> Workload:
    """Deals of a real order book: a CRM's export as CSV or JSON lines.

    Parameters: DealsFileParams. The first ``spec.count`` deals of the file, or all if it has fewer; the seed decides
    when exactly they are closed. Raises GamedayError naming line, column and value of the first bad row among them.
    """
    params = read_params(DealsFileParams, spec)
    kinds = kinds_of(Path(params.organisation) if params.organisation else None)
    fields = DealFields(kinds.get(params.crm or bundled_pair().crm))
    file = DealsFile(find_deals_file(params.file), params.columns, fields)
    book = _OrderBook(file, params, fields)
    for line, row in file.rows():
        order = row["order"]
        if order in book.deals or len(book.deals) < spec.count:
            book.add(line, row)
    if not book.deals:
        raise GamedayError(f"{file.path} has no deals", hint="a header and one row for each line item")
    deals = [
        (key, deal_value(deal.name, deal.account, deal.currency, deal.date, book.as_sold(deal), deal.fields))
        for key, deal in book.deals.items()
    ]
    return Workload(Catalog(tuple(book.accounts.values()), book.products()), arrange(deals, spec, params, seed))


class _OrderBook:
    """Collects deals, accounts and prices from the rows."""

    def __init__(self, file: DealsFile, params: DealsFileParams, fields: DealFields) -> None:
        self._fields = fields
        self.deals: dict[str, _Deal] = {}
        self.accounts: dict[str, Account] = {}
        self._file = file
        self._params = params
        #: By product, then by currency: the highest price that was paid for one.
        self._prices: dict[str, dict[str, Decimal]] = {}
        self._names: dict[str, str] = {}

    def add(self, line: int, row: dict[str, str]) -> None:
        """Take a line item. Raises GamedayError naming the bad value."""
        for column, value in row.items():
            # How long a field's value can be is the organisation's.
            if "." in column:
                continue
            if len(value) > LONGEST_TEXT or _CONTROL.search(value):
                raise self._file.error(line, column, value, f"is longer than {LONGEST_TEXT} or has a control character")
        order = self._needed(line, row, "order")
        currency = row.get("currency") or self._params.currency
        if not re.match(_CURRENCY, currency):
            raise self._file.error(line, "currency", currency, "is not an ISO currency code")
        account = row.get("account") or row.get("account_name") or order
        date = self._date(line, row.get("date", ""))
        name = row.get("name") or f"Order {order}"
        of_deal, of_line = self._further(line, row)
        deal = self.deals.setdefault(order, _Deal(name, account, currency, date, [], of_deal))
        for column, ours, theirs in (
            ("currency", deal.currency, currency),
            ("account", deal.account, account),
            ("date", deal.date, date),
        ):
            if ours != theirs:
                raise self._file.error(line, column, theirs, "differs from an earlier row of its order")
        for field in deal.fields.keys() | of_deal.keys():
            before, now = deal.fields.get(field, ""), of_deal.get(field, "")
            if before != now:
                column = next(each for each in row if each.endswith(f".{field}"))
                raise self._file.error(line, column, now, "differs from an earlier row of its order")
        deal.lines.append(msgspec.structs.replace(self._line(line, row, currency), fields=of_line))
        if account not in self.accounts:
            shown_name = row.get("account_name") or account
            place = row.get("country", ""), row.get("city", "")
            self.accounts[account] = Account(account, shown_name, currency, *place)

    def _further(self, line: int, row: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """The fields of the organisation that a row gives the deal, and those that it gives the line."""
        of_deal: dict[str, str] = {}
        of_line: dict[str, str] = {}
        for column, text in row.items():
            if "." in column and text:
                try:
                    value = self._fields.value(column, text, comma=self._file.comma)
                except ValueError as problem:
                    raise self._file.error(line, column, text, f"is refused by the CRM: {problem}") from None
                (of_deal if self._fields.is_of_deal(column) else of_line)[column.partition(".")[2]] = value
        return of_deal, of_line

    def products(self) -> tuple[Product, ...]:
        """Every product with its list price in each currency."""
        return tuple(Product(sku, self._names[sku], prices) for sku, prices in self._prices.items())

    def as_sold(self, deal: _Deal) -> list[DealLine]:
        """The lines of a deal at list prices, less what they were cheaper."""
        return [self._at_list_price(line, self._prices[line.sku][deal.currency]) for line in deal.lines]

    @staticmethod
    def _at_list_price(line: DealLine, price: Decimal) -> DealLine:
        if line.unit_price == price:
            return line
        share = 1 - line.amount / (line.quantity * price)
        discount = short((share * 100).quantize(DISCOUNT_STEP, ROUND_HALF_UP))
        return msgspec.structs.replace(line, unit_price=price, discount=discount or None)

    def _line(self, line: int, row: dict[str, str], currency: str) -> DealLine:
        sku = row.get("sku") or self._needed(line, row, "product")
        quantity = self._number(line, row, "quantity")
        if quantity <= 0:
            raise self._file.error(line, "quantity", row["quantity"], "must be greater than 0")
        exact = self._number(line, row, "amount") if row.get("amount") else None
        exact = self._number(line, row, "unit_price") * quantity if exact is None else exact
        if exact >= _LARGEST or exact / quantity >= _LARGEST:
            raise self._file.error(line, "quantity", row["quantity"], "makes a price or an amount too large")
        amount = to_currency(exact, currency)
        price = short((amount / quantity).quantize(PRICE_STEP, ROUND_HALF_UP))
        prices = self._prices.setdefault(sku, {})
        prices[currency] = max(price, prices.get(currency, price))
        self._names.setdefault(sku, row.get("product") or sku)
        return DealLine(sku, quantity, price, amount)

    def _needed(self, line: int, row: dict[str, str], column: str) -> str:
        if not row.get(column):
            raise self._file.error(line, column, row.get(column, ""), "is empty")
        return row[column]

    def _number(self, line: int, row: dict[str, str], column: str) -> Decimal:
        text = self._needed(line, row, column)
        written = text.replace(",", ".") if self._file.comma and "." not in text else text
        try:
            number = Decimal(written) if re.match(r"^[-+]?[0-9.]+([eE][-+]?[0-9]{1,3})?\Z", written) else None
        except InvalidOperation:
            number = None
        if number is None:
            raise self._file.error(line, column, text, "is not a number", hint="no thousands separators, no currency")
        if not 0 <= number < _LARGEST or (number and number < PRICE_STEP):
            raise self._file.error(line, column, text, "must be at least 0 and less than a million millions")
        return number

    def _date(self, line: int, text: str) -> str:
        if not text:
            return self._params.close_date
        try:
            return datetime.date.fromisoformat(text[:10]).isoformat()
        except ValueError:
            raise self._file.error(line, "date", text, "is not a date", hint="write YYYY-MM-DD") from None
