"""Mistakes that meet Business Central alone."""

from __future__ import annotations

from gameday_fakes.stacks.durable.bugs.parts import Planted
from gameday_fakes.stacks.durable.listener import Listener


class _Once(Listener):
    _began = False

    async def keep(self) -> None:
        if not self._began:
            self._began = True
            await super().keep()


class NeverRenews(Planted):
    """Subscribes once to the changes of the ERP, and takes silence for a sign that nothing changes there."""

    only = "business-central"
    caught_by = "delivery/lapsed_subscription.feature"
    listener_class = _Once


COMPOSITIONS: dict[str, type[Planted]] = {"never-renews-subscription": NeverRenews}
