"""Faults in the way of requests: which keys they affect, and what happens before and after a request is carried out.

Which orders a rule affects is decided by a hash of the seed, the fault and the order's key, never by a random number at
the moment of the request: requests race, and a race must not change what a run does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any, Protocol

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.rules import HttpRule


class Dropped(Exception):
    """The connection is to be reset instead of answered."""

    def __init__(self, part: bytes = b"", reply: Reply | None = None) -> None:
        self.part = part
        self.reply = reply


def chosen(seed: int, fault_id: str, key: str, share: float) -> bool:
    """Whether ``key`` is among the ``share`` (0 to 1) of all keys that a fault affects; the same every time."""
    if share >= 1.0:
        return True
    if share <= 0.0:
        return False
    digest = hashlib.blake2b(f"{seed}:{fault_id}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


class Selection:
    """Which keys a fault affects, and how often each."""

    def __init__(self, seed: int, fault_id: str, share: float = 1.0, times: int | None = None) -> None:
        self._seed = seed
        self._fault_id = fault_id
        self._share = share
        self._times = times
        self._hits: Counter[str] = Counter()
        self._without_key = 0

    def hits(self, key: str | None) -> bool:
        """Whether the fault takes effect this time; counts it if so.

        Requests without a key are numbered, so that the share holds for them too; ``times`` counts all of them
        together.
        """
        if key is None:
            self._without_key += 1
        if self._share <= 0.0:
            return False
        selected = f"request {self._without_key} without a key" if key is None else key
        if not chosen(self._seed, self._fault_id, selected, self._share):
            return False
        name = key or ""
        if self._times is not None and self._hits[name] >= self._times:
            return False
        self._hits[name] += 1
        return True


class FaultyFake(Protocol):
    """What a fault in the way of requests may use of its fake."""

    clock: Clock
    seed: int

    def error(self, kind: str, **context: Any) -> Reply:
        """The vendor's reply for a kind of error."""


class RequestFault:
    """Base of the faults that change how requests are answered; a package's own kind derives from it.

    The fake asks ``hits`` about each request. If it says yes, the fake calls ``before``. Unless that gives a reply, the
    fake carries the request out and calls ``after``. Either may raise ``Dropped``, which resets the connection, after a
    part of the reply if there is one. Of several faults, those with the lower ``rank`` come first. A hit is the
    evidence that the fault took effect. It is recorded once: before the request if ``acts_before``, else after it if
    ``acts_after`` says so.
    """

    #: Delays come before what ends a request.
    rank = 1
    #: Whether ``before`` has an effect.
    acts_before = True

    def __init__(self, fake: FaultyFake, fault_id: str, params: Any) -> None:
        self.fake = fake
        self.id = fault_id
        self.params = params

    def hits(self, route: Route, key: str | None) -> bool:
        """Whether this request is affected. ``key`` is the order or deal that it is about, if it says so."""
        return True

    def acts_after(self, reply: Reply) -> bool:
        """Whether ``after`` has an effect on this reply."""
        return True

    @property
    def hides_reply(self) -> bool:
        """Whether ``after`` keeps the true reply from the client: the outcome of a write is then indeterminate."""
        return False

    async def before(self, request: Request, route: Route, key: str | None) -> Reply | None:
        """The reply instead of carrying the request out, or None to carry it out."""
        return None

    async def after(self, request: Request, route: Route, key: str | None, reply: Reply) -> Reply | None:
        """Another reply than that of the request, which has been carried out; None keeps it."""
        return None


class HttpFault(RequestFault):
    """An HTTP rule in force."""

    params: HttpRule

    def __init__(self, fake: FaultyFake, fault_id: str, params: HttpRule) -> None:
        super().__init__(fake, fault_id, params)
        self._seed = fake.seed
        self._delays = 0
        self._selection = Selection(fake.seed, fault_id, params.share, params.times)
        self.acts_before = params.when == "before" and params.action != "truncate"
        self.rank = 0 if params.action == "delay" else 1

    def hits(self, route: Route, key: str | None) -> bool:
        return route.is_a(self.params.operation) and self._selection.hits(key)

    def acts_after(self, reply: Reply) -> bool:
        # A reply that is no longer than what is sent of it arrives whole.
        return not self.acts_before and (self.params.action != "truncate" or self.params.bytes < len(reply.body))

    @property
    def hides_reply(self) -> bool:
        return not self.acts_before and self.params.action != "delay"

    async def before(self, request: Request, route: Route, key: str | None) -> Reply | None:
        return await self._act(request, key) if self.acts_before else None

    async def after(self, request: Request, route: Route, key: str | None, reply: Reply) -> Reply | None:
        if self.params.action == "truncate":
            raise Dropped(reply.body[: self.params.bytes], reply)
        return await self._act(request, key)

    async def _act(self, request: Request, key: str | None) -> Reply | None:
        match self.params.action:
            case "delay":
                await self.fake.clock.sleep(self.delay_s())
            case "drop":
                raise Dropped
            case "reply":
                reply = self.fake.error(self.params.error, path=request.path, key=key)
                reply.error = self.params.error
                return reply
        return None

    def delay_s(self) -> float:
        """The next delay: the base, plus or minus the jitter."""
        if not self.params.jitter_s:
            return self.params.delay_s
        self._delays += 1
        digest = hashlib.blake2b(f"{self._seed}:{self.id}:{self._delays}".encode(), digest_size=8).digest()
        spread = int.from_bytes(digest, "big") / 2**63 - 1.0
        return max(0.0, self.params.delay_s + spread * self.params.jitter_s)


def parse_rule(params: dict[str, Any]) -> HttpRule:
    """Read an HTTP rule from a control request. Raises ValueError with one line that names the bad field."""
    try:
        return msgspec.convert(params, HttpRule, strict=False)
    except msgspec.ValidationError as problem:
        raise ValueError(str(problem)) from None
