"""Makes the folder of a run, which only its user can look into."""

from __future__ import annotations

import re
from pathlib import Path

from gameday.base.errors import GamedayError


def new_folder(runs_dir: Path, name: str) -> Path:
    """A new folder, even if two runs start in the same second."""
    number = 1
    while True:
        folder = runs_dir / (name if number == 1 else f"{name}-{number}")
        try:
            runs_dir.mkdir(parents=True, exist_ok=True)
            # Deals and orders are nobody else's business.
            folder.mkdir(mode=0o700)
        except OSError as problem:
            # A file in the place of ``runs_dir`` exists too.
            if not (isinstance(problem, FileExistsError) and folder.exists()):
                raise GamedayError(f"cannot create the folder {str(folder)!r}: {problem.strerror}") from None
            number += 1
        else:
            return folder


def slug(text: str) -> str:
    """A text as a part of a folder's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "run"
