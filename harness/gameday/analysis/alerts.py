"""How good an alert or a ticket is: whether it had a cause, went to the owner and gave the right reason."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from gameday.analysis.cause import FINANCE, PLATFORM, SINK, SOURCE, SYNC, SYSTEM
from gameday.analysis.causes import owners_of, states
from gameday.analysis.observations import observe
from gameday.analysis.once import once_for_each
from gameday.analysis.raised import Raised
from gameday.analysis.reasons import reason_of
from gameday.analysis.reconcile import reconcile
from gameday.analysis.reports import Reports
from gameday.analysis.strays import DEAL_CHANGED, Stray
from gameday.model.checker import Case
from gameday.model.contract import Contract
from gameday.model.events import Delivery
from gameday.model.fault import faults
from gameday.model.scenario import Injection, Scenario
from gameday.model.signal import Signal
from gameday_fakes.ledger import Entry

#: The role that owns the system which a fault is injected at.
_ROLE_OF_TARGET = {"crm": SOURCE, "erp": SINK, "pager": PLATFORM, "tickets": PLATFORM, "stack": PLATFORM}
#: Whatever the cause is, finance can be concerned.
_FINANCE = re.compile(
    r"\b(period|price|tolerance|invoic\w*|tax(es)?|credit (note|memo|limit)s?|finance)\b", re.IGNORECASE
)

#: Why an alarm is false that was raised where there was no fault.
IN_CONTROL = "in the fault-free control"
BEFORE_FAULT = "before the first fault"


class Alarm(msgspec.Struct, frozen=True):
    """All that was raised under one key.

    ``worth`` (0 to 1) is the share of the deals it named that were affected, touched by a fault or in hand in one; 1
    for a true alarm that names no deal. ``false`` says why the alarm had no cause; empty if it had one.
    """

    source: str
    key: str
    kind: str
    time_s: float
    orders: tuple[str, ...]
    worth: float
    false: str


def right_reasons(scenario: Scenario) -> tuple[str, ...]:
    """The words of the scenario's faults; a right reason has at least one of them."""
    return tuple(word for injection in scenario.injections for word in faults[injection.fault].reasons)


def gives_reason(signal: Signal, words: Sequence[str], flow: str) -> bool:
    """Whether a signal states one of these reasons; see gameday.analysis.causes."""
    return states(_reason(signal, flow), words)


def _reason(signal: Signal, flow: str) -> str:
    """The reason without the flow's name, which may contain a word of a cause by chance."""
    if not flow:
        return reason_of(signal)
    return re.sub(rf"(?<![\w-]){re.escape(flow)}(?![\w-])", " ", reason_of(signal), flags=re.IGNORECASE)


def right_owner(contract: Contract, signal: Signal, injections: Sequence[Injection]) -> bool:
    """Whether a signal went to an owner who can remove the cause that it states."""
    return signal.owner.strip() in fitting_owners(contract, signal, injections)


def fitting_owners(contract: Contract, signal: Signal, injections: Sequence[Injection]) -> frozenset[str]:
    """The owners who can remove the cause that a signal states.

    A closed period is finance's, a renamed field the sync's or that of the system that renamed it. The flow's owner is
    right where a cause is the sync's, and where the contract names no owner of the right role. Of the two systems, the
    owner of the one is right in which the scenario's faults are; without faults either is.
    """
    reason = _reason(signal, contract.name)
    roles = set(owners_of(reason)) | ({FINANCE} if _FINANCE.search(reason) else set())
    if SYSTEM in roles:
        roles |= {_ROLE_OF_TARGET.get(injection.target, "") for injection in injections} or {SOURCE, SINK}
    named = {contract.owner if role == SYNC else contract.owners.get(role, "") for role in roles} - {""}
    return frozenset(named or {contract.owner} - {""})


@once_for_each
def reports(case: Case) -> Reports:
    """The signals and dead letters of a case, by what they report; remembered for the case."""
    return Reports(case, reconcile(case).outcomes)


@once_for_each
def alarms(case: Case) -> tuple[Alarm, ...]:
    """Every alert and ticket of the run and of its control, one for each key, with its worth.

    What says that all is well is none where something was wrong, and what is about another flow is worth nothing for
    this one. Nor is what is raised a moment after a fault, by what was read in it, about a deal that still waits.
    """
    observed = observe(case.history)
    outcomes = reconcile(case).outcomes
    injected_s = observed.injected_s
    by_alarm = _by_alarm(observed.triggers, injected_s)
    with_cause = {o.deal for o in outcomes if o.affected or o.touched}
    others = {deal for raised in by_alarm for deal in _named(raised)} - with_cause
    in_hand = _in_hand(case) if others else {}
    found: list[Alarm] = []
    for raised in by_alarm:
        orders = _named(raised)
        caused = [deal for deal in orders if deal in with_cause or _names_within(raised, deal, in_hand.get(deal, ()))]
        early = injected_s is not None and raised[-1].time_s < injected_s
        if early:
            found.append(_alarm(raised, orders, 0.0, BEFORE_FAULT))
        elif orders and not caused:
            false = "" if _is_late_word(case, raised[0].time_s, orders) else "every deal it names was unaffected"
            found.append(_alarm(raised, orders, 0.0, false))
        elif not orders and not with_cause:
            found.append(_alarm(raised, orders, 0.0, "no deal was affected"))
        elif all(one.all_clear for one in raised):
            continue
        elif raised[0].signal.flow not in ("", case.contract.name):
            found.append(_alarm(raised, orders, 0.0, ""))
        else:
            found.append(_alarm(raised, orders, len(caused) / len(orders) if orders else 1.0, ""))
    if case.control is not None:
        in_control = _by_alarm(observe(case.control).triggers, None)
        found.extend(_alarm(raised, _named(raised), 0.0, IN_CONTROL) for raised in in_control)
    return tuple(found)


def _in_hand(case: Case) -> dict[str, list[tuple[float, float]]]:
    """When the sync may have had each deal in hand in a fault, though its order was right: from and until.

    From when a message about it was sent, while a fault was active or within the margin before it: the sync reads such
    a deal, and may be refused it, also if the message only announces what it wrote itself. Or from the beginning of a
    fault, if its order became right within the margin before: where the ERP makes the invoice, the sync has yet to see
    it. Until the margin after the fault.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    windows, margin_s = observe(case.history).windows, case.margin_s
    for op in case.history.of(Delivery):
        for window in windows if op.outcome != "fail" else ():
            if window.start_s - margin_s <= op.time_s <= window.end_s:
                for deal in op.event.deals:
                    found.setdefault(deal, []).append((op.time_s, window.end_s + margin_s))
    for outcome in reconcile(case).outcomes:
        for window in windows if outcome.ordered_s is not None else ():
            if window.start_s - margin_s <= (outcome.ordered_s or 0.0) <= window.start_s:
                found.setdefault(outcome.deal, []).append((window.start_s, window.end_s + margin_s))
    return found


def _is_late_word(case: Case, time_s: float, deals: Sequence[str]) -> bool:
    """Whether a moment is within the margin after a fault, and one of the deals is not in the ERP yet."""
    ends_s = [window.end_s for window in observe(case.history).windows]
    if not any(end_s <= time_s <= end_s + case.margin_s for end_s in ends_s):
        return False
    named = (outcome for outcome in reconcile(case).outcomes if outcome.deal in deals)
    return any(outcome.ordered_s is None or time_s < outcome.ordered_s for outcome in named)


def false_alarms(case: Case) -> list[Alarm]:
    """The alarms without a cause."""
    return [alarm for alarm in alarms(case) if alarm.false]


def unreported_orphans(case: Case) -> list[Entry]:
    """The orphan orders that no open and precise alert or ticket mentions by any of their ids.

    A deal's id that such an order bears names the deal, not the order.
    """
    orphans = reconcile(case).orphans
    if not orphans:
        return []
    texts = _open_and_precise(case)
    deals = {deal.id for deal in case.crm.entries}
    return [
        entry
        for entry in orphans
        if not any(_mentions(texts, name) for name in (*entry.keys.values(), entry.id) if name not in deals)
    ]


def unreported_strays(case: Case) -> list[Stray]:
    """The strays whose id no open and precise alert or ticket mentions; the id of a deal says nothing of its change."""
    left = reconcile(case).strays
    texts = _open_and_precise(case) if left else ""
    return [stray for stray in left if stray.kind == DEAL_CHANGED or not _mentions(texts, stray.id)]


#: What follows a number that counts or measures something.
_COUNTED = (
    r"(deals?|orders?|records?|events?|messages?|invoices?|lines?|items?|errors?|times|attempts?|requests?|more|of"
    r"|s|seconds?|ms|min|minutes?|h|hours?|days?)\b"
)


def _mentions(texts: str, name: str) -> bool:
    """Whether texts have an id as a word of its own: order 2 is not mentioned in "12 deals", "2 deals" or "2.50"."""
    # Most texts do not have it at all, and a pattern for each of thousands of ids takes long to compile.
    if not name or name not in texts:
        return False
    alone = r"(?<!\d[.,:/-])", rf"(?![.,:/-]\d| ?%| {_COUNTED})"
    before, after = alone if name.isdigit() else ("", "")
    return re.search(rf"(?<!\w){before}{re.escape(name)}(?!\w){after}", texts) is not None


def _open_and_precise(case: Case) -> str:
    """The texts of all alerts and tickets that are open at the end and precise."""
    found = reports(case)
    triggers = (raised for raised in observe(case.history).triggers if found.open_at_end(raised))
    return "\n".join(raised.signal.text for raised in triggers if found.precise(raised))


def _by_alarm(triggers: Sequence[Raised], injected_s: float | None) -> list[list[Raised]]:
    """The signals by key. What was resolved before the first fault is an alarm of its own, whatever comes later."""
    grouped: dict[tuple[tuple[str, str], bool], list[Raised]] = {}
    for raised in triggers:
        over = injected_s is not None and raised.until_s < injected_s and not raised.all_clear
        grouped.setdefault((raised.name, over), []).append(raised)
    return [*grouped.values()]


def _names_within(raised: Sequence[Raised], deal: str, spans: Sequence[tuple[float, float]]) -> bool:
    """Whether any of these signals names a deal within any of these times."""
    at_s = [each.time_s for each in raised if deal in each.signal.orders] if spans else []
    return any(from_s <= time_s <= until_s for time_s in at_s for from_s, until_s in spans)


def _named(raised: Sequence[Raised]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(deal for r in raised for deal in r.signal.orders))


def _alarm(raised: Sequence[Raised], orders: tuple[str, ...], worth: float, false: str) -> Alarm:
    first = raised[0]
    return Alarm(first.signal.source, first.signal.key, first.signal.kind, first.time_s, orders, worth, false)
