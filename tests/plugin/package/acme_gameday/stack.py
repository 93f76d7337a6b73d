"""Acme's sync: one order for each deal, retried until the ERP has it, with a page for each deal that fails.

``python -m acme_gameday.stack``. It needs nothing but Python.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

CRM, ERP, PAGER = (os.environ[f"ACME_{role}_URL"] for role in ("CRM", "ERP", "PAGER"))
FLOW = os.environ["ACME_FLOW"]
PACE = float(os.environ["ACME_PACE"])
RETRY_S = 5.0
SOAP = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)

deals: queue.Queue[dict[str, str]] = queue.Queue()


def call(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
    """The JSON answer of a request. Raises OSError."""
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=max(2.0, 60 / PACE)) as reply:  # noqa: S310
        return json.loads(reply.read() or b"null", parse_float=Decimal)


def token() -> str:
    """An access token of the CRM."""
    crm = json.loads(Path(os.environ["ACME_CREDENTIALS"]).read_text())["crm"]
    form = {"grant_type": "client_credentials", "client_id": crm["client_id"], "client_secret": crm["client_secret"]}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    reply = call("POST", f"{CRM}/services/oauth2/token", urllib.parse.urlencode(form).encode(), headers)
    return str(reply["access_token"])


def book(deal: dict[str, str]) -> None:
    """Write the order of a deal as the CRM has it now. Raises OSError."""
    soql = (
        "SELECT ProductCode, Quantity, UnitPrice, TotalPrice FROM OpportunityLineItem "
        f"WHERE OpportunityId = '{deal['Id']}'"
    )
    url = f"{CRM}/services/data/v60.0/query?q={urllib.parse.quote(soql)}"
    records = call("GET", url, headers={"authorization": f"Bearer {token()}"})["records"]
    lines = [
        {
            "sku": record["ProductCode"],
            "quantity": str(record["Quantity"]),
            "unit_price": str(record["UnitPrice"]),
            "amount": str(record["TotalPrice"]),
        }
        for record in records
    ]
    currency = deal.get("CurrencyIsoCode") or "USD"
    order = {"customer": deal["AccountId"], "currency": currency, "date": deal.get("CloseDate", ""), "lines": lines}
    call("PUT", f"{ERP}/orders/{deal['Id']}", order)


def page(deal: dict[str, str], problem: str, *, closed: bool) -> None:
    """Tell the owner that a deal fails, or that it is booked after all."""
    body = {"subject": deal["Id"], "closed": closed, "flow": FLOW, "team": "revenue operations", "problem": problem}
    try:
        call("POST", f"{PAGER}/pages", {**body, "deals": {deal["Id"]: deal}})
    except OSError as trouble:
        print(f"cannot page: {trouble}", flush=True)  # noqa: T201 - the stack's log


def work() -> None:
    """Book one deal after the other; one that fails is tried again later and blocks no other."""
    failing: set[str] = set()
    while True:
        deal = deals.get()
        try:
            book(deal)
        except (OSError, KeyError, ValueError) as problem:
            if deal["Id"] not in failing:
                failing.add(deal["Id"])
                page(deal, f"the ERP is unavailable or the search slow: {problem}", closed=False)
            threading.Timer(RETRY_S / PACE, deals.put, [deal]).start()
        else:
            if deal["Id"] in failing:
                failing.discard(deal["Id"])
                page(deal, "booked", closed=True)


class Webhook(BaseHTTPRequestHandler):
    """Takes the CRM's outbound messages."""

    def do_GET(self) -> None:
        """The health check."""
        self._answer(b"ok", "text/plain")

    def do_POST(self) -> None:
        """An outbound message: acknowledged as soon as it is read."""
        body = self.rfile.read(int(self.headers["content-length"]))
        message = ElementTree.fromstring(body)  # noqa: S314 - it comes from the CRM
        for record in message.iter():
            if record.tag.endswith("}sObject"):
                deals.put({field.tag.rpartition("}")[2]: field.text or "" for field in record})
        self._answer(SOAP.encode(), "text/xml; charset=utf-8")

    def log_message(self, format: str, *args: object) -> None:
        """No line for each request."""

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    threading.Thread(target=work, daemon=True).start()
    ThreadingHTTPServer((os.environ["ACME_HOST"], int(os.environ["ACME_PORT"])), Webhook).serve_forever()
