"""Reads records from what a CRM sends to a stack: the vendors' own messages, and JSON bodies.

What reads a vendor's messages is named by its manifest as ``messages``: a function of a media type and a body to the
records by their objects, with all fields as texts; None if the body is no such message, ValueError with a reason that
quotes nothing if it should be one and is not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from gameday.capture.raw_record import RawRecord, Refused, encode_record, read_raw_record
from gameday.model.contract import Field
from gameday.records.normal import Normaliser, NotARecord
from gameday.records.tree import Shape, read_shape
from gameday_fakes.manifest import loaded
from gameday_fakes.manifests import manifests

Records = list[dict[str, dict[str, str]]]


class MessageReader:
    """Reads the bodies of requests by the fields of a contract."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._shape: Shape = read_shape(fields)
        self._normaliser = Normaliser(self._shape)

    def read(self, content_type: str, body: bytes, number: int) -> Iterator[RawRecord | Refused]:
        """The records of a body; none if its content type carries none. ``number`` is the number of the message."""
        kind = content_type.partition(";")[0].strip().lower()
        try:
            found = records_in(kind, body)
        except ValueError as problem:
            yield Refused(number, str(problem))
            return
        if found is not None:
            yield from self._from_records(found, number)
        elif kind.endswith(("/json", "+json")):
            yield from self._from_json(body, number)

    def _from_records(self, found: Records, number: int) -> Iterator[RawRecord | Refused]:
        main, nodes = self._shape.main.name, self._shape.main.children
        for fields in (each[main] for each in found if main in each):
            record = {name: typed(text, nodes[name].kind if name in nodes else "") for name, text in fields.items()}
            yield read_raw_record(encode_record({main: record}), number)

    def _from_json(self, body: bytes, number: int) -> Iterator[RawRecord | Refused]:
        try:
            found = msgspec.json.decode(body, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
            for one in found if isinstance(found, list) else [body]:
                yield self._from_object(bytes(one), number)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            yield Refused(number, "not JSON")

    def _from_object(self, data: bytes, number: int) -> RawRecord | Refused:
        try:
            record = self._normaliser.read(data)
        except (NotARecord, ValueError, ArithmeticError, RecursionError):
            return Refused(number, "JSON without the contract's fields")
        if isinstance(record, bytes):
            return read_raw_record(record, number)
        return Refused(number, "a row alone is not a record")


def records_in(kind: str, body: bytes) -> Records | None:
    """The records of a vendor's own message; None for a body that is no vendor's.

    Raises ValueError for one that should be a vendor's by its media type and is not.
    """
    problem: ValueError | None = None
    for read in _readers():
        try:
            found = read(kind, body)
        except ValueError as why:
            problem = why
        else:
            if found is not None:
                return found
    if problem is not None:
        raise problem
    return None


@functools.cache
def _readers() -> tuple[Callable[[str, bytes], Records | None], ...]:
    return tuple(loaded(each.messages) for each in manifests().values() if each.messages)


def typed(text: str, kind: str) -> Any:
    """A field's text converted to its type in the contract; unchanged if that is not possible."""
    if kind in ("number", "integer"):
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        return number if number.is_finite() else text
    return text == "true" if kind == "boolean" and text in ("true", "false") else text
