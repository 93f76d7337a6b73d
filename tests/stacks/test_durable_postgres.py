"""``durable`` with its state in PostgreSQL: several workers share the deals, and none is lost when any of them ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gameday_fakes.stacks.oauth1 import Signer
from support.control import NO_AUTHORITY
from support.postgres import Server

pytestmark = [pytest.mark.slow, pytest.mark.needs("postgres")]

#: Beyond any lease, on a busy machine too (real seconds).
LIMIT_S = 120.0
PACE = 60.0
WORKER = [sys.executable, "-m", "gameday_fakes.stacks.durable.postgres.worker"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.close()


class Workers:
    """The port with workers beside it, each a process of its own."""

    def __init__(self, fake_set: Any, server: Server) -> None:
        self.fake_set = fake_set
        self.server = server
        self.environment = {"GAMEDAY_DATABASE": server.new_database(), "GAMEDAY_WORKERS": "0-0"}
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int, *, pace: float = PACE, **variables: str) -> None:
        self.environment |= variables
        self.fake_set.start("durable", environment=self.environment, pace=pace)
        for _ in range(workers):
            self.add()

    def add(self) -> subprocess.Popen[bytes]:
        """Start one more worker."""
        with self.fake_set.log.open("ab") as log:
            process = subprocess.Popen(WORKER, env=self.fake_set._environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def row(self, sql: str) -> Any:
        """The first column of the first row of a query."""
        import psycopg

        with psycopg.connect(self.environment["GAMEDAY_DATABASE"]) as connection:
            row = connection.execute(sql.encode()).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def workers(fake_set: Any, server: Server) -> Iterator[Workers]:
    workers = Workers(fake_set, server)
    yield workers
    workers.close()


def slow_erp(fake_set: Any, delay_s: float = 10.0) -> None:
    fake_set.inject("netsuite", "http", action="delay", delay_s=delay_s, operation="order.write")


def heal(fake_set: Any) -> None:
    fake_set.heal("netsuite", "http")


def settled(fake_set: Any) -> None:
    fake_set.until(lambda: not fake_set.differences(), "the ledgers agree", real_s=LIMIT_S)


def invoices(fake_set: Any) -> int:
    return len(fake_set.get("/netsuite/snapshot")["invoice"])


def test_two_workers_share_the_deals_and_double_none(workers: Workers) -> None:
    workers.start(2)
    workers.fake_set.close_deals(40)
    settled(workers.fake_set)
    assert invoices(workers.fake_set) == 40


def test_amended_and_void_deals_change_their_orders(workers: Workers) -> None:
    workers.start(2)
    workers.fake_set.close_deals(9)
    settled(workers.fake_set)
    workers.fake_set.amend(0)
    workers.fake_set.operate("salesforce", "void_deal", "deal-2", {})
    settled(workers.fake_set)


def test_the_deals_of_a_killed_worker_are_settled_by_the_other(workers: Workers) -> None:
    workers.start(1)
    slow_erp(workers.fake_set, 60.0)
    workers.fake_set.close_deals(20)
    workers.fake_set.until(lambda: workers.row("SELECT count(*) > 0 FROM deals WHERE lease != ''"), "a deal is in hand")
    workers.processes[0].kill()
    heal(workers.fake_set)
    workers.add()
    settled(workers.fake_set)
    assert invoices(workers.fake_set) == 20


def ask_for_an_invoice(fake_set: Any, order: str) -> None:
    """Have the ERP make another invoice of an order, with the credentials of the stack."""
    credentials = json.loads((fake_set.state_dir / "credentials.json").read_text())["erp"]
    url = f"{fake_set.fakes['netsuite']}/services/rest/record/v1/salesOrder/{order}/!transform/invoice"
    headers = {"authorization": Signer(credentials).header("POST", url)}
    httpx.post(url, json={}, headers=headers, trust_env=False).raise_for_status()


def test_an_invoice_that_a_killed_worker_asked_for_and_that_comes_late_is_taken_back(workers: Workers) -> None:
    fake_set = workers.fake_set
    # A lease of 10 s and a timeout of 5 s: there is time to be late in.
    workers.start(1, pace=12.0)
    slow_erp(fake_set, 60.0)
    fake_set.close_deals(1)
    fake_set.until(lambda: workers.row("SELECT count(*) > 0 FROM deals WHERE lease != ''"), "a deal is in hand")
    workers.processes[0].kill()
    heal(fake_set)
    workers.add()
    done = "SELECT order_id FROM deals WHERE state = 'done'"
    order = fake_set.until(lambda: workers.row(done), "the other has settled it", real_s=LIMIT_S)
    ask_for_an_invoice(fake_set, order)
    assert invoices(fake_set) == 2
    fake_set.until(lambda: invoices(fake_set) == 1, "the second invoice is gone", real_s=LIMIT_S)
    settled(fake_set)


def test_a_worker_that_paused_beyond_its_lease_does_not_overwrite_what_came_after(workers: Workers) -> None:
    fake_set = workers.fake_set
    workers.start(1)
    fake_set.close_deals(3)
    settled(fake_set)
    slow_erp(fake_set, 60.0)
    fake_set.amend(0)
    # Its request is on its way, and the reply will find a worker whose lease is over.
    fake_set.until(lambda: fake_set.events("hit"), "the order is being written")
    lease = workers.row("SELECT lease FROM deals WHERE state = 'queued'")
    os.kill(workers.processes[0].pid, signal.SIGSTOP)
    heal(fake_set)
    fake_set.amend(0, times=2)
    workers.add()
    done = "SELECT count(*) = 3 FROM deals WHERE state = 'done'"
    fake_set.until(lambda: workers.row(done), "the other has settled it", real_s=LIMIT_S)
    assert workers.row(f"SELECT count(*) FROM deals WHERE lease = '{lease}'") == 0
    os.kill(workers.processes[0].pid, signal.SIGCONT)
    fake_set.until(lambda: workers.row("SELECT count(*) FROM lineage WHERE step = 'lease lost'"), "it sees its loss")
    fake_set.until(lambda: workers.row(done), "it is written anew")
    settled(fake_set)
    assert invoices(fake_set) == 3


def test_nothing_is_lost_when_the_database_is_killed(workers: Workers) -> None:
    fake_set = workers.fake_set
    workers.start(2)
    slow_erp(fake_set)
    fake_set.close_deals(20)
    fake_set.until(lambda: workers.row("SELECT count(*) > 0 FROM deals WHERE lease != ''"), "a deal is in hand")
    workers.server.kill()
    # Their events cannot be stored: the CRM sends them again.
    fake_set.close_deals(5, start=20)
    heal(fake_set)
    workers.server.start()
    settled(fake_set)
    assert invoices(fake_set) == 25


def test_the_port_says_that_the_database_is_away(workers: Workers) -> None:
    import httpx

    workers.start(0)
    workers.server.kill()
    replies = [httpx.get(f"{workers.fake_set.url}{path}", trust_env=False) for path in ("/healthz", "/dead-letters")]
    workers.server.start()
    assert [reply.status_code for reply in replies] == [503, 503]
    # It connects anew at the next request after the database is back, at the latest after one that found it still away.
    health = f"{workers.fake_set.url}/healthz"
    workers.fake_set.until(lambda: httpx.get(health, verify=NO_AUTHORITY).is_success, "the database answers again")
    assert workers.fake_set.hook("GET", "/dead-letters") == []


def test_workers_are_added_while_deals_wait_up_to_the_bound_and_end_with_the_port(workers: Workers) -> None:
    fake_set = workers.fake_set
    workers.start(0, GAMEDAY_WORKERS="0-2")
    slow_erp(fake_set, 120.0)
    fake_set.close_deals(320)

    def pooled() -> list[int]:
        found = subprocess.run(
            ["pgrep", "--parent", str(fake_set._process.pid)], check=False, capture_output=True, text=True
        )
        return [int(pid) for pid in found.stdout.split()]

    fake_set.until(lambda: len(pooled()) == 2, "there are two workers", real_s=60.0)
    pids = pooled()
    heal(fake_set)
    fake_set.kill()
    fake_set.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "they have ended")


@pytest.mark.parametrize(("waiting", "size"), [(0, 1), (99, 1), (100, 2), (250, 3), (100_000, 3)])
def test_there_is_one_more_worker_for_every_hundred_deals_that_wait_up_to_the_bound(waiting: int, size: int) -> None:
    from gameday_fakes.stacks.durable.definition import Workers
    from gameday_fakes.stacks.durable.postgres.pool import wanted

    assert wanted(Workers(least=1, most=3, deals_per_worker=100), waiting) == size


def test_a_worker_that_lost_its_database_ends_when_it_is_asked_to(workers: Workers) -> None:
    workers.start(1)
    workers.fake_set.until(lambda: workers.row("SELECT count(*) >= 2 FROM procrastinate_workers"), "it works")
    workers.server.kill()
    workers.processes[0].terminate()
    workers.processes[0].wait(LIMIT_S)
    workers.server.start()


def test_a_paused_stack_claims_nothing(workers: Workers) -> None:
    fake_set = workers.fake_set
    workers.start(1)
    fake_set.hook("POST", "/pause")
    fake_set.until(lambda: workers.row("SELECT value FROM facts WHERE name = 'paused'") == "yes", "it is paused")
    fake_set.hook("POST", "/resume")
    fake_set.close_deals(3)
    settled(fake_set)


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"GAMEDAY_DATABASE": "mysql://x"}, "bad database"),
        ({"GAMEDAY_WORKERS": "4-1"}, "bad GAMEDAY_WORKERS '4-1'"),
        ({"GAMEDAY_BUG": "no-idempotency-key"}, "planted in the stack of one process"),
    ],
)
def test_what_cannot_be_is_one_line(workers: Workers, variables: dict[str, str], why: str) -> None:
    workers.start(0)
    given = {**workers.fake_set._environment, **variables}
    command = [sys.executable, "-m", "gameday_fakes.stacks.durable"]
    ended = subprocess.run(command, env=given, check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert why in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
