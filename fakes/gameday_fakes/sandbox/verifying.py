"""Where the fake of a vendor differs from a tenant: the same calls, which read only, are made of both.

Compared are the status, the content type, the shape of the body (its fields and the types of their values) and, of
errors, the vendor's codes. Values are not: a tenant's are its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.fake import Fake
from gameday_fakes.http import Request
from gameday_fakes.protocols import exact_json
from gameday_fakes.sandbox.connection import Answer

#: What both vendors call the code of an error, in bodies whose fields are otherwise free texts.
_CODES = re.compile(rb'"(?:errorCode|o:errorCode|error)"\s*:\s*"([A-Za-z_]{1,60})"')
#: Of a long list of names, so many are listed.
_MOST_NAMES = 40
_DEEPEST = 6


class Probe(NamedTuple):
    """A call that reads only.

    ``names``: of a body with many alike parts, the path to what tells them apart. ``describes``: the object that its
    answer is the vendor's own description of.
    """

    name: str
    target: str
    method: str = "GET"
    body: Any = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    names: tuple[str, ...] = ()
    describes: str = ""


class Difference(msgspec.Struct, frozen=True):
    """One difference: the probe, what differs, and what the tenant and the fake have."""

    probe: str
    what: str
    tenant: str
    fake: str

    @property
    def line(self) -> str:
        """The difference in one line."""
        tenant, fake = self.tenant or "nothing", self.fake or "nothing"
        return f"{self.probe}: {self.what}: {tenant} in the sandbox, {fake} in the fake"


async def asked(kind: type[Fake], probe: Probe, host: str) -> Answer:
    """What a fresh fake answers to a probe, whoever asks."""
    clock = Clock()
    fake = type(kind.__name__, (kind,), {"authenticate": lambda *_: None})(clock, EventLog(clock))
    fake.start_again(0)
    path, _, query = probe.target.partition("?")
    request = Request(
        probe.method,
        path,
        query_string=query.encode(),
        headers={b"host": host.encode(), b"content-type": b"application/json", **dict(probe.headers)},
        body=b"" if probe.body is None else exact_json.encode(probe.body),
        scheme="https",
    )
    reply = await fake.respond(request)
    return Answer(reply.status, reply.headers, reply.body)


def differences(probe: Probe, tenant: Answer, fake: Answer) -> Iterator[Difference]:
    """All differences between two answers to one probe."""
    pairs = [("status", str(tenant.status), str(fake.status)), ("content type", _kind(tenant), _kind(fake))]
    if tenant.status >= 400 or fake.status >= 400:
        pairs.append(("error code", _code(tenant), _code(fake)))
    for what, theirs, ours in pairs:
        if theirs != ours:
            yield Difference(probe.name, what, theirs, ours)
    if tenant.status != fake.status:
        return
    if probe.names:
        yield from _names(probe, names_at(_json(tenant), probe.names), names_at(_json(fake), probe.names))
        return
    theirs_by_path, ours_by_path = shape(_json(tenant)), shape(_json(fake))
    for path in sorted(theirs_by_path.keys() | ours_by_path.keys()):
        theirs, ours = theirs_by_path.get(path, ""), ours_by_path.get(path, "")
        if theirs != ours and "null" not in (theirs, ours) and _known(path, theirs_by_path, ours_by_path):
            yield Difference(probe.name, path, theirs, ours)


def shape(value: Any, at: str = "", depth: int = 0) -> dict[str, str]:
    """The type of each value of a body by its path; of a list, the first item stands for all.

    >>> shape({"done": True, "records": [{"Id": "1"}]})
    {'done': 'boolean', 'records': 'list', 'records[].Id': 'text'}
    """
    found = {at: _type(value)} if at else {}
    if depth == _DEEPEST:
        return found
    if isinstance(value, dict):
        if at:
            found[at] = "object"
        for name, each in value.items():
            found |= shape(each, f"{at}.{name}" if at else str(name), depth + 1)
    elif isinstance(value, list) and value:
        inner = shape(value[0], f"{at}[]", depth + 1)
        inner.pop(f"{at}[]", None) if isinstance(value[0], dict) else None
        found |= inner
    return found


def names_at(value: Any, path: tuple[str, ...]) -> frozenset[str]:
    """The names at a path through objects and lists; of an object at its end, the names of its fields."""
    if not path:
        return (
            frozenset(value) if isinstance(value, dict) else frozenset() if value is None else frozenset((str(value),))
        )
    if isinstance(value, list):
        return frozenset().union(*(names_at(each, path) for each in value))
    return names_at(value.get(path[0]), path[1:]) if isinstance(value, dict) else frozenset()


def _names(probe: Probe, theirs: frozenset[str], ours: frozenset[str]) -> Iterator[Difference]:
    what = ".".join(probe.names)
    if only := sorted(theirs - ours):
        yield Difference(probe.name, what, _listed(only), "")
    if only := sorted(ours - theirs):
        yield Difference(probe.name, what, "", _listed(only))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _known(path: str, *shapes: Mapping[str, str]) -> bool:
    """Whether both bodies have what a path is in; an empty list says nothing about its items."""
    parent = path.rpartition(".")[0]
    if parent.endswith("[]"):
        return all(any(other.startswith(f"{parent}.") for other in each) for each in shapes)
    return not parent or all(each.get(parent, "null") != "null" for each in shapes)


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "text"
        case list():
            return "list"
        case dict():
            return "object"
    return "number"


def _json(answer: Answer) -> Any:
    try:
        return exact_json.decode(answer.body) if answer.body else None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _kind(answer: Answer) -> str:
    return answer.header("content-type").partition(";")[0].strip().lower()


def _code(answer: Answer) -> str:
    found = _CODES.search(answer.body)
    return found[1].decode() if found else ""
