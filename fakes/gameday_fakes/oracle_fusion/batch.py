"""Batches: several requests in one, which are carried out as a whole or not at all.

Source: docs.oracle.com, "Perform Batch Actions": parts with an id, a path, an operation and a payload, carried out one
after the other; if a part fails, only that part is in the answer and nothing is kept. That the status is that of the
failed part, and a part of an upsert the same as a create with the header, is [R].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gameday_fakes.http import Reply, Request
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.store import PodStore
from gameday_fakes.protocols import exact_json

MEDIA_TYPE = "application/vnd.oracle.adf.batch+json"
_METHODS = {"get": "GET", "create": "POST", "upsert": "POST", "update": "PATCH", "replace": "PUT", "delete": "DELETE"}
_MOST_PARTS = 1000


class Part(msgspec.Struct):
    """One request of a batch."""

    id: str
    path: str
    operation: str
    request: Request


class Failed(Exception):
    """A part has failed, so that nothing of the batch is kept."""

    def __init__(self, part: Part, reply: Reply) -> None:
        super().__init__(part.id)
        self.part = part
        self.reply = reply


def parts_of(outer: Request, root: str) -> list[Part]:
    """The requests of a batch below a root. Raises ODataError, and BadBody."""
    body = outer.json
    given = body.get("parts") if isinstance(body, dict) else None
    if not isinstance(given, list) or not given or len(given) > _MOST_PARTS:
        raise refused("bad_batch")
    found = [_part(outer, root, each) for each in given]
    if len({each.id for each in found}) < len(found):
        raise refused("bad_batch", "The ids of the parts of a batch have to differ.")
    return found


def _part(outer: Request, root: str, given: Any) -> Part:
    if not isinstance(given, dict):
        raise refused("bad_batch")
    id_, path, operation = (given.get(name) for name in ("id", "path", "operation"))
    if not isinstance(id_, str) or not isinstance(path, str) or not isinstance(operation, str):
        raise refused("bad_batch")
    if operation not in _METHODS:
        raise refused("bad_batch", f"The operation {operation[:80]} isn't one of a batch.")
    try:
        parts = urlsplit(path)
    except ValueError:
        raise refused("bad_batch") from None
    payload = given.get("payload")
    headers = dict(outer.headers)
    headers.pop(b"upsert-mode", None)
    if operation == "upsert":
        headers[b"upsert-mode"] = b"true"
    request = Request(
        _METHODS[operation],
        f"{root}/{parts.path.strip('/')}",
        query_string=parts.query.encode("latin-1", "replace"),
        headers=headers,
        body=b"" if payload is None else exact_json.encode(payload),
        scheme=outer.scheme,
    )
    return Part(id_[:200], path, operation, request)


def carried_out(parts: Sequence[Part], store: PodStore, act: Callable[[Request], Reply]) -> list[Reply]:
    """The replies to all parts. Raises Failed for the first one that fails, after everything has been taken back."""
    replies = []
    with store.transaction():
        for part in parts:
            reply = act(part.request)
            if reply.status >= 400:
                raise Failed(part, reply)
            replies.append(reply)
    return replies


def document(parts: Sequence[Part], replies: Sequence[Reply]) -> dict[str, Any]:
    """The answer to a batch that was carried out."""
    shown = []
    for part, reply in zip(parts, replies, strict=True):
        payload = {"payload": exact_json.decode(reply.body)} if reply.body else {}
        shown.append({"id": part.id, "path": part.path, "operation": part.operation, **payload})
    return {"parts": shown}
