"""Reads an order book as CRMs export it: CSV or JSON lines, one row for each line item.

Columns are recognised by their usual names (COLUMNS) or named in a table of columns. A row's values are texts here;
the workload interprets them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown
from gameday.records.deal_fields import DealFields
from gameday.records.names import names_shown
from gameday.records.problems import describe

#: The columns of a row, and their usual names in exports, without case, blanks and punctuation.
COLUMNS: dict[str, tuple[str, ...]] = {
    "order": ("order", "orderid", "ordernumber", "orderno", "opportunityid", "dealid", "salesorder"),
    "account": ("account", "accountid", "customerid", "clientid", "customernumber"),
    "account_name": ("accountname", "customername", "customer", "company", "client"),
    "sku": ("sku", "productid", "productcode", "itemid", "itemnumber", "partnumber", "item"),
    "product": ("product", "productname", "itemname", "description"),
    "quantity": ("quantity", "qty", "units"),
    "amount": ("amount", "sales", "totalprice", "linetotal", "lineamount", "netamount", "total"),
    "unit_price": ("unitprice", "price", "salesprice"),
    "currency": ("currency", "currencyisocode", "currencycode"),
    "date": ("date", "orderdate", "closedate", "closedon"),
    "name": ("name", "opportunityname", "dealname", "ordername"),
    "country": ("country", "billingcountry", "countrycode"),
    "city": ("city", "billingcity"),
}

Row = tuple[int, dict[str, str]]

_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_DELIMITERS = ",;\t|"
_LONGEST_HEADER = 64 * 1024


def find_deals_file(name: str) -> Path:
    """The file of that absolute path, or a bundled sample of that name. Raises GamedayError naming the samples.

    A relative path is not looked up from the working folder, so that a feature means the same wherever it is run.
    """
    samples = Path(str(resources.files("gameday_scenarios"))) / "deals"
    known = {path.name: path for path in samples.iterdir() if path.suffix == ".csv"}
    try:
        if Path(name).is_absolute() and Path(name).is_file():
            return Path(name)
    except (OSError, ValueError):
        pass
    if name not in known:
        raise unknown("deals file", name[:200], known, hint="name a file beside the feature, a full path or a sample")
    return known[name]


class DealsFile:
    """The rows of an order book. ``comma``: decimals are written 0,5, as in files separated by semicolons.

    ``fields`` are those of the CRM that a column may name; such a column is ``Object.Field`` in a row.
    """

    def __init__(self, path: Path, columns: Mapping[str, str] | None = None, fields: DealFields | None = None) -> None:
        self._fields = fields
        self.path = path
        self.comma = False
        self._wanted = dict(columns or {})
        #: The header of each column that was recognised.
        self.headers: dict[str, str] = {}
        self._header: list[str] = []

    def rows(self) -> Iterator[Row]:
        """Each row's line number and its values by column (see COLUMNS), blanks stripped. Raises GamedayError."""
        try:
            yield from self._json_rows() if self.path.suffix.lower() in _JSON_SUFFIXES else self._csv_rows()
        except OSError as problem:
            raise GamedayError(f"cannot read {self.path}: {problem.strerror}") from None
        except UnicodeDecodeError:
            raise GamedayError(
                f"{self.path}:{self._undecodable_line()}: not UTF-8",
                hint="it may be Latin-1 or Windows-1252; save it as UTF-8",
            ) from None

    def error(self, line: int, column: str, value: object, problem: str, *, hint: str = "") -> GamedayError:
        """The error for one value of one row, which shows its form only: it may be somebody's name."""
        header = self.headers.get(column, column)
        what = describe(value, hidden=False)
        return GamedayError(f"{self.path}:{line}: column {header!r}: {what} {problem}", hint=hint)

    def _undecodable_line(self) -> int:
        """The line that is not UTF-8; text is decoded in blocks, so it is searched for after the error."""
        with self.path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                try:
                    raw.decode()
                except UnicodeDecodeError:
                    return number
        return 1

    def _csv_rows(self) -> Iterator[Row]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline(_LONGEST_HEADER)
            delimiter = max(_DELIMITERS, key=re.sub(r'"[^"]*"', "", header).count)
            self.comma = delimiter == ";"
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                places = self._recognise(next(reader, []), 1)
                width = len(self._header)
                for row in reader:
                    if not any(row):
                        continue
                    if len(row) != width:
                        raise GamedayError(
                            f"{self.path}:{reader.line_num}: {len(row)} columns where the header has {width}",
                            hint="is a quotation mark missing?",
                        )
                    yield reader.line_num, {column: row[place].strip() for column, place in places.items()}
            except csv.Error as problem:
                raise GamedayError(f"{self.path}:{reader.line_num}: not CSV: {problem}") from None

    def _json_rows(self) -> Iterator[Row]:
        decoder = msgspec.json.Decoder(dict[str, Any], float_hook=str)
        with self.path.open(encoding="utf-8-sig", newline="\n") as file:
            for line, text in enumerate(file, start=1):
                if not text.strip():
                    continue
                try:
                    record = decoder.decode(text)
                except (msgspec.MsgspecError, RecursionError) as problem:
                    raise GamedayError(f"{self.path}:{line}: not a JSON object: {str(problem)[:200]}") from None
                if not self.headers:
                    self._recognise(list(record), line)
                row = {column: record.get(header) for column, header in self.headers.items()}
                for column, value in row.items():
                    if isinstance(value, dict | list | bool):
                        raise self.error(line, column, value, "is neither text nor a number")
                yield line, {column: "" if value is None else str(value).strip() for column, value in row.items()}

    def _recognise(self, header: Sequence[str], line: int) -> dict[str, int]:
        """The place of each column. Raises GamedayError if a named or needed column is missing."""
        self._header = [name.strip() for name in header]
        places: dict[str, int] = {}
        for column, name in self._wanted.items():
            if column not in COLUMNS:
                raise unknown("column", column[:80], COLUMNS, where="the table of columns")
            if name not in self._header:
                raise unknown("header", name[:80], filter(None, self._header), where=str(self.path))
            places[column] = self._header.index(name)
        plain = [re.sub(r"[\W_]+", "", name.lower()) for name in self._header]
        for column, names in COLUMNS.items():
            found = [name for name in names if name in plain]
            if found and column not in places:
                places[column] = plain.index(found[0])
        for place, name in enumerate(self._header):
            field = self._fields.place(name, self.path, line) if self._fields and place not in places.values() else ""
            if field in places:
                raise GamedayError(f"{self.path}:{line}: two columns are the field {field!r}")
            if field:
                places[field] = place
        self.headers = {column: self._header[place] for column, place in places.items()}
        for needed in (("order",), ("quantity",), ("amount", "unit_price"), ("sku", "product")):
            if not any(column in places for column in needed):
                # Where no column is known, the first line may be somebody's data.
                header = ", ".join(map(shown, self._header[:40])) if places else names_shown(self._header)
                raise GamedayError(
                    f"{self.path} has no column for the {' or '.join(needed)}; its header: {header}",
                    hint=f"call it {COLUMNS[needed[0]][0]!r} or name it in a table of columns",
                )
        return places
