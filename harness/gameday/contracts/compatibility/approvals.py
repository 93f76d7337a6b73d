"""Who really signed: ties each sign-off to the commit that wrote it, or to an approval of the review.

Anybody who can change the file can write any username into it. So where the registry of flows says who the owners are,
a sign-off counts only if its owner's own commit wrote it, or if a reviewer approved who acts for that owner. The people
are read from the base of the change: nobody becomes an owner by the change that they sign.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.git_command import git
from gameday.contracts.compatibility.document import WORK_TREE
from gameday.contracts.compatibility.git import open_revision, repository_root
from gameday.contracts.people import People, Person, read_people

#: Handles of those who approved the review of this commit, with commas between them; a CI sets it.
APPROVALS_VARIABLE = "GAMEDAY_APPROVALS"
Proof = Literal["author", "signature", "approval"]
"""What proves a sign-off at least. An author's e-mail address in a commit is what its author claims; a signature of
the commit, or an approval that the CI reads from the review, is not."""
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")


class Author(msgspec.Struct, frozen=True):
    """Who wrote a line: the e-mail address that the commit states, and the one that its good signature proves."""

    email: str = ""
    signer: str = ""


class Approvers(msgspec.Struct, frozen=True):
    """The people who may sign, what proves it, and who approved the review. Without people nothing is proven."""

    people: People = {}
    proof: Proof = "author"
    approvals: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether sign-offs are tied to people."""
        return bool(self.people)

    def signer(self, username: str, path: str, lines: range, revision: str = "") -> tuple[str, str]:
        """Who signed as an owner, and why not if nobody did; the sign-off is on these lines of its file."""
        person = self.people.get(username)
        if person is None:
            return "", f"the registry of flows does not say who {username} is: add it to people"
        approved = next((handle for handle in person.handles if handle in self.approvals), "")
        if approved:
            return approved, ""
        if self.proof == "approval":
            return "", f"nobody of {username} has approved the review ({APPROVALS_VARIABLE})"
        written = _authors(path, revision)
        return self._author(person, username, path, [written[line] for line in lines if line in written])

    def _author(self, person: Person, username: str, path: str, authors: Sequence[Author]) -> tuple[str, str]:
        if not authors:
            return "", f"{path} is not committed, so nothing shows who wrote it"
        proven = ""
        for author in authors:
            proven = author.signer if self.proof == "signature" else author.email
            if proven not in person.emails:
                who = proven or (
                    "a commit without a good signature" if author.email else "nobody, for it is not committed"
                )
                return "", f"it was written by {who}, who is not among the people of {username}"
        return proven, ""


def read_approvers(
    flows_file: Path | None, base: str, proof: str, environment: Mapping[str, str] = os.environ
) -> Approvers:
    """Who may sign, by the registry as of the base of the change; by today's if the base has none.

    ``base`` is a name as in `compatibility.sources`: what precedes its colon is a git revision.
    """
    if flows_file is None or flows_file.suffix == ".csv":
        return Approvers()
    people = _of_base(flows_file, base)
    if not people:
        try:
            people = read_people(flows_file.read_bytes(), where=str(flows_file))
        except OSError as problem:
            raise GamedayError(f"cannot read the registry of flows {flows_file}: {problem.strerror}") from None
    given = environment.get(APPROVALS_VARIABLE, "").lower().split(",")
    approvals = frozenset(each.strip().removeprefix("@") for each in given) - {""}
    chosen: Proof = "signature" if proof == "signature" else "approval" if proof == "approval" else "author"
    return Approvers(people, chosen, approvals)


def _of_base(flows_file: Path, base: str) -> People:
    revision, colon, _ = base.partition(":")
    if not colon or not revision or Path(base).exists():
        return {}
    opened = open_revision(revision)
    path = opened.find(os.path.relpath(flows_file))
    if path is None or not opened.is_file(path):
        return {}
    return read_people(opened.read(path), where=f"{revision}:{path}")


def _authors(path: str, revision: str) -> dict[int, Author]:
    """Who wrote each line of a file that says something, by its number from 1; a line that is in no commit by nobody.

    ``path`` is from the repository's root where there is a ``revision``.
    """
    found: dict[int, Author] = {}
    number, commit = 0, ""
    folder = repository_root() if revision else Path(path).absolute().parent
    name = path if revision else Path(path).name
    of = () if revision in ("", WORK_TREE) else (revision,)
    try:
        blamed = git("-C", str(folder), "blame", "--line-porcelain", *of, "--", name).decode(errors="replace")
        shallow = git("-C", str(folder), "rev-parse", "--is-shallow-repository").strip() == b"true"
    except GamedayError:
        return {}
    if shallow:
        raise GamedayError(
            f"the clone is shallow, so nothing shows who wrote {path}", hint="set fetch-depth: 0 in a workflow"
        )
    for line in blamed.splitlines():
        if header := re.match(r"([0-9a-f]{40,64}) \d+ (\d+)", line):
            commit, number = header[1], int(header[2])
        elif line.startswith("\t") and line.strip() and not line.strip().startswith("#"):
            # Zeros stand for a change that is in no commit yet. Source: git-blame(1), "The porcelain format".
            found[number] = _author(folder, commit) if commit.strip("0") else Author()
    return found


@functools.cache
def _author(folder: Path, commit: str) -> Author:
    # %G? is G for a good signature of a trusted key. Source: git-log(1), "Pretty formats".
    shown = (
        git("-C", str(folder), "log", "-1", "--format=%ae%x00%G?%x00%GS", commit).decode(errors="replace").strip("\n")
    )
    email, good, signer = shown.split("\0")
    address = _ADDRESS.search(signer)
    return Author(email.lower(), address[0].lower() if good == "G" and address else "")
