"""Records traffic until the recorder is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import urllib.parse
from collections.abc import Callable

import httpx
import msgspec

from gameday.base import json_text
from gameday.capture.proxy import RecordingProxy
from gameday.capture.traffic import Traffic
from gameday_fakes.bounded_http import bounded_sync_client

#: A list of dead letters may be long; what is longer is none.
_LARGEST_BYTES = 64 * 1024 * 1024
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
    """Listen in front of a stack until SIGINT or SIGTERM, and then read what is still queued.

    ``ready`` is called with the address. A second signal ends the process at once.
    """
    try:
        asyncio.run(_serve(address, RecordingProxy(target, traffic, token=token), ready))
    finally:
        traffic.close()


async def _serve(address: tuple[str, int], proxy: RecordingProxy, ready: Callable[[str], None]) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with proxy.listening(*address) as listening_on:
        ready(listening_on)
        await ended.wait()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def dead_lettered(target: urllib.parse.SplitResult) -> tuple[str, ...]:
    """The deals in a stack's dead letters, from its hook; none if it has no such hook."""
    with (
        contextlib.suppress(httpx.HTTPError, ValueError),
        bounded_sync_client(most_bytes=_LARGEST_BYTES, deadline_s=_DEAD_LETTERS_TIMEOUT_S) as client,
    ):
        reply = client.get(f"{target.scheme}://{target.netloc}{target.path.rstrip('/')}/dead-letters")
        if reply.status_code == 200:
            return read_letters(reply.content)
    return ()


def read_letters(data: bytes) -> tuple[str, ...]:
    """The deals of dead letters, in the format of a stack's hook and of a run's folder. Raises Unreadable."""
    return tuple(letter.order for letter in json_text.decode(data, list[_Letter]) if letter.order)
