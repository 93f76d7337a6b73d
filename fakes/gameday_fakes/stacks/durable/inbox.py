"""The inbox: incoming deals are on disk before the sender gets its acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gameday_fakes.stacks.durable.crm import Notification
from gameday_fakes.stacks.durable.store import Store


class Inbox:
    """Deals that wait for a worker. ``in_hand`` are the claimed ones; a restart releases them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.in_hand: set[str] = set()
        #: Set when there may be work.
        self.news = asyncio.Event()

    async def receive(self, notifications: Sequence[Notification]) -> None:
        """Store events; they survive a kill of the process once this returns."""
        for notification in notifications:
            self.store.enqueue(notification.record, delivered=True, payload=notification.fields)
        await self.store.committed()
        self.news.set()

    def add(self, deal: str, record: Mapping[str, Any] | None = None) -> None:
        """Store a deal that the reconciler found and no event delivered; with what it read of a deal that is new."""
        self.store.enqueue(deal, delivered=False, payload=record)
        self.news.set()

    def claim(self, limit: int) -> list[str]:
        """Claim up to ``limit`` deals that are due, the oldest first."""
        claimed = self.store.due(limit, self.in_hand)
        self.in_hand.update(claimed)
        return claimed

    def release(self, deal: str) -> None:
        """Release a deal that a worker has finished, settled or not."""
        self.in_hand.discard(deal)
        self.news.set()
