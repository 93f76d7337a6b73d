"""What people do on a day that a search starts from. A search draws none of it, and leaves out what it can."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from gameday.model.scenario import Expectation, PlannedOperation

#: What a sync owes wherever people act: in the ERP they may hold what nobody releases, and that is right then.
ALWAYS_OWED = ("nothing unreported", "bounded requests")


def of_day(people: Iterable[PlannedOperation] | msgspec.UnsetType, deals: int) -> tuple[PlannedOperation, ...]:
    """What they do on a day of so many deals, in order of time: what is done to other deals is left out."""
    kept = []
    for planned in () if people is msgspec.UNSET else people:
        known = tuple(number for number in planned.deals if number <= deals)
        if known or not planned.deals:
            kept.append(msgspec.structs.replace(planned, deals=known))
    return tuple(sorted(kept, key=lambda each: each.at_s))


def owed(people: Sequence[PlannedOperation], always: Iterable[Expectation]) -> tuple[Expectation, ...]:
    """What a sync owes where people act: all of it if they do so in the CRM only, which a sync has to follow."""
    follows = all(planned.target == "crm" for planned in people)
    return tuple(each for each in always if follows or each.checker in ALWAYS_OWED)


def table_of(planned: PlannedOperation) -> dict[str, str]:
    """The table of a feature's step: whom or what it is about, and its parameters."""
    deals = {"deal": ", ".join(map(str, planned.deals))} if planned.deals else {}
    key = {"key": planned.key} if planned.key else {}
    return deals | key | {name.replace("_", " "): str(value) for name, value in planned.params.items()}
