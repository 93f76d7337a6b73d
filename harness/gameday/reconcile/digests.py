"""Finds by DuckDB the deals that the judge has to look at: those whose rows are not the same in both exports.

Each row has a digest of the fields that are compared. The digests are added up by bucket of deals; only in the buckets
whose sums differ are they looked at deal by deal, and only the deals that differ are read again and judged. So the
judge decides, and this decides what need not be asked: documents that are the same to the letter, or to the amount.
Invoices are compared with their orders in the same way, by the number of the order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

from gameday.base.errors import GamedayError
from gameday.model.contract import Contract
from gameday.reconcile.buckets import Kept, find_differing, keep
from gameday.reconcile.database import Database
from gameday.reconcile.documents import States, Stored
from gameday.reconcile.exports import ExportFile
from gameday.reconcile.invoice_file import InvoiceFile
from gameday.reconcile.invoice_scan import InvoiceScan
from gameday.reconcile.judging import Totals
from gameday.reconcile.row_files import RowFile, Unfit
from gameday.reconcile.scans import Scan
from gameday.reconcile.terms import terms_of
from gameday.records.record import Rejected
from gameday.records.rows import RowGrouper
from gameday.records.tree import read_shape

_LINE_END = re.compile(r"\r*\n")
_STATES = {("crm", True): "won", ("crm", False): "void", ("erp", True): "open", ("erp", False): "cancelled"}


class Digests:
    """The digests of two files, and of the ERP's invoices if they are a file of their own (``bills``).

    Raises Unfit if the files have to be read row by row, and GamedayError for one that lacks the ids or the totals.
    ``terms`` are by what they are compared, ``totals`` the counts and sums of both.
    """

    def __init__(
        self,
        crm: ExportFile,
        erp: ExportFile,
        bills: InvoiceFile | None,
        contract: Contract,
        states: States,
        stack: ExitStack,
    ) -> None:
        paths = [crm.path, erp.path] + ([bills.path] if bills is not None else [])
        self._database = database = Database(paths, stack)
        self._states, self.totals = states, Totals()
        try:
            self._deals, self._orders = Scan(crm, database.connection), Scan(erp, database.connection)
            self._bills = InvoiceScan(bills, database.connection) if bills is not None else None
            if self._bills is not None and erp.documents.invoices is not None:
                erp.documents.invoices.state(self._bills.there(database.connection))
            self.terms = terms_of(contract, crm.export, erp.export)
            self._find()
        except database.error as problem:  # what it cannot read or calculate, the other way can, or names it
            raise Unfit(str(problem)[:200]) from None

    # -- what differs --------------------------------------------------------------------------------

    def _find(self) -> None:
        """The table of the candidates: the hashes of the ids of the deals that have to be judged."""
        database, scans = self._database, (self._deals, self._orders)
        lines = self.terms.lines
        crm, erp = (Kept(scan.side, lines=lines) for scan in scans)
        for scan, kept in zip(scans, (crm, erp), strict=True):
            self._add_totals(scan)
            keep(database, kept, self._compared(scan))
        find_differing(database, "candidates", crm, erp)
        for kept in (crm, erp):
            database.run(f"DROP TABLE {kept.table}")
        if self._bills is not None:
            self._find_invoices(self._bills)

    def _add_totals(self, scan: Scan) -> None:
        """Count, and add up the totals; raises Unfit for a value that only the judge can read, or refuse."""
        layout = scan.file.layout
        if layout.sums_lines:
            raise Unfit("totals that are the sums of lines")
        total, odd = scan.number(layout.columns["total"])
        bad = ["live IS NULL", f"{odd} IS NOT NULL"]
        bad += ["key = ''"] if scan is self._deals else []
        bad += ["(NOT start AND fresh)"] if scan.has_lines else []
        found = self._database.run(
            f"SELECT live, coalesce({scan.text(layout.columns.get('currency'))}, '') AS currency, "  # noqa: S608
            f"sum({total}) FILTER (start), count(*) FILTER (start), bool_or({' OR '.join(bad)}) "
            f"FROM ({self._marked(scan)}) GROUP BY ALL"
        )
        for live, currency, sum_, number, is_bad in found:
            if is_bad:
                raise Unfit("a value that the judge has to read")
            text = currency if scan.rows.reader is None else _LINE_END.sub("\n", currency)
            self.totals.add(scan.side, _STATES[scan.side, live], text, Decimal(sum_ or 0), number)

    def _marked(self, scan: Scan, *, numbered: bool = False) -> str:
        """The rows of a file with the id of their deal, and whether it is won or they are open."""
        more = f"{scan.key(self.terms.contract)} AS key, {scan.live(self._states)} AS live"
        return scan.marked(more, numbered=numbered)

    def _compared(self, scan: Scan) -> str:
        """The rows of a file as ``buckets`` compares them, by deal."""
        forms = ", ".join(["key", *scan.header(self.terms), *scan.line(self.terms)])
        # The digest of a digest: of a sum of digests, each bit depends on all bits of each.
        return (
            f"SELECT hash(key) AS kh, hash(hash({forms})) AS digest, start, "  # noqa: S608
            f"{'live' if self.terms.lines else 'live AND start'} AS counted FROM ({self._marked(scan)})"
        )

    # -- invoices ------------------------------------------------------------------------------------

    def _find_invoices(self, bills: InvoiceScan) -> None:
        """Add the deals whose invoices have to be judged, and make a table of the numbers of their orders."""
        database, lines = self._database, self.terms.invoice_lines
        self._find_memos(bills)
        ours, theirs = bills.forms(self._orders, self.terms)
        number, marked = self._number, self._marked(self._orders)
        orders, invoices = Kept("orders", lines=lines, uncounted=True), Kept("invoices", lines=lines)
        keep(
            *(database, orders),
            f"SELECT hash({number}) AS kh, hash(hash({', '.join([number, *ours])})) AS digest, start, "  # noqa: S608
            f"{'live' if lines else 'live AND start'} AS counted FROM ({marked})",
        )
        keep(
            *(database, invoices),
            f"SELECT hash(names) AS kh, hash(hash({', '.join(['names', *theirs])})) AS digest, start, "  # noqa: S608
            f"{'true' if lines else 'start'} AS counted FROM ({bills.documents()}) WHERE NOT is_credit",
        )
        find_differing(database, "numbers", orders, invoices)
        if not self.terms.contract.invoiced:
            database.run("DELETE FROM numbers WHERE kh NOT IN (SELECT kh FROM invoices)")
        database.run(
            f"INSERT INTO candidates SELECT DISTINCT hash(key) FROM ({marked}) "  # noqa: S608
            f"WHERE hash({number}) IN (SELECT kh FROM numbers)"
        )
        ((alone,),) = database.run(
            f"SELECT count(*) FROM invoices WHERE {invoices.is_start} AND kh IN (SELECT kh FROM numbers) "  # noqa: S608
            "AND (kh = hash('') OR kh NOT IN (SELECT kh FROM orders))"
        )
        # As with_invoices has them: each is there as a cancelled order.
        self.totals.add("erp", "cancelled", "", Decimal(0), alone)
        for kept in (orders, invoices):
            database.run(f"DROP TABLE {kept.table}")

    def _find_memos(self, bills: InvoiceScan) -> None:
        """Make a table of the ids of the invoices of which something was taken back."""
        odd = bills.number(bills.layout.columns["total"])[1]
        self._database.run(
            f"CREATE TABLE memos AS SELECT names AS id, bool_or({odd} IS NOT NULL) AS odd "  # noqa: S608
            f"FROM ({bills.documents()}) WHERE is_credit GROUP BY 1"
        )
        if self._database.run("SELECT bool_or(odd) FROM memos")[0][0]:
            raise Unfit("a credit memo whose amount the judge has to read")
        if (
            bills.has_lines
            and self._database.run(
                f"SELECT bool_or(NOT start AND fresh) FROM ({bills.documents()})"  # noqa: S608
            )[0][0]
        ):
            raise Unfit("an invoice that the judge has to refuse")
        self._database.run("DELETE FROM memos WHERE id = ''")

    @property
    def _number(self) -> str:
        """The number of an order; empty if it has none."""
        return f"coalesce({self._orders.text(self._orders.file.layout.own)}, '')"

    # -- what is judged ------------------------------------------------------------------------------

    def deals(self) -> Iterator[Stored]:
        """The deals that have to be judged, sorted by their ids."""
        return self._stored(self._deals, "key, place")

    def orders(self) -> Iterator[Stored]:
        """Their orders, sorted alike; if invoices are a file of their own, in the order of the file."""
        return self._stored(self._orders, "key, place" if self._bills is None else "place")

    def invoices(self) -> Iterator[bytes]:
        """The invoices of these orders and those of no order, and what was taken back of them."""
        bills, database = self._bills, self._database
        if bills is None:
            return
        database.run(
            f"INSERT INTO numbers SELECT DISTINCT hash({self._number}) FROM ({self._marked(self._orders)}) "  # noqa: S608
            "WHERE hash(key) IN (SELECT kh FROM candidates)"
        )
        wanted = "NOT is_credit AND hash(names) IN (SELECT kh FROM numbers)"
        database.run(f"CREATE TABLE credited AS SELECT DISTINCT id FROM ({bills.documents()}) WHERE {wanted}")  # noqa: S608
        names = ", ".join(source.sql for source in bills.sources)
        yield from self._records(
            bills,
            f"SELECT start, {names} FROM ({bills.documents(numbered=True)}) "  # noqa: S608
            f"WHERE ({wanted}) OR (is_credit AND names IN (SELECT id FROM credited)) ORDER BY place",
        )

    def _stored(self, scan: Scan, order: str) -> Iterator[Stored]:
        names = ", ".join(source.sql for source in scan.sources)
        query = (
            f"SELECT start, {names} FROM ({self._marked(scan, numbered=order == 'place')}) "  # noqa: S608
            f"WHERE hash(key) IN (SELECT kh FROM candidates) ORDER BY {order}"
        )
        for data in self._records(scan, query):
            yield scan.file.documents.store(data, 0)

    def _records(self, file: RowFile, query: str) -> Iterator[bytes]:
        """The records of the rows of a query: whether a document begins, then the columns."""
        grouper = RowGrouper(read_shape(file.fields))
        for start, *values in self._database.rows(query):
            items = [*grouper.finish()] if start else []
            items += grouper.add(0, _row(file, values))
            yield from map(_data, items)
        yield from map(_data, grouper.finish())


def _row(file: RowFile, values: list[Any]) -> dict[str, Any]:
    """A row as the readers of files have it."""
    from gameday.records.parquet_rows import plain

    csv = file.rows.reader
    if csv is None:
        return {source.name: plain(v) for source, v in zip(file.sources, values, strict=True)}
    texts = [""] * csv.width
    for source, value in zip(file.sources, values, strict=True):
        texts[source.at] = _LINE_END.sub("\n", value or "")
    return csv.read(texts)


def _data(item: Any) -> bytes:
    if isinstance(item, Rejected):
        raise GamedayError(item.reason)
    return bytes(item.data)
