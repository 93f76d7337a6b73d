"""The part of Dataverse's Web API that the flow uses: webhooks, reads with what is expanded, change tracking, batches.

Source: learn.microsoft.com, "Use the Microsoft Dataverse Web API", "Use change tracking to synchronize data with
external systems", "Service protection API limits", "Use Webhooks to create external handlers for server events".

A webhook that does not arrive is not sent again, so the flow relies on what has changed: ``modifiedon`` shows records
that are there, and a delta link those that were deleted since this process listed them all. Deals are named by their
GUIDs without hyphens, which fit into the reference of any ERP.
"""

from __future__ import annotations

import datetime
import hmac
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.durable.crm import Account, Notification, Received, Record
from gameday_fakes.stacks.durable.crms.dataverse_batch import answers_of, body_of
from gameday_fakes.stacks.durable.crms.dataverse_deletions import Deletions, plain, utc
from gameday_fakes.stacks.durable.definition import FieldRule, Source
from gameday_fakes.stacks.durable.session import Session, read_json
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble, by_status, retry_after_s
from gameday_fakes.stacks.http_server import Request, Response

_log = logging.getLogger("durable")

ROOT = "/api/data/v9.2"
#: How many deals a filter names, how long a page is, and how many updates a batch has.
NAMED_AT_ONCE, PAGE, BATCH = 25, 500, 100
WON = 1
#: What the client itself puts into a record, and what it needs for that.
_OURS = ("id", "won", "deleted", "version", "net")
_NEEDED, _NEEDED_OF_LINES = ("statecode", "modifiedon", "versionnumber"), ("new_netamount", "extendedamount", "tax")
#: Codes that say more than the status: a property that is gone, a row that another transaction holds.
_REASONS = {"0x80060888": "schema_changed", "0x80044151": "locked", "0x80060882": "locked"}


def trouble_of(status: int, body: Any, wait_s: float = 0.0) -> Trouble:
    """The trouble of an error: ``{"error": {"code", "message"}}``, of which each may lack."""
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    code, message = str(error.get("code", "")), str(error.get("message", ""))
    detail = f"{status} {code} {message}".strip()[:600]
    if status in (400, 412, 500) and code in _REASONS:
        return Trouble(_REASONS[code], detail, system="crm", retry_after_s=wait_s)
    if status == 400 and "does not exist on type" in message:
        return Trouble("schema_changed", detail, system="crm")
    return by_status(status, detail, "crm", wait_s) or Trouble("refused", detail, system="crm")


class Client:
    """One environment, as its application user."""

    bare_events = False
    keeps_former_ids = True

    def __init__(self, transport: Transport, credentials: Mapping[str, str], source: Source, *_: object) -> None:
        self._transport = transport
        self._credentials = credentials
        self._source = source
        names = ("client_id", "client_secret", "scope")
        form = {"grant_type": "client_credentials", **{name: credentials[name] for name in names}}
        self._session = Session(transport, f"/{credentials['tenant']}/oauth2/v2.0/token", form, _reply_trouble)
        self._deal, self._line = _query(source.fields, _NEEDED), _query(source.line_fields, _NEEDED_OF_LINES)
        self.deletions = Deletions(self._call, f"{ROOT}/opportunities", "opportunityid")

    # -- reading -------------------------------------------------------------------------------------

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        """The deals with their lines under ``lines``; a deleted deal has ``deleted``. Raises Trouble."""
        select, expand = self._deal
        line_select, line_expand = self._line
        inner = f"$select={line_select};$orderby=lineitemnumber" + (f";$expand={line_expand}" if line_expand else "")
        expand = ",".join(part for part in (expand, f"product_opportunities({inner})") if part)
        found: dict[str, Record | Trouble] = {deal: {"id": deal, "deleted": True} for deal in deals}
        for start in range(0, len(deals), NAMED_AT_ONCE):
            named = " or ".join(f"opportunityid eq {dashed(deal)}" for deal in deals[start : start + NAMED_AT_ONCE])
            page = await self._read("opportunities", {"$filter": named, "$select": select, "$expand": expand})
            for raw in page["value"]:
                head = self._head(raw)
                lines = [self._source.line_of(_with_net(line)) for line in raw.get("product_opportunities", ())]
                found[head["id"]] = {**head, "lines": lines}
        return found

    def _head(self, raw: dict[str, Any]) -> Record:
        version = f"{raw['modifiedon']}#{int(raw['versionnumber']):015d}"
        own = {"id": plain(raw["opportunityid"]), "won": raw["statecode"] == WON, "version": version}
        return self._source.deal_of({**raw, **own})

    async def changed(self, since: str, overlap_s: float, limit: int | None = None) -> list[Record]:
        """The heads of the deals that changed in the window: won, void and deleted ones. Raises Trouble."""
        select, expand = self._deal
        query = {"$select": select, "$orderby": "modifiedon", **({"$expand": expand} if expand else {})}
        start = _before(since.partition("#")[0], overlap_s) if since else ""
        if since:
            query["$filter"] = f"modifiedon ge {start}"
        found = [self._head(raw) for raw in await self._pages("opportunities", query)]
        deleted = await self.deletions.look()
        present = {record["id"] for record in found}
        for deal, version in deleted.items():
            if deal not in present and version >= start:
                found.append({"id": deal, "deleted": True, "version": version})
        return sorted(found, key=lambda record: str(record["version"]))[:limit]

    def listed(self) -> set[str] | None:
        """The deals that were there when deletions were first followed, once."""
        return self.deletions.listed()

    async def recalculated(self, _: str, __: float) -> dict[str, str]:
        """None: no field of a deal that the flow reads is computed from its customer."""
        return {}

    async def tier(self, _: str) -> str:
        """None: the flow knows of no field with it."""
        return ""

    async def account(self, account: str) -> Account:
        """An account by its number, with those of all that were merged into it, one after another. Raises Trouble."""
        query = {
            "$select": "name,address1_city,address1_country",
            "$expand": "transactioncurrencyid($select=isocurrencycode)",
        }
        own = await self._read(f"accounts(accountnumber={quoted(account)})", query)
        former, ids = [], [own["accountid"]]
        while ids:
            merged = " or ".join(f"_masterid_value eq {id_}" for id_ in ids)
            rows = await self._pages("accounts", {"$select": "accountid,accountnumber", "$filter": merged})
            former += [each["accountnumber"] for each in rows if each.get("accountnumber")]
            ids = [each["accountid"] for each in rows]
        currency = (own.get("transactioncurrencyid") or {}).get("isocurrencycode") or ""
        place = (str(own.get("address1_city") or ""), str(own.get("address1_country") or ""))
        return Account(account, str(own.get("name") or ""), currency, *place, tuple(former))

    async def fields_of(self, object_name: str) -> set[str]:
        """The names by which this user can read an object's columns. Raises Trouble."""
        where = (
            f"EntityDefinitions?$select=LogicalName&$expand=Attributes&$filter=EntitySetName eq {quoted(object_name)}"
        )
        page = read_json(await self._call("GET", f"{ROOT}/{where}"), "crm")
        columns = page["value"][0]["Attributes"] if page["value"] else []
        return {each["LogicalName"] for each in columns} | set(_OURS)

    async def _pages(self, path: str, query: Mapping[str, str]) -> list[Any]:
        found: list[Any] = []
        headers = {"prefer": f"odata.maxpagesize={PAGE}"}
        page = await self._read(path, query, headers)
        while True:
            found += page["value"]
            if "@odata.nextLink" not in page:
                return found
            page = read_json(await self._call("GET", page["@odata.nextLink"], headers=headers), "crm")

    async def _read(self, path: str, query: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
        reply = await self._call("GET", f"{ROOT}/{path}", params=dict(query), headers=headers)
        return read_json(reply, "crm")

    async def _call(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send a request. After a 429 none goes out before the wait is over: it would make the wait longer.

        The limits are the user's, so every request waits, not only the one that was refused. Raises Trouble.
        """
        self._transport.need_open()
        try:
            return await self._session.call(method, url, **more)
        except Trouble as trouble:
            if trouble.reason == "rate_limited":
                self._transport.hold(trouble.retry_after_s)
            raise

    # -- writing -------------------------------------------------------------------------------------

    async def update(self, updates: Mapping[str, Mapping[str, Any]]) -> dict[str, Trouble | None]:
        """Update deals by id, each with its own outcome. Raises Trouble if a whole batch fails."""
        outcomes: dict[str, Trouble | None] = dict.fromkeys(updates)
        ids = list(updates)
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            content_type, body = body_of([(f"{ROOT}/opportunities({dashed(id_)})", updates[id_]) for id_ in part])
            headers = {"content-type": content_type, "prefer": "odata.continue-on-error"}
            reply = await self._call("POST", f"{ROOT}/$batch", content=body, headers=headers)
            answers = answers_of(reply.headers.get("content-type", ""), reply.content)
            for number, id_ in enumerate(part):
                status, found = answers[number] if number < len(answers) else (0, None)
                if not 200 <= status < 300:
                    trouble = trouble_of(status, found)
                    outcomes[id_] = Trouble("batch_part_failed", f"inside a 200: {trouble.detail}", system="crm")
        return outcomes

    # -- events --------------------------------------------------------------------------------------

    def receive(self, request: Request) -> Received | Response:
        """The deal in a webhook, if its key is right."""
        given = request.headers.get(self._credentials["webhook_header"], "")
        if not hmac.compare_digest(given.encode(), self._credentials["webhook_key"].encode()):
            return Response.of({"error": "the key is missing or wrong"}, 401)
        try:
            context = json.loads(request.body)
            about, id_ = context["PrimaryEntityName"], plain(context["PrimaryEntityId"])
            notification = Notification(str(context["OperationId"]), id_, self._values(context))
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            _log.warning("not a webhook: %r", problem)
            return Response.of({"error": "expected: a RemoteExecutionContext"}, 400)
        return Received([notification] if about == "opportunity" else [], Response.of({}))

    def _values(self, context: Mapping[str, Any]) -> dict[str, str]:
        """The values that an event carries, by the flow's names."""
        names = {rule.path: rule.name for rule in self._source.fields if rule.path not in _OURS}
        target: Any = next((each["value"] for each in context["InputParameters"] if each["key"] == "Target"), {})
        found: dict[str, str] = {}
        for each in target.get("Attributes") or ():
            value = each["value"]
            value = value.get("Value") if isinstance(value, dict) else value
            if each["key"] in names and value is not None:
                found[names[each["key"]]] = str(value)
        return found


def _query(rules: Iterable[FieldRule], needed: Sequence[str]) -> tuple[str, str]:
    """What to select and what to expand, for the paths of fields."""
    select, expand = dict.fromkeys(needed), dict[str, list[str]]()
    for rule in rules:
        first, _, rest = rule.path.partition(".")
        if rest:
            expand.setdefault(first, []).append(rest)
        elif first not in _OURS:
            select[first] = None
    return ",".join(select), ",".join(f"{name}($select={','.join(inner)})" for name, inner in expand.items())


def _with_net(line: dict[str, Any]) -> dict[str, Any]:
    """A line with its net amount: the agreed one, else what it costs less the tax on it."""
    net = line.get("new_netamount")
    if net is None and line.get("extendedamount") is not None:
        net = Decimal(str(line["extendedamount"])) - Decimal(str(line.get("tax") or 0))
    return {**line, "net": net}


def dashed(id_: str) -> str:
    """The same GUID with its hyphens."""
    return "-".join((id_[:8], id_[8:12], id_[12:16], id_[16:20], id_[20:]))


def quoted(text: str) -> str:
    """A text as a literal of a query."""
    return "'" + text.replace("'", "''") + "'"


def _moment(timestamp: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(timestamp)


def _before(timestamp: str, seconds: float) -> str:
    return utc(_moment(timestamp) - datetime.timedelta(seconds=seconds))


def _reply_trouble(reply: httpx.Response) -> Trouble:
    try:
        body = json.loads(reply.content)
    except ValueError:
        body = None
    return trouble_of(reply.status_code, body, retry_after_s(reply))
