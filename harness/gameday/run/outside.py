"""Why a stack cannot be taken off the networks, and what it may reach if it can."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection
from pathlib import PurePath

import msgspec

from gameday.config.gameday_toml import Config, StackTable
from gameday.config.reach import Address, read_reach
from gameday.config.stack_environment import TOXIPROXY_URL_VARIABLE
from gameday.run.offline import can_go_offline, can_record_names

#: Clients of daemons that start the stack in a network of their own.
_CONTAINERS = ("docker", "docker-compose", "podman", "podman-compose", "nerdctl", "kubectl", "finch")

#: How long an address may take to answer the doctor (real seconds).
_ANSWER_S = 3.0


def needed_outside(table: StackTable, fakes_url: str = "") -> str:
    """What a stack or its run could not reach any more in a network namespace, in one clause; empty if nothing."""
    if os.environ.get(TOXIPROXY_URL_VARIABLE, "").strip():
        return f"{TOXIPROXY_URL_VARIABLE} names a server that runs already"
    if fakes_url:
        return "its fakes run already"
    if table.url:
        return f"stack {table.name!r} runs already"
    if any(_container(command) for command in table.commands):
        return f"stack {table.name!r} is started by a daemon, in a network of its own"
    return ""


def why_not_isolated(table: StackTable, config: Config) -> str:
    """Why a stack is not isolated, in one clause; empty if it can be."""
    reason = needed_outside(table, config.fakes_url)
    return reason or ("" if can_go_offline() else "the system allows no network namespace")


class Isolation(msgspec.Struct, frozen=True):
    """How a stack is kept from other machines: ``why_not`` is empty if it is in a network namespace.

    ``reach`` are the addresses that it may reach beside the fakes. ``unanswered`` are those at which nothing answers,
    if they were tried. ``names``: other names that it asks for are recorded. ``already``: this process is in the
    namespace.
    """

    why_not: str = ""
    reach: tuple[Address, ...] = ()
    unanswered: tuple[Address, ...] = ()
    names: bool = True
    already: bool = False

    @property
    def sentence(self) -> str:
        """What the stack may reach, or why it is not isolated, in one clause."""
        if self.why_not:
            return f"not isolated: {self.why_not}"
        beside = f" and {', '.join(map(str, self.reach))}" if self.reach else ""
        unrecorded = "; its gate records which it asks for" if self.already else "; which it asks for is not recorded"
        unseen = "" if self.names else unrecorded
        return f"it reaches the fakes{beside}, and no other name resolves{unseen}"


def isolation_of(table: StackTable, config: Config, *, wanted: bool, tenants: Collection[str] = ()) -> Isolation:
    """How a stack is isolated; ``tenants`` are the vendors whose sandboxes it uses."""
    why_not = why_not_isolated(table, config) if wanted else "--no-isolation"
    why_not = f"its run uses sandboxes of {' and '.join(tenants)}" if tenants else why_not
    return Isolation(why_not) if why_not else Isolation("", reach_of(table), names=can_record_names())


def isolation_in_gate(table: StackTable, *, offline: bool) -> Isolation:
    """How a stack is isolated in a gate, which is ``offline`` itself or leaves the names to a proxy."""
    if not offline:
        return Isolation("its gate leads it by a proxy that refuses other names")
    return Isolation("", reach_of(table), names=False, already=True)


def tried(isolation: Isolation) -> Isolation:
    """The same, with the addresses at which nothing answers: call it outside, for it tries each."""
    unanswered = tuple(address for address in isolation.reach if not _answers(address))
    return msgspec.structs.replace(isolation, unanswered=unanswered)


def _answers(address: Address) -> bool:
    try:
        socket.create_connection((address.host, address.port), timeout=_ANSWER_S).close()
    except OSError:
        return False
    return True


def reach_of(table: StackTable) -> tuple[Address, ...]:
    """What else the stack may reach."""
    return read_reach(table.reach, f"'reach' in [stack.{table.name}]")


def _container(command: tuple[str, ...]) -> bool:
    return PurePath(command[0]).name in _CONTAINERS
