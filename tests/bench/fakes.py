"""Measures how many requests per second the fakes answer on one core.

    python tests/bench/fakes.py [--fake netsuite] [--requests N]

The server is pinned to one core and this load generator to another. A fault rule with a share of 0 is active,
signatures are verified and every write goes into the history. Requests are encoded (and signed, each with its own
nonce) before the clock starts, and go out over raw sockets: an HTTP client would be slower than the server. On a
machine that others use too, trust the figure per second of the server's processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import gc
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import uvloop

from gameday_fakes.manifests import manifests
from gameday_fakes.protocols.oauth1 import base_string, percent, sign

HUBSPOT, NETSUITE, SALESFORCE = (manifests()[vendor].credentials for vendor in ("hubspot", "netsuite", "salesforce"))
BUSINESS_CENTRAL, S4HANA = (manifests()[vendor].credentials for vendor in ("business-central", "s4hana"))

CONNECTIONS = 32
TARGETS = {"read": 8_000, "write": 4_000}
ACCOUNT = "001000000000001AAA"
CATALOG = {
    "accounts": [{"id": ACCOUNT, "key": "acme", "name": "Acme", "currency": "USD"}],
    "products": [{"sku": f"SKU-{n}", "name": f"Item {n}", "prices": {"USD": "10.00"}} for n in range(20)],
}
# Active, but it matches no request: every request still has to be checked against it.
IDLE_RULE = {"kind": "http", "operation": "*", "share": 0.0, "action": "reply", "error": "server_error"}


class Result(NamedTuple):
    """The result of one load: wall seconds, the server's processor seconds, and each request's latency."""

    wall_s: float
    processor_s: float
    latencies_s: list[float]


class Load(NamedTuple):
    """Requests as bytes, and the statuses expected for them."""

    requests: Sequence[bytes]
    expected: frozenset[bytes]


# -- the server --------------------------------------------------------------------------------------


@contextlib.contextmanager
def served(core: int) -> Iterator[dict[str, Any]]:
    """Run the fakes in a separate process on one core; yields the line that they print when ready."""
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            os.sched_setaffinity(server.pid, {core})
            yield json.loads(server.stdout.readline())
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait()


def control(ready: Mapping[str, Any], method: str, path: str, body: Any = None) -> Any:
    """Call the control plane."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {ready['token']}"}
    request = urllib.request.Request(ready["control"] + path, data, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request) as reply:  # noqa: S310
        text = reply.read()
    return json.loads(text) if text else None


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- the load generator ------------------------------------------------------------------------------


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the previous one is answered."""

    def __init__(self, load: Load, left: Iterator[bytes], latencies_s: list[float]) -> None:
        self._load = load
        self._left = left
        self._latencies_s = latencies_s
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not registered as asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        request = next(self._left, None)
        if request is None:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent_s = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        _, named, rest = head.lower().partition(b"content-length: ")
        if named and len(body) < int(rest.partition(b"\r\n")[0]):
            return
        self._latencies_s.append(time.perf_counter() - self._sent_s)
        if head[9:12] not in self._load.expected and not self.done.done():
            self.done.set_exception(RuntimeError(f"unexpected reply: {self._received[:600]!r}"))
            self._transport.close()
            return
        self._received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


async def run_load(url: str, pid: int, load: Load) -> Result:
    """Send a load over 32 connections."""
    host, _, port = urllib.parse.urlsplit(url).netloc.partition(":")
    left = iter(load.requests)
    latencies_s: list[float] = []
    loop = asyncio.get_running_loop()
    gc.collect()
    gc.disable()
    used_s, start_s = processor_s(pid), time.perf_counter()
    connections = [
        await loop.create_connection(lambda: _Connection(load, left, latencies_s), host, int(port))
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in connections))
    wall_s = time.perf_counter() - start_s
    gc.enable()
    return Result(wall_s, processor_s(pid) - used_s, latencies_s)


def encode(method: str, url: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as bytes on the wire."""
    host = urllib.parse.urlsplit(url).netloc
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# -- NetSuite ----------------------------------------------------------------------------------------


def netsuite_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: ``PUT eid:`` of orders, each twice. Reads: ``GET eid:`` of the orders written."""

    def signed(method: str, key: int, body: bytes = b"") -> bytes:
        path = f"/services/rest/record/v1/salesOrder/eid:006{key:012}AAA"
        oauth = {
            "oauth_consumer_key": NETSUITE["consumer_key"],
            "oauth_token": NETSUITE["token_id"],
            "oauth_nonce": uuid.uuid4().hex,
            "oauth_timestamp": str(int(time.time())),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_version": "1.0",
        }
        text = base_string(method, url, path, [(name, percent(value)) for name, value in oauth.items()])
        signature = sign(text, NETSUITE["consumer_secret"], NETSUITE["token_secret"])
        values = {"realm": NETSUITE["account"], **oauth, "oauth_signature": signature}
        header = "OAuth " + ", ".join(f'{name}="{percent(value)}"' for name, value in values.items())
        return encode(method, url, path, {"authorization": header}, body)

    def order(key: int) -> bytes:
        lines = [
            {
                "item": {"externalId": f"SKU-{(key + n) % 20}"},
                "quantity": n + 1,
                "rate": 10,
                "amount": 10 * (n + 1),
                "price": {"id": "-1"},
            }
            for n in range(3)
        ]
        body = {
            "entity": {"externalId": ACCOUNT},
            "otherRefNum": f"006{key:012}AAA",
            "tranDate": "2026-03-15",
            "item": {"items": lines},
        }
        return json.dumps(body).encode()

    orders = count // 2
    return {
        "write": Load([signed("PUT", n % orders, order(n % orders)) for n in range(count)], frozenset({b"204"})),
        "read": Load([signed("GET", n % orders) for n in range(count)], frozenset({b"200"})),
    }


# -- Salesforce --------------------------------------------------------------------------------------


def salesforce_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: upserts of accounts by external id, each twice. Reads: of the accounts written."""
    form = {
        "grant_type": "client_credentials",
        "client_id": SALESFORCE["client_id"],
        "client_secret": SALESFORCE["client_secret"],
    }
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{url}/services/oauth2/token", data) as reply:  # noqa: S310
        headers = {"authorization": f"Bearer {json.loads(reply.read())['access_token']}"}

    def path(key: int) -> str:
        return f"/services/data/v62.0/sobjects/Account/ERP_Customer_Id__c/C{key:08}"

    records = count // 2
    body = json.dumps({"Name": "Acme", "BillingCity": "Berlin"}).encode()
    return {
        "write": Load(
            [encode("PATCH", url, path(n % records), headers, body) for n in range(count)],
            frozenset({b"200", b"201", b"204"}),
        ),
        "read": Load([encode("GET", url, path(n % records), headers) for n in range(count)], frozenset({b"200"})),
    }


# -- HubSpot -----------------------------------------------------------------------------------------


def hubspot_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: upserts of companies by a unique property, one a batch, each twice. Reads: of the companies written."""
    headers = {"authorization": f"Bearer {HUBSPOT['access_token']}"}
    records, root = count // 2, "/crm/v3/objects/companies"

    def upsert(key: int) -> bytes:
        properties = {"name": "Acme", "city": "Berlin"}
        body = {"inputs": [{"id": f"C{key:08}", "idProperty": "erp_customer_id", "properties": properties}]}
        return json.dumps(body).encode()

    def path(key: int) -> str:
        return f"{root}/C{key:08}?idProperty=erp_customer_id"

    return {
        "write": Load(
            [encode("POST", url, f"{root}/batch/upsert", headers, upsert(n % records)) for n in range(count)],
            frozenset({b"200"}),
        ),
        "read": Load([encode("GET", url, path(n % records), headers) for n in range(count)], frozenset({b"200"})),
    }


# -- Business Central --------------------------------------------------------------------------------


def business_central_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: orders with a line. Reads: of the orders written, by their ids, each as often as the others."""
    own = BUSINESS_CENTRAL
    form = {"grant_type": "client_credentials", **{key: own[key] for key in ("client_id", "client_secret", "scope")}}
    login = f"{url}/{own['tenant']}/oauth2/v2.0/token"
    with urllib.request.urlopen(login, urllib.parse.urlencode(form).encode()) as reply:  # noqa: S310
        headers = {"authorization": f"Bearer {json.loads(reply.read())['access_token']}"}
    orders = f"/v2.0/{own['tenant']}/{own['environment']}/api/v2.0/companies({own['company']})/salesOrders"

    def order(key: int) -> bytes:
        line = {"lineType": "Item", "lineObjectNumber": f"SKU-{key % 20}", "quantity": 2, "unitPrice": 10}
        named = {"externalDocumentNumber": f"D{key:08}", "customerNumber": ACCOUNT.upper()}
        return json.dumps({**named, "salesOrderLines": [line]}).encode()

    some = urllib.request.Request(f"{url}{orders}?$select=id&$top=1000", headers=headers)  # noqa: S310
    with urllib.request.urlopen(some) as reply:  # noqa: S310
        ids = [each["id"] for each in json.loads(reply.read())["value"]] or [own["company"]]
    return {
        "write": Load([encode("POST", url, orders, headers, order(n)) for n in range(count)], frozenset({b"201"})),
        "read": Load(
            [encode("GET", url, f"{orders}({ids[n % len(ids)]})", headers) for n in range(count)], frozenset({b"200"})
        ),
    }


# -- S/4HANA -----------------------------------------------------------------------------------------


def s4hana_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: orders with an item, under the token of a session. Reads: of half of them, each twice."""
    user = base64.b64encode(f"{S4HANA['user']}:{S4HANA['password']}".encode()).decode()
    headers = {"authorization": f"Basic {user}", "accept": "application/json"}
    root = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
    fetch = urllib.request.Request(f"{url}{root}/", headers={**headers, "x-csrf-token": "Fetch"})  # noqa: S310
    with urllib.request.urlopen(fetch) as reply:  # noqa: S310
        session = {"x-csrf-token": reply.headers["x-csrf-token"], "cookie": reply.headers["set-cookie"].split(";")[0]}

    def order(key: int) -> bytes:
        header = {
            "SalesOrderType": "OR",
            "SalesOrganization": S4HANA["sales_organization"],
            "DistributionChannel": S4HANA["distribution_channel"],
            "OrganizationDivision": S4HANA["division"],
            "SoldToParty": "17100001",
            "PurchaseOrderByCustomer": f"D{key:08}",
        }
        item = {"Material": f"SKU-{key % 20}", "RequestedQuantity": "2"}
        return json.dumps({**header, "to_Item": [item]}).encode()

    orders = f"{root}/A_SalesOrder"
    return {
        "write": Load(
            [encode("POST", url, orders, {**headers, **session}, order(n)) for n in range(count)], frozenset({b"201"})
        ),
        "read": Load(
            [encode("GET", url, f"{orders}('{30_000_001 + n % (count // 2)}')", headers) for n in range(count)],
            frozenset({b"200"}),
        ),
    }


LOADS: dict[str, Callable[[str, int], dict[str, Load]]] = {
    "netsuite": netsuite_loads,
    "salesforce": salesforce_loads,
    "hubspot": hubspot_loads,
    "business-central": business_central_loads,
    "s4hana": s4hana_loads,
}
#: No client may ask as often as a load does, and no invoice is made beside it.
SETTINGS: dict[str, dict[str, Any]] = {
    "hubspot": {"requests_per_ten_seconds": 10_000_000, "requests_per_day": 10_000_000},
    "business-central": {"requests_in_5_minutes": 10_000_000},
    "s4hana": {"bill_after_s": None},
}


def measure(name: str, count: int, cores: Sequence[int]) -> None:
    """Measure one fake and print a row for its writes and one for its reads."""
    with served(cores[0]) as ready:
        url = ready["fakes"][name]
        control(ready, "POST", "/reset", {"pace": 60, "seed": 7})
        control(ready, "POST", f"/{name}/configure", SETTINGS.get(name, {}))
        control(ready, "POST", f"/{name}/operations", {"f": "seed", "value": CATALOG})
        control(ready, "PUT", f"/{name}/faults/idle", IDLE_RULE)
        for kind in ("write", "read"):
            # Made anew: a nonce that has been used is refused, and some reads are of what the writes have made.
            result = uvloop.run(run_load(url, ready["pid"], LOADS[name](url, count)[kind]))
            ordered = sorted(result.latencies_s)
            rate, per_core = count / result.wall_s, count / max(result.processor_s, 0.01)
            median_ms, late_ms = (1000 * ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
            outcome = "met" if rate >= TARGETS[kind] else "MISSED"
            sys.stdout.write(
                f"{name:<11} {kind:<6} {count:>7,} {rate:>10,.0f} {per_core:>14,.0f} {median_ms:>7.2f} {late_ms:>7.2f}"
                f" {TARGETS[kind]:>8,} {outcome}\n"
            )
        events = control(ready, "GET", f"/events?after={count - 1}")["events"]
        if name == "netsuite" and (len(events) != 1 or events[0]["f"] != "order_write"):
            raise RuntimeError("the history does not hold one event for each write")


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fake", action="append", choices=sorted(LOADS))
    parser.add_argument("--requests", type=int, default=40_000)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    sys.stdout.write("fake        load   requests requests/s  per processor s  p50 ms  p99 ms   target\n")
    for name in options.fake or sorted(LOADS):
        measure(name, options.requests, cores)
    return 0


if __name__ == "__main__":
    sys.exit(main())
