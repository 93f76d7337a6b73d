"""Reads files as of a git revision, without touching the work tree."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path, PurePosixPath

from gameday.base.bounded_yaml import MAX_BYTES
from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.document import WORK_TREE

_PATIENCE_S = 60


class Revision:
    """A commit of the repository that the current folder is in; paths are from the repository's root."""

    def __init__(self, name: str, commit: str, prefix: str) -> None:
        self.name = name
        self._commit = commit
        self._prefix = prefix

    def find(self, path: str) -> str | None:
        """An existing path: from the repository's root as git reads it, else from the current folder."""
        for base in ("", self._prefix):
            clean = _normal(f"{base}{path}")
            if clean is not None and (clean == "" or clean in self._folders or self.is_file(clean)):
                return clean
        return None

    def is_file(self, path: str) -> bool:
        """Whether the file exists."""
        return path in self.blobs

    def files(self) -> tuple[str, ...]:
        """Every file's path."""
        return tuple(self.blobs)

    def read(self, path: str) -> bytes:
        """A file's bytes. Raises GamedayError for one too large for a contract."""
        if self.blobs[path] > MAX_BYTES:
            raise GamedayError(f"{self.name}:{path} has more than {MAX_BYTES:,} bytes")
        return _git("cat-file", "blob", f"{self._commit}:{path}")

    @functools.cached_property
    def blobs(self) -> dict[str, int]:
        """Every file's size in bytes, by its path."""
        found = {}
        for entry in _git("ls-tree", "-r", "-z", "--long", "--full-tree", self._commit).split(b"\0"):
            facts, _, path = entry.partition(b"\t")
            kind, size = facts.split()[1:4:2] if path else (b"", b"")
            if kind == b"blob":
                found[os.fsdecode(path)] = int(size)
        return found

    @functools.cached_property
    def _folders(self) -> set[str]:
        return {str(parent) for path in self.blobs for parent in PurePosixPath(path).parents}


class WorkTree(Revision):
    """The files as they are on disk, of the same repository and under the same paths as in a revision."""

    def __init__(self, prefix: str, root: Path) -> None:
        super().__init__(WORK_TREE, "", prefix)
        self._root = root

    def read(self, path: str) -> bytes:
        """A file's bytes."""
        try:
            return (self._root / path).read_bytes()
        except OSError as problem:
            raise GamedayError(f"cannot read {path}: {problem.strerror}") from None

    @functools.cached_property
    def blobs(self) -> dict[str, int]:
        """All files, tracked or not, without ignored and deleted ones."""
        listed = _git("-C", str(self._root), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        paths = (os.fsdecode(path) for path in listed.split(b"\0") if path)
        return {path: (self._root / path).stat().st_size for path in paths if (self._root / path).is_file()}


def open_revision(name: str) -> Revision:
    """A revision by any name that git knows: a branch, a tag, ``HEAD~2``; ``.`` is the work tree.

    Raises GamedayError if there is no git, no repository or no such revision.
    """
    prefix = os.fsdecode(_git("rev-parse", "--show-prefix")).rstrip("\n")
    if name == WORK_TREE:
        return WorkTree(prefix, Path(os.fsdecode(_git("rev-parse", "--show-toplevel")).rstrip("\n")))
    try:
        commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode()
    except GamedayError:
        raise GamedayError(
            f"no git revision {name[:80]!r} here",
            hint="a shallow clone has to fetch it first: set fetch-depth: 0 in a workflow",
        ) from None
    # `--end-of-options` is echoed by some versions of git.
    return Revision(name, commit.split()[-1], prefix)


def _normal(path: str) -> str | None:
    """Without ``.`` and ``..``; None for a path that leads out of the repository."""
    parts: list[str] = []
    for part in Path(path).parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part != "/":
            parts.append(part)
    return "/".join(parts)


def _git(*arguments: str) -> bytes:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
            env=environment,
        )
    except FileNotFoundError:
        raise GamedayError("git is not installed, so no revision can be read") from None
    except subprocess.TimeoutExpired:
        raise GamedayError(f"git {arguments[0]} did not end within {_PATIENCE_S} s") from None
    except ValueError:
        raise GamedayError("a revision or a path cannot contain a NUL byte") from None
    if done.returncode:
        error = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        if "not a git repository" in error:
            raise GamedayError(
                "this folder is not in a git repository, so there are no revisions", hint="name a folder or file"
            )
        raise GamedayError(f"git {arguments[0]}: {error[:200] or f'ended with {done.returncode}'}")
    return done.stdout
