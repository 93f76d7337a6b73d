"""Replies to reads, remembered until something changes.

A reply that follows from the request and the records alone is the same until a record, a setting or a fault changes.
So it is kept with what was found out about its request, and everything is forgotten at any request, operation or
control that may change something: that is simple to be sure of, and a sync that only reads asks the same again.
Whatever depends on the moment is never remembered: the proof of who calls, limits, faults in the way of requests,
the date, counts and the history see each request.
"""

from __future__ import annotations

from collections.abc import Callable

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.reply_writer import lines_of
from gameday_fakes.shape import Shape

#: All bodies and headers that are remembered have at most so many bytes together, and one reply at most so many.
MOST_BYTES, MOST_OF_ONE = 64 * 1024 * 1024, 64 * 1024
#: Each also costs objects, so there are at most so many.
MOST = 65_536

_Key = tuple[Shape | None, str, bytes]


class Remembered:
    """A reply as its handler gave it, and what follows from its request: the route and the values of its names."""

    __slots__ = ("_about", "_body", "_head", "_headers", "_key", "message", "params", "route")

    def __init__(self, request: Request, route: Route, reply: Reply, head: bytes) -> None:
        self.route = route
        self.params = request.params
        self.message = request.message
        self._body = reply.body
        self._headers = (*reply.headers,)
        self._head = head
        self._key = reply.key
        self._about: tuple[str | None] | None = None

    def reply(self) -> Reply:
        """The reply once more, to be added to."""
        return Reply.again(self._body, self._headers, self._head, self._key)

    def about(self, find: Callable[[Request, Route], str | None], request: Request) -> str | None:
        """The order or deal that the request is about, which ``find`` is asked for once."""
        if self._about is None:
            self._about = (find(request, self.route),)
        return self._about[0]

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self._head) + len(self._body)


class Memory:
    """The replies of one fake, the oldest first."""

    def __init__(self) -> None:
        self._kept: dict[_Key, Remembered] = {}
        self._bytes = 0
        self._changing = 0

    def get(self, request: Request) -> Remembered | None:
        """The reply to a request, if nothing has changed since."""
        shape = request.shape
        return None if shape is None else self._kept.get((shape, request.path, request.query_string))

    def keep(self, request: Request, route: Route, reply: Reply) -> None:
        """Remember the reply to a request, unless it is too large or cannot be written as it is."""
        head = None if self._changing or request.shape is None else lines_of(reply.headers)
        if head is None or len(head) + len(reply.body) > MOST_OF_ONE:
            return
        key = (request.shape, request.path, request.query_string)
        kept = Remembered(request, route, reply, head)
        self._bytes += kept.size
        before = self._kept.pop(key, None)
        self._kept[key] = kept
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
