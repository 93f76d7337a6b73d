"""The board's figures as plain values, without what must not be known yet."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gameday.base.money import to_currency
from gameday.live.deal_state import STATES
from gameday.live.outlook import outlook
from gameday.live.revenue import revenue_so_far

if TYPE_CHECKING:
    from gameday.live.state import LiveState

#: What a blind drill shows instead of the phases that give away that a fault is active.
UNDER_WAY = "under way"
_REVEALING_PHASES = ("steady state", "injection")


def hides(state: LiveState, *, blind: bool) -> bool:
    """Whether the injection stays hidden: in a blind drill, until an operator asks or the run is over."""
    return blind and state.revealed is None and not (state.ended or state.final)


def view(state: LiveState, *, blind: bool) -> dict[str, Any]:
    """What the page shows. Times are scenario seconds; money is a decimal text by currency."""
    hidden = hides(state, blind=blind)
    tally = state.tally
    return {
        "time_s": round(state.time_s, 3),
        "scenario": "" if hidden else state.scenario.name,
        "flow": state.scenario.flow.contract,
        "horizon_s": state.scenario.horizon_s,
        **_phase(state, hidden=hidden),
        "hidden": hidden,
        "revealed": None if state.revealed is None else {"by": state.revealed.by, "time_s": state.revealed.time_s},
        "stopped": state.stopped,
        "injections": None if hidden else _injections(state),
        "deals": tally.deals,
        "states": _states(state),
        "judged": bool(state.judged),
        "ended": state.ended,
        "closed": state.closed,
        "backlog": tally.backlog,
        "series": {"step_s": state.backlog.step_s, "values": state.backlog.values},
        "oldest": _oldest(state),
        "revenue": _revenue(state),
        "refused": state.deals.refused,
        "orphans": state.deals.orphans,
        "budget": {"affected": tally.affected, "limit": state.budget.limit, "source": state.budget.source},
        "conditions": list(state.conditions),
        "operations": state.operations,
        **outlook(state, hidden=hidden),
    }


def _phase(state: LiveState, *, hidden: bool) -> dict[str, Any]:
    if hidden and state.phase in _REVEALING_PHASES:
        return {"phase": UNDER_WAY, "phase_began_s": 0.0}
    return {"phase": state.phase, "phase_began_s": state.phase_began_s}


def _states(state: LiveState) -> list[dict[str, Any]]:
    """How many deals and how much money in each state: by the scorecard once there is one, else by the history."""
    tally = state.tally
    if state.judged:
        return [
            {"state": name, "deals": state.judged[name].orders, "money": _money(state.judged[name].money)}
            for name in STATES
            if name in state.judged
        ]
    return [{"state": name, "deals": tally.counts[name], "money": _money(tally.money[name])} for name in STATES]


def _revenue(state: LiveState) -> list[dict[str, Any]]:
    """What happened to the revenue: by the scorecard once there is one, else by the history."""
    found = state.judged_revenue or revenue_so_far(state.tally, state.contract, state.rates)
    sums = (
        ("Not booked", found.not_booked),
        ("Booked late", found.booked_late),
        ("Over-invoiced", found.over_invoiced),
    )
    return [
        {
            "name": name,
            "currency": amount.currency,
            "amount": None if amount.amount is None else str(amount.amount),
            "originals": _money(amount.by_currency),
        }
        for name, amount in sums
    ]


def _injections(state: LiveState) -> list[dict[str, Any]]:
    return [
        {
            "fault": injected.fault,
            "target": injected.target,
            "params": ", ".join(f"{name} {value}" for name, value in injected.params.items()),
            "injected_s": injected.injected_s,
            "healed_s": injected.healed_s,
        }
        for injected in state.faults.all()
    ]


def _oldest(state: LiveState) -> dict[str, Any] | None:
    deal = next(iter(state.tally.wrong.values()), None)
    if deal is None:
        return None
    amount = str(to_currency(deal.amount, deal.currency))
    return {
        "deal": deal.id,
        "state": deal.state,
        "since_s": deal.wrong_s,
        "amount": amount,
        "currency": deal.currency,
    }


def _money(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {code: str(to_currency(amount, code)) for code, amount in sorted(amounts.items()) if amount}
