"""Reads records from HubSpot: won deals by searches, then their lines and companies in batches.

Source: developers.hubspot.com, "Search the CRM" (200 results a page, 10,000 in all), "Associations v4" and the pages of
the objects (batches of 100; a property that was asked for and has no value is null, one that does not exist is left
out). Every value of a property is a text there; here it is of the contract's type.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from gameday.base import json_text
from gameday.base.errors import RunError
from gameday.capture.messages import typed
from gameday.capture.raw_record import RawRecord, Refused, encode_record, read_raw_record
from gameday.capture.vendor_api import Fetched, VendorApi, checked_name, needed
from gameday.model.contract import Field
from gameday.records.tree import Node, read_shape
from gameday.vendors.hubspot.newest import newest
from gameday_fakes.hubspot.manifest import MANIFEST

TOKEN_VARIABLE = "HUBSPOT_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
LOGIN_VARIABLES = ("HUBSPOT_CLIENT_ID", "HUBSPOT_CLIENT_SECRET", "HUBSPOT_REFRESH_TOKEN")

OBJECTS, ASSOCIATIONS = "/crm/v3/objects", "/crm/v4/associations"
#: The most inputs of a batch.
BATCH = 100
_NEWNESS = "hs_lastmodifieddate"
_WORDS = MANIFEST.words
_HINTS = {
    401: f"is the token in {TOKEN_VARIABLE} still valid?",
    403: "has the app the scopes to read deals, line items and companies?",
    404: "is --url https://api.hubapi.com, without a path?",
}
#: The field of a deal that is no property: the id of its primary company, by which a sync knows the customer.
_COMPANY = "company"


class HubSpotSource(Fetched):
    """Won deals with their lines, fetched on creation. ``url`` is that of HubSpot's API.

    It asks only for the fields of the contract. A field of an object in a deal (``deals.companies.name``) is that of
    the associated record, the primary one first; ``deals.company`` is the id of the company, and ``deal`` in a line
    that of its deal. Credentials come from the environment: the token of a private app, or what a public app that is
    installed in the account logs in with. Raises GamedayError, and RunError if HubSpot refuses or does not answer;
    neither quotes a record.
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
        self._lists = [node for node in shape.elements.values() if node is not shape.main]
        self._ordering = ordering.rpartition(".")[2] or _NEWNESS
        for node in shape.elements.values():
            _check_names(node)
        with VendorApi(_WORDS, url, reason=_reason, hints=_HINTS) as api:
            api.authorize(_token(api, environment))
            self._found = list(self._fetch(api, limit, since))

    def _fetch(self, api: VendorApi, limit: int, since: datetime.datetime | None) -> Iterator[RawRecord | Refused]:
        main = self._main
        filters = [{"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"}]
        path, names = f"{OBJECTS}/{main.name}/search", _properties(main)
        rows = newest(api, path, names, filters if main.name == "deals" else [], self._ordering, limit, since)
        _need_all(names, rows, main)
        ids = [str(row["id"]) for row in rows]
        within = {node.name: self._associated(api, node, node.name, ids) for node in _objects(main)}
        if _COMPANY in main.children and not main.children[_COMPANY].children:
            company = _links(api, main.name, "companies", ids)
            within[_COMPANY] = {id_: [own[0]] for id_, own in company.items() if own}
        lists = {node.name: self._associated(api, node, node.name, ids) for node in self._lists}
        for number, (id_, row) in enumerate(zip(ids, rows, strict=True), start=1):
            head = _fields(main, row["properties"], id_)
            head |= {name: (found.get(id_) or [None])[0] for name, found in within.items()}
            record = {main.name: head, **{name: found.get(id_, []) for name, found in lists.items()}}
            yield read_raw_record(encode_record(record), number)

    def _associated(self, api: VendorApi, node: Node, to: str, ids: Sequence[str]) -> dict[str, list[Any]]:
        """The records of an object that belong to each of the main records."""
        linked = _links(api, self._main.name, to, ids)
        names = _properties(node)
        wanted = list(dict.fromkeys(one for own in linked.values() for one in own))
        found = {}
        for start in range(0, len(wanted), BATCH):
            inputs = [{"id": one} for one in wanted[start : start + BATCH]]
            body = {"inputs": inputs, "properties": names, "propertiesWithHistory": []}
            page = _rows(api.post(f"{OBJECTS}/{to}/batch/read", body))
            _need_all(names, page, node)
            found.update({str(row["id"]): row for row in page})
        parent = self._main.name.removesuffix("s")
        return {
            id_: [
                _fields(node, found[one]["properties"], one) | ({parent: id_} if parent in node.children else {})
                for one in own
                if one in found
            ]
            for id_, own in linked.items()
        }


def _links(api: VendorApi, of: str, to: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """The ids of the records of another object with which each record is associated, the primary one first."""
    found: dict[str, dict[str, bool]] = {}
    asked: list[dict[str, str]] = [{"id": id_} for id_ in ids]
    while asked:
        part, asked = asked[:BATCH], asked[BATCH:]
        for row in _rows(api.post(f"{ASSOCIATIONS}/{of}/{to}/batch/read", {"inputs": part})):
            own = found.setdefault(str(row["from"]["id"]), {})
            for each in row["to"]:
                primary = any(kind.get("label") == "Primary" for kind in each.get("associationTypes", ()))
                own[str(each["toObjectId"])] = primary
            after = row.get("paging", {}).get("next", {}).get("after")
            asked += [{"id": str(row["from"]["id"]), "after": str(after)}] if after else []
    return {id_: sorted(own, key=lambda one, own=own: not own[one]) for id_, own in found.items()}  # type: ignore[misc]


def _rows(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The results of a reply. Raises RunError for a reply without."""
    results = page.get("results")
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise RunError(f"{_WORDS} answered a query without results")
    return results


def _objects(node: Node) -> list[Node]:
    """The associated objects that are within a record."""
    return [child for child in node.children.values() if child.children]


def _properties(node: Node) -> list[str]:
    """The properties of an object that the contract names, without what is none: ids of other records."""
    return [child.name for child in node.children.values() if not child.children and child.name not in _NO_PROPERTY]


_NO_PROPERTY = ("id", _COMPANY, "deal")


def _fields(node: Node, properties: Mapping[str, Any], id_: str) -> dict[str, Any]:
    """A record's fields of the contract, of its types."""
    found: dict[str, Any] = {}
    for name in _properties(node):
        value = properties.get(name)
        found[name] = typed(value, node.children[name].kind) if isinstance(value, str) else value
    return found | ({"id": id_} if "id" in node.children else {})


def _check_names(node: Node) -> None:
    for each in node.walk():
        checked_name(each.name, _WORDS)


def _need_all(names: Iterable[str], rows: Sequence[Mapping[str, Any]], node: Node) -> None:
    """Raise RunError for a property that the account does not have: replies leave it out and do not say so."""
    if rows:
        absent = [name for name in names if name not in rows[0].get("properties", {})]
        if absent:
            problem = f"{_WORDS} has no property {absent[0]!r} of {node.name}"
            raise RunError(problem, hint="was it renamed, or may the app not read it?")


def _reason(reply: httpx.Response) -> str:
    """The error's category; its message is left out, because it repeats values."""
    try:
        category = str(json_text.decode(reply.content)["category"])
    except (ValueError, LookupError, TypeError):
        return ""
    return f" {category}" if re.fullmatch(r"[A-Z_]{1,80}", category) else ""


def _token(api: VendorApi, environment: Mapping[str, str]) -> str:
    if environment.get(TOKEN_VARIABLE):
        return environment[TOKEN_VARIABLE]
    identity, secret, refresh = needed(environment, LOGIN_VARIABLES, _WORDS, TOKEN_VARIABLE)
    form = {"grant_type": "refresh_token", "client_id": identity, "client_secret": secret, "refresh_token": refresh}
    return api.login("/oauth/v1/token", form, ", ".join(LOGIN_VARIABLES))
