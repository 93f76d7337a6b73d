"""Finds by DuckDB the deals that the judge has to look at: those whose rows are not the same in both exports.

Each row has a digest of the fields that are compared. The digests are added up by bucket of deals; only in the buckets
whose sums differ are they looked at deal by deal, and only the deals that differ are read again and judged. So the
judge decides, and this decides what need not be asked: documents that are the same to the letter, or to the amount.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from gameday.base.errors import GamedayError
from gameday.base.processors import processors
from gameday.reconcile.documents import States, Stored
from gameday.reconcile.exports import ExportFile
from gameday.reconcile.judging import Totals
from gameday.reconcile.scans import Scan, Unfit
from gameday.reconcile.terms import Terms
from gameday.records.record import Rejected
from gameday.records.rows import RowGrouper
from gameday.records.tree import read_shape

#: What DuckDB may take of memory; what needs more goes to its folder.
MEMORY = "640MB"
#: So many deals are in a bucket on average, of at most so many buckets.
DEALS_A_BUCKET, MOST_BUCKETS = 64, 1 << 21
_FETCHED = 2048
_LINE_END = re.compile(r"\r*\n")


class Database(NamedTuple):
    """A connection, and one for each of the files."""

    connection: Any
    cursors: Sequence[Any]


def connect(files: Sequence[ExportFile], stack: ExitStack) -> Database:
    """A database in a private folder, which can read these files and nothing else. Raises Unfit without DuckDB."""
    try:
        duckdb: Any = importlib.import_module("duckdb")
    except ImportError:
        raise Unfit("duckdb is missing") from None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gameday-reconcile-")))
    config = {
        "threads": max(1, int(processors())),
        "memory_limit": MEMORY,
        "temp_directory": str(folder / "spilled"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
    }
    connection = stack.enter_context(contextlib.closing(duckdb.connect(":memory:", config=config)))
    paths = [str(file.path) for file in files]
    # One for each file, so that both can be read at a time. A progress bar would be written to standard output.
    cursors = [connection.cursor() for _ in files]
    for each in (connection, *cursors):
        each.execute("SET enable_progress_bar = false")
    connection.execute("SET allowed_paths = ?", [paths])
    connection.execute("SET allowed_directories = ?", [[str(folder)]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return Database(connection, cursors)


class Digests:
    """The digests of two files. Raises Unfit if the files have to be read row by row."""

    def __init__(self, files: Sequence[ExportFile], terms: Terms, states: States, database: Database) -> None:
        self._connection, self._terms, self._states = database.connection, terms, states
        self._cursors = {file.layout.side: each for file, each in zip(files, database.cursors, strict=True)}
        self._error: Any = importlib.import_module("duckdb").Error
        try:
            self._scans = {file.layout.side: Scan(file, self._connection) for file in files}
            for side, scan in self._scans.items():
                self._digest(side, scan)
            self._find()
        except self._error as problem:  # what it cannot read or calculate, the other way can, or names it
            raise Unfit(str(problem)[:200]) from None

    def totals(self) -> Totals:
        """The counts and sums of both files."""
        totals = Totals()
        words = {("crm", True): "won", ("crm", False): "void", ("erp", True): "open", ("erp", False): "cancelled"}
        for side, scan in self._scans.items():
            query = f"SELECT live, currency, sum(total), count(*) FROM {side} WHERE start GROUP BY ALL"  # noqa: S608
            for live, currency, total, number in self._connection.execute(query).fetchall():
                text = currency if scan.file.rows is None else _LINE_END.sub("\n", currency)
                totals.add(side, words[side, live], text, Decimal(total or 0), number)
        return totals

    def stored(self, side: str) -> Iterator[Stored]:
        """The documents of the deals that have to be judged, sorted by their ids."""
        scan = self._scans[side]  # type: ignore[index]
        documents = scan.file.documents
        for item in self._records(scan, RowGrouper(read_shape(scan.file.layout.fields))):
            yield documents.store(item, 0)

    def _records(self, scan: Scan, grouper: RowGrouper) -> Iterator[bytes]:
        for start, row in self._rows(scan):
            items = [*grouper.finish()] if start else []
            items += grouper.add(0, row)
            yield from map(_data, items)
        yield from map(_data, grouper.finish())

    def _rows(self, scan: Scan) -> Iterator[tuple[bool, dict[str, Any]]]:
        """The rows of the candidates, sorted by id and then as in the file, each with whether a document begins."""
        from gameday.records.parquet_rows import plain

        names = ", ".join(source.sql for source in scan.sources)
        query = (
            f"SELECT start, {names} FROM ({self._marked(scan)}) "  # noqa: S608 - names of our own, quoted
            "WHERE hash(key) IN (SELECT kh FROM candidates) ORDER BY key, place"
        )
        csv = scan.file.rows
        for rows in self._fetched(query, self._cursors[scan.file.layout.side]):
            for start, *values in rows:
                if csv is None:
                    found = {source.name: plain(v) for source, v in zip(scan.sources, values, strict=True)}
                else:
                    texts = [""] * csv.width
                    for source, value in zip(scan.sources, values, strict=True):
                        texts[source.at] = _LINE_END.sub("\n", value or "")
                    found = csv.read(texts)
                yield start, found

    def _fetched(self, query: str, cursor: Any) -> Iterator[list[Any]]:
        try:
            cursor.execute(query)
            while rows := cursor.fetchmany(_FETCHED):
                yield rows
        except self._error as problem:
            raise GamedayError(f"cannot compare the exports: {str(problem)[:200]}") from None

    def _marked(self, scan: Scan) -> str:
        """The rows of a file with their key, their place, and whether a document begins with them."""
        key = scan.key(self._terms.contract)
        if not scan.has_lines:
            return f"SELECT *, {key} AS key, 0 AS place, true AS start FROM {scan.relation} WHERE {scan.where}"  # noqa: S608
        # As in gameday.records.rows: rows that follow each other and have one key are one document.
        whole = f"hash({', '.join(f'CAST({name} AS VARCHAR)' for name in scan.own)})"
        rows = (
            f"SELECT *, {key} AS key, row_number() OVER () AS place, {scan.grouped_by} AS grouped, "  # noqa: S608
            f"{whole} AS whole, {scan.is_line} AS is_line FROM {scan.relation} WHERE {scan.where}"
        )
        fresh = "lag(whole) OVER () IS DISTINCT FROM whole"
        return (
            f"SELECT *, (lag(grouped) OVER () IS DISTINCT FROM grouped OR NOT is_line "  # noqa: S608
            f"OR (grouped IS NULL AND {fresh})) AS start, {fresh} AS fresh FROM ({rows})"
        )

    def _digest(self, side: str, scan: Scan) -> None:
        """The table of one side: a row for each row of the file."""
        layout, terms = scan.file.layout, self._terms
        forms = ", ".join(["key", *scan.header(terms), *scan.line(terms)])
        total, odd = scan.number(layout.columns["total"])
        currency = scan.text(layout.columns.get("currency"))
        # What only the judge can read, or refuse.
        bad = ["live IS NULL", f"{odd} IS NOT NULL"]
        bad += ["key = ''"] if side == "crm" else []
        bad += ["(NOT start AND fresh)"] if scan.has_lines else []
        # The digest of a digest: of a sum of digests, each bit depends on all bits of each.
        self._connection.execute(
            f"CREATE TABLE {side} AS SELECT hash(key) AS kh, hash(hash({forms})) AS digest, "  # noqa: S608
            f"{scan.live(self._states)} AS live, coalesce({currency}, '') AS currency, start, "
            f"coalesce({total}, 0) AS total, {' OR '.join(bad)} AS bad FROM ({self._marked(scan)})"
        )
        if self._connection.execute(f"SELECT bool_or(bad) FROM {side}").fetchone()[0]:  # noqa: S608
            raise Unfit("a value that the judge has to read")

    def _find(self) -> None:
        """The table of the candidates: the hashes of the ids of the deals that have to be judged."""
        run = self._connection.execute
        (number,) = run("SELECT greatest((SELECT count(*) FROM crm), (SELECT count(*) FROM erp))").fetchone()
        buckets = min(MOST_BUCKETS, 1 << max(4, (number // DEALS_A_BUCKET).bit_length()))
        # Where lines are not compared, a document counts once; else each line does, and each document.
        rows = "live" if self._terms.lines else "live AND start"
        sums = "count(*) AS n, count(*) FILTER (start) AS documents, sum(digest) AS digests"
        for side in self._scans:
            run(f"CREATE TABLE {side}_buckets AS SELECT kh & {buckets - 1} AS bucket, {sums} "  # noqa: S608
                f"FROM {side} WHERE {rows} GROUP BY 1")  # fmt: skip
        differ = "(c.n, c.documents, c.digests) IS DISTINCT FROM (e.n, e.documents, e.digests)"
        run(
            "CREATE TABLE differing AS SELECT coalesce(c.bucket, e.bucket) AS bucket "  # noqa: S608
            f"FROM crm_buckets c FULL JOIN erp_buckets e ON c.bucket = e.bucket WHERE {differ}"
        )
        for side in self._scans:
            run(f"CREATE TABLE {side}_deals AS SELECT kh, {sums} FROM {side} "  # noqa: S608
                f"WHERE {rows} AND kh & {buckets - 1} IN (SELECT bucket FROM differing) GROUP BY 1")  # fmt: skip
        run(
            "CREATE TABLE candidates AS "  # noqa: S608 - names of our own
            f"SELECT coalesce(c.kh, e.kh) AS kh FROM crm_deals c FULL JOIN erp_deals e ON c.kh = e.kh WHERE {differ} "
            # Where both have a deal twice, the sums agree.
            "UNION SELECT kh FROM crm WHERE live AND start GROUP BY kh HAVING count(*) > 1"
        )


def _data(item: Any) -> bytes:
    if isinstance(item, Rejected):
        raise GamedayError(item.reason)
    return bytes(item.data)
