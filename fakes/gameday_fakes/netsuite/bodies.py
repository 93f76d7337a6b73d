"""What the body of a request names, read before the request is carried out: a body of any other shape names nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gameday_fakes.http import BadBody, Request

#: The fields by which an order names its deal.
NAMES = ("externalId", "otherRefNum")


def body_of(request: Request) -> dict[str, Any]:
    """The body, if it is an object; else an empty one."""
    try:
        body = request.json
    except BadBody:
        return {}
    return body if isinstance(body, dict) else {}


def named_in_body(request: Request, fields: Sequence[str]) -> str | None:
    """The first of these fields that a body has."""
    body = body_of(request)
    return next((str(body[name]) for name in fields if body.get(name)), None)
