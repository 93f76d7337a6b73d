"""The replays of the current stack, kept for the next gate: the same inputs give the same ledgers.

They are kept only where nothing else can have changed: the stack has a version, and the records are a recording, so
that what is kept has pseudonyms. The key is a hash of the records, the contract, the organisation, the stack's table
with its environment, the seed and the version of gameday, authenticated so that no value can be guessed from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from gameday import __version__
from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.owner import sealed
from gameday.capture.recording import RECORDING_FILE
from gameday.gate.request import Request
from gameday.model.contract import Contract
from gameday.model.workload import Workload
from gameday.run.setup import LedgerSnapshot
from gameday.scoring.seal import seal, seal_key, verify

#: Beside the folders of the gates.
FOLDER = "current"
_FILE = "replay.json"


class CurrentRun(msgspec.Struct, frozen=True):
    """One replay through the current stack: its ledgers, and why the host was too busy to judge by them, if it was."""

    ledgers: LedgerSnapshot
    overloaded: str = ""


def kept_or_run(
    request: Request, contract: Contract, workload: Workload, run: Callable[[], tuple[CurrentRun, ...]]
) -> tuple[tuple[CurrentRun, ...], bool]:
    """The replays of the current stack, and whether they are those of an earlier gate."""
    if not _may_be_kept(request):
        return run(), False
    folder = request.folder.parent / FOLDER / _key(request, contract, workload)
    if kept := _read(folder):
        return kept, True
    runs = run()
    if runs and not any(each.overloaded for each in runs):
        _write(folder, runs)
    return runs, False


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


def _read(folder: Path) -> tuple[CurrentRun, ...]:
    """What an earlier gate has kept; nothing if it is not as it was sealed."""
    if not verify(folder, kinds=["replay"]).counts:
        return ()
    try:
        return json_text.decode((folder / _FILE).read_bytes(), tuple[CurrentRun, ...])
    except (OSError, json_text.Unreadable):
        return ()


def _write(folder: Path, runs: tuple[CurrentRun, ...]) -> None:
    """Keep the replays, whole or not at all: another gate may read or keep the same at this moment."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as beside:
            # Under its own name, which is sealed too.
            made = Path(beside) / folder.name
            made.mkdir(mode=0o700)
            (made / _FILE).write_bytes(msgspec.json.encode(runs, enc_hook=str))
            seal(made, "replay", [_FILE])
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                # If it is there again, the other gate has kept the same.
                made.rename(folder)
    except OSError as problem:
        raise GamedayError(f"cannot write into {folder}: {problem.strerror}") from None
