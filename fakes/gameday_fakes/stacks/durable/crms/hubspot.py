"""The part of HubSpot that the flow uses: webhooks, batches of records and associations, search, and properties.

Source: developers.hubspot.com, "Deals", "Associations v4", "Search the CRM", "Webhooks API", "Error handling". Searches
show changes late, and never records that are archived: those come from a list of their own.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from gameday_fakes.stacks.durable.crm import Account, Notification, Received, Record
from gameday_fakes.stacks.durable.definition import FieldRule, Source
from gameday_fakes.stacks.durable.session import Session, read_json
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble, by_status, retry_after_s
from gameday_fakes.stacks.http_server import Request, Response

_log = logging.getLogger("durable")

OBJECTS = "/crm/v3/objects"
#: The most inputs of a batch, the most results of a page of a search and of a list, and the most that a search shows.
BATCH, PAGE, LIST_PAGE, MOST_FOUND = 100, 200, 100, 10_000
_COMPANY = ("name", "city", "country", "account_currency", "hs_merged_object_ids")
#: What the transport itself puts into a record.
_OURS = ("id", "company", "archived")
_REASONS = {423: "locked", 409: "locked", 477: "unavailable", 521: "unavailable", 524: "unavailable"}


def trouble_of(status: int, body: Any, wait_s: float = 0.0) -> Trouble:
    """The trouble of an error: ``{message, category, errors}``, of which each may lack."""
    body = body if isinstance(body, dict) else {}
    message, category = str(body.get("message", "")), str(body.get("category", ""))
    detail = f"{status} {category} {message}".strip()[:600]
    if status in _REASONS:
        return Trouble(_REASONS[status], detail, system="crm", retry_after_s=wait_s)
    if status == 400 and ("PROPERTY_DOESNT_EXIST" in message or "does not exist" in message):
        return Trouble("schema_changed", detail, system="crm")
    return by_status(status, detail, "crm", wait_s) or Trouble("refused", detail, system="crm")


class Client:
    """One account, as a public app that is installed in it."""

    bare_events = True
    keeps_former_ids = True

    def __init__(self, transport: Transport, credentials: Mapping[str, str], source: Source, *_: object) -> None:
        self._transport = transport
        self._credentials = credentials
        self._source = source
        names = ("client_id", "client_secret", "refresh_token")
        form = {"grant_type": "refresh_token", **{name: credentials[name] for name in names}}
        self._session = Session(transport, "/oauth/v1/token", form, _reply_trouble)

    # -- reading -------------------------------------------------------------------------------------

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        """The deals with their lines under ``lines``, each with its own outcome. A deleted deal has ``deleted``.

        Raises Trouble if all of it fails.
        """
        records, failed = await self._batch("deals", deals, _names(self._source.fields))
        current = {id_: each["id"] for id_, each in records.items()}
        companies = await self._associated("companies", current.values())
        lines_of = await self._associated("line_items", current.values())
        wanted = [line for deal in current.values() for line in lines_of.get(deal, ())]
        lines, _ = await self._batch("line_items", wanted, _names(self._source.line_fields))
        found: dict[str, Record | Trouble] = {}
        for deal in deals:
            if deal not in records:
                found[deal] = failed.get(deal, {"id": deal, "deleted": True})
                continue
            own = [lines[id_] for id_ in lines_of.get(current[deal], ()) if id_ in lines]
            # Under the id by which the flow knows it, also after a merge has given it another.
            company = companies.get(current[deal], ())[:1]
            raw = {**records[deal]["properties"], "id": deal, **({"company": company[0]} if company else {})}
            shown = [self._source.line_of(line["properties"]) for line in own]
            found[deal] = {**self._head(raw), "lines": shown}
        return found

    def _head(self, raw: dict[str, Any]) -> Record:
        """A deal without its lines. HubSpot leaves out milliseconds that are 0, and versions are compared as texts."""
        record = self._source.deal_of(raw)
        version = str(record.get("version") or "")
        return {**record, "version": _stamp(version)} if version else record

    async def _batch(
        self, object_: str, ids: Iterable[str], properties: Sequence[str]
    ) -> tuple[dict[str, Any], dict[str, Trouble]]:
        """Records by the id that was asked for, and the troubles of those that could not be read.

        Records that are not there are in neither.
        """
        asked, records, failed = list(dict.fromkeys(ids)), {}, {}
        for start in range(0, len(asked), BATCH):
            part = asked[start : start + BATCH]
            body = {
                "inputs": [{"id": id_} for id_ in part],
                "properties": [*properties, "hs_merged_object_ids"],
                "propertiesWithHistory": [],
            }
            reply = _read(await self._session.call("POST", f"{OBJECTS}/{object_}/batch/read", json=body))
            for record in reply["results"]:
                former = str(record["properties"].get("hs_merged_object_ids") or "").split(";")
                records.update({id_: record for id_ in part if id_ == record["id"] or id_ in former})
            for error in reply.get("errors", ()):
                if error.get("category") != "OBJECT_NOT_FOUND":
                    failed.update(dict.fromkeys(_ids_of(error, part), _part_trouble(error)))
        return records, failed

    async def _associated(self, to: str, deals: Iterable[str]) -> dict[str, list[str]]:
        """The ids of the records with which each deal is associated; its primary company comes first."""
        body = {"inputs": [{"id": deal} for deal in dict.fromkeys(deals)]}
        if not body["inputs"]:
            return {}
        reply = _read(await self._session.call("POST", f"/crm/v4/associations/deals/{to}/batch/read", json=body))
        return {str(each["from"]["id"]): [str(to["toObjectId"]) for to in _primary_first(each["to"])]
                for each in reply["results"]}  # fmt: skip

    async def changed(self, since: str, overlap_s: float, limit: int | None = None) -> list[Record]:
        """The heads of the deals that changed in the window: won, void and archived ones. Raises Trouble."""
        start = _before(since, overlap_s) if since else datetime.datetime.fromtimestamp(0, datetime.UTC)
        names = [name for name in _names(self._source.fields) if name not in _OURS]
        found = {each["id"]: self._head({**each["properties"], "id": each["id"]})
                 for each in await self._search(start, names)}  # fmt: skip
        for each in await self._archived(names):
            if _moment(each["archivedAt"]) >= start:
                raw = {**each["properties"], "id": each["id"], "archived": True}
                found[each["id"]] = {**self._head(raw), "version": _stamp(each["archivedAt"])}
        return sorted(found.values(), key=lambda record: str(record["version"]))[:limit]

    async def _search(self, start: datetime.datetime, names: Sequence[str]) -> list[Any]:
        """The deals that search shows as changed since then, over all pages, also where they are over 10,000."""
        found: dict[str, Any] = {}
        stamp, after = self._source.path("version"), "0"
        while True:
            if int(after) + PAGE > MOST_FOUND:
                start, after = _moment(list(found.values())[-1]["properties"][stamp]), "0"
            since = {"propertyName": stamp, "operator": "GTE", "value": str(int(start.timestamp() * 1000))}
            body = {
                "filterGroups": [{"filters": [since]}],
                "sorts": [{"propertyName": stamp, "direction": "ASCENDING"}],
                "properties": names,
                "limit": PAGE,
                "after": after,
            }
            page = _read(await self._session.call("POST", f"{OBJECTS}/deals/search", json=body))
            found.update({each["id"]: each for each in page["results"]})
            if "paging" not in page:
                return list(found.values())
            after = page["paging"]["next"]["after"]

    async def _archived(self, names: Sequence[str]) -> list[Any]:
        found: list[Any] = []
        after = ""
        while True:
            query = {"archived": "true", "limit": LIST_PAGE, "properties": ",".join(names)}
            given = {**query, "after": after} if after else query
            page = _read(await self._session.call("GET", f"{OBJECTS}/deals", params=given))
            found += page["results"]
            if "paging" not in page:
                return found
            after = page["paging"]["next"]["after"]

    def listed(self) -> None:
        """None: deleted deals are among what changed."""

    async def recalculated(self, _: str, __: float) -> dict[str, str]:
        """None: no field of a deal that the flow reads is computed from its customer."""
        return {}

    async def tier(self, _: str) -> str:
        """None: the flow knows of no field with it."""
        return ""

    async def account(self, account: str) -> Account:
        """A company, with the ids that it had before merges. Raises Trouble."""
        query = {"properties": ",".join(_COMPANY)}
        record = _read(await self._session.call("GET", f"{OBJECTS}/companies/{account}", params=query))
        own = {name: str(record["properties"].get(name) or "") for name in _COMPANY}
        former = tuple(id_ for id_ in own["hs_merged_object_ids"].split(";") if id_)
        return Account(account, own["name"], own["account_currency"], own["city"], own["country"], former)

    async def fields_of(self, object_name: str) -> set[str]:
        """The names of an object's properties that this app can see. Raises Trouble."""
        page = _read(await self._session.call("GET", f"/crm/v3/properties/{object_name}"))
        return {each["name"] for each in page["results"]} | set(_OURS)

    # -- writing -------------------------------------------------------------------------------------

    async def update(self, updates: Mapping[str, Mapping[str, Any]]) -> dict[str, Trouble | None]:
        """Update deals by id, each with its own outcome. Raises Trouble if a whole batch fails."""
        outcomes: dict[str, Trouble | None] = dict.fromkeys(updates)
        ids = list(updates)
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            # With a trace id of each, one that is refused lets the others pass.
            inputs = [{"id": id_, "properties": updates[id_], "objectWriteTraceId": id_} for id_ in part]
            reply = _read(await self._session.call("POST", f"{OBJECTS}/deals/batch/update", json={"inputs": inputs}))
            for error in reply.get("errors", ()):
                outcomes.update(dict.fromkeys(_ids_of(error, part), _part_trouble(error)))
        return outcomes

    # -- events --------------------------------------------------------------------------------------

    def receive(self, request: Request) -> Received | Response:
        """The events of a webhook about deals, if its signature is right."""
        if not self._is_signed(request):
            return Response.of({"error": "the signature is missing or wrong"}, 401)
        try:
            events = [each for each in json.loads(request.body) if str(each["subscriptionType"]).startswith("deal.")]
            notifications = [self._notification(each) for each in events]
        except (ValueError, TypeError, KeyError) as problem:
            _log.warning("not a webhook: %r", problem)
            return Response.of({"error": "expected: an array of events"}, 400)
        return Received(notifications, Response.of({}))

    def _notification(self, event: Mapping[str, Any]) -> Notification:
        names = {rule.path: rule.name for rule in self._source.fields}
        name = str(event.get("propertyName", ""))
        values = {names.get(name, name): str(event.get("propertyValue", ""))} if name else {}
        return Notification(str(event["eventId"]), str(event["objectId"]), values)

    def _is_signed(self, request: Request) -> bool:
        headers = request.headers
        url = f"http://{headers.get('host', '')}{request.path}"
        text = b"POST" + url.encode() + request.body + headers.get("x-hubspot-request-timestamp", "").encode()
        secret = self._credentials["client_secret"].encode()
        signature = base64.b64encode(hmac.digest(secret, text, hashlib.sha256)).decode()
        return hmac.compare_digest(signature, headers.get("x-hubspot-signature-v3", ""))


def _read(reply: httpx.Response) -> Any:
    return read_json(reply, "crm")


def _names(rules: Iterable[FieldRule]) -> list[str]:
    return [rule.path for rule in rules if rule.path not in _OURS]


def _moment(timestamp: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(timestamp)


def _stamp(timestamp: str) -> str:
    """A time with its milliseconds, so that texts are in the order of time; any other text as it is."""
    try:
        moment = _moment(timestamp).astimezone(datetime.UTC)
    except ValueError:
        return timestamp
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _before(timestamp: str, seconds: float) -> datetime.datetime:
    return _moment(timestamp) - datetime.timedelta(seconds=seconds)


def _primary_first(associated: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    def is_other(each: Mapping[str, Any]) -> bool:
        return all(of.get("label") != "Primary" for of in each.get("associationTypes", ()))

    return sorted(associated, key=is_other)


def _ids_of(error: Mapping[str, Any], asked: Sequence[str]) -> list[str]:
    """The records that an error of a batch is about; all of them if it names none."""
    context = error.get("context") or {}
    return [str(id_) for id_ in context.get("objectWriteTraceId") or context.get("ids") or asked]


def _part_trouble(error: Mapping[str, Any]) -> Trouble:
    return Trouble(
        "batch_part_failed", f"inside a 207: {error.get('category', '')} {error.get('message', '')}", system="crm"
    )


def _reply_trouble(reply: httpx.Response) -> Trouble:
    try:
        body = json.loads(reply.content)
    except ValueError:
        body = None
    return trouble_of(reply.status_code, body, retry_after_s(reply))
