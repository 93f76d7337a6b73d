"""Whom an alert or a ticket reached, and which flow it is about, follows from its routing."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from gameday.analysis.alerts import gives_reason, right_owner
from gameday.analysis.observations import names
from gameday.analysis.routing import routed
from gameday.config.signal_routes import SignalsTable, read_signals
from gameday.model.contract import Contract
from gameday.model.fault import faults
from gameday.model.scenario import Injection
from gameday.model.signal import Signal, signals
from gameday_fakes.clock import Clock
from gameday_fakes.credentials import fingerprint
from gameday_fakes.events import EventLog
from gameday_fakes.http import Request
from gameday_fakes.pagerduty import FAKE
from support.credentials import PAGERDUTY
from support.rows import rows

FLOW = "closed-won-to-sales-order"
OWNERS = {
    "sync": "revenue-operations",
    "source": "sales-systems",
    "sink": "erp-platform",
    "finance": "finance-operations",
}
CONTRACT = Contract(FLOW, owner="revenue-operations", owners=OWNERS)
KEY = "0123456789abcdef0123456789abcdef"


def table(text: str) -> SignalsTable:
    return read_signals(tomllib.loads(text)["signals"], Path("gameday.toml"))


def page(routing_key: str = PAGERDUTY["routing_key"], **payload: Any) -> Signal:
    """What the fake pager records of an alert, read."""
    clock = Clock()
    fake = FAKE(clock, EventLog(clock))
    fake.reset()
    body = {"summary": "trouble", "source": "sync-prod-1", "severity": "error", **payload}
    event = {"routing_key": routing_key, "event_action": "trigger", "dedup_key": "k", "payload": body}
    fake.enqueue(Request("POST", "/v2/enqueue", body=json.dumps(event).encode()))
    return signals["pagerduty"](fake.events.after(0)[-1].value["raw"], frozenset())


def ticket(**fields: Any) -> Signal:
    return signals["jira"]({"issue": {"key": "SYNC-1", "fields": fields}, "action": "create"}, frozenset())


def owner(signal: Signal, text: str = "[signals]") -> str:
    return routed(signal, table(text), CONTRACT).owner


def flow(signal: Signal, text: str) -> str:
    return routed(signal, table(text), CONTRACT).flow


@rows(("role", "who"), OWNERS.items())
def test_each_routing_key_of_the_fake_reaches_the_owner_of_its_service(role: str, who: str) -> None:
    assert owner(page(PAGERDUTY[f"routing_key_{role}"])) == who


def test_whom_the_routing_reached_counts_and_not_whom_the_alert_names() -> None:
    misrouted = page(PAGERDUTY["routing_key_finance"], custom_details={"owner": "revenue-operations"})
    assert owner(misrouted) == "finance-operations"


def test_what_is_routed_by_content_reaches_the_owner_that_it_names() -> None:
    assert owner(page(custom_details={"owner": "erp-platform"})) == "erp-platform"


@rows(
    ("entry", "signal"),
    [
        (f'routing_key = {{"{KEY}" = "finance"}}', page(KEY)),
        ('service = {"ERP sync" = "finance"}', page(custom_details={"service": "erp SYNC"})),
        ('escalation_policy = {"Finance*" = "finance"}', page(custom_details={"escalation_policy": "Finance on call"})),
        ('assignee = {"jane@example.com" = "finance"}', page(custom_details={"assignee": "jane@example.com"})),
        ('label = {"team-money" = "finance"}', page(custom_details={"tags": ["prod", "team-money"]})),
        ('assignee = {"jane*" = "finance-operations"}', ticket(assignee={"emailAddress": "jane@example.com"})),
        ('component = {"Billing" = "finance"}', ticket(components=[{"name": "Sync"}, {"name": "billing"}])),
        ('label = {"team-*" = "finance"}', ticket(labels=["prod", "team-money"])),
    ],
)
def test_gameday_toml_maps_every_kind_of_routing_to_an_owner(entry: str, signal: Signal) -> None:
    assert owner(signal, f"[signals.owners]\n{entry}") == "finance-operations"
    assert owner(signal) != "finance-operations"


def test_a_pattern_has_no_special_characters_but_the_star() -> None:
    signal = page(custom_details={"service": "sync [prod]"})
    assert owner(signal, '[signals.owners]\nservice = {"sync [prod]*" = "sink"}') == "erp-platform"
    assert owner(signal, '[signals.owners]\nservice = {"sync [prod?" = "sink"}') != "erp-platform"


def test_the_most_specific_routing_decides() -> None:
    text = f'[signals.owners]\nrouting_key = {{"{KEY}" = "sync"}}\nassignee = {{"jane" = "sink"}}'
    assert owner(page(KEY, custom_details={"assignee": "jane"}), text) == "erp-platform"


@rows(
    "signal",
    [
        ticket(assignee={"name": "Finance-Operations"}),
        ticket(components=[{"name": "finance-operations"}]),
        ticket(labels=["finance-operations"]),
        page(custom_details={"service": "finance-operations"}),
    ],
)
def test_a_name_that_is_an_owners_needs_no_entry(signal: Signal) -> None:
    assert owner(signal) == "finance-operations"


@rows(
    "entry",
    [
        f'routing_key = {{"{KEY}" = "{FLOW}"}}',
        f'source = {{"sync-prod-*" = "{FLOW}"}}',
        f'source = {{"nightly pass" = "{FLOW}"}}',
        f'name = {{"*pass failed*" = "{FLOW}"}}',
        f'name = {{"sync-pass" = "{FLOW}"}}',
        f'service = {{"deals to orders" = "{FLOW}"}}',
    ],
)
def test_gameday_toml_maps_an_alert_about_the_whole_flow_to_it(entry: str) -> None:
    details = {"service": "deals to orders"}
    signal = page(
        KEY,
        summary="The nightly pass failed: 3",
        component="nightly pass",
        custom_details=details,
        **{"class": "sync-pass"},
    )
    assert flow(signal, f"[signals.flows]\n{entry}") == FLOW
    assert flow(signal, "[signals]") == ""


def test_the_flows_own_name_elsewhere_can_be_mapped() -> None:
    text = f'[signals.flows]\nname = {{"sf2ns" = "{FLOW}"}}'
    assert flow(page(custom_details={"flow": "sf2ns"}), text) == FLOW
    assert flow(page(custom_details={"flow": "payroll"}), text) == "payroll"


def test_the_history_has_no_routing_key() -> None:
    signal = page(KEY)
    assert signal.route["routing_key"] == (fingerprint(KEY),)
    assert KEY not in str(signal)


def test_alerts_of_two_routing_keys_are_two_alerts_also_under_one_key() -> None:
    assert page(KEY).name != page().name
    assert page(KEY).name == page(KEY, summary="again").name


@rows("text", [f"{FLOW}: pass failed", f"flow={FLOW}", f"sync/{FLOW}", f"({FLOW})"])
def test_a_text_names_the_flow_by_its_whole_name(text: str) -> None:
    assert names(text, FLOW)
    assert not names(text.replace(FLOW, f"{FLOW}-eu"), FLOW)
    assert not names(text.replace(FLOW, f"re{FLOW}"), FLOW)


# -- which owner is right ----------------------------------------------------------------------------


def right(reason: str, target: str = "erp") -> set[str]:
    """The roles to which an alert with this reason may go."""
    injections = [Injection(60, "record lock", target)]
    return {
        role
        for role, who in OWNERS.items()
        if right_owner(CONTRACT, Signal("alert", "pagerduty", "trigger", "k", owner=who, reason=reason), injections)
    }


@rows(
    ("reason", "target", "roles"),
    [
        ("accounting period 2026-06 is closed", "erp", {"finance"}),
        ("accounting period closed: the invoice cannot be posted", "erp", {"finance"}),
        ("price drift: outside the tolerance", "erp", {"finance"}),
        ("the field Amount was renamed", "crm", {"sync", "source"}),
        ("the field Amount was renamed", "erp", {"sync", "sink"}),
        ("the role lost its right to edit sales orders", "erp", {"sync", "sink"}),
        ("the access token was revoked", "crm", {"sync", "source"}),
        ("the item is inactive", "erp", {"sync", "sink"}),
        ("backlog: deals wait", "stack", {"sync"}),
        ("three events were never delivered", "crm", {"sync", "source"}),
        ("duplicate: more than one order", "crm", {"sync", "finance"}),
        ("the invoice was refused", "erp", {"sync", "finance"}),
        ("it failed", "erp", {"sync"}),
        ("", "erp", {"sync"}),
    ],
)
def test_which_owner_is_right_depends_on_the_kind_of_trouble(reason: str, target: str, roles: set[str]) -> None:
    assert right(reason, target) == roles


@rows(("flow", "stated"), [("lock", True), ("k", True), ("", True), ("locked", False)])
def test_only_the_flows_whole_name_is_no_part_of_the_reason(flow: str, stated: bool) -> None:
    signal = Signal("alert", "pagerduty", "trigger", "k", reason="the record is locked")
    assert gives_reason(signal, ("lock",), flow) is stated


def test_without_a_finance_owner_the_flows_owner_is_right_for_a_closed_period() -> None:
    contract = Contract(FLOW, owner="us", owners={"sync": "us"})
    signal = Signal("alert", "pagerduty", "trigger", "k", owner="us", reason="the period is closed")
    assert right_owner(contract, signal, ())


#: What a stack that states a bundled fault's cause may say, and who can remove it.
SAID = {
    "clock skew": ("the timestamp of the signature is off: login refused", {"sync", "system"}),
    "canary rollout": ("reconciliation mismatch between deal and order", {"sync", "finance"}),
    "cancelled invoices": ("an invoice was cancelled in the ERP", {"sync", "finance"}),
    "changed type": ("the field tranDate has the wrong type", {"sync", "system"}),
    "closed period": ("the accounting period is closed", {"finance"}),
    "concurrency limit": ("429 Too Many Requests", {"sync", "system"}),
    "connection down": ("connection refused", {"sync", "system"}),
    "connection reset": ("connection reset by peer", {"sync", "system"}),
    "credit block": ("the order has a credit block", {"finance"}),
    "credit hold": ("the customer's credit limit is used up", {"sync", "finance", "system"}),
    "order hold": ("the order is on hold until somebody releases it", {"finance", "system"}),
    "csrf expiry": ("the session expired: CSRF token validation failed", {"sync", "system"}),
    "delayed delivery": ("events were found missing", {"sync", "source"}),
    "deleted subscription": ("the subscription was deleted", {"sync", "source"}),
    "document lock": ("the document is locked by a user", {"sync", "system"}),
    "dropped delivery": ("a message was never delivered", {"sync", "source"}),
    "duplicate delivery": ("duplicate message", {"sync", "finance"}),
    "edit conflict": ("the record has been changed and is locked", {"sync", "system"}),
    "expired session": ("the token was revoked", {"sync", "system"}),
    "gap events": ("events were found missing", {"sync", "source"}),
    "half-written order": ("the order has no lines", {"sync", "system"}),
    "held record": ("the record is locked", {"sync", "system"}),
    "hidden field": ("no such column Amount", {"sync", "system"}),
    "inactive reference": ("the item is inactive", {"sync", "system"}),
    "killed worker": ("the worker was killed", {"sync"}),
    "new picklist value": ("the field StageName has an unknown value", {"sync", "system"}),
    "lapsed subscription": ("the subscription had expired", {"sync"}),
    "late rows": ("events were found missing", {"sync", "system"}),
    "legal hold": ("the customer is on legal hold", {"finance"}),
    "limited data": ("connection closed early", {"sync", "system"}),
    "merged accounts": ("the account of the deal was merged", {"sync"}),
    "missing rows": ("the deal's lines do not add up to its amount", {"sync", "system"}),
    "moved address": ("connection failed: redirected to another address", {"sync", "system"}),
    "narrow bandwidth": ("requests timed out", {"sync", "system"}),
    "old API version": ("the field CloseDate is missing from the object", {"sync", "system"}),
    "partly failed batch": ("part of a batch failed", {"sync", "system"}),
    "paused worker": ("the worker was paused", {"sync"}),
    "price drift": ("the price is outside the tolerance", {"finance"}),
    "rate limit": ("429 Too Many Requests", {"sync", "system"}),
    "record lock": ("the record is locked", {"sync", "system"}),
    "renamed field": ("field Amount not found", {"sync", "system"}),
    "reordered delivery": ("an older version came after a newer version", {"sync", "source"}),
    "reply lost after commit": ("the reply was lost", {"sync", "system"}),
    "required field": ("a required field is missing", {"sync", "system"}),
    "retired API version": ("503 Service Unavailable", {"sync", "system"}),
    "revoked permission": ("insufficient permission", {"sync", "system"}),
    "revoked token": ("the token was revoked", {"sync", "system"}),
    "server errors": ("503 Service Unavailable", {"sync", "system"}),
    "service protection": ("429 Too Many Requests", {"sync", "system"}),
    "sliced packets": ("the request timed out", {"sync", "system"}),
    "slow close": ("connection closed", {"sync", "system"}),
    "slow connection": ("high latency", {"sync", "system"}),
    "slow replies": ("requests are slow", {"sync", "system"}),
    "stalled connection": ("the request timed out", {"sync", "system"}),
    "tax engine down": ("the tax differs", {"sync", "finance"}),
    "throttled webhooks": ("events were found missing", {"sync", "source"}),
    "truncated reply": ("the reply was truncated", {"sync", "system"}),
    "wrong environment": ("wrong environment: the login leads to another organization", {"sync", "system"}),
}


def test_the_owner_is_known_for_every_bundled_fault() -> None:
    assert {name for name, fault in faults.items() if fault.__module__.startswith("gameday.faults.")} == {*SAID}


@rows("fault", SAID)
def test_the_right_owner_of_a_bundled_faults_cause(fault: str) -> None:
    reason, roles = SAID[fault]
    for target in faults[fault].targets:
        system = {"crm": {"source"}, "erp": {"sink"}}.get(target, set())
        assert right(reason, target) == (roles - {"system"}) | (system if "system" in roles else set())


@rows(
    ("source", "raw"),
    [
        ("alertmanager", {"alert": {"labels": {"owner": "us"}}, "receiver": "finance-operations"}),
        ("alertmanager", {"alert": {"labels": {"team": "finance-operations"}}, "receiver": "default"}),
        (
            "opsgenie",
            {"alert": {"responders": [{"type": "team", "name": "finance-operations"}], "tags": ["owner: us"]}},
        ),
        ("opsgenie", {"alert": {"tags": ["prod", "finance-operations"]}}),
        ("slack", {"message": {"channel": "finance-operations", "text": "owner: us"}, "first": {}}),
    ],
)
def test_other_pagers_are_routed_too(source: str, raw: dict[str, Any]) -> None:
    signal = signals[source](raw, frozenset())
    assert owner(signal) == "finance-operations"
