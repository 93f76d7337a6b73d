"""Says what gameday understood of an alert, one line for each part: for `gameday doctor`."""

from __future__ import annotations

from collections.abc import Iterator

from gameday.analysis.alerts import right_owner
from gameday.analysis.causes import causes_in
from gameday.analysis.moments import states_moment
from gameday.analysis.observations import names
from gameday.analysis.reasons import reason_of
from gameday.base.tables import shown
from gameday.model.contract import Contract
from gameday.model.signal import Signal

NOT_GIVEN = "not given"


def echo(signal: Signal, contract: Contract) -> Iterator[tuple[str, str]]:
    """The name of each part, and what was understood of it or why it was not."""
    yield "flow", _flow(signal, contract)
    yield "owner", _owner(signal, contract)
    yield "reason", _reason(signal)
    yield "deals", ", ".join(signal.orders[:5]) + _more(len(signal.orders) - 5) if signal.orders else "none"
    yield "payload", _deals(len(signal.context)) if signal.context else _without_payload(signal)
    yield "first seen", _first_seen(signal.first_seen)
    yield "kind", signal.rule or signal.summary or NOT_GIVEN
    routes = (f"{kind} {', '.join(names_)}" for kind, names_ in signal.route.items())
    yield "routing", "; ".join(routes) or NOT_GIVEN


def _flow(signal: Signal, contract: Contract) -> str:
    if signal.flow == contract.name or (not signal.flow and names(signal.text, contract.name)):
        return contract.name
    if signal.flow:
        return f"{shown(signal.flow)}, which is not {contract.name!r}: map it in [signals.flows]"
    return f"{NOT_GIVEN}: only alerts that name a deal will count; map it in [signals.flows]"


def _owner(signal: Signal, contract: Contract) -> str:
    if not signal.owner:
        return f"{NOT_GIVEN}: map its routing in [signals.owners]"
    roles = [role for role, owner in contract.owners.items() if owner == signal.owner]
    if not roles:
        known = ", ".join(dict.fromkeys(contract.owners.values()))
        return f"{shown(signal.owner)}, who is no owner in the contract: {known}"
    fits = "" if right_owner(contract, signal, ()) else "; for this reason it should be another"
    return f"{signal.owner} ({', '.join(roles)}){fits}"


def _reason(signal: Signal) -> str:
    reason = reason_of(signal)
    causes = ", ".join(sorted(causes_in(reason)))
    return f"{shown(reason)} states {causes or 'no cause'}" if reason else NOT_GIVEN


def _first_seen(text: str) -> str:
    if not text or states_moment(text):
        return text or NOT_GIVEN
    return f"{shown(text)}, which is no time: write a timestamp such as 2026-06-30T10:00:00Z"


def _deals(count: int) -> str:
    return f"of {count:,} {'deal' if count == 1 else 'deals'}"


def _without_payload(signal: Signal) -> str:
    return "none" if signal.orders else "not checked: the alert names no deal"


def _more(count: int) -> str:
    return f" and {count:,} more" if count > 0 else ""
