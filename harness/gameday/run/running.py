"""An environment that is up for as long as a block runs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from gameday.base.cancellation import finish
from gameday.base.errors import GamedayError, RunError
from gameday.model.events import ServerExited
from gameday.run.environment import Environment, at_once
from gameday.run.servers import follows, server_ended
from gameday.run.setup import Setup
from gameday.run.tasks import first_error


@contextlib.asynccontextmanager
async def running(setup: Setup, *, connecting: Callable[[], Awaitable[None]] = at_once) -> AsyncIterator[Environment]:
    """An environment that is up; it is taken down at the end, whatever happens. Raises GamedayError.

    ``connecting``: as of Environment.start.
    """
    environment = Environment(setup)
    ended: ServerExited | None = None
    died = True
    try:
        await environment.start(connecting=connecting)
        yield environment
        died = False
    except (GamedayError, BaseExceptionGroup) as problem:
        ended = await environment.servers.ended()
        cause = first_error(problem) if isinstance(problem, BaseExceptionGroup) else problem
        # A run that could not go on has said so; a mistake of ours is a crash.
        died = ended is not None or not isinstance(cause, GamedayError)
        if ended is None or not follows(problem):
            raise
        raise server_ended(ended) from problem
    finally:
        # Without the server, taking down what it served fails too.
        with contextlib.suppress(*([RunError] if ended is not None else [])):
            await finish(environment.end(died=died))
