"""The faults in Dataverse's own state, and its fault kinds.

Source of the service's protection: learn.microsoft.com, "Service protection API limits": each user's requests, their
execution time and their number at a time are limited; a refusal says for how long, and who goes on sending
waits longer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gameday_fakes import crm_faults
from gameday_fakes.crm_faults import DELIVERY_KINDS
from gameday_fakes.crm_rules import ServiceProtection
from gameday_fakes.dataverse.errors import FACETS, error_reply
from gameday_fakes.fault_kinds import FaultKind, Heal, kind_of
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.intercept import RequestFault
from gameday_fakes.rules import (
    AddPicklistValue,
    DeleteSubscription,
    HideObjectField,
    LockRecord,
    PartialBatch,
    RenameObjectField,
    RevokeObjectPermission,
    RevokeSessions,
)

#: The first value of an option that an organisation adds itself, and the column of opportunities that takes one.
FIRST_OWN_OPTION, PICKED = 100_000_000, ("opportunities", "statuscode")
#: Requests that were sent before the refusal arrived do not count as going on.
_UNDER_WAY_S = 1.0


class StateFaults(crm_faults.StateFaults):
    """The active state faults: those of every CRM, and columns that are hidden or called otherwise."""

    def __init__(self, seed: Callable[[], int], effect: Callable[[str, str, str | None], None]) -> None:
        super().__init__(seed, effect)
        #: The entity set, the property and its new name, empty for a hidden one.
        self.names: dict[str, tuple[str, str, str]] = {}

    def renamed(self) -> dict[str, dict[str, str]]:
        """The new names of properties by entity set."""
        found: dict[str, dict[str, str]] = {}
        for of, name, new in self.names.values():
            found.setdefault(of, {})[name] = new
        return found

    def note_names(self, of: str, named: str = "") -> None:
        """Note that records were shown without a property, or a request has named one that is gone."""
        self.hits.update(i for i, (set_name, name, _) in self.names.items() if set_name == of and named in ("", name))

    def part_fails(self, deal: str) -> str:
        """The kind of error with which a part of a batch about a deal fails, empty if it does not."""
        for fault_id, (selection, error) in self._batches.items():
            if selection.hits(deal):
                self.hits.add(fault_id)
                return error
        return ""


class Protection(RequestFault):
    """Service protection in force: a budget of requests between waits, and a wait that begins anew for who sends on."""

    params: ServiceProtection

    def __init__(self, fake: Any, fault_id: str, params: ServiceProtection) -> None:
        super().__init__(fake, fault_id, params)
        self._passed = 0
        self._until_s: float | None = None
        self._refused_s = 0.0

    def hits(self, route: Route, key: str | None) -> bool:
        # Logins are not requests to the environment.
        if route.public:
            return False
        now_s = self.fake.clock.now_s()
        if self._until_s is not None and now_s < self._until_s:
            if now_s - self._refused_s >= _UNDER_WAY_S:
                self._wait(now_s)
            return True
        self._until_s = None
        self._passed += 1
        if self._passed <= self.params.requests:
            return False
        self._passed = 0
        self._wait(now_s)
        return True

    def acts_after(self, reply: Reply) -> bool:
        return False

    async def before(self, request: Request, route: Route, key: str | None) -> Reply | None:
        left_s = (self._until_s or 0.0) - self.fake.clock.now_s()
        return error_reply(FACETS[self.params.facet], key=key, retry_after_s=max(left_s, 1.0))

    def _wait(self, now_s: float) -> None:
        self._until_s, self._refused_s = now_s + self.params.retry_after_s, now_s


def _revoke_tokens(fake: Any, fault_id: str, rule: RevokeSessions) -> Heal:
    fake.tokens.revoke_all()
    return fake.state.revoke_tokens(fault_id, works=rule.login == "works")  # type: ignore[no-any-return]


def _rename(fake: Any, fault_id: str, of: str, name: str, new_name: str = "") -> Heal:
    fake.state.names[fault_id] = (of, name, new_name)
    fake.service.call_columns(fake.state.renamed())

    def heal() -> None:
        fake.state.names.pop(fault_id, None)
        fake.service.call_columns(fake.state.renamed())

    return heal


def _add_value(fake: Any, fault_id: str, rule: AddPicklistValue) -> Heal:
    if (rule.object, rule.field) != PICKED:
        raise ValueError(f"people choose new values in {'.'.join(PICKED)}, not in {rule.object}.{rule.field}")
    # The option stays when the fault is healed, because records have it.
    added = fake.store.added_reasons
    if rule.value not in added.values():
        added[FIRST_OWN_OPTION + len(added)] = rule.value
    return fake.state.pick(fault_id, rule)  # type: ignore[no-any-return]


FAULT_KINDS: tuple[FaultKind, ...] = (
    kind_of(RenameObjectField, lambda fake, i, rule: _rename(fake, i, rule.object, rule.field, rule.new_name)),
    kind_of(HideObjectField, lambda fake, i, rule: _rename(fake, i, rule.object, rule.field)),
    kind_of(AddPicklistValue, _add_value),
    kind_of(RevokeObjectPermission, lambda fake, i, rule: fake.state.revoke(i, rule.object, rule.access)),
    kind_of(RevokeSessions, _revoke_tokens),
    kind_of(PartialBatch, lambda fake, i, rule: fake.state.fail_parts(i, rule)),
    kind_of(DeleteSubscription, lambda fake, i, _: fake.state.unsubscribe(i)),
    kind_of(LockRecord, lambda fake, i, rule: fake.state.lock(i, rule)),
    kind_of(ServiceProtection, Protection),
    *DELIVERY_KINDS,
)
"""Dataverse's own fault kinds."""
