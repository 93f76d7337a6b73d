"""``[publish.TARGET]`` of gameday.toml: where `gameday publish --send` sends a postmortem."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.tables import read_table, shown


class PublishTable(msgspec.Struct, frozen=True):
    """An address, and what no run knows.

    ``url`` is the tool's base URL, or of Slack and OpenTelemetry that of the call. ``user`` goes with the token where
    the tool wants both. ``fields`` are added to what is sent: the project, the space, the channel.
    """

    url: str
    user: str = ""
    fields: dict[str, Any] = {}


def read_publish(tables: object, path: Path) -> dict[str, PublishTable]:
    """Read the tables by their targets. Raises GamedayError naming the table, the key and the bad value."""
    if not isinstance(tables, dict):
        raise GamedayError(f"[publish] of {path} is {shown(tables)}, not a table", hint="write [publish.jira]")
    found = {}
    for name, table in tables.items():
        where = f"[publish.{name}] of {path}"
        found[name] = read_table(PublishTable, table, where=where)
        _check_url(found[name].url, where)
    return found


def _check_url(url: str, where: str) -> None:
    """A token goes over TLS, or stays on this machine; it is never in the address, which is shown."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise GamedayError(f"bad value {shown(url)} for 'url' in {where}", hint="such as https://example.com") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment:
        raise GamedayError(f"bad value {shown(url)} for 'url' in {where}", hint="such as https://example.com")
    if parts.scheme == "http" and not _is_loopback(host):
        raise GamedayError(f"{shown(url)} in {where} is not https", hint="a token would cross the network in the clear")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
