"""Replies to reads, remembered until something changes.

A reply that follows from the request and the records alone is the same until a record, a setting or a fault changes.
So it is kept with what was found out about its request, and everything is forgotten at any request, operation or
control that may change something: that is simple to be sure of, and a sync that only reads asks the same again.
Whatever depends on the moment is never remembered: the proof of who calls, limits, faults in the way of requests,
the date, counts and the history see each request.
"""

from __future__ import annotations

from collections.abc import Callable

from gameday_fakes.http import Lines, Reply, Request, Route
from gameday_fakes.reply_writer import lines_of

#: All bodies and headers that are remembered have at most so many bytes together, and one reply at most so many.
MOST_BYTES, MOST_OF_ONE = 64 * 1024 * 1024, 64 * 1024
#: Each also costs objects, so there are at most so many.
MOST = 65_536

Find = Callable[[Request, Route], str | None]


class Remembered:
    """A reply as its handler gave it, and what follows from its request.

    All requests with one head are one object, so what is found out about one holds for the next. It is changed by
    nobody: what a request has of its own, such as a refusal, is noted on a ``copy``. Only the proof of who calls, where
    it is no part of the head, is that of the last.
    """

    __slots__ = ("_about", "_body", "_find", "_first", "_headers", "_key", "_request", "kind", "route", "size")

    def __init__(self, request: Request, route: Route, reply: Reply, head: bytes, find: Find) -> None:
        self.route = route
        self._find = find
        #: What a good exchange has in common with others.
        self.kind = route.operation, request.method, route.pattern
        self._headers = request.headers = {**request.headers}
        self._request = request
        self._body = reply.body
        # It is written from them, too.
        self._first = reply.first = Lines((*reply.headers,), head)
        reply.headers = []
        self._key = reply.key
        self._about: tuple[str | None] | None = None
        #: How many bytes it has.
        self.size = len(request.head) + len(head) + len(reply.body)

    def request(self, proof: bytes) -> Request:
        """The request once more, with another proof of who calls if that is no part of its head."""
        if proof:
            self._headers[b"authorization"] = proof
        return self._request

    def reply(self) -> Reply:
        """The reply once more, to be added to."""
        return Reply.again(self._body, self._first, self._key)

    def about(self) -> str | None:
        """The order or deal that the request is about, as long as nothing changes."""
        if self._about is None:
            self._about = (self.deal(),)
        return self._about[0]

    def deal(self) -> str | None:
        """The order or deal that the request is about by now."""
        return self._find(self._request, self.route)


class Memory:
    """The replies of one fake, the oldest first. ``find`` gives the order or deal that a request is about."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._kept: dict[bytes, Remembered] = {}
        self._bytes = 0
        self._changing = 0

    def get(self, head: bytes) -> Remembered | None:
        """The reply to requests with a head, if nothing has changed since."""
        return self._kept.get(head)

    def keep(self, request: Request, route: Route, reply: Reply) -> None:
        """Remember the reply to a request, unless it is too large or cannot be written as it is."""
        lines = None if self._changing or not request.head else lines_of(reply.headers)
        if lines is None or len(lines) + len(reply.body) > MOST_OF_ONE:
            return
        kept = Remembered(request, route, reply, lines, self._find)
        self._bytes += kept.size
        before = self._kept.pop(request.head, None)
        self._kept[request.head] = kept
        if before is not None:
            self._bytes -= before.size
        while self._bytes > MOST_BYTES or len(self._kept) > MOST:
            self._bytes -= self._kept.pop(next(iter(self._kept))).size

    def forget(self) -> None:
        """Forget all, because something may have changed."""
        if self._kept:
            self._kept.clear()
            self._bytes = 0

    def begins(self) -> None:
        """Something is under way that may change anything at any time: remember nothing until it ``ends``."""
        self._changing += 1
        self.forget()

    def ends(self) -> None:
        """What has begun is over."""
        self._changing -= 1
