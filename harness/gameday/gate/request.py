"""The request of a gate: everything is looked up and checked before anything starts."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, StackTable
from gameday.config.isolation import refuse_elsewhere
from gameday.config.spoken import check_spoken
from gameday.config.stack_table import contract_for
from gameday.contracts.compatibility.deployed import FindDeployed
from gameday.contracts.pair import pair_of
from gameday.gate.contracts import LocatedContract
from gameday.gate.ignore import IgnoreList
from gameday.model.contract import Contract
from gameday.model.scenario import Flow

#: Scenario seconds in a real second: it shortens the stack's backoffs, but not its requests.
REPLAY_PACE = 60.0
#: Slow enough that the SLA leaves the stack the real seconds that its requests take.
SMOKE_PACE = 10.0
#: The share of the replayed deals that is amended once it has arrived: an update is another request than a creation.
AMENDED = 0.1


class Request(msgspec.Struct, frozen=True):
    """``records`` is a file or a recording's folder, ``sample`` how many of them are replayed.

    ``base`` and ``current`` may be None: then nothing is compared with them. ``base_name`` is the base as
    gameday.contracts.compatibility names it, also if the contract is new since; ``sign_offs`` the file of sign-offs, if
    not the one beside the contract. ``deployed`` finds the versions that are still deployed, which the contract is
    compared with too.
    ``features`` are files and folders whose scenarios with the tag ``@gate`` are run; without any the stage is skipped.
    ``nodes`` are pytest's identifiers of those under the candidate contract, all of them if there are none and no
    ``others``, which are the names of scenarios under another contract.
    ``plugins`` and ``offline`` are those of gameday.model.settings.Settings. ``folder`` is the gate's own; ``today``
    decides which entries of the ignore list and which sign-offs are in force. ``crm`` and ``erp`` are the vendors that
    are asked for, empty for those that the contract names.
    """

    name: str
    candidate_contract: LocatedContract
    candidate: StackTable
    records: Path
    folder: Path
    config: Config
    today: datetime.date
    base: LocatedContract | None = None
    base_name: str = ""
    sign_offs: Path | None = None
    deployed: FindDeployed | None = None
    current: StackTable | None = None
    sample: int = 500
    seed: int = 1
    ignore: IgnoreList = IgnoreList()
    features: tuple[Path, ...] = ()
    workers: int = 2
    pace: float = REPLAY_PACE
    nodes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    offline: bool = False
    crm: str = ""
    erp: str = ""

    @property
    def now(self) -> datetime.datetime:
        """The time at which sign-offs must be in force: the end of the day, so that it is the same all day."""
        return datetime.datetime.combine(self.today, datetime.time(23, 59, 59), datetime.UTC)

    @property
    def flow(self) -> Flow:
        """Where deals come from and go to."""
        pair = pair_of(self.candidate_contract.contract, self.crm, self.erp)
        return Flow(pair.crm, pair.erp, self.name)

    def contract(self) -> Contract:
        """The candidate contract, with the matching key that the candidate stack's table names."""
        return contract_for(self.candidate_contract.contract, self.candidate)

    def check(self) -> None:
        """Raise GamedayError without records, and for a stack that reaches another machine or speaks to others."""
        if not self.records.exists():
            raise GamedayError(
                f"no such file or recording: {str(self.records)!r}", hint="make one with `gameday record`"
            )
        for table in filter(None, (self.candidate, self.current)):
            refuse_elsewhere(table)
            check_spoken(table, self.flow)
