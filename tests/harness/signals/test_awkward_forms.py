"""Alerts in the forms in which tools send them: the same flow, reason and deal are read from each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gameday.analysis.chat_text import facts_of
from gameday.model.signal import Signal, signals
from gameday_fakes.email.messages import read_message
from support.rows import rows

DEAL = "0065g00000ABcdEAAT"
LINK = f"https://acme.lightning.force.com/lightning/r/Opportunity/{DEAL}/view"
PAYLOAD = {"Id": DEAL, "Amount": "12.50"}
LINES = f"flow: orders\nreason: the record is locked\n{DEAL}"


def read(source: str, **raw: Any) -> Signal:
    return signals[source](raw, {DEAL})


@rows(
    ("text", "facts"),
    [
        ("reason:\nDashboard: https://example.com", {}),
        ("reason:\nflow: orders", {"flow": "orders"}),
        ("*Reason:*\nthe record is locked: 006A", {"reason": "the record is locked: 006A"}),
        ("First seen\n2026-06-30T10:00:00Z", {"first_seen": "2026-06-30T10:00:00Z"}),
        ("> **Team**: finance", {"owner": "finance"}),
        ("The reason: it is late", {}),
        ("reasons: many", {}),
        ("reason:", {}),
        ("", {}),
    ],
)
def test_a_fact_begins_a_line_and_may_end_in_the_next_one(text: str, facts: dict[str, str]) -> None:
    assert facts_of(text) == facts


def marked(text: str, kind: str = "section") -> dict[str, Any]:
    return {"type": kind, "text": {"type": "plain_text" if kind == "header" else "mrkdwn", "text": text}}


def rich(*pieces: str) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": piece} for piece in pieces]}
    return {"type": "rich_text", "elements": [section]}


SLACK = {
    "a section alone": {"blocks": [marked(f"*Orders wait*\n{LINES}")]},
    "fields with the value below": {
        "blocks": [
            marked("Orders wait", "header"),
            {
                "type": "section",
                "fields": [
                    {"type": "mrkdwn", "text": "*Flow:*\norders"},
                    {"type": "mrkdwn", "text": f"*Reason*\nthe record is locked: {DEAL}"},
                ],
            },
        ]
    },
    "rich text in pieces": {
        "blocks": [rich("Orders wait\n", "flow: ", "orders", "\nreason: ", "the record", " is locked", f"\n{DEAL}")]
    },
    "blocks in an attachment": {
        "attachments": [{"color": "danger", "blocks": [marked("Orders wait", "header"), marked(LINES)]}]
    },
    "an attachment without a title": {"attachments": [{"pretext": "Orders wait", "text": LINES}]},
    "blocks as a text of JSON": {"blocks": json.dumps([marked(f"Orders wait\n{LINES}")])},
    "a list with bullets": {"text": f"Orders wait\n• Flow: orders\n• Reason: the record is locked\n• {DEAL}"},
    "a context before the title": {"blocks": [marked("flow: orders", "context"), marked(f"Orders wait\n{LINES}")]},
    "a link": {"text": f"Orders wait\nflow: orders\nreason: the record is locked, <{LINK}|Acme>"},
}


@rows("message", SLACK.values())
def test_a_message_of_slack_is_read_by_what_it_shows(message: dict[str, Any]) -> None:
    found = read("slack", message={"channel": "C1", **message})
    assert (found.flow, found.orders, found.summary.strip("*")) == ("orders", (DEAL,), "Orders wait")
    assert found.reason.startswith("the record is locked")


def test_messages_of_blocks_alone_are_distinguished_and_end_what_they_raised() -> None:
    wait, fail, over = (
        read("slack", message={"channel": "C1", "blocks": [marked(text)]})
        for text in ("*Orders wait*", "*Invoices fail*", ":white_check_mark: *Resolved:* Orders wait")
    )
    assert wait.key == over.key != fail.key
    assert (wait.action, over.action) == ("trigger", "resolve")


def test_marks_and_links_of_slack_are_shown_as_in_slack() -> None:
    text = "<!here> Orders of <https://example.com|Acme &amp; Co> wait"
    assert read("slack", message={"text": text}).summary == "Orders of Acme & Co wait"


def card(*body: dict[str, Any]) -> dict[str, Any]:
    content = {"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "Orders wait"}, *body]}
    return {"type": "message", "attachments": [{"content": content}]}


def block(text: str) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text}


def row(kind: str, part: str, *texts: str) -> dict[str, Any]:
    return {"type": kind, part: [{"items": [block(text)]} for text in texts]}


TEAMS = {
    "columns": card(
        row("ColumnSet", "columns", "Flow", "orders"),
        row("ColumnSet", "columns", "Reason", f"the record is locked {DEAL}"),
    ),
    "a table": card(
        {"type": "Table", "rows": [row("TableRow", "cells", "Flow", "orders")]},
        row("TableRow", "cells", "Reason", f"the record is locked {DEAL}"),
    ),
    "rich text in pieces": card(
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "flow: "}, "orders"]},
        {"type": "RichTextBlock", "inlines": ["reason: ", {"text": "the record is locked "}, DEAL]},
    ),
    "a card as a text of JSON": {
        "attachments": [{"content": json.dumps(card(*map(block, LINES.splitlines()))["attachments"][0]["content"])}]
    },
    "a text with breaks": {"text": "Orders wait<br>" + LINES.replace("\n", "<br/>")},
    "names in bold": {
        "title": "Orders wait",
        "sections": [
            {"facts": [{"name": "**Flow**", "value": "orders"}, {"name": "Reason:", "value": "the record is locked"}]},
            {"text": f"[Acme]({LINK})"},
        ],
    },
}


@pytest.mark.parametrize("sent", TEAMS.values(), ids=TEAMS)
def test_a_card_of_teams_is_read_by_what_it_shows(sent: dict[str, Any]) -> None:
    found = read("teams", card=sent)
    assert (found.flow, found.orders, found.summary) == ("orders", (DEAL,), "Orders wait")
    assert found.reason.startswith("the record is locked")


def mail(body: str, kind: str = "text/html", subject: str = "Orders wait") -> Signal:
    text = f"From: sync@example.com\r\nSubject: {subject}\r\nContent-Type: {kind}; charset=utf-8\r\n\r\n{body}"
    message = read_message(text.encode(), ["finance@example.com"])
    return read("email", message=message, first=message)


def parts(*bodies: tuple[str, str]) -> str:
    return "".join(f"--b\r\n{head}\r\n\r\n{body}\r\n" for head, body in bodies) + "--b--\r\n"


ROWS = f"<tr><td>Flow</td><td>orders</td></tr><tr><th>Reason:</th><td>the record is locked</td></tr><tr><td>{DEAL}</td>"
MAILS = {
    "cells of a table": mail(f"<table>{ROWS}<td>100 EUR</td></tr></table>"),
    "paragraphs in cells": mail(
        f"<table>{ROWS.replace('<td>', '<td><p>').replace('</td>', '</p></td>')}<td><p>1</p></td></tr></table>"
    ),
    "a list of definitions": mail(f"<dl><dt>Flow<dd>orders<dt>Reason<dd>the record is locked<dt>Deal<dd>{DEAL}</dl>"),
    "a head without an end": mail(
        f"<html><head><title>x</title><body><p>{LINES.replace(chr(10), '<p>')}</body></html>"
    ),
    "a link": mail(f'<div>Flow: orders</div><div>Reason: the record is locked, <a href="{LINK}">Acme</a></div>'),
    "a text that only asks to look at the page": mail(
        parts(
            ("Content-Type: text/plain", "Please view this message as HTML."),
            ("Content-Type: text/html", LINES.replace("\n", "<br>")),
        ),
        "multipart/alternative; boundary=b",
    ),
    "a file of no type": mail(
        parts(
            ("Content-Type: text/plain", "flow: orders\r\nreason: the record is locked"),
            ("Content-Type: application/octet-stream; name=deals.csv", f"id,amount\r\n{DEAL},1\r\n"),
        ),
        "multipart/mixed; boundary=b",
    ),
}


@rows("found", MAILS.values())
def test_a_mail_is_read_by_what_it_shows(found: Signal) -> None:
    assert (found.flow, found.orders, found.summary) == ("orders", (DEAL,), "Orders wait")
    assert found.reason.startswith("the record is locked")


def test_a_page_that_says_the_same_as_the_text_beside_it_is_left_out() -> None:
    both = parts(("Content-Type: text/plain", LINES), ("Content-Type: text/html", LINES.replace("\n", "<br>")))
    assert DEAL not in mail(both, "multipart/alternative; boundary=b").text.replace(DEAL, "", 1)


def test_a_subject_in_utf_8_without_encoding_is_read() -> None:
    assert mail("x", subject="Aufträge warten: geprüft").summary == "Aufträge warten: geprüft"


PAGES = {
    "a text of version 2": {"payload": {"summary": "Orders wait", "custom_details": LINES}},
    "a text of version 1": {"description": "Orders wait", "details": LINES},
    "a text of JSON": {
        "payload": {
            "summary": "Orders wait",
            "custom_details": json.dumps({"Flow": "orders", "Reason": "the record is locked", "orders": [PAYLOAD]}),
        }
    },
    "other letters": {
        "payload": {
            "summary": "Orders wait",
            "custom_details": {"Flow": "orders", "REASON": "the record is locked", "Deal": DEAL},
        }
    },
}


@pytest.mark.parametrize("event", PAGES.values(), ids=PAGES)
def test_the_details_of_a_page_are_read_in_any_form(event: dict[str, Any]) -> None:
    found = read("pagerduty", event=event)
    assert (found.flow, found.reason, found.orders) == ("orders", "the record is locked", (DEAL,))


def test_details_that_are_a_list_have_a_payload_for_each_deal() -> None:
    details = [{"id": DEAL, "payload": PAYLOAD}]
    assert read("pagerduty", event={"payload": {"custom_details": details}}).context == {DEAL: PAYLOAD}


def test_what_is_written_into_a_description_counts_where_no_field_says_it() -> None:
    alert = {"message": "Orders wait", "description": LINES + json.dumps(PAYLOAD), "details": {"Flow": "other"}}
    found = read("opsgenie", action="create", alert=alert)
    assert (found.flow, found.reason, found.context) == ("other", "the record is locked", {DEAL: PAYLOAD})
    alert = {"labels": {"alertname": "OrdersWait", "flow": "other"}, "annotations": {"description": LINES}}
    found = read("alertmanager", alert=alert)
    assert (found.flow, found.reason, found.orders) == ("other", "the record is locked", (DEAL,))


def node(kind: str, *content: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "content": [{"type": "text", "text": each} if isinstance(each, str) else each for each in content],
    }


TICKETS = {
    "wiki": f"|Flow|orders|\n||Reason||the record is locked||\n*Deal:* {DEAL}",
    "a table": node(
        "doc",
        *(
            node("tableRow", *(node("tableCell", node("paragraph", text)) for text in texts))
            for texts in (("Flow", "orders"), ("Reason", "the record is locked"), ("Deal", DEAL))
        ),
    ),
    "pieces": node(
        "doc", node("paragraph", "Flow: ", "orders"), node("paragraph", "Reason: ", "the record ", "is locked", DEAL)
    ),
}


@pytest.mark.parametrize("description", TICKETS.values(), ids=TICKETS)
def test_a_ticket_is_read_by_what_it_shows(description: Any) -> None:
    found = read("jira", issue={"key": "S-1", "fields": {"summary": "Orders wait", "description": description}})
    assert (found.flow, found.reason.removesuffix(DEAL), found.orders) == ("orders", "the record is locked", (DEAL,))


def nested(levels: int) -> Any:
    found: Any = "x"
    for _ in range(levels):
        found = {"type": found, "text": [found], "items": [found], "content": [found]}
    return found


@rows(
    ("source", "raw"),
    [
        ("slack", lambda part: {"message": {"text": part, "blocks": [part], "attachments": [part, {"fields": part}]}}),
        ("teams", lambda part: {"card": {"title": part, "text": part, "body": [part], "columns": [part, [part]]}}),
        ("opsgenie", lambda part: {"alert": {"description": part, "details": {"Flow": part}}}),
        ("alertmanager", lambda part: {"alert": {"labels": {"a": part}, "annotations": {"flow": part}}}),
        ("pagerduty", lambda part: {"event": {"details": part, "payload": {"custom_details": [part]}}}),
        ("jira", lambda part: {"issue": {"fields": {"description": part}}}),
    ],
)
def test_a_part_of_any_shape_is_read_without_an_error(source: str, raw: Any) -> None:
    for part in (None, 3, [], "", "[" * 5000, "{", nested(4), [[["x"]]]):
        assert read(source, **raw(part)).orders == ()
    deep: Any = "x"
    for _ in range(1500):
        deep = {"text": deep}
    assert read(source, **raw(deep)).source == source
