"""The run folder: what a run leaves behind, and judging it again from disk.

History, ledgers and dead letters are records: they are written once. Verdicts and scorecard are computed from them and
may be computed again. Every file is written under another name and then moved into place, so none is ever incomplete.
"""

from __future__ import annotations

import platform
import shlex
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gameday import __version__
from gameday.analysis.observations import COLLECTORS
from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.whole_file import write_whole
from gameday.model.checker import Case, ControlLedgers, DeadLetter, Result, Verdict
from gameday.model.contract import Contract
from gameday.model.history import Collector, History
from gameday.model.rates import Rates
from gameday.model.scenario import Scenario
from gameday.scoring.ledger_file import LedgerReader
from gameday.scoring.new_folder import new_folder, slug
from gameday.scoring.rubric import RUBRIC
from gameday.scoring.score import Scorecard
from gameday.scoring.seal import Until, seal_judgement, until_of
from gameday.scoring.unfinished import unfinished
from gameday.scoring.until import cut
from gameday_fakes.ledger import Ledger

T = TypeVar("T")

RUN_FILE = "run.json"
RATES_FILE = "rates.json"
HISTORY_FILE = "history.jsonl"
#: The history and the ledgers of a run's fault-free control, in its folder.
CONTROL_HISTORY = "control.jsonl"
CONTROL_LEDGERS = "control.ledgers.json"


class RunInfo(msgspec.Struct, frozen=True):
    """What was run, when and with what. ``replay`` is the command that runs it again.

    ``clock`` is how the stack followed the pace (accelerated, real, own), ``clock_note`` the same in a clause.
    ``isolated``: the stack was off all networks; ``isolation_note`` says what it could reach, or why it was not. All
    are empty in the folder of an older version.
    """

    stack: str
    pace: float
    seed: int
    started: str
    replay: str = ""
    stack_version: str = ""
    versions: dict[str, str] = {}
    rubric: str = ""
    digests: dict[str, str] = {}
    clock: str = ""
    clock_note: str = ""
    isolated: bool | None = None
    isolation_note: str = ""


class CheckedRun(msgspec.Struct, frozen=True):
    """A judged run: its result, its verdicts (the steady state's, then the scenario's in order) and its scorecard.

    ``case`` is what was judged, so that a report need not read the records again.
    """

    run_dir: Path
    result: Result
    verdicts: tuple[Verdict, ...]
    scorecard: Scorecard
    case: Case | None = None


class _Verdict(msgspec.Struct, frozen=True):
    """A verdict as in the file: the result as a word."""

    name: str
    result: str
    summary: str
    orders: tuple[str, ...] = ()
    evidence: dict[str, Any] = {}


class _Verdicts(msgspec.Struct, frozen=True):
    result: str
    verdicts: tuple[_Verdict, ...]


class Run:
    """One run folder. Every reader raises GamedayError naming the file that is missing, torn or not readable."""

    def __init__(self, run_dir: Path) -> None:
        self.dir = run_dir

    def info(self) -> RunInfo:
        """What was run."""
        if not (self.dir / RUN_FILE).is_file():
            raise GamedayError(f"{str(self.dir)!r} is not a run's folder", hint="`gameday list runs` names them")
        return self._read(RUN_FILE, RunInfo)

    def scenario(self) -> Scenario:
        """The scenario as it was run."""
        return self._read("scenario.json", Scenario)

    def contract(self) -> Contract:
        """The contract that it was run under."""
        return self._read("contract.json", Contract)

    def history(self) -> History:
        """What happened."""
        return self._history(HISTORY_FILE, COLLECTORS)

    def control(self) -> History | None:
        """What happened in the fault-free control, if there was one."""
        return self._history(CONTROL_HISTORY) if (self.dir / CONTROL_HISTORY).exists() else None

    def control_ledgers(self) -> ControlLedgers | None:
        """The ledgers at the end of the control, if they were kept."""
        return self._read(CONTROL_LEDGERS, ControlLedgers) if (self.dir / CONTROL_LEDGERS).exists() else None

    def ledger(self, role: str, reader: LedgerReader | None = None) -> Ledger:
        """The ledger of the ``crm`` or the ``erp`` at the end; one ``reader`` shares what both have."""
        return self._read(f"ledger.{role}.json", Ledger, (reader or LedgerReader()).read)

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """What the stack had parked at the end."""
        return self._read("dead_letters.json", tuple[DeadLetter, ...])

    def rates(self) -> Rates:
        """The exchange rates of the run's day; none in the folder of an older version."""
        return self._read(RATES_FILE, Rates) if (self.dir / RATES_FILE).exists() else Rates()

    def case(self, *, control: bool = True) -> Case:
        """Everything that the checkers look at; without the control's history if it is not needed.

        Of a run that did not come to its end, what its last saved ledgers show.
        """
        info = self.info()
        contract = self.contract()
        until = self._until()
        ledgers = LedgerReader()
        case = Case(
            scenario=self.scenario(),
            contract=contract,
            history=self.history(),
            crm=until.crm if until else self.ledger("crm", ledgers),
            erp=until.erp if until else self.ledger("erp", ledgers),
            match=contract.match,
            dead_letters=until.dead_letters if until else self.dead_letters(),
            control=self.control() if control else None,
            control_ledgers=self.control_ledgers() if control else None,
            pace=info.pace,
            rates=self.rates(),
            accelerated=info.clock == "accelerated",
        )
        return cut(case, until.operations) if until else case

    def _until(self) -> Until | None:
        """The ledgers as last saved, if the run did not come to its end."""
        try:
            return until_of(self.dir)
        except GamedayError:  # the missing ledgers are named
            return None

    def write_ledgers(self, *, crm: Ledger, erp: Ledger, dead_letters: Sequence[DeadLetter]) -> None:
        """Write both ledgers and the dead letters, once."""
        records = (("ledger.crm.json", crm), ("ledger.erp.json", erp), ("dead_letters.json", dead_letters))
        for name, record in records:
            if (self.dir / name).exists():
                raise GamedayError(f"{self.dir / name} is written already", hint="a run's ledgers are written once")
            self._write(name, record)

    def verdicts(self) -> tuple[Result, tuple[Verdict, ...]]:
        """The run's result and its verdicts, as last judged."""
        written = self._read("verdicts.json", _Verdicts)
        try:
            verdicts = tuple(
                Verdict(v.name, Result.of(v.result), v.summary, v.orders, v.evidence) for v in written.verdicts
            )
            return Result.of(written.result), verdicts
        except KeyError as problem:
            raise self._unreadable("verdicts.json", f"{problem} is no result") from None

    def scorecard(self) -> Scorecard:
        """The scorecard, as last computed."""
        return self._read("scorecard.json", Scorecard)

    def write_judgement(self, checked: CheckedRun) -> None:
        """Write verdicts and scorecard, and seal them; those of an earlier judgement are replaced."""
        written = _Verdicts(
            checked.result.word,
            tuple(_Verdict(v.name, v.result.word, v.summary, v.orders, v.evidence) for v in checked.verdicts),
        )
        self._write("verdicts.json", written)
        self._write("scorecard.json", checked.scorecard)
        seal_judgement(self.dir)

    def _history(self, name: str, collectors: Collection[type[Collector]] = ()) -> History:
        self._no_pipe(name)
        return History.read(self.dir / name, collectors)

    def _no_pipe(self, name: str) -> None:
        """Raise GamedayError for a pipe or a device in place of a file: to read one may never end."""
        if (self.dir / name).exists() and not (self.dir / name).is_file():
            raise GamedayError(f"{self.dir / name} is no regular file")

    def _read(self, name: str, kind: type[T], decode: Callable[[bytes], T] | None = None) -> T:
        path = self.dir / name
        self._no_pipe(name)
        try:
            data = path.read_bytes()
            return decode(data) if decode else json_text.decode(data, kind)
        except FileNotFoundError:
            raise unfinished(self.dir.name, name, self.dir / HISTORY_FILE) from None
        except OSError as problem:
            raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
        except json_text.Unreadable as problem:
            raise self._unreadable(name, str(problem)) from None

    def _unreadable(self, name: str, problem: str) -> GamedayError:
        return GamedayError(f"{self.dir / name} cannot be read: {problem}", hint="was it edited, or cut off?")

    def _write(self, name: str, content: object) -> None:
        write_whole(self.dir / name, msgspec.json.encode(content))


def create(
    runs_dir: Path,
    *,
    stack: str,
    scenario: Scenario,
    contract: Contract,
    pace: float,
    now: datetime | None = None,
    stack_version: str = "",
    versions: dict[str, str] | None = None,
    clock: str = "",
    clock_note: str = "",
    isolated: bool | None = None,
    isolation_note: str = "",
    rates: Rates = Rates(),  # noqa: B008 - immutable
) -> Run:
    """Create a run's folder, with what is known before the run starts; never reuses one."""
    started = now or datetime.now(UTC)
    name = f"{started:%Y%m%dT%H%M%SZ}-{slug(stack)}-{slug(scenario.name)}-{scenario.seed}"
    run = Run(new_folder(runs_dir, name))
    replay = ["gameday", "run", scenario.feature or scenario.name, "--stack", stack, "--seed", str(scenario.seed)]
    if stack_version:
        replay += ["--stack-version", stack_version]
    info = RunInfo(
        stack=stack,
        pace=pace,
        seed=scenario.seed,
        started=started.isoformat(timespec="seconds"),
        replay=shlex.join([*replay, "--pace", f"{pace:g}"]),
        stack_version=stack_version,
        versions={"gameday": __version__, "python": platform.python_version(), **(versions or {})},
        rubric=RUBRIC.digest,
        digests={"scenario": scenario.digest(), "contract": contract.digest},
        clock=clock,
        clock_note=clock_note,
        isolated=isolated,
        isolation_note=isolation_note,
    )
    run._write("scenario.json", scenario)
    run._write("contract.json", contract)
    run._write(RATES_FILE, rates.on(started.date()))
    run._write(RUN_FILE, info)
    return run


def list_runs(runs_dir: Path) -> list[Run]:
    """The runs in a folder, oldest first."""
    return [Run(path.parent) for path in sorted(runs_dir.glob(f"*/{RUN_FILE}"))]
