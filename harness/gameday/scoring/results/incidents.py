"""Real incidents, as people report them, and changes of a system from their first sight to the deploy of the fix.

They are kept apart from drills: a run is measured by the harness, an incident is what somebody says of production.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday.scoring.results.deployments import DEPLOYMENTS, actor, recorded_deployments, time_now
from gameday.scoring.results.sealed_folders import add_sealed, read_sealed
from gameday.scoring.results.store import Store
from gameday.scoring.seal import Kind

T = TypeVar("T", bound=msgspec.Struct)
INCIDENTS, DRIFTS = "incidents", "drifts"


class Incident(msgspec.Struct, frozen=True):
    """One real incident of a flow. Times are ISO 8601 in UTC, empty while they are not known.

    ``failed`` of ``records`` that were won failed; ``not_booked`` is in ``currency``. A later report of the same flow
    and beginning replaces the earlier one.
    """

    flow: str
    began: str
    detected: str
    repaired: str
    failed: int
    records: int
    not_booked: Decimal
    currency: str
    cause: str
    reported: str
    by: str

    @property
    def detect_s(self) -> float | None:
        """From the beginning to the first alert, in seconds; None while it is not known."""
        return _seconds(self.began, self.detected)

    @property
    def repair_s(self) -> float | None:
        """From the beginning until both ledgers agreed again, in seconds; None while it is not known."""
        return _seconds(self.began, self.repaired)


class SeenDrift(msgspec.Struct, frozen=True):
    """A change of a system that breaks a flow, as it was first seen: ``what`` has a sentence for each difference.

    ``contract`` is the digest of the flow's contract at that time.
    """

    flow: str
    system: str
    contract: str
    what: tuple[str, ...]
    seen: str
    by: str


class Fix(msgspec.Struct, frozen=True):
    """A change of a system with the deploy of its fix: the first one of a stack under another contract of the flow.

    Without one, ``deployed`` is empty and ``took_s`` None.
    """

    drift: SeenDrift
    stack: str = ""
    environment: str = ""
    deployed: str = ""

    @property
    def took_s(self) -> float | None:
        """From the first sight of the change to that deploy, in seconds."""
        return _seconds(self.drift.seen, self.deployed)


def moment(text: str, name: str) -> str:
    """A time that somebody gives, as ISO 8601 in UTC, which it is without a zone. Raises GamedayError for others."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        hint = "such as 2026-12-01T08:30 (UTC) or 2026-12-01T09:30+01:00"
        raise GamedayError(f"{name} {text[:40]!r} is not a time", hint=hint) from None
    found = found.replace(tzinfo=datetime.UTC) if found.tzinfo is None else found.astimezone(datetime.UTC)
    return found.isoformat(timespec="seconds")


def record_incident(store: Store, incident: Incident) -> str:
    """Seal and add an incident, and return its path in the store. Raises GamedayError for times in the wrong order."""
    for name, time in (("detected", incident.detected), ("repaired", incident.repaired)):
        if time and time < incident.began:
            raise GamedayError(f"{name} {time} is before the incident began ({incident.began})")
    if incident.failed > incident.records:
        raise GamedayError(
            f"{incident.failed:,} failed of {plural(incident.records, 'record')}", hint="--of is at least --failed"
        )
    return add_sealed(store, INCIDENTS, incident.flow, "incident", incident, f"an incident of {incident.flow}")


def incidents(store: Store) -> list[Incident]:
    """The incidents that count, by their beginning; of several reports of one the newest."""
    newest = {(each.flow, each.began): each for each in _counting(store, INCIDENTS, "incident", Incident)}
    return sorted(newest.values(), key=lambda each: (each.began, each.flow))


def record_drift(store: Store, flow: str, system: str, contract: str, what: Sequence[str]) -> str:
    """Seal and add a change that was seen now, and return its path; empty if it was seen before, or there is none."""
    known = {
        (each.flow, each.system, each.contract, each.what) for each in _counting(store, DRIFTS, "drift", SeenDrift)
    }
    seen = SeenDrift(flow, system, contract, tuple(what), time_now(), actor())
    if not what or (seen.flow, seen.system, seen.contract, seen.what) in known:
        return ""
    return add_sealed(store, DRIFTS, flow, "drift", seen, f"a change of the {system} breaks {flow}")


def fixes(store: Store) -> list[Fix]:
    """Each change that was seen, with the deploy of its fix to each environment."""
    found = list(_counting(store, DRIFTS, "drift", SeenDrift))
    environments = _environments(store) if found else []
    recorded = [recorded_deployments(store, environment) for environment in environments]
    rows = []
    for drift in found:
        fixed = []
        for each in recorded:
            for _, deployment in each.deployments:
                digests = {text.digest for text in deployment.contracts if text.flow == drift.flow}
                if deployment.kind == "stack" and deployment.deployed >= drift.seen and digests - {drift.contract}:
                    name = f"{deployment.name} {deployment.version}".strip()
                    fixed.append(Fix(drift, name, each.environment, deployment.deployed))
                    break
        rows += fixed or [Fix(drift)]
    return sorted(rows, key=lambda fix: (fix.drift.seen, fix.drift.flow, fix.environment))


def _counting(store: Store, below: str, kind: Kind, read: type[T]) -> Iterator[T]:
    for _, record, seal in read_sealed(store, below, kind, read):
        if record is not None and seal.counts:
            yield record


def _environments(store: Store) -> Iterable[str]:
    return sorted({path.split("/")[1] for path in store.paths(DEPLOYMENTS) if path.count("/") > 1})


def _seconds(start: str, end: str) -> float | None:
    if not start or not end:
        return None
    return (datetime.datetime.fromisoformat(end) - datetime.datetime.fromisoformat(start)).total_seconds()
