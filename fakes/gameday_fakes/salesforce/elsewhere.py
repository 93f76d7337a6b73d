"""Another organisation behind the CRM's address: a sandbox that was copied before the run, with its own id.

It has the same users, schema and applications, and none of the accounts and deals. What is written there is gone with
it. Events still come from the organisation itself, and bulk jobs are processed there.
"""

from __future__ import annotations

from collections.abc import Callable

from gameday_fakes.fault_kinds import Heal
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.salesforce.base import SalesforceBase


class Elsewhere(SalesforceBase):
    """Answers requests as the other organisation while a fault leads there."""

    def reset(self) -> None:
        super().reset()
        #: The faults that lead to the other organisation.
        self.detours: set[str] = set()

    def lead_elsewhere(self, fault_id: str) -> Heal:
        """Lead all requests to the other organisation. Sessions are of one organisation, so each change ends all."""
        self._switch(self.detours.add, fault_id)
        return lambda: self._switch(self.detours.discard, fault_id)

    def _switch(self, act: Callable[[str], None], fault_id: str) -> None:
        act(fault_id)
        self.sessions.revoke_all()

    def _carry_out(self, request: Request, route: Route) -> Reply:
        if not self.detours:
            return super()._carry_out(request, route)
        self.state.hits.update(self.detours)
        self.store.unknown = frozenset((*self.deal_objects, "Account"))
        try:
            with self.store.change() as change:
                change.give_up()
                return super()._carry_out(request, route)
        finally:
            self.store.unknown = frozenset()
