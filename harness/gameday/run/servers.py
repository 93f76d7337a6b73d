"""The servers that a run starts beside the stack: fakes, proxies, the CONNECT listener. None may end before the run."""

from __future__ import annotations

import asyncio
import os

from gameday.base.errors import GamedayError, ServerEnded
from gameday.base.process import Child, worked_s
from gameday.base.secrets import without_secrets
from gameday.config.stack_environment import OUR_TOKENS
from gameday.model.events import ServerExited
from gameday.run.stack_process import LAST_LINES
from gameday.run.tasks import until

#: How long, at most, the end of a server takes to become known (real seconds), and how often it is looked for.
KNOWN_AFTER_S = 0.5
_POLL_S = 0.02
#: Variables that would lead a client of the fakes elsewhere.
_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


class Servers:
    """Those of one run, in the order in which they were started."""

    def __init__(self) -> None:
        self.children: list[Child] = []

    def ended_now(self) -> ServerExited | None:
        """The first that has ended by itself, as far as it is known now; None if all run."""
        for child in self.children:
            if not child.running:
                words = without_secrets(child.last_lines(LAST_LINES))
                return ServerExited(child.name, child.identity.pid, child.process.returncode or 0, words)
        return None

    async def ended(self) -> ServerExited | None:
        """The same, for use after a request has failed: the end of its server may be known only in a moment."""
        await until(self._any_ended, timeout_s=KNOWN_AFTER_S, poll_s=_POLL_S)
        return self.ended_now()

    def worked_s(self) -> float:
        """For how long they have had a processor, all together (real seconds)."""
        return sum(worked_s(child.identity.pid) or 0.0 for child in self.children)

    async def end(self) -> None:
        """End them, all at a time: each only waits for its own end."""
        await asyncio.gather(*(child.end() for child in self.children))

    async def _any_ended(self) -> bool:
        return self.ended_now() is not None


def server_ended(event: ServerExited) -> ServerEnded:
    """The error for a server that has ended."""
    return ServerEnded(event.sentence, hint="so the run says nothing about the stack")


def follows(problem: BaseException) -> bool:
    """Whether an error may come from a server that has ended, and does not say so itself."""
    return isinstance(problem, GamedayError | BaseExceptionGroup) and not isinstance(problem, ServerEnded)


def child_environment() -> dict[str, str]:
    """The variables for the fakes: ours, without proxies that would lead away from loopback, and without our tokens."""
    return {name: value for name, value in os.environ.items() if name not in (*_PROXY_VARIABLES, *OUR_TOKENS)}
