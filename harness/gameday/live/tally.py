"""How many deals, and how much money, are in each state; updated with each change and never counted again."""

from __future__ import annotations

from collections import OrderedDict
from decimal import Decimal

from gameday.live.deal_state import AGREED, STATES, DealState, LiveDeal, State

NOTHING = Decimal(0)
Money = dict[str, Decimal]


class Tally:
    """The sums over all deals. Money is by currency and never added up over currencies."""

    def __init__(self) -> None:
        self.counts: dict[State, int] = dict.fromkeys(STATES, 0)
        self.money: dict[State, Money] = {state: {} for state in STATES}
        self.deals = 0
        self.affected = 0
        #: The deals on which the systems disagree, longest first.
        self.wrong: OrderedDict[str, LiveDeal] = OrderedDict()
        self._minutes: Money = {}
        #: Of the affected deals that are still open: amounts, and amounts x the second since which they are affected.
        self._running: dict[str, tuple[Decimal, Decimal]] = {}

    @property
    def backlog(self) -> int:
        """How many won deals the ERP does not hold, or holds otherwise."""
        return len(self.wrong)

    def at_risk(self) -> Money:
        """The amounts of the deals that are overdue, lost, duplicated, mismatched or parked now."""
        sums: Money = {}
        for state in STATES:
            if state not in (*AGREED, "on the way"):
                for currency, amount in self.money[state].items():
                    sums[currency] = sums.get(currency, NOTHING) + amount
        return {currency: amount for currency, amount in sorted(sums.items()) if amount}

    def money_minutes(self, now_s: float) -> Money:
        """Amount x minutes so far, over all affected deals."""
        sums = dict(self._minutes)
        now = _seconds(now_s)
        for currency, (amount, weighted) in self._running.items():
            sums[currency] = sums.get(currency, NOTHING) + (amount * now - weighted) / 60
        return {currency: max(NOTHING, minutes) for currency, minutes in sorted(sums.items()) if minutes}

    def move(self, deal: LiveDeal, found: DealState, now_s: float) -> None:
        """Move a deal to the state that was found for it."""
        self.remove(deal)
        if found.state in AGREED:
            self.wrong.pop(deal.id, None)
            if found.state == "late" and found.affected_s is not None and found.agreed_s is not None:
                deal.late_s = found.agreed_s - found.affected_s
        elif deal.state is None or deal.state in AGREED:
            deal.wrong_s = deal.changed_s if found.affected_s is None else min(found.affected_s, now_s)
            if found.state in ("on the way", "overdue", "parked"):
                deal.wrong_s = deal.changed_s
            self.wrong[deal.id] = deal
        deal.state, deal.affected_s = found.state, found.affected_s
        self.add(deal)

    def add(self, deal: LiveDeal) -> None:
        """Count a deal as it is."""
        self._count(deal, 1)

    def remove(self, deal: LiveDeal) -> None:
        """Take a deal out as it is, before it changes."""
        self._count(deal, -1)

    def _count(self, deal: LiveDeal, sign: int) -> None:
        state = deal.state
        if state is None:
            return
        amount = deal.amount * sign
        self.deals += sign
        self.counts[state] += sign
        self.money[state][deal.currency] = self.money[state].get(deal.currency, NOTHING) + amount
        if deal.affected_s is None:
            return
        self.affected += sign
        if state in AGREED:
            minutes = amount * _seconds(deal.late_s) / 60
            self._minutes[deal.currency] = self._minutes.get(deal.currency, NOTHING) + minutes
            return
        running, weighted = self._running.get(deal.currency, (NOTHING, NOTHING))
        self._running[deal.currency] = running + amount, weighted + amount * _seconds(deal.affected_s)


def _seconds(seconds: float) -> Decimal:
    return Decimal(str(round(seconds, 3)))
