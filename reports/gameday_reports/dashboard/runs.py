"""Reads the runs of a folder once, with the figures for the dashboard.

Each is judged again from its records. What is not as it was sealed, or cannot be read, counts in no figure and is
listed separately.
"""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from gameday.analysis.incident import Times, incident
from gameday.base.errors import GamedayError
from gameday.model.contract import Contract, Sla
from gameday.scoring.judge import judge_run
from gameday.scoring.run_folder import RUN_FILE, CheckedRun, Run, RunInfo
from gameday.scoring.score import Scorecard
from gameday.scoring.seal import verify
from gameday_reports.dashboard.failure_modes import modes_of

#: The name of a run's folder; recognises one that has no run.json any more.
_RUN_NAME = re.compile(r"\d{8}T\d{6}Z-.+")


class Digests(msgspec.Struct, frozen=True):
    """The hashes of rubric, contract and scenario; scores are compared only if all three agree."""

    rubric: str
    contract: str
    scenario: str


class RunSummary(msgspec.Struct, frozen=True):
    """One judged run. ``link`` leads from the site to its postmortem; ``times`` are None if they cannot be read.

    ``word`` is the result (passed, failed or inconclusive), ``expected`` the result that the feature's tags announce
    for the stack; ``broke`` are the expectations with that result unless it is passed, ``modes`` the failure modes that
    the run exercises, if ``effective``: every fault shows that it took effect. ``controlled``: a fault-free control run
    was recorded.
    """

    run: str
    link: str
    stack: str
    stack_version: str
    scenario: str
    seed: int
    pace: float
    started: datetime
    digests: Digests
    word: str
    expected: str
    broke: tuple[str, ...]
    detection: float | None
    recovery: float | None
    grade: str
    no_impact: bool
    orders: int
    affected: int
    unreported: int
    unreported_money: dict[str, Decimal]
    false_alarms: int
    interventions_per_1000: float | None
    times: Times | None
    sla: Sla
    schema_change: bool
    modes: tuple[int, ...]
    controlled: bool
    effective: bool = True

    @property
    def exercises(self) -> bool:
        """Whether the run shows what the stack does in its failure modes."""
        return self.effective and self.word in ("passed", "failed")

    @property
    def order(self) -> tuple[datetime, str]:
        """The sort key: the start, then the name."""
        return self.started, self.run


class Unfinished(msgspec.Struct, frozen=True):
    """A run that does not count: it was interrupted, cannot be read, or is not as it was sealed; ``why`` says which."""

    run: str
    stack: str
    scenario: str
    why: str


class RunSummaries(NamedTuple):
    """The runs of a folder, by start."""

    judged: tuple[RunSummary, ...]
    unfinished: tuple[Unfinished, ...]


#: Faults that change the schema, so that the sync has to be adapted.
SCHEMA_FAULTS = frozenset({"renamed field", "hidden field", "required field"})


def read_runs(runs_dir: Path, site: Path) -> RunSummaries:
    """Read every run of a folder, for pages in ``site``. Raises GamedayError only if the folder cannot be read."""
    try:
        folders = sorted(path for path in runs_dir.iterdir() if path.is_dir())
    except OSError as problem:
        raise GamedayError(
            f"cannot read the folder {str(runs_dir)!r}: {problem.strerror}", hint="`gameday run` creates it"
        ) from None
    contracts: dict[str, Contract] = {}
    judged: list[RunSummary] = []
    unfinished: list[Unfinished] = []
    for folder in folders:
        try:
            if not _RUN_NAME.fullmatch(folder.name) and not (folder / RUN_FILE).is_file():
                continue
            judged.append(_read_run(Run(folder), site, contracts))
        except (GamedayError, OSError, ArithmeticError, ValueError) as problem:
            unfinished.append(_unfinished(Run(folder), problem))
    return RunSummaries(tuple(sorted(judged, key=lambda run: run.order)), tuple(unfinished))


def _read_run(run: Run, site: Path, contracts: dict[str, Contract]) -> RunSummary:
    info, scenario = run.info(), run.scenario()
    checked, times = judged_again(run)
    result, verdicts, card = checked.result, checked.verdicts, checked.scorecard
    contract = contracts.get(card.contract) or contracts.setdefault(card.contract, run.contract())
    postmortem = run.dir / "postmortem.html"
    return RunSummary(
        run=run.dir.name,
        link=quote(os.path.relpath(postmortem, site)) if postmortem.is_file() else "",
        stack=info.stack,
        stack_version=info.stack_version,
        scenario=scenario.name,
        seed=info.seed,
        pace=info.pace,
        started=_started(info),
        digests=Digests(card.rubric, card.contract, card.scenario),
        word=result.word,
        expected=scenario.expected(info.stack),
        broke=tuple(dict.fromkeys(v.name for v in verdicts if v.result.word == result.word != "passed")),
        **_figures(card),
        times=times,
        sla=contract.sla,
        schema_change=any(i.fault in SCHEMA_FAULTS for i in scenario.injections),
        modes=tuple(sorted(modes_of(scenario))),
        controlled=(run.dir / "control.jsonl").is_file(),
        effective=not card.ineffective,
    )


def _figures(card: Scorecard) -> dict[str, Any]:
    return {
        "detection": card.detection.points,
        "recovery": card.recovery.points,
        "grade": card.grade or "",
        "no_impact": card.no_impact and card.recovery.points is not None,
        "orders": card.orders,
        "affected": card.orders - card.states["ok"].orders if "ok" in card.states else card.orders,
        "unreported": card.unreported.orders,
        "unreported_money": {currency: amount for currency, amount in card.unreported.money.items() if amount},
        "false_alarms": card.false_alarms,
        "interventions_per_1000": card.interventions_per_1000,
    }


def judged_again(run: Run) -> tuple[CheckedRun, Times | None]:
    """A run that may count, judged from its records. Raises GamedayError, which says why it does not count."""
    seal = verify(run.dir)
    if seal.word != "intact":
        raise GamedayError(seal.sentence)
    checked = judge_run(run)
    # Not kept with its case: a folder may have thousands of runs.
    return msgspec.structs.replace(checked, case=None), _times(checked)


def _times(checked: CheckedRun) -> Times | None:
    try:
        return incident(checked.case).times if checked.case is not None else None
    except ArithmeticError:
        return None


def _started(info: RunInfo) -> datetime:
    try:
        started = datetime.fromisoformat(info.started)
    except ValueError:
        raise GamedayError(f"run.json has no valid start time: {info.started[:40]!r}") from None
    return started.astimezone(UTC) if started.tzinfo else started.replace(tzinfo=UTC)


def _unfinished(run: Run, problem: Exception) -> Unfinished:
    stack = scenario = ""
    with contextlib.suppress(GamedayError):
        stack, scenario = run.info().stack, run.scenario().name
    why = str(problem).replace(f"{run.dir}/", "").replace(str(run.dir), run.dir.name) or type(problem).__name__
    return Unfinished(run.dir.name, stack, scenario, why)
