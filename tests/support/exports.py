"""Exports of a test: rows as files, reconciled by the bundled contract or one like it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.odcs import contract_columns, load_contract
from gameday.model.contract import Contract
from gameday.reconcile.judging import Finding
from gameday.reconcile.reconciling import (
    Reconciled,
    Request,
    _bills,
    _by_digests,
    _file,
    _Untouched,
    reconciled_exports,
)
from gameday.reconcile.row_files import Unfit

FLOW = "closed-won-to-sales-order"
CONTRACT = load_contract(FLOW)
COMPARED = contract_columns(FLOW)
CRM = ("Id", "AccountId", "CurrencyIsoCode", "Amount", "CloseDate", "StageName")
ERP = ("id", "otherRefNum", "entity", "currency", "total", "tranDate", "status")
LINE_CRM = tuple(f"OpportunityLineItem.{name}" for name in ("PricebookEntry.ProductCode", "Quantity", "UnitPrice"))
LINE_ERP = tuple(f"salesOrder.item.{name}" for name in ("item", "quantity", "rate"))


class Compared(NamedTuple):
    """What a reconciliation gave, as plain values."""

    findings: list[Finding]
    counts: dict[str, int]
    totals: list[tuple[str, Any, Any, Any]]
    not_compared: list[tuple[str, str]]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """The problem of each deal."""
        return [(finding.problem, finding.repair.deal) for finding in self.findings]

    @property
    def fields(self) -> list[str]:
        """The fields that differ, of all findings."""
        return [difference.field for finding in self.findings for difference in finding.repair.differences]


def request(crm: Path, erp: Path, contract: Contract = CONTRACT, **more: Any) -> Request:
    """A request for two files."""
    return Request(crm, erp, contract, **{"compared": COMPARED, **more})


def compare(
    crm: Path, erp: Path, contract: Contract = CONTRACT, *, in_database: bool | None = False, **more: Any
) -> Compared:
    """Two files, reconciled."""
    with reconciled_exports(request(crm, erp, contract, **more), in_database=in_database) as reconciled:
        return plain(reconciled)


def by_digests(asked: Request) -> Compared:
    """The exports, compared by DuckDB first. Raises Unfit where it cannot."""
    crm, erp = _file(asked, "crm", asked.crm, {}), _file(asked, "erp", asked.erp, {})
    with ExitStack() as stack:
        return plain(_by_digests(asked, crm, erp, _bills(asked, erp), _Untouched(asked), stack))


def agree(asked: Request) -> bool:
    """Check that both ways give the same, or both say what is wrong with a file; False if DuckDB cannot tell."""
    try:
        with reconciled_exports(asked, in_database=False) as reconciled:
            ours: object = plain(reconciled)
    except GamedayError as problem:
        ours = str(problem)
    try:
        theirs: object = by_digests(asked)
    except Unfit:
        return False
    except GamedayError as problem:
        theirs = str(problem)
    assert theirs == ours or (isinstance(ours, str) and isinstance(theirs, str))
    return True


def plain(reconciled: Reconciled) -> Compared:
    """A reconciliation as plain values."""
    findings = list(reconciled.findings)
    totals = [(t.currency, t.crm, t.erp, t.difference) for t in reconciled.totals]
    left_out = [(each.words, each.reason) for each in reconciled.not_compared]
    return Compared(findings, dict(reconciled.counts), totals, left_out)


def write(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], *, delimiter: str = ",", line_end: str = "\n"
) -> Path:
    """A CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())
    return path


def deal(number: int = 1, **changed: str) -> list[str]:
    """A row of the CRM: a won deal of 100 dollars."""
    values = dict(zip(CRM, (f"006{number:012}", "001A", "USD", "100.00", "2026-01-31", "Closed Won"), strict=True))
    return list({**values, **changed}.values())


def order(number: int = 1, **changed: str) -> list[str]:
    """A row of the ERP: the order of that deal."""
    values = dict(
        zip(ERP, (str(number), f"006{number:012}", "001A", "USD", "100.00", "2026-01-31", "Billed"), strict=True)
    )
    return list({**values, **changed}.values())


def with_erp(contract: Contract, name: str, **changed: Any) -> Contract:
    """The contract with another field of the ERP."""
    fields = tuple(
        msgspec.structs.replace(field, **changed) if field.physical_name == name else field
        for field in contract.erp_fields
    )
    return msgspec.structs.replace(contract, erp_fields=fields)
