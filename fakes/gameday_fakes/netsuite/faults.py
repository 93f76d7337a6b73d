"""The faults in NetSuite's own state: what the books' rules ask before they say yes.

Kinds and parameters: docs/interfaces.md. A fault that made a difference to a request is noted in ``struck``, from
where the fake takes it into the history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday_fakes.fake import Apply, Heal
from gameday_fakes.intercept import Selection, chosen
from gameday_fakes.netsuite.fields import RECORD_TYPES, paths_of


class _Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class _ClosePeriod(_Params, frozen=True):
    period: str = ""


class _LockRecord(_Params, frozen=True):
    share: float = 1.0
    times: int | None = None


class _PriceDrift(_Params, frozen=True):
    percent: Decimal = Decimal(12)
    share: float = 1.0


class _RevokePermission(_Params, frozen=True):
    record: str = "salesOrder"
    access: Literal["read", "edit"] = "edit"


class _ConcurrencyLimit(_Params, frozen=True):
    limit: int
    busy_s: float = 1.0


class _RenameField(_Params, frozen=True):
    record: str
    field: str
    new_name: str


class _HideField(_Params, frozen=True):
    record: str
    field: str


class _Share(_Params, frozen=True):
    share: float = 1.0


class _Nothing(_Params, frozen=True):
    pass


def _known_record(name: str) -> str:
    if name not in RECORD_TYPES:
        raise ValueError(f"unknown record {name!r}; known: {', '.join(sorted(RECORD_TYPES))}")
    return name


class StateFaults:
    """The state faults in force. ``seed`` and ``now_s`` (scenario seconds) come from the fake."""

    def __init__(self, seed: Callable[[], int], now_s: Callable[[], float]) -> None:
        self._seed = seed
        self._now_s = now_s
        #: Ids of faults that made a difference since they were last taken.
        self.hits_found: set[str] = set()
        self._periods: dict[str, str] = {}
        self._locks: dict[str, Selection] = {}
        self._half: dict[str, Selection] = {}
        self._inactive: dict[str, float] = {}
        self._drifts: dict[str, _PriceDrift] = {}
        self._revoked: dict[str, _RevokePermission] = {}
        self._token_revocations: dict[str, _Nothing] = {}
        self._limits: dict[str, _ConcurrencyLimit] = {}
        self._renamed: dict[str, _RenameField] = {}
        self._busy: deque[float] = deque()

    def kinds(self) -> dict[str, Apply]:
        """How each kind is put into force."""
        return {
            "close_period": self._apply(_ClosePeriod, self._periods, lambda _, p: p.period),
            "lock_record": self._apply(_LockRecord, self._locks, self._selection),
            "price_drift": self._apply(_PriceDrift, self._drifts),
            "revoke_permission": self._apply(
                _RevokePermission, self._revoked, lambda _, p: _known_record(p.record) and p
            ),
            "revoke_tokens": self._apply(_Nothing, self._token_revocations),
            "concurrency_limit": self._apply(_ConcurrencyLimit, self._limits),
            "rename_field": self._apply(_RenameField, self._renamed, lambda _, p: self._checked_rename(p)),
            # A field that is gone is one under a name that nobody can know.
            "hide_field": self._apply(
                _HideField, self._renamed, lambda _, p: self._checked_rename(_RenameField(p.record, p.field, ""))
            ),
            "inactive_reference": self._apply(_Share, self._inactive, lambda _, p: p.share),
            "half_write": self._apply(_Share, self._half, self._selection),
        }

    @staticmethod
    def _apply(
        params_type: type[_Params],
        into: dict[str, Any],
        make: Callable[[str, Any], Any] = lambda _, params: params,
    ) -> Apply:
        def apply(fault_id: str, params: dict[str, Any]) -> Heal:
            try:
                parsed = msgspec.convert(params, params_type, strict=False)
            except msgspec.ValidationError as problem:
                raise ValueError(str(problem)) from None
            into[fault_id] = make(fault_id, parsed)

            def heal_state() -> None:
                into.pop(fault_id, None)

            return heal_state

        return apply

    def _selection(self, fault_id: str, params: Any) -> Selection:
        return Selection(self._seed(), fault_id, params.share, getattr(params, "times", None))

    @staticmethod
    def _checked_rename(params: _RenameField) -> _RenameField:
        known = paths_of(_known_record(params.record))
        if params.field not in known:
            raise ValueError(f"unknown field {params.field!r} of {params.record}; known: {', '.join(sorted(known))}")
        return params

    # -- what the rules ask --------------------------------------------------------------------------

    def tokens_revoked(self) -> bool:
        """Whether no token is good any more."""
        self.hits_found.update(self._token_revocations)
        return bool(self._token_revocations)

    def forbids(self, record: str, *, edit: bool) -> bool:
        """Whether the role may not read, or not edit, records of a type; one that may not read may not edit."""
        if not self._revoked:
            return False
        found = [i for i, p in self._revoked.items() if p.record == record and (edit or p.access == "read")]
        self.hits_found.update(found)
        return bool(found)

    def over_limit(self) -> bool:
        """Whether one more request is one too many.

        The fake answers at once where NetSuite takes its time, so a request counts as busy for ``busy_s``
        scenario seconds (a second unless given) after it came.
        """
        if not self._limits:
            return False
        now_s = self._now_s()
        longest_s = max(limit.busy_s for limit in self._limits.values())
        while self._busy and self._busy[0] <= now_s - longest_s:
            self._busy.popleft()
        found = [
            fault_id
            for fault_id, rule in self._limits.items()
            if sum(came_s > now_s - rule.busy_s for came_s in self._busy) >= rule.limit
        ]
        self.hits_found.update(found)
        if not found:
            self._busy.append(now_s)
        return bool(found)

    def closes(self, period: str) -> bool:
        """Whether a period (YYYY-MM) is closed; a fault without a period closes all."""
        if not self._periods:
            return False
        found = [fault_id for fault_id, closed in self._periods.items() if closed in ("", period)]
        self.hits_found.update(found)
        return bool(found)

    def locks(self, key: str) -> bool:
        """Whether the order with that key is locked at this attempt."""
        return self._strikes(self._locks, key)

    def halves(self, key: str) -> bool:
        """Whether the order with that key is to be written by half."""
        return self._strikes(self._half, key)

    def _strikes(self, selections: dict[str, Selection], key: str) -> bool:
        if not selections:
            return False
        found = [fault_id for fault_id, selection in selections.items() if selection.hits(key)]
        self.hits_found.update(found)
        return bool(found)

    def deactivates(self, key: str) -> bool:
        """Whether a customer or item, by its business key, is inactive."""
        if not self._inactive:
            return False
        found = [i for i, share in self._inactive.items() if chosen(self._seed(), i, key, share)]
        self.hits_found.update(found)
        return bool(found)

    def drift(self, sku: str) -> Decimal:
        """What the price of an item is multiplied by."""
        factor = Decimal(1)
        for fault_id, rule in self._drifts.items():
            if chosen(self._seed(), fault_id, sku, rule.share):
                self.hits_found.add(fault_id)
                factor *= 1 + rule.percent / 100
        return factor

    def renamed(self, record: str, within: str = "") -> dict[str, str]:
        """The fields of a record type that have another name now: old name to new, which is empty of a hidden one.

        ``within`` is the sublist that they are in, of the lines' fields.
        """
        if not self._renamed:
            return {}
        rules = [(*rule.field.rpartition("."), rule) for rule in self._renamed.values() if rule.record == record]
        return {name: rule.new_name for sublist, _, name, rule in rules if sublist == within}

    def note_rename(self, record: str, field: str, within: str = "") -> None:
        """Note that a renamed field was used under its old name."""
        path = f"{within}.{field}" if within else field
        self.hits_found.update(i for i, r in self._renamed.items() if (r.record, r.field) == (record, path))
