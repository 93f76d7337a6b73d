"""What a reconciliation of two exports found, as files: for people, a spreadsheet, a ticket system, a program.

Findings are written as they come, so memory does not grow with their number.
"""

from __future__ import annotations

import csv
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.base.errors import GamedayError
from gameday.model.contract import Contract
from gameday.reconcile.judging import Finding
from gameday.reconcile.reconciling import Reconciled
from gameday.scoring.repair_list import in_words
from gameday_reports.environment import fill
from gameday_reports.files import write
from gameday_reports.reconcile.tickets import Ticket, Tickets
from gameday_reports.repair.tables import REPLAY_FILE, VERSION
from gameday_reports.wire import for_csv

#: How many findings the page shows, those of the largest amounts.
ROWS = 40
PAGE, TABLE, TICKETS, REPAIR = "reconcile.md", "findings.csv", "tickets.jsonl", "repair.json"
COLUMNS = (
    *("problem", "owner", "deal", "orders", "amount", "currency", "field", "in_crm", "in_erp"),
    *("crm", "erp", "what_to_do"),
)


class Summary(msgspec.Struct, frozen=True):
    """The figures of a reconciliation. ``affected`` counts findings by problem, ``money`` their amounts by currency.

    ``largest`` are the tickets of the largest amounts. ``doubts`` say what may be wrong with the exports themselves.
    """

    flow: str
    counts: dict[str, int]
    totals: list[dict[str, Any]]
    affected: dict[str, int]
    money: dict[str, Decimal]
    not_compared: list[dict[str, str]]
    largest: list[Ticket]
    doubts: list[str]

    @property
    def findings(self) -> int:
        """How many there are."""
        return sum(self.affected.values())


class _Ranked(NamedTuple):
    amount: Decimal
    place: int
    ticket: Ticket


def summarise(reconciled: Reconciled, contract: Contract, folder: Path | None) -> Summary:
    """Read all findings, write them below ``folder`` if there is one, and count them. Raises GamedayError."""
    tickets, affected, money = Tickets(contract), Counter[str](), dict[str, Decimal]()
    largest: list[_Ranked] = []
    with _files(folder) as keep:
        for place, finding in enumerate(reconciled.findings):
            ticket = tickets.of(finding)
            keep(finding, ticket)
            affected[ticket.problem] += 1
            money[ticket.currency] = money.get(ticket.currency, NOTHING) + ticket.amount
            ranked = _Ranked(abs(ticket.amount), -place, ticket)
            heapq.heappush(largest, ranked) if len(largest) < ROWS else heapq.heappushpop(largest, ranked)
    summary = Summary(
        flow=contract.name,
        counts=dict(reconciled.counts),
        totals=[msgspec.structs.asdict(total) for total in reconciled.totals],
        affected=dict(sorted(affected.items())),
        money=dict(sorted(money.items())),
        not_compared=[{"field": each.words, "reason": each.reason} for each in reconciled.not_compared],
        largest=[ranked.ticket for ranked in sorted(largest, reverse=True)],
        doubts=reconciled.doubts,
    )
    if folder is not None:
        write(folder / PAGE, page(summary))
    return summary


def page(summary: Summary) -> str:
    """The result as Markdown."""
    return fill("reconcile/templates/reconcile.md.jinja", {"summary": summary, "files": (TABLE, TICKETS, REPAIR)})


class _Writers:
    """The open files of the findings."""

    def __init__(self, table: IO[str], tickets: IO[str], repair: IO[str]) -> None:
        self._rows = csv.writer(table, lineterminator="\r\n")
        self._rows.writerow(COLUMNS)
        self._tickets, self._repair = tickets, repair
        self._repair.write(f'{{"version": {VERSION}, "repairs": [')
        self._first = True
        self.replay: dict[str, None] = {}

    def __call__(self, finding: Finding, ticket: Ticket) -> None:
        self._rows.writerows([for_csv(cell) for cell in cells] for cells in _cells(ticket))
        self._tickets.write(msgspec.json.encode(ticket).decode() + "\n")
        row = {**msgspec.structs.asdict(finding.repair), "what_to_do": in_words(finding.repair.steps)}
        row |= {"differences": ticket.differences, "crm": ticket.in_crm, "erp": ticket.in_erp}
        self._repair.write(("" if self._first else ",") + "\n" + msgspec.json.encode(row).decode())
        self._first = False
        self.replay.update(dict.fromkeys(finding.repair.dead_letters))

    def finish(self) -> None:
        """End the list."""
        ids = msgspec.json.encode({"ids": [*self.replay]}).decode()
        self._repair.write(f'\n], "replay": {ids}}}\n')


def _cells(ticket: Ticket) -> Iterator[tuple[object, ...]]:
    """A row for each field that differs, or one if no field does."""
    for difference in ticket.differences or [{"field": "", "crm": "", "erp": ""}]:
        yield (
            *(ticket.problem, ticket.owner, ticket.deal, " ".join(ticket.orders), ticket.amount, ticket.currency),
            *(difference["field"], difference["crm"], difference["erp"]),
            *(ticket.in_crm, ticket.in_erp, ticket.what_to_do),
        )


@contextmanager
def _files(folder: Path | None) -> Iterator[Any]:
    """What writes a finding; the files are moved into place once all of them are whole."""
    if folder is None:
        yield lambda *_: None
        return
    names = (TABLE, TICKETS, REPAIR)
    parts = {name: folder / f".{name}.part" for name in names}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            files = (stack.enter_context(path.open("w", encoding="utf-8", newline="")) for path in parts.values())
            writers = _Writers(*files)
            yield writers
            writers.finish()
        for name, path in parts.items():
            path.replace(folder / name)
    except OSError as problem:
        raise GamedayError(
            f"cannot write {folder}: {problem.strerror}", hint="name another folder with --out"
        ) from None
    finally:
        for path in parts.values():
            path.unlink(missing_ok=True)
    write(folder / REPLAY_FILE, msgspec.json.encode({"ids": [*writers.replay]}).decode() + "\n")


def as_json(summary: Summary) -> Mapping[str, Any]:
    """The figures for a program; amounts are decimal strings."""
    return {"findings": summary.findings, **msgspec.to_builtins(summary)}
