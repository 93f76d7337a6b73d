"""Customers, items and the rest; logins, metadata, limits and jobs."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from gameday_fakes.netsuite.oauth2 import ASSERTION_TYPE, CERTIFICATE_ID, private_key_pem
from gameday_fakes.netsuite.routes import TOKEN_PATH

# -- records -----------------------------------------------------------------------------------------


def test_a_customer_is_upserted_by_external_id(erp: Any) -> None:
    path = "/record/v1/customer/eid:001C"
    assert erp.call("PUT", path, {"companyName": "Charlie", "currency": {"refName": "EUR"}}).status_code == 204
    assert erp.call("PUT", path, {"email": "c@example.com"}).status_code == 204
    customer = erp.call("GET", path).json()
    assert (customer["companyName"], customer["email"], customer["currency"]["refName"]) == (
        "Charlie",
        "c@example.com",
        "EUR",
    )


def test_a_customer_of_a_known_name_is_refused(erp: Any) -> None:
    reply = erp.call("POST", "/record/v1/customer", {"companyName": "Acme", "entityId": "acme"})
    assert erp.error_of(reply) == (400, "UNIQUE_CUST_ID_REQD")


def test_a_customer_without_a_name_is_refused(erp: Any) -> None:
    reply = erp.call("POST", "/record/v1/customer", {"email": "x@example.com"})
    assert erp.error_of(reply) == (400, "USER_ERROR")
    assert "Please enter value(s) for: Company Name." in reply.text


def test_a_customer_made_inactive_takes_no_orders(erp: Any) -> None:
    erp.call("PATCH", "/record/v1/customer/eid:001A", {"isInactive": True})
    assert erp.error_of(erp.put_order()) == (400, "INVALID_CONTENT")


def test_a_customer_with_orders_cannot_be_deleted(erp: Any) -> None:
    erp.put_order()
    assert erp.call("DELETE", "/record/v1/customer/eid:001A").status_code == 400
    assert erp.call("DELETE", "/record/v1/customer/eid:001B").status_code == 204


def test_a_new_item_with_a_price_can_be_sold(erp: Any) -> None:
    erp.call("PUT", "/record/v1/inventoryItem/eid:NAIL-3", {"itemId": "NAIL-3"})
    price = {"item": {"externalId": "NAIL-3"}, "currency": {"refName": "USD"}, "unitPrice": 0.05}
    assert erp.call("POST", "/record/v1/pricing", price).status_code == 204
    erp.put_order(item={"items": [{"item": {"externalId": "NAIL-3"}, "quantity": 40}]})
    assert erp.ledger()[0]["total"] == "2.00"


def test_an_accounting_period_cannot_be_written(erp: Any) -> None:
    [row] = erp.query("SELECT id FROM accountingperiod WHERE periodname = 'Mar 2026'")
    reply = erp.call("PATCH", f"/record/v1/accountingPeriod/{row['id']}", {"closed": True})
    assert erp.error_of(reply) == (403, "INSUFFICIENT_PERMISSION")


def test_seeding_again_updates_records_and_duplicates_nothing(erp: Any) -> None:
    product = {"sku": "SAW-1", "name": "Better saw", "prices": {"USD": "101.00"}}
    erp.operate("seed", {"products": [product]})
    rows = erp.query("SELECT displayname FROM item WHERE externalid = 'SAW-1'")
    assert rows == [{"displayname": "Better saw"}]
    assert len(erp.query("SELECT id FROM pricing WHERE currency = 1")) == 2


def test_the_snapshot_holds_every_record_type(erp: Any) -> None:
    erp.put_order()
    snapshot = erp.snapshot()
    assert [record["externalId"] for record in snapshot["customer"]] == ["001A", "001B"]
    assert [order["item"]["totalResults"] for order in snapshot["salesOrder"]] == [1]


# -- OAuth 2.0 ---------------------------------------------------------------------------------------


def assertion(erp: Any, **changed: Any) -> str:
    now_s = int(time.time())
    claims = {
        "iss": erp.credentials["consumer_key"],
        "scope": ["rest_webservices"],
        "aud": f"{erp.url}{TOKEN_PATH}",
        "iat": now_s,
        "exp": now_s + 600,
        **{name: value for name, value in changed.items() if name != "kid"},
    }
    headers = {"kid": changed.get("kid", CERTIFICATE_ID)}
    return jwt.encode(claims, private_key_pem(), algorithm="ES256", headers=headers)


def log_in(erp: Any, signed: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed,
    }
    return erp.raw("POST", TOKEN_PATH, data=form)


def bearer(erp: Any, token: str) -> Any:
    path = "/services/rest/record/v1/customer/eid:001A"
    return erp.raw("GET", path, headers={"authorization": f"Bearer {token}"})


def test_a_signed_assertion_buys_a_token_that_opens_the_records(erp: Any) -> None:
    reply = log_in(erp, assertion(erp))
    assert (reply.status_code, reply.json()["token_type"], reply.json()["expires_in"]) == (200, "bearer", "3600")
    assert bearer(erp, reply.json()["access_token"]).status_code == 200
    assert [event["outcome"] for event in erp.events("login")] == ["ok"]


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"aud": "https://example.com/token"},
        {"scope": "restlets"},
        {"exp": 1},
        {"iat": 10**10, "exp": 10**10 + 60},
        {"kid": "another"},
    ],
)
def test_a_wrong_assertion_is_refused(erp: Any, changed: dict[str, Any]) -> None:
    reply = log_in(erp, assertion(erp, **changed))
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")
    assert [event["outcome"] for event in erp.events("login")] == ["fail"]


@pytest.mark.parametrize("change", [lambda text: text[:-8] + "AAAAAAAA", lambda _: "a.b", lambda _: ""])
def test_a_tampered_assertion_is_refused(erp: Any, change: Any) -> None:
    assert log_in(erp, change(assertion(erp))).status_code == 400


def test_an_unknown_token_is_refused_as_invalid(erp: Any) -> None:
    reply = bearer(erp, "made-up")
    assert erp.error_of(reply) == (401, "INVALID_LOGIN")
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]


def test_after_a_revocation_only_a_new_login_helps(erp: Any) -> None:
    token = log_in(erp, assertion(erp)).json()["access_token"]
    erp.inject("revoke_tokens")
    assert bearer(erp, token).status_code == 401
    assert log_in(erp, assertion(erp)).status_code == 400
    erp.heal()
    assert bearer(erp, token).status_code == 401
    assert bearer(erp, log_in(erp, assertion(erp)).json()["access_token"]).status_code == 200


# -- what the account says about itself --------------------------------------------------------------


def test_the_token_says_whose_it_is(erp: Any) -> None:
    assert erp.call("GET", "/rest/tokeninfo").json()["companyId"] == "1234567_SB1"


def test_the_concurrency_limit_is_shown(erp: Any) -> None:
    assert erp.call("GET", "/system/v1/governanceLimits").json()["accountConcurrencyLimit"] == 15


def test_the_catalogue_lists_the_record_types(erp: Any) -> None:
    names = [item["name"] for item in erp.call("GET", "/record/v1/metadata-catalog").json()["items"]]
    assert {"salesOrder", "invoice", "customer", "inventoryItem", "pricing"} <= set(names)


def test_a_record_type_has_a_json_schema(erp: Any) -> None:
    headers = {"accept": "application/schema+json"}
    reply = erp.call("GET", "/record/v1/metadata-catalog/salesOrder", headers=headers)
    assert reply.headers["content-type"] == "application/schema+json"
    properties = reply.json()["properties"]
    assert properties["total"] == {"type": "number", "format": "double", "nullable": True, "readOnly": True}
    assert properties["links"]["items"]["$ref"].endswith("/metadata-catalog/nsLink")


def test_record_types_have_an_openapi_document(erp: Any) -> None:
    headers = {"accept": "application/swagger+json"}
    reply = erp.call("GET", "/record/v1/metadata-catalog", query={"select": "customer"}, headers=headers)
    assert reply.json()["openapi"] == "3.0.1"
    assert set(reply.json()["components"]["schemas"]) == {"customer", "nsLink"}


def test_an_unknown_record_type_has_no_metadata(erp: Any) -> None:
    assert erp.call("GET", "/record/v1/metadata-catalog/unicorn").status_code == 404


# -- jobs --------------------------------------------------------------------------------------------


def send_async(erp: Any, key: str, external_id: str = "006X") -> Any:
    body = {"entity": {"externalId": "001A"}, "item": {"items": [{"item": {"externalId": "SAW-1"}}]}}
    headers = {"prefer": "respond-async", "x-netsuite-idempotency-key": key}
    return erp.call("PUT", f"/record/v1/salesOrder/eid:{external_id}", body, headers=headers)


def follow(erp: Any, url: str) -> Any:
    return erp.call("GET", url.removeprefix(f"{erp.url}/services/rest"))


def test_an_asynchronous_write_is_accepted_and_its_result_is_where_the_order_is(erp: Any) -> None:
    reply = send_async(erp, "k1")
    assert (reply.status_code, reply.headers["preference-applied"]) == (202, "respond-async")
    job = follow(erp, reply.headers["location"]).json()
    assert (job["completed"], job["progress"]) == (True, "succeeded")
    [task] = follow(erp, job["task"]["links"][0]["href"]).json()["items"]
    details = follow(erp, task["links"][0]["href"]).json()
    result = follow(erp, details["result"]["links"][0]["href"])
    assert (result.status_code, result.headers["location"].rpartition("/")[2]) == (204, erp.ledger()[0]["id"])


def test_a_repeated_idempotency_key_is_a_conflict_that_points_to_the_first_job(erp: Any) -> None:
    first = send_async(erp, "k1")
    second = send_async(erp, "k1", "006Y")
    assert erp.error_of(second) == (400, "IDEMPOTENCY_ERROR")
    assert second.json()["title"] == "Conflict"
    assert second.headers["location"] == first.headers["location"]
    assert len(erp.ledger()) == 1


def test_a_synchronous_request_ignores_the_idempotency_key(erp: Any) -> None:
    body = {"entity": {"externalId": "001A"}, "item": {"items": [{"item": {"externalId": "SAW-1"}}]}}
    headers = {"x-netsuite-idempotency-key": "k1"}
    assert [erp.call("POST", "/record/v1/salesOrder", body, headers=headers).status_code for _ in range(2)] == [
        204,
        204,
    ]


def test_an_asynchronous_write_that_fails_is_accepted_and_recorded_as_refused(erp: Any) -> None:
    headers = {"prefer": "respond-async"}
    reply = erp.call("PUT", "/record/v1/salesOrder/eid:006X", {}, headers=headers)
    assert reply.status_code == 202
    assert follow(erp, reply.headers["location"]).json()["progress"] == "failed"
    assert [(event["outcome"], event["value"]["deal"]) for event in erp.events("order_write")] == [("fail", "006X")]


def test_an_unknown_job_is_not_found(erp: Any) -> None:
    assert erp.call("GET", "/async/v1/job/99").status_code == 404
