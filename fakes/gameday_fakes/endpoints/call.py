"""What an endpoint of the user's gets and gives: the request, the organisation's records, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gameday_fakes.http import Request


class Refusal(Exception):
    """A read or a write that the vendor refuses. An endpoint that does not catch it answers as the vendor does.

    ``status``, ``code``, ``message`` and ``fields`` are those of the vendor's own reply to such a request.
    """

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields


class Answer(msgspec.Struct, frozen=True):
    """An endpoint's answer. With a type but JSON ``body`` is a text or bytes, and sent as it is; None: no body."""

    body: Any = None
    status: int = 200
    content_type: str = "application/json"


class Records(Protocol):
    """Reads and writes the records of an organisation as a request of the sync does. Every method raises Refusal."""

    def read(self, object_name: str, id_: str) -> dict[str, Any]:
        """A record, as the vendor's REST API returns it."""

    def query(self, statement: str) -> list[dict[str, Any]]:
        """All rows that a statement in the vendor's query language finds."""

    def create(self, object_name: str, fields: Mapping[str, Any]) -> str:
        """The id of a new record."""

    def update(self, object_name: str, id_: str, fields: Mapping[str, Any]) -> None:
        """Change fields of a record."""

    def upsert(self, object_name: str, field: str, value: str, fields: Mapping[str, Any]) -> str:
        """Change the record with this external id, or create it; its id."""

    def delete(self, object_name: str, id_: str) -> None:
        """Delete a record."""

    def transform(self, object_name: str, id_: str, to: str, fields: Mapping[str, Any]) -> str:
        """The id of a record made from another one, such as an invoice of an order; not of every vendor."""


class Call:
    """One request to an endpoint, and the organisation's records.

    ``params`` are the values of the path's ``{names}`` and of the query. ``body`` is the decoded JSON (fractions are
    Decimals), None where there is none; ``text`` is the body as it came. ``headers`` have names in lower case.
    """

    def __init__(self, request: Request, params: Mapping[str, str], body: Any, records: Records) -> None:
        self.method = request.method
        self.path = request.path
        self.params = {**request.query, **params}
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.items()}
        self.text = request.body.decode(errors="replace")
        self.body = body
        self.read = records.read
        self.query = records.query
        self.create = records.create
        self.update = records.update
        self.upsert = records.upsert
        self.delete = records.delete
        self.transform = records.transform
