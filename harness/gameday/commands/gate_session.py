"""Where the scenarios of a gate run: on this machine, or on a cluster, which the gate itself can no longer reach."""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gameday.commands.on_cluster import workers_on
from gameday.gate.features import settings_of
from gameday.run.apart import in_a_process
from gameday.steps.session import run_session

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.gate.features import CarryOut
    from gameday.gate.request import Request
    from gameday.model.settings import Settings
    from gameday.steps.outcome import Outcome


@contextlib.contextmanager
def session_of(on: str | None, config: Config, request: Request) -> Iterator[CarryOut | None]:
    """What runs the scenarios of a gate on the cluster at ``on``, from a process that stays in all networks.

    None without ``on``. Enter it before the gate leaves them. The workers are checked at once. Raises GamedayError, or
    Mistakes with all that is wrong.
    """
    if on is None:
        yield None
        return
    # A gate has fakes of its own and no tenants, whatever the configuration names.
    config = msgspec.structs.replace(config, fakes_url="", sandbox=None)
    reading, writing = os.pipe()

    def connected() -> Iterator[list[Outcome] | None]:
        os.close(writing)
        with workers_on(on, 0, config, settings_of(request)) as workers, os.fdopen(reading, "rb") as asked:
            yield None
            paths, asked_settings = pickle.load(asked)  # noqa: S301 - our own parent wrote it
            yield run_session(paths, asked_settings, workers=workers, again=True)

    answers = in_a_process(connected)
    try:
        next(answers)
        os.close(reading)

        def carry_out(paths: Sequence[Path], settings: Settings) -> list[Outcome]:
            with os.fdopen(writing, "wb") as asking:
                pickle.dump(([*paths], settings), asking)
            outcomes = next(answers)
            assert outcomes is not None  # noqa: S101 - the first answer only says that the workers were checked
            return outcomes

        yield carry_out
    finally:
        answers.close()  # type: ignore[attr-defined]  # it is a generator
