"""The faults in NetSuite's own state: those of every ERP, and what only NetSuite has."""

from __future__ import annotations

from collections.abc import Callable

from gameday_fakes import erp_faults
from gameday_fakes.erp_faults import as_it_is, kept_kind
from gameday_fakes.netsuite.write_check import WriteCheck
from gameday_fakes.rules import CheckWrites, SkewClock


class StateFaults(erp_faults.StateFaults):
    """The active state faults, by id."""

    def __init__(self, seed: Callable[[], int], now_s: Callable[[], float]) -> None:
        super().__init__(seed, now_s)
        self.skews: dict[str, SkewClock] = {}
        self.write_checks: dict[str, WriteCheck] = {}
        #: The values of fields that have become lists, by fault.
        self.lists: dict[str, tuple[str, ...]] = {}

    def skew_s(self) -> float:
        """By how much the clock is ahead by which signatures are checked."""
        return sum([rule.by_s for rule in self.skews.values()]) if self.skews else 0.0

    def list_of(self, record: str, within: str, name: str) -> tuple[str, ...]:
        """The values of a field that has become a list; the first one has the id 1."""
        path = f"{within}.{name}" if within else name
        found = (i for i, r in self.types.items() if (r.record, r.field, r.type) == (record, path, "picklist"))
        return self.lists.get(next(found, ""), ())

    def checks_of(self, record: str) -> dict[str, WriteCheck]:
        """The checks that a body of a record type must pass, by fault."""
        return {fault_id: check for fault_id, check in self.write_checks.items() if check.record == record}


FAULT_KINDS = (
    *erp_faults.OF_EVERY_ERP,
    kept_kind(SkewClock, "skews", as_it_is),
    kept_kind(CheckWrites, "write_checks", lambda _, __, rule: WriteCheck(rule)),
)
"""NetSuite's fault kinds, but for the one of ``new_types``."""
