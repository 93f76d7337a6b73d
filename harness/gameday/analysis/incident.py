"""The incident as times and figures: when deals were affected, when it was noticed and repaired.

"MTTR" has four meanings in the literature, so each span has a name of its own and two ends. All times are scenario
seconds on the harness's clock; None if the moment never came.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence, Set
from decimal import Decimal

import msgspec

from gameday.analysis.alerts import reports
from gameday.analysis.catch_up import caught_up_between_s
from gameday.analysis.line_pairs import NOTHING
from gameday.analysis.observations import Observations, observe
from gameday.analysis.once import once_for_each
from gameday.analysis.raised import Raised
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Case
from gameday.model.events import RequestsCounted
from gameday.model.history import History

#: How many points a series has, whatever the length of the run.
POINTS = 120


class Times(msgspec.Struct, frozen=True):
    """The six moments t0 to t5 and the spans between them, in seconds.

    ``flowing_s``: the first deal that changed after the last affected one is in the ERP. ``reconciled_s``: the last
    affected deal is reconciled; None if any is not at the end. A negative ``detect_s`` means that the alert came first.
    ``catch_up_s`` is from th, when the last fault was healed, to t5; without a fault from t1; 0 if all was repaired
    before. Between two faults it goes on while deals are not right. ``repair_s`` (t5 - t1) is None where nobody
    repaired anything and the ledgers agreed only after the scenario healed the fault: then it would measure the script.
    """

    injected_s: float | None
    affected_s: float | None
    alerted_s: float | None
    acknowledged_s: float | None
    flowing_s: float | None
    reconciled_s: float | None
    detect_s: float | None
    detect_from_injection_s: float | None
    acknowledge_s: float | None
    mitigate_s: float | None
    repair_s: float | None
    catch_up_s: float | None = None


class BacklogPoint(msgspec.Struct, frozen=True):
    """How many deals, and how much money by currency, were won and not yet reconciled in the ERP."""

    time_s: float
    orders: int
    amounts: dict[str, Decimal]


class LatencyPoint(msgspec.Struct, frozen=True):
    """From a deal's last change to its order, for the deals last changed in the span that ends at ``time_s``.

    ``missing`` of them never arrived; the figures are those of the others, None without any.
    """

    time_s: float
    orders: int
    missing: int
    median_s: float | None
    p95_s: float | None
    longest_s: float | None


class RequestPoint(msgspec.Struct, frozen=True):
    """Writes that reached the ERP in the span that ends at ``time_s``, and how many of them it refused."""

    time_s: float
    attempts: int
    refused: int


class SystemRequests(msgspec.Struct, frozen=True):
    """All requests that arrived at one system: how many, how many of them were refused, and by operation."""

    total: int
    refused: int
    operations: dict[str, int]


class Requests(msgspec.Struct, frozen=True):
    """How often the stack asked and wrote. ``amplification`` is order writes per deal; 1 is the best.

    ``refused`` and ``series`` are of writes. ``by_system`` has all requests that arrived at CRM and ERP (reads, writes,
    logins, refused ones too), ``per_order`` their number for each deal. Both are missing where they were not counted.
    """

    order_writes: int
    invoice_writes: int
    refused: int
    amplification: float | None
    worst_deal: str
    worst_attempts: int
    series: tuple[RequestPoint, ...]
    by_system: dict[str, SystemRequests] = {}
    per_order: float | None = None


class Incident(msgspec.Struct, frozen=True):
    """All figures of a run over time, other than verdicts and scores."""

    times: Times
    backlog: tuple[BacklogPoint, ...]
    latency: tuple[LatencyPoint, ...]
    requests: Requests


@once_for_each
def incident(case: Case) -> Incident:
    """The figures of a run; pure, remembered for the case."""
    observed = observe(case.history)
    outcomes = reconcile(case).outcomes
    grid = _Grid(max(case.erp.time_s, case.crm.time_s))
    return Incident(
        times=_times(case, observed, outcomes),
        backlog=_backlog(outcomes, grid),
        latency=_latency(outcomes, grid),
        requests=_requests(case, observed, len(outcomes), grid),
    )


def _times(case: Case, observed: Observations, outcomes: Sequence[OrderOutcome]) -> Times:
    affected = [outcome for outcome in outcomes if outcome.affected]
    injected_s = observed.injected_s
    affected_s = min((o.affected_s for o in affected if o.affected_s is not None), default=None)
    deals = {outcome.deal for outcome in affected}
    alerts = [r for r in observed.flow_alerts(case.contract.name) if _notices(r, case, deals, affected_s)]
    alerted_s = min((alert.time_s for alert in alerts), default=None)
    acknowledged_s = _acknowledged_s(observed, alerts)
    flowing_s = _flowing_s(outcomes, affected, affected_s)
    reconciled_s = None
    if affected and all(o.ordered_s is not None for o in affected):
        reconciled_s = max(o.ordered_s for o in affected if o.ordered_s is not None)
    healed_s = observed.fixed_s(case.scenario) if observed.windows else affected_s
    between_s = caught_up_between_s(observed.windows, affected)
    catch_up_s = _span(healed_s, reconciled_s)
    acted = any(reconciled_s is not None and op.time_s <= reconciled_s for op in observed.interventions)
    repaired = acted or not observed.windows or ((catch_up_s or 0.0) < 0 and not between_s)
    return Times(
        injected_s=injected_s,
        affected_s=affected_s,
        alerted_s=alerted_s,
        acknowledged_s=acknowledged_s,
        flowing_s=flowing_s,
        reconciled_s=reconciled_s,
        detect_s=_span(affected_s, alerted_s),
        detect_from_injection_s=_span(injected_s, alerted_s),
        acknowledge_s=_span(alerted_s, acknowledged_s),
        mitigate_s=_span(affected_s, flowing_s),
        repair_s=_span(affected_s, reconciled_s) if repaired else None,
        catch_up_s=None if catch_up_s is None else round(max(0.0, catch_up_s) + between_s, 3),
    )


def _notices(raised: Raised, case: Case, affected: Set[str], affected_s: float | None) -> bool:
    """Whether an alert is how people learn of the incident: it is precise, and names an affected deal or none at all.

    An alert from before the first deal was affected has to be open still when that happens.
    """
    named = set(raised.signal.orders) | set(raised.signal.context)
    return (
        reports(case).precise(raised)
        and (not affected or not named or not affected.isdisjoint(named))
        and (affected_s is None or raised.time_s >= affected_s or raised.until_s > affected_s)
    )


def _span(start_s: float | None, end_s: float | None) -> float | None:
    return None if start_s is None or end_s is None else round(end_s - start_s, 3)


def _acknowledged_s(observed: Observations, alerts: Sequence[Raised]) -> float | None:
    """When one of these alerts was first acknowledged."""
    raised = {alert.name: alert.index for alert in reversed(alerts)}
    times = (
        answer.time_s
        for answer in observed.answers
        if answer.signal.action == "acknowledge" and raised.get(answer.name, answer.index) < answer.index
    )
    return min(times, default=None)


def _flowing_s(
    outcomes: Sequence[OrderOutcome], affected: Sequence[OrderOutcome], affected_s: float | None
) -> float | None:
    """When new deals flowed again: when the first deal after the last affected one was in the ERP.

    Without a later deal, the last affected one itself counts.
    """
    if affected_s is None:
        return None
    last_s = max(o.changed_s for o in affected)
    newest = [o for o in outcomes if o.changed_s > last_s] or [o for o in affected if o.changed_s == last_s]
    arrived_s = min((o.ordered_s for o in newest if o.ordered_s is not None), default=None)
    return None if arrived_s is None else max(arrived_s, affected_s)


class _Grid:
    """Evenly spaced moments from the start of the run to its end."""

    def __init__(self, end_s: float) -> None:
        self._step_s = max(end_s, 1.0) / POINTS
        self.times_s = [round(self._step_s * (i + 1), 3) for i in range(POINTS)]

    def slot(self, time_s: float) -> int:
        """The number of the span that a moment falls into; the first or last span for a moment outside."""
        slot = math.ceil(time_s / self._step_s) - 1
        return 0 if slot < 0 else slot if slot < POINTS else POINTS - 1


def _backlog(outcomes: Iterable[OrderOutcome], grid: _Grid) -> tuple[BacklogPoint, ...]:
    counts = [0] * POINTS
    flows: list[dict[str, Decimal]] = [{} for _ in range(POINTS)]
    for outcome in outcomes:
        if outcome.void:
            continue
        moves = [(grid.slot(outcome.closed_s), 1)]
        if outcome.ordered_s is not None:
            moves.append((grid.slot(outcome.ordered_s), -1))
        for slot, sign in moves:
            counts[slot] += sign
            amount = outcome.amount if sign > 0 else -outcome.amount
            flows[slot][outcome.currency] = flows[slot].get(outcome.currency, NOTHING) + amount
    points: list[BacklogPoint] = []
    open_deals = 0
    amounts: dict[str, Decimal] = {}
    for time_s, count, flow in zip(grid.times_s, counts, flows, strict=True):
        open_deals += count
        for currency, amount in flow.items():
            amounts[currency] = amounts.get(currency, NOTHING) + amount
        points.append(BacklogPoint(time_s, open_deals, dict(sorted(amounts.items()))))
    return tuple(points)


def _latency(outcomes: Iterable[OrderOutcome], grid: _Grid) -> tuple[LatencyPoint, ...]:
    slots: list[list[float | None]] = [[] for _ in range(POINTS)]
    for outcome in outcomes:
        took_s = None if outcome.arrived_s is None else outcome.arrived_s - outcome.changed_s
        slots[grid.slot(outcome.changed_s)].append(took_s)
    return tuple(_latency_point(at_s, slot) for at_s, slot in zip(grid.times_s, slots, strict=True) if slot)


def _latency_point(time_s: float, slot: Sequence[float | None]) -> LatencyPoint:
    took = sorted(value for value in slot if value is not None)
    missing = len(slot) - len(took)
    if not took:
        return LatencyPoint(time_s, len(slot), missing, None, None, None)
    p95 = took[math.ceil(0.95 * len(took)) - 1]
    median, p95, longest = (round(value, 3) for value in (statistics.median(took), p95, took[-1]))
    return LatencyPoint(time_s, len(slot), missing, median, p95, longest)


def requests_by_system(history: History) -> dict[str, SystemRequests]:
    """All requests by system, as last counted; empty where they were not."""
    counted = {op.event.system: op.event for op in history.of(RequestsCounted)}
    return {
        system: SystemRequests(sum(event.operations.values()), event.refused, event.operations)
        for system, event in sorted(counted.items())
    }


def _requests(case: Case, observed: Observations, deals: int, grid: _Grid) -> Requests:
    by_system = requests_by_system(case.history)
    total = sum(each.total for each in by_system.values())
    attempts, refusals = [0] * POINTS, [0] * POINTS
    by_kind = {"order_write": 0, "invoice_write": 0}
    worst = ("", 0)
    for deal, writes in observed.writes.items():
        if deal and len(writes) > worst[1]:
            worst = (deal, len(writes))
        for op in writes:
            by_kind[op.f] += 1
            slot = grid.slot(op.time_s)
            attempts[slot] += 1
            refusals[slot] += op.outcome == "fail"
    return Requests(
        order_writes=by_kind["order_write"],
        invoice_writes=by_kind["invoice_write"],
        refused=sum(refusals),
        amplification=round(by_kind["order_write"] / deals, 3) if deals else None,
        worst_deal=worst[0],
        worst_attempts=worst[1],
        series=tuple(RequestPoint(*point) for point in zip(grid.times_s, attempts, refusals, strict=True)),
        by_system=by_system,
        per_order=round(total / deals, 3) if deals and by_system else None,
    )
