"""Writes a file whole or not at all: under another name first, then moved into place."""

from __future__ import annotations

import os
from pathlib import Path

from gameday.base.errors import GamedayError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, synced, so that no reader sees half of it. Raises GamedayError if it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise GamedayError(f"cannot write {path}: {problem.strerror}") from None
