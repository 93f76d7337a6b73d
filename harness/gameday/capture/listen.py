"""Recording what passes, until somebody ends it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import urllib.parse
from collections.abc import Callable

import httpx
import msgspec

from gameday.capture.proxy import RecordingProxy
from gameday.capture.traffic import Traffic

_DEAD_LETTERS_TIMEOUT_S = 10.0


class _Letter(msgspec.Struct):
    order: str = ""


def record_traffic(
    address: tuple[str, int],
    target: urllib.parse.SplitResult,
    traffic: Traffic,
    *,
    token: str = "",
    ready: Callable[[str], None],
) -> None:
    """Stand in front of a stack until SIGINT or SIGTERM, and then read what still waits.

    ``ready`` is told where it listens. A second signal ends the process as it would have without this.
    """
    try:
        asyncio.run(_serve(address, RecordingProxy(target, traffic, token=token), ready))
    finally:
        traffic.close()


async def _serve(address: tuple[str, int], proxy: RecordingProxy, ready: Callable[[str], None]) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with proxy.listening(*address) as where:
        ready(where)
        await ended.wait()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def dead_lettered(target: urllib.parse.SplitResult) -> tuple[str, ...]:
    """The deals that are in a stack's dead letters, by its hook; none if it has no such hook."""
    with (
        contextlib.suppress(httpx.HTTPError, msgspec.MsgspecError, ValueError),
        httpx.Client(trust_env=False, timeout=_DEAD_LETTERS_TIMEOUT_S) as client,
    ):
        reply = client.get(f"{target.scheme}://{target.netloc}{target.path.rstrip('/')}/dead-letters")
        if reply.status_code == 200:
            return read_letters(reply.content)
    return ()


def read_letters(data: bytes) -> tuple[str, ...]:
    """The deals of dead letters as a stack's hook and a run's folder have them. Raises msgspec.MsgspecError."""
    return tuple(letter.order for letter in msgspec.json.decode(data, type=list[_Letter]) if letter.order)
