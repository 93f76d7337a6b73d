"""Keeps the stacks of a gate away from other machines: without a network, or by a proxy that refuses other names."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Literal

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import StackTable
from gameday.gate.request import Request
from gameday.run.network import URL_VARIABLE
from gameday.run.offline import go_offline

NONE = "none but loopback"
PROXY = "a proxy that refuses"
#: Clients of daemons that start the stack in a network of their own.
_CONTAINERS = ("docker", "docker-compose", "podman", "podman-compose", "nerdctl", "kubectl", "finch")


def keep_in(wanted: Literal["auto", "none", "proxy"], request: Request) -> str:
    """Leave all networks but loopback, for good, if that is wanted and possible; returns NONE or PROXY.

    If it is not possible, ``none`` raises GamedayError and ``auto`` returns PROXY.
    """
    if wanted == "proxy":
        return PROXY
    reason = _needed_outside(request)
    if not reason and not go_offline():
        reason = "the system allows no network namespace"
    if reason and wanted == "none":
        raise GamedayError(f"--network none is not possible: {reason}", hint="use auto or proxy")
    return PROXY if reason else NONE


def _needed_outside(request: Request) -> str:
    """What could not be reached any more, in one clause; empty if nothing."""
    if os.environ.get(URL_VARIABLE, "").strip():
        return f"{URL_VARIABLE} names a server that runs already"
    for table in filter(None, (request.candidate, request.current)):
        if table.url:
            return f"stack {table.name!r} runs already"
        if _container(table):
            return f"stack {table.name!r} is started by a daemon, in a network of its own"
    return ""


def _container(table: StackTable) -> bool:
    return PurePath(table.command[0]).name in _CONTAINERS
