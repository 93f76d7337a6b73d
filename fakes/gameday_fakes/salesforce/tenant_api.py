"""The calls of Salesforce's REST API with which gameday drives a sandbox, and its session there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from gameday_fakes.declared import ControlError
from gameday_fakes.salesforce.tenant_probes import PROBES
from gameday_fakes.salesforce.tenant_proof import API, QUESTION, check_host, check_id, proved_id, token_of, user_of
from gameday_fakes.sandbox.connection import Answer, Header, TenantConnection
from gameday_fakes.sandbox.settings import TenantSettings
from gameday_fakes.sandbox.tenant import Tenant

_USAGE = re.compile(r"api-usage=([0-9]{1,15})/([0-9]{1,15})")
_FORM = (b"content-type", b"application/x-www-form-urlencoded")


class SalesforceApi(Tenant):
    """One organisation, as gameday's own user."""

    variables = MappingProxyType(
        {"client_id": "GAMEDAY_SALESFORCE_CLIENT_ID", "client_secret": "GAMEDAY_SALESFORCE_CLIENT_SECRET"}
    )
    aliases = ("test.salesforce.com",)
    login_hint = "does the connected app of this sandbox have the client credentials flow, and a user to run as?"
    probes = PROBES

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._token = ""
        #: The id of gameday's own user, once it has logged in.
        self.user = ""
        self._fields: dict[str, frozenset[str]] = {}

    @classmethod
    def check_settings(cls, settings: TenantSettings) -> TenantSettings:
        allowed = tuple(check_id(each) for each in settings.allow)
        if settings.metadata and not settings.sync_user:
            raise ValueError("'metadata' needs 'sync_user', the name with which the stack's user logs in")
        return msgspec.structs.replace(settings, host=check_host(settings.host), allow=allowed)

    # -- who it is -----------------------------------------------------------------------------------

    async def identity(self, connection: TenantConnection) -> str:
        answer = await self._asked(connection)
        if answer.status == 401:
            self.log_out()
            answer = await self._asked(connection)
        return self._proved(answer)

    def _proved(self, answer: Answer) -> str:
        return proved_id(answer)

    async def _asked(self, connection: TenantConnection) -> Answer:
        if not self._token:
            form = {"grant_type": "client_credentials", **{name: self._secrets[name] for name in self.variables}}
            body = urlencode(form).encode()
            answer = await connection.call("POST", "/services/oauth2/token", [_FORM], body)
            self._token, self.user = token_of(answer, self.settings.host), user_of(answer)
        return await connection.call("GET", QUESTION, self._bearer())

    def authorized(self, method: str, target: str) -> list[Header]:
        return self._bearer()

    def log_out(self) -> None:
        self._token = ""

    def _bearer(self) -> list[Header]:
        return [(b"authorization", b"Bearer " + self._token.encode())]

    def too_many(self, answer: Answer) -> bool:
        # A daily limit does not pass while one waits.
        return False

    async def allowance(self) -> str:
        answer = await self.ask("GET", f"{API}/limits")
        used, most = _usage(answer)
        return f"{used:,} of {most:,} calls a day are used; gameday uses half of them at most"

    def check_limits(self, answer: Answer) -> None:
        used, most = _usage(answer)
        if used * 2 > most:
            raise ControlError(
                f"{self.settings.host} has used {used:,} of its {most:,} calls a day; gameday keeps half free"
            )

    # -- calls ---------------------------------------------------------------------------------------

    async def query(self, soql: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """All rows of a query, with deleted ones if asked. Raises ControlError."""
        return [row async for rows in self.pages(soql, deleted=deleted) for row in rows]

    async def pages(self, soql: str, *, deleted: bool = False) -> AsyncIterator[list[dict[str, Any]]]:
        """The same, page by page."""
        page = await self.json("GET", f"{API}/{'queryAll' if deleted else 'query'}?q={quote(soql)}")
        yield page["records"]
        while not page["done"]:
            page = await self.json("GET", str(page["nextRecordsUrl"]))
            yield page["records"]

    async def fields_of(self, sobject: str) -> frozenset[str]:
        """The fields of an object that gameday's user can see."""
        if sobject not in self._fields:
            found = await self.json("GET", f"{API}/sobjects/{sobject}/describe")
            self._fields[sobject] = frozenset(str(field["name"]) for field in found["fields"])
        return self._fields[sobject]

    async def write_records(self, method: str, records: Sequence[Any]) -> list[str]:
        """Add or delete up to 200 records, all or none; their ids."""
        if method == "DELETE":
            target = f"{API}/composite/sobjects?ids={','.join(records)}&allOrNone=true"
            results = await self.json(method, target)
        else:
            results = await self.json(method, f"{API}/composite/sobjects", {"allOrNone": True, "records": records})
        for result in results:
            if not result["success"]:
                raise ControlError(f"{self.settings.host} refused a record: {str(result['errors'])[:300]}")
        return [str(result["id"]) for result in results]

    async def all_of(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The bodies of the replies to parts of which all are carried out, or none. Raises ControlError."""
        reply = await self.json("POST", f"{API}/composite", {"allOrNone": True, "compositeRequest": parts})
        answers = reply["compositeResponse"]
        failed = [each for each in answers if each["httpStatusCode"] >= 400]
        if failed:
            first = next((each for each in failed if "PROCESSING_HALTED" not in str(each["body"])), failed[0])
            raise ControlError(f"{self.settings.host} refused {first['referenceId']}: {str(first['body'])[:300]}")
        for each in answers:
            results = each["body"] if isinstance(each["body"], list) else []
            for result in results:
                if not result.get("success", True):
                    raise ControlError(f"{self.settings.host} refused a line: {str(result.get('errors'))[:300]}")
        return [each["body"] for each in answers]


def _usage(answer: Answer) -> tuple[int, int]:
    """How many calls of the day are used, and how many there are ("Sforce-Limit-Info"); 0 where a reply says neither.

    >>> _usage(Answer(200, [(b"Sforce-Limit-Info", b"api-usage=18/15000")], b""))
    (18, 15000)
    """
    found = _USAGE.match(answer.header("sforce-limit-info"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def part(method: str, path: str, name: str, body: Any = None) -> dict[str, Any]:
    """A part of a composite request."""
    made = {"method": method, "url": f"{API}/{path}", "referenceId": name}
    return made if body is None else {**made, "body": body}


def quoted(text: str) -> str:
    """A text as a literal of SOQL ("Quoted String Escape Sequences")."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def only(known: Iterable[str], **values: Any) -> dict[str, Any]:
    """The values of fields that an object has."""
    return {name: value for name, value in values.items() if name in known}


def given(known: Iterable[str], **values: Any) -> dict[str, Any]:
    """The values that there are, of fields that an object has. Raises ControlError for one that it lacks."""
    found = {name: value for name, value in values.items() if value not in (None, "")}
    for name in found:
        if name not in known:
            raise ControlError(f"the organisation has no field {name!r}, which the workload gives a value")
    return found
