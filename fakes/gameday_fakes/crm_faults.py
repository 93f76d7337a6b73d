"""What the faults of CRMs have in common: parts of a batch that fail, and what happens to deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gameday_fakes.fault_kinds import FaultKind, Heal, kind_of
from gameday_fakes.intercept import Selection
from gameday_fakes.rules import DelayDelivery, DropDelivery, DuplicateDelivery, ReorderDelivery


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


def _deliver(fake: Any, fault_id: str, rule: Any) -> Heal:
    heal: Heal = fake.sender.inject(fault_id, rule, fake.seed)
    return heal


DELIVERY_KINDS: tuple[FaultKind, ...] = tuple(
    kind_of(rule, _deliver) for rule in (DuplicateDelivery, ReorderDelivery, DropDelivery, DelayDelivery)
)
"""The kinds of faults of what a CRM sends."""
