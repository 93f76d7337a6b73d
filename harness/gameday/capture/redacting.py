"""Redacts captured records, and finds the fields that the contract keeps although their values look personal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gameday.base.errors import GamedayError
from gameday.capture.raw_record import RawRecord, Refused, encode_record
from gameday.capture.source import RefusedLines
from gameday.model.contract import Field
from gameday.records.kept import KeptField, KeptValues, hide
from gameday.records.redaction import Redactor

UNREDACTABLE = "cannot be redacted"
#: How many fields a message names.
_NAMED = 5


class Redacted(msgspec.Struct, frozen=True):
    """Redacted records, each with its line in the source, by the redactor that made them.

    ``hidden``: fields that the contract keeps, but whose values look personal, so that they were redacted too.
    """

    lines: tuple[tuple[int, bytes], ...]
    redactor: Redactor
    hidden: tuple[KeptField, ...] = ()


def redact_all(
    raw_records: Sequence[RawRecord], fields: Sequence[Field], key: bytes, refused: RefusedLines
) -> Redacted:
    """Redact records by the fields of a contract, and what looks personal among the fields that it keeps.

    What cannot be redacted is added to ``refused``.
    """
    kept = KeptValues(fields)
    redactor = Redactor(fields, key, kept.add)
    before = RefusedLines()
    lines = tuple(_lines(raw_records, redactor, before))
    personal = kept.refused()
    if not personal:
        refused.add_all(before)
        return Redacted(lines, redactor)
    redactor = Redactor(hide(fields, [field.field for field in personal]), key)
    return Redacted(tuple(_lines(raw_records, redactor, refused)), redactor, personal)


def _lines(raw_records: Iterable[RawRecord], redactor: Redactor, refused: RefusedLines) -> Iterator[tuple[int, bytes]]:
    for raw in raw_records:
        try:
            line = encode_record(redactor.redact(raw.record))
        except Exception:  # noqa: BLE001 - its traceback may quote the record
            refused.add(Refused(raw.line, UNREDACTABLE))
        else:
            yield raw.line, line


def audit(raw_records: Iterable[RawRecord], fields: Sequence[Field], key: bytes) -> tuple[KeptField, ...]:
    """Every field of which these records would have values in the clear, with their forms."""
    kept = KeptValues(fields)
    redactor = Redactor(fields, key, kept.add)
    for _ in _lines(raw_records, redactor, RefusedLines()):
        pass
    return kept.fields()


def refuse(personal: Sequence[KeptField]) -> None:
    """Raise GamedayError, which quotes no value, if there is a field that looks personal."""
    if personal:
        more = f" and {len(personal) - _NAMED:,} more fields" if len(personal) > _NAMED else ""
        named = "; ".join(f"{field.field}: {field.words}" for field in personal[:_NAMED])
        raise GamedayError(
            f"the contract keeps values in the clear that look personal: {named}{more}",
            hint="classify the field as confidential, or give it the custom property keptRaw with the reason",
        )
