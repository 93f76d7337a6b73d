"""Pages sent to Acme's pager."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gameday.api import Signal, find_deals, line, mapping, signal_source, text_of


@signal_source("acme-pager")
def acme_pager(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The page as a signal; ``known`` are the deal ids that it may name. Never raises."""
    page = mapping(raw)
    deals = mapping(page.get("deals"))
    return Signal(
        kind="alert",
        source="acme-pager",
        action="resolve" if page.get("closed") else "trigger",
        key=line(page.get("subject")),
        orders=find_deals(page, known),
        flow=line(page.get("flow")),
        owner=line(page.get("team")),
        reason=line(page.get("problem")),
        context={deal: payload for deal, payload in deals.items() if deal in known and payload},
        text=text_of(page),
    )
