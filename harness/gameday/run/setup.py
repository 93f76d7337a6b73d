"""What an environment is made of, given as data: run, control, replay, repair and doctor differ in nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.config.gameday_toml import Config, StackTable
from gameday.model.checker import DeadLetter
from gameday.model.contract import Contract
from gameday.model.scenario import Flow
from gameday.model.workload import Catalog
from gameday.run.asked_names import AskedNames
from gameday.run.stack_clock import StackClock
from gameday_fakes.ledger import Ledger
from gameday_fakes.sandbox.settings import TenantSettings

#: Faults by role (``crm``, ``erp``) and id, as a fake's control plane takes them.
SchemaFaults = Mapping[str, Mapping[str, Mapping[str, Any]]]


class LedgerSnapshot(msgspec.Struct, frozen=True):
    """Both ledgers at one moment, and the stack's dead letters if it was asked for them."""

    crm: Ledger
    erp: Ledger
    dead_letters: tuple[DeadLetter, ...] = ()


class Seeded(msgspec.Struct, frozen=True):
    """The ledgers begin empty; once the stack runs, both systems are seeded with customers and items."""

    catalog: Catalog


class Restored(msgspec.Struct, frozen=True):
    """The ledgers begin as an earlier run left them, before the stack starts."""

    catalog: Catalog
    snapshot: LedgerSnapshot


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an environment is built from.

    ``ledgers`` says how the ledgers begin. ``isolated``: nothing leads the stack to another machine.
    ``clock`` says at what pace the run goes, and how the stack follows it.
    ``settings`` are those of the vendors by role, as in the scenario.
    ``names`` are the host names that are asked for in the run's network namespace; None if they are not recorded.
    ``tenants`` are the sandbox tenants that take the place of their vendors' fakes, by vendor.
    ``skips``: the run may skip ahead while its accelerated stack waits (gameday.run.skipping).
    ``schema_faults`` are active from before the stack starts until the end; they change the schema of the CRM or ERP.
    """

    flow: Flow
    contract: Contract
    table: StackTable
    config: Config
    run_dir: Path
    clock: StackClock
    seed: int
    ledgers: Seeded | Restored
    isolated: bool = False
    settings: Mapping[str, Mapping[str, Any]] = {}
    schema_faults: SchemaFaults = {}
    names: AskedNames | None = None
    tenants: Mapping[str, TenantSettings] = {}
    skips: bool = False

    @property
    def over_tls(self) -> bool:
        """Whether the fakes serve TLS too: an isolated stack is led to them by the vendors' host names."""
        return self.table.tls or self.isolated

    @property
    def pace(self) -> float:
        """How many scenario seconds pass in a real one."""
        return self.clock.pace
