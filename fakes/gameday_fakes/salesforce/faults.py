"""The faults in Salesforce's own state: kinds and parameters as in docs/interfaces.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from gameday_fakes.fake import Apply, Heal
from gameday_fakes.intercept import Selection
from gameday_fakes.salesforce.errors import KINDS
from gameday_fakes.salesforce.schema import Schema


class _Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class _RenameField(_Params, frozen=True):
    object: str
    field: str
    new_name: str


class _HideField(_Params, frozen=True):
    object: str
    field: str


class _RevokePermission(_Params, frozen=True):
    object: str
    access: Literal["read", "edit"] = "edit"


class _RevokeTokens(_Params, frozen=True):
    login: Literal["refused", "works"] = "refused"


class _Share(_Params, frozen=True):
    share: float = 1.0
    times: int | None = None


class _PartialBatch(_Share, frozen=True):
    error: str = "locked"


class _Nothing(_Params, frozen=True):
    pass


class StateFaults:
    """The state faults in force. ``revoke`` is called when all sessions and refresh tokens end."""

    def __init__(self, seed: Callable[[], int], revoke: Callable[[], None]) -> None:
        #: Ids of faults that made a difference since they were last taken.
        self.hits_found: set[str] = set()
        self.schema = Schema(self.hits_found.add)
        self._seed = seed
        self._revoke = revoke
        self._locks: dict[str, Selection] = {}
        self._batches: dict[str, tuple[Selection, str]] = {}
        self._revocations: set[str] = set()
        self._logins_refused: set[str] = set()
        self._subscription_deleted: set[str] = set()

    def kinds(self) -> dict[str, Apply]:
        """How each kind is put into force."""
        return {
            "rename_field": _parsed(_RenameField, lambda i, p: self.schema.change(i, p.object, p.field, p.new_name)),
            "hide_field": _parsed(_HideField, lambda i, p: self.schema.change(i, p.object, p.field, None)),
            "revoke_permission": _parsed(_RevokePermission, lambda i, p: self.schema.withdraw(i, p.object, p.access)),
            "revoke_tokens": _parsed(_RevokeTokens, self._revoke_tokens),
            "partial_batch": _parsed(_PartialBatch, self._fail_parts),
            "delete_subscription": _parsed(_Nothing, lambda i, _: _add(self._subscription_deleted, i)),
            "lock_record": _parsed(_Share, self._lock),
        }

    def note_refused_session(self) -> None:
        """Note that a request came with a session that is not (or no longer) good."""
        self.hits_found.update(self._revocations)

    def login_refused(self) -> bool:
        """Whether nobody gets a new session."""
        self.hits_found.update(self._logins_refused)
        return bool(self._logins_refused)

    def without_subscription(self) -> list[str]:
        """The faults that have deleted the outbound message, if any."""
        return sorted(self._subscription_deleted)

    def locks(self, deal: str) -> bool:
        """Whether somebody else holds the deal at this attempt."""
        found = [fault_id for fault_id, selection in self._locks.items() if selection.hits(deal)]
        self.hits_found.update(found)
        return bool(found)

    def failing_parts(self, deals: list[str | None]) -> dict[int, tuple[str, str]]:
        """Which parts of a batch fail: position -> (kind of error, fault id), given the deal of each part.

        Of a struck deal that has several parts all but the first fail, so that the answer is mixed even where a
        batch is about one deal only.
        """
        failing: dict[int, tuple[str, str]] = {}
        if not self._batches:
            return failing
        parts: dict[str, list[int]] = {}
        for position, deal in enumerate(deals):
            if deal is not None:
                parts.setdefault(deal, []).append(position)
        for fault_id, (selection, error) in self._batches.items():
            for deal, positions in parts.items():
                if selection.hits(deal):
                    for position in positions[1:] or positions:
                        failing.setdefault(position, (error, fault_id))
        return failing

    def _revoke_tokens(self, fault_id: str, params: _RevokeTokens) -> Heal:
        self._revoke()
        self._revocations.add(fault_id)
        if params.login == "refused":
            self._logins_refused.add(fault_id)

        def heal_state() -> None:
            self._revocations.discard(fault_id)
            self._logins_refused.discard(fault_id)

        return heal_state

    def _fail_parts(self, fault_id: str, params: _PartialBatch) -> Heal:
        if not (params.error in KINDS and KINDS[params.error].code):
            known = sorted(name for name, kind in KINDS.items() if kind.code)
            raise ValueError(f"unknown error {params.error!r}; known: {', '.join(known)}")
        return _put(self._batches, fault_id, (self._selection(fault_id, params), params.error))

    def _lock(self, fault_id: str, params: _Share) -> Heal:
        return _put(self._locks, fault_id, self._selection(fault_id, params))

    def _selection(self, fault_id: str, params: _Share) -> Selection:
        return Selection(self._seed(), fault_id, params.share, params.times)


def _parsed(params_type: type[_Params], inject: Callable[[str, Any], Heal]) -> Apply:
    def apply(fault_id: str, params: dict[str, Any]) -> Heal:
        try:
            return inject(fault_id, msgspec.convert(params, params_type, strict=False))
        except msgspec.ValidationError as problem:
            raise ValueError(str(problem)) from None

    return apply


def _add(into: set[str], fault_id: str) -> Heal:
    into.add(fault_id)
    return lambda: into.discard(fault_id)


def _put(into: dict[str, Any], fault_id: str, value: Any) -> Heal:
    into[fault_id] = value

    def heal_state() -> None:
        into.pop(fault_id, None)

    return heal_state
