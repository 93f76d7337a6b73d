"""A record as it was captured, before redaction; it is kept in memory only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

Marks = frozenset[str]

_ENCODER = msgspec.json.Encoder(order="sorted", decimal_format="number")
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class RawRecord:
    """One captured record. ``line`` is its number in the source, from 1; ``marks`` is what else is known about it.

    ``content`` is the record in a canonical form, equal for equal records. ``repr`` shows nothing of the record.
    """

    __slots__ = ("content", "line", "marks", "record")

    def __init__(self, record: dict[str, Any], line: int, marks: Marks = frozenset()) -> None:
        """Raises ValueError if JSON cannot hold the record."""
        self.record = record
        self.line = line
        self.marks = marks
        self.content = encode_record(record)

    def __repr__(self) -> str:
        return f"RawRecord(line={self.line})"


class Refused(msgspec.Struct, frozen=True):
    """Something that is not a record: its number in the source, and the reason, which quotes nothing of it."""

    line: int
    reason: str


def encode_record(record: dict[str, Any]) -> bytes:
    """A record as JSON with sorted fields; numbers keep their digits. Raises ValueError for what JSON cannot hold."""
    return _ENCODER.encode(record)


def read_raw_record(data: bytes, line: int) -> RawRecord | Refused:
    """The record of one JSON object; if it is not one, the reason, which quotes nothing of it."""
    try:
        return RawRecord(_DECODER.decode(data), line)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return Refused(line, "not a JSON object")
