"""The faults in Salesforce's own state, and its fault kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gameday_fakes.crm_faults import DELIVERY_KINDS, failing_parts
from gameday_fakes.crm_rules import MergeCompanies, OmitObjectField, OmitRows, OtherOrganization
from gameday_fakes.fault_kinds import FaultKind, Heal, keep, kind_of
from gameday_fakes.intercept import Selection, chosen
from gameday_fakes.rules import (
    AddPicklistValue,
    ChangeObjectFieldType,
    DelayIndex,
    DeleteSubscription,
    GapEvents,
    HideObjectField,
    LockRecord,
    PartialBatch,
    RenameObjectField,
    RevokeObjectPermission,
    RevokeSessions,
)
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.retyped import retyped
from gameday_fakes.salesforce.schema import Schema

_Selective = LockRecord | PartialBatch | GapEvents | AddPicklistValue | MergeCompanies


class Lag:
    """An index that is brought up to date every ``every_s``; ``now_s`` is the scenario second."""

    def __init__(self, every_s: float, now_s: Callable[[], float]) -> None:
        self._every_s = every_s
        self._now_s = now_s
        self._current_s = now_s()

    def is_behind(self) -> bool:
        """Whether it is not brought up to date at this moment."""
        if self._now_s() - self._current_s < self._every_s:
            return True
        self._current_s = self._now_s()
        return False


class StateFaults:
    """The active state faults. ``revoke`` is called when all sessions and refresh tokens end."""

    def __init__(self, model: Model, seed: Callable[[], int], revoke: Callable[[], None]) -> None:
        #: Ids of faults that made a difference since they were last taken.
        self.hits: set[str] = set()
        self.schema = Schema(model, self.hits.add)
        self._seed = seed
        self._revoke = revoke
        self._locks: dict[str, Selection] = {}
        self._gaps: dict[str, Selection] = {}
        self._batches: dict[str, tuple[Selection, str]] = {}
        self._revocations: set[str] = set()
        self._logins_refused: set[str] = set()
        self._subscription_deleted: set[str] = set()
        self._lags: dict[str, Lag] = {}
        #: By fault, the share of the records that queries leave out.
        self.omitted: dict[str, float] = {}
        self._merges: dict[str, Selection] = {}
        self._picks: dict[str, tuple[Selection, AddPicklistValue]] = {}

    def picked(self, sobject: str, key: str) -> dict[str, tuple[str, str]]:
        """What people choose now in picklists of a new deal, or its lines: the value and its fault, by field."""
        return {
            rule.field: (rule.value, fault_id)
            for fault_id, (selection, rule) in self._picks.items()
            if rule.object == sobject and selection.hits(key)
        }

    def merging(self, key: str) -> list[str]:
        """The faults by which the account of a deal is merged now, by the workload's key of the deal."""
        return [fault_id for fault_id, selection in self._merges.items() if selection.hits(key)]

    def merge(self, fault_id: str, rule: MergeCompanies) -> Heal:
        """Let people merge accounts."""
        return keep(self._merges, fault_id, self._selection(fault_id, rule))

    def add_value(self, fault_id: str, rule: AddPicklistValue) -> Heal:
        """Let a picklist have a value more, and people choose it."""
        shown = self.schema.add_value(fault_id, rule.object, rule.field, rule.value)
        taken = keep(self._picks, fault_id, (self._selection(fault_id, rule), rule))

        def heal() -> None:
            shown()
            taken()

        return heal

    def delay_index(self, fault_id: str, rule: DelayIndex, now_s: Callable[[], float]) -> Heal:
        """Bring the index of queries up to date only now and then."""
        return keep(self._lags, fault_id, Lag(rule.every_s, now_s))

    def holds_back(self) -> bool:
        """Whether queries must not see what has changed yet; asked only if something has."""
        behind = [fault_id for fault_id, lag in self._lags.items() if lag.is_behind()]
        self.hits.update(behind)
        return bool(behind)

    def is_listed(self, id_: str) -> bool:
        """Whether queries find the record with that id."""
        active = [i for i, share in self.omitted.items() if chosen(self._seed(), i, id_, share)]
        self.hits.update(active)
        return not active

    def note_refused_session(self) -> None:
        """Note that a request had no valid session."""
        self.hits.update(self._revocations)

    def gaps(self, deal: str) -> list[str]:
        """The faults by which a change comes as a gap event."""
        return [fault_id for fault_id, selection in self._gaps.items() if selection.hits(deal)]

    def login_refused(self) -> bool:
        """Whether every new login is refused."""
        self.hits.update(self._logins_refused)
        return bool(self._logins_refused)

    def without_subscription(self) -> list[str]:
        """The faults that have deleted the outbound message, if any."""
        return sorted(self._subscription_deleted)

    def locks(self, deal: str) -> bool:
        """Whether another user holds the deal at this attempt."""
        active = [fault_id for fault_id, selection in self._locks.items() if selection.hits(deal)]
        self.hits.update(active)
        return bool(active)

    def failing_parts(self, deals: list[str | None]) -> dict[int, tuple[str, str]]:
        """Which parts of a batch fail: position -> (kind of error, fault id), given the deal of each part."""
        return failing_parts(self._batches, deals)

    def revoke_tokens(self, fault_id: str, rule: RevokeSessions) -> Heal:
        """End all sessions and refresh tokens, and refuse new logins if the rule says so."""
        self._revoke()
        self._revocations.add(fault_id)
        if rule.login == "refused":
            self._logins_refused.add(fault_id)

        def heal() -> None:
            self._revocations.discard(fault_id)
            self._logins_refused.discard(fault_id)

        return heal

    def fail_parts(self, fault_id: str, rule: PartialBatch) -> Heal:
        """Let parts of batches fail."""
        return keep(self._batches, fault_id, (self._selection(fault_id, rule), rule.error))

    def lock(self, fault_id: str, rule: LockRecord) -> Heal:
        """Lock deals."""
        return keep(self._locks, fault_id, self._selection(fault_id, rule))

    def make_gaps(self, fault_id: str, rule: GapEvents) -> Heal:
        """Let changes come as gap events."""
        return keep(self._gaps, fault_id, self._selection(fault_id, rule))

    def delete_subscription(self, fault_id: str) -> Heal:
        """Send no more messages about deals."""
        self._subscription_deleted.add(fault_id)
        return lambda: self._subscription_deleted.discard(fault_id)

    def _selection(self, fault_id: str, rule: _Selective) -> Selection:
        return Selection(self._seed(), fault_id, rule.share, getattr(rule, "times", None))


def _rename(fake: Any, fault_id: str, rule: RenameObjectField) -> Heal:
    heal: Heal = fake.state.schema.change(fault_id, rule.object, rule.field, rule.new_name)
    return heal


def _hide(fake: Any, fault_id: str, rule: HideObjectField) -> Heal:
    heal: Heal = fake.state.schema.change(fault_id, rule.object, rule.field, None)
    return heal


def _omit(fake: Any, fault_id: str, rule: OmitObjectField) -> Heal:
    heal: Heal = fake.state.schema.omit_before(fault_id, rule.object, rule.field, rule.since_version)
    return heal


def _change_type(fake: Any, fault_id: str, rule: ChangeObjectFieldType) -> Heal:
    field = fake.model.objects[rule.object].fields[rule.field]
    values = (record.fields[rule.field] for record in fake.store.tables[rule.object].values())
    heal: Heal = fake.state.schema.change_type(fault_id, rule.object, retyped(field, rule.type, values))
    return heal


def _add_value(fake: Any, fault_id: str, rule: AddPicklistValue) -> Heal:
    if rule.object not in fake.deal_objects:
        raise ValueError(f"people choose values in {' and '.join(fake.deal_objects)}, not in {rule.object}")
    heal: Heal = fake.state.add_value(fault_id, rule)
    return heal


FAULT_KINDS: tuple[FaultKind, ...] = (
    kind_of(RenameObjectField, _rename),
    kind_of(HideObjectField, _hide),
    kind_of(ChangeObjectFieldType, _change_type),
    kind_of(AddPicklistValue, _add_value),
    kind_of(RevokeObjectPermission, lambda fake, i, rule: fake.state.schema.withdraw(i, rule.object, rule.access)),
    kind_of(RevokeSessions, lambda fake, i, rule: fake.state.revoke_tokens(i, rule)),
    kind_of(PartialBatch, lambda fake, i, rule: fake.state.fail_parts(i, rule)),
    kind_of(DeleteSubscription, lambda fake, i, _: fake.state.delete_subscription(i)),
    kind_of(GapEvents, lambda fake, i, rule: fake.state.make_gaps(i, rule)),
    kind_of(MergeCompanies, lambda fake, i, rule: fake.state.merge(i, rule)),
    kind_of(OmitObjectField, _omit),
    kind_of(OtherOrganization, lambda fake, i, _: fake.lead_elsewhere(i)),
    kind_of(OmitRows, lambda fake, i, rule: keep(fake.state.omitted, i, rule.share)),
    kind_of(DelayIndex, lambda fake, i, rule: fake.state.delay_index(i, rule, fake.clock.now_s)),
    kind_of(LockRecord, lambda fake, i, rule: fake.state.lock(i, rule)),
    *DELIVERY_KINDS,
)
"""Salesforce's own fault kinds."""
