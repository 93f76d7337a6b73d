"""E-mails in one shape with all other alerts."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gameday.analysis.routing import routed
from gameday.config.signal_routes import OwnersTable, SignalsTable
from gameday.model.contract import Contract
from gameday.model.signal import Signal, signals
from support.rows import rows

ONE, TWO = "0065g00000ABcdEAAT", "0065g00000ABcdFAAT"
KNOWN = {ONE, TWO}
PAYLOAD = {"Id": ONE, "Amount": "12.50"}
TEXT = "flow: closed-won-to-sales-order\nreason: the period is closed\nfirst seen: 2026-06-30T10:00:00Z\n"
CONTRACT = Contract("flow", owner="revenue-operations", owners={"finance": "controlling", "sync": "revenue-operations"})


def mail(subject: str = "Orders wait", first: str = "", **more: Any) -> Signal:
    sender = {"name": "Sync", "address": "sync@example.com"}
    message = {"from": sender, "recipients": ["finance@example.com"], "subject": subject, "text": TEXT, **more}
    raw = {"message": message, "first": {"from": sender, "subject": first or subject}}
    return signals["email"](raw, KNOWN)


def test_a_good_mail_is_read_in_full() -> None:
    found = mail(text=TEXT + json.dumps(PAYLOAD))
    assert (found.kind, found.action, found.orders, found.context) == ("alert", "trigger", (ONE,), {ONE: PAYLOAD})
    assert (found.flow, found.reason) == ("closed-won-to-sales-order", "the period is closed")
    assert (found.first_seen, found.summary) == ("2026-06-30T10:00:00Z", "Orders wait")


def test_deals_are_found_in_subject_text_and_attachments() -> None:
    attached = [{"name": "orders.json", "type": "application/json", "text": json.dumps({"Id": TWO, "Amount": 1})}]
    found = mail(f"{ONE} waits", attachments=attached)
    assert (found.orders, found.context) == ((ONE, TWO), {TWO: {"Id": TWO, "Amount": 1}})


def test_an_attachment_of_several_payloads_gives_each_deal_its_own() -> None:
    orders = {"orders": [{"id": ONE, "payload": {"a": 1}}, {"id": TWO, "payload": {"a": 2}}]}
    assert mail(attachments=[{"text": json.dumps(orders)}]).context == {ONE: {"a": 1}, TWO: {"a": 2}}


@rows(
    ("subject", "action"),
    [
        ("Orders wait", "trigger"),
        ("RESOLVED: Orders wait", "resolve"),
        ("Re: RESOLVED: Orders wait", "resolve"),
        ("AW: Re[2]: [RESOLVED] Orders wait", "resolve"),
        ("[prod] Resolved: Orders wait", "resolve"),
        ("[prod] [RESOLVED] Orders wait", "resolve"),
        ("[FIRING:1] Orders wait", "trigger"),
        ("Re: ACK: Orders wait", "acknowledge"),
        ("Re: Orders wait", "trigger"),
        ("Orders wait, not resolved", "trigger"),
        ("[", "trigger"),
        ("", "trigger"),
    ],
)
def test_the_subject_says_what_a_mail_does(subject: str, action: str) -> None:
    assert mail(subject).action == action


@rows(
    "subject",
    ["RESOLVED: 17 orders wait", "Re: 3 orders wait", "[prod] Orders wait", "[FIRING:2] [prod] 4 orders wait"],
)
def test_mails_of_one_subject_belong_together_whatever_stands_before_it(subject: str) -> None:
    assert mail(subject).key == mail("3 orders wait").key


def test_a_mail_of_a_thread_has_the_key_of_the_first_one() -> None:
    assert mail("RESOLVED", first="Orders wait").key == mail("Orders wait").key
    assert mail("Invoices wait").key != mail("Orders wait").key


def test_a_person_answers_a_mail() -> None:
    assert mail(answer="acknowledge").action == "acknowledge"
    assert mail(answer="resolve").action == "resolve"
    assert mail(answer="laugh").action == "trigger"


def owner(table: dict[str, str] | None = None, **more: Any) -> str:
    return routed(mail(**more), SignalsTable(owners=OwnersTable(assignee=table or {})), CONTRACT).owner


@rows(
    ("more", "who"),
    [
        ({"recipients": ["controlling@example.com"]}, "controlling"),
        ({"recipients": ["finance@example.com"]}, "controlling"),
        ({"recipients": ["x@y"], "to": [{"name": "Controlling", "address": "X@Y"}]}, "controlling"),
        ({"recipients": ["x@y"], "to": [{"name": "Controlling", "address": "other@y"}]}, "x@y"),
        ({"recipients": ["x@y"], "text": "owner: controlling"}, "controlling"),
    ],
)
def test_whoever_receives_a_mail_is_its_owner(more: dict[str, Any], who: str) -> None:
    assert owner(**more) == who


def test_recipients_are_mapped_by_their_addresses() -> None:
    assert owner({"*-oncall@example.com": "finance"}, recipients=["team-oncall@example.com"]) == "controlling"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["message", "first", "subject", "text", "to", "recipients", "attachments", "from", "address"]
                ),
                inner,
            )
        ),
        max_leaves=20,
    )
)
def test_no_mail_is_an_error(raw: Any) -> None:
    found = signals["email"](raw, KNOWN)
    assert msgspec.json.encode(found)
