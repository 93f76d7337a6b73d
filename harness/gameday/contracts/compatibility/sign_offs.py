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
from gameday.contracts.compatibility.comparison import Comparison
from gameday.contracts.compatibility.document import Lines, read_lines

FILE_NAME = "sign-offs.yaml"
_KEY = "signOffs"
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


class SignOffs(msgspec.Struct, frozen=True):
    """The sign-offs of a file; ``path`` is where they are, or would be."""

    path: str
    entries: tuple[SignOff, ...] = ()


class _Entry(msgspec.Struct, frozen=True):
    change: str
    role: str
    username: str
    signed: str
    expires: str
    reason: str = ""


def parse_sign_offs(data: bytes, *, path: str) -> SignOffs:
    """Read a file of sign-offs. Raises GamedayError with file, line and bad value."""
    document = read_yaml(data, where=path, what="sign-offs")
    if document is None:
        return SignOffs(path)
    if not isinstance(document, dict) or list(document) != [_KEY] or not isinstance(document[_KEY], list | None):
        raise GamedayError(f"{path} is {shown(document)}, not sign-offs", hint=f"one list under {_KEY}")
    lines = read_lines(data)
    entries = tuple(_entry(item, index, lines, path) for index, item in enumerate(document[_KEY] or ()))
    return SignOffs(path, entries)


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


def check_sign_offs(comparison: Comparison, sign_offs: SignOffs, *, now: datetime) -> tuple[Violation, ...]:
    """What is missing or wrong among the sign-offs that a change needs.

    One valid sign-off of each role in ``comparison.signers`` is enough, whatever else is in the file. ``now`` must
    have a time zone. The rules: ``sign-off.missing``, ``.expired``, ``.not-yet-valid``, ``.wrong-change`` (the hash),
    ``.wrong-person`` (not the role's owner by the contract) and ``.no-owner`` (the contract names none).
    """
    return tuple(
        violation for role in comparison.signers for violation in _check_role(role, comparison, sign_offs, now)
    )


def _check_role(role: str, comparison: Comparison, sign_offs: SignOffs, now: datetime) -> Iterator[Violation]:
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
    if any(entry.username in owners and entry.signed <= now < entry.expires for entry in bound):
        return
    for entry in bound:
        who = f"{entry.username} as {role}"
        if entry.username not in owners:
            yield violation("wrong-person", f"signed by {who}, but the contract names {names}", entry.line)
        elif now >= entry.expires:
            yield violation(
                "expired", f"the sign-off of {who} expired on {entry.expires:%Y-%m-%d %H:%M} UTC", entry.line
            )
        else:
            yield violation(
                "not-yet-valid", f"the sign-off of {who} is not valid before {entry.signed:%Y-%m-%d}", entry.line
            )
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


def _is_misspelt(written: str, role: str, roles: Collection[str]) -> bool:
    return written not in roles and bool(difflib.get_close_matches(written, [role], n=1))
