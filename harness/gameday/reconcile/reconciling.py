"""Reconciles two exports by a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec

from gameday.analysis.differences import NotCompared
from gameday.analysis.line_pairs import NOTHING
from gameday.analysis.reconcile import Total
from gameday.base.errors import GamedayError
from gameday.model.checker import DeadLetter
from gameday.model.contract import Contract
from gameday.reconcile.digests import Digests
from gameday.reconcile.documents import States
from gameday.reconcile.doubts import Doubts, of_files
from gameday.reconcile.exports import ExportFile, sorted_by_key
from gameday.reconcile.invoice_file import InvoiceFile, with_invoices
from gameday.reconcile.judging import Finding, Judge, Totals
from gameday.reconcile.layout import Side, layout_of
from gameday.reconcile.row_files import Unfit
from gameday.reconcile.terms import Terms, terms_of
from gameday.records.numbers import WIDE
from gameday.records.record import Progress

#: Exports of so many bytes together are first compared by digests: from some 5,000 rows on, that takes less time.
LARGE_BYTES = 500_000


class Request(msgspec.Struct, frozen=True):
    """What to reconcile. ``compared`` are the contract's columns by side (gameday.contracts.odcs.contract_columns).

    ``columns`` are headers by role, of the CRM's export. ``dead_letters`` are what the stack has parked.
    ``invoices`` is an export of the ERP's invoices, where its orders do not have them.
    """

    crm: Path
    erp: Path
    contract: Contract
    compared: Mapping[str, Mapping[str, str]]
    columns: Mapping[str, str] = {}
    states: States = States()
    dead_letters: tuple[DeadLetter, ...] = ()
    invoices: Path | None = None


class _Untouched:
    """The files of a request, as they are when reading begins."""

    def __init__(self, request: Request) -> None:
        self.paths = [path for path in (request.crm, request.erp, request.invoices) if path is not None]
        self._begun = [*map(_version, self.paths)]

    def check(self) -> None:
        """Raise GamedayError if a file has changed since: what was found would be of neither version."""
        for path, version in zip(self.paths, self._begun, strict=True):
            if _version(path) != version:
                raise GamedayError(f"{path} was changed while it was read", hint="wait until the export is complete")


def _version(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        found = path.stat()
        return found.st_size, found.st_mtime_ns
    return None


class Reconciled:
    """Two exports, reconciled: the findings can be read once, and the figures are whole after that."""

    def __init__(self, terms: Terms, findings: Iterator[Finding], totals: Totals, files: _Untouched) -> None:
        self.terms, self._findings, self._totals, self._files = terms, findings, totals, files
        self._doubts = Doubts()

    @property
    def findings(self) -> Iterator[Finding]:
        """The findings. Raises GamedayError at their end if a file was changed while it was read."""
        for finding in self._findings:
            self._doubts.see(finding)
            yield finding
        self._files.check()

    @property
    def doubts(self) -> list[str]:
        """What may be wrong with the exports rather than with the sync, a line each."""
        return [*of_files(self._files.paths), *self._doubts.lines(self.counts)]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many documents there are by state: won, void, open, cancelled."""
        return self._totals.counts

    @property
    def not_compared(self) -> tuple[NotCompared, ...]:
        """The fields that were not compared, and why."""
        return self.terms.not_compared

    @property
    def totals(self) -> tuple[Total, ...]:
        """Won deals against open orders, by currency."""
        crm, erp = self._totals.sums["crm"], self._totals.sums["erp"]
        return tuple(
            Total(currency, sold, booked, WIDE.subtract(booked, sold))
            for currency in sorted({*crm, *erp})
            for sold, booked in [(crm.get(currency, NOTHING), erp.get(currency, NOTHING))]
        )


@contextmanager
def reconciled_exports(
    request: Request, progress: Progress | None = None, *, in_database: bool | None = None
) -> Iterator[Reconciled]:
    """The exports of a request, reconciled; what lies on disk for it is removed afterwards.

    ``in_database``: by digests first, or each document by the judge; None: as their size suggests.

    Raises GamedayError for a file that cannot be read whole, or lacks the ids or the totals.
    """
    files = _Untouched(request)
    crm, erp = _file(request, "crm", request.crm, request.columns), _file(request, "erp", request.erp, {})
    bills = _bills(request, erp)
    with ExitStack() as stack:
        if large(request) if in_database is None else in_database:
            with suppress(Unfit):
                yield _by_digests(request, crm, erp, bills, files, stack)
                return
        booked = erp.stored(progress)
        if bills is not None:
            invoices = bills.by_order(bills.documents(progress), stack)
            booked = with_invoices(erp, booked, invoices, request.states, stack)
        deals, orders = (sorted_by_key(each, stack) for each in (crm.stored(progress), booked))
        terms = terms_of(request.contract, crm.export, erp.export)
        totals = Totals()
        judge = Judge(terms, crm.documents, erp.documents, request.dead_letters)
        yield Reconciled(terms, judge.findings(deals, orders, totals), totals, files)


def _file(request: Request, side: Side, path: Path, columns: Mapping[str, str]) -> ExportFile:
    layout = layout_of(side, request.contract, request.compared[side])
    return ExportFile(path, layout, request.contract, request.states, columns)


def _bills(request: Request, erp: ExportFile) -> InvoiceFile | None:
    if request.invoices is None:
        return None
    if erp.layout.invoices is None:
        raise GamedayError(
            "the erp.yaml of the contract has no field for the total of an invoice", hint="see comparedField"
        )
    return InvoiceFile(request.invoices, erp.layout.invoices)


def large(request: Request) -> bool:
    """Whether the exports are so large that the way by digests is the faster one."""
    return sum(path.stat().st_size for path in (request.crm, request.erp) if path.is_file()) >= LARGE_BYTES


def _by_digests(
    request: Request,
    crm: ExportFile,
    erp: ExportFile,
    bills: InvoiceFile | None,
    files: _Untouched,
    stack: ExitStack,
) -> Reconciled:
    """The same, with DuckDB choosing the deals to judge. Raises Unfit if it cannot."""
    digests = Digests(crm, erp, bills, request.contract, request.states, stack)
    judge = Judge(digests.terms, crm.documents, erp.documents, request.dead_letters)
    booked = digests.orders()
    if bills is not None:
        invoices = bills.by_order(digests.invoices(), stack)
        booked = sorted_by_key(with_invoices(erp, booked, invoices, request.states, stack), stack)
    return Reconciled(digests.terms, judge.findings(digests.deals(), booked), digests.totals, files)
