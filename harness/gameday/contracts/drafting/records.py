"""Drafts either side from sample records: JSON lines in the form of docs/interfaces.md, "Records"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.counts import out_of, plural
from gameday.base.errors import GamedayError
from gameday.contracts.drafting.draft import Draft, Element, Property, Side
from gameday.contracts.drafting.samples import Samples
from gameday.contracts.pair import Pair, pair_of
from gameday.records.names import is_identifier
from gameday.records.redaction.report import SHOWN_FROM
from gameday_fakes.manifests import every, of_role

#: More lines would not change a guess.
MOST_RECORDS = 100_000
MAX_LINE_BYTES = 8 * 1024 * 1024
#: No useful contract is nested deeper, or has more fields.
MAX_DEPTH = 12
MAX_FIELDS = 2_000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}\Z")

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Skipped(msgspec.Struct):
    """How many lines were not records, and the first of them."""

    lines: int = 0
    first: int = 0
    why: str = ""

    def add(self, line: int, why: str) -> None:
        """Count one more."""
        if not self.lines:
            self.first, self.why = line, why
        self.lines += 1


class _Group:
    """One element of the schema, or the items of a list: how many were seen, and their fields."""

    def __init__(self, depth: int = 0) -> None:
        self.seen = 0
        self.records = 0
        self.fields: dict[str, Samples] = {}
        self._objects: set[str] = set()
        self.lists: dict[str, _Group] = {}
        self._depth = depth

    def add(self, value: dict[str, Any]) -> None:
        self.seen += 1
        self._add(value, "")

    def _add(self, value: dict[str, Any], above: str) -> None:
        for name, inner in value.items():
            path = f"{above}.{name}" if above else name
            if not _NAME.match(name) or name in every("attributes") or path.count(".") > MAX_DEPTH:
                continue  # a name that no contract can have, or the API's own attributes
            if isinstance(inner, dict):
                # An object only contains its fields, as in PricebookEntry.ProductCode.
                self._objects.add(path)
                self._add(inner, path)
                continue
            samples = self.fields.get(path)
            if samples is None:
                if len(self.fields) >= MAX_FIELDS:
                    raise GamedayError(f"the records have more than {MAX_FIELDS:,} fields", hint="are names data?")
                samples = self.fields[path] = Samples(path)
            if inner is None:
                continue
            samples.add(inner)
            if isinstance(inner, list) and self._depth < MAX_DEPTH:
                items = self.lists.setdefault(path, _Group(self._depth + 1))
                for item in inner:
                    if isinstance(item, dict):
                        items.add(item)

    def properties(self, *, optional: bool = False) -> Iterator[Property]:
        """The fields in the order first seen; none is required if the whole is ``optional``."""
        mixed = {path for path in self._objects if path in self.fields and self.fields[path].seen}
        for path, samples in self.fields.items():
            if not is_identifier(path.rpartition(".")[2]) and samples.seen < SHOWN_FROM:
                continue  # a key that is data
            if path in mixed:
                yield Property(path, notes=("TO DO: its type; sometimes it is an object",))
            elif path not in self._objects and not any(path.startswith(f"{above}.") for above in mixed):
                items = self.lists.get(path)
                inner = tuple(items.properties()) if items else ()
                yield samples.property(self.seen, optional=optional, inner=inner)


def draft_records(
    lines: Iterable[bytes], origin: str, pair: Pair | None = None, *, side: Side | None = None
) -> tuple[Draft, Skipped]:
    """One side of a contract, from records (JSON lines) in bounded memory, and the skipped lines.

    Without ``side``, records of a type that an ERP's manifest names are the ERP's and all others the CRM's. Of which
    vendor they are, the type says too, else ``pair``. Raises GamedayError if there is no record.
    """
    groups: dict[str, _Group] = {}
    skipped = Skipped()
    main = ""
    number = 0
    for number, line in enumerate(lines, start=1):
        if number > MOST_RECORDS:
            break
        if not line.strip():
            continue
        try:
            record = _record(line, main)
        except ValueError as problem:
            skipped.add(number, str(problem))
            continue
        if not main:
            main = _main(record)
            groups[main] = _Group()
        for name, value in record.items():
            if value is None:
                continue
            group = groups.setdefault(name, _Group())
            group.records += 1
            for each in value if isinstance(value, list) else [value]:
                group.add(each)
    if not main:
        why = f"line {skipped.first}: {skipped.why}" if skipped.lines else "it is empty"
        raise GamedayError(f"no record in {origin}: {why}", hint='one a line: {"Opportunity": {...}, ...}')
    side = side or ("erp" if _vendor_of(main, "erp") else "crm")
    count = groups[main].seen
    elements = [_element(name, group, count) for name, group in groups.items()]
    system = _vendor_of(main, side) or (pair or pair_of()).of(side)
    filled = tuple(element for element in elements if element.is_filled)
    if not elements[0].is_filled:
        raise GamedayError(f"no field of {main!r} in {origin} has one type", hint="are these records of one kind?")
    return Draft(side, system, f"{plural(count, 'record')} in {origin}", filled), skipped


def _vendor_of(record_type: str, side: Side) -> str:
    """The vendor of a side that has records of this type; empty where none has."""
    known = ((name, each.objects) for name, each in of_role(side).items())
    return next((name for name, types in known if record_type.lower() in map(str.lower, types)), "")


def _element(name: str, group: _Group, records: int) -> Element:
    missing = records - group.records
    note = f"missing in {out_of(missing, records, 'record')}, so none of its fields is required"
    properties = tuple(group.properties(optional=missing > 0))
    return Element(name, "object", properties, notes=(note,) if missing else ())


def _main(record: dict[str, Any]) -> str:
    """The name of the record itself: the first element that is not a list."""
    return next((name for name, value in record.items() if isinstance(value, dict)), "")


def _record(line: bytes, main: str) -> dict[str, Any]:
    """A record. Raises ValueError with a reason that does not quote it."""
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"it has more than {MAX_LINE_BYTES:,} bytes")
    try:
        record = _decode(line)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8; it may be Latin-1 or Windows-1252") from None
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(record, dict) or not record:
        raise ValueError("it is not an object")
    if not isinstance(record.get(main or _main(record)), dict):
        raise ValueError(f"it has no object {main!r}" if is_identifier(main) else "it has no object")  # noqa: TRY004 - the record is wrong, not its type
    for name, value in record.items():
        inner = value if isinstance(value, list) else [{} if value is None else value]
        if not _NAME.match(name) or not all(isinstance(each, dict) for each in inner):
            called = repr(name) if is_identifier(name) else "a name that looks like data"
            raise ValueError(f"{called} is neither an object nor a list of objects")
    return dict(record)
