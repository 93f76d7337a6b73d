"""The records in outbound messages. Source: SOAP API Developer Guide, "Outbound Messaging"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gameday_fakes.protocols.soap import BadXml, local_name, read_elements


@dataclass(frozen=True)
class Notification:
    """One record of an outbound message. ``fields`` are those that the message carries, by name, as text."""

    id: str
    object: str
    fields: dict[str, str]


def notifications(body: bytes) -> list[Notification]:
    """The records of an outbound message, in their order; those without an id are left out. Raises BadXml."""
    records: list[Notification] = []
    current = Notification("", "", {})

    def start(path: list[str], attributes: Mapping[str, str]) -> None:
        nonlocal current
        if path[-1] == "Notification":
            current = Notification("", "", {})
        elif path[-1] == "sObject":
            kind = next((value for name, value in attributes.items() if local_name(name) == "type"), "")
            current = Notification(current.id, local_name(kind), current.fields)

    def end(path: list[str], text: str) -> None:
        nonlocal current
        match path[-2:]:
            case ["sObject", name]:
                current.fields[name] = text
            case ["Notification", "Id"]:
                current = Notification(text, current.object, current.fields)
            case [*_, "Notification"] if "Id" in current.fields:
                records.append(current)

    read_elements(body, start, end)
    if not records:
        raise BadXml("no notification with a record id")
    return records


def records_of(kind: str, body: bytes) -> list[dict[str, dict[str, str]]] | None:
    """Each record by its object, its fields as texts; None for what is not XML, which no such message is.

    ``kind`` is the media type of the body. Raises ValueError for XML that is no outbound message.
    """
    if not kind.endswith(("/xml", "+xml")):
        return None
    try:
        return [{each.object: {"Id": each.id, **each.fields}} for each in notifications(body)]
    except BadXml:
        raise ValueError("not an outbound message") from None
