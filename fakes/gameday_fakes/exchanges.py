"""What a fake keeps of its requests and replies: the first that were refused, the first that a fault changed, and the
last good one of its kind before each.

The rest is forgotten, so a long run costs no more than a short one. The events hold the bodies as they were on the
wire; the harness redacts them before it writes anything.
"""

from __future__ import annotations

import contextlib
import contextvars
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request, Route

#: How many refused requests are remembered for the control plane, and how many bytes of each reply.
MOST_REFUSED, MOST_SAID = 20, 4096
#: How many exchanges of one kind become events, and how many kinds.
OF_A_KIND, KINDS = 2, 24
#: A longer body does not become part of an event.
LONGEST_BODY = 32 * 1024
LONGEST_PATH = 2000
REFUSED = 400

_CODE = re.compile(rb"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
Kind = tuple[str, str, str]
_HITS: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("hits", default=None)


class Exchange(NamedTuple):
    """A request with its reply, None if it got none. ``deal`` finds the deal that it names.

    ``pattern`` is the route's, ``problem`` says why there is no reply.
    """

    operation: str
    request: Request
    reply: Reply | None
    at_s: float
    deal: Callable[[], str | None] = lambda: None
    pattern: str = ""
    problem: str = "connection dropped"

    @property
    def kind(self) -> Kind:
        """What a good exchange has to share with this one, to be compared with it."""
        return self.operation, self.request.method, self.pattern

    @property
    def status(self) -> int:
        """The reply's status; 0 without a reply."""
        return 0 if self.reply is None else self.reply.status

    @property
    def refused(self) -> bool:
        """Whether the request was refused, or got no reply."""
        return not 0 < self.status < REFUSED

    @property
    def error(self) -> str:
        """The kind of error in the fake's catalogue, else the first of the vendor's codes in the reply."""
        if self.reply is None:
            return self.problem
        code = None if self.reply.error or not self.refused else _CODE.search(self.reply.body, 0, MOST_SAID)
        return code[0].decode() if code else self.reply.error


def may_change(route: Route) -> bool:
    """Whether a request may change a record: one whose act is ``write``, and a batch, which may have such parts."""
    return route.operation.endswith(".write") or (route.operation == "batch" and route.method != "GET")


class Exchanges:
    """The exchanges of one fake. Every method is called on the event loop's thread."""

    def __init__(self, fake: str, events: EventLog) -> None:
        self._fake = fake
        self._events = events
        self._refused: deque[dict[str, Any]] = deque(maxlen=MOST_REFUSED)
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._good: dict[Kind, Exchange] = {}
        #: The kinds of which no good exchange came before the first refusal.
        self._wanted: set[Kind] = set()
        #: How many requests that may change a record each fault keeps from being carried out, by its id.
        self.kept_back: Counter[str] = Counter()

    def clear(self) -> None:
        """Forget everything."""
        self._refused.clear()
        self._counts.clear()
        self._good.clear()
        self._wanted.clear()

    def last_refused(self) -> list[dict[str, Any]]:
        """The last requests that were answered with a refusal: operation, status, and the beginning of the reply."""
        return [*self._refused]

    def begin(self) -> list[str]:
        """A request begins in this task; returns the list of the faults that have an effect on it, which will grow."""
        hits: list[str] = []
        _HITS.set(hits)
        return hits

    @contextlib.contextmanager
    def keeping_back(self, fault_id: str, route: Route) -> Iterator[None]:
        """While this lasts, a fault keeps a request from being carried out; it counts if it may change a record."""
        counts = may_change(route)
        self.kept_back[fault_id] += counts
        try:
            yield
        finally:
            self.kept_back[fault_id] -= counts

    def hit(self, fault_id: str) -> None:
        """A fault has had an effect on the request of this task."""
        hits = _HITS.get()
        if hits is not None:
            hits.append(fault_id)

    def note(self, exchange: Exchange, hits: list[str]) -> None:
        """A request is over; ``hits`` are the faults that had an effect on it."""
        operation = exchange.operation
        if exchange.refused:
            if exchange.reply is not None:
                text = _text(exchange.reply.body[:MOST_SAID])
                self._refused.append({"operation": operation, "status": exchange.status, "text": text})
            self._keep(exchange, "fail", hits, (operation, str(exchange.status), exchange.error))
        elif hits:
            self._keep(exchange, "info", hits, (operation, "changed", hits[0]))
        else:
            self.note_good(exchange.kind, exchange)

    def note_good(self, kind: Kind, exchange: Exchange) -> None:
        """A request of a kind is over, and was neither refused nor changed by a fault."""
        self._good[kind] = exchange
        if kind in self._wanted:
            self._keep_good(kind)

    def _keep(
        self, exchange: Exchange, outcome: Literal["fail", "info"], hits: list[str], kind: tuple[str, ...]
    ) -> None:
        if self._counts[kind] >= OF_A_KIND or (kind not in self._counts and len(self._counts) >= KINDS):
            return
        self._counts[kind] += 1
        if exchange.kind in self._good:
            self._keep_good(exchange.kind)
        elif self._counts[kind] == 1:
            self._wanted.add(exchange.kind)
        self._append(exchange, outcome, hits[0] if hits else "")

    def _keep_good(self, kind: Kind) -> None:
        self._wanted.discard(kind)
        self._append(self._good.pop(kind), "ok", "")

    def _append(self, exchange: Exchange, outcome: Literal["ok", "fail", "info"], fault: str) -> None:
        request, reply = exchange.request, exchange.reply
        value = {
            "operation": exchange.operation,
            "at_s": round(exchange.at_s, 3),
            "deal": exchange.deal() or (reply and reply.key),
            "method": request.method,
            "path": f"{request.path}?{request.query_string.decode('latin-1')}".rstrip("?")[:LONGEST_PATH],
            "status": exchange.status,
            "error": exchange.error,
            "fault": fault,
            **_body("request", request.body, request.header("content-type")),
        }
        if reply is not None:
            value |= _body("reply", reply.body, reply.media_type)
        self._events.append(self._fake, "exchange", outcome, value)


def _body(name: str, body: bytes, media_type: str) -> dict[str, str]:
    """A body as text with its media type; of a long one, only how long it is."""
    if len(body) > LONGEST_BODY:
        return {name: f"{len(body)} bytes", f"{name}_type": "too long"}
    return {name: _text(body), f"{name}_type": media_type} if body else {}


def _text(body: bytes) -> str:
    return body.decode(errors="replace")
