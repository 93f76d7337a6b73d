"""Changes that faults make in a sandbox tenant itself, and how they are healed: gameday_fakes.sandbox.changes.

What is there before is in the rollback log before anything is changed. Each step logs in anew, so that the tenant
proves itself on a new connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday.run.rollback import RollbackLog
from gameday.run.rollback_entries import RestoreTenant
from gameday.run.tenant_restore import driven, restore
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.proxy import tenant_kind
from gameday_fakes.sandbox.settings import TenantSettings


class TenantChanges:
    """The changes of one run, by the keys of the faults' parts."""

    def __init__(self, tenants: Mapping[str, TenantSettings], rollback: RollbackLog) -> None:
        self._tenants = tenants
        self._rollback = rollback
        self._entries: dict[str, RestoreTenant] = {}

    def takes(self, fake: str, rule: Mapping[str, Any]) -> bool:
        """Whether the tenant of a vendor itself is changed by a rule."""
        if fake not in self._tenants:
            return False
        return any(kind.name == rule["kind"] for kind in tenant_kind(fake_kinds()[fake]).change_kinds)

    async def make(self, key: str, fake: str, rule: dict[str, Any]) -> None:
        """Change the tenant; how to heal it is on disk before. Raises RunError."""
        async with driven(fake, self._tenants[fake]) as tenant:
            before = await tenant.before_change(rule)
            entry = RestoreTenant(fake, self._tenants[fake], tuple(before))
            self._rollback.before(_name(key), entry)
            self._entries[key] = entry
            await tenant.change(rule, before)

    async def heal(self, key: str) -> None:
        """Heal a change, if one was begun; what cannot be healed stays in the rollback log. Raises RunError."""
        if (entry := self._entries.get(key)) is not None:
            await restore(entry.vendor, entry.settings, entry.before)
            self._rollback.done(_name(key))
            del self._entries[key]


def _name(key: str) -> str:
    return f"{key}-tenant"
