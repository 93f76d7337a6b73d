"""Where work comes in and waits: on disk before the sender is told that it has arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gameday_fakes.stacks.durable.store import Store
from gameday_fakes.stacks.outbound_message import Notification


class Inbox:
    """Deals that wait for a worker. ``in_hand`` are those that a worker has; a restart forgets who had what."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.in_hand: set[str] = set()
        #: Set when there may be something to do.
        self.news = asyncio.Event()

    async def receive(self, notifications: Sequence[Notification]) -> None:
        """Take in events; they outlive the process when this returns."""
        for notification in notifications:
            self.store.enqueue(notification.record, told=True, payload=notification.fields)
        await self.store.committed()
        self.news.set()

    def add(self, deal: str) -> None:
        """Take in a deal that no event told of."""
        self.store.enqueue(deal, told=False)
        self.news.set()

    def claim(self, limit: int) -> list[str]:
        """Up to ``limit`` deals whose turn it is, the oldest first."""
        claimed = self.store.due(limit, self.in_hand)
        self.in_hand.update(claimed)
        return claimed

    def release(self, deal: str) -> None:
        """A worker has done with a deal, well or not."""
        self.in_hand.discard(deal)
        self.news.set()
