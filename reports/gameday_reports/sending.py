"""Sends payloads to the tools that a user named in gameday.toml; what it would send is shown first."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.secrets import without_secrets
from gameday.config.publish import PublishTable

#: The token is in the environment only: a file of settings is shared.
TOKEN_VARIABLE = "GAMEDAY_PUBLISH_TOKEN"  # noqa: S105 - the name of a variable
TIMEOUT_S = 30.0
MOST_BYTES = 4 * 1024 * 1024

Call = Callable[[str, str, Any], Any]
"""``call(method, path, body) -> reply``: the path is added to the table's URL, both bodies are plain JSON."""


def dry(table: PublishTable, calls: list[str]) -> Call:
    """A call that sends nothing and notes in ``calls`` what it would send; every reply is empty."""

    def call(method: str, path: str, body: Any) -> Any:
        size = len(msgspec.json.encode(body)) if body is not None else 0
        calls.append(f"{method} {table.url.rstrip('/') if path else table.url}{path.partition('?')[0]}, {size:,} bytes")
        return {}

    return call


def over_http(table: PublishTable) -> Call:
    """A call that sends. Raises GamedayError without a token, and for what the tool does not take."""
    import httpx

    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise GamedayError(f"{TOKEN_VARIABLE} is not set", hint="the token is taken from the environment only")
    auth = httpx.BasicAuth(table.user, token) if table.user else None
    headers = {} if table.user else {"Authorization": f"Bearer {token}"}
    # Once for all calls, and not for plain HTTP: to load the trusted certificates takes longer than a call.
    verify = False if table.url.lower().startswith("http:") else httpx.create_ssl_context(trust_env=False)

    def call(method: str, path: str, body: Any) -> Any:
        url = f"{table.url.rstrip('/')}{path}" if path else table.url
        content = None if body is None else msgspec.json.encode(body)
        kind = {"Content-Type": "application/json; charset=utf-8"} if content is not None else {}
        try:
            # No proxy and no other credentials of the machine: the token goes where the user said, and nowhere else.
            with httpx.Client(timeout=TIMEOUT_S, auth=auth, trust_env=False, verify=verify) as client:
                reply = client.request(method, url, content=content, headers={**headers, **kind})
        except httpx.HTTPError as problem:
            raise GamedayError(f"{table.url} cannot be reached: {type(problem).__name__}") from None
        if not reply.is_success:
            said = without_secrets(" ".join(reply.text[:300].split()), [token])
            raise GamedayError(f"{table.url} answered {reply.status_code}: {said or 'nothing'}")
        try:
            return json_text.decode(reply.content[:MOST_BYTES]) if reply.content.strip() else {}
        except json_text.Unreadable:
            raise GamedayError(f"{table.url} answered {reply.status_code} without JSON") from None

    return call
