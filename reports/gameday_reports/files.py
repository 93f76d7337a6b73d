"""Writes report files."""

from __future__ import annotations

import os
from pathlib import Path

from gameday.base.errors import GamedayError


def write(path: Path, text: str) -> Path:
    """Write a temporary file and move it into place, so that no reader sees half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # Encoding cannot fail: the templates write lone surrogates out as their code points.
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise GamedayError(f"cannot write {path}: {problem.strerror}") from None
    return path
