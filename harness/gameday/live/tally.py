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

    @property
    def backlog(self) -> int:
        """How many won deals the ERP does not hold, or holds otherwise."""
        return len(self.wrong)

    def move(self, deal: LiveDeal, found: DealState, now_s: float) -> None:
        """Move a deal to the state that was found for it."""
        self.remove(deal)
        if found.state in AGREED:
            self.wrong.pop(deal.id, None)
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
        if deal.affected_s is not None:
            self.affected += sign
