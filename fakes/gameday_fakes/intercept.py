"""HTTP faults, the same at every fake: answer with an error, delay, drop the connection, cut the reply short.

Which orders a rule strikes is decided by a hash of the seed, the fault and the order's key, never by a
draw at the moment of the request: requests race, and a race must not change what a run does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gameday_fakes.http import Route


def chosen(seed: int, fault_id: str, key: str, share: float) -> bool:
    """Whether ``key`` is among the ``share`` (0 to 1) of all keys that a fault strikes; the same every time."""
    if share >= 1.0:
        return True
    digest = hashlib.blake2b(f"{seed}:{fault_id}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


class Selection:
    """Which keys a fault strikes, and how often each."""

    def __init__(self, seed: int, fault_id: str, share: float = 1.0, times: int | None = None) -> None:
        self._seed = seed
        self._fault_id = fault_id
        self._share = share
        self._times = times
        self._faults_hit: Counter[str] = Counter()

    def hits(self, key: str | None) -> bool:
        """Whether this occasion is struck; counts it if so. All requests without a key have one in common."""
        name = key or ""
        if not chosen(self._seed, self._fault_id, name, self._share):
            return False
        if self._times is not None and self._faults_hit[name] >= self._times:
            return False
        self._faults_hit[name] += 1
        return True


#: A fault may outlast any run, but not the numbers that clocks are reckoned with.
_Seconds = Annotated[float, Meta(ge=0.0, le=1e9)]


class HttpRule(msgspec.Struct, forbid_unknown_fields=True, tag="http", tag_field="kind"):
    """``{"kind": "http", ...}``: see docs/interfaces.md. Durations in scenario seconds."""

    action: Literal["reply", "delay", "drop", "truncate"]
    operation: str = "*"
    share: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0
    times: Annotated[int, Meta(ge=0)] | None = None
    when: Literal["before", "after"] = "before"
    error: str = "server_error"
    delay_s: _Seconds = 0.0
    jitter_s: _Seconds = 0.0
    bytes: Annotated[int, Meta(ge=0)] = 0


class HttpFault:
    """An HTTP rule in force."""

    def __init__(self, fault_id: str, rule: HttpRule, seed: int) -> None:
        self.id = fault_id
        self.rule = rule
        self._seed = seed
        self._delays = 0
        self._selection = Selection(seed, fault_id, rule.share, rule.times)

    def hits(self, route: Route, key: str | None) -> bool:
        """Whether this request is struck."""
        return route.is_a(self.rule.operation) and self._selection.hits(key)

    def delay_s(self) -> float:
        """The next delay: the base, give or take the jitter."""
        if not self.rule.jitter_s:
            return self.rule.delay_s
        self._delays += 1
        digest = hashlib.blake2b(f"{self._seed}:{self.id}:{self._delays}".encode(), digest_size=8).digest()
        spread = int.from_bytes(digest, "big") / 2**63 - 1.0
        return max(0.0, self.rule.delay_s + spread * self.rule.jitter_s)


def parse_rule(params: dict[str, Any]) -> HttpRule:
    """Read a rule from a control request. Raises ValueError with one line that names the bad field."""
    try:
        return msgspec.convert(params, HttpRule, strict=False)
    except msgspec.ValidationError as problem:
        raise ValueError(str(problem)) from None
