"""What holds for every request: packed bodies, the method in the query, tokens that are introspected; and plans."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from gameday_fakes.asgi import MAX_BODY_BYTES
from support.credentials import SALESFORCE

JSON = {"content-type": "application/json"}
CLIENT = (SALESFORCE["client_id"], SALESFORCE["client_secret"])


def bare(body: bytes) -> bytes:
    """A deflate stream without the header of zlib, as many clients send it."""
    return zlib.compress(body)[2:-4]


def in_two(body: bytes) -> bytes:
    """A gzip file of two members."""
    return gzip.compress(body[:5]) + gzip.compress(body[5:])


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZIP", in_two),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", bare),
    ],
)
def test_a_packed_body_is_unpacked(crm: Any, encoding: str, pack: Any) -> None:
    body = pack(json.dumps({"Name": "Packed"}).encode())
    headers = {**JSON, "content-encoding": encoding}
    assert crm.call("POST", "/sobjects/Account", content=body, headers=headers).status_code == 201
    assert crm.rows("SELECT Id FROM Account WHERE Name = 'Packed'")


@pytest.mark.parametrize(
    "body",
    [
        b'{"Name": "x"}',
        gzip.compress(b'{"Name": "x"}')[:-9],
        gzip.compress(b'{"Name": "x"}') + b"more",
        gzip.compress(b'{"Name": "' + b"x" * MAX_BODY_BYTES + b'"}'),
        gzip.compress(b"x" * MAX_BODY_BYTES) * 40,
        b"",
    ],
    ids=["not packed", "cut off", "with a tail", "too large", "too many members", "nothing"],
)
def test_a_body_that_cannot_be_unpacked_is_refused(crm: Any, body: bytes) -> None:
    reply = crm.call("POST", "/sobjects/Account", content=body, headers={**JSON, "content-encoding": "gzip"})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert len(crm.rows("SELECT Id FROM Account")) == 2


def test_the_query_may_name_the_method_of_a_post(crm: Any) -> None:
    path = f"/sobjects/Account/{crm.accounts['A-1']}"
    assert crm.call("POST", f"{path}?_HttpMethod=PATCH", json={"BillingCity": "Oslo"}).status_code == 204
    assert crm.get(path).json()["BillingCity"] == "Oslo"
    assert crm.call("POST", f"{path}?_HttpMethod=delete").status_code == 204
    assert crm.get(path).status_code == 404
    assert crm.call("POST", f"{path}?_HttpMethod=BREW").status_code == 405


def test_a_plan_says_how_many_rows_a_query_finds(crm: Any) -> None:
    (plan,) = crm.get("/query", params={"explain": "SELECT Id FROM Account WHERE Name = 'Contoso'"}).json()["plans"]
    assert (plan["sobjectType"], plan["cardinality"], plan["sobjectCardinality"]) == ("Account", 1, 2)
    assert (plan["leadingOperationType"], plan["relativeCost"]) == ("TableScan", 0.5)
    refused = crm.get("/query", params={"explain": "SELECT Nothing FROM Account"})
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD"


def introspect(crm: Any, token: str, auth: tuple[str, str] = CLIENT) -> Any:
    return crm.client.post(f"{crm.url}/services/oauth2/introspect", data={"token": token}, auth=auth)


def test_introspection_says_whether_a_token_is_valid(crm: Any) -> None:
    token = crm.headers["authorization"].removeprefix("Bearer ")
    found = introspect(crm, token).json()
    assert (found["active"], found["token_type"], found["username"]) == (True, "access_token", SALESFORCE["username"])
    assert found["exp"] - found["iat"] == 7_200
    refresh = introspect(crm, SALESFORCE["refresh_token"]).json()
    assert (refresh["active"], refresh["token_type"]) == (True, "refresh_token")
    crm.inject("revoke_tokens")
    assert introspect(crm, token).json() == introspect(crm, "nothing").json() == {"active": False}


def test_introspection_is_for_the_application_only(crm: Any) -> None:
    reply = introspect(crm, "x", ("x", "y"))
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client_id")


def soap(crm: Any, call: str, session: str) -> Any:
    body = (
        '<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header>'
        f'<SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>{session}</sessionId></SessionHeader>'
        f'</se:Header><se:Body><{call} xmlns="urn:partner.soap.sforce.com"/></se:Body></se:Envelope>'
    )
    return crm.client.post(f"{crm.url}/services/Soap/u/60.0", content=body, headers={"content-type": "text/xml"})


def test_a_soap_logout_ends_the_session(crm: Any) -> None:
    token = crm.headers["authorization"].removeprefix("Bearer ")
    assert soap(crm, "logout", token).status_code == 200
    assert crm.get("/limits").status_code == 401
    assert "INVALID_SESSION_ID" in soap(crm, "logout", token).text


def test_another_soap_call_is_stated_absent(crm: Any) -> None:
    assert soap(crm, "convertLead", "x").status_code == 501
    assert len(crm.events("unsupported")) == 1


@pytest.mark.parametrize("path", ["/tooling/query?q=x", "/search?q=x", "/graphql"])
def test_what_the_fake_leaves_out_says_so(crm: Any, path: str) -> None:
    reply = crm.get(path)
    assert (reply.status_code, reply.json()["error"]) == (501, "unsupported")
    assert reply.json()["message"].startswith("the fake of salesforce has no ")
    assert ": " in reply.json()["message"]
