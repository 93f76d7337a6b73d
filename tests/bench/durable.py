"""Measures how many orders a second go through the fake CRM, the durable stack and the fake ERP, and that none is lost.

    python tests/bench/durable.py [--seconds N] [--rates 40,80,120] [--store sqlite|postgres] [--workers N]

Each row offers deals at one rate for so long, at pace 1, then waits until the ledgers agree. A rate is sustained if the
deals that wait at the end are fewer than those of BACKLOG_S, so that the stack keeps up. Processor time is that of each
part over the whole row. Exits with 1 if an order is lost, doubled or wrong, or if no rate reaches TARGET_PER_S. The
target is for five minutes: --seconds 300.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from gameday.base.ports import free_port
from support.control import ControlToken
from support.credentials import for_stack
from support.postgres import Server

TARGET_PER_S, BACKLOG_S, SETTLE_S = 100.0, 5.0, 600.0
#: Deals are closed in so many requests at a time.
CLIENTS = 8
ACCOUNTS = [{"key": f"a{n}", "name": f"Account {n}", "currency": "EUR"} for n in range(20)]
PRODUCTS = [{"sku": "SKU-1", "name": "Gear", "prices": {"EUR": "18.49"}}]


class Row(NamedTuple):
    """What came of one rate."""

    offered_per_s: float
    orders: int
    waiting: int
    total_s: float
    wrong: int
    used_s: dict[str, float]

    @property
    def sustained(self) -> bool:
        """Whether the stack kept up."""
        return not self.wrong and self.waiting <= self.offered_per_s * BACKLOG_S


def processor_s(pid: int) -> float:
    """Processor time of a process and all that it started and that still runs (seconds)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_s(int(child)) for child in children)


class Systems:
    """The fakes, and a client of their control plane."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "gameday_fakes.serve", "--json"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.urls: dict[str, str] = ready["fakes"]
        auth = ControlToken(ready["control"], ready["token"])
        self.control = httpx.Client(base_url=ready["control"], auth=auth, trust_env=False, timeout=60)
        self.later = httpx.AsyncClient(base_url=ready["control"], auth=auth, trust_env=False, timeout=60)

    def post(self, path: str, body: Any) -> Any:
        """Send to the control plane."""
        reply = self.control.post(path, json=body)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def ledger(self, fake: str) -> list[Any]:
        """What a system holds."""
        reply = self.control.get(f"/{fake}/ledger")
        reply.raise_for_status()
        entries: list[Any] = reply.json()["entries"]
        return entries

    def wrong(self) -> int:
        """How many deals do not have exactly one open order of their amount, and one invoice."""
        orders: dict[str, list[Any]] = {}
        for order in self.ledger("netsuite"):
            orders.setdefault(order["keys"]["otherRefNum"], []).append(order)
        right = 0
        deals = self.ledger("salesforce")
        for deal in deals:
            mine = orders.pop(deal["id"], [])
            right += len(mine) == 1 and mine[0]["total"] == deal["total"] and len(mine[0].get("invoices", [])) == 1
        return len(deals) - right + len(orders)

    async def offer(self, rate_per_s: float, seconds: float) -> int:
        """Close deals at a rate; returns how many."""
        count, began_s = int(rate_per_s * seconds), time.monotonic()
        numbers = iter(range(count))

        async def closing() -> None:
            for number in numbers:
                await asyncio.sleep(max(0.0, began_s + number / rate_per_s - time.monotonic()))
                amount = str(Decimal("18.49") * (1 + number % 7))
                lines = [{"sku": "SKU-1", "quantity": str(1 + number % 7), "unit_price": "18.49", "amount": amount}]
                value = {
                    **{"name": f"Deal {number}", "account": f"a{number % 20}", "currency": "EUR", "amount": amount},
                    **{"close_date": "2026-11-20", "lines": lines},
                }
                body = {"f": "close_deal", "key": f"deal-{number}", "value": value}
                (await self.later.post("/salesforce/operations", json=body)).raise_for_status()

        await asyncio.gather(*(closing() for _ in range(CLIENTS)))
        return count

    def close(self) -> None:
        """End the fakes."""
        self.control.close()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


@contextmanager
def stack(systems: Systems, folder: Path, store: str, workers: int) -> Iterator[dict[str, int]]:
    """Run the stack; yields the process of each part."""
    credentials, port = folder / "credentials.json", free_port()
    credentials.write_text(json.dumps(for_stack()))
    names = {"CRM": "salesforce", "ERP": "netsuite", "PAGER": "pagerduty", "TICKETS": "jira"}
    environment = {
        **os.environ,
        **{f"GAMEDAY_{name}_URL": systems.urls[fake] for name, fake in names.items()},
        **{"GAMEDAY_LISTEN": f"127.0.0.1:{port}", "GAMEDAY_STATE_DIR": str(folder / "state"), "GAMEDAY_PACE": "1"},
        **{"GAMEDAY_CRM": "salesforce", "GAMEDAY_ERP": "netsuite"},
        **{"GAMEDAY_FLOW": "closed-won-to-sales-order", "GAMEDAY_CREDENTIALS": str(credentials)},
    }
    server = Server(folder) if store == "postgres" else None
    pids = {"fakes": systems.process.pid}
    if server is not None:
        server.start()
        environment |= {"GAMEDAY_DATABASE": server.url, "GAMEDAY_WORKERS": f"{workers}-{workers}"}
        pids["postgres"] = server.pid
    with (folder / "stack.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gameday_fakes.stacks.durable"], env=environment, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        while not _ready(url):
            assert process.poll() is None, (folder / "stack.log").read_text()
            time.sleep(0.1)
        _seed(systems, url)
        yield {**pids, "stack": process.pid}
    finally:
        process.terminate()
        process.wait(30)
        if server is not None:
            server.close()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _seed(systems: Systems, url: str) -> None:
    systems.post("/reset", {"pace": 1, "seed": 7})
    seeded = {"accounts": ACCOUNTS, "products": PRODUCTS}
    systems.post("/salesforce/operations", {"f": "seed", "key": "", "value": seeded})
    accounts = systems.control.get("/salesforce/snapshot").json()["Account"]
    ids = {account["Name"]: account["Id"] for account in accounts}
    erp = {"accounts": [{**a, "id": ids[a["name"]]} for a in ACCOUNTS], "products": PRODUCTS}
    systems.post("/netsuite/operations", {"f": "seed", "key": "", "value": erp})
    systems.post("/salesforce/configure", {"outbound_url": f"{url}/outbound-messages"})


def measure(store: str, workers: int, rate_per_s: float, seconds: float) -> Row:
    """Offer deals at one rate to fresh systems, and wait until the ledgers agree."""
    systems = Systems()
    try:
        with tempfile.TemporaryDirectory() as name, stack(systems, Path(name), store, workers) as pids:
            before = {part: processor_s(pid) for part, pid in pids.items()}
            began_s = time.monotonic()
            orders = asyncio.run(systems.offer(rate_per_s, seconds))
            waiting = orders - len(systems.ledger("netsuite"))
            end_s = time.monotonic() + SETTLE_S
            while (wrong := systems.wrong()) and time.monotonic() < end_s:
                time.sleep(1)
            total_s = time.monotonic() - began_s
            used = {part: processor_s(pid) - before[part] for part, pid in pids.items()}
            return Row(rate_per_s, orders, waiting, total_s, wrong, used)
    finally:
        systems.close()


def main() -> int:
    """Print a row for each rate."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rates", default="40,80,120")
    parser.add_argument("--store", choices=("sqlite", "postgres"), action="append")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    best = 0.0
    lost = False
    for store in options.store or ("sqlite", "postgres"):
        for rate in map(float, options.rates.split(",")):
            row = measure(store, options.workers, rate, options.seconds)
            used = ", ".join(f"{part} {seconds:.0f}" for part, seconds in row.used_s.items())
            sys.stdout.write(
                f"{store:9} {rate:5.0f}/s for {options.seconds:.0f} s: {row.orders:,} orders, {row.waiting:,} waiting "
                f"at the end, all right after {row.total_s:.0f} s ({row.orders / row.total_s:.0f}/s), "
                f"{row.wrong} wrong, {'sustained' if row.sustained else 'not sustained'}; processor time, s: {used}\n"
            )
            sys.stdout.flush()
            best = max(best, rate if row.sustained else 0.0)
            lost = lost or row.wrong > 0
            if not row.sustained:
                break
    sys.stdout.write(f"highest sustained rate: {best:.0f} orders a second; the target is {TARGET_PER_S:.0f}\n")
    return 1 if lost or best < TARGET_PER_S else 0


if __name__ == "__main__":
    sys.exit(main())
