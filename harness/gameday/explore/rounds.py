"""Rounds of schedules: a few days without a fault first, and then what can go wrong on each of them.

A day without a fault shows which operations the stack calls on it. A fault of another operation meets nothing there.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from hypothesis import strategies as st

from gameday.explore.days import (
    DAYS,
    LARGE_DEALS,
    MANY_DEALS,
    MOST_DEALS,
    Choices,
    days,
    first_days,
    judged_by_itself,
)
from gameday.explore.drawing import (
    LONG_WAYS,
    ONCE,
    Meets,
    capable,
    drawn,
    long_outages,
    one_of_each,
    refusing,
    schedules,
)
from gameday.explore.learned import Learned, Used
from gameday.explore.schedule import Schedule
from gameday.explore.sweeps import AMENDS, ENDS, under_setting, while_deals_change
from gameday.model.fault import faults
from gameday.steps.candidates import Candidate, narrowed, one_by_one
from gameday_fakes.catalogue import Catalogue

_Key = tuple[str, str, tuple[tuple[str, ...], ...], bool]
"""A place, by its fault, its target and its values, and whether the fault lasts until people have to know."""


class Rounds:
    """Draws round after round for one flow, from what is possible (``known``) by the catalogues of each role.

    The first round has each fault by itself. Later ones are half each fault at each field and operation by itself,
    until all were drawn: there are hundreds of such places, and at random most of them would hardly be met.
    ``one_seed``: the days of a round have one seed, because they are run in one session.
    """

    def __init__(
        self,
        choices: Choices,
        known: Iterable[Candidate],
        catalogues: Mapping[str, Catalogue],
        *,
        one_seed: bool = False,
    ) -> None:
        self._choices = choices
        all_ = list(known)
        self._known = [each for each in all_ if faults[each.fault].judged_by is None]
        #: Each of these has a day of its own.
        self._by_themselves = [each for each in all_ if each not in self._known]
        self._fakes = {role: each.fake for role, each in catalogues.items()}
        self._one_seed = one_seed
        self._begun = self._swept = False
        self._drawn: set[_Key] = set()

    def days(self, seed: int) -> list[Schedule]:
        """The days of a round, without faults; those of the first one together have all that a day can have."""
        found = drawn(days(self._choices), seed, DAYS)
        if self._one_seed:
            found = [msgspec.structs.replace(day, seed=found[0].seed) for day in found]
        if self._begun:
            return [msgspec.structs.replace(found[0], deals=max(MANY_DEALS, found[0].deals)), *found[1:]]
        self._begun = True
        # Some bugs need many deals, whatever happens: one such day, which takes as long as ten others.
        large = msgspec.structs.replace(found[-1], deals=LARGE_DEALS, traits={}, changes=(), settings={})
        return [*first_days(self._choices, found), large]

    def faults(self, seed: int, count: int, on: Sequence[Schedule], learned: Learned) -> list[Schedule]:
        """So many schedules on these days; in the first round, each fault by itself, however many these are."""
        meets = [self._meets(day, learned) for day in on if day.deals <= MOST_DEALS]
        if not self._swept:
            self._swept = True
            return self._each_fault(meets, seed)
        now = self._each_place(meets, seed, count // 2)
        return _mixed(now, drawn(schedules(meets), seed, count - len(now)))

    def _meets(self, day: Schedule, learned: Learned) -> Meets:
        """What can meet something on a day: by itself, and, of what the stack called at other times, beside that."""
        anywhere = narrowed(self._known, self._by_role(learned.used), learned.idle)
        on_day = learned.used_on.get(day.key)
        if on_day is None:
            return Meets(day, anywhere)
        alone = narrowed(anywhere, {role: on_day.get(fake, frozenset()) for role, fake in self._fakes.items()}, ())
        return Meets(day, alone, _left_out(anywhere, alone))

    def _by_role(self, used: Used) -> Used:
        """What is known to be called: nothing is of a system whose requests nobody counts, such as the pager."""
        return {role: used[fake] for role, fake in self._fakes.items() if fake in used}

    def _each_fault(self, meets: Sequence[Meets], seed: int) -> list[Schedule]:
        """Each fault by itself, and each that refuses something once more, for long; then each way of that.

        At last each fault while deals change, and each that refuses something under a setting of its system.
        """
        found = one_of_each([_alone(each, day) for each, day in _assigned(meets, seed)], seed)
        refused = [(each, day) for each, day in _assigned(meets, seed + 1) if refusing([each])]
        for_long = [long_outages(day, [each]) for each, day in refused]
        for_long += [
            long_outages(refused[0][1], some, how)
            for how in LONG_WAYS
            if (some := capable((each for each, _ in refused), how))
        ]
        alone = [msgspec.structs.replace(day, faults=day.faults[:1]) for day in found]
        own = [judged_by_itself(each, self._choices.flow, seed) for each in self._by_themselves]
        chance = random.Random(f"sweeps {seed}")
        on = [each.day for each in meets]
        each_fault = [each for each, _ in _assigned(meets, seed)]
        changing = [while_deals_change(each, on, chance, acts) for acts in (AMENDS, ENDS) for each in each_fault]
        settings = self._choices.settings
        set_up = (under_setting(each, settings, day, chance) for each, day in refused)
        further = [*filter(None, changing), *one_of_each([each for each in set_up if each is not None], seed)]
        return [*alone, *own, *one_of_each(for_long, seed), *further]

    def _each_place(self, meets: Sequence[Meets], seed: int, most: int) -> list[Schedule]:
        """Places that were not drawn yet, each on a day with many deals: a wrong field may show in one of several."""
        full = sorted(meets, key=lambda each: -each.day.deals)
        places: dict[_Key, st.SearchStrategy[Schedule]] = {}
        for each in full:
            for candidate in each.alone:
                for place in one_by_one(candidate):
                    key = (place.fault, place.target, tuple(place.values.values()))
                    places.setdefault((*key, False), _alone(place, each.day))
                    # What a field lacks for long, people have to hear of, and why.
                    if "field" in place.values and refusing([place]):
                        places.setdefault((*key, True), long_outages(each.day, [place], ONCE))
        keys = sorted(places.keys() - self._drawn)
        random.Random(f"places {seed}").shuffle(keys)
        self._drawn.update(keys[:most])
        found = one_of_each([places[key] for key in keys[:most]], seed)
        return [msgspec.structs.replace(day, faults=day.faults[:1]) for day in found]


def _left_out(of: Iterable[Candidate], some: Iterable[Candidate]) -> list[Candidate]:
    """What of some candidates others are without: a fault, or the operations of one."""
    others = {(each.fault, each.target): each for each in some}
    found = []
    for each in of:
        other = others.get((each.fault, each.target))
        if other is None:
            found.append(each)
        elif operations := tuple(
            value for value in each.values.get("operation", ()) if value not in other.values["operation"]
        ):
            found.append(msgspec.structs.replace(each, values={**each.values, "operation": operations}))
    return found


def _assigned(meets: Sequence[Meets], seed: int) -> list[tuple[Candidate, Schedule]]:
    """Each candidate of any of these days, with one of the days on which it can meet something."""
    chance = random.Random(f"days {seed}")
    by_place: dict[tuple[str, str], list[tuple[Candidate, Schedule]]] = {}
    for each in meets:
        for candidate in each.alone:
            by_place.setdefault((candidate.fault, candidate.target), []).append((candidate, each.day))
    return [chance.choice(found) for found in by_place.values()]


def _alone(candidate: Candidate, day: Schedule) -> st.SearchStrategy[Schedule]:
    return schedules([Meets(day, [candidate])])


def _mixed(some: Sequence[Schedule], others: Sequence[Schedule]) -> list[Schedule]:
    """One of each in turn, and then what is left of either."""
    pairs = itertools.zip_longest(some, others)
    return [each for pair in pairs for each in pair if each is not None]
