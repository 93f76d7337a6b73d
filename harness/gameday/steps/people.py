"""What a feature lets people do in a system beside the workload: the business operations that the vendors' fakes list.

Those with lists, such as a deal with its lines, no table of a feature can hold; the workload does them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gameday.base.errors import GamedayError, unknown
from gameday.model.roles import ROLES
from gameday.model.scenario import PlannedOperation
from gameday.steps.written import whole
from gameday_fakes.catalogue import Catalogue, OperationEntry
from gameday_fakes.parameters import check_values

#: Where people do things, with the names of these systems: everywhere but in the stack.
PLACES = {role: name for role, name in ROLES.items() if role != "stack"}
#: What a table names beside the operation's own parameters: whom or what it is about.
DEAL, KEY = "deal", "key"
MOST_DEALS = 100


def read_operation(at_s: float, operation: str, target: str, given: Mapping[str, str]) -> PlannedOperation:
    """What a step says, with the table below it. Raises GamedayError for a target or a deal that cannot be."""
    role = target.lower()
    if role not in PLACES:
        raise unknown("system", target, PLACES, where="what people do")
    params = {name.replace(" ", "_"): value for name, value in given.items()}
    deals = tuple(_number(each) for each in params.pop(DEAL, "").split(",") if each.strip())
    if len(deals) > MOST_DEALS:
        raise GamedayError(f"{len(deals)} deals are not possible", hint=f"at most {MOST_DEALS}")
    key = params.pop(KEY, "")
    if deals and key:
        raise GamedayError(f"{operation!r} has a deal and a key", hint="give one of them")
    return PlannedOperation(at_s, operation.strip().replace(" ", "_"), role, deals, key, params)


def _number(text: str) -> int:
    number = whole(text.strip(), "as the number of a deal")
    if number < 1:
        raise GamedayError(f"there is no deal {number}", hint="the first one that is won is 1")
    return number


def can_be_said(entry: OperationEntry) -> bool:
    """Whether a table can hold the parameters of an operation."""
    return not any(parameter.type in ("list", "object") for parameter in entry.parameters)


def operation_mistakes(planned: PlannedOperation, vendor: str, catalogue: Catalogue) -> Iterator[GamedayError]:
    """An operation that a vendor's fake does not know, or parameters that it does not take."""
    known = {each.name: each for each in catalogue.business_operations}
    sayable = [name.replace("_", " ") for name, entry in known.items() if can_be_said(entry)]
    name = planned.operation.replace("_", " ")
    entry = known.get(planned.operation)
    if entry is None:
        yield unknown("operation", name, sayable, where=vendor)
    elif not can_be_said(entry):
        hint = f"the workload does it; others: {', '.join(sayable)}"
        yield GamedayError(f"{name!r} takes a list, which no table can hold", hint=hint)
    else:
        yield from _parameter_mistakes(planned, name, entry)


def _parameter_mistakes(planned: PlannedOperation, name: str, entry: OperationEntry) -> Iterator[GamedayError]:
    known = [parameter.name for parameter in entry.parameters]
    words = [*(each.replace("_", " ") for each in known), DEAL, KEY]
    if more := [each for each in planned.params if each not in known]:
        yield from (unknown("parameter", each.replace("_", " "), words, where=repr(name)) for each in more)
        return
    try:
        check_values(entry.parameters, planned.params)
    except ValueError as problem:
        yield GamedayError(f"{name!r} is not possible: {problem}")
