"""A fault kind that Salesforce's fake does not know: searches take long."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from gameday.api import FaultKind, Reply, Request, RequestFault, Route


class SlowSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Searches take long; everything else is as fast as ever."""

    delay_s: Annotated[float, Meta(ge=0, le=3600, description="Scenario seconds.")] = 30.0


class SlowSearchFault(RequestFault):
    """Delays each query before it is carried out."""

    rank = 0

    def hits(self, route: Route, key: str | None) -> bool:
        return route.is_a("query")

    async def before(self, request: Request, route: Route, key: str | None) -> Reply | None:
        await self.fake.clock.sleep(self.params.delay_s)
        return None


SLOW_SEARCH = FaultKind(fake="salesforce", name="slow_search", params=SlowSearch, apply=SlowSearchFault)
