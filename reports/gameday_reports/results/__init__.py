"""The results for machines: every figure of the run, and every affected deal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday.analysis.reconcile import OrderOutcome
from gameday_reports.recorded import RecordedRun
from gameday_reports.report import reports

VERSION = 1


@reports.register("results")
def results(run: RecordedRun) -> Mapping[str, str]:
    """``results.json``: an object whose ``version`` rises when a name in it changes meaning."""
    text = msgspec.json.encode(context(run), order="deterministic")
    return {"results.json": msgspec.json.format(text, indent=1).decode() + "\n"}


def context(run: RecordedRun) -> dict[str, Any]:
    """The whole document. Times are scenario seconds, money is decimal strings, ``orders`` are the affected deals."""
    return {
        "version": VERSION,
        "run": run.info,
        "scenario": run.scenario,
        "result": run.result.word,
        "seal": run.seal.word,
        "grade": run.scorecard.grade,
        "verdicts": [
            {"checker": checker, "name": v.name, "result": v.result.word, "summary": v.summary, "orders": v.orders}
            for checker, v in run.judged
        ],
        "scorecard": run.scorecard,
        "times": run.incident.times,
        "judged_s": run.end_s,
        "backlog": run.incident.backlog,
        "latency": run.incident.latency,
        "requests": run.incident.requests,
        "totals": run.reconciliation.totals,
        "orphans": run.reconciliation.orphans,
        "amount_minutes": _amount_minutes(run.affected),
        "orders": [_order(outcome) for outcome in run.affected],
    }


def _amount_minutes(affected: Iterable[OrderOutcome]) -> dict[str, Decimal]:
    """By currency the amounts of the affected deals times the scenario minutes that they were late or wrong.

    Of a deal that never became right these end when the ledgers were read, so a longer run has more of them.
    """
    found: dict[str, Decimal] = {}
    for outcome in affected:
        product = outcome.amount * Decimal(str(outcome.late_s)) / 60
        found[outcome.currency] = found.get(outcome.currency, Decimal(0)) + product
    return {currency: amount.quantize(Decimal("0.01")) for currency, amount in sorted(found.items())}


def _order(outcome: OrderOutcome) -> dict[str, Any]:
    return {**msgspec.structs.asdict(outcome), "unreported": outcome.unreported}
