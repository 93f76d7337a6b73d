"""The people whom the fake knows: the integration's own user, and one for each role of owner."""

from __future__ import annotations

from typing import Any

from gameday_fakes.jira.manifest import MANIFEST

_ROLES = ("sync", "source", "sink", "platform", "finance")


def _user(number: int, name: str, email: str, shown: str) -> dict[str, Any]:
    # Account ids at Atlassian are opaque; names and keys exist in Data Center only.
    account = f"5b10a2844c20165700ede{number:03d}"
    person = {"accountId": account, "accountType": "atlassian", "name": name, "key": name, "emailAddress": email}
    return {**person, "displayName": shown, "active": True}


#: The first is the user of the credentials.
USERS = (
    _user(0, MANIFEST.credentials["user"], MANIFEST.credentials["user"], "Integration"),
    *(_user(at, role, f"{role}@example.com", role) for at, role in enumerate(_ROLES, start=1)),
)
_NAMES = ("accountId", "name", "key", "emailAddress", "displayName")


def find_user(name: str) -> dict[str, Any] | None:
    """The user with this account id, name, key, address or display name, in any case."""
    return next((user for user in USERS if name.casefold() in (user[kind].casefold() for kind in _NAMES)), None)


def like(query: str) -> list[dict[str, Any]]:
    """The users of whose names or address a word begins with the query."""
    asked = query.casefold()
    return [user for user in USERS if any(user[kind].casefold().startswith(asked) for kind in _NAMES)]


def shown(given: Any) -> Any:
    """A user as an issue shows it: all that is known of one whom the fake knows, others as they were given."""
    known = next((user for name in names_of(given) if (user := find_user(name))), None)
    return known or given


def names_of(given: Any) -> list[str]:
    """All names of a user of an issue; of one whom the fake knows, all that it has."""
    if not isinstance(given, dict):
        return []
    said = [given[kind] for kind in _NAMES if isinstance(given.get(kind), str)]
    known = next((user for name in said if (user := find_user(name))), {})
    return list(dict.fromkeys([*said, *(known[kind] for kind in _NAMES if kind in known)]))
