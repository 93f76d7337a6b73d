"""Reads records from Salesforce by SOQL: won opportunities, and then their lines."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from gameday.base import json_text
from gameday.capture.raw_record import RawRecord, Refused, encode_record, read_raw_record
from gameday.capture.vendor_api import Fetched, VendorApi, checked_name, needed
from gameday.model.contract import Field
from gameday.records.tree import Node, read_shape
from gameday_fakes.salesforce.manifest import MANIFEST

TOKEN_VARIABLE = "SALESFORCE_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
ID_VARIABLE = "SALESFORCE_CLIENT_ID"
SECRET_VARIABLE = "SALESFORCE_CLIENT_SECRET"  # noqa: S105 - the name of a variable

API = "/services/data/v60.0"
#: How many ids a condition has: a statement must fit into a URL of 16 KiB.
_IDS = 200
_NEWNESS = "SystemModstamp"
_WORDS = MANIFEST.words
_HINTS = {
    401: f"is the token in {TOKEN_VARIABLE} still valid?",
    403: "is this user allowed to read the objects by the API?",
    404: "is --url the organisation's own URL, without a path?",
}


class SalesforceSource(Fetched):
    """Won opportunities with their lines, fetched on creation. ``url`` is the organisation's own (My Domain).

    It queries only the fields of the contract. Credentials come from the environment: an access token, or the id and
    secret of a connected app for the client credentials flow. Raises GamedayError, and RunError if Salesforce refuses
    or does not answer; neither quotes a record.
    """

    name = MANIFEST.name

    def __init__(
        self,
        url: str,
        fields: Sequence[Field],
        environment: Mapping[str, str],
        *,
        limit: int,
        since: datetime.datetime | None = None,
        ordering: str = _NEWNESS,
    ) -> None:
        shape = read_shape(fields)
        self._main = shape.main
        self._children = [node for node in shape.elements.values() if node is not shape.main]
        self._ordering = checked_name(ordering.rpartition(".")[2] or _NEWNESS, _WORDS)
        with VendorApi(_WORDS, url, reason=_reason, hints=_HINTS) as api:
            api.authorize(_token(api, environment))
            self._found = list(self._fetch(api, limit, since))

    def _fetch(self, api: VendorApi, limit: int, since: datetime.datetime | None) -> Iterator[RawRecord | Refused]:
        rows = list(_query(api, self._statement(limit, since)))
        children = {node.name: self._lines(api, node, rows) for node in self._children}
        for number, row in enumerate(rows, start=1):
            key = str(row.get("Id"))
            record = {self._main.name: row, **{name: found.get(key, []) for name, found in children.items()}}
            yield read_raw_record(encode_record(record), number)

    def _statement(self, limit: int, since: datetime.datetime | None) -> str:
        conditions = ["IsWon = true"] if self._main.name == "Opportunity" else []
        if since is not None:
            conditions.append(f"{self._ordering} >= {since.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = ", ".join(dict.fromkeys(["Id", *_columns(self._main)]))
        return f"SELECT {columns} FROM {self._main.name}{where} ORDER BY {self._ordering} DESC LIMIT {limit}"  # noqa: S608

    def _lines(self, api: VendorApi, node: Node, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
        parent = f"{self._main.name}Id"
        columns = ", ".join(dict.fromkeys([parent, *_columns(node)]))
        ids = [key for row in rows if isinstance(key := row.get("Id"), str) and key.isascii() and key.isalnum()]
        found: dict[str, list[dict[str, Any]]] = {}
        for start in range(0, len(ids), _IDS):
            among = ", ".join(f"'{key}'" for key in ids[start : start + _IDS])
            for line in _query(api, f"SELECT {columns} FROM {node.name} WHERE {parent} IN ({among})"):  # noqa: S608
                key = str(line.get(parent))
                if parent not in node.children:
                    line.pop(parent, None)
                found.setdefault(key, []).append(line)
        return found


def _columns(node: Node) -> list[str]:
    """The fields to select, as dotted paths below an object. Raises GamedayError for a name that is not valid."""
    names = [leaf.path.removeprefix(f"{node.path}.") for leaf in node.walk() if leaf is not node and not leaf.children]
    return [checked_name(name, _WORDS) for name in (node.name, *names)][1:]


def _query(api: VendorApi, statement: str) -> Iterator[dict[str, Any]]:
    """The rows of a statement, over all its pages."""
    page = api.get(f"{API}/query", {"q": statement})
    while True:
        for row in page.get("records", []):
            yield _bare(row)
        following = page.get("nextRecordsUrl")
        if not isinstance(following, str) or not following.startswith("/services/data/"):
            return
        page = api.get(following)


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the API's own attributes."""
    return {
        name: _bare(value) if isinstance(value, dict) else value for name, value in row.items() if name != "attributes"
    }


def _reason(reply: httpx.Response) -> str:
    """The error's code and the column that it names; its message is left out, because it repeats ids."""
    try:
        error = json_text.decode(reply.content)[0]
        code, message = str(error["errorCode"]), str(error["message"])
    except (ValueError, LookupError, TypeError):
        return ""
    column = re.search(r"No such column '(\w{1,80})'", message)
    shown = f" {code}" if re.fullmatch(r"[A-Z_]{1,80}", code) else ""
    return f"{shown}: no such column {column[1]!r}" if column else shown


def _token(api: VendorApi, environment: Mapping[str, str]) -> str:
    if environment.get(TOKEN_VARIABLE):
        return environment[TOKEN_VARIABLE]
    identity, secret = needed(environment, (ID_VARIABLE, SECRET_VARIABLE), _WORDS, TOKEN_VARIABLE)
    form = {"grant_type": "client_credentials", "client_id": identity, "client_secret": secret}
    return api.login("/services/oauth2/token", form, f"{ID_VARIABLE} and {SECRET_VARIABLE}")
