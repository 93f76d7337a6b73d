"""The gate in front of every control listener: the fakes' control plane, the live board, the embedded Toxiproxy's API.

A page of any site in a browser on the same machine can send requests to loopback, and can let its own name resolve to
127.0.0.1 (DNS rebinding). So a request passes only if all of these hold: its Host is a name of this listener, its
Origin (which browsers send and programs do not) is this listener, its body is of a type that no form can send, and it
carries the token, which is random unless somebody has set it. Source: OWASP, Cross-Site Request Forgery Prevention
Cheat Sheet.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN_BYTES = 32
JSON = "application/json"
#: What a form or a script of any page can send without asking first. Source: Fetch Standard, CORS-safelisted
#: request-header. A script can also send a body without a type.
FORM_TYPES = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_READS = ("GET", "HEAD", "OPTIONS")


def routed(routes: Sequence[BaseRoute], **options: Any) -> Starlette:
    """An application of these routes for a control listener; further arguments are Starlette's.

    A path with a slash too many is unknown: to redirect it, Starlette reads the query as UTF-8, which it need not be.
    """
    application = Starlette(routes=routes, **options)
    application.router.redirect_slashes = False
    return application


class Refusal(NamedTuple):
    """Why a request does not pass: a status and one line."""

    status: int
    text: str


class Gate:
    """Decides about requests by their headers, before anything of their body is read.

    ``host`` is the address that is listened on, ``names`` are further names of it, and ``hint`` says how to add one. An
    empty ``token`` wants none: only for a listener whose clients cannot send one. ``any_type``: a body may be of any
    type but a form's.
    """

    def __init__(
        self, token: str, *, host: str, names: Iterable[str] = (), hint: str = "", any_type: bool = False
    ) -> None:
        self._token = token.encode()
        self._hint = f" ({hint})" if hint else ""
        self._names = {name.lower() for name in (*_LOOPBACK_NAMES, host, *names)}
        self._any_type = any_type
        #: A listener that other machines reach is called by its addresses too, and by this machine's own name.
        self._by_address = not _is_loopback(host)
        if self._by_address:
            self._names.add(socket.gethostname().lower())

    def refusal(self, method: str, headers: Mapping[str, str], *, tokens: Collection[str] = ()) -> Refusal | None:
        """Why a request does not pass; None if it does. ``headers`` by lower-case name.

        ``tokens`` are what it gives as the token elsewhere than in the header ``Authorization``.
        """
        host = headers.get("host", "")
        if not self._is_own_name(host):
            return Refusal(421, f"it has no name {_name_of(host)[:80]!r}{self._hint}")
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return Refusal(403, "only programs and this listener's own pages may call it, no page of another site")
        if not self.has_token((*tokens, *_bearer(headers))):
            return Refusal(401, "it needs its token: Authorization: Bearer TOKEN")
        if method not in _READS and not self._is_right_type(headers):
            return Refusal(415, f"a body must have the content-type {JSON}")
        return None

    def has_token(self, given: Iterable[str]) -> bool:
        """Whether the token is among these; True if none is wanted."""
        if not self._token:
            return True
        return any(hmac.compare_digest(each.encode("utf-8", "replace"), self._token) for each in given)

    def _is_own_name(self, host: str) -> bool:
        name = _name_of(host)
        return name in self._names or (self._by_address and _is_address(name))

    def _is_right_type(self, headers: Mapping[str, str]) -> bool:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        if self._any_type:
            return kind not in FORM_TYPES
        return kind == JSON if kind or has_body else True


def behind(gate: Gate, app: ASGIApp, refused: Callable[[Refusal], ASGIApp]) -> ASGIApp:
    """An ASGI application behind a gate; ``refused`` makes the answer to what does not pass."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = gate.refusal(scope["method"], headers_of(scope["headers"]))
            await (refused(refusal) if refusal else app)(scope, receive, send)

    return guarded


def new_token() -> str:
    """A random token."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of an ASGI scope by lower-case name; of one that is repeated the first."""
    headers: dict[str, str] = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return headers


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _bearer(headers: Mapping[str, str]) -> tuple[str, ...]:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return (token.strip(),) if scheme.lower() == "bearer" else ()


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
