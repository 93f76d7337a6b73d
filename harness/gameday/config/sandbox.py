"""``[sandbox]`` of gameday.toml: which flows run in real sandbox tenants, and where these are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gameday.base.durations import parse_duration
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown
from gameday.model.scenario import Flow
from gameday_fakes.sandbox.settings import TenantSettings

#: For at most so long the proxies may stay open without gameday.
LONGEST_OPEN_S = 31 * 86400.0
HINT = "write [sandbox.tenants.VENDOR] with host and allow: docs/staging.md"


class SandboxTable(msgspec.Struct, frozen=True):
    """``[sandbox]``: ``flows`` are the contracts of the flows in mode sandbox, ``tenants`` those of each vendor.

    ``proxy`` is the URL of an HTTP proxy that leads to the tenants, where one is needed. ``when_gameday_dies`` says
    what becomes of a stack that runs already: "closed", or "open" for ``open_for`` (gameday.run.pass_through).
    """

    flows: Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]
    tenants: dict[str, TenantSettings]
    proxy: Annotated[str, Meta(pattern=r"^(|http://[A-Za-z0-9.-]+:[0-9]{1,5})\Z")] = ""
    when_gameday_dies: Literal["closed", "open"] = "closed"
    open_for: str = "1 day"

    @property
    def open_for_s(self) -> float:
        """For how long requests still pass if gameday dies (real seconds); 0 for not at all."""
        return parse_duration(self.open_for) if self.when_gameday_dies == "open" else 0.0

    def of(self, flow: Flow) -> dict[str, TenantSettings]:
        """The tenants of a flow, by its vendors; none for a flow that is not in mode sandbox. Raises GamedayError."""
        if flow.contract not in self.flows:
            return {}
        for vendor in (flow.crm, flow.erp):
            if vendor not in self.tenants:
                raise GamedayError(f"flow {flow.contract!r} is in mode sandbox, and {vendor} has no tenant", hint=HINT)
        return {vendor: self.tenants[vendor] for vendor in (flow.crm, flow.erp)}


def read_sandbox(table: object, path: Path) -> SandboxTable:
    """Read the table. Raises GamedayError naming the table, the key and the bad value, and for what is no sandbox."""
    where = f"[sandbox] of {path}"
    if not isinstance(table, dict):
        raise GamedayError(f"{where} is {shown(table)}, which is not a table", hint=HINT)
    tables = table.get("tenants", {})
    if not isinstance(tables, dict):
        raise GamedayError(f"'tenants' in {where} is {shown(tables)}, which is not a table", hint=HINT)
    found = read_table(SandboxTable, {**table, "tenants": {}}, where=where)
    _check_open(found, where)
    tenants = {name: _tenant(name, each, path, found.proxy) for name, each in tables.items()}
    return msgspec.structs.replace(found, tenants=tenants)


def _check_open(table: SandboxTable, where: str) -> None:
    try:
        open_for_s = parse_duration(table.open_for)
    except GamedayError as problem:
        raise GamedayError(f"'open_for' in {where}: {problem.problem}", hint=problem.hint) from None
    if not 0 < open_for_s <= LONGEST_OPEN_S:
        most = f"{LONGEST_OPEN_S / 86400:g} days"
        raise GamedayError(f"'open_for' in {where} is {table.open_for!r}", hint=f"more than 0, and at most {most}")


def _tenant(name: str, table: object, path: Path, proxy: str) -> TenantSettings:
    # Most configurations have no tenants.
    from gameday_fakes.registry import fake_kinds
    from gameday_fakes.sandbox.proxy import tenant_kind

    where = f"[sandbox.tenants.{name[:80]}] of {path}"
    kinds = {each: kind for each, kind in fake_kinds().items() if kind.sandbox_driver}
    if name not in kinds:
        raise unknown("tenant", name[:80], kinds, where=str(path))
    settings = read_table(TenantSettings, table, where=where)
    try:
        checked = tenant_kind(kinds[name]).check_settings(settings)
    except ValueError as problem:
        raise GamedayError(f"{where}: {problem}") from None
    return msgspec.structs.replace(checked, proxy=checked.proxy or proxy)
