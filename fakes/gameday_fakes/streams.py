"""Ends a connection of asyncio's streams."""

from __future__ import annotations

import asyncio
import contextlib


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection and wait until it is closed; that the other side broke it is no error.

    Without the wait nobody asks why it ended, and asyncio may log a reset as an error that was never looked at.
    """
    writer.close()
    with contextlib.suppress(OSError, RuntimeError):
        await writer.wait_closed()
