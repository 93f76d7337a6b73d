"""What happened in production, beside the drills: real incidents, and changes until the deploy of their fix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from gameday.scoring.results.incidents import Fix, Incident
from gameday_reports.formats import money, share, span

#: How far back the week's page looks; what is still open is shown whenever it began.
BACK = timedelta(days=14)
OPEN = "still open"


class IncidentRow(NamedTuple):
    """A real incident in words."""

    flow: str
    began: str
    detect: str
    repair: str
    failed: str
    not_booked: str
    cause: str


class FixRow(NamedTuple):
    """A change that breaks a flow, and when the fix was deployed, in words."""

    flow: str
    system: str
    what: str
    seen: str
    took: str
    where: str


class Production(NamedTuple):
    """What is known of production; without a store of results, ``known`` is False."""

    incidents: Sequence[Incident] = ()
    fixes: Sequence[Fix] = ()
    known: bool = False


def incident_rows(found: Iterable[Incident], now: datetime) -> list[IncidentRow]:
    """The incidents of the last two weeks and those that are still open, the newest first."""
    shown = [each for each in found if not each.repaired or _is_recent(each.began, now)]
    return [
        IncidentRow(
            flow=each.flow,
            began=_minute(each.began),
            detect=span(each.detect_s, missing="not detected yet" if not each.repaired else "not known"),
            repair=span(each.repair_s, missing=OPEN),
            failed=f"{each.failed:,} of {each.records:,} ({share(each.failed, each.records)})",
            not_booked=money(each.not_booked, each.currency) if each.currency else "",
            cause=each.cause,
        )
        for each in sorted(shown, key=lambda each: each.began, reverse=True)
    ]


def fix_rows(found: Iterable[Fix], now: datetime) -> list[FixRow]:
    """The changes of the last two weeks, those fixed in them, and those without a fix, the newest first."""
    shown = [
        each
        for each in found
        if not each.deployed or _is_recent(each.drift.seen, now) or _is_recent(each.deployed, now)
    ]
    return [
        FixRow(
            flow=each.drift.flow,
            system=each.drift.system,
            what="; ".join(each.drift.what),
            seen=_minute(each.drift.seen),
            took=span(each.took_s, missing=OPEN),
            where=f"{each.stack} in {each.environment}" if each.deployed else "",
        )
        for each in sorted(shown, key=lambda each: each.drift.seen, reverse=True)
    ]


def _is_recent(time: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(time) < BACK


def _minute(time: str) -> str:
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M} UTC"
