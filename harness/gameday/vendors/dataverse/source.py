"""Reads records from Dataverse: won opportunities, with their lines and what lookups lead to expanded from them.

Source: learn.microsoft.com, "Query data using the Web API" (``$select``, ``$expand``, ``odata.maxpagesize`` and
``@odata.nextLink``, also of what is expanded), "Microsoft identity platform and the OAuth 2.0 client credentials flow".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx

from gameday.base import json_text
from gameday.base.errors import GamedayError, RunError, unknown
from gameday.capture.raw_record import RawRecord, Refused, encode_record, read_raw_record
from gameday.capture.vendor_api import Fetched, VendorApi, checked_name, needed
from gameday.model.contract import Field
from gameday.records.tree import Node, read_shape
from gameday_fakes.dataverse.manifest import MANIFEST

TOKEN_VARIABLE = "DATAVERSE_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
LOGIN_VARIABLES = ("DATAVERSE_TENANT", "DATAVERSE_CLIENT_ID", "DATAVERSE_CLIENT_SECRET")
#: Where the log-in is, for the national clouds, and for which resource, if not that of --url.
LOGIN_URL_VARIABLE, SCOPE_VARIABLE = "DATAVERSE_LOGIN_URL", "DATAVERSE_SCOPE"
_LOGIN_URL = "https://login.microsoftonline.com"

API = "/api/data/v9.2"
#: How many rows a page has: each is shown with all its lines.
PAGE = 500
_NEWNESS = "modifiedon"
_WORDS = MANIFEST.words
_HINTS = {
    401: f"is the token in {TOKEN_VARIABLE} still valid, and for this environment?",
    403: "has the application user a role that may read these tables?",
    404: "is --url the environment's own URL, without a path?",
}


class _Document(NamedTuple):
    """A table of documents: its key, which of them are won, and by which navigation each other table is below it."""

    key: str
    won: str
    lists: Mapping[str, str]


_DOCUMENTS = {
    "opportunities": _Document("opportunityid", "statecode eq 1", {"opportunityproducts": "product_opportunities"}),
    "quotes": _Document("quoteid", "statecode eq 2", {"quotedetails": "quote_details"}),
    "salesorders": _Document("salesorderid", "", {"salesorderdetails": "order_details"}),
}


class DataverseSource(Fetched):
    """Won opportunities (or quotes, or orders) with their lines, fetched on creation. ``url`` is the environment's own.

    It asks only for the columns of the contract, and keeps nothing else of an answer. Credentials come from the
    environment: an access token, or the tenant, the id and the secret of an application user. Raises GamedayError, and
    RunError if Dataverse refuses or does not answer; neither quotes a record.
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
        if self._main.name not in _DOCUMENTS:
            raise unknown("table to record from", self._main.name, _DOCUMENTS, hint="see the contract's physicalName")
        self._document = _DOCUMENTS[self._main.name]
        self._lists = [node for node in shape.elements.values() if node is not shape.main]
        for node in self._lists:
            if node.name not in self._document.lists:
                raise unknown("table of lines", node.name, self._document.lists, hint="see the contract's physicalName")
        self._ordering = checked_name(ordering.rpartition(".")[2] or _NEWNESS, _WORDS)
        query = self._query(since)
        with VendorApi(_WORDS, url, reason=_reason, hints=_HINTS) as api:
            api.authorize(_token(url, environment))
            self._found = list(self._fetch(api, query, limit))

    def _query(self, since: datetime.datetime | None) -> dict[str, str]:
        lists = [f"{self._document.lists[node.name]}({_below(node, ';')})" for node in self._lists]
        select, expand = _columns(self._main)
        conditions = [self._document.won] if self._document.won else []
        if since is not None:
            conditions.append(f"{self._ordering} ge {since.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}")
        parts = {
            "$select": ",".join(select or [self._document.key]),
            "$expand": ",".join([*expand, *lists]),
            "$filter": " and ".join(conditions),
            # Only an order without ties gives each row once, whatever is changed between two pages.
            "$orderby": f"{self._ordering} desc,{self._document.key}",
        }
        return {name: text for name, text in parts.items() if text}

    def _fetch(self, api: VendorApi, query: Mapping[str, str], limit: int) -> Iterator[RawRecord | Refused]:
        path = f"{API}/{self._main.name}"
        headers = {"prefer": f"odata.maxpagesize={min(PAGE, limit)}", "odata-version": "4.0", "odata-maxversion": "4.0"}
        for number, row in enumerate(_rows(api, path, query, headers), start=1):
            record: dict[str, Any] = {self._main.name: _kept(row, self._main)}
            for node in self._lists:
                way = self._document.lists[node.name]
                lines = [*_listed(row, way), *_rows(api, str(row.get(f"{way}@odata.nextLink") or ""), {}, headers)]
                record[node.name] = [_kept(line, node) for line in lines]
            yield read_raw_record(encode_record(record), number)
            if number == limit:
                return


def _rows(api: VendorApi, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The rows of a query, over all its pages; none without a path."""
    params: Mapping[str, str] | None = query or None
    seen = set()
    while path and path not in seen:
        seen.add(path)
        page = api.get(path, params, headers)
        yield from _listed(page, "value")
        # A link has the query, and where the next page begins.
        path, params = str(page.get("@odata.nextLink") or ""), None


def _listed(page: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = page.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RunError(f"{_WORDS} answered a query without rows")
    return rows


def _columns(node: Node) -> tuple[list[str], list[str]]:
    """What to select of an object, and what to expand. Raises GamedayError for a name that is not valid."""
    children = [(checked_name(name, _WORDS), child) for name, child in node.children.items()]
    select = [name for name, child in children if not child.children]
    return select, [f"{name}({_below(child, ';')})" for name, child in children if child.children]


def _below(node: Node, joint: str) -> str:
    select, expand = _columns(node)
    parts = ([f"$select={','.join(select)}"] if select else []) + ([f"$expand={','.join(expand)}"] if expand else [])
    if not parts:
        raise GamedayError(f"the contract names no column of {node.path!r}")
    return joint.join(parts)


def _kept(row: Mapping[str, Any], node: Node) -> dict[str, Any]:
    """Of a row the columns of the contract: keys and annotations come unasked."""
    return {
        name: _kept(row[name], child) if child.children and isinstance(row[name], dict) else row[name]
        for name, child in node.children.items()
        if name in row
    }


def _reason(reply: httpx.Response) -> str:
    """The error's code and the column that it names; its message is left out, because it repeats values."""
    try:
        error = json_text.decode(reply.content)["error"]
        code, message = str(error["code"]), str(error["message"])
    except (ValueError, LookupError, TypeError):
        return ""
    column = re.search(r"Could not find a property named '(\w{1,100})'", message)
    shown = f" {code}" if re.fullmatch(r"0x[0-9a-fA-F]{8}", code) else ""
    return f"{shown}: no such column {column[1]!r}" if column else shown


def _token(url: str, environment: Mapping[str, str]) -> str:
    if environment.get(TOKEN_VARIABLE):
        return environment[TOKEN_VARIABLE]
    tenant, identity, secret = needed(environment, LOGIN_VARIABLES, _WORDS, TOKEN_VARIABLE)
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,100}", tenant):
        raise GamedayError(f"{LOGIN_VARIABLES[0]} is no tenant", hint="its id, or one of its domains")
    scope = environment.get(SCOPE_VARIABLE) or f"{url.rstrip('/')}/.default"
    form = {"grant_type": "client_credentials", "client_id": identity, "client_secret": secret, "scope": scope}
    where = environment.get(LOGIN_URL_VARIABLE) or _LOGIN_URL
    with VendorApi(_WORDS, where, hints=MappingProxyType({}), what=LOGIN_URL_VARIABLE) as api:
        return api.login(f"/{tenant}/oauth2/v2.0/token", form, ", ".join(LOGIN_VARIABLES))
