"""Reads Salesforce's outbound messages and holds the replies to them.

Source: Salesforce, "SOAP API Developer Guide", section "Outbound Messaging". The parser is expat, which fetches
nothing; a document that declares entities is refused, because no outbound message has any.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.parsers import expat

CONTENT_TYPE = "text/xml; charset=utf-8"

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>{}</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
ACK = _ENVELOPE.format("true").encode()
NACK = _ENVELOPE.format("false").encode()


class BadMessage(ValueError):
    """The body is not an outbound message."""


@dataclass(frozen=True)
class Notification:
    """One changed record. ``fields`` holds the fields that the message is configured to carry, by name, as text."""

    id: str
    object: str
    fields: dict[str, str]

    @property
    def record(self) -> str:
        """The record's id."""
        return self.fields["Id"]


class _Reader:
    """Collects notifications from expat's events; names are read without their namespace prefix."""

    def __init__(self) -> None:
        self.notifications: list[Notification] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._id = ""
        self._object = ""
        self._fields: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "Notification":
            self._id, self._object, self._fields = "", "", {}
        elif local == "sObject":
            kind = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "type"), "")
            self._object = kind.rpartition(":")[2]
        self._path.append(local)
        self._text.clear()

    def text(self, data: str) -> None:
        self._text.append(data)

    def end(self, name: str) -> None:
        local = self._path.pop()
        parent = self._path[-1] if self._path else ""
        if parent == "sObject":
            self._fields[local] = "".join(self._text)
        elif parent == "Notification" and local == "Id":
            self._id = "".join(self._text)
        elif local == "Notification" and "Id" in self._fields:
            self.notifications.append(Notification(self._id, self._object, self._fields))
        self._text.clear()


def _refuse_entities(*_: object) -> None:
    raise BadMessage("a message declares no entities")


def parse(body: bytes) -> list[Notification]:
    """The notifications of a message, in order. Raises BadMessage."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(body, True)
    except expat.ExpatError as problem:
        raise BadMessage(str(problem)) from None
    if not reader.notifications:
        raise BadMessage("no notification with a record id")
    return reader.notifications
