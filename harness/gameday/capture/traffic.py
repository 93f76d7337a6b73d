"""Keeps the records of forwarded traffic in bounded memory, without ever delaying the traffic."""

from __future__ import annotations

import queue
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence

from gameday.capture.messages import MessageReader
from gameday.capture.raw_record import RawRecord, Refused
from gameday.model.contract import Field

#: How many bodies are queued, and the most memory for these and for bodies that are still coming in.
WAITING = 256
MAX_WAITING_BYTES = 64 * 1024 * 1024
MAX_KEPT_BYTES = 256 * 1024 * 1024

BEHIND = "messages missed because recording was behind"
OLDER = "older records than the limit keeps"
NO_RECORD = "requests that carry no record"


class Traffic:
    """A source that one thread or loop feeds while traffic passes; it is read once it is closed.

    ``limit``: how many of the latest records are kept.
    """

    name = "proxy"

    def __init__(self, fields: Sequence[Field], *, limit: int) -> None:
        self._reader = MessageReader(fields)
        self._limit = limit
        self._found: deque[RawRecord | Refused] = deque()
        self._kept_bytes = 0
        self._waiting: queue.Queue[tuple[int, str, bytes] | None] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._waiting_bytes = 0
        self._number = 0
        self._missed: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._work, name="recording", daemon=True)
        self._thread.start()

    def reserve(self, size: int) -> bool:
        """Reserve memory for a body that is coming in; False if too much is reserved already."""
        with self._lock:
            if self._waiting_bytes + size > MAX_WAITING_BYTES:
                return False
            self._waiting_bytes += size
        return True

    def release(self, size: int) -> None:
        """Release reserved memory."""
        with self._lock:
            self._waiting_bytes -= size

    def offer(self, content_type: str, body: bytes) -> None:
        """Queue a request's body, whose size is reserved; if the queue is full, count it as missed.

        Returns at once.
        """
        self._number += 1
        try:
            self._waiting.put_nowait((self._number, content_type, body))
        except queue.Full:
            self.release(len(body))
            self.miss(BEHIND)

    def miss(self, reason: str) -> None:
        """Count a request that was not read."""
        self._missed[reason] += 1

    def close(self) -> None:
        """Read what is still queued; nothing may be offered afterwards."""
        self._waiting.put(None)
        self._thread.join()

    def read(self) -> Iterator[RawRecord | Refused]:
        """The latest records, in the order of their arrival."""
        return iter(self._found)

    def passed_over(self) -> dict[str, int]:
        """By reason: requests without a record, requests that were missed, and records that were too old to be kept."""
        return dict(self._passed + self._missed)

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            number, content_type, body = item
            self.release(len(body))
            try:
                found = list(self._reader.read(content_type, body, number)) if body else []
            except Exception:  # noqa: BLE001 - recording goes on, and a traceback may quote the body
                found = [Refused(number, "could not be read")]
            if not found:
                self._passed[NO_RECORD] += 1
            for one in found:
                self._keep(one)

    def _keep(self, one: RawRecord | Refused) -> None:
        self._found.append(one)
        self._kept_bytes += _size(one)
        while len(self._found) > self._limit or self._kept_bytes > MAX_KEPT_BYTES:
            self._kept_bytes -= _size(self._found.popleft())
            self._passed[OLDER] += 1


def _size(one: RawRecord | Refused) -> int:
    return len(one.content) if isinstance(one, RawRecord) else 0
