"""Messages of the partner SOAP API: reading a call, and writing results as the partner WSDL describes them.

Sources: SOAP API Developer Guide, "Using the Partner WSDL" (records are a type, an Id and any elements), "QueryResult",
"SaveResult", and "fieldsToNull" of "sObject".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from gameday_fakes.http import Reply
from gameday_fakes.protocols.soap import BadXml, Element, tree
from gameday_fakes.salesforce.errors import NOT_IN_XML, XML

#: Calls that write records, and the element in which they are.
WRITES = {
    **dict.fromkeys(("create", "update", "upsert"), "sObjects"),
    **dict.fromkeys(("delete", "undelete", "emptyRecycleBin"), "ids"),
}
#: Calls that read records of one object, which they name.
READS = ("retrieve", "getDeleted", "getUpdated")

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    ' xmlns:sf="urn:sobject.partner.soap.sforce.com" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{header}<soapenv:Body><{call}Response>{body}</{call}Response>'
    "</soapenv:Body></soapenv:Envelope>"
)
_LIMIT = (
    "<soapenv:Header><LimitInfoHeader><limitInfo><current>{}</current><limit>{}</limit><type>API REQUESTS</type>"
    "</limitInfo></LimitInfoHeader></soapenv:Header>"
)
_is_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000").fullmatch
_is_name = re.compile(r"[A-Za-z_][\w.-]*").fullmatch


class Message(msgspec.Struct, frozen=True):
    """One call. ``session`` is the id in its SessionHeader; ``headers`` and ``given`` are elements."""

    call: str
    given: Any
    headers: dict[str, Any]

    @property
    def session(self) -> str:
        """The session's id, empty without one."""
        header = self.headers.get("SessionHeader")
        return "" if header is None else str(header.text_of("sessionId"))

    @property
    def all_or_none(self) -> bool:
        """Whether all records are to be written, or none."""
        header = self.headers.get("AllOrNoneHeader")
        return header is not None and header.text_of("allOrNone") in ("true", "1")

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records that it writes, as the collections of REST have them; by their ids those that it deletes."""
        if WRITES.get(self.call) == "ids":
            return [{"id": each.text.strip()} for each in self.given.all("ids")]
        return [record_of(each) for each in self.given.all("sObjects")]


def read_message(body: bytes) -> Message:
    """The call in an envelope. Raises BadXml."""
    envelope = tree(body)
    parts = envelope.child("Body")
    if envelope.name != "Envelope" or parts is None or not parts.children:
        raise BadXml("no SOAP envelope with a call in its body")
    header = envelope.child("Header")
    headers = {each.name: each for each in header.children} if header is not None else {}
    return Message(parts.children[0].name, parts.children[0], headers)


def record_of(element: Element) -> dict[str, Any]:
    """A record by the names of its fields. An empty element changes nothing; ``fieldsToNull`` empties fields."""
    record: dict[str, Any] = {"attributes": {"type": element.text_of("type")}}
    for each in element.children:
        if each.name == "fieldsToNull":
            record[each.text.strip()] = None
        elif each.children:
            keys = [inner for inner in each.children if inner.name not in ("type", "Id")]
            record[each.name] = {inner.name: inner.text for inner in keys}
        elif each.name != "type" and not each.nil and each.text != "":
            record[each.name] = each.text
    return record


# -- writing ------------------------------------------------------------------------------------------


def answer(call: str, body: str, used: int = 0, limit: int = 0) -> Reply:
    """The reply to a call; with how many requests are used and allowed, unless it is a login or a logout."""
    header = _LIMIT.format(used, limit) if limit else ""
    text = _ENVELOPE.format(call=call, body=body, header=header)
    return Reply(200, text.encode(), content_type=XML)


def element(name: str, value: Any, kind: str = "") -> str:
    """An element with a plain value, or with the elements of a mapping, or one of each value of a list."""
    if isinstance(value, list | tuple):
        return "".join(element(name, each, kind) for each in value)
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    inner = "".join(element(key, each) for key, each in value.items()) if isinstance(value, Mapping) else text(value)
    return f'<{name} xsi:type="{kind}">{inner}</{name}>' if kind else f"<{name}>{inner}</{name}>"


def text(value: Any) -> str:
    """A value as XML has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    plain = str(value)
    return escape(NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", plain))


def moment(value: str) -> str:
    """A dateTime of REST as XML Schema has it; another text as it is."""
    return f"{value[:-5]}Z" if _is_moment(value) else value


def result(given: Mapping[str, Any]) -> str:
    """A SaveResult, UpsertResult or DeleteResult out of a result of a collection."""
    errors = "".join(
        element("errors", {"fields": error["fields"], "message": error["message"], "statusCode": error["statusCode"]})
        for error in given["errors"]
    )
    created = element("created", given.get("created", False)) if "created" in given else ""
    id_ = element("id", given.get("id"))
    return f"<result>{created}{errors}{id_}{element('success', given['success'])}</result>"


def query_result(rows: Iterable[Mapping[str, Any]], total: int, further: str, moments: Moments, name: str) -> str:
    """A QueryResult in an element of this name."""
    records = "".join(sobject(row, moments, "records") for row in rows)
    done, locator = element("done", not further), element("queryLocator", further or None)
    return f'<{name} xsi:type="QueryResult">{done}{locator}{records}{element("size", total)}</{name}>'


class Moments:
    """Which fields hold moments, by their object's name and their own as they are now."""

    def __init__(self, fields_of: Any) -> None:
        self._fields_of = fields_of
        self._known: dict[str, frozenset[str] | None] = {}

    def __call__(self, sobject: str, name: str, value: str) -> str:
        if sobject not in self._known:
            self._known[sobject] = self._fields_of(sobject)
        fields = self._known[sobject]
        # The columns of a grouped row have names of their own.
        return moment(value) if fields is None or name in fields else value


def sobject(row: Mapping[str, Any], moments: Moments, name: str, id_: str | None = None) -> str:
    """A record in an element of this name: its type, its Id if it is known, and then what was asked for."""
    kind = row["attributes"]["type"]
    grouped = kind == "AggregateResult"
    parts = [element("sf:type", kind), element("sf:Id", id_ or (None if grouped else row.get("Id")))]
    for field, value in row.items():
        if field == "attributes":
            continue
        shown = f"sf:{field}" if _is_name(field) else "sf:value"
        if isinstance(value, Mapping) and "records" in value:
            parts.append(query_result(value["records"], value["totalSize"], "", moments, shown))
        elif isinstance(value, Mapping):
            parts.append(sobject(value, moments, shown))
        elif grouped:
            parts.append(element(shown, moments(kind, field, value) if isinstance(value, str) else value, _xsd(value)))
        else:
            parts.append(element(shown, moments(kind, field, value) if isinstance(value, str) else value))
    return f'<{name} xsi:type="sf:sObject">{"".join(parts)}</{name}>'


def _xsd(value: Any) -> str:
    """The type that a column of a grouped row says; none for an empty one."""
    for kind, name in ((bool, "xsd:boolean"), (int, "xsd:int"), (Decimal, "xsd:double"), (str, "xsd:string")):
        if isinstance(value, kind):
            return name
    return ""


def described(given: Mapping[str, Any]) -> dict[str, Any]:
    """A describe of REST as that of SOAP: what is empty is left out, and the addresses of REST are not there."""
    found: dict[str, Any] = {}
    for name in sorted(given):
        value = given[name]
        if value is None or name == "urls":
            continue
        found[name] = (
            [described(e) if isinstance(e, Mapping) else e for e in value] if isinstance(value, list) else value
        )
    return found
