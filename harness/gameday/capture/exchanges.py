"""Redacts the requests and replies that fakes keep, before they become part of a history.

The rules are those of recordings: a value is kept if its field's class in the contract is open, else it becomes a
pseudonym, and a value that the contract does not declare is left out. The names of fields are kept, for a field that is
missing is what an engineer looks for, and so is what a vendor says in an error.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.secrets import without_secrets
from gameday.capture.messages import records_in, typed
from gameday.model.contract import Contract, Field
from gameday.records.classification import hidden_fields
from gameday.records.names import is_identifier
from gameday.records.redaction.redactor import Redactor
from gameday_fakes.protocols import exact_json
from gameday_fakes.protocols.soap import BadXml, Element, tree

#: How much of a body is kept: characters of a text and of a value, fields, and items of each list.
LONGEST_TEXT, LONGEST_VALUE, MOST_FIELDS, MOST_ITEMS = 600, 160, 60, 3
DEEPEST = 12
REFUSED = 400
#: What stands for a value that the contract does not declare.
TEXT, NUMBER = "(a text)", "(a number)"

#: What vendors call the parts of an error, in lower case.
_SAID = frozenset(
    {
        "message",
        "detail",
        "title",
        "error",
        "errorcode",
        "o:errorcode",
        "o:errorpath",
        "error_description",
        "type",
        "status",
        "statuscode",
        "httpstatuscode",
        "code",
        "fields",
        "reason",
        "faultcode",
        "faultstring",
        "exceptioncode",
        "exceptionmessage",
    }
)
#: The parts of a reference to another record that are ids, and what vendors say about a whole reply.
_REFERENCE = frozenset({"id", "internalid", "externalid"})
_ABOUT = frozenset({"success", "totalsize", "done", "method", "count", "hasmore"})
#: Parameters of a URL that belong to the API and not to a record.
_PARAMETERS = frozenset({"fields", "limit", "offset", "expand", "expandsubresources", "replace"})
_ID = re.compile(r"[\w.:-]{1,64}\Z")
_CODE = re.compile(r"(?=.*\d)[\w.:+-]{1,64}\Z")
#: A price or an amount.
_DECIMAL = re.compile(r"(?<![\w.])\d[\d,]*\.\d+(?![\w.]*\w)")
_LITERAL = re.compile(r"'((?:[^'\\]|\\.|'')*)'")


class _Declared(NamedTuple):
    """A field of the contract, and what redacts its values; None if its side of the contract has no shape."""

    path: str
    kind: str
    hidden: bool
    redactor: Redactor | None


class ExchangeRedactor:
    """Redacts exchanges by both sides of a contract. With the same ``key`` equal values get equal pseudonyms."""

    def __init__(self, contract: Contract, key: bytes) -> None:
        self._sides = (contract.crm_fields, contract.erp_fields)
        self._key = key

    @functools.cached_property
    def _declared(self) -> dict[str, _Declared]:
        """The fields by the last part of their names; of two with one name, the hidden one counts."""
        found: dict[str, _Declared] = {}
        for fields in self._sides:
            redactor = self._redactor(fields)
            hidden = hidden_fields(fields)
            for field in fields:
                path = field.physical_name or field.name
                name = path.rpartition(".")[2]
                if name not in found or hidden[path]:
                    found[name] = _Declared(path, field.logical_type, bool(hidden[path]), redactor)
        return found

    def _redactor(self, fields: Sequence[Field]) -> Redactor | None:
        """None for fields of which no record can be made: a run is not refused for them, and no value is kept."""
        try:
            return Redactor(fields, self._key) if fields else None
        except GamedayError:
            return None

    def redacted(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The value of an ``exchange`` as a fake reports it, without confidential values, and shortened."""
        reading = _Reading(self._declared)
        found = {name: part for name, part in value.items() if not name.startswith(("request", "reply"))}
        found["path"] = path_shown(str(value.get("path", "")))
        for side in ("request", "reply"):
            error = side == "reply" and not 0 < int(value.get("status", 0)) < REFUSED
            text, fields = reading.body(str(value.get(side, "")), str(value.get(f"{side}_type", "")), error=error)
            found |= {side: text, f"{side}_fields": fields}
        return {name: part for name, part in found.items() if part not in ("", {}, None)}


class _Reading:
    """Reads the two bodies of one exchange. What was hidden in the first is hidden where the second quotes it."""

    def __init__(self, declared: Mapping[str, _Declared]) -> None:
        self._declared = declared
        self._hidden: dict[str, str] = {}

    def body(self, text: str, media_type: str, *, error: bool) -> tuple[str, dict[str, str]]:
        """A body as fields by their paths; one without fields as a text. Items of a list have one path, ``items[]``."""
        if not text or media_type == "too long":
            return text, {}
        kind = media_type.partition(";")[0].strip().lower()
        try:
            if kind == "application/x-www-form-urlencoded":
                return "", {name: TEXT for name, _ in parse_qsl(text, keep_blank_values=True) if is_identifier(name)}
            decoded = _decoded(text, kind)
        except (BadXml, ValueError, msgspec.MsgspecError, RecursionError):
            if error and kind in ("", "text/plain"):
                return self._said(text), {}
            return f"({len(text):,} characters of {kind or 'an unnamed type'})", {}
        fields: dict[str, str] = {}
        for path, value in self._flat("", "", decoded, error=error, depth=0):
            if len(fields) < MOST_FIELDS:
                fields.setdefault(path, value)
        return "", fields

    def _flat(self, path: str, name: str, value: Any, *, error: bool, depth: int) -> Iterator[tuple[str, str]]:
        if depth > DEEPEST:
            return
        if isinstance(value, list):
            for one in value[:MOST_ITEMS]:
                yield from self._flat(f"{path}[]" if path else "", name, one, error=error, depth=depth + 1)
        elif isinstance(value, dict):
            error = error or any(key.lower() in ("errorcode", "o:errorcode") for key in value)
            for key, one in value.items():
                shown = key if is_identifier(key.replace(":", "_")) else "(a name)"
                below = f"{path}.{shown}" if path else shown
                owner = name if key.lower() in _REFERENCE and name in self._declared else key
                yield from self._flat(below, owner, one, error=error, depth=depth + 1)
        else:
            yield path or "(the whole body)", self._leaf(name, value, error=error)

    def _leaf(self, name: str, value: Any, *, error: bool) -> str:
        low = name.lower()
        if value is None or isinstance(value, bool):
            return "null" if value is None else str(value).lower()
        if error and low in _SAID:
            return self._said(str(value))
        if low in ("q", "query", "querystring"):
            return literals_hidden(str(value))[:LONGEST_TEXT]
        if low == "url" and isinstance(value, str):
            return path_shown(value)[:LONGEST_TEXT]
        declared = self._declared.get(name)
        if declared is not None:
            return self._of_field(declared, value)
        if low in _ABOUT or (low in _REFERENCE and _CODE.match(str(value))):
            return str(value)[:LONGEST_VALUE]
        return TEXT if isinstance(value, str) else NUMBER

    def _of_field(self, field: _Declared, value: Any) -> str:
        if field.kind in ("object", "array") and not field.hidden and _ID.match(str(value)):
            return str(value)
        if field.redactor is None or field.kind in ("object", "array"):
            return TEXT if isinstance(value, str) else NUMBER
        kept = field.redactor.label(field.path, typed(value, field.kind) if isinstance(value, str) else value)
        if field.hidden and not isinstance(value, bool) and len(str(value)) > 2:
            self._hidden[str(value)] = str(kept)
        return str(kept).lower()[:LONGEST_VALUE] if isinstance(kept, bool) else str(kept)[:LONGEST_VALUE]

    def _said(self, text: str) -> str:
        """What a vendor says in an error, without the confidential values of the request and without secrets."""
        for original in sorted(self._hidden, key=len, reverse=True):
            text = re.sub(
                rf"(?<![\w.]){re.escape(original)}(?![\w])", self._hidden[original].replace("\\", r"\\"), text
            )
        pseudonyms = set(self._hidden.values())
        text = _DECIMAL.sub(lambda found: found[0] if found[0] in pseudonyms else "...", text)
        return without_secrets(text[:LONGEST_TEXT])


def path_shown(path: str) -> str:
    """A URL's path and query without values of records: ids and names of the API are kept.

    >>> path_shown("/query?q=SELECT+Id+FROM+Account+WHERE+Name='Ann'&token=abc")
    "/query?q=SELECT Id FROM Account WHERE Name='...'&token=..."
    """
    before, mark, query = path.partition("?")
    segments = (part if not part or _ID.match(unquote(part)) else "..." for part in before.split("/"))
    return "/".join(segments) + mark + "&".join(_parameter(*each) for each in parse_qsl(query, keep_blank_values=True))


def _parameter(name: str, value: str) -> str:
    if name.lower() == "q":
        return f"q={literals_hidden(value)}"
    return f"{name}={value if name.lower() in _PARAMETERS else '...'}"


def literals_hidden(query: str) -> str:
    """A query without the texts that it quotes; ids and codes with a digit are kept.

    >>> literals_hidden("Id = '006A1' AND Name = 'Ann'")
    "Id = '006A1' AND Name = '...'"
    """
    return _LITERAL.sub(lambda found: found[0] if _CODE.match(found[1]) else "'...'", query)


def _decoded(text: str, kind: str) -> Any:
    """JSON, the records of a vendor's message by their objects, or a call of SOAP. Raises what is wrong with it."""
    if not kind.endswith(("/xml", "+xml")):
        return exact_json.decode(text)
    with contextlib.suppress(ValueError):
        if (found := records_in(kind, text.encode())) is not None:
            return found
    # The header, which has the session, is left out.
    body = tree(text.encode()).child("Body")
    if body is None:
        raise BadXml("a message without a body")
    return _nested(body)


def _nested(element: Element) -> Any:
    """An element's children by name, several of one name as a list; its text if it has none."""
    found: dict[str, Any] = {}
    for child in element.children:
        value = _nested(child)
        if child.name in found:
            before = found[child.name]
            found[child.name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[child.name] = value
    return found or element.text
