"""The tasks of a session: one for each planned scenario, with everything that a worker needs for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from gameday.base.errors import GamedayError
from gameday.cluster.machine import this_machine
from gameday.cluster.wire import MOST_SENT_BYTES, SentFeature, Task
from gameday.config.features import in_library, portable
from gameday.model.settings import Settings
from gameday.run.plan import located
from gameday.steps.outcome import Outcome


class PlannedTask(NamedTuple):
    """A task, and the planned scenario that it carries out."""

    task: Task
    planned: Outcome


def tasks_of(planned: Sequence[Outcome], settings: Settings, session: str) -> Iterator[PlannedTask]:
    """The tasks of planned scenarios, in their order. Raises GamedayError for a feature that cannot be sent."""
    lock = this_machine().lock
    # What one scenario does not need would be sent with each of them.
    settings = msgspec.structs.replace(settings, nodes=())
    for number, outcome in enumerate(planned):
        test = outcome.node.partition("::")[2]
        yield PlannedTask(Task(session, number, test, _sent(outcome), settings, lock), outcome)


def _sent(outcome: Outcome) -> SentFeature:
    path = Path(outcome.feature)
    name = portable(path)
    try:
        beside = {} if in_library(name) else _beside(path, outcome)
        return SentFeature(name, path.read_bytes(), beside)
    except OSError as problem:
        raise GamedayError(f"cannot read {problem.filename}: {problem.strerror}") from None


def _beside(feature: Path, outcome: Outcome) -> dict[str, bytes]:
    """The file beside a feature that its workload is read from."""
    file = Path(str(located(outcome.planned).params.get("file", ""))) if outcome.planned is not None else Path()
    if file.parent != feature.parent or not file.is_file():
        return {}
    if file.stat().st_size > MOST_SENT_BYTES:
        raise GamedayError(
            f"{file} is too large to be sent with each scenario: more than {MOST_SENT_BYTES // 1_000_000} MB",
            hint="put it at the same path on every worker, and give it with --deals",
        )
    return {file.name: file.read_bytes()}
