"""How a stack reaches the fakes, for the doctor: what came over each link, and the lines that a table lacks.

An attempt gives the stack every line at once. How its requests then arrive shows which of them it needs.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Sequence

import msgspec

from gameday.base.counts import plural
from gameday.config.stack_address import PLAIN_PORTS
from gameday.config.stack_table import StackTable
from gameday.run.address import asked
from gameday.run.environment import Environment
from gameday.run.links import HOSTS_ADDRESSES, HTTPS_PORT
from gameday.run.part_check import NotCheckedError, PartCheck
from gameday_fakes.connect import Asked, matches
from gameday_fakes.registry import fake_kinds

CARRY = "its links carry its traffic"
ATTEMPT = "the lines that its table lacks"
PRELOAD = "gameday-node-preload"

#: Lines of a stack's environment by the kind of client that needs them; docs/https.md has them all.
LINES: dict[str, dict[str, str]] = {
    "": {"HTTPS_PROXY": "{proxy_url}", "NO_PROXY": "127.0.0.1,localhost"},
    "trust": {"SSL_CERT_FILE": "{ca_file}", "REQUESTS_CA_BUNDLE": "{ca_file}"},
    "node": {"NODE_EXTRA_CA_CERTS": "{ca_file}", "NODE_OPTIONS": '--require "{node_preload}"'},
    "java": {"JAVA_TOOL_OPTIONS": "{jvm_options}"},
}


class LinkUse(msgspec.Struct, frozen=True):
    """What came over the link to the fake of one role; ``asked`` are its requests to the CONNECT listener.

    ``untrusted`` connections over TLS ended in the handshake.
    """

    role: str
    fake: str
    connections: int
    over_tls: int = 0
    untrusted: int = 0
    asked: tuple[Asked, ...] = ()

    @property
    def words(self) -> str:
        """All of it in a few words."""
        if not self.connections:
            return "no connection"
        parts = [f"{self.connections:,} connection{'' if self.connections == 1 else 's'}"]
        if self.over_tls:
            parts.append(f"{self.over_tls:,} over TLS")
        if self.asked:
            clients = sorted({kind_of(each) for each in self.asked} - {""})
            parts.append(f"{len(self.asked):,} by CONNECT{' from ' if clients else ''}{', '.join(clients)}")
        if self.untrusted:
            parts.append(f"{self.untrusted:,} ended in the handshake")
        return ", ".join(parts)


def kind_of(request: Asked) -> str:
    """The kind of client that sent a CONNECT, a key of LINES.

    >>> kind_of(Asked("slack.com", 443, "Java-http-client/17.0.15")), kind_of(Asked("slack.com", 443))
    ('java', '')
    """
    if request.client == PRELOAD:
        return "node"
    return "java" if request.client.startswith("Java") else ""


async def links_used(environment: Environment) -> tuple[LinkUse, ...]:
    """What came over each link to a fake since the environment started. Raises NotCheckedError."""
    if environment.setup.config.fakes_url:
        raise NotCheckedError("the fakes run already, so their counts need not be of this stack alone")
    requests = [each for each in asked(environment.setup.run_dir) if each.led]
    uses = []
    for role, fake in environment.fakes_by_role.items():
        counts = await environment.fakes.traffic(fake)
        own = tuple(each for each in requests if host_of(fake, each.name))
        uses.append(
            LinkUse(
                role,
                fake,
                counts["connections_opened"],
                counts["connections_over_tls"],
                counts["handshakes_failed"],
                own,
            )
        )
    return tuple(uses)


def host_of(fake: str, name: str) -> bool:
    """Whether this is a host name of the vendor that a fake stands for."""
    return any(matches(host, name) for host in fake_kinds()[fake].hosts)


def check_links(uses: Sequence[LinkUse], table: StackTable, refused: Sequence[str]) -> PartCheck:
    """Whether both systems of record were reached over their links, with the counts of every link.

    ``refused`` are the names that the CONNECT listener refused, once for each request.
    """
    details = [(use.role, use.words) for use in uses]
    details += [
        ("refused", f"{name}, {plural(count, 'time')}: it is no fake") for name, count in Counter(refused).items()
    ]
    unused = [use.role for use in uses if use.role in ("crm", "erp") and not use.connections]
    untrusted = [use.role for use in uses if use.untrusted]
    problem = ""
    if untrusted:
        problem = f"the client does not trust the fakes' certificate ({', '.join(untrusted)}); it is in {{ca_file}}"
    elif unused:
        problem = f"nothing came over the link to the {' and the '.join(unused)}"
        if table.url:
            known = ", ".join(f"{name} = 81{number:02}" for number, name in enumerate(PLAIN_PORTS[1:], start=1))
            problem += f"; a stack that runs already needs fixed ports: ports = {{{known}}}"
    return PartCheck(CARRY, problem, details=tuple(details))


def refused_names(environment: Environment) -> list[str]:
    """The names that the CONNECT listener of a run refused, with their ports, once for each request."""
    return [f"{each.name}:{each.port}" for each in asked(environment.setup.run_dir) if not each.led]


def with_every_line(table: StackTable) -> StackTable:
    """A stack's table that asks for TLS, with every line that it does not have itself."""
    every = {name: value for lines in LINES.values() for name, value in lines.items()}
    return msgspec.structs.replace(table, tls=True, env={**every, **table.env})


def lacks_lines(table: StackTable) -> bool:
    """Whether an attempt could show more: a command whose table lacks TLS or one of the lines."""
    return bool(table.commands) and with_every_line(table) != table


def attempt_result(
    uses: Sequence[LinkUse], table: StackTable, problem: str, asked: Sequence[str] | None = None
) -> PartCheck:
    """What an attempt showed: the lines to paste, or that none helps. ``problem`` is how its deal ended.

    ``asked`` are the host names that the stack asked the name server for; None where that is not known.
    """
    reached = [use for use in uses if use.over_tls > use.untrusted]
    if not reached and asked is not None and not any(host_of(use.fake, name) for use in uses for name in asked):
        return PartCheck(ATTEMPT, "", "TLS and a proxy change nothing, and it asked for no host name of a vendor")
    if not reached:
        return PartCheck(ATTEMPT, "", "TLS and a proxy change nothing" + hosts_hint(uses), details=_hosts_lines(uses))
    kinds = {kind_of(each) for use in reached for each in use.asked}
    wanted = {name: value for kind in sorted(kinds) for name, value in LINES[kind].items()}
    if "" in kinds or not kinds:
        wanted |= LINES["trust"]
    if not kinds:
        wanted |= {"NODE_EXTRA_CA_CERTS": LINES["node"]["NODE_EXTRA_CA_CERTS"]}
    lines = [f"[stack.{table.name}]", *([] if table.tls else ["tls = true"]), f"[stack.{table.name}.env]"]
    lines += [f"{name} = {_quoted(value)}" for name, value in wanted.items() if name not in table.env]
    then = f"; then {problem}" if problem else "; then a smoke deal becomes an order"
    note = f"it reaches the {' and the '.join(use.role for use in reached)} over TLS with these{then}"
    return PartCheck(ATTEMPT, "", note, details=tuple(("", line) for line in lines))


def hosts_hint(uses: Sequence[LinkUse]) -> str:
    """What is left for a client that obeys no proxy, as the rest of a sentence."""
    if not _hosts_lines(uses):
        return ""
    if not can_listen(HTTPS_PORT):
        return (
            "; if it knows no proxy, it needs lines in /etc/hosts and port 443, which this machine does not allow "
            "(sysctl net.ipv4.ip_unprivileged_port_start=443)"
        )
    return "; if it knows no proxy, try `hosts = true` in its table, and these lines in /etc/hosts"


def can_listen(port: int) -> bool:
    """Whether this process may listen on a port of the addresses for /etc/hosts."""
    for address in HOSTS_ADDRESSES.values():
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((address, port))
            except OSError:
                return False
    return True


def hosts_line(role: str, fake: str) -> str:
    """The line of /etc/hosts for a role: an address and the vendor's names; empty for a vendor without names."""
    kind = fake_kinds()[fake]
    names = dict.fromkeys([*(host for host in kind.hosts if "*" not in host), *([kind.host] if kind.host else [])])
    return f"{HOSTS_ADDRESSES[role]} {' '.join(names)}" if names else ""


def _hosts_lines(uses: Sequence[LinkUse]) -> tuple[tuple[str, str], ...]:
    lines = (hosts_line(use.role, use.fake) for use in uses)
    return tuple(("", line) for line in lines if line)


def _quoted(value: str) -> str:
    return f"'{value}'" if '"' in value else f'"{value}"'
