"""Reads who the owners are: the e-mail addresses and review handles of each, from the registry of flows.

people:
  - {owner: sales-systems, emails: [ada@example.com], handles: ["@ada"]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError
from gameday.base.tables import read_table, shown

KEY = "people"
_EMAIL = re.compile(r"[^\s@<>,]+@[^\s@<>,]+")
_HANDLE = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")


class Person(msgspec.Struct, frozen=True):
    """Who acts for an owner: e-mail addresses and handles, in lower case and without ``@``."""

    emails: frozenset[str] = frozenset()
    handles: tuple[str, ...] = ()


People = Mapping[str, Person]
"""By the owner's username in the contracts."""


class _Row(msgspec.Struct, frozen=True):
    owner: str
    emails: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()


def read_people(data: bytes, *, where: str) -> dict[str, Person]:
    """The people of a registry in YAML; none if it names none. Raises GamedayError with the bad value."""
    document = read_yaml(data, where=where, what="a registry of flows")
    rows = document.get(KEY) if isinstance(document, dict) else None
    if rows is None:
        return {}
    if not isinstance(rows, list):
        raise GamedayError(f"{where}: {KEY}: {shown(rows)} is not a list", hint="write - {owner: ..., emails: [...]}")
    people: dict[str, Person] = {}
    for number, row in enumerate(rows, 1):
        owner, person = _person(row, f"{where}: {KEY} {number}")
        if owner in people:
            raise GamedayError(f"{where}: {KEY} {number}: {shown(owner)} is already there", hint="one entry an owner")
        people[owner] = person
    return people


def _person(row: Any, where: str) -> tuple[str, Person]:
    read = read_table(_Row, row, where=where)
    for what, known, values in (("an e-mail address", _EMAIL, read.emails), ("a handle", _HANDLE, read.handles)):
        for value in values:
            if not known.fullmatch(value):
                raise GamedayError(f"{where}: {shown(value)} is not {what}")
    emails = frozenset(email.lower() for email in read.emails)
    return read.owner, Person(emails, tuple(handle.lower().removeprefix("@") for handle in read.handles))
