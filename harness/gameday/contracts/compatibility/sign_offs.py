"""Sign-offs: who agreed to a breaking change, and until when. Each is bound to one change by its hash.

    signOffs:
      - change: 0f3a...            # printed by `gameday contract diff`
        role: source
        username: sales-systems
        signed: 2026-03-02
        expires: 2026-04-01
        reason: The field is renamed in the summer release.

A file is kept beside the contracts and grows; entries for other changes are history and have no effect.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError
from gameday.base.tables import read_table, shown
from gameday.base.violation import Violation
from gameday.contracts.compatibility.approvals import Approvers
from gameday.contracts.compatibility.comparison import Comparison
from gameday.contracts.compatibility.lines import Lines, read_lines

FILE_NAME = "sign-offs.yaml"
_KEY = "signOffs"
#: For how many roles of one change the same person may sign.
MOST_ROLES = 2
_HASH = re.compile(r"[0-9a-f]{32}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class SignOff(msgspec.Struct, frozen=True):
    """One agreement: by ``username`` in the ``role`` (source, sink, finance) to the change with that hash.

    A date without a time counts from its first moment for ``signed`` and to its last for ``expires``, in UTC.
    """

    change: str
    role: str
    username: str
    signed: datetime
    expires: datetime
    reason: str = ""
    line: int = 0
    last_line: int = 0

    @property
    def lines(self) -> range:
        """The lines of the file that say it."""
        return range(self.line, self.last_line + 1)


class SignOffs(msgspec.Struct, frozen=True):
    """The sign-offs of a file; ``path`` is where they are, or would be, in the git ``revision`` if there is one."""

    path: str
    entries: tuple[SignOff, ...] = ()
    revision: str = ""


class _Entry(msgspec.Struct, frozen=True):
    change: str
    role: str
    username: str
    signed: str
    expires: str
    reason: str = ""


def parse_sign_offs(data: bytes, *, path: str) -> SignOffs:
    """Read a file of sign-offs. Raises GamedayError with file, line and bad value."""
    # Lines prove who signed; what an alias stands for may be on lines of somebody else.
    document = read_yaml(data, where=path, what="sign-offs", aliases=False)
    if document is None:
        return SignOffs(path)
    if not isinstance(document, dict) or list(document) != [_KEY] or not isinstance(document[_KEY], list | None):
        raise GamedayError(f"{path} is {shown(document)}, not sign-offs", hint=f"one list under {_KEY}")
    lines = read_lines(data)
    entries = tuple(_entry(item, index, lines, path) for index, item in enumerate(document[_KEY] or ()))
    ends = [*(entry.line - 1 for entry in entries[1:]), data.count(b"\n") + 1]
    return SignOffs(
        path,
        tuple(
            msgspec.structs.replace(entry, last_line=max(entry.line, end))
            for entry, end in zip(entries, ends, strict=False)
        ),
    )


def _entry(item: Any, index: int, lines: Lines, path: str) -> SignOff:
    line = lines.of((_KEY, index))
    where = f"{path}:{line}"
    read = read_table(_Entry, item, where=where)
    if not _HASH.fullmatch(read.change):
        raise GamedayError(
            f"{where}: change: {shown(read.change)} is not the hash of a change", hint="32 hexadecimal digits"
        )
    signed = _moment(read.signed, f"{where}: signed", last=False)
    expires = _moment(read.expires, f"{where}: expires", last=True)
    if expires <= signed:
        raise GamedayError(f"{where}: it expires ({read.expires}) before it is signed ({read.signed})")
    return SignOff(read.change, read.role, read.username, signed, expires, read.reason, line)


def _moment(text: str, where: str, *, last: bool) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if _DATE.fullmatch(text):
            whole = datetime.combine(moment.date(), time(), UTC)
            return whole + timedelta(days=1) if last else whole
    except (ValueError, OverflowError):
        raise GamedayError(f"{where}: {shown(text)} is not a date", hint="such as 2026-04-01") from None
    if moment.tzinfo is None:
        raise GamedayError(f"{where}: {shown(text)} names no time zone", hint="such as 2026-04-01T12:00:00Z")
    return moment


def check_sign_offs(
    comparison: Comparison, sign_offs: SignOffs, *, now: datetime, approvers: Approvers | None = None
) -> tuple[Violation, ...]:
    """What is missing or wrong among the sign-offs that a change needs.

    One valid sign-off of each role in ``comparison.signers`` is enough, whatever else is in the file. ``now`` must
    have a time zone. The rules: ``sign-off.missing``, ``.expired``, ``.not-yet-valid``, ``.wrong-change`` (the hash),
    ``.wrong-person`` (not the role's owner by the contract) and ``.no-owner`` (the contract names none). With
    ``approvers`` that name people also ``.not-proven`` (its owner neither wrote it nor approved the review) and
    ``.one-person`` (somebody signs for more roles than anybody may).
    """
    known = approvers if approvers is not None and approvers.known else None
    signed: dict[str, list[tuple[str, SignOff]]] = {}
    found = [
        violation
        for role in comparison.signers
        for violation in _check_role(role, comparison, sign_offs, now, known, signed)
    ]
    return (*found, *_one_person(signed, sign_offs.path))


def _one_person(signed: dict[str, list[tuple[str, SignOff]]], path: str) -> Iterator[Violation]:
    for person, entries in signed.items():
        if len(entries) > MOST_ROLES:
            roles = tuple(role for role, _ in entries)
            message = f"{person} signs as {', '.join(roles)}; nobody signs for more than {MOST_ROLES} roles of a change"
            yield Violation("sign-off.one-person", "error", message, path, entries[-1][1].line, owners=roles)


def _check_role(
    role: str,
    comparison: Comparison,
    sign_offs: SignOffs,
    now: datetime,
    approvers: Approvers | None,
    signed: dict[str, list[tuple[str, SignOff]]],
) -> Iterator[Violation]:
    """What is wrong with a role; who has signed for it is added to ``signed``."""
    owners = comparison.owners.get(role, frozenset())

    def violation(what: str, message: str, line: int = 0) -> Violation:
        return Violation(f"sign-off.{what}", "error", message, sign_offs.path, line, owners=(role,))

    if not owners:
        message = f"the contract names no {role} owner, so nobody can sign the change {comparison.digest}"
        yield violation("no-owner", f"{message}; give a team member the role: {role}")
        return
    names = " or ".join(sorted(owners))
    of_role = [entry for entry in sign_offs.entries if entry.role == role]
    bound = [entry for entry in of_role if entry.change == comparison.digest]
    valid = [entry for entry in bound if entry.username in owners and entry.signed <= now < entry.expires]
    if valid:
        if approvers is None:
            return
        proven = [
            (entry, *approvers.signer(entry.username, sign_offs.path, entry.lines, sign_offs.revision))
            for entry in valid
        ]
        if person := next(((who, entry) for entry, who, _ in proven if who), None):
            signed.setdefault(person[0], []).append((role, person[1]))
            return
        for entry, _, why in proven:
            yield violation(
                "not-proven", f"the sign-off of {entry.username} as {role} is not proven: {why}", entry.line
            )
        return
    for entry in bound:
        yield violation(*_not_valid(entry, owners, now), entry.line)
    if bound:
        return
    if of_role:
        latest = max(of_role, key=lambda entry: (entry.signed, entry.line))
        message = f"the latest sign-off of {role}, by {latest.username}, is for the change {latest.change}"
        yield violation("wrong-change", f"{message}, not for {comparison.digest}", latest.line)
    else:
        message = f"{role} ({names}) has not signed the change {comparison.digest}"
        meant = [each for each in sign_offs.entries if _is_misspelt(each.role, role, comparison.owners)]
        if meant:
            message += f"; is {meant[0].role[:40]!r} in line {meant[0].line} meant to be {role}?"
        yield violation("missing", message)


def _not_valid(entry: SignOff, owners: Collection[str], now: datetime) -> tuple[str, str]:
    """Why a sign-off of this change does not count: the rule and the message."""
    who = f"{entry.username} as {entry.role}"
    if entry.username not in owners:
        return "wrong-person", f"signed by {who}, but the contract names {' or '.join(sorted(owners))}"
    if now >= entry.expires:
        return "expired", f"the sign-off of {who} expired on {entry.expires:%Y-%m-%d %H:%M} UTC"
    return "not-yet-valid", f"the sign-off of {who} is not valid before {entry.signed:%Y-%m-%d}"


def _is_misspelt(written: str, role: str, roles: Collection[str]) -> bool:
    return written not in roles and bool(difflib.get_close_matches(written, [role], n=1))
