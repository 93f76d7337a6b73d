"""Where results are kept after a job has ended: a folder, a branch of a git repository, or an object store.

results                         a folder
git:gameday-results             a branch of this repository that has a history of its own
git:origin/gameday-results      the same branch, fetched before it is read and pushed after it is written
s3://bucket/gameday             an object store, by any address that fsspec knows (pip install fsspec, and its driver)

A store holds files by path, with ``/`` between the parts. Files are added, and never replaced or removed.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from gameday.base.errors import GamedayError
from gameday.base.whole_file import write_whole
from gameday.scoring.results.git_store import GitStore

GIT = "git:"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_PATH = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
#: No record is larger (bytes).
MOST_BYTES = 512 * 1024 * 1024


class Store(Protocol):
    """Files by path. Every method raises GamedayError if the store cannot be reached."""

    def paths(self, below: str) -> list[str]:
        """The path of every file below a folder, sorted; none if there is no such folder."""

    def read(self, path: str) -> bytes:
        """The bytes of a file."""

    def add(self, files: Mapping[str, bytes], why: str) -> None:
        """Add files, all together where the store can do that; ``why`` is one line for its history."""


def open_store(address: str) -> Store:
    """The store at an address (see above). Raises GamedayError for one that cannot be opened."""
    if not address:
        raise GamedayError("the address of the store of results is empty", hint="is a variable not set?")
    if address.startswith(GIT):
        return GitStore(address.removeprefix(GIT))
    return ObjectStore(address) if _SCHEME.match(address) else FolderStore(Path(address))


def check_path(path: str) -> str:
    """The path as it was given. Raises GamedayError for one that leads out of the store."""
    if not _PATH.fullmatch(path) or any(part in (".", "..") for part in path.split("/")):
        raise GamedayError(f"{path[:200]!r} is no path in a store of results")
    return path


class FolderStore:
    """A folder on disk, such as one that several jobs share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def paths(self, below: str) -> list[str]:
        """The path of every file below a folder, sorted."""
        found = (self._folder / check_path(below)).rglob("*")
        return sorted(path.relative_to(self._folder).as_posix() for path in found if path.is_file())

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        file = self._folder / check_path(path)
        try:
            return file.read_bytes()
        except OSError as problem:
            raise GamedayError(f"cannot read {file}: {problem.strerror}") from None

    def add(self, files: Mapping[str, bytes], why: str) -> None:
        """Add files; each is whole, or is not there."""
        for path, content in files.items():
            file = self._folder / check_path(path)
            if file.exists():
                continue
            try:
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as problem:
                raise GamedayError(f"cannot create the folder {str(file.parent)!r}: {problem.strerror}") from None
            write_whole(file, content)


class ObjectStore:
    """Whatever fsspec reaches: object stores, SFTP, WebDAV and others. Source: fsspec's "Built-in Implementations"."""

    def __init__(self, address: str) -> None:
        self._address = address
        try:
            fsspec: Any = importlib.import_module("fsspec")
            self._files, self._root = fsspec.core.url_to_fs(address)
        except ImportError as problem:
            missing = problem.name or "fsspec"
            raise GamedayError(
                f"cannot open {address[:200]}: {missing} is missing", hint=f"pip install {missing}"
            ) from None
        except Exception as problem:  # noqa: BLE001 - each driver has errors of its own
            raise self._error("open", problem) from None

    def paths(self, below: str) -> list[str]:
        """The path of every file below a folder, sorted."""
        root = self._root.rstrip("/")
        try:
            # What another job has just added may not be in a cached listing.
            self._files.invalidate_cache()
            return sorted(path[len(root) :].lstrip("/") for path in self._files.find(f"{root}/{check_path(below)}"))
        except FileNotFoundError:
            return []
        except Exception as problem:  # noqa: BLE001
            raise self._error("list", problem) from None

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        try:
            content: bytes = self._files.cat_file(self._at(path))
        except Exception as problem:  # noqa: BLE001
            raise self._error("read", problem) from None
        return content

    def add(self, files: Mapping[str, bytes], why: str) -> None:
        """Add files one by one; the seal of a folder is the last of its files, so half a folder decides nothing."""
        try:
            for path, content in files.items():
                at = self._at(path)
                if not self._files.exists(at):
                    self._files.makedirs(at.rpartition("/")[0], exist_ok=True)
                    self._files.pipe_file(at, content)
        except Exception as problem:  # noqa: BLE001
            raise self._error("write to", problem) from None

    def _at(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{check_path(path)}"

    def _error(self, what: str, problem: Exception) -> GamedayError:
        if isinstance(problem, GamedayError):
            return problem
        return GamedayError(f"cannot {what} {self._address[:200]}: {str(problem)[:200] or type(problem).__name__}")


def folders_below(store: Store, below: str) -> Iterator[tuple[str, list[str]]]:
    """Each folder that directly holds files, with the paths of these, sorted."""
    folders: dict[str, list[str]] = {}
    for path in store.paths(below):
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    yield from sorted(folders.items())
