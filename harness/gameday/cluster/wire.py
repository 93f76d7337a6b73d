"""What a command and its workers send each other, as JSON."""

from __future__ import annotations

import msgspec

from gameday.live.channel import Command
from gameday.model.settings import Settings
from gameday.steps.outcome import Outcome

#: A file beside a feature is sent with each scenario; a larger one has to be on the workers already.
MOST_SENT_BYTES = 8_000_000


class SentFeature(msgspec.Struct, frozen=True):
    """A feature file: its name as ``portable`` gives it, its content, and the files beside it that it names."""

    name: str
    content: bytes
    beside: dict[str, bytes] = {}


class Task(msgspec.Struct, frozen=True):
    """One scenario against one target. ``test`` is pytest's identifier of it, without the file.

    ``lock`` is what the worker's machine must have (Machine.lock).
    """

    session: str
    number: int
    test: str
    feature: SentFeature
    settings: Settings
    lock: str


class Done(msgspec.Struct, frozen=True):
    """What became of a task: its outcome, the folder below which its runs are, and their names."""

    outcome: Outcome
    folder: str = ""
    runs: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True, order=True):
    """A file of a run: the folder of its task, the name of the run, and the file's path in it."""

    folder: str
    run: str
    file: str


class Part(msgspec.Struct, frozen=True):
    """A part of a file from an offset on, and how long the file is."""

    place: Place
    offset: int
    content: bytes
    length: int


class Look(msgspec.Struct, frozen=True):
    """Asks what the runs of a session have written, and keeps them going: what nobody asks for is interrupted.

    ``known`` is how much of each file is here already. ``commands`` are what operators ask at the live board,
    ``stops`` what `gameday stop` asks of all runs.
    """

    session: str
    known: tuple[tuple[Place, int], ...] = ()
    commands: tuple[Command, ...] = ()
    stops: tuple[Command, ...] = ()


class Finished(msgspec.Struct, frozen=True):
    """What a worker could not heal at the end of a session: a line for each rollback entry, with the reason."""

    left: tuple[str, ...] = ()
