"""The second score: how little harm was left, how fast it was repaired, and how much of it by people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal

from gameday.analysis.alerts import reports
from gameday.analysis.incident import incident
from gameday.analysis.interventions import interventions as manual
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import OrderOutcome, Reconciliation
from gameday.analysis.revenue import run_rates
from gameday.base.counts import out_of, plural
from gameday.base.durations import words
from gameday.model.checker import Case
from gameday.model.rates import Rates
from gameday.scoring.rubric import RUBRIC, Points, Row, on_log_scale, row


def share(
    outcomes: Sequence[OrderOutcome], weigh: Callable[[OrderOutcome], float], rates: Rates
) -> tuple[float, float]:
    """The average of a weight over orders, and over money in the reporting currency.

    Deals in a currency without a rate are averaged by themselves, each currency for as many deals as it has: they stay
    in the denominator.
    """
    if not outcomes:
        return 0.0, 0.0
    rate_of = {currency: rates.of(currency) for currency in {o.currency for o in outcomes}}
    groups: dict[str, list[OrderOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.currency if rate_of[outcome.currency] is None else "", []).append(outcome)
    orders = sum(map(weigh, outcomes)) / len(outcomes)
    money = 0.0
    for those in groups.values():
        worth = [abs(o.amount) * (rate_of[o.currency] or 1) for o in those]
        whole = sum(worth, Decimal(0))
        affected = sum((w * Decimal(str(weigh(o))) for w, o in zip(worth, those, strict=True)), Decimal(0))
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
    """Manual interventions, done and left, each deal once, per 1,000 deals."""
    deals = len(case.crm.entries)
    return round(manual(case).count * 1000 / deals, 3) if deals else None


def recovery_points(case: Case, found: Reconciliation) -> Points:
    """The harm left, the time to catch up, interventions, collateral, and the stack's own evidence."""
    outcomes, affected = found.outcomes, found.affected
    if not outcomes:
        return Points(None, note="no deal was closed")
    by_orders, by_money = share(outcomes, _harm, run_rates(case))
    untouched = sum(not o.touched for o in affected)
    collateral = untouched / len(outcomes)
    why_harm = f"harm {by_orders:.3f} over orders, {by_money:.3f} over money; the larger counts"
    rows = (
        row("harm", 1 - max(by_orders, by_money), RUBRIC.recover_harm, why_harm),
        _catch_up_row(case, affected),
        _interventions_row(case),
        row(
            "collateral",
            1 - collateral,
            RUBRIC.recover_collateral,
            f"{out_of(untouched, len(outcomes), 'deal', verb='was')} affected and touched by no fault",
        ),
        _evidence_row(case, affected),
    )
    total = round(sum(row.points for row in rows), 1)
    return Points(total, total, None, rows)


def _catch_up_row(case: Case, affected: Collection[OrderOutcome]) -> Row:
    """From the moment the last fault was healed until the ledgers agreed: what the stack itself controls."""
    sla, catch_up_s = case.contract.sla, incident(case).times.catch_up_s
    target = f"{words(sla.repair_target_s)} to {words(sla.repair_limit_s)}"
    if not affected:
        return row("time to catch up", 1.0, RUBRIC.recover_time, "no deal was affected")
    if catch_up_s is None:
        return row("time to catch up", 0.0, RUBRIC.recover_time, f"the ledgers were not reconciled; {target}")
    value = on_log_scale(catch_up_s, sla.repair_target_s, sla.repair_limit_s)
    since = "the last fault was healed" if observe(case.history).windows else "the first deal was affected"
    why = f"reconciled {words(catch_up_s)} after {since}; {target}"
    return row("time to catch up", value, RUBRIC.recover_time, why)


def _evidence_row(case: Case, affected: Collection[OrderOutcome]) -> Row:
    """Whether the stack's own records hold the affected deals, each by id with payload and reason."""
    shown = sum(reports(case).recorded(o) for o in affected)
    value = shown / len(affected) if affected else 1.0
    of_them = out_of(shown, len(affected), "affected deal", verb="is")
    why = f"{of_them} in the stack's own records with payload and reason"
    return row("own reconciliation evidence", value, RUBRIC.recover_evidence, why)


def _interventions_row(case: Case) -> Row:
    count = interventions(case) or 0.0
    value = on_log_scale(count, RUBRIC.interventions_target, RUBRIC.interventions_limit)
    counted = "" if observe(case.history).open_dead_letters is not None else "; dead letters were not counted"
    by_hand = manual(case)
    letters = plural(by_hand.dead_letters, "open dead letter")
    why = (
        f"{count:g} per 1,000 deals: {plural(by_hand.acts, 'act')}, {letters}, "
        f"{plural(len(by_hand.waiting), 'deal')} left to repair, each deal once{counted}"
    )
    return row("interventions", value, RUBRIC.recover_interventions, why)
