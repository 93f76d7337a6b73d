"""The faults in HubSpot's own state, and its fault kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gameday_fakes import crm_faults
from gameday_fakes.crm_faults import DELIVERY_KINDS
from gameday_fakes.crm_rules import MergeCompanies, ThrottleWebhooks
from gameday_fakes.fault_kinds import FaultKind, Heal, keep, kind_of
from gameday_fakes.hubspot.pipelines import Stage
from gameday_fakes.hubspot.webhooks import Throttle
from gameday_fakes.intercept import Selection
from gameday_fakes.rules import (
    AddPicklistValue,
    DelayIndex,
    DeleteSubscription,
    HideObjectField,
    LockRecord,
    PartialBatch,
    RenameObjectField,
    RevokeObjectPermission,
    RevokeSessions,
)


class StateFaults(crm_faults.StateFaults):
    """The active state faults: those of every CRM, and merged companies."""

    def __init__(self, seed: Callable[[], int], effect: Callable[[str, str, str | None], None]) -> None:
        super().__init__(seed, effect)
        self._merges: dict[str, Selection] = {}

    def merging(self, key: str) -> list[str]:
        """The faults by which the company of a deal is merged now, by the workload's key of the deal."""
        return [fault_id for fault_id, selection in self._merges.items() if selection.hits(key)]

    def merge(self, fault_id: str, rule: MergeCompanies) -> Heal:
        """Let people merge companies."""
        return keep(self._merges, fault_id, Selection(self._seed(), fault_id, rule.share))


def _revoke_tokens(fake: Any, fault_id: str, rule: RevokeSessions) -> Heal:
    fake.sessions.revoke_all()
    healed = fake.state.revoke_tokens(fault_id, works=rule.login == "works")
    if rule.login == "works":
        fake.sessions.allow_login()

    def heal() -> None:
        healed()
        fake.sessions.allow_again()

    return heal


def _add_value(fake: Any, fault_id: str, rule: AddPicklistValue) -> Heal:
    if rule.object != "deals":
        raise ValueError(f"people choose values in deals, not in {rule.object}")
    if rule.field == "dealstage":
        # The stage stays when the fault is healed, because deals are in it.
        stages = fake.pipelines.by_id["default"].stages
        stages.setdefault(rule.value, Stage(rule.value, rule.value, len(stages), "1.0", closed=True))
    shown = fake.schema.add_option(fault_id, rule.object, rule.field, rule.value)
    chosen = fake.state.pick(fault_id, rule)

    def heal() -> None:
        shown()
        chosen()

    return heal


def _throttle(fake: Any, fault_id: str, rule: ThrottleWebhooks) -> Heal:
    noted: set[str] = set()

    def hit(deal: str) -> None:
        if deal not in noted:
            noted.add(deal)
            fake.hit(fault_id, "deliver", deal)

    return keep(fake.webhooks.throttles, fault_id, Throttle(rule.every_s, hit))


def _rename(fake: Any, fault_id: str, rule: RenameObjectField) -> Heal:
    heal: Heal = fake.schema.hide(fault_id, rule.object, rule.field, rule.new_name)
    return heal


FAULT_KINDS: tuple[FaultKind, ...] = (
    kind_of(RenameObjectField, _rename),
    kind_of(HideObjectField, lambda fake, i, rule: fake.schema.hide(i, rule.object, rule.field)),
    kind_of(AddPicklistValue, _add_value),
    kind_of(RevokeObjectPermission, lambda fake, i, rule: fake.state.revoke(i, rule.object, rule.access)),
    kind_of(RevokeSessions, _revoke_tokens),
    kind_of(PartialBatch, lambda fake, i, rule: fake.state.fail_parts(i, rule)),
    kind_of(DeleteSubscription, lambda fake, i, _: fake.state.unsubscribe(i)),
    kind_of(DelayIndex, lambda fake, i, rule: fake.index.delay(i, rule.every_s)),
    kind_of(LockRecord, lambda fake, i, rule: fake.state.lock(i, rule)),
    kind_of(ThrottleWebhooks, _throttle),
    kind_of(MergeCompanies, lambda fake, i, rule: fake.state.merge(i, rule)),
    *DELIVERY_KINDS,
)
"""HubSpot's own fault kinds."""
