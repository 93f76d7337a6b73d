"""The first rows of the repair list; all of it is in repair.csv and repair.json."""

from __future__ import annotations

from collections import Counter
from typing import Any

from gameday.scoring.repair_list import Repair, in_words, repair_list
from gameday_reports.recorded import RecordedRun
from gameday_reports.repair.tables import commands

#: How many deals the page shows.
ROWS = 40


def repairs(run: RecordedRun) -> dict[str, Any]:
    """The rows to show, the number of each problem, and the commands that carry out the repair."""
    rows = repair_list(run.case)
    shown = [
        {
            "deal": row.deal,
            "problem": row.problem,
            "amount": row.amount,
            "currency": row.currency,
            "erp": row.erp,
            "orders": row.orders,
            "loose": _loose(row),
            "to_do": in_words(row.steps),
        }
        for row in rows[:ROWS]
    ]
    return {
        "rows": shown,
        "count": len(rows),
        "left_out": len(rows) - len(shown),
        "problems": dict(Counter(row.problem for row in rows).most_common()),
        "commands": commands(run, rows),
    }


def _loose(row: Repair) -> list[str]:
    """Invoices whose order is not open any more."""
    invoiced = {invoice for order in row.orders for invoice in order.invoices}
    return [invoice for invoice in row.invoices if invoice not in invoiced]
