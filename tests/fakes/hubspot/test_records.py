"""Records one by one: create, read, update, archive, merge, and how bad requests are refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from fakes.hubspot.conftest import Crm, code_of

DEAL = {"dealname": "Deal", "dealstage": "contractsent"}


def problems(reply: Any) -> list[tuple[str, str]]:
    """The property and the code of each problem in a refusal, from its message as clients read it."""
    text = reply.json()["message"]
    return [(each["name"], each["error"]) for each in json.loads(text[text.index("[") :])]


def test_a_created_record_is_answered_with_everything_that_it_has(crm: Crm) -> None:
    reply = crm.call("POST", "/crm/v3/objects/deals", {"properties": {**DEAL, "amount": 12.5}})
    body = reply.json()
    assert reply.status_code == 201
    assert reply.headers["location"].endswith(f"/crm/v3/objects/deals/{body['id']}")
    assert body["properties"]["amount"] == "12.5"
    assert body["properties"]["hs_object_id"] == body["id"]
    assert body["properties"]["hs_is_closed_won"] == "false"
    assert body["archived"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["createdAt"])


def test_a_read_has_the_usual_properties_or_those_asked_for(crm: Crm) -> None:
    id_ = crm.deal(amount="5", description="big")
    assert "description" not in crm.read("deals", id_)["properties"]
    asked = crm.read("deals", id_, properties="description,dealtype,nonsense")["properties"]
    assert asked["description"] == "big"
    assert asked["dealtype"] is None
    assert "nonsense" not in asked
    assert {"createdate", "hs_lastmodifieddate", "hs_object_id"} <= asked.keys()


def test_an_update_changes_the_stamp_and_an_empty_text_clears(crm: Crm) -> None:
    id_ = crm.deal(amount="5")
    before = crm.read("deals", id_)
    assert crm.update("deals", id_, amount="").status_code == 200
    after = crm.read("deals", id_)
    assert after["properties"]["amount"] is None
    assert after["properties"]["hs_lastmodifieddate"] > before["properties"]["hs_lastmodifieddate"]
    assert after["updatedAt"] > before["updatedAt"]


def test_the_stage_decides_whether_a_deal_is_won(crm: Crm) -> None:
    id_ = crm.deal()
    crm.update("deals", id_, dealstage="closedwon")
    won = crm.read("deals", id_, properties="hs_is_closed_won,hs_is_closed,hs_deal_stage_probability")["properties"]
    assert (won["hs_is_closed_won"], won["hs_is_closed"], won["hs_deal_stage_probability"]) == ("true", "true", "1.0")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2024-03-31", "2024-03-31T00:00:00Z"),
        ("2024-03-31T12:30:00+02:00", "2024-03-31T10:30:00Z"),
        (1711843200000, "2024-03-31T00:00:00Z"),
        ("1711843200123", "2024-03-31T00:00:00.123Z"),
    ],
)
def test_moments_are_taken_as_iso_and_as_milliseconds(crm: Crm, given: Any, kept: str) -> None:
    id_ = crm.deal(closedate=given)
    assert crm.read("deals", id_)["properties"]["closedate"] == kept


def test_every_problem_of_a_write_is_in_the_message(crm: Crm) -> None:
    values = {**DEAL, "dealstage": "won", "amount": "ten", "nope": "1", "hs_is_closed": "true", "dealtype": "x"}
    reply = crm.call("POST", "/crm/v3/objects/deals", {"properties": values})
    assert code_of(reply) == (400, "VALIDATION_ERROR")
    assert set(problems(reply)) == {
        ("dealstage", "INVALID_OPTION"),
        ("amount", "INVALID_NUMBER"),
        ("nope", "PROPERTY_DOESNT_EXIST"),
        ("hs_is_closed", "READ_ONLY_VALUE"),
        ("dealtype", "INVALID_OPTION"),
    }
    assert {tuple(each["context"]["propertyName"]) for each in reply.json()["errors"]} == {
        ("dealstage",),
        ("amount",),
        ("nope",),
        ("hs_is_closed",),
        ("dealtype",),
    }


@pytest.mark.parametrize("amount", ["1e999999", "nan", "inf", " 5", "5_0", "0x1", "9" * 200, "", "--5"])
def test_only_numbers_are_numbers(crm: Crm, amount: str) -> None:
    reply = crm.call("POST", "/crm/v3/objects/deals", {"properties": {**DEAL, "amount": amount}})
    assert reply.status_code == (201 if not amount else 400)


@pytest.mark.parametrize("date", ["soon", "2024-13-01", "9" * 15, "-5", "0001-01-01T00:00:00+23:00"])
def test_only_dates_are_dates(crm: Crm, date: str) -> None:
    reply = crm.call("POST", "/crm/v3/objects/deals", {"properties": {**DEAL, "closedate": date}})
    assert problems(reply) == [("closedate", "INVALID_DATE")]


@pytest.mark.parametrize(
    "body", [[], "x", 5, {"properties": []}, {"properties": {"dealname": {"a": 1}}}, {"properties": {"dealname": []}}]
)
def test_a_body_that_is_no_record_is_refused_in_hubspots_form(crm: Crm, body: Any) -> None:
    reply = crm.call("POST", "/crm/v3/objects/deals", body)
    assert code_of(reply) == (400, "VALIDATION_ERROR")
    assert reply.json()["status"] == "error"
    assert reply.json()["correlationId"]


@pytest.mark.parametrize(
    ("object_", "properties"),
    [("deals", {"dealname": "x"}), ("companies", {"city": "Bonn"}), ("contacts", {"phone": "1"}), ("products", {})],
)
def test_a_record_needs_what_names_it(crm: Crm, object_: str, properties: dict[str, str]) -> None:
    reply = crm.call("POST", f"/crm/v3/objects/{object_}", {"properties": properties})
    assert {code for _, code in problems(reply)} == {"REQUIRED_FIELD"}


def test_a_unique_value_belongs_to_one_record_whatever_its_case(crm: Crm) -> None:
    first, second = crm.deal(erp_order_id="so-1"), crm.deal()
    reply = crm.update("deals", second, erp_order_id="SO-1")
    assert problems(reply) == [("erp_order_id", "CONFLICTING_UNIQUE_VALUE")]
    assert f"{first} already has that value." in reply.json()["message"]
    assert crm.update("deals", first, erp_order_id="SO-1").status_code == 200


def test_an_email_that_is_taken_is_a_conflict_that_names_the_contact(crm: Crm) -> None:
    first = crm.create("contacts", email="a@example.com")
    reply = crm.call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "A@example.com"}})
    assert code_of(reply) == (409, "CONFLICT")
    assert reply.json()["message"] == f"Contact already exists. Existing ID: {first}"


def test_a_record_is_addressed_by_a_unique_property(crm: Crm) -> None:
    id_ = crm.deal(erp_order_id="SO-1")
    assert crm.read("deals", "so-1", idProperty="erp_order_id")["id"] == id_
    assert code_of(crm.call("GET", "/crm/v3/objects/deals/x?idProperty=dealname")) == (400, "VALIDATION_ERROR")
    assert crm.call("GET", "/crm/v3/objects/deals/SO-2?idProperty=erp_order_id").status_code == 404


@pytest.mark.parametrize("path", ["/crm/v3/objects/deal", "/crm/v3/objects/0-3", "/crm/objects/2026-03/deals"])
def test_an_object_has_several_names_and_versions(crm: Crm, path: str) -> None:
    id_ = crm.deal()
    assert crm.call("GET", f"{path}/{id_}").json()["id"] == id_


def test_what_is_not_there_is_not_found(crm: Crm) -> None:
    assert crm.call("GET", "/crm/v3/objects/deals/18699999999").json()["message"] == "resource not found"
    reply = crm.call("GET", "/crm/v3/objects/deals/abc")
    assert code_of(reply) == (404, "OBJECT_NOT_FOUND")
    assert (
        crm.call("GET", "/crm/v3/objects/nonsense/1").json()["message"] == "Unable to infer object type from: nonsense"
    )
    assert crm.call("GET", "/crm/objects/2019-01/deals/1").status_code == 404
    assert crm.call("PUT", "/crm/v3/objects/deals/1").status_code == 405


def test_what_the_fake_leaves_out_says_so(crm: Crm) -> None:
    for path in ("/crm/v3/objects/tickets/1", "/crm/v3/lists", "/marketing/v3/emails"):
        reply = crm.call("GET", path)
        assert reply.status_code == 501
        assert reply.json()["error"] == "unsupported"
    assert len(crm.events("unsupported")) == 3


def test_an_archived_record_is_in_the_archive_alone(crm: Crm) -> None:
    id_ = crm.deal(erp_order_id="SO-1")
    assert crm.call("DELETE", f"/crm/v3/objects/deals/{id_}").status_code == 204
    assert crm.call("DELETE", f"/crm/v3/objects/deals/{id_}").status_code == 204
    assert crm.call("GET", f"/crm/v3/objects/deals/{id_}").status_code == 404
    archived = crm.read("deals", id_, archived="true")
    assert archived["archived"] is True
    assert archived["archivedAt"]
    listed = crm.call("GET", "/crm/v3/objects/deals?archived=true").json()["results"]
    assert [each["id"] for each in listed] == [id_]
    assert crm.deal(erp_order_id="SO-1")


def test_pages_follow_one_another_by_id(crm: Crm) -> None:
    ids = [crm.deal() for _ in range(5)]
    first = crm.call("GET", "/crm/v3/objects/deals?limit=3").json()
    assert [each["id"] for each in first["results"]] == ids[:3]
    after = first["paging"]["next"]["after"]
    second = crm.call("GET", f"/crm/v3/objects/deals?limit=3&after={after}").json()
    assert [each["id"] for each in second["results"]] == ids[3:]
    assert "paging" not in second
    for query in ("limit=101", "limit=0", "limit=x", "after=-1"):
        assert crm.call("GET", f"/crm/v3/objects/deals?{query}").status_code == 400


def test_the_history_of_a_property_has_its_values_newest_first(crm: Crm) -> None:
    id_ = crm.deal(amount="1")
    for amount in ("2", "3"):
        crm.update("deals", id_, amount=amount)
    history = crm.read("deals", id_, propertiesWithHistory="amount")["propertiesWithHistory"]["amount"]
    assert [each["value"] for each in history] == ["3", "2", "1"]
    assert history[0]["sourceType"] == "INTEGRATION"


def test_merged_records_are_known_under_a_new_id(crm: Crm) -> None:
    primary, other = crm.deal(amount="5"), crm.deal(amount="7", description="other's")
    body = {"primaryObjectId": primary, "objectIdToMerge": other}
    merged = crm.call("POST", "/crm/v3/objects/deals/merge", body).json()
    assert merged["id"] not in (primary, other)
    assert (merged["properties"]["amount"], merged["properties"]["description"]) == ("5", "other's")
    assert merged["properties"]["hs_merged_object_ids"] == f"{primary};{other}"
    assert {crm.read("deals", id_)["id"] for id_ in (primary, other, merged["id"])} == {merged["id"]}
    assert [each["id"] for each in crm.call("GET", "/crm/v3/objects/deals").json()["results"]] == [merged["id"]]


def test_a_record_is_not_merged_with_itself_nor_with_what_is_not_there(crm: Crm) -> None:
    id_ = crm.deal()
    for other, status in ((id_, 400), ("18699999999", 404), ("x", 404)):
        body = {"primaryObjectId": id_, "objectIdToMerge": other}
        assert crm.call("POST", "/crm/v3/objects/deals/merge", body).status_code == status
    assert crm.read("deals", id_)["id"] == id_


def test_a_line_takes_name_and_price_from_its_product(crm: Crm) -> None:
    product = crm.seeded["products"]["SKU-1"]
    id_ = crm.create("line_items", hs_product_id=product, quantity=3, hs_line_item_currency_code="USD")
    own = crm.read("line_items", id_, properties="name,price,hs_sku,amount")["properties"]
    assert (own["name"], own["price"], own["hs_sku"], own["amount"]) == ("Anvil", "11.00", "SKU-1", "33.00")


@pytest.mark.parametrize(
    ("discount", "amount"),
    [({}, "20"), ({"hs_discount_percentage": "10"}, "18.0"), ({"discount": "1.5"}, "17.0")],
)
def test_the_net_price_of_a_line_follows_from_its_discount(crm: Crm, discount: dict[str, str], amount: str) -> None:
    id_ = crm.create("line_items", name="Anvil", quantity="1", price="10")
    crm.update("line_items", id_, quantity="2", **discount)
    assert float(crm.read("line_items", id_, properties="amount")["properties"]["amount"]) == float(amount)


def test_a_line_of_no_product_is_refused(crm: Crm) -> None:
    reply = crm.call("POST", "/crm/v3/objects/line_items", {"properties": {"hs_product_id": "5"}})
    assert problems(reply) == [("hs_product_id", "INVALID_PRODUCT")]
