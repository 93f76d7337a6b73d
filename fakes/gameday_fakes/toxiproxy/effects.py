"""The toxics: attributes and behaviour of each, as in the real one's ``toxics/*.go``.

``down`` is not a toxic but the proxy's ``enabled``. Attributes are integers, as in the real one: milliseconds,
except the slicer's microseconds; sizes in bytes; rates in KB (1000 bytes) a second.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from typing import ClassVar

from gameday_fakes.toxiproxy.stage import Effect, Stage, sleep_until

#: The real one's latency buffers 1024 chunks of 32 KiB; the other toxics buffer nothing.
LATENCY_CAPACITY_BYTES = 1024 * 32 * 1024
BANDWIDTH_STEP_S = 0.1


class Noop(Effect):
    """Everything passes. Connections that a toxic does not affect, because of its toxicity, get this one."""

    async def pipe(self, stage: Stage) -> None:
        while (chunk := await stage.receive()) is not None:
            stage.following.accept(chunk)
        stage.close()


class Latency(Effect):
    """Every chunk arrives ``latency`` +/- ``jitter`` ms after it was read, in order. The end is not delayed."""

    capacity_bytes: ClassVar[int] = LATENCY_CAPACITY_BYTES

    latency: int = 0
    jitter: int = 0

    async def pipe(self, stage: Stage) -> None:
        while (chunk := await stage.receive()) is not None:
            delay_ms = self.latency
            if self.jitter > 0:
                delay_ms += random.randrange(self.jitter * 2) - self.jitter
            due_s = chunk.received_s + delay_ms / 1000
            try:
                await sleep_until(due_s)
            finally:
                stage.send(chunk.data, due_s)
        stage.close()


class Bandwidth(Effect):
    """``rate`` KB a second pass, in steps of a tenth of a second; at rate 0 nothing passes."""

    rate: int = 0

    async def pipe(self, stage: Stage) -> None:
        step_bytes = max(0, self.rate) * 100
        debt_s = 0.0
        while (chunk := await stage.receive()) is not None:
            rest = chunk.data
            try:
                if not step_bytes:
                    await asyncio.Event().wait()
                debt_s += len(rest) / (self.rate * 1000)
                while len(rest) > step_bytes:
                    await sleep_until(time.monotonic() + BANDWIDTH_STEP_S)
                    stage.send(rest[:step_bytes], chunk.received_s)
                    rest = rest[step_bytes:]
                    debt_s -= BANDWIDTH_STEP_S
                started_s = time.monotonic()
                await sleep_until(started_s + debt_s)
                debt_s -= time.monotonic() - started_s
            finally:
                stage.send(rest, chunk.received_s)
        stage.close()


class SlowClose(Effect):
    """The end of the stream arrives ``delay`` ms late."""

    delay: int = 0

    async def pipe(self, stage: Stage) -> None:
        while (chunk := await stage.receive()) is not None:
            stage.following.accept(chunk)
        await sleep_until(time.monotonic() + self.delay / 1000)
        stage.close()


class Timeout(Effect):
    """Nothing passes; the connection closes ``timeout`` ms after the last data, at 0 when the toxic is removed."""

    closes_when_removed: ClassVar[bool] = True

    timeout: int = 0

    async def pipe(self, stage: Stage) -> None:
        try:
            while True:
                async with asyncio.timeout(self.timeout / 1000 if self.timeout > 0 else None):
                    if await stage.receive() is None:
                        stage.close()
                        return
        except TimeoutError:
            stage.cut()


class ResetPeer(Effect):
    """The connection is reset ``timeout`` ms after the first data, which are lost.

    As with the real one, only connections made after the toxic end with an RST; older ones close with a FIN.
    """

    timeout: int = 0

    async def pipe(self, stage: Stage) -> None:
        await stage.receive()
        try:
            await sleep_until(time.monotonic() + self.timeout / 1000)
        finally:
            # Removing the toxic does not save a connection that is to be reset.
            stage.cut()


class Slicer(Effect):
    """Chunks are cut into pieces of ``average_size`` +/- ``size_variation`` bytes, ``delay`` microseconds apart."""

    average_size: int = 0
    size_variation: int = 0
    delay: int = 0

    async def pipe(self, stage: Stage) -> None:
        while (chunk := await stage.receive()) is not None:
            sent = 0
            due_s = time.monotonic()
            try:
                for end in self._cuts(0, len(chunk.data)):
                    stage.send(chunk.data[sent:end], chunk.received_s)
                    sent = end
                    due_s += self.delay / 1_000_000
                    await sleep_until(due_s)
            finally:
                if sent < len(chunk.data):
                    stage.send(chunk.data[sent:], chunk.received_s)
        stage.close()

    def _cuts(self, start: int, end: int) -> Iterator[int]:
        """The ends of the pieces: about halves, and halves again, until they are small enough."""
        if end - start <= 1 or (end - start) - self.average_size <= self.size_variation:
            yield end
            return
        middle = start + (end - start) // 2
        if self.size_variation > 0:
            middle += random.randrange(self.size_variation * 2) - self.size_variation
        middle = min(max(middle, start + 1), end - 1)
        yield from self._cuts(start, middle)
        yield from self._cuts(middle, end)


class LimitData(Effect):
    """The connection closes once ``bytes`` bytes have passed; what is beyond them is lost."""

    bytes: int = 0

    async def pipe(self, stage: Stage) -> None:
        while (chunk := await stage.receive()) is not None:
            allowed = chunk.data[: max(0, self.bytes - stage.passed_bytes)]
            if allowed:
                stage.send(allowed, chunk.received_s)
                stage.passed_bytes += len(allowed)
            if stage.passed_bytes >= self.bytes:
                stage.cut()
                return
        stage.close()


TYPES: dict[str, type[Effect]] = {
    "noop": Noop,
    "latency": Latency,
    "bandwidth": Bandwidth,
    "slow_close": SlowClose,
    "timeout": Timeout,
    "reset_peer": ResetPeer,
    "slicer": Slicer,
    "limit_data": LimitData,
}
NOOP = Noop()
