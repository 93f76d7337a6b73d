"""The replay of the boundary records through the candidate, beside that of the recorded deals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gameday.base.errors import RunError
from gameday.base.violation import Violation
from gameday.gate.boundaries import Boundaries, boundary_deals
from gameday.gate.boundary_findings import judge_boundaries
from gameday.gate.replay import Replayed, replay
from gameday.gate.request import Request
from gameday.run.setup import SchemaFaults
from gameday.workloads.recorded_deals import RecordedDeals


class BoundaryRun:
    """The boundary records of the candidate contract, in a currency and of a date that the recorded deals have.

    What an ERP cannot have at all, such as a number that is too long for its items, is not replayed, and does not keep
    the recorded deals from being judged.
    """

    def __init__(self, request: Request, deals: RecordedDeals, faults: SchemaFaults) -> None:
        value = next(each.value for each in deals.workload.operations if each.f == "close_deal")
        crm = request.candidate_contract.contract
        self._request = request
        self._faults = faults
        self._boundaries: Boundaries | None = boundary_deals(
            crm, currency=value["currency"], date=value["close_date"], seed=request.seed
        )
        self._replayed: Replayed | None = None
        self._problem = ""

    async def carry_out(self) -> None:
        """Replay them, if there are any."""
        if self._boundaries is None:
            return
        request, workload = self._request, self._boundaries.deals.workload
        try:
            self._replayed = await replay(
                request, workload, request.contract(), request.candidate, "boundaries", schema_faults=self._faults
            )
        except RunError as problem:
            self._problem = str(problem)

    @property
    def replayed(self) -> int:
        """How many were replayed."""
        return len(self._boundaries.by_key) if self._boundaries is not None and self._replayed is not None else 0

    @property
    def figures(self) -> dict[str, Any]:
        """For the verdict: how many were replayed, and which fields a replay does not carry."""
        if self._boundaries is None:
            return {}
        return {"boundaries": {"replayed": self.replayed, "not_played": list(self._boundaries.not_played)}}

    def violations(self) -> tuple[Violation, ...]:
        """What became of them. Raises GamedayError for a constraint that makes no sense."""
        if self._boundaries is None or self._replayed is None:
            return ()
        request = self._request
        where, contract = request.candidate_contract, request.contract()
        return judge_boundaries(self._boundaries, self._replayed, where, contract, request.ignore)

    def not_played(self) -> Iterator[Violation]:
        """A warning where the fakes refuse them: the CRM's contract allows what the ERP cannot have."""
        if self._problem:
            place = self._request.candidate_contract.place("crm")
            message = f"the boundary records were not replayed: {self._problem}"
            yield Violation("boundary.not-replayed", "warning", message, place.path, place.line)
