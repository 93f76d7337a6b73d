"""A toxic on one link: a coroutine between an inbox and the next stage.

The coroutine is cancelled whenever its toxic changes or is removed, and passes on what it holds in its ``finally``:
only toxics that are meant to lose bytes may lose any.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from typing import ClassVar, NamedTuple, Protocol

import msgspec


class Chunk(NamedTuple):
    """Bytes as they were read, and when: ``received_s`` on the monotonic clock, plus every latency passed."""

    data: memoryview
    received_s: float


class Receiver(Protocol):
    """What follows a stage: the next stage, or the link's end."""

    def accept(self, chunk: Chunk) -> None:
        """Take bytes."""

    def end(self) -> None:
        """Take the end of the stream; nothing follows."""


class Effect(msgspec.Struct):
    """What a toxic does, with its attributes as fields.

    Once a stage's inbox holds more than ``capacity_bytes``, the link reads no more.
    """

    capacity_bytes: ClassVar[int] = 0
    closes_when_removed: ClassVar[bool] = False

    async def pipe(self, stage: Stage) -> None:
        """Move chunks until the stream ends; at any ``await`` it may be cancelled, and later be run again."""
        raise NotImplementedError


class Stage:
    """One toxic on one link. ``passed_bytes`` outlives changes of the toxic."""

    def __init__(
        self, effect: Effect, following: Receiver, relieved: Callable[[], None], cut: Callable[[], None]
    ) -> None:
        self.effect = effect
        self.following = following
        self.closed = False
        self.passed_bytes = 0
        self._relieved = relieved
        self._cut = cut
        self._inbox: deque[Chunk] = deque()
        self._inbox_bytes = 0
        self._ended = False
        self._awaited: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether the link should read no more for now."""
        return self._inbox_bytes > self.effect.capacity_bytes

    def accept(self, chunk: Chunk) -> None:
        """Put a chunk into the inbox; after the stage has closed the stream, it is lost."""
        if self.closed or self._ended:
            return
        self._inbox.append(chunk)
        self._inbox_bytes += len(chunk.data)
        self._wake()

    def end(self) -> None:
        """End the stream once the inbox is empty."""
        self._ended = True
        self._wake()

    async def receive(self) -> Chunk | None:
        """The next chunk; None, repeatedly, once the stream has ended."""
        while not self._inbox:
            if self._ended:
                return None
            self._awaited = asyncio.get_running_loop().create_future()
            await self._awaited
        return self._take()

    def send(self, data: memoryview, received_s: float) -> None:
        """Pass on bytes."""
        self.following.accept(Chunk(data, received_s))

    def close(self) -> None:
        """End the stream here, because it has ended at its source."""
        if not self.closed:
            self.closed = True
            self.following.end()

    def cut(self) -> None:
        """End the stream here because the toxic requires it: the connection will be closed."""
        if not self.closed:
            self._cut()
            self.close()

    def start(self, effect: Effect) -> None:
        """Start an effect; the stage must be idle."""
        self.effect = effect
        self._task = asyncio.get_running_loop().create_task(effect.pipe(self))

    def stop(self) -> None:
        """Stop the effect and discard what it holds."""
        self.closed = True
        if self._task is not None:
            self._task.cancel()

    async def interrupt(self) -> None:
        """Interrupt the effect; returns once it has passed on what it held."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def drain(self) -> None:
        """Pass on everything at once."""
        while self._inbox and not self.closed:
            self.following.accept(self._take())
        if self._ended:
            self.close()

    def _take(self) -> Chunk:
        chunk = self._inbox.popleft()
        was_full = self.full
        self._inbox_bytes -= len(chunk.data)
        if was_full and not self.full:
            self._relieved()
        return chunk

    def _wake(self) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)


async def sleep_until(due_s: float) -> None:
    """Return at a monotonic time and never before it; at least one turn of the event loop passes.

    The event loop's timers count whole milliseconds and round to the nearest, hence the ceiling.
    """
    await asyncio.sleep(0)
    while (left_s := due_s - time.monotonic()) > 0:
        await asyncio.sleep(math.ceil(left_s * 1000) / 1000)
