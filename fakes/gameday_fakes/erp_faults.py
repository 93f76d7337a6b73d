"""The faults in an ERP's own state: what its rules for records ask before they accept a request.

Each vendor's ERP derives its own from ``StateFaults``. Each fault that makes a difference to a request is noted in
``hits``, from where the fake takes it into the history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.changed_types import NewType
from gameday_fakes.fault_kinds import FaultKind, Heal, keep, kind_of
from gameday_fakes.intercept import Selection, chosen
from gameday_fakes.rules import (
    ChangeRecordFieldType,
    CheckWrites,
    ClosePeriod,
    ConcurrencyLimit,
    HalfWrite,
    HideRecordField,
    InactiveReference,
    LockRecord,
    PriceDrift,
    RenameRecordField,
    RequireRecordField,
    RevokeRecordPermission,
    RevokeTokens,
    ZeroTax,
)
from gameday_fakes.write_check import WriteCheck


class StateFaults:
    """The active state faults, by id. ``seed`` and ``now_s`` (scenario seconds) come from the fake."""

    def __init__(self, seed: Callable[[], int], now_s: Callable[[], float]) -> None:
        self._seed = seed
        self._now_s = now_s
        #: Ids of faults that made a difference since they were last taken.
        self.hits: set[str] = set()
        self.periods: dict[str, str] = {}
        self.locks_held: dict[str, Selection] = {}
        self.half_writes: dict[str, Selection] = {}
        self.inactive: dict[str, float] = {}
        self.drifts: dict[str, PriceDrift] = {}
        self.revoked_permissions: dict[str, RevokeRecordPermission] = {}
        self.token_revocations: dict[str, RevokeTokens] = {}
        self.untaxed: dict[str, float] = {}
        self.limits: dict[str, ConcurrencyLimit] = {}
        self.renames: dict[str, RenameRecordField] = {}
        self.types: dict[str, ChangeRecordFieldType] = {}
        self.required: dict[str, RequireRecordField] = {}
        #: The rules for bodies of writes, of fakes that have them.
        self.write_checks: dict[str, Any] = {}
        self._busy: deque[float] = deque()

    def selection(self, fault_id: str, rule: LockRecord | HalfWrite) -> Selection:
        """Which orders a rule affects."""
        return Selection(self._seed(), fault_id, rule.share, getattr(rule, "times", None))

    def any_active(self) -> bool:
        """Whether there is any fault in the state."""
        return any(kept for kept in vars(self).values() if isinstance(kept, dict))

    # -- questions of the rules --------------------------------------------------------------------------

    def tokens_revoked(self) -> bool:
        """Whether all tokens have been revoked."""
        self.hits.update(self.token_revocations)
        return bool(self.token_revocations)

    def forbids(self, record: str, *, edit: bool) -> bool:
        """Whether the role may not read, or not edit, records of a type; one that may not read may not edit."""
        if not self.revoked_permissions:
            return False
        active = [i for i, p in self.revoked_permissions.items() if p.record == record and (edit or p.access == "read")]
        self.hits.update(active)
        return bool(active)

    def over_limit(self) -> bool:
        """Whether one more request would be over the limit.

        The fake answers at once where the vendor takes its time, so a request counts as busy for ``busy_s``
        scenario seconds (a second unless given) after it arrived.
        """
        if not self.limits:
            return False
        now_s = self._now_s()
        longest_s = max(limit.busy_s for limit in self.limits.values())
        while self._busy and self._busy[0] <= now_s - longest_s:
            self._busy.popleft()
        active = [
            fault_id
            for fault_id, rule in self.limits.items()
            if sum(arrived_s > now_s - rule.busy_s for arrived_s in self._busy) >= rule.limit
        ]
        self.hits.update(active)
        if not active:
            self._busy.append(now_s)
        return bool(active)

    def closes(self, period: str) -> bool:
        """Whether a period (YYYY-MM) is closed; a fault without a period closes all."""
        if not self.periods:
            return False
        active = [fault_id for fault_id, closed in self.periods.items() if closed in ("", period)]
        self.hits.update(active)
        return bool(active)

    def locks(self, key: str) -> bool:
        """Whether the order with that key is locked at this attempt."""
        return self._affects(self.locks_held, key)

    def halves(self, key: str) -> bool:
        """Whether only the header of the order with that key is to be written."""
        return self._affects(self.half_writes, key)

    def _affects(self, selections: dict[str, Selection], key: str) -> bool:
        if not selections:
            return False
        active = [fault_id for fault_id, selection in selections.items() if selection.hits(key)]
        self.hits.update(active)
        return bool(active)

    def deactivates(self, key: str) -> bool:
        """Whether a fault makes a customer or item, given by its business key, inactive."""
        if not self.inactive:
            return False
        active = [i for i, share in self.inactive.items() if chosen(self._seed(), i, key, share)]
        self.hits.update(active)
        return bool(active)

    def zeroes_tax(self, key: str) -> bool:
        """Whether the tax of the order with that key is 0."""
        active = [i for i, share in self.untaxed.items() if chosen(self._seed(), i, key, share)]
        self.hits.update(active)
        return bool(active)

    def drift(self, sku: str) -> Decimal:
        """The factor that a price is multiplied by."""
        factor = Decimal(1)
        for fault_id, rule in self.drifts.items():
            if chosen(self._seed(), fault_id, sku, rule.share):
                self.hits.add(fault_id)
                factor *= 1 + rule.percent / 100
        return factor

    def renamed(self, record: str, within: str = "") -> dict[str, str]:
        """The fields of a record type that have another name now: old name to new name, empty for a hidden field.

        ``within`` is the sublist of the lines' fields.
        """
        if not self.renames:
            return {}
        rules = [(*rule.field.rpartition("."), rule) for rule in self.renames.values() if rule.record == record]
        return {name: rule.new_name for sublist, _, name, rule in rules if sublist == within}

    def retyped(self, record: str, within: str = "") -> dict[str, NewType]:
        """The new types of a record type's fields that have one; ``within`` as in ``renamed``."""
        if not self.types:
            return {}
        rules = [(*rule.field.rpartition("."), rule) for rule in self.types.values() if rule.record == record]
        return {name: rule.type for sublist, _, name, rule in rules if sublist == within}

    def note_type(self, record: str, field: str, within: str = "") -> None:
        """Note that a field of another type was shown or written."""
        path = f"{within}.{field}" if within else field
        self.hits.update(i for i, r in self.types.items() if (r.record, r.field) == (record, path))

    def lacks(self, record: str, body: Mapping[str, Any], lines: Iterable[Mapping[str, Any]] = ()) -> list[str]:
        """The fields that faults have made mandatory and that a record, as it would be read, does not have."""
        absent: dict[str, None] = {}
        for fault_id, rule in self.required.items():
            sublist, _, name = rule.field.rpartition(".")
            parts = lines if sublist else (body,)
            if rule.record == record and any(part.get(name) in (None, "") for part in parts):
                self.hits.add(fault_id)
                absent[name] = None
        return list(absent)

    def note_rename(self, record: str, field: str, within: str = "") -> None:
        """Note that a renamed field was used under its old name."""
        path = f"{within}.{field}" if within else field
        self.hits.update(i for i, r in self.renames.items() if (r.record, r.field) == (record, path))


def kept_kind(rule: type[Any], attribute: str, kept: Callable[[Any, str, Any], Any]) -> FaultKind:
    """A kind whose faults are kept in an attribute of ``StateFaults`` until they are healed.

    ``kept(state, fault_id, rule)`` is what is kept of one. Raises ValueError for a rule that makes no sense.
    """

    def apply(fake: Any, fault_id: str, params: Any) -> Heal:
        return keep(getattr(fake.state, attribute), fault_id, kept(fake.state, fault_id, params))

    return kind_of(rule, apply)


def as_it_is(_: Any, __: str, rule: Any) -> Any:
    """Keep the rule."""
    return rule


CLOSE_PERIOD = kept_kind(ClosePeriod, "periods", lambda _, __, rule: rule.period)
LOCK_RECORD = kept_kind(LockRecord, "locks_held", StateFaults.selection)
PRICE_DRIFT = kept_kind(PriceDrift, "drifts", as_it_is)
REVOKE_PERMISSION = kept_kind(RevokeRecordPermission, "revoked_permissions", as_it_is)
REVOKE_TOKENS = kept_kind(RevokeTokens, "token_revocations", as_it_is)
ZERO_TAX = kept_kind(ZeroTax, "untaxed", lambda _, __, rule: rule.share)
CONCURRENCY_LIMIT = kept_kind(ConcurrencyLimit, "limits", as_it_is)
RENAME_FIELD = kept_kind(RenameRecordField, "renames", as_it_is)
#: A hidden field is renamed to the empty name, which no request can use.
HIDE_FIELD = kept_kind(HideRecordField, "renames", lambda _, __, rule: RenameRecordField(rule.record, rule.field, ""))
REQUIRE_FIELD = kept_kind(RequireRecordField, "required", as_it_is)
INACTIVE_REFERENCE = kept_kind(InactiveReference, "inactive", lambda _, __, rule: rule.share)
HALF_WRITE = kept_kind(HalfWrite, "half_writes", StateFaults.selection)
#: Of the fakes that check bodies by the rules of the base class.
CHECK_WRITES = kept_kind(CheckWrites, "write_checks", lambda _, __, rule: WriteCheck(rule))

OF_EVERY_ERP = (
    *(CLOSE_PERIOD, LOCK_RECORD, PRICE_DRIFT, REVOKE_PERMISSION, REVOKE_TOKENS, ZERO_TAX, CONCURRENCY_LIMIT),
    *(RENAME_FIELD, HIDE_FIELD, REQUIRE_FIELD, INACTIVE_REFERENCE, HALF_WRITE),
)
"""The kinds that every vendor's ERP has."""


def with_names(call_fields: Callable[[Any], None]) -> tuple[FaultKind, ...]:
    """The same, where ``call_fields(fake)`` has to be called after each change of what fields are called."""

    def calling(kind: FaultKind) -> FaultKind:
        def apply(fake: Any, fault_id: str, params: Any) -> Heal:
            heal: Any = kind.apply(fake, fault_id, params)
            call_fields(fake)

            def healed() -> None:
                heal()
                call_fields(fake)

            return healed

        return FaultKind(kind.name, kind.params, apply)

    return tuple(calling(kind) if kind in (RENAME_FIELD, HIDE_FIELD) else kind for kind in OF_EVERY_ERP)
