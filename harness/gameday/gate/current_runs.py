"""The replays of the current stack, kept for the next gate: the same inputs give the same ledgers.

The second is made only where the candidate differs from the first: it shows in what the stack differs from itself.
They are kept only where nothing else can have changed: the stack has a version, and the records are a recording, so
that what is kept has pseudonyms. The key is a hash of the records, the contract, the organisation, the stack's table
with its environment, the seed and the version of gameday, authenticated so that no value can be guessed from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from pathlib import Path

import msgspec

from gameday import __version__
from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.owner import sealed
from gameday.capture.recording import RECORDING_FILE
from gameday.config.stack_table import StackTable, contract_for
from gameday.gate.replay import replay, run_all
from gameday.gate.request import Request
from gameday.model.contract import Contract
from gameday.model.workload import Workload
from gameday.run.setup import LedgerSnapshot
from gameday.scoring.seal import seal, seal_key, verify

#: The names of the two replays.
FIRST, SECOND = "current-1", "current-2"
#: Beside the folders of the gates.
FOLDER = "current"
_FILE = "replay.json"


class CurrentRun(msgspec.Struct, frozen=True):
    """One replay through the current stack: its ledgers, and why the host was too busy to judge by them, if it was."""

    ledgers: LedgerSnapshot
    overloaded: str = ""


class CurrentStack:
    """The current stack under the base contract: each of its replays is made at most once."""

    def __init__(self, request: Request, workload: Workload, table: StackTable) -> None:
        self.table = table
        self._request = request
        self._workload = workload
        self._contract = contract_for((request.base or request.candidate_contract).contract, table)
        self._kept = KeptRuns(request, self._contract, workload)
        self._runs: dict[str, CurrentRun | GamedayError | None] = {}
        #: Whether its first replay is that of an earlier gate.
        self.was_kept = False

    @property
    def takes_none(self) -> str:
        """What to say if it does not take the deals: then nothing can be compared with it."""
        return f"the current stack {self.table.name!r} does not take these deals itself"

    async def carry_out(self, name: str) -> None:
        """Make a replay, unless it is kept. What is wrong with it must not end what runs beside it."""
        if found := self._kept.find(name):
            self.was_kept = self.was_kept or name == FIRST
            self._runs[name] = found
            return
        try:
            made = await replay(self._request, self._workload, self._contract, self.table, name, schema_faults={})
        except GamedayError as problem:
            self._runs[name] = problem
            return
        run = None if made.stalled or made.ended else CurrentRun(made.ledgers, made.overloaded)
        self._runs[name] = run
        if run is not None:
            self._kept.keep(name, run)

    def replayed(self, name: str) -> CurrentRun | None:
        """A replay, made now if it was not yet; None if the stack did not take the deals.

        Raises RunError where it cannot be judged.
        """
        if name not in self._runs:
            run_all([], also=[self.carry_out(name)])
        run = self._runs[name]
        if isinstance(run, GamedayError):
            raise run
        return run


class KeptRuns:
    """The replays that are kept of one current stack with the same inputs, by their names."""

    def __init__(self, request: Request, contract: Contract, workload: Workload) -> None:
        self._folder: Path | None = None
        if _may_be_kept(request):
            self._folder = request.folder.parent / FOLDER / _key(request, contract, workload)

    def find(self, name: str) -> CurrentRun | None:
        """The replay of an earlier gate; None without one that is as it was sealed."""
        return _read(self._folder / name) if self._folder else None

    def keep(self, name: str, run: CurrentRun) -> None:
        """Keep a replay for the next gate, if it can be kept and the host kept up."""
        if self._folder and not run.overloaded:
            _write(self._folder / name, run)


def _may_be_kept(request: Request) -> bool:
    current = request.current
    return current is not None and bool(current.version) and (request.records / RECORDING_FILE).is_file()


def _key(request: Request, contract: Contract, workload: Workload) -> str:
    operations = hashlib.sha256(msgspec.json.encode(workload, order="deterministic", enc_hook=str)).hexdigest()
    facts = [
        __version__,
        contract,
        request.current,
        request.flow,
        request.seed,
        request.pace,
        operations,
        _organisation(request),
    ]
    said = msgspec.json.encode(facts, order="deterministic", enc_hook=str)
    return sealed(seal_key(), "replays of a current stack", said)[:32]


def _organisation(request: Request) -> list[tuple[str, str]]:
    """What the fakes serve, by hash; nothing for the bundled organisation."""
    root = request.config.organisation
    files = sorted(path for path in root.rglob("*") if path.is_file()) if root else []
    files += [path for _, path in sorted(request.config.endpoints.items())]
    return [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]


def _read(folder: Path) -> CurrentRun | None:
    """What an earlier gate has kept; nothing if it is not as it was sealed."""
    if not verify(folder, kinds=["replay"]).counts:
        return None
    try:
        return json_text.decode((folder / _FILE).read_bytes(), CurrentRun)
    except (OSError, json_text.Unreadable):
        return None


def _write(folder: Path, run: CurrentRun) -> None:
    """Keep a replay, whole or not at all: another gate may read or keep the same at this moment."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as beside:
            # Under its own name, which is sealed too.
            made = Path(beside) / folder.name
            made.mkdir(mode=0o700)
            (made / _FILE).write_bytes(msgspec.json.encode(run, enc_hook=str))
            seal(made, "replay", [_FILE])
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                # If it is there again, the other gate has kept the same.
                made.rename(folder)
    except OSError as problem:
        raise GamedayError(f"cannot write into {folder}: {problem.strerror}") from None
