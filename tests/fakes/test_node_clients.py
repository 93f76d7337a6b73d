"""Unmodified clients in Node: jira.js against version 3 of Jira's API, pdjs against PagerDuty's events and incidents.

pdjs ignores HTTPS_PROXY, so it is given the port at which the fake speaks TLS.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.credentials import JIRA, PAGERDUTY

CLIENTS = Path(__file__).with_name("node_clients")


def run(script: str, *arguments: str, env: dict[str, str]) -> dict[str, Any]:
    """What a script printed."""
    done = subprocess.run(
        ["node", str(CLIENTS / script), *arguments], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.needs("node_clients")
def test_jira_js_works_unmodified(fakes: Any, client_environment: dict[str, str]) -> None:
    found = run("jira_ticket.mjs", fakes.urls["jira"], JIRA["user"], JIRA["token"], env=client_environment)
    assert found == {
        "keys": ["SYNC-1", "SYNC-2"],
        "refused": [1],
        "found": ["Order of 006A is late", "Order of 006B is late"],
        "last": True,
        "count": 2,
        "old": 410,
        "status": "Done",
        "assignee": "finance",
        "links": ["SYNC-2"],
        "description": "reason: the period is closed",
    }
    actions = [event["value"]["raw"]["action"] for event in fakes.events("ticket")]
    assert actions == ["create", "create", "update", "assign", "resolve"]
    assert fakes.events("unsupported") == []


@pytest.mark.slow
@pytest.mark.needs("node_clients")
def test_pdjs_works_unmodified(fakes: Any, client_environment: dict[str, str]) -> None:
    server = fakes.tls_urls["pagerduty"].removeprefix("https://")
    login = (PAGERDUTY["routing_key"], PAGERDUTY["api_token"], PAGERDUTY["from"])
    found = run("pagerduty_incident.mjs", server, *login, env=client_environment)
    assert found == {"refused": 400, "listed": [["a", "acknowledged"], ["b", "triggered"]], "merged": True}
    acts = [
        (event["value"]["raw"]["event"]["dedup_key"], event["value"]["raw"]["event"]["event_action"])
        for event in fakes.events("alert")
    ]
    raised = [("a", "trigger"), ("b", "trigger"), ("a", "acknowledge")]
    assert acts == [*raised, ("b", "acknowledge"), ("a", "trigger"), ("a", "resolve"), ("b", "resolve")]
    assert fakes.events("unsupported") == []


def test_the_lock_names_no_registry_and_has_a_hash_for_each_package() -> None:
    packages = json.loads((CLIENTS / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
