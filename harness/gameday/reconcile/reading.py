"""Reads the deals and orders of a period from the vendors themselves, and writes them as exports.

A deal belongs to a period by its date. Compared are the deals of the period and those that its orders name, with every
order that names one of them, of whatever date: so none is missed because it was booked a day later, and no second one.
The CRM is read before the ERP, for an order follows its deal.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from gameday.base.errors import GamedayError
from gameday.model.contract import Contract
from gameday.reconcile.kept import Kept, Period
from gameday.reconcile.layout import Side, layout_of
from gameday.reconcile.writing import RecordMaker
from gameday.records.normal import encode_record
from gameday_fakes.declared import ControlError
from gameday_fakes.ledger import Entry
from gameday_fakes.sandbox.connection import TenantGone
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.reading import Documents, Listed, NotReadOnly, TenantReader
from gameday_fakes.sandbox.tenant import UNREADABLE, in_parts

SIDES: tuple[Side, Side] = ("crm", "erp")
FILES: Mapping[Side, str] = {"crm": "crm.jsonl", "erp": "erp.jsonl"}
_PROBLEMS = (ControlError, NotASandbox, TenantGone, NotReadOnly, sqlite3.Error, *UNREADABLE)


class Reading(NamedTuple):
    """What was read: the files, how many documents each has, and how many were read anew with how many calls."""

    files: Mapping[Side, Path]
    documents: Mapping[Side, int]
    anew: Mapping[Side, int]
    calls: Mapping[Side, int]


class Source(msgspec.Struct, frozen=True):
    """What is read: the contract with its columns by side (as of ``Request``), the readers by side, and the period.

    ``tell`` is given a line about each thing that is done.
    """

    contract: Contract
    compared: Mapping[str, Mapping[str, str]]
    readers: Mapping[Side, TenantReader]
    period: Period
    tell: Callable[[str], None] = lambda _: None


def read_tenants(source: Source, folder: Path) -> Reading:
    """Read what is new, keep it in ``folder``, and write both exports there; done again, it goes on where it ended.

    Raises GamedayError for a tenant that is not the allowed one, refuses, or has too few calls left.
    """
    state_fields(source)
    of = {f"{side} tenant": reader.settings.host for side, reader in source.readers.items()}
    of |= {"contract": source.contract.name, "fields": " ".join(sorted(_named(source)))}
    with Kept(folder, of) as kept:
        return asyncio.run(_Reading(source, kept).run(folder))


def state_fields(source: Source) -> None:
    """Tell the readers which further fields the contract compares."""
    for side, reader in source.readers.items():
        reader.state([*dict.fromkeys(_further(source.contract, side))])


def _named(source: Source) -> Iterable[str]:
    """What is read of documents beside what always is."""
    for side in SIDES:
        yield from (f"{side}.{name}" for name in _further(source.contract, side))
    yield f"match={source.contract.match}"


def _further(contract: Contract, side: Side) -> Iterable[str]:
    for pair in contract.pairs:
        if pair.rule.compare != "ignored" and pair.part != "customer":
            if side == "crm":
                yield f"line.{pair.crm}" if pair.part.endswith("line") else pair.crm
            else:
                yield pair.erp if pair.part == "order" else f"{pair.part}.{pair.erp}"


class _Reading:
    """One read of both sides."""

    def __init__(self, source: Source, kept: Kept) -> None:
        self._source, self._kept, self._contract = source, kept, source.contract
        self._readers, self._period = source.readers, source.period
        self._anew: dict[Side, int] = dict.fromkeys(SIDES, 0)

    async def run(self, folder: Path) -> Reading:
        """Read and write. Raises GamedayError."""
        side: Side = "crm"
        try:
            for side in SIDES:
                allowed = await self._readers[side].begin()
                self._source.tell(f"{self._host(side)}: {allowed}")
            for side in SIDES:
                await self._update(side)
            side = "crm"
            await self._add_deals()
            side = "erp"
            await self._add_orders()
            side = "crm"
            await self._add_deals()
        except _PROBLEMS as problem:
            raise self._stopped(side, problem) from None
        finally:
            for reader in self._readers.values():
                await reader.close()
        files = {side: folder / FILES[side] for side in SIDES}
        documents = {side: self._write(side, files[side]) for side in SIDES}
        return Reading(files, documents, self._anew, {side: self._readers[side].calls for side in SIDES})

    def _host(self, side: Side) -> str:
        return self._readers[side].settings.host

    def _stopped(self, side: Side, problem: BaseException) -> GamedayError:
        what = "is not the tenant that may be read" if isinstance(problem, NotASandbox) else "cannot be read"
        text = str(problem) if not isinstance(problem, UNREADABLE) or isinstance(problem, ControlError) else ""
        text = text or f"an answer of another form than expected ({type(problem).__name__})"
        hint = "what has been read is kept, and the same command goes on"
        return GamedayError(f"{self._host(side)} {what}: {text}", hint=hint)

    # -- one side ------------------------------------------------------------------------------------

    async def _update(self, side: Side) -> None:
        """Read the days that have not been read, then what has changed since the last time."""
        reader, kept = self._readers[side], self._kept
        mark, since = await reader.newest(), kept.noted(f"{side} since")
        if not since:
            # Whatever changes from now on is found as a change, even if this read is interrupted.
            kept.note(f"{side} since", mark)
        for gap in kept.gaps(side, self._period):
            async for page in reader.listed(gap.first, gap.last):
                known = kept.known(side, [each.id for each in page])
                await self._read(side, [each.id for each in page if each.id not in known])
            if mark:
                kept.listed(side, gap)
        if since:
            async for page in reader.changed(since):
                await self._read(side, self._wanted(side, page))
            await self._forget(side)
        kept.note(f"{side} since", mark)

    def _wanted(self, side: Side, page: Iterable[Listed]) -> list[str]:
        """Of changed documents, those that matter: in the period, kept already, or of a deal that is kept."""
        listed = {each.id: each for each in page}
        wanted = self._kept.known(side, [*listed])
        deals = {each.id: self._contract.referred(each.names) for each in listed.values() if each.names}
        if side == "erp":
            kept = self._kept.known("crm", [*deals.values()])
            wanted |= {id_ for id_, deal in deals.items() if deal in kept}
        first, last = self._period.first, self._period.last
        return [id_ for id_, each in listed.items() if id_ in wanted or first <= each.day <= last]

    async def _forget(self, side: Side) -> None:
        """Forget what has been deleted: nothing else says so."""
        for ids in self._kept.ids(side):
            self._kept.remove(side, {*ids} - await self._readers[side].there(ids))

    async def _read(self, side: Side, ids: list[str]) -> None:
        reader = self._readers[side]
        for some in in_parts(ids, reader.at_once):
            found = await reader.read(some)
            self._kept.put(side, self._deals_of(side, found), found.entries, self._needed(side, found))
            self._kept.remove(side, {*some} - {entry.id for entry in found.entries})
            self._anew[side] += len(found.entries)
            self._source.tell(f"{self._host(side)}: {self._anew[side]:,} read in {reader.calls:,} calls")

    def _deals_of(self, side: Side, found: Documents) -> dict[str, str]:
        if side == "crm":
            return {entry.id: entry.id for entry in found.entries}
        match, referred = self._contract.match, self._contract.referred
        return {entry.id: referred(entry.keys.get(match, "")) for entry in found.entries}

    def _needed(self, side: Side, found: Documents) -> dict[str, dict[str, str]]:
        """Of customers, only the fields by which they are compared."""
        names = {*layout_of(side, self._contract, self._source.compared[side]).account}
        if side == "erp" and self._contract.customer_match:
            names.add(self._contract.customer_match)
        if not names:
            return {}
        return {key: {n: v for n, v in fields.items() if n in names} for key, fields in found.customers.items()}

    # -- what belongs together -----------------------------------------------------------------------

    async def _add_deals(self) -> None:
        """Read the deals that orders name, whatever their dates."""
        await self._read("crm", self._kept.unknown_deals())

    async def _add_orders(self) -> None:
        """Read the orders that name a deal, whatever their dates."""
        pattern, reader = self._contract.match_pattern, self._readers["erp"]
        while deals := self._kept.not_asked():
            async for page in _pages(reader, [pattern.replace("{deal}", deal) for deal in deals]):
                known = self._kept.known("erp", [each.id for each in page])
                await self._read("erp", [each.id for each in page if each.id not in known])
            self._kept.asked(deals)

    # -- the exports ---------------------------------------------------------------------------------

    def _write(self, side: Side, path: Path) -> int:
        """Write the documents of the period as JSON lines, in place of those of the last time; how many."""
        layout = layout_of(side, self._contract, self._source.compared[side])
        maker = RecordMaker(layout, self._contract, self._readers[side].states)
        number, part = 0, path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as file:
                part.chmod(0o600)
                for entry in self._kept.of_period(side, self._period):
                    file.write(encode_record(maker.record(entry, self._customers(side, entry))) + b"\n")
                    number += 1
            part.replace(path)
        except OSError as problem:
            raise GamedayError(f"cannot write {path}: {problem.strerror}") from None
        finally:
            part.unlink(missing_ok=True)
        return number

    def _customers(self, side: Side, entry: Entry) -> dict[str, dict[str, str]]:
        keys = {entry.customer, *(invoice.customer for invoice in entry.invoices)}
        return {key: self._kept.customer(side, key) for key in keys if key}


async def _pages(reader: TenantReader, texts: list[str]) -> AsyncIterator[list[Listed]]:
    async for page in reader.naming(texts):
        yield page
