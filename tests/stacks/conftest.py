"""A small driver that runs one stack against the real fakes, each in its own process, without proxies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from gameday.base.ports import free_port
from gameday.base.process import waited_s
from support.control import NO_AUTHORITY, ControlToken
from support.credentials import for_stack
from support.simulated import Simulation

FLOW = "closed-won-to-sales-order"
PACE = 60.0
#: How long before what is due a skip ends: the clock goes on between the question and the skip.
SHORTLY_S = 30.0
NODE = Path(__file__).parent / "node" / "server.mjs"

ACCOUNTS = [
    {"key": "acme", "name": "Acme", "currency": "USD"},
    {"key": "initech", "name": "Initech", "currency": "EUR"},
    {"key": "yamato", "name": "Yamato", "currency": "JPY"},
]
PRODUCTS = [
    {"sku": "SKU-1", "name": "Gear", "prices": {"USD": "19.99", "EUR": "18.49", "JPY": "2900"}},
    {"sku": "SKU-2", "name": "Belt", "prices": {"USD": "333.33", "EUR": "307.07", "JPY": "48000"}},
    {"sku": "SKU-3", "name": "Bolt", "prices": {"USD": "0.07", "EUR": "0.06", "JPY": "10"}},
]
CURRENCIES = {"acme": "USD", "initech": "EUR", "yamato": "JPY"}


def lines_of(number: int, currency: str) -> list[dict[str, str]]:
    """One to three lines; the agreed amounts differ from quantity times price by a few cents."""
    lines = []
    for product in PRODUCTS[: 1 + number % 3]:
        quantity = 1 + number % 7
        price = Decimal(product["prices"][currency])  # type: ignore[index]
        off = Decimal(0) if currency == "JPY" or price < 1 else Decimal(number % 4) / 100
        lines.append(
            {
                "sku": str(product["sku"]),
                "quantity": str(quantity),
                "unit_price": str(price),
                "amount": str(price * quantity - off),
            }
        )
    return lines


class FakeSet:
    """The fakes and one stack. Times are in scenario seconds unless the name says real."""

    def __init__(self, pid: int, control: str, token: str, fakes: dict[str, str], state_dir: Path) -> None:
        self.pid = pid
        self.fakes = fakes
        self.state_dir = state_dir
        self.log = state_dir / "stack.log"
        self.url = ""
        given: dict[str, Any] = {"trust_env": False, "verify": NO_AUTHORITY}
        self._control = httpx.Client(base_url=control, auth=ControlToken(control, token), timeout=30, **given)
        # It keeps no connection: the stack ends and starts again.
        self._hooks = httpx.Client(timeout=10, limits=httpx.Limits(max_keepalive_connections=0), **given)
        self._command: list[str] = []
        self._environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    # -- the stack -----------------------------------------------------------------------------------

    def start(
        self, stack: str, *, bug: str = "", pace: float = PACE, environment: Mapping[str, str] | None = None
    ) -> None:
        """Reset the fakes, start a stack (``durable``, ``brittle``, ``node``) and seed both systems."""
        self._post("/reset", {"pace": pace, "seed": 7})
        # The account has the usual house rules for prices.
        self._post("/netsuite/configure", {"price_tolerance_percent": 5, "largest_discount_percent": 30})
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        credentials = self.state_dir / "credentials.json"
        credentials.write_text(json.dumps(for_stack()))
        self._environment = {
            **os.environ,
            "GAMEDAY_CRM": "salesforce",
            "GAMEDAY_ERP": "netsuite",
            "GAMEDAY_CRM_URL": self.fakes["salesforce"],
            "GAMEDAY_ERP_URL": self.fakes["netsuite"],
            "GAMEDAY_PAGER_URL": self.fakes["pagerduty"],
            "GAMEDAY_TICKETS_URL": self.fakes["jira"],
            "GAMEDAY_LISTEN": f"127.0.0.1:{port}",
            "GAMEDAY_STATE_DIR": str(self.state_dir / "state"),
            "GAMEDAY_PACE": f"{pace:g}",
            "GAMEDAY_FLOW": FLOW,
            "GAMEDAY_CREDENTIALS": str(credentials),
            "GAMEDAY_BUG": bug,
            **(environment or {}),
        }
        python = [sys.executable, "-m", f"gameday_fakes.stacks.{stack}"]
        self._command = ["node", str(NODE)] if stack == "node" else python
        self.launch()
        seeded = {"accounts": ACCOUNTS, "products": PRODUCTS}
        self.operate("salesforce", "seed", "", seeded)
        accounts = self.get("/salesforce/snapshot")["Account"]
        ids = {account["Name"]: account["Id"] for account in accounts}
        erp = {"accounts": [{**a, "id": ids[a["name"]]} for a in ACCOUNTS], "products": PRODUCTS}
        self.operate("netsuite", "seed", "", erp)
        self._post("/salesforce/configure", {"outbound_url": f"{self.url}/outbound-messages"})

    def launch(self) -> None:
        """Start the stack's process and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
        self.until(self._is_ready, "the stack is ready")

    def _is_ready(self) -> bool:
        try:
            return self._hooks.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop the stack, if it runs."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        self._control.close()
        self._hooks.close()

    def hook(self, method: str, path: str, body: Any = None) -> Any:
        """Call a hook of the stack."""
        reply = self._hooks.request(method, self.url + path, json=body)
        reply.raise_for_status()
        return reply.json() if "json" in reply.headers["content-type"] else reply.text

    # -- the fakes -----------------------------------------------------------------------------------

    def get(self, path: str) -> Any:
        """Read from the control plane."""
        reply = self._control.get(path)
        reply.raise_for_status()
        return reply.json()

    def _post(self, path: str, body: Any) -> Any:
        reply = self._control.post(path, json=body)
        assert reply.status_code < 300, reply.text
        return reply.json() if reply.content else None

    def operate(self, fake: str, f: str, key: str, value: Any) -> str:
        """Carry out a business operation; returns the record's id."""
        return str((self._post(f"/{fake}/operations", {"f": f, "key": key, "value": value}) or {}).get("id"))

    def close_deals(self, count: int, *, start: int = 0) -> list[str]:
        """Win deals in all currencies; returns their ids."""
        deals = []
        for number in range(start, start + count):
            account = list(CURRENCIES)[number % 3]
            currency = CURRENCIES[account]
            lines = lines_of(number, currency)
            value = {
                "name": f"Deal {number}",
                "account": account,
                "currency": currency,
                "amount": str(sum(Decimal(line["amount"]) for line in lines)),
                "close_date": "2026-11-20",
                "lines": lines,
            }
            deals.append(self.operate("salesforce", "close_deal", f"deal-{number}", value))
        return deals

    def amend(self, number: int, *, times: int = 1) -> None:
        """Change the quantities of a deal, to other ones for each number of times."""
        currency = CURRENCIES[list(CURRENCIES)[number % 3]]
        lines = lines_of(number + 3 * times, currency)
        amount = str(sum(Decimal(line["amount"]) for line in lines))
        self.operate("salesforce", "amend_deal", f"deal-{number}", {"lines": lines, "amount": amount})

    def inject(self, fake: str, kind: str, **params: Any) -> None:
        """Inject a fault, with its kind as its id."""
        reply = self._control.put(f"/{fake}/faults/{kind}", json={"kind": kind, **params})
        assert reply.status_code < 300, reply.text

    def heal(self, fake: str, kind: str) -> None:
        """Heal a fault."""
        self._control.delete(f"/{fake}/faults/{kind}").raise_for_status()

    # -- the outcome --------------------------------------------------------------------------------

    def until(self, holds: Callable[[], Any], what: str | Callable[[], str], *, real_s: float = 25.0) -> Any:
        """Wait until something holds, and return it. A callable ``what`` says in the end what did not.

        What the fakes, the stack and the test wait for a processor does not count: a busy machine makes nothing wrong.
        """
        began_s, before_s = time.monotonic(), self._waited_s()
        while not (value := holds()):
            if time.monotonic() - began_s > real_s + self._waited_s() - before_s:
                tail = self.log.read_text()[-3000:] if self.log.exists() else ""
                text = what() if callable(what) else what
                pytest.fail(f"not within {real_s:g} s: {text}\n{tail}")
            time.sleep(0.03)
        return value

    def _waited_s(self) -> float:
        """How long they all have waited for a processor: one asks the other, so their waits add up."""
        stack = [] if self._process is None else [self._process.pid]
        return sum(waited_s(pid) or 0.0 for pid in (os.getpid(), self.pid, *stack))

    def skip_until(self, holds: Callable[[], Any], what: str) -> None:
        """Skip to one thing after another that is due at the fakes, until something holds."""

        def held() -> Any:
            if value := holds():
                return value
            quiet = self.get("/quiet")
            if quiet["due_s"] is not None:
                seconds = quiet["due_s"] - quiet["now_s"] - SHORTLY_S
                # It is refused while something is under way, and possible a moment later.
                self._control.post("/skip", json={"seconds": max(0.0, seconds), "requests": quiet["requests"]})
            return None

        self.until(held, what)

    def differences(self) -> list[str]:
        """What breaks the rule: each won deal has one open order and one invoice, both with its amount and currency."""
        crm, erp = (self.get(f"/{fake}/ledger")["entries"] for fake in ("salesforce", "netsuite"))
        orders: dict[str, list[Any]] = {}
        for order in erp:
            if order["state"] == "open":
                orders.setdefault(order["keys"]["otherRefNum"], []).append(order)
        differences = []
        for deal in crm:
            mine = orders.pop(deal["id"], [])
            if deal["state"] == "void":
                differences += [f"{deal['id']}: void, but {len(mine)} open orders"] if mine else []
                continue
            if len(mine) != 1:
                differences.append(f"{deal['id']}: {len(mine)} orders")
                continue
            invoices = mine[0].get("invoices", [])
            expected = [(deal["currency"], Decimal(str(deal["total"])))]
            if [(mine[0]["currency"], Decimal(str(mine[0]["total"])))] != expected:
                differences.append(f"{deal['id']}: order {mine[0]['total']} {mine[0]['currency']}, deal {expected}")
            if [(i["currency"], Decimal(str(i["total"]))) for i in invoices] != expected:
                differences.append(f"{deal['id']}: invoices {[i['total'] for i in invoices]}, deal {expected}")
        return differences + [f"{key}: no such deal" for key in orders]

    def settled(self) -> None:
        """Wait until the ledgers agree."""
        self.until(lambda: not self.differences(), lambda: f"the ledgers agree: {self.differences()[:5]}")

    def events(self, f: str) -> list[dict[str, Any]]:
        """All events of the fakes of one kind."""
        return [event for event in self.get("/events?after=0")["events"] if event["f"] == f]

    def alerts(self) -> list[dict[str, Any]]:
        """The payloads of the alerts raised, oldest first."""
        raw = [event["value"]["raw"]["event"] for event in self.events("alert")]
        return [alert["payload"] for alert in raw if alert["event_action"] == "trigger"]

    def alert(self, word: str, deals: list[str] = []) -> dict[str, Any]:  # noqa: B006 - only read
        """Wait for an alert that has a word in its reason and names all of the deals."""

        def matching() -> dict[str, Any] | None:
            for payload in reversed(self.alerts()):
                details = payload["custom_details"]
                named = {order["order"] for order in details["orders"]}
                if word in details["reason"] and named >= set(deals):
                    return dict(details)
            return None

        def seen() -> str:
            reasons = [payload["custom_details"]["reason"] for payload in self.alerts()]
            return f"an alert about {word!r} naming {len(deals)} deals; alerts: {reasons}"

        return dict(self.until(matching, seen))


@pytest.fixture(scope="session")
def fakes() -> Iterator[tuple[int, str, str, dict[str, str]]]:
    """The fakes' process: its id, the control plane's URL and token, and each fake's URL."""
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdin is not None
        ready = json.loads(process.stdout.readline())
        yield process.pid, ready["control"], ready["token"], ready["fakes"]
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def fake_set(fakes: tuple[int, str, str, dict[str, str]], tmp_path: Path) -> Iterator[FakeSet]:
    """The fakes, with one stack that is stopped at the end."""
    fake_set = FakeSet(*fakes, tmp_path)
    yield fake_set
    fake_set.close()


@pytest.fixture(scope="session")
def simulation() -> Iterator[Simulation]:
    """What simulates game days of the durable stack, in one process for all tests of a worker."""
    simulation = Simulation()
    yield simulation
    simulation.close()
