"""Who may call, and the tokens that every write needs: with the cookies of their session, as long as it lasts."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from fakes.s4hana.conftest import ORDERS, USER, order
from gameday_fakes.s4hana.account import CREDENTIALS, ROOT

SERVICE = f"{ROOT}/API_SALES_ORDER_SRV"


def is_csrf_refusal(reply: Any) -> bool:
    """Whether a reply is the one that says so, as a gateway writes it."""
    shown = reply.status_code, reply.headers["content-type"], reply.text, reply.headers.get("x-csrf-token")
    return bool(shown == (403, "text/plain", "CSRF token validation failed", "Required"))


@pytest.mark.parametrize(
    "path", ["/", "", "/$metadata", "/A_SalesOrder", "/A_SalesOrder/", "/$batch", "/A_SalesOrder('1')"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_token_is_fetched_with_any_safe_request(erp: Any, method: str, path: str) -> None:
    erp.forget()
    reply = erp.raw(method, f"{SERVICE}{path}", headers={"x-csrf-token": "fetch"}, auth=USER)
    assert reply.status_code in (200, 404, 405)
    assert reply.headers["set-cookie"].startswith("SAP_SESSIONID_S4H_100=")
    erp.token = reply.headers["x-csrf-token"]
    assert erp.create().status_code == 201


def test_a_token_is_worth_nothing_without_its_cookies(erp: Any) -> None:
    erp.forget()
    assert is_csrf_refusal(erp.create())
    assert erp.ledger() == []
    assert [event["value"]["error"] for event in erp.events("order_write")] == ["csrf_token"]


@pytest.mark.parametrize("token", ["", "nosuch", "Fetch", "é"])
def test_another_token_is_worth_nothing(erp: Any, token: str) -> None:
    erp.token = token.encode().decode("latin-1")
    refused = erp.raw("POST", f"{ROOT}/{ORDERS}", json=order(), headers={b"x-csrf-token": token.encode()}, auth=USER)
    assert is_csrf_refusal(refused)


def test_a_token_opens_all_services_of_the_session(erp: Any) -> None:
    body = {"Product": "NUT-3", "ProductType": "FERT"}
    assert erp.call("POST", "API_PRODUCT_SRV/A_Product", body).status_code == 201


def test_a_session_ends_when_it_is_not_used(erp: Any) -> None:
    erp.reset(pace=1000)
    erp.configure(session_idle_s=1)
    erp.token = erp.fetch()
    # At this pace a second is soon over between two requests.
    while not is_csrf_refusal(erp.create()):
        pass


def test_sessions_end_by_a_fault_and_new_ones_can_be_had(erp: Any) -> None:
    erp.inject("expire_csrf")
    assert is_csrf_refusal(erp.create())
    assert erp.hits() == [("fault", "order.write", "006xY")]
    erp.token = erp.fetch()
    assert erp.create().status_code == 201


def test_sessions_end_again_and_again(erp: Any) -> None:
    erp.reset(pace=1)
    erp.inject("expire_csrf", every_s=0.001)
    for _ in range(3):
        erp.token = erp.fetch()
        while erp.call("GET", ORDERS).status_code == 200 and not is_csrf_refusal(erp.create()):
            pass


def test_without_a_password_there_is_a_page(erp: Any) -> None:
    refused = erp.raw("GET", f"{SERVICE}/A_SalesOrder")
    assert (refused.status_code, refused.headers["content-type"].partition(";")[0]) == (401, "text/html")
    assert refused.headers["www-authenticate"].startswith("Basic realm=")
    assert erp.raw("GET", f"{SERVICE}/A_SalesOrder", auth=(USER[0], "wrong")).status_code == 401
    assert erp.raw("GET", f"{SERVICE}/A_SalesOrder", auth=(USER[0].lower(), USER[1])).status_code == 200


@pytest.mark.parametrize("value", ["Basic", "Basic !", "Basic w7=", "Bearer", "Negotiate x", "Basic " + "A" * 9000])
def test_a_header_that_proves_nothing_is_refused(erp: Any, value: str) -> None:
    assert erp.raw("GET", f"{SERVICE}/A_SalesOrder", headers={"authorization": value}).status_code == 401


@pytest.mark.parametrize("way", ["form", "header"])
def test_a_client_of_the_arrangement_gets_a_token(erp: Any, way: str) -> None:
    form = {"grant_type": "client_credentials"}
    secret = CREDENTIALS["client_id"], CREDENTIALS["client_secret"]
    more: dict[str, Any] = {"data": form, "auth": secret}
    if way == "form":
        more = {"data": {**form, "client_id": secret[0], "client_secret": secret[1]}}
    reply = erp.raw("POST", "/sap/bc/sec/oauth2/token", **more)
    headers = {"authorization": f"Bearer {reply.json()['access_token']}"}
    assert erp.raw("GET", f"{SERVICE}/A_SalesOrder", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, 401, "invalid_client"),
    ],
)
def test_a_bad_request_for_a_token_is_refused(erp: Any, form: dict[str, str], status: int, error: str) -> None:
    reply = erp.raw("POST", "/sap/bc/sec/oauth2/token", data=form)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_a_locked_user_can_neither_call_nor_get_a_token(erp: Any) -> None:
    erp.inject("revoke_tokens")
    assert erp.call("GET", ORDERS).status_code == 401
    header = base64.b64encode(f"{CREDENTIALS['client_id']}:{CREDENTIALS['client_secret']}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    asked = erp.raw("POST", "/sap/bc/sec/oauth2/token", data=form, headers={"authorization": f"Basic {header}"})
    assert asked.status_code == 401
    erp.heal()
    assert erp.call("GET", ORDERS).status_code == 200


def test_a_service_that_the_fake_lacks_is_reported(erp: Any) -> None:
    assert erp.call("GET", "API_SALES_QUOTATION_SRV/A_SalesQuotation").status_code == 501
    (event,) = erp.events("unsupported")
    assert "API_SALES_QUOTATION_SRV" in event["value"]["call"]
