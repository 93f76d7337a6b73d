"""Requests that heal: each is bounded in time, and an address that does not answer is asked once for all entries."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from gameday.base.errors import GamedayError, RunError
from gameday.run.control_trust import verification

#: How long one request may take, and all of one healing together (real seconds).
REQUEST_S = 3.0
HEALING_S = 15.0
_REFUSED = 400


class Calls:
    """The requests of one healing. Raises RunError where one has no success: the entry stays outstanding."""

    def __init__(self, *, limit_s: float = HEALING_S) -> None:
        self._deadline_s = time.monotonic() + limit_s
        #: Why an address did not answer, by its host and port.
        self._dead: dict[str, str] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        gone: Collection[int] = (),
        json: Any = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send one request; a status in ``gone`` says that there is nothing to heal any more."""
        address = urlsplit(url).netloc
        if address in self._dead:
            raise RunError(self._dead[address])
        left_s = min(REQUEST_S, self._deadline_s - time.monotonic())
        if left_s <= 0:
            raise RunError(f"{address} was not asked: the healing took longer than {HEALING_S:g} s")
        answer = _ask(method, url, json, headers, left_s)
        if isinstance(answer, str):
            self._dead[address] = f"{address} did not answer: {answer}"
            raise RunError(self._dead[address])
        if answer >= _REFUSED and answer not in gone:
            raise RunError(f"{method} {url} was answered with {answer}")


def _ask(method: str, url: str, json: Any, headers: dict[str, str] | None, limit_s: float) -> int | str:
    """The status of the answer, or why there is none.

    In a thread that is not waited for longer than that: looking up a name has no time-out of its own.
    """
    answers: queue.SimpleQueue[int | str] = queue.SimpleQueue()

    # Only now: where there is nothing but processes to end, a guardian need not wait for it.
    import httpx

    async def request() -> int:
        # The body is not read: it may have no end.
        async with (
            asyncio.timeout(limit_s),
            httpx.AsyncClient(trust_env=False, timeout=limit_s, verify=verification(url)) as client,
            client.stream(method, url, json=json, headers=headers) as reply,
        ):
            return reply.status_code

    def work() -> None:
        try:
            answers.put(asyncio.run(request()))
        except TimeoutError:
            answers.put(f"no reply within {limit_s:.1f} s")
        except GamedayError as problem:
            answers.put(problem.problem)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
            answers.put(type(problem).__name__)

    threading.Thread(target=work, name="healing", daemon=True).start()
    try:
        return answers.get(timeout=limit_s + 1.0)
    except queue.Empty:
        return f"no reply within {limit_s:.1f} s"
