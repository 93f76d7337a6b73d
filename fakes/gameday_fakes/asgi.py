"""Reading requests from ASGI and sending replies: a whole one, a part of one, or a reset of the connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gameday_fakes.http import BadBody, Reply
from gameday_fakes.intercept import Dropped

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MAX_BODY_BYTES = 16 * 1024 * 1024
#: Both forms, recognised by their first bytes.
_GZIP_OR_DEFLATE = 32 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_LINGER_0_S = struct.pack("ii", 1, 0)


def reset(transport: asyncio.WriteTransport) -> None:
    """Close a connection with a TCP reset, as a crashing server or a firewall does; what was not sent is lost.

    Without a linger time of 0 an aborted connection ends with a FIN, like a closed one.
    """
    sock = transport.get_extra_info("socket")
    # The other side may have closed it already, which leaves nothing to reset, and with uvloop no socket.
    with contextlib.suppress(OSError, AttributeError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0_S)
    transport.abort()


async def read_body(receive: Receive, most_bytes: int = MAX_BODY_BYTES) -> bytes | None:
    """The body; None if the client left before its end. Reading stops soon after ``most_bytes``.

    A body that has not arrived whole must not be carried out, even if it looks like a whole request.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        if not message.get("more_body"):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            return b"".join(parts)


def unpacked(body: bytes) -> bytes:
    """A body that was packed by gzip or deflate, of at most MAX_BODY_BYTES. Raises BadBody.

    A gzip file may have several members (RFC 1952, section 2.2); a deflate stream may lack its header, as many clients
    send it (RFC 9110, section 8.4.1.2).
    """
    plain, rest, form = b"", body, _GZIP_OR_DEFLATE
    if body[:1] and body[:2] != _GZIP_MAGIC and (body[0] & 0x0F != zlib.DEFLATED or int.from_bytes(body[:2]) % 31):
        form = -zlib.MAX_WBITS
    while True:
        unpacker = zlib.decompressobj(form)
        try:
            # One byte more than may be shows that there is more.
            plain += unpacker.decompress(rest, MAX_BODY_BYTES + 1 - len(plain))
        except zlib.error as problem:
            raise BadBody(f"The body cannot be unpacked: {problem}") from None
        if len(plain) > MAX_BODY_BYTES:
            raise BadBody(f"The body is larger than {MAX_BODY_BYTES} bytes when it is unpacked")
        rest = unpacker.unused_data
        if unpacker.eof and not rest:
            return plain
        if not unpacker.eof or rest[:2] != _GZIP_MAGIC or body[:2] != _GZIP_MAGIC:
            raise BadBody("The body does not end where its compression ends")


async def send_reply(send: Send, reply: Reply) -> None:
    """Send a whole reply."""
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.all_headers()})
    await send({"type": "http.response.body", "body": reply.body})


async def drop(scope: Scope, receive: Receive, send: Send, dropped: Dropped) -> None:
    """Reset the connection, after a part of the reply if there is one."""
    transport: asyncio.Transport = scope["extensions"]["gameday.transport"]
    if dropped.reply is not None:
        headers = dropped.reply.all_headers()
        await send({"type": "http.response.start", "status": dropped.reply.status, "headers": headers})
        if dropped.part:
            await send({"type": "http.response.body", "body": dropped.part, "more_body": True})
        # The part has to leave before the reset, which discards what has not been sent.
        while transport.get_write_buffer_size():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.005)
    reset(transport)
    while (await receive())["type"] != "http.disconnect":
        pass
