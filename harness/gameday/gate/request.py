"""What a gate is asked to do: everything found and checked before anything starts."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, StackTable
from gameday.config.isolation import refuse_elsewhere
from gameday.gate.contracts import LocatedContract
from gameday.gate.ignore import IgnoreList
from gameday.model.contract import Contract
from gameday.model.scenario import Flow

#: Scenario seconds in a real second: the stack's backoffs shorten with it, its requests do not.
REPLAY_PACE = 60.0
#: Slow enough for the SLA to leave a stack the real seconds that a request takes.
SMOKE_PACE = 10.0
#: How many of the replayed deals are amended once they have arrived: an order that changes is written another way.
AMENDED = 0.1


class Request(msgspec.Struct, frozen=True):
    """``records`` is a file or a recording's folder, ``sample`` how many of them are replayed.

    ``base`` and ``current`` may be None: then nothing is compared with them. ``base_name`` is the base as
    gameday.contracts.compatibility names it, ``sign_offs`` the file of sign-offs, if not the one beside the contract.
    ``features`` are files and folders, of which the scenarios with the tag ``@gate`` are run; none skips the stage.
    ``plugins`` are those of gameday.model.settings.Settings. ``folder`` is the gate's own; ``today`` decides which entries of the ignore list and which sign-offs hold.
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
    current: StackTable | None = None
    sample: int = 500
    seed: int = 1
    ignore: IgnoreList = IgnoreList()
    features: tuple[Path, ...] = ()
    workers: int = 2
    pace: float = REPLAY_PACE
    plugins: tuple[str, ...] = ()
    crm: str = "salesforce"
    erp: str = "netsuite"

    @property
    def now(self) -> datetime.datetime:
        """The moment as of which sign-offs hold: the end of the day, so that it is the same in every run of it."""
        return datetime.datetime.combine(self.today, datetime.time(23, 59, 59), datetime.UTC)

    @property
    def flow(self) -> Flow:
        """Where deals come from and go to."""
        return Flow(self.crm, self.erp, self.name)

    def contract(self) -> Contract:
        """The candidate contract, with the matching key that the candidate stack's table names."""
        return matched(self.candidate_contract.contract, self.candidate)

    def check(self) -> None:
        """Raise GamedayError if there are no such records, or a stack would reach anything but this machine."""
        if not self.records.exists():
            raise GamedayError(f"no such file or recording: {str(self.records)!r}", hint="`gameday record` makes one")
        for table in filter(None, (self.candidate, self.current)):
            refuse_elsewhere(table)


def matched(contract: Contract, table: StackTable) -> Contract:
    """The contract with the matching key of a stack's table, if that names one."""
    return msgspec.structs.replace(contract, match=table.match) if table.match else contract
