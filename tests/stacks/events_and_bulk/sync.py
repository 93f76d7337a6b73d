"""A sync that listens to change events over CometD, reads deals and lines in bulk, and writes back in bulk.

The orders and invoices are those of the brittle stack, whose connector it is; but an order is put under the deal's id,
so that an event that comes again makes no second one.
"""

from __future__ import annotations

import asyncio
import csv
import io
import logging
import os
import signal
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.brittle.connector import Connector
from gameday_fakes.stacks.brittle.crms.salesforce import API
from gameday_fakes.stacks.brittle.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.brittle.erps.netsuite import ROOT
from gameday_fakes.stacks.brittle.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.brittle.systems import Line
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.exact_json import decode, encode
from gameday_fakes.stacks.http_server import serve

_log = logging.getLogger("events_and_bulk")

CHANGES = "/data/OpportunityChangeEvent"
#: The replay id of who has none yet: only new events.
NEW = -1
#: How the answer begins to a replay id whose event is kept no longer.
EXPIRED = "400::The replayId"
#: Of changes without their content, one for each record, and one for too many.
GAP, OVERFLOW = "GAP_", "GAP_OVERFLOW"
#: What this sync does wrong: ``ignores-gaps``, ``starts-anew``, or nothing.
BUG = os.environ.get("GAMEDAY_BUG", "")
POLL_S = 1.0


class Puts(NetSuite):
    """Puts orders under their deals' ids."""

    async def _post(self, path: str, body: dict[str, Any]) -> str:
        if path != "/record/v1/salesOrder":
            return await super()._post(path, body)
        url = f"{self._url}{ROOT}{path}/eid:{body['otherRefNum']}"
        signed = self._signer.header("PUT", f"{url}?replace=item")
        headers = {"authorization": signed, "content-type": "application/json"}
        reply = await self._http.put(f"{url}?replace=item", content=encode(body), headers=headers)
        reply.raise_for_status()
        return str(reply.headers["location"]).rpartition("/")[2]


class Org(Salesforce):
    """Reads and writes in bulk, and hears of changes."""

    def log_out(self) -> None:
        """Log in again with the next request."""
        self._token = ""

    async def bayeux(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The answers to a message of CometD."""
        headers = {"authorization": f"OAuth {self._token or await self._log_in()}", "content-type": "application/json"}
        url = f"{self._url}/cometd/60.0"
        reply = await self._http.post(url, content=encode([message]), headers=headers, timeout=150)
        reply.raise_for_status()
        messages: list[dict[str, Any]] = decode(reply.content)
        return messages

    async def bulk(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
        """The answer to a request about a job."""
        headers = {"authorization": f"Bearer {self._token or await self._log_in()}", "content-type": kind}
        reply = await self._http.request(method, f"{self._url}{API}/jobs/{path}", content=body, headers=headers)
        reply.raise_for_status()
        return reply.content


class Listener(Connector):
    """Carries over what has changed, all deals of an answer together."""

    _crm: Org

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment, crm=Org, erp=Puts)
        self._replay = NEW
        self._invoiced: set[str] = set()

    async def listen(self) -> None:
        """Listen for ever; after a failure again, from the last event on that is done."""
        while True:
            try:
                await self._session()
            except (httpx.HTTPError, LookupError, ValueError) as problem:
                _log.warning("listening again: %r", problem)
                self._crm.log_out()
                await asyncio.sleep(self._pace.real_s(POLL_S))

    async def _session(self) -> None:
        [hello] = await self._crm.bayeux({"channel": "/meta/handshake", "version": "1.0"})
        me = {"clientId": hello["clientId"]}
        answer = await self._subscribe(me, self._replay)
        if str(answer.get("error", "")).startswith(EXPIRED):
            # What nobody heard is read; what happens meanwhile is heard.
            answer = await self._subscribe(me, NEW)
            if BUG != "starts-anew":
                await self._catch_up()
        if not answer["successful"]:
            raise LookupError(answer["error"])
        while True:
            messages = await self._crm.bayeux({**me, "channel": "/meta/connect", "connectionType": "long-polling"})
            events = [each["data"] for each in messages if each["channel"] == CHANGES]
            if not messages[-1].get("successful", True):
                raise LookupError(messages[-1]["error"])
            changes = [event["payload"]["ChangeEventHeader"] for event in events]
            if BUG == "ignores-gaps":
                changes = [change for change in changes if not change["changeType"].startswith(GAP)]
            if any(change["changeType"] == OVERFLOW for change in changes):
                await self._catch_up()
            elif changes:
                await self.carry(dict.fromkeys(id_ for change in changes for id_ in change["recordIds"]))
            if events:
                self._replay = events[-1]["event"]["replayId"]

    async def _subscribe(self, me: Mapping[str, Any], replay: int) -> dict[str, Any]:
        asked = {"subscription": CHANGES, "ext": {"replay": {CHANGES: replay}}}
        [answer] = await self._crm.bayeux({**me, "channel": "/meta/subscribe", **asked})
        return answer

    async def _catch_up(self) -> None:
        """Carry over every won deal that has no invoice yet."""
        won = await self._read("SELECT Id FROM Opportunity WHERE IsWon = true")
        if missed := [deal["Id"] for deal in won if deal["Id"] not in self._invoiced]:
            await self.carry(missed)

    async def carry(self, deals: Iterable[str]) -> None:
        """Write the orders of won deals and say so in the CRM."""
        ids = ", ".join(f"'{deal}'" for deal in deals)
        fields = "Id, Name, AccountId, CurrencyIsoCode, CloseDate, IsWon"
        won = await self._read(f"SELECT {fields} FROM Opportunity WHERE IsWon = true AND Id IN ({ids})")
        if not won:
            return
        of = "OpportunityId, ProductCode, Quantity, UnitPrice, TotalPrice, Tax_Code__c"
        lines = await self._read(f"SELECT {of} FROM OpportunityLineItem WHERE OpportunityId IN ({ids})")
        written = {}
        for deal in won:
            own = [_line(line) for line in lines if line["OpportunityId"] == deal["Id"]]
            await self._retry(lambda deal=deal: self.find_or_create_customer(deal["AccountId"]))
            sold = await self._crm.deal(deal)
            order = await self._retry(lambda sold=sold, own=own: self._erp.post_order(sold, own))
            if deal["Id"] not in self._invoiced:
                await self._retry(lambda order=order: self._erp.invoice(order))
                self._invoiced.add(deal["Id"])
                written[deal["Id"]] = order
        while written:
            # Of a job with failed records only these are sent again.
            failed = await self._write_back(written)
            written = {deal: order for deal, order in written.items() if deal in failed}

    # -- bulk ----------------------------------------------------------------------------------------

    async def _read(self, soql: str) -> list[dict[str, str]]:
        job = await self._job("query", {"operation": "query", "query": soql})
        await self._done("query", job)
        return _rows(await self._crm.bulk("GET", f"query/{job}/results"))

    async def _write_back(self, orders: Mapping[str, str]) -> set[str]:
        """The deals whose record was refused."""
        job = await self._job("ingest", {"operation": "update", "object": "Opportunity", "lineEnding": "LF"})
        text = "Id,ERP_Order_Id__c\n" + "".join(f"{deal},{order}\n" for deal, order in orders.items())
        await self._crm.bulk("PUT", f"ingest/{job}/batches", text.encode(), "text/csv")
        await self._crm.bulk("PATCH", f"ingest/{job}", encode({"state": "UploadComplete"}))
        await self._done("ingest", job)
        failed = _rows(await self._crm.bulk("GET", f"ingest/{job}/failedResults"))
        _log.info("%s of %s records were refused", len(failed), len(orders))
        return {row["Id"] for row in failed}

    async def _job(self, kind: str, body: Mapping[str, Any]) -> str:
        return str(decode(await self._crm.bulk("POST", kind, encode(dict(body))))["id"])

    async def _done(self, kind: str, job: str) -> None:
        while (state := decode(await self._crm.bulk("GET", f"{kind}/{job}"))["state"]) != "JobComplete":
            if state in ("Failed", "Aborted"):
                raise LookupError(f"the job is {state}")
            await asyncio.sleep(self._pace.real_s(POLL_S))


def _line(row: Mapping[str, str]) -> Line:
    numbers = (Decimal(row[name]) for name in ("Quantity", "UnitPrice", "TotalPrice"))
    return Line(row["ProductCode"], *numbers, row["Tax_Code__c"])


def _rows(text: bytes) -> list[dict[str, str]]:
    """A CSV's rows; ``sf__`` columns of results are among them."""
    return list(csv.DictReader(io.StringIO(text.decode())))


async def main(environment: Environment) -> None:
    """Listen until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listener = Listener(environment)
    listening = asyncio.create_task(listener.listen())
    server = await serve(listener, environment.host, environment.port)
    await stop.wait()
    listening.cancel()
    await server.close()


if __name__ == "__main__":
    asyncio.run(main(Environment.read()))
