"""The faults in HubSpot's own state, and its fault kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gameday_fakes.crm_faults import DELIVERY_KINDS, failing_parts
from gameday_fakes.crm_rules import MergeCompanies, ThrottleWebhooks
from gameday_fakes.fault_kinds import FaultKind, Heal, keep, kind_of
from gameday_fakes.hubspot.pipelines import Stage
from gameday_fakes.hubspot.standard import NAMES
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

_WRITE = "write"


class StateFaults:
    """The active state faults. ``effect`` records what one has done, to a deal if it is known to which."""

    def __init__(self, seed: Callable[[], int], effect: Callable[[str, str, str | None], None]) -> None:
        #: Ids of faults that made a difference to the present request.
        self.hits: set[str] = set()
        self._seed = seed
        self._effect = effect
        self._locks: dict[str, Selection] = {}
        self._merges: dict[str, Selection] = {}
        self._batches: dict[str, tuple[Selection, str]] = {}
        self._revoked: dict[str, tuple[str, str]] = {}
        self._tokens: dict[str, bool] = {}
        self._unsubscribed: set[str] = set()
        self._picks: dict[str, tuple[Selection, AddPicklistValue]] = {}

    def note(self, fault_id: str, deal: str | None, operation: str = "close_deal") -> None:
        """Record an effect on what people do."""
        self._effect(fault_id, operation, deal)

    def may(self, object_: str, access: str) -> bool:
        """Whether no fault has taken the right to an object away; without reading there is no writing."""
        lost = [
            fault_id
            for fault_id, (of, right) in self._revoked.items()
            if of == object_ and (right == "read" or access == _WRITE)
        ]
        self.hits.update(lost)
        return not lost

    def tokens_revoked(self) -> bool:
        """Whether the request of a token that is not good meets a fault that has revoked it."""
        self.hits.update(self._tokens)
        return bool(self._tokens)

    def login_refused(self) -> bool:
        """Whether every new login is refused."""
        refusing = [fault_id for fault_id, works in self._tokens.items() if not works]
        self.hits.update(refusing)
        return bool(refusing)

    def without_subscription(self) -> Iterable[str]:
        """The faults that have deleted the subscriptions."""
        return sorted(self._unsubscribed)

    def locks(self, deal: str) -> bool:
        """Whether a deal is locked at this attempt."""
        active = [fault_id for fault_id, selection in self._locks.items() if selection.hits(deal)]
        self.hits.update(active)
        return bool(active)

    def merging(self, key: str) -> list[str]:
        """The faults by which the company of a deal is merged now, by the workload's key of the deal."""
        return [fault_id for fault_id, selection in self._merges.items() if selection.hits(key)]

    def picked(self, object_: str, key: str) -> dict[str, str]:
        """What people choose now in enumerations of a new deal."""
        return {
            rule.field: rule.value
            for selection, rule in self._picks.values()
            if NAMES.get(rule.object.lower()) == object_ and selection.hits(key)
        }

    def picking(self) -> list[str]:
        """The faults that add values to enumerations."""
        return list(self._picks)

    def failing_parts(self, deals: list[str | None]) -> dict[int, tuple[str, str]]:
        """Which parts of a batch fail: position -> (kind of error, fault id), given the deal of each part."""
        return failing_parts(self._batches, deals)

    # -- injecting -----------------------------------------------------------------------------------

    def lock(self, fault_id: str, rule: LockRecord) -> Heal:
        """Lock deals."""
        return keep(self._locks, fault_id, Selection(self._seed(), fault_id, rule.share, rule.times))

    def merge(self, fault_id: str, rule: MergeCompanies) -> Heal:
        """Let people merge companies."""
        return keep(self._merges, fault_id, Selection(self._seed(), fault_id, rule.share))

    def fail_parts(self, fault_id: str, rule: PartialBatch) -> Heal:
        """Let parts of batches fail."""
        selection = Selection(self._seed(), fault_id, rule.share, rule.times)
        return keep(self._batches, fault_id, (selection, rule.error))

    def revoke(self, fault_id: str, object_: str, access: str) -> Heal:
        """Take a scope away."""
        return keep(self._revoked, fault_id, (object_, access))

    def revoke_tokens(self, fault_id: str, *, works: bool) -> Heal:
        """Note that all tokens are revoked, and whether a new login works."""
        return keep(self._tokens, fault_id, works)

    def pick(self, fault_id: str, rule: AddPicklistValue) -> Heal:
        """Let people choose a new value."""
        return keep(self._picks, fault_id, (Selection(self._seed(), fault_id, rule.share), rule))

    def unsubscribe(self, fault_id: str) -> Heal:
        """Send no more webhooks."""
        self._unsubscribed.add(fault_id)
        return lambda: self._unsubscribed.discard(fault_id)


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
