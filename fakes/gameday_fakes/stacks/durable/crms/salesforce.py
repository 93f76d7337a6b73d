"""The part of Salesforce that the flow uses: outbound messages, batch reads, queries, describe and batch updates."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from gameday_fakes.stacks import outbound_message
from gameday_fakes.stacks.durable.crm import Account, Notification, Received, Record
from gameday_fakes.stacks.durable.definition import Source
from gameday_fakes.stacks.durable.session import Session, read_json
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble, by_status, retry_after_s
from gameday_fakes.stacks.http_server import Request, Response

_log = logging.getLogger("durable")

API = "/services/data/v60.0"
ACCOUNT = "Id, Name, CurrencyIsoCode, BillingCity, BillingCountry"
HEAD = ("id", "account", "amount", "currency", "won", "deleted", "version")

_REASONS = {
    "INVALID_SESSION_ID": "login_refused",
    "REQUEST_LIMIT_EXCEEDED": "rate_limited",
    "INVALID_FIELD": "schema_changed",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "permission_denied",
    "INVALID_TYPE": "permission_denied",
    "INSUFFICIENT_ACCESS_OR_READONLY": "permission_denied",
    "INSUFFICIENT_ACCESS": "permission_denied",
    "API_DISABLED_FOR_ORG": "permission_denied",
    "API_CURRENTLY_DISABLED": "permission_denied",
    "UNABLE_TO_LOCK_ROW": "locked",
    "ENTITY_IS_LOCKED": "locked",
    "SERVER_UNAVAILABLE": "unavailable",
    "REQUEST_RUNNING_TOO_LONG": "unavailable",
    "UNKNOWN_EXCEPTION": "unavailable",
    "QUERY_TIMEOUT": "unavailable",
}


def trouble_of(status: int, body: Any, wait_s: float = 0.0) -> Trouble:
    """The trouble of a Salesforce error: ``[{message, errorCode}]``. Its code is more specific than the HTTP status.

    Source: Salesforce, "REST API Developer Guide", section "Status Codes and Error Responses".
    """
    first = body[0] if isinstance(body, list) and body and isinstance(body[0], dict) else {}
    code = str(first.get("errorCode", first.get("statusCode", "")))
    detail = f"{status} {code} {first.get('message', '')}".strip()
    if code in _REASONS:
        return Trouble(_REASONS[code], detail, system="crm", retry_after_s=wait_s)
    return by_status(status, detail, "crm", wait_s) or Trouble("refused", detail, system="crm")


def reply_trouble(reply: httpx.Response) -> Trouble:
    """The trouble of an error reply."""
    try:
        body = json.loads(reply.content)
    except ValueError:
        body = None
    return trouble_of(reply.status_code, body, retry_after_s(reply))


def before(timestamp: str, seconds: float) -> str:
    """A SOQL datetime literal that much before a CRM timestamp (``2026-01-01T00:00:00.000+0000``)."""
    moment = datetime.datetime.fromisoformat(timestamp) - datetime.timedelta(seconds=seconds)
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Client:
    """One org, as its integration user. ``is_expected`` says whether an org, by its id, is the one to work with."""

    bare_events = False
    keeps_former_ids = False
    session_class: type[Session] = Session

    def __init__(
        self,
        transport: Transport,
        credentials: Mapping[str, str],
        source: Source,
        is_expected: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._source = source
        self._is_expected = is_expected
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials["client_id"],
            "client_secret": credentials["client_secret"],
        }
        login = "/services/oauth2/token"
        self._session = self.session_class(transport, login, form, reply_trouble, self._check_organization)

    # -- reading -------------------------------------------------------------------------------------

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        """The deals with their lines under ``lines``, each with its own outcome. A deleted deal has ``deleted``.

        Sends one composite request: a part for each deal and one for all lines. Raises Trouble if all of it fails.
        """
        parts = [
            {"method": "GET", "url": f"{API}/sobjects/{self._source.object}/{deal}", "referenceId": f"deal{number}"}
            for number, deal in enumerate(deals)
        ]
        parts.append(
            {"method": "GET", "url": f"{API}/query?q={quote(self._lines_query(deals))}", "referenceId": "lines"}
        )
        body = {"allOrNone": False, "compositeRequest": parts}
        reply = await self._session.call("POST", f"{API}/composite", json=body)
        answers = {part["referenceId"]: part for part in _read(reply)["compositeResponse"]}
        lines = await self._lines_of(answers.get("lines"))
        return {deal: self._part(answers.get(f"deal{number}"), deal, lines) for number, deal in enumerate(deals)}

    def line_fields(self) -> list[str]:
        """The fields to query of a line."""
        return [rule.path for rule in self._source.line_fields]

    def _lines_query(self, deals: Iterable[str]) -> str:
        fields = ", ".join(self.line_fields())
        ids = ", ".join(f"'{deal}'" for deal in deals)
        return f"SELECT OpportunityId, {fields} FROM {self._source.lines} WHERE OpportunityId IN ({ids})"  # noqa: S608

    async def _lines_of(self, part: Mapping[str, Any] | None) -> dict[str, list[Record]] | Trouble:
        if part is None:
            return Trouble("batch_part_failed", "the batch's reply lacks the part with the lines", system="crm")
        if part["httpStatusCode"] >= 400:
            return part_trouble(part)
        rows = await self._all_pages(part["body"])
        lines: dict[str, list[Record]] = {}
        for row in rows:
            lines.setdefault(row["OpportunityId"], []).append(self._source.line_of(row))
        return lines

    def _part(
        self, part: Mapping[str, Any] | None, deal: str, lines: dict[str, list[Record]] | Trouble
    ) -> Record | Trouble:
        if part is None:
            return Trouble("batch_part_failed", "the batch's reply lacks the part of this deal", system="crm")
        if part["httpStatusCode"] == 404:
            return {"id": deal, "deleted": True}
        if part["httpStatusCode"] >= 400:
            return part_trouble(part)
        record = self._source.deal_of(part["body"])
        if isinstance(lines, Trouble):
            # One copy per deal, because each carries the payload of its deal.
            return Trouble(lines.reason, lines.detail, system=lines.system, payload=record)
        return {**record, "lines": lines.get(deal, [])}

    async def changed(self, since: str, overlap_s: float, limit: int | None = None) -> list[Record]:
        """The heads of the deals that changed in the window: won, void and deleted ones. Raises Trouble."""
        stamp = self._source.path("version")
        where = f" WHERE {stamp} >= {before(since, overlap_s)}" if since else ""
        most = f" LIMIT {limit}" if limit else ""
        fields = ", ".join(self._source.path(name) for name in HEAD)
        query = f"SELECT {fields} FROM {self._source.object}{where} ORDER BY {stamp}{most}"  # noqa: S608
        return [self._source.deal_of(row) for row in await self.query(query, deleted=True)]

    def listed(self) -> None:
        """None: deleted deals are among what changed."""

    async def recalculated(self, since: str, overlap_s: float) -> dict[str, str]:
        """The deals of the accounts that changed, each with its account's stamp: formulas leave the deal's own.

        Source: Databricks, "Ingest Salesforce formula fields incrementally". Raises Trouble.
        """
        where = f" WHERE Account.SystemModstamp >= {before(since, overlap_s)}" if since else ""
        query = f"SELECT Id, Account.SystemModstamp FROM {self._source.object}{where}"  # noqa: S608
        rows = await self.query(query)
        return {row["Id"]: row["Account"]["SystemModstamp"] for row in rows if row["Account"]}

    async def account(self, account: str) -> Account:
        """A customer. Raises Trouble; of one that was merged since its deal was read, ``stale``."""
        where = f"FROM Account WHERE Id = '{account}'"
        rows = await self.query(f"SELECT {ACCOUNT} {where}")
        if not rows:
            gone = await self.query(f"SELECT MasterRecordId {where}", deleted=True)
            if gone and gone[0]["MasterRecordId"]:
                raise Trouble("stale", f"account {account} was merged into {gone[0]['MasterRecordId']}", system="crm")
            raise Trouble("invalid_reference", f"the CRM has no account {account}", system="crm")
        [row] = rows
        place = (row["BillingCity"] or "", row["BillingCountry"] or "")
        return Account(account, row["Name"], row["CurrencyIsoCode"], *place)

    async def tier(self, account: str) -> str:
        """The account's own field, which not every organisation has. Raises Trouble."""
        record = _read(await self._session.call("GET", f"{API}/sobjects/Account/{account}"))
        return str(record.get(self._source.tier) or "")

    async def query(self, soql: str, *, deleted: bool = False) -> list[Record]:
        """All rows of a query, over all pages, with deleted ones if asked. Raises Trouble."""
        resource = "queryAll" if deleted else "query"
        reply = await self._session.call("GET", f"{API}/{resource}?q={quote(soql)}")
        return await self._all_pages(_read(reply))

    async def _all_pages(self, page: Mapping[str, Any]) -> list[Record]:
        rows: list[Record] = list(page["records"])
        while not page["done"]:
            page = _read(await self._session.call("GET", page["nextRecordsUrl"]))
            rows += page["records"]
        return rows

    async def fields_of(self, object_name: str) -> set[str]:
        """The names of an object's fields that this user can see. Raises Trouble."""
        reply = await self._session.call("GET", f"{API}/sobjects/{object_name}/describe")
        return {field["name"] for field in _read(reply)["fields"]}

    # -- writing -------------------------------------------------------------------------------------

    async def update(self, updates: Mapping[str, Mapping[str, Any]]) -> dict[str, Trouble | None]:
        """Update up to 200 records by id, each with its own outcome. Raises Trouble if the whole batch fails."""
        kind = {"type": self._source.object}
        records = [{"attributes": kind, "id": deal, **fields} for deal, fields in updates.items()]
        reply = await self._session.call(
            "PATCH", f"{API}/composite/sobjects", json={"allOrNone": False, "records": records}
        )
        outcomes: dict[str, Trouble | None] = {}
        for deal, result in zip(updates, _read(reply), strict=True):
            outcomes[deal] = None if result["success"] else trouble_of(400, result["errors"])
        return outcomes

    # -- events --------------------------------------------------------------------------------------

    def receive(self, request: Request) -> Received | Response:
        """The events of an outbound message; it is acknowledged by the text of the reply."""
        try:
            parsed = outbound_message.parse(request.body)
        except outbound_message.BadMessage as problem:
            _log.warning("not an outbound message: %s", problem)
            return Response(400, outbound_message.NACK, outbound_message.CONTENT_TYPE)
        names = {rule.path: rule.name for rule in self._source.fields}
        notifications = [
            Notification(each.id, each.record, {names.get(name, name): value for name, value in each.fields.items()})
            for each in parsed
            if each.object in ("", self._source.object)
        ]
        return Received(notifications, Response(200, outbound_message.ACK, outbound_message.CONTENT_TYPE))

    # -- the session ---------------------------------------------------------------------------------

    def _check_organization(self, login: Any) -> None:
        """Raise Trouble if a login's identity (``https://HOST/id/ORG/USER``) is of another organization.

        There every deal of ours looks deleted.
        """
        organization = str(login.get("id", "")).rpartition("/")[0].rpartition("/")[2]
        if organization and not self._is_expected(organization):
            raise Trouble("wrong_environment", f"the login led to organization {organization}", system="crm")


def _read(reply: httpx.Response) -> Any:
    return read_json(reply, "crm")


def part_trouble(part: Mapping[str, Any]) -> Trouble:
    """The trouble of a part that failed inside a batch with status 200."""
    trouble = trouble_of(part["httpStatusCode"], part["body"])
    if trouble.reason in ("locked", "refused", "unavailable"):
        return Trouble("batch_part_failed", f"inside a 200: {trouble.detail}", system="crm")
    return trouble
