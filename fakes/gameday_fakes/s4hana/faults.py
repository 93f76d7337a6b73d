"""The faults in S/4HANA's own state: those of every ERP, and sessions that end, credit blocks and documents in use.

Sources: SAP Community, "How does CSRF token work? SAP Gateway" (a token is bound to a session and ends with it); SAP
Help Portal, "Credit Management" in Sales (an order is saved with a credit block, whose status is B) and "SAP Lock
Concept" (a document that a user changes is locked for others).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gameday_fakes import erp_faults
from gameday_fakes.erp_faults import kept_kind
from gameday_fakes.fault_kinds import FaultKind, Heal
from gameday_fakes.intercept import Selection, chosen
from gameday_fakes.order_rules import BlockCredit, ExpireCsrf, LockDocument


class StateFaults(erp_faults.StateFaults):
    """The active state faults, by id."""

    def __init__(self, seed: Callable[[], int], now_s: Callable[[], float]) -> None:
        super().__init__(seed, now_s)
        #: How often each fault ends all sessions, and how often it has done so.
        self.expiries: dict[str, tuple[ExpireCsrf, float, int]] = {}
        self.credit_blocks: dict[str, BlockCredit] = {}
        #: The documents in use, with who uses them.
        self.in_use: dict[str, tuple[Selection, str]] = {}

    def end_sessions(self, fault_id: str, rule: ExpireCsrf) -> None:
        """A fault that ends all sessions begins."""
        self.expiries[fault_id] = rule, self._now_s(), -1

    def sessions_end(self) -> bool:
        """Whether all sessions have ended since this was last asked."""
        ended = False
        for fault_id, (rule, since_s, before) in self.expiries.items():
            count = int((self._now_s() - since_s) / rule.every_s) if rule.every_s else 0
            if count > before:
                self.expiries[fault_id] = rule, since_s, count
                ended = True
        return ended

    def note_refusal(self) -> None:
        """Note that a request was refused for want of a session."""
        self.hits.update(self.expiries)

    def credit_block_of(self, key: str) -> str:
        """The fault that puts the order with that key under a credit block; empty if none does."""
        active = [i for i, rule in self.credit_blocks.items() if chosen(self._seed(), i, key, rule.share)]
        self.hits.update(active)
        return active[0] if active else ""

    def user_of(self, key: str) -> str:
        """Who has the document of that key in use, so that it cannot be changed; empty if nobody has."""
        for fault_id, (selection, user) in self.in_use.items():
            if selection.hits(key):
                self.hits.add(fault_id)
                return user
        return ""

    def lacking(self, record: str, within: str, values: Mapping[str, Any]) -> str:
        """A field that a fault has made mandatory and that a record, or its part ``within``, does not have."""
        for fault_id, rule in self.required.items():
            part, _, name = rule.field.rpartition(".")
            if (rule.record, part) == (record, within) and values.get(name) in (None, ""):
                self.hits.add(fault_id)
                return name
        return ""


def _expire(fake: Any, fault_id: str, params: ExpireCsrf) -> Heal:
    fake.state.end_sessions(fault_id, params)

    def heal() -> None:
        fake.state.expiries.pop(fault_id, None)

    return heal


def _block(fake: Any, fault_id: str, params: BlockCredit) -> Heal:
    fake.state.credit_blocks[fault_id] = params

    def heal() -> None:
        fake.state.credit_blocks.pop(fault_id, None)
        fake.sales_orders.orders.release_credit(fault_id)

    return heal


FAULT_KINDS = (
    *erp_faults.with_names(lambda fake: fake.call_fields()),
    erp_faults.CHECK_WRITES,
    FaultKind("expire_csrf", ExpireCsrf, _expire),
    FaultKind("block_credit", BlockCredit, _block),
    kept_kind(LockDocument, "in_use", lambda state, fault_id, rule: (state.selection(fault_id, rule), rule.user)),
)
"""S/4HANA's own fault kinds."""
