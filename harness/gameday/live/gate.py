"""Access to the board: for the users of this machine, or for anybody with the token.

A page of another site in the same browser can send requests to loopback too. It is kept out by checking the host, the
origin and a content type that no form can send.
"""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "gameday_live"
_HEADERS = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Gate:
    """Guards the board. ``hosts`` are the accepted host names with ports (empty: any); an empty ``token`` is none."""

    def __init__(self, hosts: frozenset[str], token: str = "") -> None:
        self._hosts = hosts
        self._token = token.encode()

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
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._hosts and host not in self._hosts:
            return PlainTextResponse("this board does not answer to that host name\n", 421)
        if self._token:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if scope["method"] == "GET" and scope["path"] == "/" and self._is_token(given):
                # Remove the token from the address bar, where others could read it.
                answer = RedirectResponse("/", 303)
                answer.set_cookie(COOKIE, given, httponly=True, samesite="strict")
                return answer
            if not self._is_token(_cookie(headers)) and not self._is_bearer(headers):
                return PlainTextResponse("the board needs its token: open the address that the run printed\n", 401)
        if scope["method"] == "POST" and not _is_own(headers, host):
            return PlainTextResponse("only the board's own page may send that\n", 403)
        return None

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token)

    def _is_bearer(self, headers: Headers) -> bool:
        return self._is_token(headers.get("authorization", "").removeprefix("Bearer "))


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _is_own(headers: Headers, host: str) -> bool:
    origin = headers.get("origin")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" and origin in (None, f"http://{host}", f"https://{host}")
