"""What has been read of two tenants, kept in a private folder: so each night only what has changed is read again."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec

from gameday.base.errors import GamedayError
from gameday.reconcile.layout import Side
from gameday_fakes.ledger import Entry

FILE = "read.sqlite"
_VERSION = 1
_AT_ONCE = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    side TEXT NOT NULL, id TEXT NOT NULL, day TEXT NOT NULL, deal TEXT NOT NULL, asked INTEGER NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (side, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_deal ON documents (side, deal);
CREATE INDEX IF NOT EXISTS by_day ON documents (side, day);
CREATE TABLE IF NOT EXISTS customers (side TEXT NOT NULL, id TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (side, id))
WITHOUT ROWID;
"""
#: The deals of a period, and those that an order of the period names; then the orders of the period or of these deals.
_DEALS = (
    "SELECT id FROM documents WHERE side = 'crm' AND (day BETWEEN :first AND :last OR id IN "
    "(SELECT deal FROM documents WHERE side = 'erp' AND day BETWEEN :first AND :last))"
)
_OF_PERIOD = {
    "crm": f"SELECT data FROM documents WHERE side = 'crm' AND id IN ({_DEALS}) ORDER BY id",  # noqa: S608 - constants
    "erp": "SELECT data FROM documents WHERE side = 'erp' AND "  # noqa: S608
    f"(day BETWEEN :first AND :last OR deal IN ({_DEALS})) ORDER BY id",
}
_ENTRY = msgspec.json.Decoder(Entry)


class Period(msgspec.Struct, frozen=True):
    """Days from ``first`` to ``last``, both in it, as YYYY-MM-DD."""

    first: str
    last: str


class Kept:
    """The documents of both sides. ``of`` says what they are of, such as the tenants: another one is refused."""

    def __init__(self, folder: Path, of: Mapping[str, str]) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Deals and orders are nobody else's business.
            folder.chmod(0o700)
            self._database = sqlite3.connect(folder / FILE, isolation_level=None)
            (folder / FILE).chmod(0o600)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(_SCHEMA)
            self._check(folder, {"version": str(_VERSION), **of})
        except (OSError, sqlite3.Error) as problem:
            raise GamedayError(
                f"cannot keep what is read in {folder}: {problem}", hint="name another folder with --kept"
            ) from None

    def _check(self, folder: Path, of: Mapping[str, str]) -> None:
        known = dict(self._database.execute("SELECT name, value FROM state"))
        for name, value in of.items():
            if known and known.get(name) != value:
                raise GamedayError(
                    f"{folder} keeps what was read with {name} {str(known.get(name))[:80]!r}, not {value[:80]!r}",
                    hint="name another folder with --kept, or remove this one",
                )
            self.note(name, value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    # -- how far it has been read --------------------------------------------------------------------

    def noted(self, name: str) -> str:
        """What was noted under a name; empty for nothing."""
        row = self._database.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def note(self, name: str, value: str) -> None:
        """Note something."""
        self._database.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    def gaps(self, side: Side, wanted: Period) -> list[Period]:
        """The days of a period that have not been listed, and those between them and what has been."""
        first, last = self.noted(f"{side} first"), self.noted(f"{side} last")
        if not first:
            return [wanted]
        before = [Period(wanted.first, _moved(first, -1))] if wanted.first < first else []
        return before + ([Period(_moved(last, 1), wanted.last)] if wanted.last > last else [])

    def listed(self, side: Side, period: Period) -> None:
        """All documents of a gap have been read."""
        first, last = self.noted(f"{side} first"), self.noted(f"{side} last")
        self.note(f"{side} first", min(filter(None, (first, period.first))))
        self.note(f"{side} last", max(last, period.last))

    # -- documents -----------------------------------------------------------------------------------

    def put(
        self, side: Side, deals: Mapping[str, str], entries: Iterable[Entry], customers: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Keep documents as they are now; ``deals`` are the deals that they are or name, by their ids."""
        rows = [(side, e.id, e.date, deals.get(e.id, ""), msgspec.json.encode(e)) for e in entries]
        fields = [(side, key, msgspec.json.encode(each)) for key, each in customers.items()]
        with self._change() as run:
            # An order that is read again may name a deal that it did not name before; deals are asked for once.
            run.executemany(
                "INSERT INTO documents VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT DO UPDATE "
                "SET day = excluded.day, deal = excluded.deal, data = excluded.data",
                rows,
            )
            run.executemany("INSERT OR REPLACE INTO customers VALUES (?, ?, ?)", fields)

    def remove(self, side: Side, ids: Iterable[str]) -> None:
        """Forget documents that are not there any more."""
        with self._change() as run:
            run.executemany("DELETE FROM documents WHERE side = ? AND id = ?", [(side, id_) for id_ in ids])

    def known(self, side: Side, ids: Sequence[str]) -> set[str]:
        """Which of these ids are kept."""
        return {str(row[0]) for row in self._chosen("SELECT id FROM documents WHERE side = ? AND id IN", side, ids)}

    def ids(self, side: Side) -> Iterator[list[str]]:
        """All ids that are kept, in parts."""
        last = ""
        query = "SELECT id FROM documents WHERE side = ? AND id > ? ORDER BY id LIMIT ?"
        while rows := self._database.execute(query, (side, last, _AT_ONCE)).fetchall():
            yield [str(row[0]) for row in rows]
            last = rows[-1][0]

    def unknown_deals(self) -> list[str]:
        """The deals that orders name and that are not kept."""
        query = (
            "SELECT DISTINCT deal FROM documents WHERE side = 'erp' AND deal <> '' AND deal NOT IN "
            "(SELECT id FROM documents WHERE side = 'crm') ORDER BY deal"
        )
        return [str(row[0]) for row in self._database.execute(query)]

    def not_asked(self) -> list[str]:
        """The deals of which nobody has asked which orders name them, some of them; empty once all have been."""
        query = "SELECT id FROM documents WHERE side = 'crm' AND asked = 0 ORDER BY id LIMIT ?"
        return [str(row[0]) for row in self._database.execute(query, (_AT_ONCE,))]

    def asked(self, deals: Iterable[str]) -> None:
        """Which orders name these deals has been asked."""
        with self._change() as run:
            run.executemany("UPDATE documents SET asked = 1 WHERE side = 'crm' AND id = ?", [(id_,) for id_ in deals])

    def of_period(self, side: Side, period: Period) -> Iterator[Entry]:
        """The documents to compare for a period.

        Those are its deals and those that its orders name, and all orders of these deals and of the period.
        """
        for (data,) in self._database.execute(_OF_PERIOD[side], {"first": period.first, "last": period.last}):
            yield _ENTRY.decode(data)

    def customer(self, side: Side, id_: str) -> dict[str, str]:
        """The fields of a customer by its business key; none for one that was not read."""
        query = "SELECT data FROM customers WHERE side = ? AND id = ?"
        row = self._database.execute(query, (side, id_)).fetchone()
        return msgspec.json.decode(row[0], type=dict[str, str]) if row else {}

    def _chosen(self, query: str, side: Side, ids: Sequence[str]) -> Iterator[tuple[str]]:
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            yield from self._database.execute(f"{query} ({', '.join('?' * len(some))})", (side, *some))

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN")
        try:
            yield self._database
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _moved(day: str, by: int) -> str:
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=by)).isoformat()
