"""Sales orders: written once however often they are sent, priced as the ERP has it."""

from __future__ import annotations

from typing import Any

import pytest


def line(**fields: Any) -> dict[str, Any]:
    return {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 2, **fields}]}


CUSTOM = {"price": {"id": "-1"}}
PRICE_RULES = {"price_tolerance_percent": 5, "largest_discount_percent": 30, "refuse_negative_lines": True}


def test_a_put_by_external_id_answers_204_with_the_location_and_nothing_else(erp: Any) -> None:
    reply = erp.put_order()
    assert reply.status_code == 204
    assert reply.content == b""
    assert reply.headers["location"].startswith(f"{erp.url}/services/rest/record/v1/salesOrder/")


def test_a_repeated_put_leaves_one_order_and_adds_its_lines_each_time(erp: Any) -> None:
    locations = {erp.put_order().headers["location"] for _ in range(3)}
    assert len(locations) == 1
    [entry] = erp.ledger()
    assert len(entry["lines"]) == 3


@pytest.mark.parametrize("reference", ["eid:006X", "id"])
def test_a_put_that_replaces_the_sublist_leaves_the_lines_once(erp: Any, reference: str) -> None:
    erp.put_order()
    reference = erp.ledger()[0]["id"] if reference == "id" else reference
    for _ in range(2):
        erp.call("PUT", f"/record/v1/salesOrder/{reference}", {"item": line(quantity=5)}, query={"replace": "item"})
    assert [(each["sku"], each["quantity"]) for each in erp.ledger()[0]["lines"]] == [("SAW-1", "5")]


def test_a_put_merges_a_line_that_it_names_by_its_key(erp: Any) -> None:
    erp.put_order()
    erp.put_order(item=line(line=1, quantity=7))
    assert [each["quantity"] for each in erp.ledger()[0]["lines"]] == ["7"]


def test_a_put_that_replaces_another_sublist_adds_lines(erp: Any) -> None:
    erp.put_order()
    erp.call("PUT", "/record/v1/salesOrder/eid:006X", {"item": line()}, query={"replace": "salesTeam"})
    assert len(erp.ledger()[0]["lines"]) == 2


def test_a_post_makes_an_order_each_time(erp: Any) -> None:
    body = {"entity": {"externalId": "001A"}, "item": line()}
    assert [erp.call("POST", "/record/v1/salesOrder", body).status_code for _ in range(2)] == [204, 204]
    assert len(erp.ledger()) == 2


def test_a_post_with_a_known_external_id_is_refused(erp: Any) -> None:
    erp.put_order()
    body = {"entity": {"externalId": "001A"}, "item": line(), "externalId": "006X"}
    reply = erp.call("POST", "/record/v1/salesOrder", body)
    assert erp.error_of(reply) == (400, "USER_ERROR")
    assert "This record already exists" in reply.text


def test_an_external_id_with_a_pipe_is_refused(erp: Any) -> None:
    assert erp.error_of(erp.call("PUT", "/record/v1/salesOrder/eid:a%7Cb", {})) == (400, "INVALID_CONTENT")


def test_what_is_missing_is_named(erp: Any) -> None:
    reply = erp.call("POST", "/record/v1/salesOrder", {"memo": "x"})
    assert erp.error_of(reply) == (400, "USER_ERROR")
    assert "Please enter value(s) for: Customer, Items." in reply.text


@pytest.mark.parametrize(
    "reference",
    [{"externalId": "001A"}, {"id": "eid:001A"}, {"refName": "acme"}],
    ids=["external id", "eid", "name"],
)
def test_a_customer_can_be_referred_to_in_several_ways(erp: Any, reference: dict[str, str]) -> None:
    erp.put_order(entity=reference)
    assert erp.ledger()[0]["customer"] == "001A"


def test_a_reference_to_nothing_names_the_field(erp: Any) -> None:
    reply = erp.put_order(item={"items": [{"item": {"id": "99999"}}]})
    assert erp.error_of(reply) == (400, "INVALID_CONTENT")
    assert erp.path_of(reply) == "item.items[0].item"
    assert "Invalid Field Value 99999 for the following field: item" in reply.text


def test_an_order_is_in_its_customers_currency_unless_it_says_otherwise(erp: Any) -> None:
    erp.put_order("006A", entity={"externalId": "001B"})
    erp.put_order("006B", currency={"refName": "EUR"})
    assert [(entry["currency"], entry["total"]) for entry in erp.ledger()] == [("JPY", "30000"), ("EUR", "180.00")]


def test_without_a_price_level_the_list_price_replaces_the_rate_without_an_error(erp: Any) -> None:
    assert erp.put_order(item=line(rate=1.5, amount=3)).status_code == 204
    assert erp.ledger()[0]["lines"] == [{"sku": "SAW-1", "quantity": "2", "unit_price": "100.00", "amount": "200.00"}]


def test_with_the_custom_level_rate_and_amount_stand(erp: Any) -> None:
    erp.put_order(item=line(rate=98.5, amount=190.01, **CUSTOM))
    assert erp.ledger()[0]["total"] == "190.01"


def test_any_rate_amount_and_sign_is_accepted_unless_the_account_has_price_rules(erp: Any) -> None:
    lines = [
        {**CUSTOM, "item": {"externalId": "SAW-1"}, **more}
        for more in ({"rate": 250}, {"rate": 100, "amount": 0}, {"rate": -30}, {"quantity": -1, "rate": 100})
    ]
    assert erp.put_order(item={"items": lines}).status_code == 204
    assert erp.ledger()[0]["total"] == "120.00"


def test_a_rate_outside_the_tolerance_of_the_price_list_is_refused(erp: Any) -> None:
    erp.configure(**PRICE_RULES)
    reply = erp.put_order(item=line(rate=106, **CUSTOM))
    assert erp.error_of(reply) == (400, "USER_ERROR")
    assert erp.path_of(reply) == "item.items[0].rate"
    assert "outside of the tolerance of 5% of the price list (100.00)" in reply.text
    assert erp.ledger() == []


def test_the_tolerance_can_be_configured(erp: Any) -> None:
    erp.configure(**{**PRICE_RULES, "price_tolerance_percent": 10})
    assert erp.put_order(item=line(rate=106, **CUSTOM)).status_code == 204


def test_a_discount_of_thirty_percent_is_accepted_and_more_is_not(erp: Any) -> None:
    erp.configure(**PRICE_RULES)
    assert erp.put_order(item=line(rate=100, amount=140, **CUSTOM)).status_code == 204
    assert erp.put_order(item=line(rate=100, amount=139.99, **CUSTOM)).status_code == 400


@pytest.mark.parametrize("negative", [{"rate": -100}, {"quantity": -2, "rate": 100}, {"rate": 100, "amount": -1}])
def test_a_negative_line_is_refused_where_the_account_says_so(erp: Any, negative: dict[str, Any]) -> None:
    assert erp.put_order(item=line(**negative, **CUSTOM)).status_code == 204
    erp.configure(refuse_negative_lines=True)
    assert erp.put_order(item=line(**negative, **CUSTOM)).status_code == 400


def test_a_reset_forgets_the_price_rules(erp: Any) -> None:
    erp.configure(**PRICE_RULES)
    erp.reset()
    assert erp.put_order(item=line(rate=106, **CUSTOM)).status_code == 204


def test_an_item_without_a_price_in_the_currency_is_refused(erp: Any) -> None:
    reply = erp.put_order(currency={"refName": "EUR"}, item={"items": [{"item": {"externalId": "BOLT-2"}}]})
    assert erp.error_of(reply) == (400, "USER_ERROR")
    assert erp.path_of(reply) == "item.items[0].rate"


def test_amounts_are_rounded_half_up_to_the_currencys_decimals(erp: Any) -> None:
    bolts = {"items": [{"item": {"externalId": "BOLT-2"}, "quantity": 0.1, "rate": 0.35, **CUSTOM}]}
    erp.put_order(item=bolts)
    assert erp.ledger()[0]["total"] == "0.04"


def test_a_number_keeps_every_digit(erp: Any) -> None:
    erp.put_order(item=line(rate=100.00000001, **CUSTOM))
    assert erp.ledger()[0]["lines"][0]["unit_price"] == "100.00000001"


@pytest.mark.parametrize("quantity", ["many", True, 1e300, [1], {}])
def test_what_is_no_number_is_refused(erp: Any, quantity: Any) -> None:
    reply = erp.put_order(item=line(quantity=quantity))
    assert erp.error_of(reply) == (400, "INVALID_CONTENT")
    assert erp.path_of(reply) == "item.items[0].quantity"


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"\xff", b"[" * 5000])
def test_a_body_that_is_no_object_is_refused(erp: Any, body: bytes) -> None:
    path = "/services/rest/record/v1/salesOrder"
    reply = erp.raw("POST", path, content=body, headers={"authorization": erp.authorization("POST", path, [])})
    assert erp.error_of(reply) == (400, "INVALID_CONTENT")


def test_an_order_reads_as_netsuite_writes_it(erp: Any) -> None:
    erp.put_order(custbody_crm_deal_id="006X")
    order = erp.order()
    assert (order["externalId"], order["otherRefNum"], order["tranDate"]) == ("006X", "006X", "2026-03-15")
    assert (order["orderStatus"]["id"], order["total"], order["taxTotal"]) == ("B", 200.0, 0)
    assert order["entity"]["refName"] == "acme"
    assert order["custbody_crm_deal_id"] == "006X"
    assert order["item"]["items"][0]["item"]["refName"] == "SAW-1"


def test_without_expansion_the_lines_are_a_link(erp: Any) -> None:
    erp.put_order()
    order = erp.call("GET", "/record/v1/salesorder/eid:006X").json()
    assert order["item"] == {"links": [{"rel": "self", "href": f"{order['links'][0]['href']}/item"}]}
    assert erp.call("GET", f"/record/v1/salesOrder/{order['id']}/item/1").json()["amount"] == 200.0


def test_only_the_fields_asked_for_come(erp: Any) -> None:
    erp.put_order()
    assert set(erp.call("GET", "/record/v1/salesOrder/eid:006X", query={"fields": "total"}).json()) == {
        "links",
        "id",
        "total",
    }


def test_an_unknown_order_is_not_found(erp: Any) -> None:
    assert erp.error_of(erp.call("GET", "/record/v1/salesOrder/eid:none")) == (404, "NONEXISTENT_ID")


def test_a_patch_changes_lines_by_their_number_and_appends_the_others(erp: Any) -> None:
    erp.put_order()
    lines = {"items": [{"line": 1, "quantity": 3}, {"item": {"externalId": "BOLT-2"}, "quantity": 10}]}
    assert erp.call("PATCH", "/record/v1/salesOrder/eid:006X", {"item": lines}).status_code == 204
    assert [line["quantity"] for line in erp.ledger()[0]["lines"]] == ["3", "10"]


def test_a_patch_with_replace_leaves_only_the_new_lines(erp: Any) -> None:
    erp.put_order()
    lines = {"items": [{"item": {"externalId": "BOLT-2"}, "quantity": 10}]}
    erp.call("PATCH", "/record/v1/salesOrder/eid:006X", {"item": lines}, query={"replace": "item"})
    assert [line["sku"] for line in erp.ledger()[0]["lines"]] == ["BOLT-2"]


def test_a_refused_change_leaves_the_order_as_it_was(erp: Any) -> None:
    erp.put_order()
    before = erp.ledger()
    erp.call("PATCH", "/record/v1/salesOrder/eid:006X", {"memo": "new", "currency": {"id": "99"}})
    assert erp.ledger() == before


def test_an_order_is_cancelled_by_its_status(erp: Any) -> None:
    erp.put_order()
    assert erp.call("PATCH", "/record/v1/salesOrder/eid:006X", {"orderStatus": {"id": "C"}}).status_code == 204
    assert erp.ledger()[0]["state"] == "cancelled"


def test_a_deleted_order_is_gone(erp: Any) -> None:
    erp.put_order()
    assert erp.call("DELETE", "/record/v1/salesOrder/eid:006X").status_code == 204
    assert erp.ledger() == []


def test_an_unknown_field_is_dropped_without_an_error(erp: Any) -> None:
    assert erp.put_order(custbody_unheard_of="x").status_code == 204
    assert "custbody_unheard_of" not in erp.order()


@pytest.mark.parametrize(
    ("field", "path"),
    [({"custbody_unheard_of": 1}, "custbody_unheard_of"), ({"item": line(colour="red")}, "item.items[0].colour")],
)
def test_an_unknown_field_is_refused_where_the_header_asks_for_it(erp: Any, field: dict[str, Any], path: str) -> None:
    body = {"entity": {"externalId": "001A"}, "item": line(), **field}
    headers = {"x-netsuite-propertynamevalidation": "error"}
    reply = erp.call("POST", "/record/v1/salesOrder", body, headers=headers)
    assert erp.error_of(reply) == (400, "INVALID_CONTENT")
    assert erp.path_of(reply) == path


def test_a_write_is_recorded_with_its_keys_and_total(erp: Any) -> None:
    erp.put_order()
    [event] = erp.events("order_write")
    value = event["value"]
    assert event["outcome"] == "ok"
    assert (value["deal"], value["operation"], value["status"]) == ("006X", "order.write", 204)
    assert (value["total"], value["currency"], value["error"]) == ("200.00", "USD", "")
    assert value["keys"] == {"externalId": "006X", "otherRefNum": "006X", "tranId": f"SO{value['order']}"}


def test_a_refusal_is_recorded_with_its_reason(erp: Any) -> None:
    erp.configure(**PRICE_RULES)
    erp.put_order(item=line(rate=200, **CUSTOM))
    [event] = erp.events("order_write")
    assert (event["outcome"], event["value"]["deal"], event["value"]["error"]) == (
        "fail",
        "006X",
        "price_out_of_tolerance",
    )


def test_an_unknown_record_type_is_not_found(erp: Any) -> None:
    assert erp.call("GET", "/record/v1/unicorn").status_code == 404


def test_a_method_that_a_path_does_not_know_is_not_allowed(erp: Any) -> None:
    reply = erp.call("DELETE", "/query/v1/suiteql")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_the_recorded_content_changes_with_what_has_to_agree_and_with_nothing_else(erp: Any) -> None:
    for changed in (
        {},
        {"memo": "x"},
        {"tranDate": "2026-03-16"},
        {"entity": {"externalId": "001B"}},
        {"terms": {"refName": "Net 30"}},
        {"item": line(taxCode={"refName": "VAT20"})},
        {},
    ):
        whole = {"tranDate": "2026-03-15", "terms": None, "item": line(), "currency": {"externalId": "USD"}, **changed}
        body = {"entity": {"externalId": "001A"}, **whole}
        erp.call("PUT", "/record/v1/salesOrder/eid:006X", body, query={"replace": "item"})
    contents = [event["value"]["content"] for event in erp.events("order_write")]
    assert contents[0] == contents[1] == contents[6]
    assert len({*contents}) == 5
