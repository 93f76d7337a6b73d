"""Running SuiteQL: a query is parsed and translated, the engine finds the rows, and they are written as NetSuite does.

It is imported when a fake starts, and not with the rest of the fake: the parser takes a tenth of a second to load.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from gameday_fakes.netsuite.query_tables import QueryTables
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.suiteql import QueryError, Unsupported, parse
from gameday_fakes.netsuite.suiteql_functions import TextList, functions
from gameday_fakes.netsuite.suiteql_select import Translated, Translator
from gameday_fakes.netsuite.suiteql_values import Parameters, Value
from gameday_fakes.sql import Database, TooComplex, TooLong
from gameday_fakes.sql.database import LATER

#: The most characters of a page; no ordinary one comes near it.
LARGEST_PAGE = 10_000_000
#: So many translations are kept, of queries that are not longer than so many characters.
MOST_TRANSLATIONS, LONGEST_KEPT = 512, 4096


class Page(NamedTuple):
    """Some of the rows that a query finds, each a text by the name of its column, and how many it finds in all."""

    rows: list[dict[str, str]]
    total: int


class _Translation(NamedTuple):
    """A query for the engine, its constants, and the columns that it reads by table."""

    query: Translated
    values: Mapping[str, Any]
    used: Mapping[str, Collection[str]]


class Refusal(ValueError):
    """A query cannot be run; one line. ``lacking`` names what this fake lacks, if that is why."""

    def __init__(self, reason: str, lacking: str = "") -> None:
        super().__init__(reason)
        self.lacking = lacking


class SuiteQL:
    """Queries over the records of one account."""

    def __init__(self, store: NetSuiteStore) -> None:
        self.store = store
        self._tables = QueryTables(store)
        #: Those of queries of this account without a fault, the one that was asked last at the end.
        self._translations: dict[tuple[str, str, str], _Translation] = {}
        self._database = Database(self._tables.sources(), functions(store.dates), {("text_list", -1): TextList})

    def read_from(self, store: NetSuiteStore) -> bool:
        """Query these records from now on; False if the account has other tables."""
        tables = QueryTables(store)
        if store.model is self.store.model:
            # What tables and columns there are follows from the model alone.
            self._database.read_again(tables.source, functions(store.dates))
        elif self._database.read_from(tables.sources(), functions(store.dates)):
            self._translations.clear()
        else:
            return False
        self.store, self._tables = store, tables
        return True

    def run(self, text: str, limit: int, offset: int) -> Page:
        """The rows of a query from an offset on, at most so many. Raises Refusal."""
        dates = self.store.dates
        parameters = Parameters(dates)
        now = parameters.present(dates.local(self.store.clock.wall_s()).replace(microsecond=0))
        translator = Translator(self._tables, parameters, now)
        try:
            found, values, used = self._translated(text, translator)
            noted = set(self.store.faults.hits)
            rows, total = self._database.select(
                found.text, {**values, **parameters.values}, used, offset=offset, limit=limit
            )
            # That the engine has read a value is no effect of a fault; the translation has noted which are.
            self.store.faults.hits.intersection_update(noted)
            return Page(self._shown(rows, found.columns), total)
        except Unsupported as lacking:
            raise Refusal(str(lacking), lacking.what) from None
        except TooLong:
            raise Refusal("the query takes too long") from None
        except TooComplex as problem:
            raise Refusal("Invalid or unsupported search", f"{problem}"[:80]) from None
        except RecursionError:
            raise Refusal("the query is nested too deeply") from None
        # A format that no date can be written in is a plain ValueError.
        except (ValueError, ArithmeticError) as problem:
            unknown = f"table {translator.unknown.lower()[:80]}" if translator.unknown else ""
            raise Refusal(str(problem), unknown) from None

    def _translated(self, text: str, translator: Translator) -> _Translation:
        """A query for the engine. Syncs ask the same ones again and again, which mean the same without a fault."""
        if self.store.faults.any_active() or len(text) > LONGEST_KEPT:
            return _Translation(translator.whole(parse(text)), translator.parameters.values, translator.used)
        dates = self.store.dates
        key = (text, dates.date_format, dates.time_zone)
        known = self._translations.pop(key, None)
        if known is None:
            known = _Translation(translator.whole(parse(text)), translator.parameters.values, translator.used)
        self._translations[key] = known
        if len(self._translations) > MOST_TRANSLATIONS:
            del self._translations[next(iter(self._translations))]
        return known

    def close(self) -> None:
        """Give the memory back."""
        self._database.close()

    def _shown(self, rows: list[tuple[Any, ...]], columns: Mapping[str, Value]) -> list[dict[str, str]]:
        """Rows as SuiteQL writes them: every value is a string, and what is null is left out."""
        dates = {name for name, value in columns.items() if value.is_date}
        later = [(number, LATER[value.later]) for number, value in enumerate(columns.values()) if value.later]
        size = 0
        shown = []
        for found in rows:
            row = list(found)
            for number, function in later:
                row[number] = function(row[number])
            cells = {
                name: self._date(value) if name in dates else str(value)
                for name, value in zip(columns, row, strict=True)
                if value is not None
            }
            size += sum(map(len, cells.values()))
            if size > LARGEST_PAGE:
                raise QueryError("the page is too large")
            shown.append(cells)
        return shown

    def _date(self, value: Any) -> str:
        return self.store.dates.show(datetime.datetime.fromisoformat(str(value)))
