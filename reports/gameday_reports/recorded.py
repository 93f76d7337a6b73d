"""A run as its reports see it: the records in its folder and the figures computed from them, each read once."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from gameday.analysis.acts import Act, acts
from gameday.analysis.incident import Incident, incident
from gameday.analysis.observations import Observations, observe
from gameday.analysis.reconcile import OrderOutcome, Reconciliation, reconcile
from gameday.base.durations import words
from gameday.model.checker import Case, Result, Verdict
from gameday.model.contract import Contract
from gameday.model.events import DealAmended, DealClosed, Event, PeopleActed, SignalEvent
from gameday.model.history import History, Operation, Outcome
from gameday.model.scenario import Expectation, Scenario
from gameday.scoring.run_folder import Run, RunInfo
from gameday.scoring.score import Scorecard
from gameday.scoring.seal import Seal, verify
from gameday_reports.redaction import Redactor, confidential_names
from gameday_reports.sidecar import Sidecar
from gameday_reports.sidecar_reader import read_sidecar
from gameday_reports.sidecar_redaction import redacted

E = TypeVar("E", bound=Event)
#: Seals of which a report says nothing.
_SOUND = ("intact", "unfinished")


class RecordedRun:
    """The folder of a judged run.

    Every reader raises GamedayError naming the file that is missing or damaged. Nothing here judges: verdicts and
    scores are those on disk, and the figures beside them come from the functions that the judge used.
    """

    def __init__(self, run_dir: Path, *, case: Case | None = None, unredacted: bool = False) -> None:
        self.dir = run_dir
        #: Whether to show names that the contract classifies as confidential.
        self.unredacted = unredacted
        self._run = Run(run_dir)
        self._case = case

    @functools.cached_property
    def info(self) -> RunInfo:
        """Stack, seed, time and versions of the run."""
        return self._run.info()

    @functools.cached_property
    def case(self) -> Case:
        """The input of the checkers; as given, else from disk.

        The control run is read only if there were false alarms: no report shows anything else of it.
        """
        return self._case or self._run.case(control=bool(self.scorecard.false_alarms))

    @property
    def controlled(self) -> bool:
        """Whether a fault-free control run was recorded with this run."""
        return (self.dir / "control.jsonl").exists()

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return self.case.scenario

    @property
    def contract(self) -> Contract:
        """The contract of the flow."""
        return self.case.contract

    @property
    def history(self) -> History:
        """The recorded operations."""
        return self.case.history

    def of(self, *kinds: type[E], outcome: Outcome | None = None) -> Iterator[Operation[E]]:
        """The operations of these kinds, kind after kind, of that outcome if one is named."""
        for wanted in kinds:
            for kind in self.history.kinds:
                if issubclass(kind, wanted):
                    yield from self.history.of(kind, outcome=outcome)

    @functools.cached_property
    def acts(self) -> tuple[Act, ...]:
        """What people did beside the workload, in order of time."""
        return acts(self.of(PeopleActed))

    @property
    def closings(self) -> dict[str, int]:
        """The index in the history at which each deal was closed, in their order."""
        return self.observations.closings

    @functools.cached_property
    def _judged(self) -> tuple[Result, tuple[Verdict, ...]]:
        return self._run.verdicts()

    @property
    def result(self) -> Result:
        """The result of the whole run."""
        return self._judged[0]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The steady state's verdict, then those of the expectations in the scenario's order; names are masked."""
        return self._masked_verdicts

    @functools.cached_property
    def _masked_verdicts(self) -> tuple[Verdict, ...]:
        verdicts = self._judged[1]
        return tuple(msgspec.structs.replace(v, summary=self.shown(v.summary)) for v in verdicts)

    @property
    def judged(self) -> list[tuple[str, Verdict]]:
        """Each verdict with the name of its checker: those that every run has, then the expectations'."""
        general = self.verdicts[: self._general]
        expected = [(expectation.checker, verdict) for expectation, verdict in self.expected]
        return [*((verdict.name, verdict) for verdict in general), *expected]

    @property
    def expected(self) -> list[tuple[Expectation, Verdict]]:
        """The verdict on each expectation of the scenario."""
        return list(zip(self.scenario.expectations, self.verdicts[self._general :], strict=False))

    @property
    def _general(self) -> int:
        """How many verdicts stand before those of the expectations: on the steady state, on the faults' effects."""
        return max(0, len(self.verdicts) - len(self.scenario.expectations))

    @functools.cached_property
    def seal(self) -> Seal:
        """What the folder's seal says."""
        return verify(self.dir)

    @property
    def caveats(self) -> list[str]:
        """What a reader has to know before anything else, in sentences: what was altered, and what did not end."""
        found = [f"These records are {self.seal.sentence}."] if self.seal.word not in _SOUND else []
        if self.case.until_s is not None:
            until = words(self.case.until_s)
            found.append(f"The run did not come to its end: all figures are as of {until}, and may have changed later.")
        return found

    @functools.cached_property
    def sidecar(self) -> Sidecar:
        """What people wrote about the run in postmortem.yaml, as reports show it."""
        written = read_sidecar(self.dir)
        return redacted(written, self.shown) if written.written else written

    @functools.cached_property
    def redactor(self) -> Redactor:
        """Masks confidential names in texts from outside."""
        if self.unredacted:
            return Redactor(())
        deals, signals = self.of(DealClosed, DealAmended, outcome="ok"), self.of(SignalEvent)
        return Redactor(confidential_names(self.contract, deals, signals, self.case.dead_letters))

    def shown(self, text: object) -> str:
        """A text from outside with confidential names masked."""
        return self.redactor.masked(str(text))

    @functools.cached_property
    def scorecard(self) -> Scorecard:
        """The scores with their arithmetic."""
        return self._run.scorecard()

    @property
    def incident(self) -> Incident:
        """Times and series."""
        return incident(self.case)

    @property
    def reconciliation(self) -> Reconciliation:
        """What became of each deal."""
        return reconcile(self.case)

    @property
    def observations(self) -> Observations:
        """What the history shows about the flow."""
        return observe(self.case.history)

    @functools.cached_property
    def affected(self) -> list[OrderOutcome]:
        """The deals that ended late or wrong."""
        return self.reconciliation.affected

    @property
    def end_s(self) -> float:
        """The scenario second at which the ledgers were judged."""
        return max(self.case.crm.time_s, self.case.erp.time_s)
