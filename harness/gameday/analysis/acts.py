"""What people did beside the workload, as the history has it: one act for each operation that the scenario plans.

Pure: operations in, acts out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gameday.model.course import given, people_words
from gameday.model.events import Event, PeopleActed
from gameday.model.history import Operation

#: How many records an act names.
NAMED = 5


class Act(msgspec.Struct, frozen=True):
    """An operation that people carried out on ``records``, at the time of the first one.

    ``problems``: why a system refused it, one for each refusal. ``index`` is the place in the history.
    """

    time_s: float
    index: int
    operation: str
    system: str
    records: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    problems: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What people did, in one line; at most ``NAMED`` records by name."""
        more = [f"{len(self.records) - NAMED:,} more"] if len(self.records) > NAMED else []
        done = len(self.problems) < max(1, len(self.records))
        do = "carried out" if done else "could not carry out"
        about = [*self.records[:NAMED], *more, *given(self.params)]
        return people_words(do, self.operation, self.system, about)


def acts(operations: Iterable[Operation[Event]]) -> tuple[Act, ...]:
    """The acts of a history, in order of time. Those that were begun and have no result are not among them."""
    found: dict[Any, Act] = {}
    for op in operations:
        event = op.event
        if not isinstance(event, PeopleActed) or op.outcome == "invoke":
            continue
        # One operation of the plan is done to several deals, an event each.
        key = event.planned_s, event.system, event.operation, msgspec.json.encode(event.value, order="sorted")
        known = found.get(key) or Act(op.time_s, op.index, event.operation, event.system, params=event.value)
        about = event.record or event.key
        found[key] = msgspec.structs.replace(
            known,
            records=(*known.records, *([about] if about else ())),
            problems=(*known.problems, *([event.problem] if op.outcome == "fail" else ())),
        )
    return tuple(sorted(found.values(), key=lambda act: act.time_s))
