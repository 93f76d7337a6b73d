"""Reads the runs of a folder once, with the figures for the dashboard.

Each is judged again from its records. What is not as it was sealed, or cannot be read, counts in no figure and is
listed separately.
"""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from gameday.analysis.incident import Times, incident
from gameday.base.errors import GamedayError
from gameday.scoring.judge import judge_run
from gameday.scoring.run_folder import RUN_FILE, CheckedRun, Run, RunInfo
from gameday.scoring.score import Scorecard
from gameday.scoring.seal import verify
from gameday_reports.dashboard.cache import JudgedRuns
from gameday_reports.dashboard.failure_modes import modes_of
from gameday_reports.dashboard.summaries import Digests, RunSummary, Unfinished

#: The name of a run's folder; recognises one that has no run.json any more.
_RUN_NAME = re.compile(r"\d{8}T\d{6}Z-.+")


class RunSummaries(NamedTuple):
    """The runs of a folder, by start."""

    judged: tuple[RunSummary, ...]
    unfinished: tuple[Unfinished, ...]


#: Faults that change the schema, so that the sync has to be adapted.
SCHEMA_FAULTS = frozenset(
    {"renamed field", "hidden field", "required field", "new picklist value", "changed type", "old API version"}
)


def read_runs(runs_dir: Path, site: Path) -> RunSummaries:
    """Read every run of a folder, for pages in ``site``. Raises GamedayError only if the folder cannot be read."""
    try:
        folders = sorted(path for path in runs_dir.iterdir() if path.is_dir())
    except OSError as problem:
        raise GamedayError(
            f"cannot read the folder {str(runs_dir)!r}: {problem.strerror}", hint="`gameday run` creates it"
        ) from None
    judged: list[RunSummary] = []
    unfinished: list[Unfinished] = []
    cache = JudgedRuns(runs_dir)
    for folder in folders:
        if not _RUN_NAME.fullmatch(folder.name) and not (folder / RUN_FILE).is_file():
            continue
        found = _read_or_known(folder, cache)
        if isinstance(found, Unfinished):
            unfinished.append(found)
        else:
            judged.append(msgspec.structs.replace(found, link=_link(folder, site)))
    cache.write()
    return RunSummaries(tuple(sorted(judged, key=lambda run: run.order)), tuple(unfinished))


def _read_or_known(folder: Path, cache: JudgedRuns) -> RunSummary | Unfinished:
    """A run as it was judged in the state that its folder is in, else judged now."""
    state = cache.state(folder)
    found: RunSummary | Unfinished | None = cache.known(folder, state)
    if found is None:
        try:
            found = read_run(folder)
        except (GamedayError, OSError, ArithmeticError, ValueError) as problem:
            found = _unfinished(Run(folder), problem)
            if not isinstance(problem, GamedayError):
                return found
        cache.keep(folder, state, found)
    return found


def read_run(folder: Path) -> RunSummary:
    """A run, judged from its records, without a link. Raises GamedayError if it does not count, and says why."""
    run = Run(folder)
    info, scenario = run.info(), run.scenario()
    checked, times = judged_again(run)
    result, verdicts, card = checked.result, checked.verdicts, checked.scorecard
    contract = run.contract()
    return RunSummary(
        run=run.dir.name,
        link="",
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
        flow=scenario.flow.contract,
        owners=contract.owners,
        faults=tuple(dict.fromkeys(f"{i.fault} ({i.target})" for i in scenario.injections)),
        verdicts={v.name: v.result.word for v in sorted(verdicts, key=lambda v: v.result)},
    )


def _link(run_dir: Path, site: Path) -> str:
    postmortem = run_dir / "postmortem.html"
    return quote(os.path.relpath(postmortem, site)) if postmortem.is_file() else ""


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
        "unreconciled": sum(part.orders for state, part in card.states.items() if state not in ("ok", "late")),
        "revenue": card.revenue,
        "outage": card.outage,
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
