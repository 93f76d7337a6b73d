"""Which signal reports a deal that is not right, and what holds it until it can be processed.

A signal reports a deal only if it can be trusted and is still there: it was raised or updated once the deal existed, it
was not resolved before the deal was repaired, and it is precise. Precision is that of its class, over the whole run:
the class raises nothing where nothing is wrong, and most of the deals that it lists are in trouble. So neither a digest
of all deals nor a page for every deal reports anything. And its reason explains the harm: a lock explains a missing
order, not its duplicate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Protocol

import msgspec

from gameday.analysis.cause import LATE, LOST, MISMATCHED, PENDING
from gameday.analysis.causes import explains, explains_parking
from gameday.analysis.letters import letters_of
from gameday.analysis.observations import observe
from gameday.analysis.payloads import is_own
from gameday.analysis.raised import Raised
from gameday.analysis.reasons import reason_about
from gameday.analysis.signal_class import VARIED, Classes, customer_names, letter_classes
from gameday.model.checker import ROUNDING_S, Case, DeadLetter

#: The share of the deals that a class lists above which it is precise.
PRECISE = 0.5
#: A class of so many deals, or fewer, is too small to be judged by itself where its source has many like it.
FEW = 2
#: What a report by a dead letter alone is shown as.
DEAD_LETTER = "dead letter"


class Outcome(Protocol):
    """What has to be known about a deal: see ``OrderOutcome``."""

    @property
    def deal(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def affected(self) -> bool: ...
    def affected_before(self, moment_s: float, margin_s: float) -> bool: ...
    @property
    def closed_s(self) -> float: ...
    @property
    def changed_s(self) -> float: ...
    @property
    def ordered_s(self) -> float | None: ...
    @property
    def hit(self) -> bool: ...
    @property
    def touched(self) -> bool: ...
    @property
    def pending(self) -> bool: ...
    @property
    def orders(self) -> tuple[str, ...]: ...


def harm_of(outcome: Outcome) -> str:
    """The harm that a reason has to explain: one of those in gameday.analysis.causes."""
    if outcome.state == "parked" and not outcome.orders:
        return LOST
    if outcome.state in ("mismatched", "parked"):
        return PENDING if outcome.pending else MISMATCHED
    return outcome.state


class Report(msgspec.Struct, frozen=True):
    """What reported a deal first: ``by`` an alert, a ticket or a dead letter."""

    by: str
    time_s: float


class Reports:
    """The signals and dead letters of a run, by what they report. Pure; made once for a case."""

    def __init__(self, case: Case, outcomes: Iterable[Outcome]) -> None:
        self._observed = observe(case.history)
        self._flow = case.contract.name
        self._horizon_s = case.erp.time_s
        self._margin_s = case.margin_s
        self._outcomes = {outcome.deal: outcome for outcome in outcomes}
        self._deals = {entry.id: entry for entry in case.crm.entries}
        self._totals = frozenset([abs(entry.total) for entry in case.crm.entries if entry.total])
        self._letters: dict[str, list[DeadLetter]] = {}
        letters = letters_of(case)
        for letter in letters:
            self._letters.setdefault(letter.order, []).append(letter)
        control = observe(case.control).triggers if case.control is not None else ()
        ledgers = (case.crm,) if case.control_ledgers is None else (case.control_ledgers.crm, case.crm)
        self._customers = customer_names(*ledgers)
        self._classes = Classes((*self._observed.triggers, *control), self._customers)
        self._letter_classes = letter_classes(letters, self._customers)
        self._noisy = set(self._before_the_fault())
        if not self._wrong_without_fault():
            self._noisy |= {self._classes.of(raised.signal) for raised in control}
        self._rightly = self._rightly_listed()
        self._precise = frozenset(
            class_ for class_, deals in self._rightly.items() if class_ not in self._noisy and _is_precise(deals, deals)
        ) - frozenset(_scattered(self._rightly))
        self._relied_on: dict[int, bool] = {}

    def _wrong_without_fault(self) -> bool:
        """Whether the stack fails without any fault: then its signals in the control may be about real trouble."""
        injected_s = self._observed.injected_s
        return injected_s is not None and any(
            outcome.affected_before(injected_s, self._margin_s) for outcome in self._outcomes.values()
        )

    def _before_the_fault(self) -> Iterator[tuple[str, str, str]]:
        """The classes that were raised in the steady state, other than about deals that are affected."""
        injected_s = self._observed.injected_s
        for raised in self._observed.triggers if injected_s is not None else ():
            about = [outcome for deal in raised.signal.orders if (outcome := self._outcomes.get(deal))]
            if raised.time_s < (injected_s or 0.0) and not (about and all(outcome.affected for outcome in about)):
                yield self._classes.of(raised.signal)

    def _rightly_listed(self) -> dict[tuple[str, ...], dict[str, bool]]:
        """For each class of signals, and of dead letters, its deals: whether each was ever rightly listed."""
        listed: dict[tuple[str, ...], dict[str, bool]] = {}
        for raised in self._observed.triggers:
            if raised.time_s > self._horizon_s:
                continue
            deals = listed.setdefault(self._classes.of(raised.signal), {})
            for deal in _listed(raised):
                deals[deal] = deals.get(deal, False) or self._in_trouble(deal, raised.time_s)
        for letter in (letter for letters in self._letters.values() for letter in letters):
            outcome = self._outcomes.get(letter.order)
            listed.setdefault(self._class_of(letter), {})[letter.order] = outcome is not None and outcome.affected
        return listed

    def _in_trouble(self, deal: str, time_s: float) -> bool:
        """Whether a deal was rightly listed then: it is affected, or a fault kept it from the ERP at that moment."""
        outcome = self._outcomes.get(deal)
        if outcome is None or outcome.affected:
            return outcome is not None
        if outcome.ordered_s is None or time_s >= outcome.ordered_s:
            return False
        # It may be listed as soon as it is held back: what counts is that it was, for longer than work takes.
        waited = outcome.ordered_s >= outcome.changed_s + self._margin_s
        return outcome.hit or (outcome.touched and waited)

    def about(self, deal: str) -> list[Raised]:
        """The signals that name a deal under no other flow."""
        return [raised for raised in self._observed.named.get(deal, ()) if raised.signal.flow in ("", self._flow)]

    def precise(self, raised: Raised) -> bool:
        """Whether a signal, and its class, can be relied on: a digest is no better for precise alerts beside it.

        One that says that all is well states no trouble.
        """
        if raised.all_clear:
            return False
        if raised.index not in self._relied_on:
            class_ = self._classes.of(raised.signal)
            own = _is_precise(_listed(raised), self._rightly.get(class_, {}))
            self._relied_on[raised.index] = own and class_ in self._precise
        return self._relied_on[raised.index]

    def noisy(self, raised: Raised) -> bool:
        """Whether signals of this class are also raised where nothing is wrong."""
        return self._classes.of(raised.signal) in self._noisy

    def open_at_end(self, raised: Raised) -> bool:
        """Whether a signal was open when the ledgers were read."""
        return raised.time_s <= self._horizon_s < raised.until_s

    def first(self, outcome: Outcome) -> Report | None:
        """What reported a deal first. The reason of a late one need not be right: it arrived, and the score has it."""
        repaired_s = math.inf if outcome.ordered_s is None else outcome.ordered_s
        harm = harm_of(outcome)
        for raised in self.about(outcome.deal):
            if (
                outcome.closed_s - ROUNDING_S <= raised.time_s <= self._horizon_s
                and (self.open_at_end(raised) or raised.until_s >= repaired_s - self._margin_s)
                and self.precise(raised)
                and (harm == LATE or explains(reason_about(raised.signal, outcome.deal), harm))
            ):
                return Report(f"{raised.signal.source} {raised.signal.kind}", raised.time_s)
        if any(explains(letter.reason, harm) for letter in self._held_letters(outcome.deal)):
            return Report(DEAD_LETTER, self._horizon_s)
        return None

    def parked(self, outcome: Outcome) -> bool:
        """Whether a dead letter, or an open ticket, holds a deal with its own payload and a reason that fits.

        That it waits in a backlog is no such reason.
        """
        harm = harm_of(outcome)
        reasons = self._held_reasons(outcome.deal, lambda raised: _is_ticket(raised) and self.open_at_end(raised))
        return any(explains_parking(reason, harm) for reason in reasons)

    def was_parked(self, outcome: Outcome) -> bool:
        """Whether a deal that the ERP refused was ever parked with its own payload and a reason that fits.

        Dead letters are read at the end only, so of a deal that arrived after all an alert shows that it was held. A
        deal that is still wrong needs something that can be replayed: a dead letter or a ticket.
        """
        arrived = outcome.ordered_s is not None
        reasons = self._held_reasons(outcome.deal, lambda raised: arrived or _is_ticket(raised))
        return any(explains_parking(reason, LOST) for reason in reasons)

    def recorded(self, outcome: Outcome) -> bool:
        """Whether the stack ever recorded a deal with its own payload and a reason that explains its state."""
        return any(explains(reason, harm_of(outcome)) for reason in self._held_reasons(outcome.deal, lambda _: True))

    def _class_of(self, letter: DeadLetter) -> tuple[str, str]:
        return DEAD_LETTER, self._letter_classes[letter.order, letter.reason]

    def _held_reasons(self, deal: str, counts: Callable[[Raised], bool]) -> Iterator[str]:
        """The reasons of the dead letters, and of the signals that count, that hold a deal with its own payload."""
        yield from (letter.reason for letter in self._held_letters(deal))
        for raised in self.about(deal):
            if counts(raised) and self.payload(raised, deal) and self.precise(raised):
                yield reason_about(raised.signal, deal)

    def _held_letters(self, deal: str) -> Iterator[DeadLetter]:
        for letter in self._letters.get(deal, ()):
            if is_own(letter.payload, deal, self._deals, self._totals) and self._class_of(letter) in self._precise:
                yield letter

    def payload(self, raised: Raised, deal: str) -> bool:
        """Whether a signal carries the deal's own payload."""
        return is_own(raised.signal.context.get(deal), deal, self._deals, self._totals)


def _is_ticket(raised: Raised) -> bool:
    return raised.signal.kind == "ticket"


def _is_precise(deals: Collection[str], rightly: Mapping[str, bool]) -> bool:
    """Whether most of these deals were rightly listed; without any deal there is nothing wrong in the list."""
    return not deals or sum(rightly.get(deal, False) for deal in deals) > PRECISE * len(deals)


def _scattered(rightly: Mapping[tuple[str, ...], Mapping[str, bool]]) -> Iterator[tuple[str, ...]]:
    """The classes of a source that has many for a deal or two, if at most half of what they list is rightly listed.

    Each of them is too small to show whether it can be relied on: a page for every deal, each with a title and a reason
    of its own, is no better than one digest.
    """
    by_source: dict[str, list[tuple[str, ...]]] = {}
    for class_, deals in rightly.items():
        if 0 < len(deals) <= FEW:
            by_source.setdefault(class_[0], []).append(class_)
    for classes in by_source.values():
        listed = {(class_, deal): right for class_ in classes for deal, right in rightly[class_].items()}
        if len(classes) >= VARIED and sum(listed.values()) <= PRECISE * len(listed):
            yield from classes


def _listed(raised: Raised) -> list[str]:
    """The deals that a signal names."""
    return list(dict.fromkeys((*raised.signal.orders, *raised.signal.context)))
