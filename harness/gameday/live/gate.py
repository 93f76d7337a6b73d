"""Access to the board: for whoever has its token, which the printed address includes.

The page that this address opens exchanges it for a cookie. Otherwise the gate is that of every control listener.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gameday_fakes.gate import Gate, headers_of

_HEADERS = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class BoardGate:
    """Guards the board that listens on ``port``: a browser has one cookie for all ports of a host name."""

    def __init__(self, gate: Gate, port: int) -> None:
        self._gate = gate
        self._cookie = f"gameday_live_{port}"

    def guard(self, app: ASGIApp) -> ASGIApp:
        """The application behind the gate; its answers get headers that isolate the page from other sites."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return

            async def send_with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableHeaders(scope=message)
                    for name, value in _HEADERS.items():
                        headers[name] = value
                await send(message)

            refusal = self._refusal(scope)
            await (refusal or app)(scope, receive, send_with_headers)

        return guarded

    def _refusal(self, scope: Scope) -> Response | None:
        headers = headers_of(scope["headers"])
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        opens = scope["method"] == "GET" and scope["path"] == "/" and bool(given)
        refusal = self._gate.refusal(
            scope["method"], headers, tokens=[given] if opens else [_cookie(headers, self._cookie)]
        )
        if refusal is not None:
            return PlainTextResponse(f"the board: {refusal.text}\n", refusal.status)
        if opens and self._gate.has_token([given]):
            # Remove the token from the address bar, where others could read it.
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self._cookie, given, httponly=True, samesite="strict")
            return answer
        return None


def _cookie(headers: Mapping[str, str], name: str) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
