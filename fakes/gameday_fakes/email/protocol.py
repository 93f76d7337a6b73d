"""SMTP on a socket (RFC 5321, STARTTLS of RFC 3207): a session's commands, and the mail that they bring to the fake."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import re
import socket
import ssl
import traceback
from collections.abc import Callable

from gameday_fakes.asgi import MAX_BODY_BYTES, reset
from gameday_fakes.fake import Fake
from gameday_fakes.http import Reply, Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.streams import close

MOST_RECIPIENTS = 1000
#: The largest line: RFC 5321 has 1,000 in a mail, but clients send longer ones.
LARGEST_LINE_BYTES = 1024 * 1024
_PATH = re.compile(rb"(?:FROM|TO):\s*<(?:@[^:>]*:)?([^<>\r\n]*)>\s*(.*)", re.IGNORECASE)
_SIZE = re.compile(rb"\bSIZE=(\d{1,15})\b", re.IGNORECASE)
_NO_HOST = b"501 5.5.4 Syntax: the name of your host is missing"


class SmtpListener:
    """The mail server on one socket."""

    def __init__(self, server: asyncio.Server, sessions: set[asyncio.Task[None]], sock: socket.socket) -> None:
        self._server = server
        self._sessions = sessions
        self.host, self.port = sock.getsockname()[:2]

    async def close(self) -> None:
        """Stop listening and end every session."""
        self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)


async def listen_smtp(
    fake: Fake, sock: socket.socket, offered: Callable[[], ssl.SSLContext | None], *, tls: ssl.SSLContext | None = None
) -> SmtpListener:
    """Serve a fake's mail on a bound socket until the listener is closed.

    ``offered`` is the context for STARTTLS, ``tls`` that of a port that speaks TLS from the start.
    """
    sessions: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.ensure_future(_Session(fake, reader, writer, offered if tls is None else lambda: None).run())
        sessions.add(session)
        session.add_done_callback(sessions.discard)

    server = await asyncio.start_server(accept, sock=sock, ssl=tls, limit=LARGEST_LINE_BYTES)
    return SmtpListener(server, sessions, sock)


class _Session:
    """One client's connection."""

    def __init__(
        self,
        fake: Fake,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        offered: Callable[[], ssl.SSLContext | None],
    ) -> None:
        self._fake = fake
        self._reader = reader
        self._writer = writer
        self._offered = offered
        self._greeted = False
        self._sender: str | None = None
        self._recipients: list[str] = []

    async def run(self) -> None:
        """Answer commands until the client quits or leaves."""
        traffic = self._fake.traffic
        traffic.connections_opened += 1
        traffic.connections_open += 1
        try:
            await self._say(b"220 gameday ESMTP")
            while await self._command():
                pass
        except Dropped:
            reset(self._writer.transport)
        except (ConnectionError, EOFError, ssl.SSLError, asyncio.LimitOverrunError, ValueError):
            self._writer.transport.abort()
        finally:
            traffic.connections_open -= 1
            await close(self._writer)

    async def _command(self) -> bool:
        """Answer one command; whether the session goes on."""
        verb, _, rest = (await self._line()).strip().partition(b" ")
        match verb.upper():
            case b"EHLO" | b"HELO":
                await self._greet(verb.upper(), rest)
            case b"STARTTLS":
                return await self._start_tls(rest)
            case b"AUTH":
                return await self._log_in(rest)
            case b"MAIL":
                await self._from(rest)
            case b"RCPT":
                await self._to(rest)
            case b"DATA":
                return await self._data()
            case b"RSET" | b"NOOP":
                if verb.upper() == b"RSET":
                    self._forget()
                await self._say(b"250 2.0.0 Ok")
            case b"VRFY":
                await self._say(b"252 2.5.0 Send some mail, it will be tried")
            case b"QUIT":
                await self._say(b"221 2.0.0 Bye")
                return False
            case unknown:
                self._fake.unsupported(f"SMTP {unknown.decode('ascii', 'replace')[:20]}")
                await self._say(b"502 5.5.1 Command not implemented")
        return True

    async def _greet(self, verb: bytes, name: bytes) -> None:
        if not name.strip():
            await self._say(_NO_HOST)
            return
        self._greeted = True
        self._forget()
        offers = [b"gameday", b"PIPELINING", b"SIZE %d" % MAX_BODY_BYTES, b"AUTH PLAIN LOGIN"]
        offers += [b"STARTTLS"] * (self._offered() is not None)
        offers += [b"ENHANCEDSTATUSCODES", b"8BITMIME", b"SMTPUTF8"]
        if verb == b"HELO":
            await self._say(b"250 gameday")
            return
        await self._say(b"\r\n".join([*(b"250-" + offer for offer in offers[:-1]), b"250 " + offers[-1]]))

    async def _start_tls(self, rest: bytes) -> bool:
        """``STARTTLS`` (RFC 3207): from here on over TLS, and all that was said before is forgotten."""
        context = self._offered()
        if rest or context is None:
            await self._say(b"501 5.5.4 Syntax: STARTTLS" if rest else b"503 5.5.1 TLS is not offered here")
            return True
        if await self._has_sent_more():
            # It would be taken for a part of what comes over TLS, whoever has written it.
            return False
        await self._say(b"220 2.0.0 Ready to start TLS")
        traffic = self._fake.traffic
        traffic.connections_over_tls += 1
        try:
            await self._writer.start_tls(context)
        except OSError:
            traffic.handshakes_failed += 1
            raise
        self._offered, self._greeted = lambda: None, False
        self._forget()
        return True

    async def _has_sent_more(self) -> bool:
        """Whether the client has sent something before it was asked to."""
        more = asyncio.ensure_future(self._reader.read(1))
        await asyncio.sleep(0)
        if more.done():
            return True
        more.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await more
        return False

    async def _log_in(self, rest: bytes) -> bool:
        """``AUTH PLAIN`` and ``AUTH LOGIN``, with or without an initial response (RFC 4954)."""
        way, _, initial = rest.partition(b" ")
        if way.upper() == b"PLAIN":
            proof = await self._asked(b"", initial)
        elif way.upper() == b"LOGIN":
            user = await self._asked(b"VXNlcm5hbWU6", initial)
            password = await self._asked(b"UGFzc3dvcmQ6", b"") if user is not None else None
            proof = None if user is None or password is None else b"\0" + user + b"\0" + password
        else:
            await self._say(b"504 5.5.4 Unrecognized authentication type")
            return True
        if proof is None:
            await self._say(b"501 5.5.2 Cannot decode the response")
            return True
        return await self._carry_out(Request("AUTH", "/login", body=proof))

    async def _asked(self, prompt: bytes, initial: bytes) -> bytes | None:
        """A response of the client, decoded; None if it cannot be."""
        if not initial:
            await self._say(b"334 " + prompt)
            initial = (await self._line()).strip()
        try:
            return b"" if initial == b"=" else base64.b64decode(initial, validate=True)
        except binascii.Error:
            return None

    async def _from(self, rest: bytes) -> None:
        found = _PATH.fullmatch(rest.strip())
        if not self._greeted:
            await self._say(b"503 5.5.1 Say EHLO first")
        elif found is None or not rest.upper().startswith(b"FROM"):
            await self._say(b"501 5.5.4 Syntax: MAIL FROM:<address>")
        elif self._sender is not None:
            await self._say(b"503 5.5.1 Sender is already given")
        elif (size := _SIZE.search(found[2])) and int(size[1]) > MAX_BODY_BYTES:
            await self._refuse(self._fake.error("too_large"))
        else:
            self._sender = found[1].decode("utf-8", "replace")
            await self._say(b"250 2.1.0 Ok")

    async def _to(self, rest: bytes) -> None:
        found = _PATH.fullmatch(rest.strip())
        if self._sender is None:
            await self._say(b"503 5.5.1 Say MAIL FROM first")
        elif found is None or not rest.upper().startswith(b"TO") or b"@" not in found[1] or b" " in found[1]:
            await self._say(b"501 5.1.3 Syntax: RCPT TO:<address>")
        elif len(self._recipients) == MOST_RECIPIENTS:
            await self._say(b"452 4.5.3 Too many recipients")
        else:
            self._recipients.append(found[1].decode("utf-8", "replace"))
            await self._say(b"250 2.1.5 Ok")

    async def _data(self) -> bool:
        if not self._recipients:
            await self._say(b"503 5.5.1 Say RCPT TO first")
            return True
        await self._say(b"354 End data with <CR><LF>.<CR><LF>")
        lines, size = [], 0
        while (line := await self._line()) != b".\r\n":
            size += len(line)
            if size <= MAX_BODY_BYTES:
                lines.append(line[1:] if line.startswith(b".") else line)
        headers = {b"recipients": " ".join(self._recipients).encode("latin-1", "replace")}
        self._forget()
        if size > MAX_BODY_BYTES:
            await self._refuse(self._fake.error("too_large"))
            return True
        return await self._carry_out(Request("DATA", "/messages", headers=headers, body=b"".join(lines)))

    async def _carry_out(self, request: Request) -> bool:
        """Let the fake answer, under its faults; whether the session goes on. Raises Dropped."""
        try:
            reply = await self._fake.respond(request)
        except Dropped as dropped:
            if dropped.part:
                self._writer.write(dropped.part)
                await self._writer.drain()
            raise
        except Exception:  # noqa: BLE001 - a mistake of ours is for our log; the client sees what a server would say
            traceback.print_exc()
            reply = self._fake.error("server_error")
        await self._refuse(reply)
        return reply.status != 421

    async def _refuse(self, reply: Reply) -> None:
        """Send a reply, a refusal or not."""
        await self._say(b"%d %s" % (reply.status, reply.body.replace(b"\r", b" ").replace(b"\n", b" ")))

    def _forget(self) -> None:
        """Forget the mail that was begun."""
        self._sender, self._recipients = None, []

    async def _line(self) -> bytes:
        """The next line. Raises EOFError where the client has left, ValueError if it is too long."""
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        self._fake.traffic.bytes_received += len(line)
        return line

    async def _say(self, line: bytes) -> None:
        self._writer.write(line + b"\r\n")
        self._fake.traffic.bytes_sent += len(line) + 2
        await self._writer.drain()
