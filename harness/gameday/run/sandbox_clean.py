"""Removes from sandbox tenants what a run has made there, and reads again whether anything is left."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from gameday.base.cancellation import finish
from gameday.base.errors import RunError
from gameday.run.sandbox_run import SANDBOX_FILE, read_tenants
from gameday_fakes.clock import Clock
from gameday_fakes.declared import ControlError
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.connection import TenantGone
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.proxy import credentials_of, tenant_kind
from gameday_fakes.sandbox.settings import RunRecords, TenantSettings
from gameday_fakes.sandbox.tenant import Tenant


def clean(tag: str, tenants: Mapping[str, TenantSettings], environment: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Remove everything that bears a run's tag; how many records of each type were removed, by vendor.

    Each tenant proves first that it is a sandbox that is allowed. Doing it again removes nothing more. Raises RunError.
    """
    return asyncio.run(_clean(tag, tenants, environment))


@contextlib.asynccontextmanager
async def leaving_nothing(run_dir: Path, tenants: Mapping[str, TenantSettings]) -> AsyncIterator[None]:
    """What a run of this folder makes in tenants is removed at the end, whatever happens. Raises RunError."""
    try:
        yield
    finally:
        if tenants and (run_dir / SANDBOX_FILE).exists():
            await finish(_remove(run_dir, tenants))


async def _remove(run_dir: Path, tenants: Mapping[str, TenantSettings]) -> None:
    await _clean(read_tenants(run_dir).tag, tenants, os.environ)


async def _clean(
    tag: str, settings: Mapping[str, TenantSettings], environment: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    records, kinds = RunRecords(tag), fake_kinds()
    tenants: dict[str, Tenant] = {}
    removed = {}
    try:
        # Orders first: in the CRM they are still found by the deals that they name.
        for vendor in sorted(settings, key=lambda vendor: kinds[vendor].role != "erp"):
            kind = kinds[vendor]
            credentials = credentials_of(kind, environment, settings[vendor].host)
            tenants[vendor] = tenant_kind(kind)(settings[vendor], credentials, Clock(), records)
        for tenant in tenants.values():
            await tenant.remember()
        for vendor, tenant in tenants.items():
            removed[vendor] = await tenant.clean()
    except (ControlError, NotASandbox, TenantGone, ValueError) as problem:
        done = "; ".join(f"{vendor}: {sum(counts.values())} records removed" for vendor, counts in removed.items())
        raise RunError(f"not all is removed: {problem}", hint=done or "nothing was removed") from None
    finally:
        for tenant in tenants.values():
            await tenant.close()
    return removed
