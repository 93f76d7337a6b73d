"""Proves sandbox tenants, and removes from them what a run has made there."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path

from gameday.base.cancellation import finish
from gameday.base.errors import RunError
from gameday.run.sandbox_run import SANDBOX_FILE, read_tenants
from gameday_fakes.clock import Clock
from gameday_fakes.declared import ControlError
from gameday_fakes.fake import Fake
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.connection import TenantGone
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.proxy import credentials_of, tenant_kind
from gameday_fakes.sandbox.settings import UNNAMED, Naming, RunRecords, TenantSettings, new_tag
from gameday_fakes.sandbox.tenant import Tenant
from gameday_fakes.sandbox.verifying import Difference, asked, differences

#: Why a tenant cannot be used.
PROBLEMS = (ControlError, NotASandbox, TenantGone, ValueError)


def clean(
    tag: str, tenants: Mapping[str, TenantSettings], environment: Mapping[str, str], *, naming: Naming = UNNAMED
) -> dict[str, dict[str, int]]:
    """Remove everything that bears a run's tag; how many records of each type were removed, by vendor.

    ``naming`` says how records of the ERP name what bears it. Each tenant proves first that it is a sandbox that is
    allowed. Doing it again removes nothing more. Raises RunError.
    """
    return asyncio.run(_clean(tag, tenants, environment, naming))


@contextlib.asynccontextmanager
async def leaving_nothing(run_dir: Path, tenants: Mapping[str, TenantSettings]) -> AsyncIterator[None]:
    """What a run of this folder makes in tenants is removed at the end, whatever happens. Raises RunError."""
    try:
        yield
    finally:
        if tenants and (run_dir / SANDBOX_FILE).exists():
            await finish(_removed(run_dir, tenants))


async def _removed(run_dir: Path, tenants: Mapping[str, TenantSettings]) -> None:
    await remove(run_dir, tenants)


async def remove(run_dir: Path, tenants: Mapping[str, TenantSettings]) -> dict[str, dict[str, int]]:
    """Remove what a run of this folder has made, as ``clean`` does. Raises RunError."""
    made = read_tenants(run_dir)
    return await _clean(made.tag, tenants, os.environ, made.naming)


@contextlib.asynccontextmanager
async def driving(
    tag: str, settings: Mapping[str, TenantSettings], environment: Mapping[str, str], naming: Naming = UNNAMED
) -> AsyncIterator[dict[str, Tenant]]:
    """What drives each tenant, the ERP's first. Raises ValueError for credentials that the environment lacks."""
    records, kinds = RunRecords(tag, naming), fake_kinds()
    tenants: dict[str, Tenant] = {}
    try:
        for vendor in sorted(settings, key=lambda vendor: kinds[vendor].role != "erp"):
            kind = kinds[vendor]
            credentials = credentials_of(kind, environment, settings[vendor].host)
            tenants[vendor] = tenant_kind(kind)(settings[vendor], credentials, Clock(), records)
        yield tenants
    finally:
        for tenant in tenants.values():
            await tenant.close()


async def _clean(
    tag: str, settings: Mapping[str, TenantSettings], environment: Mapping[str, str], naming: Naming
) -> dict[str, dict[str, int]]:
    removed: dict[str, dict[str, int]] = {}
    try:
        async with driving(tag, settings, environment, naming) as tenants:
            for tenant in tenants.values():
                await tenant.remember()
            # Orders first: in the CRM they are still found by the deals that they name.
            for vendor, tenant in tenants.items():
                removed[vendor] = await tenant.clean()
    except PROBLEMS as problem:
        done = "; ".join(f"{vendor}: {sum(counts.values())} records removed" for vendor, counts in removed.items())
        raise RunError(f"not all is removed: {problem}", hint=done or "nothing was removed") from None
    return removed


def check(tenants: Mapping[str, TenantSettings], environment: Mapping[str, str]) -> Iterator[str]:
    """A line for each tenant: the id that it has proved, and what it allows. Writes nothing. Raises RunError."""
    for vendor, settings in tenants.items():
        yield asyncio.run(_check(vendor, settings, environment))


async def _check(vendor: str, settings: TenantSettings, environment: Mapping[str, str]) -> str:
    try:
        async with driving(new_tag(), {vendor: settings}, environment) as tenants:
            identity = await tenants[vendor].connections.prove_now()
            allowance = await tenants[vendor].allowance()
    except PROBLEMS as problem:
        raise RunError(f"{vendor}: {settings.host}: {problem}") from None
    return f"{vendor}: {settings.host} has proved to be the sandbox {identity}; {allowance}"


#: What gets a vendor, the object that its answer describes, and the answer's body.
Keep = Callable[[str, str, bytes], None]


def verify(
    tenants: Mapping[str, TenantSettings],
    environment: Mapping[str, str],
    kinds: Mapping[str, type[Fake]],
    keep: Keep = lambda *_: None,
) -> Iterator[tuple[str, Difference]]:
    """Where the fakes of these kinds differ from the tenants of their vendors. Writes nothing. Raises RunError.

    ``keep`` gets what a tenant says of its objects, which names no record.
    """
    for vendor, settings in tenants.items():
        for difference in asyncio.run(_verify(vendor, settings, environment, kinds[vendor], keep)):
            yield vendor, difference


async def _verify(
    vendor: str, settings: TenantSettings, environment: Mapping[str, str], kind: type[Fake], keep: Keep
) -> list[Difference]:
    found: list[Difference] = []
    try:
        async with driving(new_tag(), {vendor: settings}, environment) as tenants:
            for probe in tenants[vendor].probes:
                theirs = await tenants[vendor].ask(probe.method, probe.target, probe.body, probe.headers)
                found += differences(probe, theirs, await asked(kind, probe, settings.host))
                if probe.describes and theirs.status == HTTPStatus.OK:
                    keep(vendor, probe.describes, theirs.body)
    except PROBLEMS as problem:
        raise RunError(f"{vendor}: {settings.host}: {problem}") from None
    return found
