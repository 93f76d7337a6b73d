"""The runs of the matrix, simulated: a run takes seconds of a processor, and a busy machine changes nothing in it.

Each result is a line of a file, so that what was interrupted goes on where it ended.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import msgspec

# The tests' simulation is not a package that is installed.
sys.path.insert(0, str(Path(__file__).parents[1]))

from gameday.model.settings import Settings, Target
from gameday.steps.outcome import Outcome
from support.simulated import Simulation, can_be_simulated


class Line(msgspec.Struct, frozen=True):
    """The result of one simulated run."""

    scenario: str
    stack: str
    seed: int
    result: str


def simulated(
    planned: Iterable[Outcome], settings: Settings, results: Path, controls: Collection[str] = ("durable",)
) -> Iterator[Outcome]:
    """What became of each planned scenario; one that cannot be simulated is left out.

    A fault-free control is simulated too, of the stacks in ``controls``; without one a result may be inconclusive.
    """
    known = {(line.scenario, line.stack, line.seed): line for line in _read(results)}
    simulation = Simulation()
    try:
        for outcome in planned:
            if outcome.not_applicable:
                yield msgspec.structs.replace(outcome, result="not applicable")
                continue
            if outcome.planned is None or not can_be_simulated(outcome.planned):
                continue
            key = outcome.scenario, outcome.stack, outcome.seed
            if key not in known:
                control = outcome.stack in controls
                targets = (Target(outcome.stack, outcome.seed),)
                alone = msgspec.structs.replace(settings, targets=targets, control=control)
                line = Line(*key, simulation.judged(outcome.planned, alone).result.word)
                with results.open("ab") as file:
                    file.write(msgspec.json.encode(line) + b"\n")
                known[key] = line
            yield msgspec.structs.replace(outcome, result=known[key].result)
    finally:
        simulation.close()


def _read(results: Path) -> list[Line]:
    lines = results.read_bytes().splitlines() if results.exists() else []
    return [msgspec.json.decode(line, type=Line) for line in lines]
