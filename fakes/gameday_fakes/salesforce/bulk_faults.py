"""The faults that records of a bulk upload meet: those of single writes, and the organisation's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.intercept import Dropped, HttpFault, RequestFault
from gameday_fakes.salesforce.bulk_jobs import Outcome
from gameday_fakes.salesforce.collection_handlers import CollectionHandlers
from gameday_fakes.salesforce.errors import KINDS, Refused

_UNEXPECTED = KINDS["server_error"]

#: Errors that a record of a job can have like a single write: of its data, or of the server that writes it. The others
#: are about requests (sessions, limits, URLs, gateways), and are met by the requests of the job.
OF_RECORDS = frozenset(
    {
        "forbidden",
        "locked",
        "approval_locked",
        "validation",
        "duplicate_rule",
        "too_slow",
        "maintenance",
        "server_error",
        "unavailable",
    }
)


class Row(NamedTuple):
    """A record of an upload: its values by name, the deal that it is about, and the faults of single writes on it."""

    values: dict[str, Any]
    deal: str | None
    faults: list[RequestFault]


class BulkFaults(CollectionHandlers):
    """What faults do to one record of an upload."""

    def faults_of_row(self, route: Route, deal: str | None) -> list[RequestFault]:
        """The faults of single writes that affect a record; those of connections and of requests do not."""
        faults = [fault for fault in self._request_faults.values() if _is_of_records(fault) and fault.hits(route, deal)]
        return sorted(faults, key=lambda fault: fault.rank)

    async def refusal_of_row(self, request: Request, route: Route, row: Row) -> Refused | None:
        """What faults answer instead of writing a record, after their delays."""
        for fault in row.faults:
            if fault.acts_before:
                self.hit(fault.id, route.operation, row.deal)
            try:
                reply = await fault.before(request, route, row.deal)
            except Dropped:
                return Refused(_UNEXPECTED.code, _UNEXPECTED.message, [])
            if reply is not None:
                return _refused(reply)
        return None

    async def outcome_shown(self, request: Request, route: Route, row: Row, outcome: Outcome) -> Outcome:
        """The outcome that a client is given: a fault may say of a written record that it failed."""
        if outcome.refused:
            return outcome
        written = Reply(201, b"{}")
        for fault in row.faults:
            if not fault.acts_after(written):
                continue
            if not fault.acts_before:
                self.hit(fault.id, route.operation, row.deal)
            try:
                reply = await fault.after(request, route, row.deal, written)
            except Dropped:
                return Outcome("", refused=Refused(_UNEXPECTED.code, _UNEXPECTED.message, []))
            if reply is not None and reply.status >= 400:
                return Outcome("", refused=_refused(reply))
        return outcome

    def note_state_faults(self, operation: str, deals: Iterable[str | None]) -> None:
        """Record the state faults that have made a difference since they were last noted."""
        for deal in deals if self.state.hits else ():
            for fault_id in sorted(self.state.hits):
                self.hit(fault_id, operation, deal)
        self.state.hits.clear()


def _is_of_records(fault: RequestFault) -> bool:
    if not isinstance(fault, HttpFault):
        return True
    return fault.params.action == "delay" or (fault.params.action == "reply" and fault.params.error in OF_RECORDS)


def _refused(reply: Reply) -> Refused:
    """A reply of REST as the refusal of one record."""
    try:
        first = msgspec.json.decode(reply.body)[0]
        return Refused(str(first["errorCode"]), str(first["message"]), first.get("fields") or [])
    except (msgspec.DecodeError, LookupError, TypeError, AttributeError):
        return Refused(_UNEXPECTED.code, _UNEXPECTED.message, [])
