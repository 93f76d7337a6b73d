"""Orders that the ERP saves with another tax than their deals have: its tax engine does not answer, and says nothing.

Writing an order anew takes a dozen requests or more, and its invoice is taken back. So each is written anew once; what
that did not help waits while one of them is tried, in ever longer steps, until the tax of one is right.
"""

from __future__ import annotations

from typing import NamedTuple

from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.definition import Reconcile
from gameday_fakes.stacks.durable.orders import CANCELLED
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.environment import Pace

#: Stands in what is noted about a difference of the tax, and of nothing else.
TAX = "of tax"
#: The fact with the moment since which an order has another tax.
UNTAXED = "untaxed:"
#: The longest step between two tries, in scenario seconds.
LONGEST_S = 240.0


class Wrong(NamedTuple):
    """A deal whose order differs from it, in words, and how often the order was repaired."""

    row: Row
    record: Record
    difference: str
    repairs: int


class Untaxed:
    """The orders of one flow that have another tax than their deals."""

    def __init__(self, rules: Reconcile, pace: Pace, store: Store) -> None:
        self._rules = rules
        self._pace = pace
        self._store = store
        self._tries = 0
        self._next_s = 0.0
        self._answers = False
        self._waiting: list[Wrong] = []

    def begin(self) -> list[str]:
        """Begin a pass. Returns the deals that are done, to be compared until their tax is right."""
        self._waiting, found = [], []
        for deal in self._store.facts(UNTAXED):
            row = self._store.deal(deal)
            if row is None or row["digest"] == CANCELLED:
                self._store.set_fact(f"{UNTAXED}{deal}", "")
            elif row["state"] == "done":
                found.append(row["id"])
        return found

    def waits(self, wrong: Wrong) -> bool:
        """Whether an order is not to be written anew at once: its tax is another, although that was done before."""
        if TAX not in wrong.difference:
            return False
        if not self._store.fact(f"{UNTAXED}{wrong.row['id']}"):
            self._store.set_fact(f"{UNTAXED}{wrong.row['id']}", str(self._store.now_s()))
        if wrong.repairs:
            self._waiting.append(wrong)
        elif not self._tries:
            self._try_again_later()
        return bool(wrong.repairs)

    def lasts(self, deal: str) -> bool:
        """Whether an order has had another tax for as long as other repairs are tried, so that people are to know."""
        since_s = self._store.fact(f"{UNTAXED}{deal}")
        # The last pass may have been a little early.
        limit_s = self._pace.real_s((self._rules.repairs - 0.5) * self._rules.every_s)
        return bool(since_s) and self._store.now_s() - float(since_s) >= limit_s

    def leave(self, deal: str, *, right: bool) -> None:
        """Forget an order: its tax is ``right``, so the tax engine answers, or it is nobody's any more."""
        if self._store.fact(f"{UNTAXED}{deal}"):
            self._store.set_fact(f"{UNTAXED}{deal}", "")
            self._answers = self._answers or right

    def chosen(self) -> list[Wrong]:
        """Which of those that wait to write anew: all once the tax engine answers, one whenever a try is due."""
        waiting = [each for each in self._waiting if self._is_done(each)]
        if self._answers:
            self._tries, self._next_s, self._answers = 0, 0.0, not waiting
            return waiting
        if not waiting or self._store.now_s() < self._next_s:
            return []
        self._try_again_later()
        return [min(waiting, key=lambda each: each.repairs)]

    def _try_again_later(self) -> None:
        self._tries += 1
        step_s = self._pace.real_s(min(self._rules.every_s * 2**self._tries, LONGEST_S))
        self._next_s = self._store.now_s() + step_s

    def _is_done(self, wrong: Wrong) -> bool:
        row = self._store.deal(wrong.row["id"])
        return row is not None and bool(row["state"] == "done")
