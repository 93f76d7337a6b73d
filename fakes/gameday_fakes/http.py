"""HTTP for the fakes: requests, replies, and the table of URLs.

A framework's router and request objects cost as much as the whole of a fake's own work (measured: 12,700
record reads a second on a core with one, 21,900 without), and a fake must not be the bottleneck when
a sync is benchmarked. So the data plane is plain ASGI with these types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec

from gameday_fakes.protocols import exact_json

JSON = b"application/json;charset=UTF-8"


@lru_cache(maxsize=256)
def _on_the_wire(name: str) -> bytes:
    """A header's name as it is kept."""
    return name.lower().encode()


#: Queries that are no longer are remembered, because syncs ask the same ones again and again (bytes).
LONGEST_KNOWN = 2048


def _pairs(query_string: bytes) -> tuple[tuple[str, str], ...]:
    """The parameters of a query in their order."""
    return tuple(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))


_known_pairs = lru_cache(maxsize=1024)(_pairs)


class BadBody(ValueError):
    """The request's body is not what its content type says."""


class Request:
    """One request as it arrived. ``params`` are the values of the route's ``{names}``, decoded."""

    #: Its head as it arrived, without the proof of who calls if that is never the same; empty where its reply is not to
    #: be remembered.
    head = b""
    #: What is signed of every request with this head, once it is known.
    signed: Any = None
    #: Whether ``refusal`` already says what the proof of who calls has led to.
    is_proven = False
    refusal: Reply | None = None

    def __init__(
        self,
        method: str,
        path: str,
        *,
        query_string: bytes = b"",
        headers: Mapping[bytes, bytes] | None = None,
        body: bytes = b"",
        scheme: str = "http",
    ) -> None:
        self.method = method
        #: The path as it was on the wire, still percent-encoded (signatures are made over it).
        self.path = path
        self.query_string = query_string
        self.headers: Mapping[bytes, bytes] = headers or {}
        self.body = body
        self.scheme = scheme
        self.params: dict[str, str] = {}
        #: The body as the vendor's own protocol has it, where the route depends on it.
        self.message: Any = None

    def copy(self) -> Request:
        """The same request, to find out something of its own about."""
        other = Request.__new__(Request)
        other.__dict__.update(self.__dict__)
        other.headers = {**self.headers}
        return other

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the last."""
        known = len(self.query_string) <= LONGEST_KNOWN
        return dict(_known_pairs(self.query_string) if known else _pairs(self.query_string))

    @cached_property
    def form(self) -> dict[str, str]:
        """The form-encoded body's parameters."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The JSON body, None where there is none; fractions are Decimals. Raises BadBody."""
        if not self.body:
            return None
        try:
            return exact_json.decode(self.body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
            raise BadBody(str(problem)) from None

    def header(self, name: str, default: str = "") -> str:
        """A header by its name in any case."""
        value = self.headers.get(_on_the_wire(name))
        return default if value is None else value.decode("latin-1")

    @cached_property
    def base_url(self) -> str:
        """The address under which the client reached this fake."""
        return f"{self.scheme}://{self.header('host', 'localhost')}"


class Lines(NamedTuple):
    """Headers that many replies have, with their lines as they are written."""

    headers: tuple[tuple[bytes, bytes], ...] = ()
    text: bytes = b""


NO_LINES = Lines()


class Reply:
    """A reply. ``key`` is the order (deal id, external id) that it concerns.

    ``event`` is what goes into the history if this was a business write: ``(f, value)``. ``error`` is the kind of
    error in the fake's own catalogue, empty for a success. ``committed`` is whether a write was carried out; with a
    fault, it may have been in spite of an error status. ``parts`` are the replies to the writes of which this one was
    made up, each with its own event.
    """

    #: A good reply to a read has none of these.
    event: tuple[str, dict[str, Any]] | None = None
    error = ""
    parts: tuple[Reply, ...] = ()
    committed = True
    status = 200
    #: Headers that come before and after all others.
    first = last = NO_LINES

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        headers: Iterable[tuple[bytes, bytes]] = (),
        *,
        content_type: bytes = JSON,
        event: tuple[str, dict[str, Any]] | None = None,
        key: str | None = None,
        error: str = "",
    ) -> None:
        self.status = status
        self.committed = status < 400
        self.body = body
        self.headers = [*headers]
        if body:
            self.headers.append((b"content-type", content_type))
        if status not in (204, 304):
            self.headers.append((b"content-length", str(len(body)).encode()))
        self.event = event
        self.key = key
        self.error = error

    @classmethod
    def again(cls, body: bytes, first: Lines, key: str | None) -> Reply:
        """A good reply to a read once more; ``first`` are its headers so far."""
        reply = cls.__new__(cls)
        reply.body, reply.first, reply.headers, reply.key = body, first, [], key
        return reply

    def all_headers(self) -> list[tuple[bytes, bytes]]:
        """All headers in their order."""
        return [*self.first.headers, *self.headers, *self.last.headers]

    @property
    def media_type(self) -> str:
        """The content type of the body; empty without a body."""
        return next((value.decode("latin-1") for name, value in self.all_headers() if name == b"content-type"), "")

    @classmethod
    def json(cls, status: int, value: Any, headers: Iterable[tuple[bytes, bytes]] = (), **more: Any) -> Reply:
        """A reply with a JSON body; decimals become numbers, as vendors write them."""
        return cls(status, exact_json.encode(value), headers, **more)


class Route:
    """One row of a vendor's URL table.

    ``operation`` names what it does in the words that faults use: ``<subject>.<act>``, for instance ``order.write``,
    ``order.read``, ``deal.read``, ``invoice.write``, ``login``, ``query``, ``metadata``, ``alert.write``.
    ``event`` is the history's word for it if it is a business write, so that a refused one is recorded too.
    ``lasting`` is whether its good replies follow from the request, the records and the settings alone, and it changes
    nothing: such a reply is remembered until something changes (``remembering``).
    """

    __slots__ = ("event", "handler", "lasting", "method", "operation", "pattern", "public", "segments")

    def __init__(
        self,
        method: str,
        pattern: str,
        operation: str,
        handler: str,
        *,
        public: bool = False,
        event: str = "",
        lasting: bool = False,
    ) -> None:
        self.method = method
        self.pattern = pattern
        self.operation = operation
        #: The name of the fake's method that answers.
        self.handler = handler
        #: Whether it is answered without authentication.
        self.public = public
        self.event = event
        self.lasting = lasting
        self.segments = tuple(pattern.strip("/").split("/"))

    def is_a(self, operation: str) -> bool:
        """Whether a fault that names ``operation`` means this route: all, its name, its subject or its act."""
        return operation in ("*", self.operation) or operation in self.operation.split(".")


class Absent:
    """A part of a vendor's API that its fake leaves out on purpose: everything at or below a path.

    ``what`` names it, ``why`` says why it is left out; both are shown to whoever calls it.
    """

    __slots__ = ("pattern", "segments", "what", "why")

    def __init__(self, pattern: str, what: str, why: str) -> None:
        self.pattern = pattern
        self.what = what
        self.why = why
        self.segments = tuple(pattern.strip("/").split("/"))

    def holds(self, path: str) -> bool:
        """Whether a path is at or below it."""
        given = path.strip("/").split("/")
        if len(given) < len(self.segments):
            return False
        return all(_is_named(mine, its) for mine, its in zip(self.segments, given, strict=False))


def _is_named(mine: str, its: str) -> bool:
    """Whether a segment is the pattern's: the same, or with anything from a name in braces on."""
    fixed, brace, _ = mine.partition("{")
    return its.startswith(fixed) if brace else mine == its


_Row = tuple[Route, tuple[tuple[int, str], ...]]


class Router:
    """Finds the row of a URL table for a request: by method and number of segments, literals before names.

    A trailing slash makes no difference: clients write both forms. A segment is matched before it is
    decoded, so a decoded slash in an external id stays in its segment.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        #: By method and number of segments: the positions of literals, and the routes by their values.
        self._table: dict[tuple[str, int], dict[tuple[int, ...], dict[tuple[str, ...], _Row]]] = {}
        for route in routes:
            named = [segment.startswith("{") for segment in route.segments]
            literals = tuple(i for i, is_name in enumerate(named) if not is_name)
            names = tuple((i, route.segments[i][1:-1]) for i, is_name in enumerate(named) if is_name)
            rows = self._table.setdefault((route.method, len(route.segments)), {}).setdefault(literals, {})
            rows.setdefault(tuple(route.segments[i] for i in literals), (route, names))
        for key, by_literals in self._table.items():
            self._table[key] = dict(sorted(by_literals.items(), key=lambda item: -len(item[0])))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for a raw path and the values of its names, or None."""
        segments = path.strip("/").split("/")
        for literals, rows in self._table.get((method, len(segments)), {}).items():
            row = rows.get(tuple([segments[i] for i in literals]))
            if row is not None:
                route, names = row
                return route, {name: unquote(segments[i]) for i, name in names}
        if method == "HEAD":
            return self.find("GET", path)
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that a path allows, for a 405."""
        known = {method for method, _ in self._table}
        return sorted(method for method in known if self.find(method, path))


@lru_cache(maxsize=64)
def router_of(routes: tuple[Route, ...]) -> Router:
    """The router of a table, made once: every fake of a kind has the same, and a search makes thousands of fakes."""
    return Router(routes)
