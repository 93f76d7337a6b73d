"""Results on a branch of a git repository that shares no commit with the code (an orphan branch)."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.base.git_command import GitRefused, git

_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
#: How often a write is tried again when another job has written in the meantime.
_TRIES = 5
#: The commits are the harness's own; who recorded a result is in the result.
_AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "gameday"), ("EMAIL", "gameday@localhost"))
}


class GitStore:
    """A branch, read and written without touching the work tree, the index or what is checked out.

    ``name`` is a branch of this repository, or ``REMOTE/BRANCH``: it is then fetched before it is read, and pushed
    after it is written. A write on top of what another job wrote meanwhile is tried again.
    """

    def __init__(self, name: str) -> None:
        remotes = git("remote").decode().split()
        remote, _, branch = name.partition("/")
        self._remote, self._branch = (remote, branch) if branch and remote in remotes else ("", name)
        if not _BRANCH.fullmatch(self._branch) or ".." in self._branch:
            raise GamedayError(f"{name[:100]!r} is not a branch", hint="such as git:gameday-results")
        # A remote's branch is kept apart, so that it hides no branch of the same name here.
        self._ref = f"refs/gameday/{remote}/{branch}" if self._remote else f"refs/heads/{self._branch}"
        self._fetch()

    def paths(self, below: str) -> list[str]:
        """The path of every file below a folder, sorted."""
        return _listed(self._tip(), f"{below}/")

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        return git("cat-file", "blob", f"{self._tip()}:{path}")

    def add(self, files: Mapping[str, bytes], why: str) -> None:
        """Add files in one commit."""
        for attempt in range(_TRIES):
            before = self._tip()
            commit = self._commit(files, why, before)
            try:
                if self._remote:
                    expected = f"--force-with-lease=refs/heads/{self._branch}:{before}"
                    git("push", "--quiet", expected, self._remote, f"{commit}:refs/heads/{self._branch}")
                git("update-ref", self._ref, commit, before or "0" * len(commit))
            except GitRefused:
                if attempt == _TRIES - 1:
                    raise
                self._fetch()
            else:
                return

    def _commit(self, files: Mapping[str, bytes], why: str, before: str) -> str:
        """A commit with the files of the one before and the new ones; no branch has it yet."""
        with tempfile.TemporaryDirectory(prefix="gameday-index-") as folder:
            environment = {"GIT_INDEX_FILE": str(Path(folder) / "index"), **_AUTHOR}
            if before:
                git("read-tree", before, environment=environment)
            known = set(_listed(before))
            entries = [f"100644 {_blob(content)}\t{path}\0" for path, content in files.items() if path not in known]
            git("update-index", "-z", "--index-info", stdin="".join(entries).encode(), environment=environment)
            tree = git("write-tree", environment=environment).decode().strip()
            parent = ("-p", before) if before else ()
            return git("commit-tree", tree, *parent, "-m", why, environment=environment).decode().strip()

    def _tip(self) -> str:
        """The branch's last commit; empty if there is none yet."""
        try:
            return git("rev-parse", "--verify", "--quiet", f"{self._ref}^{{commit}}").decode().strip()
        except GitRefused:
            return ""

    def _fetch(self) -> None:
        if not self._remote:
            return
        # Without the branch, the first write makes it; every other problem must be seen.
        if git("ls-remote", "--heads", self._remote, f"refs/heads/{self._branch}"):
            git("fetch", "--quiet", "--no-tags", self._remote, f"+refs/heads/{self._branch}:{self._ref}")


def _listed(commit: str, *below: str) -> list[str]:
    listed = git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, *below) if commit else b""
    return sorted(os.fsdecode(path) for path in listed.split(b"\0") if path)


def _blob(content: bytes) -> str:
    return git("hash-object", "-w", "--stdin", stdin=content).decode().strip()
