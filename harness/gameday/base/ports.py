"""Finds free ports for what the harness starts: stacks and proxy servers."""

from __future__ import annotations

import contextlib
import random
import socket

from gameday.base.errors import RunError

#: Below the range of outgoing connections (from 32,768 on Linux).
LISTEN_PORTS = range(20_000, 32_768)


def free_port() -> int:
    """A port of the loopback address on which nothing listens now.

    It is outside the range of outgoing connections: another process's next request could take such a port before the
    stack binds it.
    """
    for port in random.SystemRandom().sample(LISTEN_PORTS, 200):
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port
    raise RunError(f"no free port between {LISTEN_PORTS[0]} and {LISTEN_PORTS[-1]}")
