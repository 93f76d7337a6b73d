"""Nothing leads a stack under the gate to another machine: not its table, not its environment, not its proxy."""

from __future__ import annotations

from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import StackTable
from gameday.config.isolation import is_loopback, isolated, leads_elsewhere, refuse_elsewhere
from support.rows import rows


@rows(
    ("text", "host"),
    [
        ("https://acme.my.salesforce.com/services", "acme.my.salesforce.com"),
        ("amqp://guest:guest@10.1.2.3:5672/", "10.1.2.3"),
        ("postgres://127.0.0.1/x http://b.example", "b.example"),
        ("http://127.0.0.1.nip.io/", "127.0.0.1.nip.io"),
        ("http://localhost.example/", "localhost.example"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("http://user@127.0.0.1@evil.example/", "evil.example"),
        ("HTTPS://EVIL.EXAMPLE", "evil.example"),
        ("http://192.168.0.1:80/", "192.168.0.1"),
        ("http://127.0.0.1:80 http://[::1]:90 http://localhost", ""),
        ("{crm_url}/services", ""),
        ("/usr/bin/node server.mjs --flag=value", ""),
    ],
)
def test_the_host_of_another_machine_is_found(text: str, host: str) -> None:
    assert leads_elsewhere(text) == host


@rows("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


def table(**fields: Any) -> StackTable:
    return StackTable(name="mine", **fields)


def test_a_stack_that_runs_on_another_machine_is_refused() -> None:
    with pytest.raises(GamedayError, match=r"'mine' runs at 'sync.example', which is not this machine"):
        refuse_elsewhere(table(url="http://sync.example:8080"))


def test_a_stack_on_loopback_and_a_command_are_accepted() -> None:
    refuse_elsewhere(table(url="http://127.0.0.1:8080"))
    refuse_elsewhere(table(command=("node", "server.mjs"), env={"CRM": "{crm_url}"}))


def test_a_table_variable_that_leads_to_another_machine_is_refused_without_its_value() -> None:
    with pytest.raises(GamedayError) as raised:
        refuse_elsewhere(table(command=("x",), env={"CRM": "https://key:secret@acme.my.salesforce.com/secret"}))
    assert "'CRM' in the table of stack 'mine' leads to 'acme.my.salesforce.com'" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_command_that_leads_to_another_machine_is_refused() -> None:
    with pytest.raises(GamedayError, match=r"'command' in the table .* leads to 'acme.example'"):
        refuse_elsewhere(table(command=("sync", "--erp=https://acme.example")))


@rows(
    "name",
    [
        *("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY", "SALESFORCE_TOKEN", "SF_USERNAME", "SFDX_AUTH_URL"),
        *("NETSUITE_ACCOUNT", "MY_JIRA_TOKEN", "PAGERDUTY_ROUTING_KEY", "slack_webhook", "SSL_CERT_FILE"),
    ],
)
def test_a_variable_that_could_lead_to_another_machine_is_not_passed_on(name: str) -> None:
    assert isolated({name: "x", "PATH": "/bin"}) == {"PATH": "/bin"}


def test_a_url_of_another_host_is_not_passed_on_whatever_its_name() -> None:
    assert isolated({"QUEUE": "amqp://10.0.0.1", "OWN": "http://127.0.0.1:1"}) == {"OWN": "http://127.0.0.1:1"}


@rows("name", ["PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH", "GAMEDAY_RUN_DIR", "SFTPROOT"])
def test_other_variables_are_passed_on(name: str) -> None:
    assert isolated({name: "/x"}) == {name: "/x"}


def test_the_proxy_of_the_fakes_takes_every_other_name_and_not_loopback() -> None:
    environment = isolated({"HTTPS_PROXY": "http://elsewhere"}, proxy_url="http://127.0.0.1:9", authority="/ca.pem")
    assert {environment[name] for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY")} == {
        "http://127.0.0.1:9"
    }
    assert environment["NO_PROXY"] == "127.0.0.1,localhost,::1"
    assert environment["SSL_CERT_FILE"] == environment["NODE_EXTRA_CA_CERTS"] == "/ca.pem"
