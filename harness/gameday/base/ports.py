"""A port for what the harness starts: a stack, a proxy server."""

from __future__ import annotations

import contextlib
import random
import socket

from gameday.base.errors import RunError

#: Below those that the system gives to outgoing connections (from 32,768 on Linux).
LISTEN_PORTS = range(20_000, 32_768)


def free_port() -> int:
    """A port of the loopback address that nobody listens on at this moment.

    None of those that the system gives to outgoing connections: such a one may be taken by anybody's next request
    before the stack has bound it.
    """
    for port in random.SystemRandom().sample(LISTEN_PORTS, 200):
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port
    raise RunError(f"no free port between {LISTEN_PORTS[0]} and {LISTEN_PORTS[-1]}")
