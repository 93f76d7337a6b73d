"""The first score: whether the right people were alerted in time and with what they need to act."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gameday.analysis.alerts import alarms, gives_reason, reports, right_reasons
from gameday.analysis.ending import ending
from gameday.analysis.escalation import is_right_owner
from gameday.analysis.incident import Times, incident
from gameday.analysis.moments import states_moment
from gameday.analysis.observations import Observations, observe
from gameday.analysis.reconcile import OrderOutcome
from gameday.analysis.reports import DEAD_LETTER
from gameday.base.counts import out_of, plural
from gameday.base.durations import words
from gameday.model.checker import Case
from gameday.scoring.rubric import RUBRIC, Points, Row, on_log_scale, row


def detection_points(case: Case, affected: Sequence[OrderOutcome]) -> Points:
    """F1 of order recall and alert precision x (time + right owner + context) x how the incident ended.

    0 without an alert; no points without impact.
    """
    if not affected:
        return Points(None, note="no impact: no deal was affected, so there was nothing to detect")
    observed = observe(case.history)
    if observed.may_lack_alerts:
        return Points(None, note=f"inconclusive: {unread_alerts(observed)}")
    times = incident(case).times
    if times.detect_s is None:
        return Points(0.0, 0.0, note="no alert named the flow")
    factor = _factor(case, affected)
    rows = (_time_row(case, times, times.detect_s), _owner_row(case, observed), _context_row(case, affected))
    end = _end(case)
    total = factor.value * end.value * sum(row.points for row in rows)
    return Points(round(total, 1), round(total, 1), factor, rows, end=end)


def unread_alerts(observed: Observations) -> str:
    """A clause about the alerts, tickets or metrics that could not be read, with the first problem."""
    if not observed.unread:
        return f"the metrics that alert rules are about could not be read ({observed.unread_metrics[0]})"
    count = len(observed.unread)
    what = "an alert or ticket" if count == 1 else f"{count:,} alerts or tickets"
    return f"{what} could not be read ({observed.unread[0]})"


def _factor(case: Case, affected: Sequence[OrderOutcome]) -> Row:
    """F1 of order recall and alert precision."""
    raised = alarms(case)
    named = len(_named(affected))
    recall = named / len(affected)
    precision = sum(alarm.worth for alarm in raised) / len(raised) if raised else 0.0
    f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
    control = "" if case.control is not None else "; there was no fault-free control run"
    why = (
        f"{out_of(named, len(affected), 'affected deal')} named; "
        f"{plural(len(raised), 'alert or ticket', 'alerts and tickets')} worth {precision:.0%}{control}"
    )
    return Row("F1 of order recall and alert precision", round(f1, 4), 1.0, round(f1, 4), why)


def _end(case: Case) -> Row:
    """1 where the incident closes after the repair and the pages are bounded, less for each way to end badly."""
    end = ending(case)
    factors, why = [], []
    if end.early:
        factors.append(RUBRIC.end_early)
        why.append(f"the alerts about {plural(len(end.early), 'deal')} were resolved before the repair")
    elif end.open:
        factors.append(RUBRIC.end_open)
        why.append(f"{plural(len(end.open), 'alert', verb='was')} never resolved")
    if end.stormed:
        factors.append(RUBRIC.end_storm)
        why += [f"{plural(end.pages, 'page')}, and the bound is {end.page_limit:,}"] * (end.pages > end.page_limit)
        tickets = f"{plural(end.tickets, 'ticket')}, and the bound is {end.ticket_limit:,}"
        why += [tickets] * (end.tickets > end.ticket_limit)
    value = round(math.prod(factors), 4)
    return Row("end of the incident", value, 1.0, value, "; ".join(why) or "nothing to object to")


def _named(affected: Sequence[OrderOutcome]) -> list[OrderOutcome]:
    """The affected deals that an alert or a ticket reported."""
    return [o for o in affected if o.reported and o.reported_by != DEAD_LETTER]


def _time_row(case: Case, times: Times, detect_s: float) -> Row:
    sla = case.contract.sla
    value = on_log_scale(detect_s, sla.detect_target_s, sla.detect_limit_s)
    target, limit = words(sla.detect_target_s), words(sla.detect_limit_s)
    when = f"{words(detect_s)} after" if detect_s > 0 else "before"
    injected = times.detect_from_injection_s
    since = f", {words(injected)} after the injection" if injected is not None else ""
    return row(
        "time to detect", value, RUBRIC.detect_time, f"{when} the first affected deal{since}; {target} to {limit}"
    )


def _owner_row(case: Case, observed: Observations) -> Row:
    about = observed.flow_signals(case.contract.name)
    right = sum(is_right_owner(case, r) for r in about)
    value = right / len(about) if about else 0.0
    return row(
        "right owner", value, RUBRIC.detect_owner, out_of(right, len(about), "alert or ticket", "alerts and tickets")
    )


def _context_row(case: Case, affected: Sequence[OrderOutcome]) -> Row:
    """Order id, payload, right reason and first seen, a quarter each, averaged over the deals that were named."""
    reasons = right_reasons(case.scenario)
    flow = case.contract.name
    named = _named(affected)
    counts = [len(named), 0, 0, 0]
    for outcome in named:
        about = reports(case).about(outcome.deal)
        signals = [r.signal for r in about]
        counts[1] += any(reports(case).payload(r, outcome.deal) for r in about)
        counts[2] += any(gives_reason(s, reasons, flow) for s in signals)
        counts[3] += any(states_moment(s.first_seen) for s in signals)
    value = sum(counts) / (4 * len(named)) if named else 0.0
    parts = zip(("id", "payload", "right reason", "first seen"), counts, strict=True)
    why = f"of {plural(len(named), 'named deal')}: " + ", ".join(f"{count:,} with {what}" for what, count in parts)
    return row("context", value, RUBRIC.detect_context, why)
