"""Requests and replies become part of a history only without what the contract classifies as confidential."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gameday.capture.exchanges import NUMBER, TEXT, ExchangeRedactor
from gameday.model.contract import Contract, Field
from gameday.model.history import operation
from support.rows import rows

CONTRACT = Contract(
    "deals",
    crm_fields=(
        Field("name", "string", physical_name="Opportunity.Name", classification="confidential"),
        Field("currency", "string", physical_name="Opportunity.CurrencyIsoCode", classification="internal"),
    ),
    erp_fields=(
        Field("currency", "object", physical_name="salesOrder.currency", classification="internal"),
        Field("total", "number", physical_name="salesOrder.total", classification="confidential"),
        Field("memo", "string", physical_name="salesOrder.memo", classification="confidential"),
    ),
)
JSON = "application/json"


def redacted(request: Any, reply: Any = None, **more: Any) -> dict[str, Any]:
    value: dict[str, Any] = {"operation": "order.write", "status": 400, "path": "/record/salesOrder", **more}
    for side, body in (("request", request), ("reply", reply)):
        if body is not None:
            value |= {side: body if isinstance(body, str) else json.dumps(body)}
            value.setdefault(f"{side}_type", JSON)
    return ExchangeRedactor(CONTRACT, b"k" * 32).redacted(value)


def test_values_of_open_fields_are_kept_and_confidential_ones_become_pseudonyms() -> None:
    fields = redacted({"currency": {"id": "EUR"}, "total": 1234.5, "memo": "for Ann"})["request_fields"]
    assert fields["currency.id"] == "EUR"
    assert fields["total"] not in ("1234.5", "")
    assert "Ann" not in fields["memo"]


def test_of_what_the_contract_does_not_declare_only_the_name_is_kept() -> None:
    fields = redacted({"custbody_note": "Ann called", "custbody_margin": 7, "Ann Lee": 1})["request_fields"]
    assert fields == {"custbody_note": TEXT, "custbody_margin": NUMBER, "(a name)": NUMBER}


def test_what_the_vendor_says_is_kept_without_the_values_of_the_request() -> None:
    reply = {"title": "Bad Request", "detail": "the memo 'for Ann' of order 4711 is too long", "secretData": "x"}
    fields = redacted({"memo": "for Ann"}, reply)["reply_fields"]
    assert fields["title"] == "Bad Request"
    assert "Ann" not in fields["detail"]
    assert "is too long" in fields["detail"]
    assert fields["secretData"] == TEXT


def test_prices_in_an_error_are_not_kept() -> None:
    said = "The rate 1234.56 is outside of 5% of the price list (2,673.05) of item 4711."
    detail = redacted({"total": 1234.56}, {"detail": said})["reply_fields"]["detail"]
    assert "1234.56" not in detail
    assert detail.endswith("is outside of 5% of the price list (...) of item 4711.")


@rows(
    ("body", "media_type"),
    [
        ("grant_type=password&password=hunter22", "application/x-www-form-urlencoded"),
        ("<login><password>hunter22</password></login>", "text/xml"),
        ("hunter22 {", JSON),
        ("hunter22", ""),
    ],
)
def test_no_secret_of_a_body_that_is_no_record_is_kept(body: str, media_type: str) -> None:
    assert "hunter22" not in json.dumps(redacted(body, request_type=media_type))


def test_a_token_in_a_reply_is_not_kept() -> None:
    found = redacted("", {"access_token": "00Dxx!secret", "error_description": "token=00Dabc1234567890!xyz"})
    assert "secret" not in found["reply_fields"]["access_token"]
    assert "xyz" not in found["reply_fields"]["error_description"]


def test_the_items_of_a_list_have_one_path() -> None:
    fields = redacted({"item": {"items": [{"currency": "EUR"}, {"currency": "USD", "total": 2}]}})["request_fields"]
    assert list(fields) == ["item.items[].currency", "item.items[].total"]
    assert fields["item.items[].currency"] == "EUR"


def test_an_outbound_message_is_read_by_its_records() -> None:
    body = (
        '<e:Envelope xmlns:e="x" xmlns:sf="y" xmlns:xsi="z"><Notification><Id>04l1</Id>'
        '<sObject xsi:type="sf:Opportunity">'
        "<sf:Id>006A1</sf:Id><sf:Name>Ann and sons</sf:Name><sf:CurrencyIsoCode>EUR</sf:CurrencyIsoCode></sObject>"
        "</Notification></e:Envelope>"
    )
    fields = redacted(body, request_type="text/xml")["request_fields"]
    assert fields["Opportunity.CurrencyIsoCode"] == "EUR"
    assert "Ann" not in fields["Opportunity.Name"]


def test_a_call_of_soap_is_read_by_its_fields_and_without_its_session() -> None:
    body = (
        "<e:Envelope xmlns:e='x'><e:Header><SessionHeader><sessionId>00D!secret</sessionId></SessionHeader></e:Header>"
        "<e:Body><create><sObjects><type>Opportunity</type><Name>Ann and sons</Name>"
        "<CurrencyIsoCode>EUR</CurrencyIsoCode></sObjects></create></e:Body></e:Envelope>"
    )
    found = redacted(body, request_type="text/xml")
    assert found["request_fields"]["create.sObjects.CurrencyIsoCode"] == "EUR"
    assert "Ann" not in json.dumps(found)
    assert "secret" not in json.dumps(found)


def test_a_body_of_many_fields_is_shortened() -> None:
    assert len(redacted({f"field_{n % 10}{'x' * (n // 10)}": n for n in range(500)})["request_fields"]) == 60


def test_a_body_that_is_nested_without_end_is_read_to_a_depth() -> None:
    body: Any = "deep"
    for _ in range(50):
        body = {"a": body}
    assert redacted(body).get("request_fields") is None


def test_a_contract_without_elements_keeps_no_value() -> None:
    flat = Contract("deals", erp_fields=(Field("total", "number", classification="internal"),))
    value = {"operation": "order.write", "status": 400, "request": '{"total": 5}', "request_type": JSON}
    assert ExchangeRedactor(flat, b"k" * 32).redacted(value)["request_fields"] == {"total": NUMBER}


def test_a_text_where_the_contract_declares_an_object_is_not_kept_unless_it_is_an_id() -> None:
    assert redacted({"currency": "EUR"})["request_fields"] == {"currency": "EUR"}
    assert redacted({"currency": "for Ann Lee"})["request_fields"] == {"currency": TEXT}


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.sampled_from(["1e400", "NaN", "-0"])
)
NAMES = st.sampled_from(["currency", "total", "memo", "Name", "id", "q", "url", "message", "errorCode", "a name"])
BODIES = st.recursive(
    LEAVES, lambda one: st.lists(one, max_size=3) | st.dictionaries(NAMES, one, max_size=4), max_leaves=9
)


@given(BODIES, st.text(max_size=20), st.sampled_from([JSON, "", "text/xml", "application/x-www-form-urlencoded"]))
def test_any_body_becomes_an_event(body: Any, path: str, media_type: str) -> None:
    value = redacted(body, body, path=path, request_type=media_type)
    assert operation("netsuite", "exchange", value, "fail", 0.0, 0).event.f == "exchange"
