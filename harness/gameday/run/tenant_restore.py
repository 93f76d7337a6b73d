"""Gives a sandbox tenant back what a fault has changed of its metadata; it has to prove itself anew."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence

from gameday.base.errors import RunError
from gameday.run.sandbox_tenants import PROBLEMS, driving
from gameday_fakes.sandbox.changes import Before
from gameday_fakes.sandbox.settings import TenantSettings, new_tag
from gameday_fakes.sandbox.tenant import UNREADABLE, Tenant

#: How long all calls of one step may take together (real seconds).
_LIMIT_S = 60.0


async def restore(vendor: str, settings: TenantSettings, before: Sequence[Before]) -> None:
    """Give the tenant back what it had, and read that it has it. Raises RunError."""
    async with driven(vendor, settings) as tenant:
        await tenant.restore(before)


@contextlib.asynccontextmanager
async def driven(vendor: str, settings: TenantSettings) -> AsyncIterator[Tenant]:
    """What drives a tenant that has just proved to be a sandbox. Raises RunError, also for what its block raises."""
    try:
        async with asyncio.timeout(_LIMIT_S), driving(new_tag(), {vendor: settings}, os.environ) as tenants:
            await tenants[vendor].connections.prove_now()
            yield tenants[vendor]
    except (*PROBLEMS, *UNREADABLE, TimeoutError) as problem:
        raise RunError(f"{vendor}: {settings.host}: {problem or type(problem).__name__}") from None
