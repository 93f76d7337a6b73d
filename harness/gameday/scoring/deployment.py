"""Whether a version of a stack may be deployed, by the recorded runs.

A result counts only for the same version of the stack, state of the contract and scenario. It is judged again, from
records that are as they were sealed (``gameday.scoring.seal``), with today's rubric. Of several runs of the same
scenario and seed the newest counts; if that was edited, no older one stands in for it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from gameday.analysis.aborted import aborted
from gameday.base import json_text
from gameday.base.errors import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, GamedayError, RunAborted
from gameday.model.checker import Result
from gameday.model.contract import Contract
from gameday.model.scenario import Scenario
from gameday.scoring.judge import judge_run
from gameday.scoring.run_folder import Run, list_runs
from gameday.scoring.seal import Word, verify

Decision = Literal["yes", "no", "inconclusive"]
T = TypeVar("T")

#: Where below the runs the gate's folders are.
GATES = "gates"
GATE_FILE = "gate.json"

EXIT_CODES: Mapping[str, int] = {"yes": EXIT_PASSED, "no": EXIT_FAILED, "inconclusive": EXIT_INCONCLUSIVE}


class Question(msgspec.Struct, frozen=True):
    """What is asked. ``seeds`` is how many seeds of each scenario have to pass.

    ``scenarios`` and ``contracts`` (by name) are the present ones, without what is ``not_applicable`` to the stack.
    ``options`` are further options for the commands that fill the gaps (``--runs``, ``--config``). The scenarios under
    the contracts in ``through_gate`` are the library's: only the gate runs them under a contract of one's own.
    """

    stack: str
    version: str
    scenarios: tuple[Scenario, ...]
    contracts: dict[str, Contract]
    seeds: int = 1
    gate_required: bool = False
    options: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    through_gate: frozenset[str] = frozenset()


class RunSummary(msgspec.Struct, frozen=True):
    """One run, or one run of the gate. ``ignored`` says why it does not count; empty if it does.

    ``seal`` is the word of its seal.
    """

    folder: str
    started: str
    result: str
    seed: int = 0
    ignored: str = ""
    seal: Word = "intact"

    @property
    def doubtful(self) -> bool:
        """Whether nobody can say what came of it: it may have been newer evidence than what counts."""
        return self.seal in ("altered", "exposed", "foreign", "unsealed")


class Cell(msgspec.Struct, frozen=True):
    """One scenario, or the ``gate``, under one contract: the decision and the seeds that are missing.

    Also what else is required, such as that the version may meet what runs in an environment; ``why`` is then the
    reason of the decision, or what to do.
    """

    scenario: str
    feature: str
    contract: str
    contract_version: str
    decision: Decision
    runs: tuple[RunSummary, ...] = ()
    missing_seeds: tuple[int, ...] = ()
    gate: bool = False
    why: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The matrix, the decision, and the commands that would fill the gaps."""

    stack: str
    version: str
    decision: Decision
    cells: tuple[Cell, ...]
    commands: tuple[str, ...]
    not_applicable: tuple[str, ...] = ()


class _Tested(msgspec.Struct, frozen=True):
    """A stack or a contract in a gate.json."""

    name: str = ""
    version: str = ""
    digest: str = ""


class _GateInputs(msgspec.Struct, frozen=True):
    flow: str
    seed: int = 0
    contracts: dict[str, _Tested] = {}
    stacks: dict[str, _Tested] = {}


class _GateFile(msgspec.Struct, frozen=True):
    """What is read of a gate.json."""

    inputs: _GateInputs
    result: str
    started: str = ""


def can_deploy(question: Question, *runs_dirs: Path, required: Iterable[Cell] = ()) -> Answer:
    """Answer from the runs and gate folders below ``runs_dirs``, and from what else is ``required``.

    Copies of one folder count once. Raises GamedayError if nothing is asked.
    """
    if not question.scenarios:
        raise GamedayError("no scenario to answer from", hint="see --scenarios and --contract")
    runs = _once(each for folder in runs_dirs for each in _runs_of(question, folder))
    cells = [_cell(scenario, question, runs) for scenario in question.scenarios]
    cells += _gate_cells(question, _once(each for folder in runs_dirs for each in _gates_of(question, folder)))
    cells += required
    decisions = {cell.decision for cell in cells}
    decision: Decision = "no" if "no" in decisions else "inconclusive" if "inconclusive" in decisions else "yes"
    return Answer(
        question.stack,
        question.version,
        decision,
        tuple(cells),
        tuple(_commands(question, cells)),
        question.not_applicable,
    )


def _runs_of(question: Question, runs_dir: Path) -> Iterator[tuple[Scenario, RunSummary]]:
    """The runs of this version, each with its scenario; also those of the gate's game days."""
    folders = (runs_dir, *sorted(runs_dir.glob(f"{GATES}/*/runs")))
    for run in (run for folder in folders for run in list_runs(folder)):
        try:
            info = run.info()
            if (info.stack, info.stack_version) != (question.stack, question.version):
                continue
            scenario = run.scenario()
        except GamedayError:  # torn, or written by another version
            continue
        contract = question.contracts.get(scenario.flow.contract)
        if contract is None or info.digests.get("contract") != contract.digest:
            ignored = "another state of the contract"
            yield scenario, RunSummary(run.dir.name, info.started, "not judged", info.seed, ignored)
            continue
        seal = verify(run.dir)
        ignored = "" if seal.counts else seal.sentence
        result = "not judged" if ignored else _judged_again(run, ended=seal.word != "unfinished")
        yield scenario, RunSummary(run.dir.name, info.started, result, info.seed, ignored, seal.word)


def _judged_again(run: Run, *, ended: bool) -> str:
    """The run's result by its records.

    What cannot be judged is inconclusive, as is a pass without a fault's effect, or of a run that did not end.
    """
    try:
        checked = judge_run(run)
    except RunAborted:
        return "aborted"
    except GamedayError:
        return Result.INCONCLUSIVE.word
    if checked.result is not Result.FAILED and checked.case is not None and aborted(checked.case.history):
        return "aborted"
    sound = ended and not checked.scorecard.ineffective
    return checked.result.word if sound or checked.result is not Result.PASSED else Result.INCONCLUSIVE.word


def _cell(scenario: Scenario, question: Question, runs: Iterable[tuple[Scenario, RunSummary]]) -> Cell:
    own: list[RunSummary] = []
    for ran, run in runs:
        if (ran.name, ran.flow.contract) != (scenario.name, scenario.flow.contract):
            continue
        other = "" if ran.digest() == scenario.digest() else "another state of the scenario"
        own.append(msgspec.structs.replace(run, ignored=run.ignored or other))
    own = _newest_count(own)
    valid = {run.seed for run in own if not run.ignored and run.result == "passed"}
    broken = any(run.result == "failed" for run in own if not run.ignored)
    missing_count = max(0, question.seeds - len(valid))
    seeds = (seed for seed in count(1) if seed not in valid)
    missing = () if broken else tuple(next(seeds) for _ in range(missing_count))
    return Cell(
        scenario=scenario.name,
        feature=scenario.feature,
        contract=scenario.flow.contract,
        contract_version=question.contracts[scenario.flow.contract].version,
        decision="no" if broken else "inconclusive" if missing else "yes",
        runs=tuple(own),
        missing_seeds=missing,
    )


def _newest_count(runs: Sequence[RunSummary], *, any_seed: bool = False) -> list[RunSummary]:
    """Newest first; of several runs with one seed only the newest counts."""
    seen: set[int] = set()
    found = []
    for run in sorted(runs, key=lambda each: (each.started, each.folder), reverse=True):
        seed = 0 if any_seed else run.seed
        repeated = not run.ignored and seed in seen
        if not run.ignored or run.doubtful:
            seen.add(seed)
        found.append(msgspec.structs.replace(run, ignored="run again since") if repeated else run)
    return found


def _once(found: Iterable[tuple[T, RunSummary]]) -> list[tuple[T, RunSummary]]:
    """Without the second copy of a folder that is in two places and came to the same in both."""
    return [*{(run.folder, run.started, run.result, run.ignored): (what, run) for what, run in found}.values()]


def _gate_cells(question: Question, gate_runs: Sequence[tuple[str, RunSummary]]) -> Iterator[Cell]:
    """The gate of each contract; its newest run counts, whatever the seed."""
    for name, contract in sorted(question.contracts.items()):
        own = [gate_run for flow, gate_run in gate_runs if flow == name]
        if not own and not question.gate_required:
            continue
        counted = _newest_count(own, any_seed=True)
        newest = next((run.result for run in counted if not run.ignored), "inconclusive")
        decision: Decision = "yes" if newest == "passed" else "no" if newest == "failed" else "inconclusive"
        yield Cell("the gate", "", name, contract.version, decision, tuple(counted), gate=True)


def _gates_of(question: Question, runs_dir: Path) -> Iterator[tuple[str, RunSummary]]:
    for path in sorted((runs_dir / GATES).glob(f"*/{GATE_FILE}")):
        try:
            gate = json_text.decode(path.read_bytes(), _GateFile)
        except (OSError, json_text.Unreadable):
            continue
        inputs = gate.inputs
        stack, tested = (each.get("candidate", _Tested()) for each in (inputs.stacks, inputs.contracts))
        if (stack.name, stack.version) != (question.stack, question.version):
            continue
        contract = question.contracts.get(inputs.flow)
        same = contract is not None and contract.digest == tested.digest
        seal = verify(path.parent, kinds=["gate"])
        ignored = "another state of the contract" if not same else "" if seal.counts else seal.sentence
        yield inputs.flow, RunSummary(path.parent.name, gate.started, gate.result, inputs.seed, ignored, seal.word)


def _commands(question: Question, cells: Iterable[Cell]) -> Iterator[str]:
    """The commands that fill the gaps: one for all features that lack the same seeds."""
    common = ("--stack", question.stack, "--stack-version", question.version)
    lacking: dict[str, set[int]] = {}
    for cell in cells:
        if cell.missing_seeds and cell.contract not in question.through_gate:
            lacking.setdefault(cell.feature or cell.scenario, set()).update(cell.missing_seeds)
    together: dict[tuple[int, ...], list[str]] = {}
    for feature, those in lacking.items():
        together.setdefault(tuple(sorted(those)), []).append(feature)
    for seeds, features in together.items():
        for first, number in _stretches(seeds):
            more = ("--seeds", str(number)) if number > 1 else ()
            yield shlex.join(("gameday", "run", *features, *common, "--seed", str(first), *more, *question.options))
    gates: dict[str, set[int]] = {}
    for cell in cells:
        if (cell.missing_seeds and cell.contract in question.through_gate) or (
            cell.gate and cell.decision == "inconclusive"
        ):
            gates.setdefault(cell.contract, set()).update(cell.missing_seeds)
    for contract, seeds_of_gate in gates.items():
        for seed in sorted(seeds_of_gate) or [0]:
            more = ("--seed", str(seed)) if seed else ()
            command = shlex.join(("gameday", "gate", "--contract", contract, *common, *more, *question.options))
            yield f"{command} --records RECORDS"


def _stretches(seeds: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Seeds in a row as (first, how many)."""
    first = previous = seeds[0]
    for seed in (*seeds[1:], -1):
        if seed != previous + 1:
            yield first, previous - first + 1
            first = seed
        previous = seed
