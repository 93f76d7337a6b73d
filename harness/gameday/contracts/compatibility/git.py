"""Reads files as of a git revision, without touching the work tree."""

from __future__ import annotations

import functools
import os
from pathlib import Path, PurePosixPath

from gameday.base.bounded_yaml import MAX_BYTES
from gameday.base.errors import GamedayError
from gameday.base.git_command import GitRefused, git
from gameday.contracts.compatibility.document import WORK_TREE


class Revision:
    """A commit of the repository that the current folder is in; paths are from the repository's root."""

    def __init__(self, name: str, commit: str, prefix: str) -> None:
        self.name = name
        self.commit = commit
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
        return git("cat-file", "blob", f"{self.commit}:{path}")

    @functools.cached_property
    def blobs(self) -> dict[str, int]:
        """Every file's size in bytes, by its path."""
        found = {}
        for entry in git("ls-tree", "-r", "-z", "--long", "--full-tree", self.commit).split(b"\0"):
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
        listed = git("-C", str(self._root), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        paths = (os.fsdecode(path) for path in listed.split(b"\0") if path)
        return {path: (self._root / path).stat().st_size for path in paths if (self._root / path).is_file()}


def open_revision(name: str) -> Revision:
    """A revision by any name that git knows: a branch, a tag, ``HEAD~2``; ``.`` is the work tree.

    Raises GamedayError if there is no git, no repository or no such revision.
    """
    prefix = os.fsdecode(git("rev-parse", "--show-prefix")).rstrip("\n")
    if name == WORK_TREE:
        return WorkTree(prefix, repository_root())
    try:
        commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode()
    except GamedayError:
        raise GamedayError(
            f"no git revision {name[:80]!r} here",
            hint="a shallow clone has to fetch it first: set fetch-depth: 0 in a workflow",
        ) from None
    # `--end-of-options` is echoed by some versions of git.
    return Revision(name, commit.split()[-1], prefix)


def repository_root() -> Path:
    """The root of the repository that the current folder is in. Raises GamedayError if it is in none."""
    return Path(os.fsdecode(git("rev-parse", "--show-toplevel")).rstrip("\n"))


def changed_paths(base: str) -> list[str]:
    """The files that differ between the work tree and where it left ``base``, from the repository's root.

    New files count too; of a file that was moved, both names. Raises GamedayError if there is no such revision.
    """
    commit = open_revision(base).commit
    try:
        left = git("merge-base", commit, "HEAD").decode().strip()
    except GitRefused:
        # Without a common commit, such as in a shallow clone, everything that differs counts.
        left = commit
    top = str(repository_root())
    listed = git("-C", top, "diff", "-z", "--name-only", "--no-renames", left, "--")
    new = git("-C", top, "ls-files", "-z", "--others", "--exclude-standard")
    return sorted({os.fsdecode(path) for path in (*listed.split(b"\0"), *new.split(b"\0")) if path})


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
