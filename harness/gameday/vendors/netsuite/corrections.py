"""Corrections in NetSuite: sales orders and invoices by the SuiteTalk REST record API, signed with OAuth 1.0a."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import httpx

from gameday.base import json_text
from gameday.base.errors import RunError
from gameday.model.contract import Contract
from gameday.repair.corrections import Refusal
from gameday_fakes.ledger import Entry
from gameday_fakes.netsuite.manifest import MANIFEST
from gameday_fakes.protocols.exact_json import encode
from gameday_fakes.protocols.oauth1 import Signer

TIMEOUT_S = 30.0
_ROOT = "/services/rest/record/v1"
#: Sales order statuses as the REST record takes them: pending fulfillment, cancelled.
_OPEN, _CANCELLED = {"id": "B"}, {"id": "C"}
#: The price level under which a line keeps its own rate.
_CUSTOM_PRICE = {"id": "-1"}


class NetSuiteCorrections:
    """NetSuite's SuiteTalk REST record API (salesOrder, invoice, !transform/invoice), with OAuth 1.0a."""

    def __init__(self, url: str, contract: Contract, wall_s: Callable[[], float]) -> None:
        self._url = url.rstrip("/")
        self._contract = contract
        self._signer = Signer(MANIFEST.credentials, wall_s)
        self._http = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S, verify=url.startswith("https"))

    async def __aenter__(self) -> NetSuiteCorrections:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def create_order(self, deal: Entry) -> str:
        # By its external id: if the order is created twice at the same time, there is still only one. A cancelled order
        # of that id is opened again.
        body = {**self._body(deal), "orderStatus": _OPEN}
        path = f"/salesOrder/eid:{self._contract.reference(deal.id)}?replace=item"
        reply = await self._send("PUT", path, body)
        return str(reply.headers.get("location", "")).rpartition("/")[2]

    async def rewrite_order(self, order: str, deal: Entry) -> None:
        await self._send("PATCH", f"/salesOrder/{order}?replace=item", self._body(deal))

    async def cancel_order(self, order: str) -> None:
        await self._send("PATCH", f"/salesOrder/{order}", {"orderStatus": _CANCELLED})

    async def delete_invoice(self, invoice: str) -> None:
        await self._send("DELETE", f"/invoice/{invoice}", None)

    async def create_invoice(self, order: str) -> None:
        await self._send("POST", f"/salesOrder/{order}/!transform/invoice", {})

    def _body(self, deal: Entry) -> dict[str, Any]:
        match, reference = self._contract.match, self._contract.reference(deal.id)
        references = {"otherRefNum": reference} | ({match: reference} if match and match != "externalId" else {})
        lines = [
            {
                "item": {"externalId": line.sku},
                "quantity": line.quantity,
                "rate": line.unit_price,
                "amount": line.amount,
                "price": _CUSTOM_PRICE,
                **({"taxCode": {"externalId": line.tax_code}} if line.tax_code else {}),
                **self._further("line", dict(line.fields)),
            }
            for line in deal.lines
        ]
        entity, currency = {"externalId": deal.customer}, {"externalId": deal.currency}
        further = self._further("order", deal.fields)
        body = {"entity": entity, "currency": currency, "tranDate": deal.date, "item": {"items": lines}}
        return {**body, **further, **references}

    def _further(self, part: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """The further fields that the contract compares, in the form of a body; an empty one empties the ERP's."""
        pairs = (pair for pair in self._contract.pairs if pair.part == part and pair.rule.compare != "ignored")
        return {pair.erp: _in_a_body(pair.kind, fields.get(pair.crm, "")) for pair in pairs if "." not in pair.erp}

    async def _send(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        url = f"{self._url}{_ROOT}{path}"
        headers = {"authorization": self._signer.header(method, url), "content-type": "application/json"}
        try:
            reply = await self._http.request(
                method, url, content=None if body is None else encode(body), headers=headers
            )
        except httpx.HTTPError as problem:
            raise RunError(f"the ERP at {self._url} did not answer: {type(problem).__name__}") from None
        if reply.status_code >= 400:
            raise Refusal(f"{reply.status_code} {_reason(reply)}")
        return reply


def _in_a_body(kind: str, text: str) -> Any:
    if kind == "boolean":
        return text.lower() in ("true", "t")
    if not text:
        return None
    return {"refName": text} if kind == "reference" else text[:10] if kind == "date" else text


def _reason(reply: httpx.Response) -> str:
    """The ERP's reason (RFC 9457 with ``o:errorDetails``), on one line."""
    try:
        problem = json_text.decode(reply.content)
        text = problem["o:errorDetails"][0]["detail"]
    except (json_text.Unreadable, KeyError, IndexError, TypeError):
        text = reply.text
    return " ".join(str(text).split())[:300]
