"""Keeps what runs were judged to be, so that a thousand of them need not be judged again for each site.

One file beside the runs, authenticated with the user's key. An entry counts only for a folder of which no record, nor
the seal, has another size, time, place or owner than when it was judged (as git decides whether a file may have
changed: Git's "Racy Git problem", Documentation/technical/racy-git.txt); only with the keys that are here now; and
only for this judge. Everything else is judged again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.owner import sealed, user_key
from gameday.base.whole_file import write_whole
from gameday.scoring.judge_digest import judge_digest
from gameday.scoring.seal import RECORDS, SEAL_FILE, key_ids
from gameday_reports.dashboard.summaries import RunSummary, Unfinished

CACHE_FILE = ".judged.json"
#: What changed so recently may change once more without another time: such a folder is judged again.
_SETTLED_NS = 2_000_000_000
#: Sets this seal apart from everything else that is authenticated with the user's key.
_PURPOSE = "judged runs"


class _Entry(msgspec.Struct, frozen=True):
    """What a folder was judged to be, and the state that it was in."""

    state: str
    judged: RunSummary | None = None
    unfinished: Unfinished | None = None


class _CacheFile(msgspec.Struct, frozen=True):
    """The file: the entries by folder as written, and their seal."""

    entries: msgspec.Raw
    seal: str


class JudgedRuns:
    """The cache of one folder of runs: ``known`` says what was judged, ``keep`` adds to it, ``write`` saves it.

    Nothing here raises: what cannot be read or written is judged again.
    """

    def __init__(self, runs_dir: Path) -> None:
        self._path = runs_dir / CACHE_FILE
        self._known = self._read()
        self._kept: dict[str, _Entry] = {}

    def state(self, folder: Path) -> str:
        """A hash of everything that may not differ; empty if the folder changed too recently, or cannot be looked at.

        To be asked for before the folder is read: what changes meanwhile has another state.
        """
        parts = [folder.resolve().name]
        newest_ns = 0
        try:
            for name in ("", SEAL_FILE, *RECORDS):
                try:
                    found = os.lstat(folder / name if name else folder)
                except FileNotFoundError:
                    parts.append(f"{name}:none")
                    continue
                changed = (found.st_size, found.st_mtime_ns, found.st_ctime_ns) if name else ()
                parts.append(f"{name}:{found.st_dev}:{found.st_ino}:{found.st_mode}:{found.st_uid}:{changed}")
                newest_ns = max(newest_ns, found.st_ctime_ns if name else 0)
        except OSError:
            return ""
        if newest_ns > time.time_ns() - _SETTLED_NS:
            return ""
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def known(self, folder: Path, state: str) -> RunSummary | Unfinished | None:
        """What the folder was judged to be in this state; None if it has to be judged."""
        entry = self._known.get(folder.name) if state else None
        if entry is None or entry.state != state:
            return None
        self._kept[folder.name] = entry
        return entry.judged or entry.unfinished

    def keep(self, folder: Path, state: str, found: RunSummary | Unfinished) -> None:
        """Note what the folder was judged to be."""
        if state:
            judged = found if isinstance(found, RunSummary) else None
            self._kept[folder.name] = _Entry(state, judged, None if isinstance(found, RunSummary) else found)

    def write(self) -> None:
        """Save what is known and was kept; folders that are gone are forgotten."""
        if self._kept == self._known:
            return
        entries = msgspec.json.encode(self._kept)
        with contextlib.suppress(GamedayError, OSError):
            content = _CacheFile(msgspec.Raw(entries), sealed(user_key(), _PURPOSE, _judge(), entries))
            write_whole(self._path, msgspec.json.encode(content))
            self._path.chmod(0o600)

    def _read(self) -> dict[str, _Entry]:
        with contextlib.suppress(GamedayError, OSError, json_text.Unreadable):
            if self._path.is_symlink() or not self._path.is_file():
                return {}
            found = json_text.decode(self._path.read_bytes(), _CacheFile)
            if sealed(user_key(), _PURPOSE, _judge(), bytes(found.entries)) == found.seal:
                return json_text.decode(found.entries, dict[str, _Entry])
        return {}


def _judge() -> str:
    """Who judges: the judge, and the keys by which it verifies seals."""
    return " ".join([judge_digest("gameday_reports"), *key_ids()])
