"""Reads records from what a CRM sends to a stack: Salesforce's outbound messages, and JSON bodies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from gameday.capture.raw_record import RawRecord, Refused, encode_record, read_raw_record
from gameday.model.contract import Field
from gameday.records.normal import Normaliser, NotARecord
from gameday.records.tree import Shape, read_shape
from gameday_fakes.protocols.soap import BadXml, Notification, notifications


class MessageReader:
    """Reads the bodies of requests by the fields of a contract."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._shape: Shape = read_shape(fields)
        self._normaliser = Normaliser(self._shape)

    def read(self, content_type: str, body: bytes, number: int) -> Iterator[RawRecord | Refused]:
        """The records of a body; none if its content type carries none. ``number`` is the number of the message."""
        kind = content_type.partition(";")[0].strip().lower()
        if kind.endswith(("/xml", "+xml")):
            yield from self._from_soap(body, number)
        elif kind.endswith(("/json", "+json")):
            yield from self._from_json(body, number)

    def _from_soap(self, body: bytes, number: int) -> Iterator[RawRecord | Refused]:
        try:
            found = notifications(body)
        except BadXml:
            yield Refused(number, "not an outbound message")
            return
        for notification in found:
            if notification.object == self._shape.main.name:
                yield read_raw_record(encode_record(self._record(notification)), number)

    def _record(self, notification: Notification) -> dict[str, Any]:
        nodes = self._shape.main.children
        fields = {
            name: typed(text, nodes[name].kind if name in nodes else "") for name, text in notification.fields.items()
        }
        return {self._shape.main.name: fields}

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


def typed(text: str, kind: str) -> Any:
    """A field's text converted to its type in the contract; unchanged if that is not possible."""
    if kind in ("number", "integer"):
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        return number if number.is_finite() else text
    return text == "true" if kind == "boolean" and text in ("true", "false") else text
