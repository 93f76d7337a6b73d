"""Which hosts an isolated stack tried to reach that are no fakes. Pure: history in, clause out."""

from __future__ import annotations

from collections.abc import Iterable

from gameday.model.events import HostTried
from gameday.model.history import History


def tried_hosts(history: History) -> tuple[str, ...]:
    """Each host once, as it was tried first, in order; one for which no name server was asked says how."""
    return shown_hosts(op.event for op in history.of(HostTried))


def shown_hosts(tried: Iterable[HostTried]) -> tuple[str, ...]:
    """The same of events that are in no history."""
    how: dict[str, set[str]] = {}
    for event in tried:
        how.setdefault(event.host, set()).add(event.how)
    return tuple(_with_way(host, ways) for host, ways in how.items())


def _with_way(host: str, ways: set[str]) -> str:
    if "name" in ways:
        return host
    return f"{host} (by {'its address' if 'address' in ways else 'the proxy'})"


def tried_sentence(hosts: tuple[str, ...], most: int = 5) -> str:
    """The hosts in one clause, further ones counted; empty without any."""
    if not hosts:
        return ""
    more = f" and {len(hosts) - most:,} more" if len(hosts) > most else ""
    several = "a host that is no fake" if len(hosts) == 1 else f"{len(hosts):,} hosts that are no fakes"
    return f"it tried to reach {several}: {', '.join(hosts[:most])}{more}"
