"""The doctor reports in one line for each part whether it works."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.analysis.reconcile import reconcile
from gameday.base.process import processes_of
from gameday.config.stack_table import read_stack
from gameday.model.contract import Contract
from gameday.model.signal import Signal
from gameday.run.alert_echo import echo
from gameday.run.doctor_words import how_delivery_ended, refusals, why_it_ended, why_not
from gameday.run.setup import LedgerSnapshot
from support.commands import Gameday, gameday
from support.rows import rows

NODE_STACK = Path(__file__).parents[2] / "stacks" / "node" / "server.mjs"
ENVIRONMENT = """
GAMEDAY_CRM = "{crm}"
GAMEDAY_ERP = "{erp}"
GAMEDAY_CRM_URL = "{crm_url}"
GAMEDAY_ERP_URL = "{erp_url}"
GAMEDAY_PAGER_URL = "{pager_url}"
GAMEDAY_TICKETS_URL = "{tickets_url}"
GAMEDAY_LISTEN = "{listen}"
GAMEDAY_STATE_DIR = "{state_dir}"
GAMEDAY_PACE = "{pace}"
GAMEDAY_FLOW = "{flow}"
GAMEDAY_CREDENTIALS = "{credentials}"
"""


def doctor(folder: Path, stack: str, table: str = "", *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "gameday.toml").write_text(table)
    return gameday("doctor", stack, *options, cwd=folder, timeout=120)


@pytest.mark.slow
def test_the_durable_stack_has_no_problem(tmp_path: Path) -> None:
    done = doctor(tmp_path, "durable")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert "a smoke deal becomes exactly one right order" in done.stdout
    assert re.search(
        r"ok   its environment: \d+ variables were withheld: .*name in `inherit` what it needs", done.stdout
    )
    assert "a test alert arrives: at pagerduty" in done.stdout
    understood = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith(" " * 9))
    assert understood["flow"] == "closed-won-to-sales-order"
    assert understood["owner"] == "revenue-operations (sync)"
    assert understood["reason"].endswith("states backlog, slow")
    assert understood["deals"] == "none"
    assert understood["payload"] == "not checked: the alert names no deal"
    assert understood["first"].startswith("seen")
    assert understood["routing"].startswith("routing_key sha256:")


@pytest.mark.slow
@pytest.mark.needs("node")
def test_a_stack_in_plain_node_has_no_problem(tmp_path: Path) -> None:
    done = doctor(tmp_path, "node", f'[stack.node]\ncommand = ["node", "{NODE_STACK}"]\n[stack.node.env]{ENVIRONMENT}')
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok   a smoke deal becomes exactly one right order" in done.stdout


@pytest.mark.slow
def test_what_could_not_be_tried_is_not_checked(tmp_path: Path) -> None:
    command = f'["{sys.executable}", "-m", "gameday_fakes.stacks.durable"]'
    done = doctor(tmp_path, "mine", f"[stack.mine]\ncommand = {command}\n[stack.mine.env]{ENVIRONMENT}")
    assert done.returncode == 0, done.stdout + done.stderr
    for what, hook in (("a test alert arrives", "test_alert"), ("dead letters can be replayed", "replay")):
        assert f"not checked: {what}: the table has no {hook}" in done.stdout
        assert f"ok   {what}" not in done.stdout
    assert "3 of these parts were not checked" in done.stdout


CONTRACT = Contract(
    "orders", owner="revenue operations", owners={"sync": "revenue operations", "finance": "finance desk"}
)


def understood(**fields: Any) -> dict[str, str]:
    plain = {"kind": "alert", "source": "x", "action": "trigger", "key": "k"}
    return dict(echo(msgspec.convert(plain | fields, Signal), CONTRACT))


def test_an_alert_is_echoed_with_all_that_was_understood() -> None:
    found = understood(
        flow="orders", owner="finance desk", reason="the period is closed", orders=("D1",), context={"D1": {"a": 1}},
        first_seen="10:00", rule="closed", route={"service": ("finance",)},
    )  # fmt: skip
    assert found == {
        "flow": "orders",
        "owner": "finance desk (finance)",
        "reason": "'the period is closed' states period",
        "deals": "D1",
        "payload": "of 1 deal",
        "first seen": "10:00",
        "kind": "closed",
        "routing": "service finance",
    }


@rows(
    ("part", "fields", "said"),
    [
        ("flow", {"flow": "payroll"}, "'payroll', which is not 'orders': map it in [signals.flows]"),
        ("flow", {}, "not given: only alerts that name a deal will count; map it in [signals.flows]"),
        ("flow", {"text": "orders: pass failed"}, "orders"),
        ("owner", {}, "not given: map its routing in [signals.owners]"),
        ("owner", {"owner": "kitchen"}, "'kitchen', who is no owner in the contract: revenue operations, finance desk"),
        (
            "owner",
            {"owner": "finance desk", "reason": "record lock"},
            "finance desk (finance); for this reason it should be another",
        ),
        ("reason", {"reason": "an error"}, "'an error' states no cause"),
        ("reason", {}, "not given"),
        ("deals", {}, "none"),
        ("payload", {}, "not checked: the alert names no deal"),
        ("payload", {"orders": ("D1",)}, "none"),
        ("first seen", {}, "not given"),
        ("routing", {}, "not given"),
    ],
)
def test_what_an_alert_lacks_is_said(part: str, fields: dict[str, Any], said: str) -> None:
    assert understood(**fields)[part] == said


@pytest.mark.slow
def test_a_stack_that_ends_at_once_is_reported_with_the_last_line_of_its_log(tmp_path: Path) -> None:
    table = f"""[stack.mine]\ncommand = ["{sys.executable}", "-c", "raise SystemExit('no database')"]\n"""
    done = doctor(tmp_path, "mine", table)
    assert done.returncode == 3
    assert "FAIL fakes, proxies and the stack start: stack 'mine' ended with exit code 1: no database" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


CURIOUS = """
import http.server, os, urllib.request
host, port = os.environ["LISTEN"].split(":")
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    do_POST = do_GET
try:
    urllib.request.urlopen(os.environ["CRM"] + "/services/data/v60.0/tooling")
except OSError as problem:
    print(problem)
http.server.ThreadingHTTPServer((host, int(port)), Answer).serve_forever()
"""


@pytest.mark.slow
def test_a_call_that_a_fake_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "curious.py").write_text(CURIOUS)
    table = f"""[stack.mine]\ncommand = ["{sys.executable}", "{tmp_path / "curious.py"}"]\n"""
    table += '[stack.mine.env]\nLISTEN = "{listen}"\nCRM = "{crm_url}"\n'
    done = doctor(tmp_path, "mine", table, "--wait", "2.5")
    assert done.returncode == 3
    assert (
        "FAIL the fakes have every call that it makes: the stack made a call that the fakes do not have: "
        "salesforce: GET /services/data/v60.0/tooling"
    ) in done.stdout
    assert "FAIL a smoke deal becomes exactly one right order: after 2.5 s " in done.stdout


@pytest.mark.slow
def test_a_token_of_the_environment_does_not_reach_the_stack_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALESFORCE_TOKEN", "00D!geheim")
    monkeypatch.setenv("DATABASE_URL", "postgres://here")
    code = (
        "import os; raise SystemExit(str({n for n in os.environ if n in ('SALESFORCE_TOKEN', 'DATABASE_URL', 'PATH')}))"
    )
    table = f"""[stack.mine]\ncommand = ["{sys.executable}", "-c", "{code.replace("{", "{{").replace("}", "}}")}"]\n"""
    done = doctor(tmp_path, "mine", table + 'inherit = ["DATABASE_URL"]\n')
    last = done.stdout.splitlines()[0]
    assert "SALESFORCE_TOKEN" not in last
    assert "DATABASE_URL" in last
    assert "PATH" in last


@pytest.mark.slow
def test_a_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    done = doctor(tmp_path, "mine", '[stack.mine]\ncommand = ["no-such-program"]\n')
    assert done.returncode == 3
    assert "cannot start stack 'mine': 'no-such-program': No such file or directory" in done.stdout


@pytest.mark.slow
@pytest.mark.needs("namespace")
def test_a_killed_doctor_of_an_isolated_stack_leaves_no_process(tmp_path: Path) -> None:
    endless = f'[stack.mine]\ncommand = ["{sys.executable}", "-c", "import time; time.sleep(60)"]\n'
    (tmp_path / "gameday.toml").write_text(endless)
    _kill_a_doctor(tmp_path)


@pytest.mark.slow
def test_the_processes_of_a_killed_doctor_end_without_another_command(tmp_path: Path) -> None:
    endless = f'[stack.mine]\ncommand = ["{sys.executable}", "-c", "import time; time.sleep(60)"]\n'
    (tmp_path / "gameday.toml").write_text(endless)
    _kill_a_doctor(tmp_path, "--no-isolation")


def _kill_a_doctor(folder: Path, *options: str) -> None:
    """Kill it once it has started the stack, and wait for the end of what it started. Fails if that does not end."""
    process = Gameday("doctor", "mine", *options, cwd=folder)
    try:
        while not (left := list((folder / "runs").glob("doctor-*/stack.log"))):
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    folder = left[0].parent.resolve()
    deadline_s = time.monotonic() + 60
    while processes_of(str(folder)):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def reason(story: Any, *, accepted: bool = True) -> str:
    case = story.case()
    [outcome] = reconcile(case).outcomes
    return why_not(outcome, LedgerSnapshot(case.crm, case.erp), match="otherRefNum", accepted=accepted)


def test_a_deal_without_an_order_is_explained(story: Any) -> None:
    assert reason(story.deal("D")) == "the stack has accepted the CRM's event, but there is no order"


def test_an_event_that_is_not_accepted_is_explained(story: Any) -> None:
    assert reason(story.deal("D"), accepted=False) == "the stack has not accepted the CRM's event"


def test_a_wrong_order_is_explained_by_both_values(story: Any) -> None:
    text = reason(story.deal("D").order("D", total=Decimal(9)))
    assert text.startswith("the ERP's order is mismatched: total is ")
    assert " in the CRM and 9 in the ERP" in text


def test_two_orders_are_named(story: Any) -> None:
    assert reason(story.deal("D").order("D").order("D")).startswith("the deal is duplicated: its orders are ")


def test_an_order_under_another_key_is_explained_by_its_keys(story: Any) -> None:
    text = reason(story.deal("D").order("X"))
    assert text.startswith("the ERP has an order, but its otherRefNum does not name deal D: ")
    assert "otherRefNum is X" in text


def answered(story: Any, status: int | str, webhook: str = "/events") -> str:
    """What is said of a stack that answered the CRM's event so."""
    story.op("deliver", 1, {"message": "m", "deals": ["D"], "status": status}, "fail", "salesforce")
    return how_delivery_ended(story.case().history, webhook)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "it answered the CRM's event at /events with 404; is `webhook` the path that takes it?"),
        (500, "it answered the CRM's event at /events with 500"),
        (200, "it answered the CRM's event at /events with 200, without the acknowledgement that the vendor wants"),
        ("connection refused", "the CRM's event got no answer at /events: connection refused"),
        ("given up", ""),
    ],
)
def test_what_the_stack_did_with_the_event_is_said(story: Any, status: int | str, said: str) -> None:
    assert answered(story, status) == said


def test_nothing_is_said_of_an_event_that_the_stack_accepted(story: Any) -> None:
    story.op("deliver", 1, {"message": "m", "deals": ["D"], "status": 200}, "ok", "salesforce")
    assert how_delivery_ended(story.case().history, "/events") == ""


def test_what_the_stack_refused_is_no_refusal_of_the_crm() -> None:
    query = {"operation": "query", "status": 401, "text": '[{"errorCode": "INVALID_SESSION_ID"}]'}
    message = {"operation": "deliver", "status": 404, "text": ""}
    assert refusals([message], "salesforce") == ""
    assert refusals([query, message], "salesforce") == (
        "the last request that salesforce refused was query, with 401: INVALID_SESSION_ID"
    )


@rows(
    ("problem", "tried", "every", "said"),
    [
        ("stack 'mine' ended with exit code 0", (), "", "one that does its work and ends needs `every`"),
        ("stack 'mine' ended with exit code 0", (), "5 minutes", ""),
        ("stack 'mine' was not ready: http://h:1/healthz: nothing listens there", (), "", "listen at {listen}"),
        ("stack 'mine' ended with exit code 1", ("10.0.0.7:5432 (by its address)",), "", "such as 10.0.0.7:5432"),
        ("stack 'mine' ended with exit code 1", ("db.internal",), "", "such as db.internal:PORT"),
        ("stack 'mine' ended with exit code 1", (), "", ""),
    ],
)
def test_what_a_stack_that_does_not_start_may_lack_is_said(
    problem: str, tried: tuple[str, ...], every: str, said: str
) -> None:
    table = read_stack("mine", {"command": ["x"], **({"every": every} if every else {})}, file="gameday.toml")
    hint = why_it_ended(problem, tried, table)
    assert said in hint
    assert bool(said) is bool(hint)
