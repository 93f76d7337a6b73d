"""What the faults of CRMs have in common: their state, parts of a batch that fail, and what happens to deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gameday_fakes.fault_kinds import FaultKind, Heal, keep, kind_of
from gameday_fakes.intercept import Selection
from gameday_fakes.rules import (
    AddPicklistValue,
    DelayDelivery,
    DropDelivery,
    DuplicateDelivery,
    LockRecord,
    PartialBatch,
    ReorderDelivery,
)


def failing_parts(
    batches: Mapping[str, tuple[Selection, str]], deals: Sequence[str | None]
) -> dict[int, tuple[str, str]]:
    """Which parts of a batch fail: position -> (kind of error, fault id), given the deal of each part.

    ``batches`` has by fault its selection and the kind of error. Of an affected deal with several parts, all but the
    first fail, so that the reply is mixed even where a batch is about one deal only.
    """
    failing: dict[int, tuple[str, str]] = {}
    if not batches:
        return failing
    parts: dict[str, list[int]] = {}
    for position, deal in enumerate(deals):
        if deal is not None:
            parts.setdefault(deal, []).append(position)
    for fault_id, (selection, error) in batches.items():
        for deal, positions in parts.items():
            if selection.hits(deal):
                for position in positions[1:] or positions:
                    failing.setdefault(position, (error, fault_id))
    return failing


_WRITE = "write"


class StateFaults:
    """The active state faults of a CRM; each vendor's derives from it.

    ``effect`` records what one has done, to a deal if it is known to which.
    """

    def __init__(self, seed: Callable[[], int], effect: Callable[[str, str, str | None], None]) -> None:
        #: Ids of faults that made a difference to the present request.
        self.hits: set[str] = set()
        self._seed = seed
        self._effect = effect
        self._locks: dict[str, Selection] = {}
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

    def picked(self, object_: str, key: str) -> dict[str, str]:
        """What people choose now in enumerations of a new deal."""
        return {
            rule.field: rule.value
            for selection, rule in self._picks.values()
            if rule.object == object_ and selection.hits(key)
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

    def fail_parts(self, fault_id: str, rule: PartialBatch) -> Heal:
        """Let parts of batches fail."""
        selection = Selection(self._seed(), fault_id, rule.share, rule.times)
        return keep(self._batches, fault_id, (selection, rule.error))

    def revoke(self, fault_id: str, object_: str, access: str) -> Heal:
        """Take a right away."""
        return keep(self._revoked, fault_id, (object_, access))

    def revoke_tokens(self, fault_id: str, *, works: bool) -> Heal:
        """Note that all tokens are revoked, and whether a new login works."""
        return keep(self._tokens, fault_id, works)

    def pick(self, fault_id: str, rule: AddPicklistValue) -> Heal:
        """Let people choose a new value."""
        return keep(self._picks, fault_id, (Selection(self._seed(), fault_id, rule.share), rule))

    def unsubscribe(self, fault_id: str) -> Heal:
        """Send no more events."""
        self._unsubscribed.add(fault_id)
        return lambda: self._unsubscribed.discard(fault_id)


def _deliver(fake: Any, fault_id: str, rule: Any) -> Heal:
    heal: Heal = fake.sender.inject(fault_id, rule, fake.seed)
    return heal


DELIVERY_KINDS: tuple[FaultKind, ...] = tuple(
    kind_of(rule, _deliver) for rule in (DuplicateDelivery, ReorderDelivery, DropDelivery, DelayDelivery)
)
"""The kinds of faults of what a CRM sends."""
