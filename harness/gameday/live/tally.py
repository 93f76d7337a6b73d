"""How many deals, and how much money, are in each state; kept up by each change and never counted anew."""

from __future__ import annotations

from collections import OrderedDict
from decimal import Decimal

from gameday.live.books import RIGHT, STATES, Deal, DealState, State

NOTHING = Decimal(0)
Money = dict[str, Decimal]


class Tally:
    """The sums over all deals. Money is by currency and never added up over currencies."""

    def __init__(self) -> None:
        self.counts: dict[State, int] = dict.fromkeys(STATES, 0)
        self.money: dict[State, Money] = {state: {} for state in STATES}
        self.deals = 0
        self.affected = 0
        #: The deals that are not right, longest first.
        self.wrong: OrderedDict[str, Deal] = OrderedDict()
        self._minutes: Money = {}
        #: Of the harmed deals that are not right yet: amounts, and amounts x the second at which the harm began.
        self._running: dict[str, tuple[Decimal, Decimal]] = {}

    @property
    def backlog(self) -> int:
        """How many deals are won and not, or not rightly, in the ERP."""
        return len(self.wrong)

    def at_risk(self) -> Money:
        """The amounts of the deals that are wrong or overdue now."""
        sums: Money = {}
        for state in STATES:
            if state not in (*RIGHT, "on the way"):
                for currency, amount in self.money[state].items():
                    sums[currency] = sums.get(currency, NOTHING) + amount
        return {currency: amount for currency, amount in sorted(sums.items()) if amount}

    def money_minutes(self, now_s: float) -> Money:
        """Amount x minutes of harm so far, over all harmed deals."""
        sums = dict(self._minutes)
        now = _seconds(now_s)
        for currency, (amount, weighted) in self._running.items():
            sums[currency] = sums.get(currency, NOTHING) + (amount * now - weighted) / 60
        return {currency: max(NOTHING, minutes) for currency, minutes in sorted(sums.items()) if minutes}

    def move(self, deal: Deal, judged: DealState, now_s: float) -> None:
        """A deal was judged, the first time or anew."""
        self.remove(deal)
        if judged.state in RIGHT:
            self.wrong.pop(deal.id, None)
            if judged.state == "late" and judged.affected_s is not None and judged.right_s is not None:
                deal.late_s = judged.right_s - judged.affected_s
        elif deal.state is None or deal.state in RIGHT:
            deal.wrong_s = deal.changed_s if judged.affected_s is None else min(judged.affected_s, now_s)
            if judged.state in ("on the way", "overdue", "parked"):
                deal.wrong_s = deal.changed_s
            self.wrong[deal.id] = deal
        deal.state, deal.affected_s = judged.state, judged.affected_s
        self.add(deal)

    def add(self, deal: Deal) -> None:
        """Count a deal as it is."""
        self._count(deal, 1)

    def remove(self, deal: Deal) -> None:
        """Take a deal out as it is, before it changes."""
        self._count(deal, -1)

    def _count(self, deal: Deal, sign: int) -> None:
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
        if state in RIGHT:
            minutes = amount * _seconds(deal.late_s) / 60
            self._minutes[deal.currency] = self._minutes.get(deal.currency, NOTHING) + minutes
            return
        running, weighted = self._running.get(deal.currency, (NOTHING, NOTHING))
        self._running[deal.currency] = running + amount, weighted + amount * _seconds(deal.affected_s)


def _seconds(seconds: float) -> Decimal:
    return Decimal(str(round(seconds, 3)))
