"""``$batch``: several requests in one, as ``multipart/mixed``, and in version 4 as JSON too.

Sources: "OData Version 4.01. Part 1: Protocol", section 11.7 "Batch Requests"; "OData JSON Format Version 4.01",
section 19 "Batch Requests and Responses"; "OData Version 2.0: Batch Processing".

The requests of a change set are carried out as a whole or not at all, under the records' transaction. A later request
names what an earlier one has created by ``$`` and its Content-ID.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gameday_fakes.http import Reply
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.multipart import Part
from gameday_fakes.odata.records import Records
from gameday_fakes.protocols import exact_json

#: Carries out one request and gives the reply to it, also for a refusal.
Carry = Callable[[Part], Reply]
#: The reply to one request, and whether it speaks for its whole change set.
Answer = tuple[Part, Reply, bool]

_REFERENCE = re.compile(r"^(?:/)?\$([A-Za-z0-9_.-]{1,100})(?=/|\?|$)")
_BOUND = re.compile(rb'"\$([A-Za-z0-9_.-]{1,100})"')


class Batch:
    """Carries out the requests of one batch. ``whole``: all of them as one transaction (``Isolation: snapshot``)."""

    def __init__(
        self,
        records: Records,
        carry: Carry,
        refuse: Callable[[ODataError], Reply],
        *,
        goes_on: bool,
        whole: bool = False,
    ) -> None:
        self._records = records
        self._carry = carry
        self._refuse = refuse
        self._goes_on = goes_on
        self._whole = whole
        #: Where what a request has created is, by the request's id.
        self._created: dict[str, str] = {}
        self._failed: set[str] = set()

    def run(self, parts: Sequence[Part]) -> list[Answer]:
        """The replies, in the order of the requests; those after a refusal are missing unless the batch goes on."""
        if not self._whole:
            return list(self._answers(parts))
        with self._records.transaction():
            answers = list(self._answers(parts))
            if any(reply.status >= 400 for _, reply, _ in answers):
                self._records.roll_back()
                for _, reply, _ in answers:
                    reply.committed = False
        return answers

    def _answers(self, parts: Sequence[Part]) -> Iterator[Answer]:
        numbered = enumerate(parts)
        # Requests without a change set stand for themselves.
        for _, run in groupby(numbered, key=lambda each: each[1].group or each[0]):
            together = [part for _, part in run]
            answers = self._group(together) if together[0].group else [(together[0], self._one(together[0]), False)]
            yield from answers
            if any(reply.status >= 400 for _, reply, _ in answers) and not self._goes_on:
                return

    def _group(self, parts: Sequence[Part]) -> list[Answer]:
        """The replies of a change set; if one request is refused, its refusal alone."""
        answers: list[Answer] = []
        with self._records.transaction():
            before = self._records.mark()
            for part in parts:
                reply = self._one(part)
                answers.append((part, reply, False))
                if reply.status >= 400:
                    self._records.roll_back(before)
                    for _, each, _ in answers:
                        each.committed = False
                    self._failed.update(other.id for other in parts)
                    return [(part, reply, True)]
        return answers

    def _one(self, part: Part) -> Reply:
        if any(each in self._failed for each in part.after):
            self._failed.add(part.id)
            return self._refuse(ODataError("dependency_failed", "A request that this one depends on has failed."))
        reply = self._carry(self._resolved(part))
        if reply.status >= 400:
            self._failed.add(part.id)
        elif part.id:
            location = next((value for name, value in reply.headers if name == b"location"), None)
            if location is not None:
                self._created[part.id] = location.decode("latin-1")
        return reply

    def _resolved(self, part: Part) -> Part:
        """A request with the addresses of what it refers to."""
        match = _REFERENCE.match(part.url)
        url, body = part.url, part.body
        if match is not None and match[1] in self._created:
            url = self._created[match[1]] + part.url[match.end() :]
        if self._created and b'"$' in body:

            def address(found: re.Match[bytes]) -> bytes:
                created = self._created.get(found[1].decode())
                return found[0] if created is None else exact_json.encode(created)

            body = _BOUND.sub(address, body)
        return msgspec.structs.replace(part, url=url, body=body)


def read_json(body: Any, most: int) -> list[Part]:
    """The requests of a JSON batch. Raises ODataError."""
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not all(isinstance(each, dict) for each in requests):
        raise ODataError("bad_batch", "The batch request cannot be read: 'requests' has to be a list of objects.")
    if len(requests) > most:
        raise ODataError("bad_batch", f"The batch request cannot be read: a batch has at most {most} requests.")
    return [_json_part(each) for each in requests]


def _json_part(given: dict[str, Any]) -> Part:
    headers, after = given.get("headers") or {}, given.get("dependsOn") or ()
    method, url, body = given.get("method"), given.get("url"), given.get("body")
    id_, group = given.get("id"), given.get("atomicityGroup")
    texts = isinstance(method, str) and isinstance(url, str)
    if not texts or not isinstance(headers, dict) or not isinstance(after, list | tuple):
        raise ODataError("bad_batch", "The batch request cannot be read: a request has no method, or no url.")
    return Part(
        str(method).upper()[:10],
        str(url)[:20_000],
        {str(name).lower(): str(value) for name, value in headers.items()},
        b"" if body is None else exact_json.encode(body),
        "" if id_ is None else str(id_)[:100],
        "" if group is None else str(group)[:100],
        tuple(str(each) for each in after),
    )


def json_document(answers: Sequence[Answer], parts: Sequence[Part]) -> dict[str, Any]:
    """The document of a JSON reply. Of a change set that failed, each other request has a 424."""
    responses = []
    for part, reply, for_all in answers:
        if for_all:
            responses += [_dependent(each) for each in parts if each.group == part.group and each is not part]
        responses.append(_json_answer(part, reply))
    return {"responses": responses}


def _dependent(part: Part) -> dict[str, Any]:
    return {"id": part.id or None, "atomicityGroup": part.group, "status": 424, "headers": {}}


def _json_answer(part: Part, reply: Reply) -> dict[str, Any]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reply.headers}
    headers.pop("content-length", None)
    found: dict[str, Any] = {"id": part.id or None, "status": reply.status, "headers": headers}
    if part.group:
        found["atomicityGroup"] = part.group
    if reply.body:
        is_json = "json" in reply.media_type
        found["body"] = exact_json.decode(reply.body) if is_json else reply.body.decode(errors="replace")
    return found


def path_below(url: str, root: str) -> tuple[str, str, bool]:
    """The path of a request below a service's root, its query, and whether the address said the root itself.

    Raises ODataError for one of another service.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ODataError("bad_url", f"Bad address in a batch: '{url[:80]}'.") from None
    path, is_whole = parts.path, bool(parts.netloc) or parts.path.startswith("/")
    if is_whole:
        if not path.startswith(root):
            raise ODataError("bad_url", f"The address '{url[:80]}' in a batch is of another service.")
        path = path[len(root) :]
    return path, parts.query, is_whole
