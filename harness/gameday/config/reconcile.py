"""``[reconcile]`` of gameday.toml: the tenants that `gameday reconcile` reads, which may be those of production."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown
from gameday_fakes.sandbox.settings import TenantSettings

HINT = "write [reconcile.tenants.VENDOR] with host and allow: docs/reconcile.md"


class ReadTenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tenant that is only read: its host, and the ids that are allowed; ``proxy`` is an HTTP proxy that leads there.

    The forms are those of ``TenantSettings``, which has more: fields of records that are made.
    """

    host: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z", max_length=253)]
    allow: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...], Meta(min_length=1)]
    proxy: Annotated[str, Meta(pattern=r"^(|http://[A-Za-z0-9.-]+:[0-9]{1,5})\Z")] = ""


class ReconcileTable(msgspec.Struct, frozen=True):
    """``[reconcile]``: ``tenants`` by vendor; ``proxy`` leads to those that name none."""

    tenants: dict[str, TenantSettings]
    proxy: Annotated[str, Meta(pattern=r"^(|http://[A-Za-z0-9.-]+:[0-9]{1,5})\Z")] = ""


def read_reconcile(table: object, path: Path) -> ReconcileTable:
    """Read the table. Raises GamedayError naming the table, the key and the bad value."""
    where = f"[reconcile] of {path}"
    if not isinstance(table, dict):
        raise GamedayError(f"{where} is {shown(table)}, which is not a table", hint=HINT)
    tables = table.get("tenants", {})
    if not isinstance(tables, dict) or not tables:
        raise GamedayError(f"{where} names no tenants", hint=HINT)
    found = read_table(ReconcileTable, {**table, "tenants": {}}, where=where)
    tenants = {name: _tenant(name, each, path, found.proxy) for name, each in tables.items()}
    return msgspec.structs.replace(found, tenants=tenants)


def _tenant(name: str, table: object, path: Path, proxy: str) -> TenantSettings:
    # Most configurations have no tenants.
    from gameday_fakes.registry import fake_kinds
    from gameday_fakes.sandbox.reading import reader_kind

    where = f"[reconcile.tenants.{name[:80]}] of {path}"
    kinds: Mapping[str, object] = {each: kind for each, kind in fake_kinds().items() if kind.sandbox_reader}
    if name not in kinds:
        raise unknown("tenant", name[:80], kinds, where=str(path))
    given = read_table(ReadTenant, table, where=where)
    try:
        settings = TenantSettings(given.host, given.allow, given.proxy or proxy)
        return reader_kind(fake_kinds()[name]).check_settings(settings)
    except ValueError as problem:
        raise GamedayError(f"{where}: {problem}") from None
