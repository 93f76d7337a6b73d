"""The part of Salesforce's REST API that the flow uses: batch reads, queries, describe and batch updates."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from gameday_fakes.stacks.durable.definition import Source
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble, of_crm, of_crm_reply
from gameday_fakes.stacks.exact_json import BadJson, decode

API = "/services/data/v60.0"

Record = dict[str, Any]


def read_json(reply: httpx.Response) -> Any:
    """A reply's body; numbers with a decimal point become Decimals, because they may be money. Raises Trouble."""
    try:
        return decode(reply.content)
    except BadJson:
        raise Trouble("connection", "the CRM's reply is truncated or not JSON", system="crm") from None


class Crm:
    """One org, as its integration user."""

    def __init__(self, transport: Transport, credentials: Mapping[str, str], source: Source) -> None:
        self._transport = transport
        self._credentials = credentials
        self._source = source
        self._token = ""
        self._login = asyncio.Lock()

    # -- reading -------------------------------------------------------------------------------------

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        """The deals with their lines under ``lines``, each with its own outcome. A deleted deal has ``IsDeleted``.

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
        reply = await self._call("POST", f"{API}/composite", json=body)
        answers = {part["referenceId"]: part for part in read_json(reply)["compositeResponse"]}
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
            lines.setdefault(row["OpportunityId"], []).append(row)
        return lines

    def _part(
        self, part: Mapping[str, Any] | None, deal: str, lines: dict[str, list[Record]] | Trouble
    ) -> Record | Trouble:
        if part is None:
            return Trouble("batch_part_failed", "the batch's reply lacks the part of this deal", system="crm")
        if part["httpStatusCode"] == 404:
            return {"Id": deal, "IsDeleted": True}
        if part["httpStatusCode"] >= 400:
            return part_trouble(part)
        record: Record = dict(part["body"])
        if isinstance(lines, Trouble):
            # One copy per deal, because each carries the payload of its deal.
            return Trouble(lines.reason, lines.detail, system=lines.system, payload=record)
        return {**record, "lines": lines.get(deal, [])}

    async def query(self, soql: str, *, deleted: bool = False) -> list[Record]:
        """All rows of a query, over all pages, with deleted ones if asked. Raises Trouble."""
        resource = "queryAll" if deleted else "query"
        reply = await self._call("GET", f"{API}/{resource}?q={quote(soql)}")
        return await self._all_pages(read_json(reply))

    async def _all_pages(self, page: Mapping[str, Any]) -> list[Record]:
        rows: list[Record] = list(page["records"])
        while not page["done"]:
            page = read_json(await self._call("GET", page["nextRecordsUrl"]))
            rows += page["records"]
        return rows

    async def fields_of(self, object_name: str) -> set[str]:
        """The names of an object's fields that this user can see. Raises Trouble."""
        reply = await self._call("GET", f"{API}/sobjects/{object_name}/describe")
        return {field["name"] for field in read_json(reply)["fields"]}

    # -- writing -------------------------------------------------------------------------------------

    async def update(self, updates: Mapping[str, Mapping[str, Any]]) -> dict[str, Trouble | None]:
        """Update up to 200 records by id, each with its own outcome. Raises Trouble if the whole batch fails."""
        kind = {"type": self._source.object}
        records = [{"attributes": kind, "id": deal, **fields} for deal, fields in updates.items()]
        reply = await self._call("PATCH", f"{API}/composite/sobjects", json={"allOrNone": False, "records": records})
        outcomes: dict[str, Trouble | None] = {}
        for deal, result in zip(updates, read_json(reply), strict=True):
            outcomes[deal] = None if result["success"] else of_crm(400, result["errors"])
        return outcomes

    # -- the session ---------------------------------------------------------------------------------

    async def _call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request in a session; an expired session is renewed once. Raises Trouble."""
        token = self._token or await self._log_in("")
        reply = await self._send(method, path, token, **more)
        if reply.status_code == 401:
            reply = await self._send(method, path, await self._log_in(token), **more)
        if reply.status_code >= 400:
            raise of_crm_reply(reply)
        return reply

    async def _send(self, method: str, path: str, token: str, **more: Any) -> httpx.Response:
        return await self._transport.send(method, path, headers={"authorization": f"Bearer {token}"}, **more)

    async def _log_in(self, stale: str) -> str:
        """Log in, once for all requests that saw the ``stale`` token expire. Raises Trouble."""
        async with self._login:
            if self._token != stale:
                return self._token
            form = {
                "grant_type": "client_credentials",
                "client_id": self._credentials["client_id"],
                "client_secret": self._credentials["client_secret"],
            }
            reply = await self._transport.send("POST", "/services/oauth2/token", data=form)
            if reply.status_code in (400, 401, 403):
                self._token = ""
                detail = f"{reply.status_code} {reply.text[:200]}"
                raise Trouble("login_refused", f"the CRM refused a new login: {detail}", system="crm")
            if reply.status_code >= 400:
                raise of_crm_reply(reply)
            self._token = str(read_json(reply)["access_token"])
            return self._token


def part_trouble(part: Mapping[str, Any]) -> Trouble:
    """The trouble of a part that failed inside a batch with status 200."""
    trouble = of_crm(part["httpStatusCode"], part["body"])
    if trouble.reason in ("locked", "refused", "unavailable"):
        return Trouble("batch_part_failed", f"inside a 200: {trouble.detail}", system="crm")
    return trouble
