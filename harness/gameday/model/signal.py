"""A signal: an alert, page or ticket that the stack raised, in one shape for every source."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal

import msgspec

from gameday.base.registry import Registry


class Signal(msgspec.Struct, frozen=True):
    """An alert, page or ticket.

    ``kind``: an alert pages, a ticket is filed. ``action``: a later ``acknowledge`` or ``resolve`` has the ``key`` of
    its ``trigger``.
    ``flow`` is the flow's name if the signal gives one. ``orders`` are the deal ids anywhere in its text. ``owner`` is
    who received it, ``reason`` why it was raised, ``context`` the payload snapshots by deal id, ``first_seen`` when the
    stack first saw the problem, in the stack's own format. ``summary`` is its title, ``rule`` the name of the rule or
    class that raised it, if it gives one. ``text`` is all of it, for the report. ``route`` is where it was sent and
    where it came from, as far as the vendor says, by ``gameday.config.signal_routes.ROUTES``: ``service``, ``source``.
    """

    kind: Literal["alert", "ticket"]
    source: str
    action: Literal["trigger", "acknowledge", "resolve"]
    key: str
    orders: tuple[str, ...] = ()
    flow: str = ""
    owner: str = ""
    reason: str = ""
    context: dict[str, Any] = {}
    first_seen: str = ""
    severity: str = ""
    text: str = ""
    summary: str = ""
    rule: str = ""
    route: dict[str, tuple[str, ...]] = {}

    @property
    def name(self) -> tuple[str, str]:
        """What a later acknowledgement or resolution of the same alert has too."""
        # A pager keeps the alerts of each routing key apart.
        return " ".join((self.source, *self.route.get("routing_key", ()))), self.key


Normalise = Callable[[dict[str, Any], Collection[str]], Signal]
"""``normalise(raw event of the fake, known deal ids) -> Signal``."""

signals: Registry[Normalise] = Registry("signal source", package="gameday.signals", group="gameday.signals")
