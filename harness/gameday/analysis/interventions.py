"""What people had to do by hand in a run, and what is still left for them to do at its end."""

from __future__ import annotations

import msgspec

from gameday.analysis.letters import letters_of
from gameday.analysis.observations import observe
from gameday.analysis.once import once_for_each
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case


class Interventions(msgspec.Struct, frozen=True):
    """Manual interventions, done and left.

    ``acts`` were carried out during the run, ``dead_letters`` are still open. ``waiting`` are the deals that have an
    open dead letter or are wrong at the end, the orphan orders and the strays. ``count`` is all of it, each deal once.
    """

    acts: int
    dead_letters: int
    waiting: frozenset[str]
    count: int


@once_for_each
def interventions(case: Case) -> Interventions:
    """The manual interventions of a case; pure, remembered for the case."""
    observed, found = observe(case.history), reconcile(case)
    letters = max(observed.open_dead_letters or 0, len(case.dead_letters))
    waiting = {letter.order for letter in letters_of(case)}
    waiting |= {outcome.deal for outcome in found.outcomes if outcome.unreconciled}
    waiting |= {order.id for order in found.orphans} | {stray.id for stray in found.strays}
    acted = {op.event.deal for op in observed.interventions if op.event.deal}
    on_no_deal = sum(not op.event.deal for op in observed.interventions)
    # Whose the dead letters are that were only counted is not known: they count where no deal accounts for them.
    unnamed = max(0, letters - len(waiting))
    return Interventions(
        acts=len(observed.interventions),
        dead_letters=letters,
        waiting=frozenset(waiting),
        count=len(acted | waiting) + on_no_deal + unnamed,
    )
