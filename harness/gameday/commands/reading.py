"""Reads the tenants of gameday.toml for ``gameday reconcile``, and says what was read."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gameday.base.errors import GamedayError
from gameday.base.terminal import show

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.reconcile.kept import Period
    from gameday.reconcile.layout import Side
    from gameday.reconcile.reading import Source
    from gameday_fakes.sandbox.reading import TenantReader

#: Where what is read is kept, by contract, unless --kept says it.
KEPT = Path("reconcile")
#: Reading the first time takes hours; so often it is said how far it is (real seconds).
SHOWN_EVERY_S = 15.0


def read_vendors(
    configured: Config, contract: str, since: str, until: str | None, kept: Path | None, *, quiet: bool
) -> tuple[Path, Path]:
    """Read the deals and orders of a period; the exports that were made of them. Raises GamedayError."""
    from gameday.reconcile.reading import SIDES, read_tenants

    source = _source(configured, contract, _period(since, until), (lambda _: None) if quiet else _Progress())
    read = read_tenants(source, kept or KEPT / contract)
    if not quiet:
        for side in SIDES:
            what = "deals" if side == "crm" else "orders"
            anew, calls = f"{read.anew[side]:,} read anew", f"{read.calls[side]:,} calls"
            show(f"{source.readers[side].settings.host}: {read.documents[side]:,} {what}, {anew}, {calls}")
    return read.files["crm"], read.files["erp"]


class _Progress:
    """Shows how far the reading is, on standard error: the first line, and then one every few seconds."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def __call__(self, line: str) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + SHOWN_EVERY_S
            show(line, err=True)


def _source(configured: Config, contract: str, period: Period, tell: Callable[[str], None]) -> Source:
    from gameday.contracts.odcs import contract_columns, load_contract
    from gameday.reconcile.reading import Source

    loaded = load_contract(contract, configured.contract_folders)
    return Source(
        contract=loaded,
        compared=contract_columns(contract, configured.contract_folders),
        readers=_readers(configured, loaded.match),
        period=period,
        tell=tell,
    )


def _readers(configured: Config, match: str) -> dict[Side, TenantReader]:
    """The readers of the tenants, one of each side. Raises GamedayError for a side without one, or with two."""
    from gameday.config.reconcile import HINT
    from gameday.reconcile.reading import SIDES
    from gameday_fakes.registry import fake_kinds
    from gameday_fakes.sandbox.reading import reader_of

    if configured.reconcile is None:
        raise GamedayError(f"{configured.path or 'gameday.toml'} names no tenants to read", hint=HINT)
    kinds, vendors = fake_kinds(), dict[str, str]()
    for vendor in configured.reconcile.tenants:
        role = kinds[vendor].role
        if role not in SIDES or role in vendors:
            raise GamedayError(f"[reconcile] has {vendor}, and one CRM and one ERP are compared", hint=HINT)
        vendors[role] = vendor
    if missing := [side for side in SIDES if side not in vendors]:
        raise GamedayError(f"[reconcile] names no tenant of the {missing[0].upper()}", hint=HINT)
    readers: dict[Side, TenantReader] = {}
    for side in SIDES:
        vendor, fields = vendors[side], match if side == "erp" else ""
        try:
            readers[side] = reader_of(kinds[vendor], configured.reconcile.tenants[vendor], os.environ, fields)
        except ValueError as problem:
            raise GamedayError(f"{vendor}: {problem}", hint="docs/reconcile.md") from None
    return readers


def _period(since: str, until: str | None) -> Period:
    from gameday.reconcile.kept import Period

    yesterday = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
    first, last = _day("--since", since), _day("--until", until) if until else yesterday
    if last < first:
        raise GamedayError(f"the period ends on {last}, before it begins on {first}", hint="see --until")
    return Period(first.isoformat(), last.isoformat())


def _day(option: str, text: str) -> datetime.date:
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        raise GamedayError(f"{option} is {text[:40]!r}, not a date such as 2026-01-31") from None
