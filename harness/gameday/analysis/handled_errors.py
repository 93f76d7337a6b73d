"""The errors that deals met, each by its kind, and what the registry of flows says of that kind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from gameday.analysis.alerts import reports
from gameday.analysis.cause import BACKLOG, GENERAL
from gameday.analysis.causes import causes_in
from gameday.analysis.observations import observe
from gameday.analysis.reasons import reason_about
from gameday.model.checker import Case
from gameday.model.events import ErpWrite
from gameday.model.handling import OTHER, ExceptionPath


class MetError(NamedTuple):
    """An error of a ``kind`` (the name of a cause, or ``other``), met by a deal at ``time_s`` (scenario seconds).

    ``f`` is the write that the ERP refused; empty where only the stack's own signal says so, as after a check of its
    own.
    """

    deal: str
    kind: str
    time_s: float
    f: str = ""


def met_errors(case: Case) -> list[MetError]:
    """What the ERP refused, and what alerts and tickets that can be relied on say of a deal: the first of each kind."""
    first: dict[tuple[str, str], MetError] = {}
    for met in (*_refused(case), *_said(case)):
        known = first.get((met.deal, met.kind))
        if known is None or met.time_s < known.time_s:
            first[met.deal, met.kind] = met._replace(f=met.f or (known.f if known else ""))
    return sorted(first.values(), key=lambda met: (met.time_s, met.deal, met.kind))


def _refused(case: Case) -> Iterator[MetError]:
    errors = {op.index: op.event.error for op in case.history.of(ErpWrite, outcome="fail")}
    for deal, writes in observe(case.history).writes.items():
        for write in writes:
            if deal and write.outcome == "fail":
                for kind in _kinds(errors.get(write.index, "").replace("_", " ")) or [OTHER]:
                    yield MetError(deal, kind, write.time_s, write.f)


def _said(case: Case) -> Iterator[MetError]:
    """What signals say of one kind; a text about several says of no deal which it met."""
    found = reports(case)
    for deal in observe(case.history).named:
        for raised in found.about(deal):
            kinds = _kinds(reason_about(raised.signal, deal))
            if len(kinds) == 1 and found.precise(raised):
                yield MetError(deal, kinds[0], raised.time_s)


def _kinds(text: str) -> list[str]:
    return sorted(causes_in(text) - {GENERAL, BACKLOG})


def path_for(case: Case, kind: str) -> ExceptionPath | None:
    """What becomes of a kind of error: its own path, else that of all others; None where the registry has neither."""
    paths = {path.error: path for path in case.contract.exceptions}
    return paths.get(kind, paths.get(OTHER))


def approved_s(case: Case, met: MetError) -> float:
    """When what a deal met was approved: its ticket was resolved, or the fault that was active then was healed."""
    observed = observe(case.history)
    windows = [w.end_s for w in observed.windows if w.start_s <= met.time_s <= w.end_s]
    tickets = (r for r in reports(case).about(met.deal) if r.signal.kind == "ticket" and r.until_s >= met.time_s)
    return min([max(windows, default=met.time_s), *(ticket.until_s for ticket in tickets)], default=math.inf)
