"""Orders flow and are right without any fault: before the first one, and in the fault-free control."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gameday.analysis.findings import failed, inconclusive, listed, passed, tally
from gameday.analysis.host_load import overloaded
from gameday.analysis.kept_waiting import held_up, kept_waiting
from gameday.analysis.observations import observe
from gameday.analysis.once import once_for_each
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.analysis.strays import Stray
from gameday.base.counts import every, out_of, plural
from gameday.model.capability import CHANGES_AFTER_WINNING, NEW_CUSTOMERS
from gameday.model.checker import Case, Verdict, checkers
from gameday_fakes.ledger import Entry

NAME = "steady state"
#: How the verdict begins where a fault-free control may decide.
NONE_BEFORE = "no deal arrived before the first fault"


@checkers.register(NAME)
def steady_state(case: Case) -> Verdict:
    """Deals arrived before the first fault, and without a fault every deal that was due was right."""
    outcomes = reconcile(case).outcomes
    injected_s = observe(case.history).injected_s
    bad, orphans, strays = _wrong_in_control(case)
    if bad or orphans or strays:
        unknown = [f"orders that belong to no deal: {len(orphans):,}"] if orphans else []
        what = [*([tally(bad)] if bad else []), *unknown, *(stray.words for stray in strays)]
        why = f"it fails without any fault: {listed(what)} in the fault-free control{_may_lack(case, bad)}"
        return failed(NAME, why, bad, others=[*(order.id for order in orphans), *(stray.id for stray in strays)])
    if injected_s is None:
        arrived = sum(o.arrived_s is not None for o in outcomes)
        if not arrived:
            return inconclusive(NAME, "no deal arrived")
        return passed(NAME, f"no fault was injected; {out_of(arrived, len(outcomes), 'deal')} arrived")
    arrived = sum(o.arrived_s is not None and o.arrived_s <= injected_s for o in outcomes)
    margin_s = case.margin_s
    bad = [o for o in outcomes if o.affected_before(injected_s, margin_s)]
    if bad:
        wrong = out_of(len(bad), len(outcomes), "deal", verb="was")
        why = f"it fails without any fault: {wrong} not right before the first fault at {injected_s:.0f} s"
        return failed(NAME, why, bad)
    if not arrived:
        # A batch may have its first run after the fault began.
        if may_be_shown_by_control(case) and (shown := _right_in_control(case)):
            why = f"no deal was due before the first fault at {injected_s:.0f} s"
            return passed(NAME, f"{why}; in the fault-free control, {every(shown, 'deal', verb='was')} right")
        return inconclusive(NAME, f"{NONE_BEFORE} at {injected_s:.0f} s")
    return passed(NAME, f"{plural(arrived, 'deal', verb='was')} right before the first fault at {injected_s:.0f} s")


def may_be_shown_by_control(case: Case) -> bool:
    """Whether no deal was due before the first fault, so that a fault-free control shows the steady state as well."""
    injected_s = observe(case.history).injected_s
    return injected_s is not None and injected_s <= case.contract.sla.latency_s


def _may_lack(case: Case, bad: Sequence[OrderOutcome]) -> str:
    """What the stack may do without, if all that was wrong in the control is about deals that need it; else empty."""
    control = _control(case)
    if control is None or not bad:
        return ""
    known = {name for names in control.erp.customers.values() for name in names.values()}
    of_new = {deal.id for deal in control.crm.entries if known and deal.customer not in known}
    needs = {
        CHANGES_AFTER_WINNING: {o.deal for o in bad if o.void or o.changed_s > o.closed_s},
        NEW_CUSTOMERS: {o.deal for o in bad if o.deal in of_new},
    }
    if {o.deal for o in bad} - set().union(*needs.values()):
        return ""
    lacking = ", ".join(repr(need) for need, deals in needs.items() if deals)
    return f"; these deals are all about {lacking}: a stack that does without declares it absent in its table"


def control_was_right(case: Case) -> bool:
    """Whether there was a fault-free control in which every deal was right and in time, and nothing else was left."""
    return case.control_ledgers is not None and not any(_wrong_in_control(case))


def _right_in_control(case: Case) -> int:
    """How many deals the fault-free control had, if all were right and in time and it left nothing else; else 0."""
    control = _control(case)
    if control is None:
        return 0
    found = reconcile(control)
    return 0 if found.affected or found.orphans or found.strays else len(found.outcomes)


def _wrong_in_control(case: Case) -> tuple[list[OrderOutcome], tuple[Entry, ...], tuple[Stray, ...]]:
    """The deals that were not right and in time in the control, its orders without a deal, and what else it left.

    No deals if the machine was too busy to judge it, or kept all of them waiting past their limits.
    """
    control = _control(case)
    if control is None:
        return [], (), ()
    found, busy = reconcile(control), bool(overloaded(control))
    # An accelerated stack may have given up a call that was answered, and so left an order without a deal.
    if busy and case.accelerated:
        return [], (), ()
    affected = [] if busy or kept_waiting(control, found.affected) else found.affected
    return affected, found.orphans, found.strays


def control_overloaded(case: Case) -> str:
    """Why the machine may have caused what happened in the fault-free control; empty if it kept up, or without one."""
    control = _control(case)
    return held_up(control) if control is not None else ""


@once_for_each
def _control(case: Case) -> Case | None:
    """The fault-free control as a case of its own."""
    if case.control is None or case.control_ledgers is None:
        return None
    return msgspec.structs.replace(
        case,
        scenario=msgspec.structs.replace(case.scenario, injections=()),
        history=case.control,
        crm=case.control_ledgers.crm,
        erp=case.control_ledgers.erp,
        dead_letters=(),
        control=None,
        control_ledgers=None,
    )
