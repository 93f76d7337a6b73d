"""What a process that simulates is asked, and what it answers."""

from __future__ import annotations

import gc
import random
import uuid
from pathlib import Path
from typing import IO

import msgspec

from gameday.base.errors import GamedayError
from gameday.model.events import Exchange
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings
from gameday.simulation.observation import Observation, observed
from gameday.simulation.simulator import Simulator
from gameday.simulation.virtual_time import Stuck, VirtualTime

#: After so many runs the collector looks through all that is kept, and not only through what the last one has left.
ALL_AFTER = 50


class Setup(msgspec.Struct, frozen=True):
    """Which stack is simulated, with which settings, and in which folder its runs have theirs."""

    stack: str
    settings: Settings
    folder: str


class Request(msgspec.Struct, frozen=True):
    """A scenario to simulate, and in which ``race`` of its requests (``Simulator.judged``)."""

    scenario: Scenario
    race: int = 0


def serve(clock: VirtualTime, requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer every scenario with an observation, until the requests end."""
    setup = msgspec.json.decode(next(requests), type=Setup)
    # Exchanges are for postmortems, and redacting them takes a while; a judge reads none.
    folder, left_out = Path(setup.folder), (Exchange.f,)
    simulator = Simulator(clock, setup.stack, setup.settings, folder, left_out=left_out, searching=True)
    # Between two runs, when the circles that one has left can go, and nothing else is young.
    gc.disable()
    for number, line in enumerate(requests):
        observation = simulate(simulator, msgspec.json.decode(line, type=Request))
        replies.write(msgspec.json.encode(observation, enc_hook=str) + b"\n")
        replies.flush()
        gc.collect(0 if number % ALL_AFTER else 2)
        if number == 0:
            # What the first run has loaded stays.
            gc.freeze()


def simulate(simulator: Simulator, request: Request) -> Observation:
    """Simulate one scenario; a stack or a fake that fails in it makes it ``not run``."""
    repeat_names(request.scenario)
    try:
        return observed(*simulator.judged(request.scenario, request.race))
    except GamedayError as problem:
        return Observation("not run", str(problem))
    except (Stuck, Exception) as problem:  # noqa: BLE001 - one schedule must not end the search
        return Observation("not run", f"{type(problem).__name__}: {problem}")


def repeat_names(scenario: Scenario) -> None:
    """Have the names that this process draws be the same in each run of a scenario."""
    draw = random.Random(f"names {scenario.seed}")
    uuid.uuid4 = lambda: uuid.UUID(int=draw.getrandbits(128), version=4)
