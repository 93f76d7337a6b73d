"""Business Central's webhooks: a subscription for invoices, and what was cancelled.

Source: learn.microsoft.com, "Working with Webhooks in Dynamics 365 Business Central": a receiver sends the validation
token of the query back, for a new subscription and for a renewal; a subscription ends after three days; an answer other
than 2xx, 408, 429 or 5xx deletes it.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import httpx

from gameday_fakes.stacks.http_server import Request, Response

RESOURCE = "salesInvoices"
#: Before any change.
_BEGINNING = "1970-01-01T00:00:00Z"
_NEWEST = {"$orderby": "lastModifiedDateTime desc", "$top": "1"}

Read = Callable[..., Awaitable[list[dict[str, Any]]]]
Call = Callable[[str, str, Any], Awaitable[httpx.Response]]


class Changes:
    """The subscription of one company. ``read`` and ``call`` are the client's own."""

    def __init__(self, company: str, read: Read, call: Call) -> None:
        self._resource = f"{company}/{RESOURCE}"
        self._read = read
        self._call = call

    async def keep(self, url: str, secret: str, *, renew: bool) -> bool:
        """Make sure of a subscription, or renew it. Returns whether it was there already. Raises Trouble."""
        known = await self._read("subscriptions")
        own = [each for each in known if each["notificationUrl"] == url and each["resource"].endswith(RESOURCE)]
        body = {"notificationUrl": url, "resource": self._resource, "clientState": secret}
        if not own:
            await self._call("POST", "subscriptions", body)
        elif renew:
            await self._call("PATCH", f"subscriptions('{own[0]['subscriptionId']}')", body)
        return bool(own)

    async def ended_since(self, moment: str) -> tuple[list[str], str]:
        """The orders of the invoices that were cancelled since a moment, and the newest one. Raises Trouble."""
        cancelled = "status eq 'Canceled'"
        if not moment:
            newest = await self._read(RESOURCE, cancelled, **_NEWEST)
            return [], newest[0]["lastModifiedDateTime"] if newest else _BEGINNING
        found = await self._read(RESOURCE, f"{cancelled} and lastModifiedDateTime ge {moment}")
        return [each["orderId"] for each in found], max(
            (each["lastModifiedDateTime"] for each in found), default=moment
        )

    def answer(self, request: Request, secret: str) -> Response:
        """The token of a handshake; 202 for a notification; 401 for one of somebody else."""
        token = parse_qs(request.query).get("validationToken")
        if token:
            return Response(200, token[0].encode(), "text/plain")
        try:
            said = [str(each["clientState"]) for each in request.json()["value"]]
        except (ValueError, LookupError, TypeError):
            return Response.of({"error": "no notification"}, 400)
        if not said or not all(hmac.compare_digest(each.encode(), secret.encode()) for each in said):
            return Response.of({"error": "the client state is of somebody else"}, 401)
        return Response.of({}, 202)
