"""What becomes of a mail, and what the control plane needs of a pager."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from gameday_fakes.business_operations import Acknowledge, BusinessOperation, ResolveAlert
from gameday_fakes.email import errors as bodies
from gameday_fakes.email.errors import ERRORS
from gameday_fakes.email.manifest import MANIFEST
from gameday_fakes.email.messages import read_message
from gameday_fakes.email.protocol import SmtpListener, listen_smtp
from gameday_fakes.email.routes import ROUTES
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import Reply, Request, Route


class Email(Fake):
    """The fake mail server."""

    manifest = MANIFEST
    scheme = "smtp"
    api_version = "SMTP (RFC 5321)"
    routes = ROUTES
    errors = ERRORS
    business_operations = (
        BusinessOperation("acknowledge", Acknowledge, lambda fake, key, _: fake.act("acknowledge", key), "alert"),
        BusinessOperation("resolve", ResolveAlert, lambda fake, key, _: fake.act("resolve", key), "alert"),
    )

    #: The context of the port that speaks TLS from the start, if there is one: the other port offers STARTTLS with it.
    tls: ssl.SSLContext | None = None

    async def serve_on(self, sock: socket.socket, *, tls: ssl.SSLContext | None = None) -> SmtpListener:
        self.tls = self.tls if tls is None else tls
        return await listen_smtp(self, sock, lambda: self.tls, tls=tls)

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        # A client that logs in does so by a command of its own; one that does not may send all the same.
        return None

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind)

    def reset(self) -> None:
        self.messages: list[dict[str, Any]] = []
        #: The first mail of the thread by the id of each of its mails.
        self._first: dict[str, dict[str, Any]] = {}

    def snapshot(self) -> dict[str, Any]:
        return {"messages": self.messages}

    def log_in(self, request: Request) -> Reply:
        """``AUTH``: the password decides."""
        password = request.body.rpartition(b"\0")[2].decode("utf-8", "replace")
        if password != MANIFEST.credentials["password"]:
            return self.error("unauthorized")
        return Reply(235, b"2.7.0 Authentication successful", content_type=b"text/plain")

    def take_message(self, request: Request) -> Reply:
        """A mail to ``recipients``: 250. It belongs to the thread of the mail that it answers."""
        message = read_message(request.body, request.header("recipients").split())
        known = next((self._first[name] for name in message["references"] if name in self._first), None)
        first = known or message
        for name in message["message_id"]:
            self._first.setdefault(name, first)
        self.messages.append(message)
        self._record_mail(message, first)
        accepted = f"2.0.0 Ok: queued as {len(self.messages)}"
        return Reply(250, accepted.encode(), content_type=b"text/plain")

    def act(self, action: str, key: str) -> dict[str, Any]:
        """Answer the mail with this Message-ID, as the person on call would: it acknowledges or resolves."""
        first = self._first.get(key)
        if first is None:
            raise ControlError(f"no mail with the id {key!r}")
        self._record_mail({**first, "answer": action}, first)
        return {"id": key}

    def _record_mail(self, message: dict[str, Any], first: dict[str, Any]) -> None:
        head = {name: first[name] for name in ("from", "subject", "recipients")}
        raw = {"message": message, "first": head, "received_s": self.clock.now_s()}
        self.events.append(self.name, "alert", "ok", {"raw": raw})
