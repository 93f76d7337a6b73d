"""The scorecard: how well the stack noticed and how well it recovered, with the arithmetic.

Two scores from 0 to 100, capped if deals went unreported, and beside them what no score may hide: unreported deals and
their money, revenue not booked, false alarms and manual interventions. A run without a steady state has no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from gameday.analysis.alerts import false_alarms, unreported_orphans, unreported_strays
from gameday.analysis.differences import NotCompared
from gameday.analysis.effects import effects
from gameday.analysis.exits import StackExit, exits
from gameday.analysis.observations import observe
from gameday.analysis.outage import Outage, outage
from gameday.analysis.reconcile import END_STATES, OrderOutcome, Reconciliation, reconcile
from gameday.analysis.revenue import Revenue, by_currency, revenue, run_rates
from gameday.analysis.strays import Stray
from gameday.checkers.faults_took_effect import faults_took_effect
from gameday.checkers.steady_state import steady_state
from gameday.model.checker import Case, Result
from gameday.model.rates import Rates
from gameday.scoring.detection import detection_points
from gameday.scoring.recovery import interventions, recovery_points, share
from gameday.scoring.rubric import RUBRIC, Points, bound


class Cap(msgspec.Struct, frozen=True):
    """A cap that lowered ``score`` (detection, recovery or grade) from ``before`` to ``limit``."""

    score: str
    limit: str
    before: str
    why: str


class DealSum(msgspec.Struct, frozen=True):
    """How many deals, and how much money by currency.

    ``amount`` is the money in the reporting currency, ``money_share`` its share of all deals' (0 to 1); both are None
    where a rate is missing.
    """

    orders: int
    money: dict[str, Decimal]
    amount: Decimal | None = None
    money_share: float | None = None


class Scorecard(msgspec.Struct, frozen=True):
    """All scores and sums of one run; docs/scoring.md explains them.

    ``states`` has every end state, also the empty ones. ``ineffective`` are faults without evidence that they took
    effect. ``no_impact``: every fault took effect, no deal was affected and nothing left beside them. ``grade``
    is that of the lower score. Compare two scorecards only if ``rubric``, ``contract`` and ``scenario`` are the same.
    ``not_compared`` are the fields of order and invoice that were not compared, with the reason. ``strays`` are
    customers that the ERP has twice or without an account, and orders of others that were changed or are missing.
    ``rates`` are the reporting currency and the rates of the run's day, ``exits`` the ends of the stack's process that
    no fault caused. ``outage`` is what eight hours of the same faults would cost; None where the run cannot say.
    """

    detection: Points
    recovery: Points
    grade: str | None
    no_impact: bool
    caps: tuple[Cap, ...]
    orders: int
    states: dict[str, DealSum]
    reported: DealSum
    unreported: DealSum
    orphans: int
    revenue: Revenue
    false_alarms: int
    interventions_per_1000: float | None
    bound: str
    rubric: str
    contract: str
    scenario: str
    ineffective: tuple[str, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()
    strays: tuple[Stray, ...] = ()
    rates: Rates = Rates()
    exits: tuple[StackExit, ...] = ()
    outage: Outage | None = None


def score(case: Case) -> Scorecard:
    """The scorecard of a run; pure."""
    found = reconcile(case)
    unsound = next((v for v in (steady_state(case), faults_took_effect(case)) if v.result is not Result.PASSED), None)
    if unsound is None and case.until_s is None:
        detection, recovery, grade, caps = _capped(case, found)
    else:
        why = f"{unsound.result.word}: {unsound.summary}" if unsound else "inconclusive: the run did not end"
        detection = recovery = Points(None, note=why)
        grade, caps = None, ()
    outcomes = found.outcomes
    by_state = {state: [o for o in outcomes if o.state == state] for state in END_STATES}
    rates = run_rates(case)
    whole = rates.amount(by_currency(outcomes, sizes=True)).amount

    def sum_of(those: Sequence[OrderOutcome]) -> DealSum:
        return _sum(those, rates, whole)

    unreported = [o for o in outcomes if o.unreported]
    return Scorecard(
        detection=detection,
        recovery=recovery,
        grade=grade,
        no_impact=bool(outcomes) and not found.affected and not found.orphans and not found.strays and unsound is None,
        ineffective=tuple(effect.fault for effect in effects(case) if effect.problem),
        caps=caps,
        orders=len(outcomes),
        states={state: sum_of(those) for state, those in by_state.items()},
        reported=sum_of([o for o in outcomes if o.unreconciled and not o.unreported and o.state != "parked"]),
        unreported=sum_of(unreported),
        orphans=len(found.orphans),
        revenue=revenue(case),
        false_alarms=len(false_alarms(case)),
        interventions_per_1000=interventions(case),
        bound=bound(len(outcomes), sum(o.state == "lost" for o in unreported)),
        rubric=RUBRIC.digest,
        contract=case.contract.digest,
        scenario=case.scenario.digest(),
        not_compared=found.not_compared,
        strays=found.strays,
        rates=rates,
        exits=exits(case),
        outage=outage(case) if unsound is None and case.until_s is None else None,
    )


def _sum(outcomes: Sequence[OrderOutcome], rates: Rates, whole: Decimal | None) -> DealSum:
    """The sum of some deals; ``whole`` is the size of all in the reporting currency, None where a rate is missing."""
    money = by_currency(outcomes)
    part = rates.amount(by_currency(outcomes, sizes=True)).amount
    of_money = None if whole is None or part is None else round(float(part / whole), 4) if whole else 0.0
    return DealSum(len(outcomes), money, rates.amount(money).amount, of_money)


def _capped(case: Case, found: Reconciliation) -> tuple[Points, Points, str | None, tuple[Cap, ...]]:
    """Both scores and the grade, with every cap that lowered one of them."""
    outcomes = found.outcomes
    detection, recovery = detection_points(case, found.affected), recovery_points(case, found)
    caps: list[Cap] = []
    by_orders, by_money = share(outcomes, lambda o: float(o.unreported), run_rates(case))
    orphans = len(unreported_orphans(case)) + len(unreported_strays(case))
    # An alert that could not be read may have named any of them, so nothing counts as unreported.
    unread = observe(case.history).may_lack_alerts
    unreported = 0.0 if unread else min(1.0, max(by_orders, by_money) + (orphans / len(outcomes) if outcomes else 0.0))
    if unreported:
        why = f"{unreported:.2%} of the deals or their money are wrong and unreported"
        detection = _cap("detection", detection, RUBRIC.unreported_detection_cap, why, caps)
        recovery = _cap("recovery", recovery, RUBRIC.unreported_recovery_cap * (1 - unreported), why, caps)
    if any(o.state == "duplicated" and o.reported for o in outcomes):
        why = "deals were posted twice, and reported"
        recovery = _cap("recovery", recovery, RUBRIC.duplicate_recovery_cap, why, caps)
    known = [s.points for s in (detection, recovery) if s.points is not None]
    grade = RUBRIC.grade(min(known)) if known and not (unread and found.affected) else None
    if grade and any(o.unreported and o.state == "lost" for o in outcomes):
        limited = RUBRIC.capped_grade(grade)
        if limited != grade:
            caps.append(Cap("grade", limited, grade, "deals were lost and unreported"))
            grade = limited
    return detection, recovery, grade, tuple(caps)


def _cap(name: str, points: Points, limit: float, why: str, caps: list[Cap]) -> Points:
    if points.points is None or points.points <= limit:
        return points
    limit = round(limit, 1)
    caps.append(Cap(name, f"{limit:g}", f"{points.points:g}", why))
    return msgspec.structs.replace(points, points=limit)
