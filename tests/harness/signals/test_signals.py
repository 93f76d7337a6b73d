"""Alerts and tickets in one shape: what is read out of those of well-behaved stacks, and of any others."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gameday.analysis.signal_text import LARGEST_CONTEXT, LONGEST_TEXT, find_deals, text_of
from gameday.model.signal import Signal, signals
from gameday_fakes.salesforce.ids import to_18
from support.rows import rows

FLOW = "closed-won-to-sales-order"
ONE = "0065g00000ABcdEAAT"
TWO = "0065g00000ABcdFAAT"
KNOWN = {ONE, TWO}
GUID = "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"


def alert(known: Any = KNOWN, **event: Any) -> Signal:
    body = {"routing_key": "r" * 32, "event_action": "trigger", "dedup_key": "k1", **event}
    return signals["pagerduty"]({"event": body, "received_s": 1.0}, known)


def paged(summary: str = "trouble", known: Any = KNOWN, **details: Any) -> Signal:
    payload = {"summary": summary, "source": "sync", "severity": "error", "custom_details": details}
    return alert(known, payload=payload)


def ticket(known: Any = KNOWN, action: str = "create", **fields: Any) -> Signal:
    return signals["jira"]({"issue": {"key": "SYNC-1", "fields": fields}, "action": action}, known)


# -- deal ids ----------------------------------------------------------------------------------------


@rows(
    "text",
    [
        ONE,
        f"deal {ONE} is stuck",
        f"deal {ONE}.",
        f"order-write:{ONE}:412",
        f"sync_{ONE}_failed",
        f"deal-{ONE}",
        f"https://example.com/lightning/r/Opportunity/{ONE}/view",
        ONE[:15],
        f'{{"order":"{ONE}"}}',
        f"line one\\n{ONE}\\n",
    ],
)
def test_a_deal_is_found_anywhere_in_a_signal(text: str) -> None:
    assert find_deals({"a": [{"b": text}]}, KNOWN) == (ONE,)


@rows("text", [ONE[:15].lower(), ONE[:14], ONE + "x", "x" + ONE, ONE[:15] + "AAA", ""])
def test_a_text_that_is_not_the_id_is_not_found(text: str) -> None:
    assert find_deals(text, KNOWN) == ()


def test_a_deal_known_by_fifteen_characters_is_found_by_eighteen() -> None:
    assert find_deals(ONE, {ONE[:15]}) == (ONE[:15],)


@rows("text", [ONE.lower(), ONE.upper(), "0065g00000abcdEaAT"])
def test_an_id_of_eighteen_characters_is_known_in_any_case(text: str) -> None:
    assert find_deals(text, KNOWN) == (ONE,)


@rows(
    "text",
    [
        *(GUID, f"{{{GUID}}}", GUID.upper(), GUID.replace("-", "").upper(), GUID.replace("-", "")),
        *(f"/opportunities({GUID})", f"?etn=opportunity&id=%7b{GUID.upper()}%7d", f"%22{GUID}%22", f"deal%20{GUID}"),
    ],
)
def test_a_guid_is_one_deal_with_and_without_hyphens_and_in_upper_case(text: str) -> None:
    assert find_deals(text, {GUID.replace("-", "")}) == (GUID.replace("-", ""),)


@rows("text", [GUID[:-1], f"{GUID}0", GUID.replace("-", "_"), f"x{GUID}", GUID.replace("-", "", 1)])
def test_a_text_like_a_guid_is_none(text: str) -> None:
    assert find_deals(text, {GUID.replace("-", "")}) == ()


def test_a_number_is_no_other_number_because_of_zeros_or_signs() -> None:
    # A deal of HubSpot is known by its number, and no API of it takes another form.
    for text in ("004711", "+04711", "4,711", "47110", "4711e0"):
        assert find_deals(text, ["4711", "4712"]) == (), text


def test_ids_of_other_vendors_are_found_too() -> None:
    assert find_deals({"ids": [4711, "CA-2016-152156"]}, ["4711", "CA-2016-152156"]) == ("4711", "CA-2016-152156")


def test_keys_of_objects_are_searched() -> None:
    assert find_deals({"orders": {ONE: {}}}, KNOWN) == (ONE,)


def test_deals_come_in_order_of_appearance_and_once() -> None:
    assert find_deals([TWO, ONE, TWO[:15]], KNOWN) == (TWO, ONE)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=15, max_size=15))
def test_both_forms_of_any_id_are_one(short: str) -> None:
    long = to_18(short)
    assert find_deals(short, {long}) == (long,)
    assert find_deals(long, {short}) == (short,)


# -- PagerDuty ---------------------------------------------------------------------------------------


def test_an_alert_with_details_is_read_in_full() -> None:
    found = paged(
        "deal is stuck",
        flow=FLOW,
        owner="revenue-operations",
        reason="rate_limited: 429",
        first_seen="2026-06-30T10:00:00Z",
        orders=[{"id": ONE, "payload": {"Amount": "5.00"}}],
    )
    assert msgspec.structs.asdict(found) | {"text": ""} == {
        "kind": "alert",
        "source": "pagerduty",
        "action": "trigger",
        "key": "k1",
        "orders": (ONE,),
        "flow": FLOW,
        "owner": "revenue-operations",
        "reason": "rate_limited: 429",
        "context": {ONE: {"Amount": "5.00"}},
        "first_seen": "2026-06-30T10:00:00Z",
        "severity": "error",
        "text": "",
        "summary": "deal is stuck",
        "rule": "",
        "route": {"source": ("sync",)},
    }


def test_an_alert_without_details_counts_by_its_text() -> None:
    found = paged(f"{FLOW}: deal {ONE} was refused")
    assert (found.orders, found.flow, found.reason) == ((ONE,), "", f"{FLOW}: deal {ONE} was refused")
    assert FLOW in found.text


def test_the_standard_fields_replace_missing_details() -> None:
    payload = {
        "summary": "s",
        "class": "rate limit",
        "group": "revenue-operations",
        "timestamp": "2026-06-30T10:00:00Z",
    }
    found = alert(payload=payload)
    assert (found.reason, found.owner, found.first_seen) == ("rate limit", "revenue-operations", "2026-06-30T10:00:00Z")


@rows("action", ["trigger", "acknowledge", "resolve"])
def test_the_action_is_read_from_the_event(action: str) -> None:
    assert alert(event_action=action).action == action


def test_the_routing_key_is_not_repeated() -> None:
    assert "rrrr" not in paged("s").text


@rows(
    "details",
    [
        {"orders": [{"id": ONE, "payload": {"a": 1}}]},
        {"orders": [{"order": ONE[:15], "snapshot": {"a": 1}}]},
        {"orders": [{"deal_id": ONE, "a": 1}]},
        {"orders": {ONE: {"a": 1}}},
        {"deals": {f"deal-{ONE}": {"a": 1}}},
        {"payloads": {ONE: {"a": 1}}},
        {"context": {"deal": ONE, "record": {"a": 1}}},
    ],
)
def test_payloads_are_found_in_the_usual_shapes(details: dict[str, Any]) -> None:
    assert paged("s", **details).context == {ONE: {"a": 1}}


def test_one_payload_with_its_deals_id_belongs_to_that_deal() -> None:
    assert paged("s", payload={"Id": ONE, "Amount": "5"}).context == {ONE: {"Amount": "5"}}


@rows("orders", [[ONE], [{"id": ONE}], [{"id": ONE, "payload": {}}], {ONE: None}])
def test_a_deal_without_a_payload_has_no_context(orders: Any) -> None:
    found = paged("s", orders=orders)
    assert (found.orders, found.context) == ((ONE,), {})


def test_payloads_together_stay_within_their_bound() -> None:
    known = [f"deal{n}" for n in range(100)]
    found = paged("s", known, orders=[{"id": deal, "payload": "x" * 10_000} for deal in known])
    assert found.orders == tuple(known)
    assert 0 < len(msgspec.json.encode(found.context)) <= LARGEST_CONTEXT + 100 * 20


def test_a_payload_that_is_nested_too_deeply_is_left_out() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    assert paged("s", orders=[{"id": ONE, "payload": deep}]).context == {}


# -- Jira --------------------------------------------------------------------------------------------

DESCRIPTION = f"""flow: {FLOW}
order: {ONE}
reason: price_drift: outside the tolerance
owner: finance-operations
First seen: 2026-06-30T10:00:00Z
payload:
{{"Amount": "5.00",
 "lines": [{{"sku": "S"}}]}}
"""


def test_a_ticket_with_facts_is_read_in_full() -> None:
    found = ticket(summary="a deal", description=DESCRIPTION, priority={"name": "High"})
    assert msgspec.structs.asdict(found) | {"text": ""} == {
        "kind": "ticket",
        "source": "jira",
        "action": "trigger",
        "key": "SYNC-1",
        "orders": (ONE,),
        "flow": FLOW,
        "owner": "finance-operations",
        "reason": "price_drift: outside the tolerance",
        "context": {ONE: {"Amount": "5.00", "lines": [{"sku": "S"}]}},
        "first_seen": "2026-06-30T10:00:00Z",
        "severity": "High",
        "text": "",
        "summary": "a deal",
        "rule": "",
        "route": {},
    }


def test_facts_may_be_written_in_bold() -> None:
    found = ticket(description=f"* *Owner*: us\n- *Reason:* locked\n**Flow:** {FLOW}")
    assert (found.owner, found.reason, found.flow) == ("us", "locked", FLOW)


def test_labels_may_state_the_facts() -> None:
    found = ticket(labels=[f"flow:{FLOW}", "owner:us", "reason:locked", f"deal-{ONE}"])
    assert (found.flow, found.owner, found.reason, found.orders) == (FLOW, "us", "locked", (ONE,))


@rows(
    "fields",
    [
        {"assignee": {"name": "us"}},
        {"assignee": {"displayName": "us"}},
        {"assignee": None, "components": [{"name": "us"}]},
    ],
)
def test_the_owner_is_the_assignee(fields: dict[str, Any]) -> None:
    assert ticket(**fields).owner == "us"


def test_a_description_of_nodes_is_read_like_a_text() -> None:
    lines = [{"type": "paragraph", "content": [{"type": "text", "text": t}]} for t in DESCRIPTION.splitlines()]
    found = ticket(description={"type": "doc", "version": 1, "content": lines})
    assert (found.owner, found.orders) == ("finance-operations", (ONE,))
    assert found.context[ONE]["Amount"] == "5.00"


@rows(
    "block",
    [
        json.dumps({"Id": ONE, "Amount": 5}),
        "{code:json}" + json.dumps({"Id": ONE, "Amount": 5}) + "{code}",
        "a brace { of no meaning\n```json\n" + json.dumps({"Id": ONE, "Amount": 5}, indent=2) + "\n```",
    ],
)
def test_json_in_a_description_is_the_payload(block: str) -> None:
    assert ticket(description=f"deal {TWO}\n{block}").context == {ONE: {"Id": ONE, "Amount": 5}}


def test_a_payload_that_is_cut_off_still_counts() -> None:
    found = ticket(description=f'order: {ONE}\npayload: {{"Amount": 5, "lin')
    assert found.context == {ONE: '{"Amount": 5, "lin'}


@rows(
    ("action", "expected"),
    [
        ("create", "trigger"),
        ("update", "trigger"),
        ("acknowledge", "acknowledge"),
        ("resolve", "resolve"),
        ("", "trigger"),
    ],
)
def test_actions_are_translated(action: str, expected: str) -> None:
    assert ticket(action=action).action == expected


# -- hostile -----------------------------------------------------------------------------------------

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([ONE, TWO[:15], f"owner: x\npayload: {{{ONE}", "\ud800", "{" * 50]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("event", "payload", "custom_details", "orders", "id", "issue", "fields", "description", "labels"),
                    *("assignee", "components", "content", "text", "name", "event_action", "action", "summary", ONE),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@pytest.mark.parametrize("source", sorted(signals))
@given(_JSON, _JSON)
@example([], [])
@example({"orders": [{"id": ONE, "payload": float("nan")}]}, {"description": '{"a": 1e999}'})
@example({"orders": {ONE: 10**5000}}, {"description": "{" + ONE, "summary": 10**5000})
def test_nothing_that_a_stack_sends_raises(source: str, first: Any, second: Any) -> None:
    hostile = [
        first,
        {"event": first, "issue": second, "action": first},
        {"event": {"payload": {"custom_details": first}}, "issue": {"fields": second}},
        {"event": {"payload": first}, "issue": {"fields": {"description": second, "labels": first}}},
        {"message": first, "first": second, "card": first, "alert": second, "receiver": first},
        {"message": {"text": first, "blocks": second, "attachments": [first]}, "card": {"sections": [second, first]}},
        {"alert": {"labels": first, "annotations": second, "details": first, "responders": [second], "tags": first}},
    ]
    for raw in hostile:
        found = signals[source](raw, KNOWN)
        assert set(found.orders) <= KNOWN
        assert len(msgspec.json.encode(found)) < LARGEST_CONTEXT + 8 * LONGEST_TEXT
        assert msgspec.convert(msgspec.to_builtins(found), Signal) == found or "nan" in repr(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "\n" * 500_000,
        " " * 500_000,
        "*" * 500_000,
        "{" * 500_000,
        '{"a":' * 100_000,
        "owner:" * 100_000,
        "a" * 500_000,
        "a-" * 250_000,
        "\\n" * 250_000,
        f"{ONE} " * 25_000,
    ],
)
def test_a_huge_text_is_read_in_a_bounded_size(text: str) -> None:
    for found in (
        paged(text, reason=text, flow=text, owner=text),
        ticket(description=text, summary=text, labels=[text]),
        signals["slack"]({"message": {"text": text, "channel": text, "attachments": [{"title": text}]}}, KNOWN),
        signals["teams"]({"card": {"title": text, "sections": [{"text": text}]}}, KNOWN),
        signals["opsgenie"]({"alert": {"message": text, "details": {"reason": text}, "tags": [text]}}, KNOWN),
        signals["alertmanager"]({"alert": {"labels": {"alertname": text}, "annotations": {"reason": text}}}, KNOWN),
    ):
        assert len(found.text) <= LONGEST_TEXT
        assert max(len(found.reason), len(found.flow), len(found.owner)) <= 2000


def test_the_text_of_a_value_names_its_keys() -> None:
    assert text_of({"a": [1, {"b": "x"}], "c": None}) == "a: 1\na:\nb: x\nc:"


def test_a_value_nested_beyond_recursion_is_read() -> None:
    deep: Any = ONE
    for _ in range(5000):
        deep = [deep]
    assert find_deals(deep, KNOWN) == (ONE,)
