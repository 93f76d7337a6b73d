"""Writes report files."""

from __future__ import annotations

import os
from pathlib import Path

from gameday.base.errors import GamedayError


def write(path: Path, text: str) -> Path:
    """Write a file beside its place and move it there, so that none is ever half written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # A lone surrogate was written out as its code point; whatever else there is can be encoded.
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise GamedayError(f"cannot write {path}: {problem.strerror}") from None
    return path
