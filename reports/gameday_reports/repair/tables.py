"""The repair list as files: for a spreadsheet, for a program, and for the stack's replay hook."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Sequence
from typing import Any

import msgspec

from gameday.scoring.repair_list import Repair, in_words
from gameday_reports.recorded import RecordedRun
from gameday_reports.wire import for_csv

VERSION = 1
#: The request body for the replay hook, and the hook's documented path.
REPLAY_FILE = "replay.json"
REPLAY_PATH = "/dead-letters/replay"

COLUMNS = (
    *("problem", "state", "deal", "key", "amount", "currency", "in_crm", "in_erp"),
    *("orders", "invoices", "dead_letters", "differences", "unreported", "what_to_do"),
)


def as_csv(rows: Sequence[Repair]) -> str:
    """One row for each deal, for a spreadsheet: no cell is a formula (RFC 4180; lines end with CR LF)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([for_csv(cell) for cell in _cells(row)] for row in rows)
    return text.getvalue()


def _cells(row: Repair) -> tuple[object, ...]:
    differences = "; ".join(
        f"{d.field}: {d.crm or 'nothing'} in the CRM, {d.erp or 'nothing'} in the ERP" for d in row.differences
    )
    return (
        *(row.problem, row.state, row.deal, row.key, row.amount, row.currency, row.crm, row.erp),
        " ".join(order.id for order in row.orders),
        " ".join(row.invoices),
        " ".join(row.dead_letters),
        differences,
        "yes" if row.unreported else "no",
        in_words(row.steps),
    )


def as_json(run: RecordedRun, rows: Sequence[Repair]) -> str:
    """The list with its steps; money as decimal strings. ``commands`` are for a shell in the run's folder."""
    value = {
        "version": VERSION,
        "stack": run.info.stack,
        "scenario": run.scenario.name,
        "seed": run.info.seed,
        "judged_s": run.end_s,
        "repairs": [_plain(row) for row in rows],
        "replay": {"ids": replay_ids(rows)},
        "commands": commands(run, rows),
    }
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=1).decode() + "\n"


def _plain(row: Repair) -> dict[str, Any]:
    return {**msgspec.structs.asdict(row), "what_to_do": in_words(row.steps)}


def replay_ids(rows: Sequence[Repair]) -> list[str]:
    """The ids of the dead letters to replay, without duplicates."""
    return list(dict.fromkeys(id_ for row in rows for id_ in row.dead_letters))


def as_replay(rows: Sequence[Repair]) -> str:
    """The request body for the replay hook: ``{"ids": [...]}``. Never null, which would replay everything."""
    return msgspec.json.encode({"ids": replay_ids(rows)}).decode() + "\n"


def commands(run: RecordedRun, rows: Sequence[Repair]) -> dict[str, str]:
    """``replay`` calls the stack's replay hook at the address in STACK_URL; ``sandbox`` tries the whole list."""
    by_name = {"sandbox": shlex.join(["gameday", "repair", run.dir.name])} if rows else {}
    if replay_ids(rows):
        send = shlex.join(["curl", "--fail-with-body", "--json", f"@{REPLAY_FILE}"])
        by_name["replay"] = f'{send} "$STACK_URL{REPLAY_PATH}"'
    return by_name
