"""The doctor counts what comes over each link, and finds the lines that a stack needs to reach the fakes over TLS."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path

import pytest

from gameday.config.gameday_toml import Config, StackTable
from gameday.config.stack_table import bundled_stacks
from gameday.run.doctor import Doctor
from gameday.run.doctor_address import (
    CARRY,
    LINES,
    LinkUse,
    attempt_result,
    can_listen,
    check_links,
    hosts_line,
    with_every_line,
)
from gameday.run.outside import Isolation
from gameday.run.part_check import PartCheck
from gameday.run.plan import look_up_stack
from gameday_fakes.connect import Asked
from support.needs import demand
from support.rows import rows
from support.site import FLOW

GUIDE = Path(__file__).parents[2] / "docs" / "https.md"
MINE = StackTable("mine", command=("x",))
NAME = "login.salesforce.com"
#: Both answer as ready and take events; each event makes them log in at Salesforce by https.
IN_PYTHON = """
import os, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def do_POST(self):
        self.do_GET()
        urllib.request.urlopen("https://login.salesforce.com/services/data", timeout=3)
host, port = os.environ["LISTEN"].split(":")
ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
"""
IN_NODE = """
require("http").createServer((request, reply) => {
  reply.end();
  if (request.method === "POST") fetch("https://login.salesforce.com/services/data").catch(() => {});
}).listen(Number(process.env.LISTEN.split(":")[1]), "127.0.0.1");
"""


def use(role: str = "crm", **counts: object) -> LinkUse:
    fake = {"crm": "salesforce", "erp": "netsuite"}[role]
    return LinkUse(role, fake, **{"connections": 3, **counts})  # type: ignore[arg-type]


def lines(check: PartCheck) -> dict[str, object]:
    """The lines to paste, as they are read."""
    table: dict[str, object] = tomllib.loads("\n".join(text for _, text in check.details))["stack"]["mine"]
    return table


def test_every_link_is_counted() -> None:
    asked = (Asked(NAME, 443, "gameday-node-preload"),)
    found = check_links([use(over_tls=2, asked=asked), use("erp", connections=1)], MINE, [])
    assert found.problem == ""
    assert dict(found.details) == {"crm": "3 connections, 2 over TLS, 1 by CONNECT from node", "erp": "1 connection"}


def test_a_link_to_a_system_of_record_without_a_connection_is_a_problem() -> None:
    assert "nothing came over the link to the erp" in check_links([use(), use("erp", connections=0)], MINE, []).problem


def test_a_stack_that_runs_already_needs_fixed_ports() -> None:
    table = StackTable("mine", url="http://127.0.0.1:1")
    assert "ports = {crm = 8101, erp = 8102" in check_links([use(connections=0)], table, []).problem


def test_a_client_that_does_not_trust_the_authority_is_a_problem() -> None:
    assert "does not trust" in check_links([use(over_tls=3, untrusted=3)], MINE, []).problem


def test_refused_names_are_counted() -> None:
    found = check_links([use()], MINE, ["a.example:443", "a.example:443"])
    assert ("refused", "a.example:443, 2 times: it is no fake") in found.details


@rows(
    ("client", "names"),
    [
        ("", ["HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]),
        ("gameday-node-preload", ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"]),
        ("Java/17.0.15", ["JAVA_TOOL_OPTIONS"]),
    ],
)
def test_only_the_lines_that_the_client_needs_are_printed(client: str, names: list[str]) -> None:
    table = lines(attempt_result([use(over_tls=3, asked=(Asked(NAME, 443, client),))], MINE, ""))
    assert table["tls"] is True
    assert sorted(table["env"]) == names  # type: ignore[call-overload]


def test_a_client_that_obeys_no_proxy_needs_lines_in_etc_hosts() -> None:
    found = attempt_result([use(over_tls=0), use("erp", connections=0)], MINE, "after 30 s there is no order")
    assert "TLS and a proxy change nothing; if it knows no proxy" in found.note
    assert ("443, which this machine does not allow" in found.note) is not can_listen(443)
    assert ("", hosts_line("crm", "salesforce")) in found.details


@rows(("asked", "lines"), [((), 0), (("db.internal",), 0), (("db.internal", NAME), 2)])
def test_the_lines_for_etc_hosts_are_only_for_a_stack_that_asks_for_a_vendors_name(
    asked: tuple[str, ...], lines: int
) -> None:
    found = attempt_result([use(over_tls=0), use("erp", connections=0)], MINE, "there is no order", asked)
    assert len(found.details) == lines
    assert found.note.endswith("it asked for no host name of a vendor") is not bool(lines)


def test_the_guide_has_the_lines_and_the_lines_of_etc_hosts() -> None:
    text = GUIDE.read_text()
    block = tomllib.loads(text.split("```toml gameday.toml\n")[1].split("```")[0])["stack"]["mine"]["env"]
    assert block == {name: value for each in LINES.values() for name, value in each.items()}
    vendors = {"crm": "salesforce", "erp": "netsuite", "pager": "pagerduty", "tickets": "jira"}
    assert text.split("```text hosts\n")[1].split("\n```")[0].splitlines() == [
        hosts_line(*each) for each in vendors.items()
    ]


def test_the_lines_of_a_table_win_over_those_of_an_attempt() -> None:
    table = with_every_line(StackTable("mine", command=("x",), env={"NODE_OPTIONS": "--trace-warnings"}))
    assert table.tls
    assert table.env["NODE_OPTIONS"] == "--trace-warnings"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "needed"),
    [
        (("{python}", "-c", IN_PYTHON), {"HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}),
        (("node", "-e", IN_NODE), {"NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"}),
    ],
    ids=["python", "node"],
)
def test_a_stack_that_insists_on_a_vendors_name_is_given_the_lines_that_lead_it_to_the_fake(
    tmp_path: Path, command: tuple[str, ...], needed: set[str]
) -> None:
    if command[0] == "node":
        demand("node")
    escaped = (command[0], command[1], command[2].replace("{", "{{").replace("}", "}}"))
    table = StackTable("mine", command=escaped, env={"LISTEN": "{listen}"})
    _, contract = look_up_stack("durable", FLOW.contract, Config(stacks=bundled_stacks()))

    async def act() -> tuple[dict[str, PartCheck], PartCheck]:
        doctor = Doctor(FLOW, contract, table, Config(), tmp_path, 1.0, Isolation("it is tried here"), wait_s=4.0)
        found = {check.what: check async for check in doctor.examine()}
        attempt = doctor.attempt()
        assert attempt is not None
        return found, await attempt.try_lines(table)

    found, tried = asyncio.run(act())
    assert "nothing came over the link to the crm" in found[CARRY].problem
    assert "it reaches the crm over TLS" in tried.note
    assert set(lines(tried)["env"]) == needed  # type: ignore[call-overload]
