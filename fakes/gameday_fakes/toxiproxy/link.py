"""One direction of a connection: from a source socket through the toxics' stages to a sink socket."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

from gameday_fakes.toxiproxy.effects import NOOP
from gameday_fakes.toxiproxy.stage import Chunk, Stage
from gameday_fakes.toxiproxy.toxics import Toxic


class Link:
    """Forwards bytes directly while there is no toxic.

    ``close_sink`` is called when the sink has to be closed: the source is gone, or a toxic cut the stream. If the
    source only ended its half, the sink's half is ended and the connection goes on.
    """

    def __init__(self, close_sink: Callable[[], None], finished: Callable[[], None]) -> None:
        self._close_sink = close_sink
        self._on_finished = finished
        #: Set by ``connect``; for the client's end as soon as it is connected, so that it can be paused.
        self.source: asyncio.Transport | None = None
        self._sink: asyncio.Transport | None = None
        self._stages: list[tuple[Toxic, Stage]] = []
        self._early: list[bytes] = []
        #: The sink's ``write`` while bytes may go directly to it.
        self._write: Callable[[bytes], None] | None = None
        self._paused = False
        self._sink_full = False
        self._ended = False
        self._source_lost = False
        self._was_cut = False
        self.finished = False

    def connect(self, source: asyncio.Transport, sink: asyncio.Transport, toxics: list[Toxic]) -> None:
        """Both ends are connected: start the toxics and forward what has arrived."""
        self.source, self._sink = source, sink
        self._write = sink.write
        for toxic in toxics:
            self.add(toxic)
        early, self._early = self._early, []
        for data in early:
            self.receive(data)
        if self._ended:
            self._first.end()
        self._balance()

    def receive(self, data: bytes) -> None:
        """The source has sent bytes."""
        if self._write is not None:
            self._write(data)
        elif self._sink is None:
            self._early.append(data)
            self._balance()
        else:
            self._first.accept(Chunk(memoryview(data), time.monotonic()))
            self._balance()

    def end_source(self, *, lost: bool) -> None:
        """The source sends no more; if ``lost``, it takes no more either. Called for each, or once for both."""
        self._source_lost = self._source_lost or lost
        if not self._ended:
            self._ended = True
            if self._sink is not None:
                self._first.end()
        elif self.finished and lost:
            self._close_sink()

    def lose_sink(self) -> None:
        """Stop forwarding: the sink is gone."""
        self._write = None
        self.finished = True
        for _, stage in self._stages:
            stage.stop()

    def hold(self, sink_full: bool) -> None:
        """The sink's buffer has filled or emptied."""
        self._sink_full = sink_full
        self._balance()

    def accept(self, chunk: Chunk) -> None:
        """Take bytes that have passed all stages."""
        if self._sink is not None and not self.finished:
            self._sink.write(chunk.data)

    def end(self) -> None:
        """End the stream: its end has passed all stages."""
        if self._sink is None or self.finished:
            return
        self._write = None
        self.finished = True
        if self._source_lost or self._was_cut:
            self._close_sink()
        else:
            self._sink.write_eof()
            self._on_finished()

    def add(self, toxic: Toxic) -> None:
        """Put a toxic at the end of the chain."""
        if self._sink is None:
            # Toxics start when the upstream is connected.
            return
        stage = Stage(toxic.effect, self, self._balance, self._cut)
        if self.finished:
            stage.closed = True
        elif self._stages:
            self._stages[-1][1].following = stage
        self._stages.append((toxic, stage))
        self._write = None
        self._start(toxic, stage)

    async def update(self, toxic: Toxic) -> None:
        """Restart a changed toxic."""
        for known, stage in self._stages:
            if known is toxic:
                await stage.interrupt()
                self._start(toxic, stage)
                return

    async def remove(self, toxic: Toxic) -> None:
        """Take a toxic out of the chain; the bytes that it held go on at once."""
        for known, stage in self._stages:
            if known is toxic:
                await stage.interrupt()
                if toxic.effect.closes_when_removed:
                    stage.cut()
                stage.drain()
                self._unlink(toxic, stage)
                return

    @property
    def _first(self) -> Stage | Link:
        return self._stages[0][1] if self._stages else self

    def _unlink(self, toxic: Toxic, stage: Stage) -> None:
        position = self._stages.index((toxic, stage))
        if position > 0:
            self._stages[position - 1][1].following = stage.following
        del self._stages[position]
        if not self._stages and not self.finished and self._sink is not None:
            self._write = self._sink.write
        self._balance()

    def _start(self, toxic: Toxic, stage: Stage) -> None:
        if not stage.closed:
            stage.start(toxic.effect if random.random() < toxic.toxicity else NOOP)

    def _cut(self) -> None:
        self._was_cut = True

    def _balance(self) -> None:
        """Read from the source only while there is room."""
        if self.source is None or self.source.is_closing():
            return
        paused = bool(self._early) or self._sink_full or any(stage.full for _, stage in self._stages)
        if paused != self._paused:
            self._paused = paused
            if paused:
                self.source.pause_reading()
            else:
                self.source.resume_reading()
