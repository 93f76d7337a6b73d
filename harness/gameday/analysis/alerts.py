"""What an alert or a ticket is worth: whether it had a cause, went to its owner and gave the right reason."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gameday.analysis.observations import Raised, observe, once_for_each
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case
from gameday.model.contract import Contract
from gameday.model.fault import faults
from gameday.model.scenario import Scenario
from gameday.model.signal import Signal
from gameday_fakes.ledger import Entry

#: Trouble with these words in its reason is finance's to settle, or another owner's whom the contract names.
FINANCE_WORDS = ("period", "price", "tolerance", "invoice", "tax", "credit", "finance")


class Alarm(msgspec.Struct, frozen=True):
    """All that was raised under one key.

    ``worth`` (0 to 1) is the share of the deals it named that were harmed or touched by a fault; one that names no
    deal is worth 1 unless it is false. ``false`` says why it had no cause; empty if it had one.
    """

    source: str
    key: str
    kind: str
    time_s: float
    orders: tuple[str, ...]
    worth: float
    false: str


def right_reasons(scenario: Scenario) -> tuple[str, ...]:
    """The words of which a right reason holds at least one: those of the scenario's faults."""
    return tuple(word for injection in scenario.injections for word in faults[injection.fault].reasons)


def gives_reason(signal: Signal, words: Sequence[str], flow: str) -> bool:
    """Whether a signal gives one of these reasons; in its text where it has no reason of its own.

    The flow's name is no reason, whatever words it is made of.
    """
    said = (signal.reason or signal.text).casefold().replace(flow.casefold(), " ")
    return any(word.casefold() in said for word in words)


def right_owner(contract: Contract, signal: Signal) -> bool:
    """Whether a signal went to the flow's owner, or for a matter of finance to any owner of the contract."""
    owner = signal.owner.strip()
    if owner == contract.owner:
        return bool(owner)
    of_finance = any(word in signal.reason.casefold() for word in FINANCE_WORDS)
    return of_finance and bool(owner) and owner in contract.owners.values()


@once_for_each
def alarms(case: Case) -> tuple[Alarm, ...]:
    """Every alert and ticket of the run and of its control, one for each key, each with what it was worth."""
    observed = observe(case.history)
    outcomes = reconcile(case).outcomes
    injected_s = observed.injected_s
    with_cause = {o.deal for o in outcomes if o.affected or o.touched}
    found: list[Alarm] = []
    for raised in _by_name(observed.triggers).values():
        orders = _named(raised)
        caused = [deal for deal in orders if deal in with_cause]
        early = injected_s is not None and raised[-1].time_s < injected_s
        if early:
            found.append(_alarm(raised, orders, 0.0, "before the first fault"))
        elif orders and not caused:
            found.append(_alarm(raised, orders, 0.0, "every deal it names was fine and untouched"))
        elif not orders and not with_cause:
            found.append(_alarm(raised, orders, 0.0, "nothing was harmed or touched"))
        else:
            found.append(_alarm(raised, orders, len(caused) / len(orders) if orders else 1.0, ""))
    if case.control is not None:
        stray = _by_name(observe(case.control).triggers).values()
        found.extend(_alarm(raised, _named(raised), 0.0, "in the fault-free control") for raised in stray)
    return tuple(found)


def false_alarms(case: Case) -> list[Alarm]:
    """Those without a cause."""
    return [alarm for alarm in alarms(case) if alarm.false]


def unreported_orphans(case: Case) -> list[Entry]:
    """The open orders that belong to no deal and that no alert or ticket mentions by any of their ids."""
    orphans = reconcile(case).orphans
    said = "\n".join(raised.signal.text for raised in observe(case.history).triggers) if orphans else ""
    return [entry for entry in orphans if not any(key and key in said for key in (*entry.keys.values(), entry.id))]


def _by_name(triggers: Sequence[Raised]) -> dict[tuple[str, str], list[Raised]]:
    grouped: dict[tuple[str, str], list[Raised]] = {}
    for raised in triggers:
        grouped.setdefault(raised.name, []).append(raised)
    return grouped


def _named(raised: Sequence[Raised]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(deal for r in raised for deal in r.signal.orders))


def _alarm(raised: Sequence[Raised], orders: tuple[str, ...], worth: float, false: str) -> Alarm:
    first = raised[0]
    return Alarm(first.signal.source, first.signal.key, first.signal.kind, first.time_s, orders, worth, false)
