"""Checks what the registry says of errors: each kind has a path that can remove it, in time, and a ladder of people."""

from __future__ import annotations

from collections.abc import Iterator

from gameday.analysis.cause import BACKLOG, FINANCE, GENERAL, LEGAL
from gameday.analysis.cause_list import CAUSES
from gameday.base.durations import words
from gameday.base.errors import unknown
from gameday.base.violation import Violation
from gameday.contracts.flows import RegisteredFlow, violation
from gameday.model.contract import Contract
from gameday.model.handling import OTHER, ExceptionPath

#: The kinds of error that have a path: the causes by which alerts and dead letters are understood, but those that say
#: only that something waits, or failed.
KINDS = tuple(cause.name for cause in CAUSES if cause.name not in (BACKLOG, GENERAL))
#: Kinds that only finance, or legal, can remove.
_OF_FINANCE = tuple(cause.name for cause in CAUSES if {FINANCE, LEGAL} >= {*cause.owners})
#: A ladder with fewer rungs ends with the first who does not answer.
FEWEST_RUNGS = 2


def check_exceptions(flow: RegisteredFlow, contract: Contract | None, path: str) -> Iterator[Violation]:
    """What is wrong with the paths and the ladder of a flow, or missing."""
    for each in flow.exceptions:
        if problem := _problem(each, contract):
            message = f"flow {flow.flow!r}: {problem}"
            known = each.error in (*KINDS, OTHER)
            yield violation(
                "exception-path" if known else "unknown-error",
                message,
                path,
                each.line,
                level="warning" if known else "error",
                owners=("sync",),
            )
    if lacking := lacking_exceptions(flow):
        message = f"flow {flow.flow!r} lacks {'; '.join(lacking)}"
        yield violation("exceptions-incomplete", message, path, flow.line, level="warning", owners=("sync",))


def path_of(flow: RegisteredFlow, kind: str) -> ExceptionPath | None:
    """The path of a kind of error: its own, else that of all others."""
    paths = {each.error: each for each in flow.exceptions}
    return paths.get(kind, paths.get(OTHER))


def _problem(each: ExceptionPath, contract: Contract | None) -> str:
    if each.error not in (*KINDS, OTHER):
        return str(unknown("kind of error", each.error, (*KINDS, OTHER)))
    if each.path != "retry":
        return ""
    if each.error in _OF_FINANCE:
        return f"{each.error!r} is retried, but only finance can remove it"
    if contract is None:
        return ""
    if contract.retry is not None and contract.retry.max_attempts == 1:
        return f"{each.error!r} is retried, but the contract allows no second attempt"
    limit_s = contract.sla.detect_limit_s
    if each.within_s > limit_s:
        return (
            f"{each.error!r} is retried for {words(each.within_s)} before anybody is called, but the contract asks for "
            f"an alert within {words(limit_s)}"
        )
    return ""


def lacking_exceptions(flow: RegisteredFlow) -> list[str]:
    """What a flow does not say of its errors, in words: kinds without a path, and the ladder."""
    return list(_lacking(flow))


def _lacking(flow: RegisteredFlow) -> Iterator[str]:
    without = [kind for kind in KINDS if path_of(flow, kind) is None]
    if without:
        yield f"exception paths for {', '.join(without)}" if flow.exceptions else "exception paths"
    paths = {each.error for each in flow.exceptions}
    rest = path_of(flow, OTHER)
    if rest is not None and rest.path == "retry" and (hidden := [kind for kind in _OF_FINANCE if kind not in paths]):
        yield f"paths to finance for {', '.join(hidden)}, which no retry removes"
    if len(flow.ladder) < FEWEST_RUNGS:
        yield f"an escalation ladder of at least {FEWEST_RUNGS} rungs"
