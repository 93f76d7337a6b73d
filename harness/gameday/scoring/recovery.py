"""The second score: how little harm was left, how fast it was repaired, and how much of it by people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal

from gameday.analysis.alerts import reports
from gameday.analysis.incident import incident
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import OrderOutcome, Reconciliation
from gameday.base.durations import words
from gameday.model.checker import Case
from gameday.scoring.rubric import RUBRIC, Points, Row, on_log_scale, row


def share(outcomes: Sequence[OrderOutcome], weigh: Callable[[OrderOutcome], float]) -> tuple[float, float]:
    """The average of a weight over orders, and over money.

    Money of different currencies cannot be added: it is averaged in each currency, and the averages by the
    currencies' numbers of orders.
    """
    if not outcomes:
        return 0.0, 0.0
    by_currency: dict[str, list[OrderOutcome]] = {}
    for outcome in outcomes:
        by_currency.setdefault(outcome.currency, []).append(outcome)
    orders = sum(map(weigh, outcomes)) / len(outcomes)
    money = 0.0
    for those in by_currency.values():
        whole = sum((abs(o.amount) for o in those), Decimal(0))
        affected = sum((abs(o.amount) * Decimal(str(weigh(o))) for o in those), Decimal(0))
        money += float(affected / whole) * len(those) / len(outcomes) if whole else 0.0
    return orders, money


def _harm(outcome: OrderOutcome) -> float:
    match outcome.state:
        case "ok":
            return 0.0
        case "late":
            return RUBRIC.harm_late
        case "parked":
            return RUBRIC.harm_parked
        case _:
            return RUBRIC.harm_unreported if outcome.unreported else RUBRIC.harm_reported


def interventions(case: Case) -> float | None:
    """Manual interventions, with the open dead letters, per 1,000 deals."""
    deals = len(case.crm.entries)
    observed = observe(case.history)
    left = max(observed.open_dead_letters or 0, len(case.dead_letters))
    return round((len(observed.interventions) + left) * 1000 / deals, 3) if deals else None


def recovery_points(case: Case, found: Reconciliation) -> Points:
    """The harm left, the time to repair, interventions, collateral, and the stack's own evidence."""
    outcomes, affected = found.outcomes, found.affected
    if not outcomes:
        return Points(None, note="no deal was closed")
    by_orders, by_money = share(outcomes, _harm)
    untouched = sum(not o.touched for o in affected)
    collateral = untouched / len(outcomes)
    why_harm = f"harm {by_orders:.3f} over orders, {by_money:.3f} over money; the larger counts"
    rows = (
        row("harm", 1 - max(by_orders, by_money), RUBRIC.recover_harm, why_harm),
        _repair_row(case, affected),
        _interventions_row(case),
        row(
            "collateral",
            1 - collateral,
            RUBRIC.recover_collateral,
            f"{untouched:,} of {len(outcomes):,} deals were affected although no fault touched them",
        ),
        _evidence_row(case, affected),
    )
    total = round(sum(row.points for row in rows), 1)
    return Points(total, total, None, rows)


def _repair_row(case: Case, affected: Collection[OrderOutcome]) -> Row:
    sla, repair_s = case.contract.sla, incident(case).times.repair_s
    target = f"{words(sla.repair_target_s)} to {words(sla.repair_limit_s)}"
    if not affected:
        return row("time to repair", 1.0, RUBRIC.recover_time, "no deal was affected")
    if repair_s is None:
        return row("time to repair", 0.0, RUBRIC.recover_time, f"the ledgers were not reconciled; {target}")
    value = on_log_scale(repair_s, sla.repair_target_s, sla.repair_limit_s)
    why = f"reconciled {words(max(0.0, repair_s))} after the first affected deal; {target}"
    return row("time to repair", value, RUBRIC.recover_time, why)


def _evidence_row(case: Case, affected: Collection[OrderOutcome]) -> Row:
    """Whether the stack's own records hold the affected deals, each by id with payload and reason."""
    shown = sum(reports(case).recorded(o) for o in affected)
    value = shown / len(affected) if affected else 1.0
    why = f"{shown:,} of {len(affected):,} affected deals are in the stack's own records with payload and reason"
    return row("own reconciliation evidence", value, RUBRIC.recover_evidence, why)


def _interventions_row(case: Case) -> Row:
    count = interventions(case) or 0.0
    value = on_log_scale(count, RUBRIC.interventions_target, RUBRIC.interventions_limit)
    counted = "" if observe(case.history).open_dead_letters is not None else "; dead letters were not counted"
    why = f"{count:g} manual interventions and open dead letters per 1,000 deals{counted}"
    return row("interventions", value, RUBRIC.recover_interventions, why)
