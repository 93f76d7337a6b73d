"""Where the stack's PostgreSQL is."""

from __future__ import annotations

import time
from pathlib import Path

#: The scheme of a file that holds the URL, which a cluster of the stack's own writes once it answers.
FILE = "file:"
#: How long to wait for that file, in real seconds.
START_TIMEOUT_S = 60.0
_POLL_S = 0.05


def wait_for_url(database: str) -> str:
    """The URL of the database, once it is known. Raises SystemExit with one line."""
    if not database.startswith(FILE):
        if not database.startswith(("postgresql://", "postgres://")):
            raise SystemExit(
                f"bad database {database.partition('@')[2] or database!r}: postgresql://USER@HOST/NAME, or file:PATH "
                "with that in the file"
            )
        return database
    path, end_s = Path(database.removeprefix(FILE)), time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end_s:
        try:
            return path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            time.sleep(_POLL_S)
        except (OSError, ValueError) as problem:
            raise SystemExit(f"cannot read the database's URL from {path}: {problem}") from None
    raise SystemExit(f"the database has not started in {START_TIMEOUT_S:g} s: there is no {path}")
