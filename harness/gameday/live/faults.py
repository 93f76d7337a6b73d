"""The faults of a run as the board shows them: what stands, since when, until when."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday.model.history import Operation

#: What people call the roles that a fault strikes.
_ROLES = {
    "crm": "the CRM",
    "erp": "the ERP",
    "stack": "the stack",
    "pager": "the pager",
    "tickets": "the ticket system",
}


class LedgerState(msgspec.Struct):
    """One injection that struck."""

    fault: str
    target: str
    params: dict[str, Any]
    injected_s: float
    healed_s: float | None = None


class Faults:
    """The injections that struck, in the order in which they did."""

    def __init__(self) -> None:
        self._by_number: dict[int, LedgerState] = {}

    def take(self, op: Operation) -> str:
        """An ``inject`` or ``heal`` operation; returns the line that says so, empty where nothing is new."""
        value = op.value
        number, target = value["injection"], _ROLES.get(value["target"], value["target"])
        name = f"{value['fault']} at {target}"
        if op.f == "inject":
            if op.outcome == "fail":
                self._by_number.pop(number, None)
                return f"{name}: could not strike"
            if number not in self._by_number:
                params = value.get("params") or {}
                self._by_number[number] = LedgerState(value["fault"], target, params, op.time_s)
                return f"{name}: struck"
            return ""
        ledger_state = self._by_number.get(number)
        if op.outcome != "ok" or ledger_state is None:
            return ""
        ledger_state.healed_s = op.time_s
        return f"{name}: healed"

    def all(self) -> list[LedgerState]:
        """Every injection that struck so far."""
        return list(self._by_number.values())
