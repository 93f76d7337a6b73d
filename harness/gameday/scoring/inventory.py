"""The inventory: every flow of the registry with the results of its recorded runs, and the problems found."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.base.violation import Violation
from gameday.contracts.flows import FILE_COLUMNS, FlowRegistry, RegisteredFlow, violation
from gameday.contracts.odcs import load_contract
from gameday.contracts.prepared import named_file
from gameday.model.contract import Contract
from gameday.scoring.exception_paths import check_exceptions
from gameday.scoring.rubric import RUBRIC
from gameday.scoring.run_folder import Run, list_runs
from gameday.scoring.score import Scorecard
from gameday.scoring.seal import verify_judged
from gameday_fakes.manifests import manifests

#: After a quarter a game day is stale: people, stacks and vendors have changed.
STALE_AFTER_DAYS = 90


class StackScores(msgspec.Struct, frozen=True):
    """The scores of one stack on its last game day: the lowest of all its scenarios, 0 to 100 or None.

    ``current`` says whether they are of the present rubric and contract; if not, they cannot be compared.
    """

    stack: str
    version: str
    day: datetime.date
    scenarios: int
    detection: float | None
    recovery: float | None
    current: bool


class FlowRecord(msgspec.Struct, frozen=True):
    """A flow with the last game day (UTC), by the runs or else by the file, and the scores of each stack."""

    flow: RegisteredFlow
    last_game_day: datetime.date | None = None
    scores: tuple[StackScores, ...] = ()
    days_since: int | None = None
    stale: bool = False


class _ScoredRun(msgspec.Struct, frozen=True):
    """One run with a scorecard."""

    contract: str
    stack: str
    version: str
    started: datetime.datetime
    card: Scorecard


def take_inventory(
    flows: FlowRegistry,
    runs_dir: Path,
    *,
    today: datetime.date,
    contracts: dict[str, Contract],
    stale_after_days: int = STALE_AFTER_DAYS,
) -> list[FlowRecord]:
    """Every flow with its last game day and the scores of each stack.

    Only runs count that have ended, and that are as they were sealed and judged.
    """
    runs = list(_scored_runs(runs_dir))
    entries = []
    for flow in flows.flows:
        own = [run for run in runs if run.contract == flow.contract]
        contract = contracts.get(flow.contract)
        stacks = sorted({run.stack for run in own})
        scores = tuple(_scores([r for r in own if r.stack == stack], contract) for stack in stacks)
        days = [each.day for each in scores] + ([flow.last_game_day] if flow.last_game_day else [])
        last = max(days, default=None)
        since = (today - last).days if last else None
        entries.append(FlowRecord(flow, last, scores, since, stale=since is None or since > stale_after_days))
    return entries


def load_contracts(flows: FlowRegistry, folders: Iterable[Path]) -> dict[str, Contract]:
    """The contracts that the flows name and that exist. Raises GamedayError for a broken one."""
    searched = list(folders)
    found = {}
    for name in sorted({flow.contract for flow in flows.flows if flow.contract}):
        try:
            found[name] = load_contract(name, searched)
        except GamedayError as problem:
            if not problem.problem.startswith("unknown contract"):
                raise
    return found


def check_inventory(
    flows: FlowRegistry, entries: Iterable[FlowRecord], contracts: dict[str, Contract]
) -> list[Violation]:
    """All problems: those of the file's rows, and contradictions with the contracts or the runs."""
    found = list(flows.violations)
    for entry in entries:
        found.extend(_against_contract(entry.flow, contracts, flows.path))
        found.extend(_against_runs(entry, flows.path))
        found.extend(_undefined(entry.flow, flows.path))
        found.extend(_missing_files(entry.flow, flows.path))
        found.extend(check_exceptions(entry.flow, contracts.get(entry.flow.contract), flows.path))
    return sorted(found, key=lambda each: (each.line, each.rule, each.message))


def _against_contract(flow: RegisteredFlow, contracts: dict[str, Contract], path: str) -> Iterator[Violation]:
    if not flow.contract:
        return
    contract = contracts.get(flow.contract)
    if contract is None:
        message = f"flow {flow.flow!r}: there is no contract {flow.contract!r}"
        yield violation("unknown-contract", message, path, flow.line, owners=("sync",))
        return
    if flow.contract_version and flow.contract_version != contract.version:
        message = f"flow {flow.flow!r}: contract version {flow.contract_version!r}, but the contract's files say "
        yield violation(
            "contract-version", f"{message}{contract.version!r}", path, flow.line, owners=("source", "sink")
        )
    for column, system, vendor in (("source", flow.source, contract.crm), ("sink", flow.sink, contract.erp)):
        # What names no vendor may be the customer's own word for it.
        if vendor and system != vendor and system in manifests():
            message = f"flow {flow.flow!r}: {column} is {system!r}, but the contract's server is {vendor!r}"
            yield violation("system-differs", message, path, flow.line, owners=(column,))
    for role, owner in flow.owners.items():
        agreed = contract.owners.get(role)
        if agreed and agreed != owner:
            message = f"flow {flow.flow!r}: owner of {role} is {owner!r}, but {agreed!r} by the contract"
            yield violation("owner-differs", message, path, flow.line, owners=(role,))


def _undefined(flow: RegisteredFlow, path: str) -> Iterator[Violation]:
    """What the ownership matrix of a flow lacks."""
    if lacking := flow.undefined:
        message = f"flow {flow.flow!r}: the ownership matrix lacks {', '.join(lacking)}"
        yield violation("ownership-incomplete", message, path, flow.line, level="warning", owners=("sync",))


def _missing_files(flow: RegisteredFlow, path: str) -> Iterator[Violation]:
    """The files that a flow names and that are not there."""
    for column, words in FILE_COLUMNS.items():
        named = flow.prepared.get(column, "")
        if named and named_file(path, named)[0] == "missing":
            message = f"flow {flow.flow!r}: the {words} {shown(named)} is not there, or is empty"
            yield violation("file-missing", message, path, flow.line, owners=("sync",))


def _against_runs(entry: FlowRecord, path: str) -> Iterator[Violation]:
    flow = entry.flow
    if entry.last_game_day is None:
        message = f"flow {flow.flow!r} was never exercised: there is no run under its contract"
        yield violation("never-exercised", message, path, flow.line, level="warning", owners=("sync",))
    elif entry.stale:
        message = f"flow {flow.flow!r} was last exercised {entry.days_since:,} days ago, on {entry.last_game_day}"
        yield violation("stale", message, path, flow.line, level="warning", owners=("sync",))
    for scores in entry.scores:
        if not scores.current:
            message = f"flow {flow.flow!r}: the scores of {scores.stack!r} are of another contract or rubric"
            yield violation("scores-outdated", message, path, flow.line, level="note", owners=("sync",))


def _scored_runs(runs_dir: Path) -> Iterator[_ScoredRun]:
    for run in list_runs(runs_dir):
        try:
            found = _read(run)
            if verify_judged(run.dir).word == "intact":
                yield found
        except (GamedayError, ValueError):  # torn, unfinished, or written by another version
            continue


def _read(run: Run) -> _ScoredRun:
    info = run.info()
    started = datetime.datetime.fromisoformat(info.started)
    return _ScoredRun(run.scenario().flow.contract, info.stack, info.stack_version, started, run.scorecard())


def _scores(runs: list[_ScoredRun], contract: Contract | None) -> StackScores:
    """The scores of one stack: the newest run of each scenario on its last day."""
    newest = max(runs, key=lambda run: run.started)
    day = newest.started.astimezone(datetime.UTC).date()
    that_day = [run for run in runs if run.started.astimezone(datetime.UTC).date() == day]
    last = {run.card.scenario: run.card for run in sorted(that_day, key=lambda run: run.started)}
    return StackScores(
        stack=newest.stack,
        version=newest.version,
        day=day,
        scenarios=len(last),
        detection=_lowest(card.detection.points for card in last.values()),
        recovery=_lowest(card.recovery.points for card in last.values()),
        current=contract is not None
        and all((card.rubric, card.contract) == (RUBRIC.digest, contract.digest) for card in last.values()),
    )


def _lowest(points: Iterable[float | None]) -> float | None:
    return min((each for each in points if each is not None), default=None)
