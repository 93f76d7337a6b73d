"""Sends payloads to the tools that a user named in gameday.toml; what it would send is shown first."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.secrets import without_secrets
from gameday.config.publish import PublishTable

if TYPE_CHECKING:
    import httpx

#: The token is in the environment only: a file of settings is shared.
TOKEN_VARIABLE = "GAMEDAY_PUBLISH_TOKEN"  # noqa: S105 - the name of a variable
TIMEOUT_S = 30.0
MOST_BYTES = 4 * 1024 * 1024
#: Of a refusal: how much is read, and how much is shown.
SAID_BYTES, SAID = 4000, 300
#: Answers by which a tool says that it did nothing, and when to ask again (Retry-After); Notion overloaded is a 529.
BUSY = frozenset({429, 529})
#: How often a busy tool is asked, and for how long it is waited for each time.
ATTEMPTS, LONGEST_WAIT_S = 4, 60.0
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_UNSENT_ID = "ID"

Call = Callable[[str, str, Any], Any]
"""``call(method, path, body) -> reply``: the path is added to the table's URL, both bodies are plain JSON."""


def dry(table: PublishTable, calls: list[str]) -> Call:
    """A call that sends nothing and notes in ``calls`` what it would send."""

    def call(method: str, path: str, body: Any) -> Any:
        size = len(msgspec.json.encode(body)) if body is not None else 0
        calls.append(f"{method} {table.url.rstrip('/') if path else table.url}{path.partition('?')[0]}, {size:,} bytes")
        return _Unsent()

    return call


class _Unsent(dict[str, Any]):
    """The reply to what was not sent: empty."""


def id_of(reply: Any, name: str) -> str:
    """What a tool calls the page that it made: its ``name`` in the reply. Raises GamedayError for what is no id.

    Of what was not sent it is a placeholder.
    """
    if isinstance(reply, _Unsent):
        return _UNSENT_ID
    value = reply.get(name) if isinstance(reply, dict) else None
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise GamedayError(f"the reply has no {name!r} that is an id", hint="is the address that of the tool's API?")
    return value


@contextlib.contextmanager
def of_half_a_page(part: str, page_id: str) -> Iterator[None]:
    """What a tool does not take after it made a page: the error says which page is not whole."""
    try:
        yield
    except GamedayError as problem:
        raise GamedayError(
            f"{problem.problem}; the page {page_id} ends before {part}", hint="delete it before you send again"
        ) from None


def over_http(table: PublishTable, headers: Mapping[str, str] = MappingProxyType({})) -> Call:
    """A call that sends, with ``headers`` of the tool. A busy tool is asked again, when it says so.

    Raises GamedayError without a token, and for what the tool does not take.
    """
    import httpx

    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise GamedayError(f"{TOKEN_VARIABLE} is not set", hint="the token is taken from the environment only")
    auth = httpx.BasicAuth(table.user, token) if table.user else None
    own = {} if table.user else {"Authorization": f"Bearer {token}"}
    # Once for all calls, and not for plain HTTP: to load the trusted certificates takes longer than a call.
    verify = False if table.url.lower().startswith("http:") else httpx.create_ssl_context(trust_env=False)

    def call(method: str, path: str, body: Any) -> Any:
        url = f"{table.url.rstrip('/')}{path}" if path else table.url
        content = None if body is None else msgspec.json.encode(body)
        kind = {"Content-Type": "application/json; charset=utf-8"} if content is not None else {}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                # No proxy and no other credentials of the machine: the token goes where the user said, nowhere else.
                with httpx.Client(timeout=TIMEOUT_S, auth=auth, trust_env=False, verify=verify) as client:
                    request = client.build_request(method, url, content=content, headers={**headers, **own, **kind})
                    reply = client.send(request, stream=True)
                    body_read = _read(reply)
            except httpx.HTTPError as problem:
                raise GamedayError(f"{table.url} cannot be reached: {type(problem).__name__}") from None
            wait_s = _wait_s(reply)
            if wait_s is None or attempt == ATTEMPTS:
                break
            time.sleep(wait_s)
        if not reply.is_success:
            text = body_read[:SAID_BYTES].decode(errors="replace")
            said = without_secrets(" ".join(text.split()), [token])[:SAID]
            raise GamedayError(f"{table.url} answered {reply.status_code}: {said or 'nothing'}")
        try:
            return json_text.decode(body_read) if body_read.strip() else {}
        except json_text.Unreadable:
            raise GamedayError(f"{table.url} answered {reply.status_code} without JSON") from None

    return call


def _read(reply: httpx.Response) -> bytes:
    """The body of a reply, up to MOST_BYTES."""
    body = b""
    for chunk in reply.iter_bytes():
        body += chunk
        if len(body) >= MOST_BYTES:
            break
    return body[:MOST_BYTES]


def _wait_s(reply: httpx.Response) -> float | None:
    """How long a tool that did nothing asks to be left alone; None if it did not ask, or for too long."""
    if reply.status_code not in BUSY:
        return None
    asked = reply.headers.get("Retry-After", "1")
    seconds = float(asked) if asked.isascii() and asked.isdigit() and len(asked) < len("100000") else LONGEST_WAIT_S + 1
    return seconds if seconds <= LONGEST_WAIT_S else None
