"""Tells a server that its standard input closed, so that it cannot outlive whoever started it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading


def set_when_stdin_closes(event: asyncio.Event) -> None:
    """Set the event once standard input ends; call it in the running loop.

    Standard input is read on a thread, because an event loop cannot watch a file or /dev/null.
    """
    loop = asyncio.get_running_loop()

    def read() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(event.set)

    threading.Thread(target=read, daemon=True).start()
