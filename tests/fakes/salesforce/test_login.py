"""Who may come in: the OAuth grants, the SOAP login, and what ends a session."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from support.credentials import SALESFORCE

CLIENT = {"client_id": SALESFORCE["client_id"], "client_secret": SALESFORCE["client_secret"]}
USER = {"username": SALESFORCE["username"], "password": SALESFORCE["password"]}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

SOAP = (
    '<?xml version="1.0"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
    '<n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{}</n1:username>'
    "<n1:password>{}</n1:password></n1:login></env:Body></env:Envelope>"
)


def token(crm: Any, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
    reply: httpx.Response = crm.client.post(f"{crm.url}/services/oauth2/token", data=form, headers=headers)
    return reply


def opens(crm: Any, access_token: str) -> bool:
    crm.headers = {"authorization": f"Bearer {access_token}"}
    return bool(crm.get("/limits").status_code == 200)


def test_client_credentials_in_the_form_open_a_session(crm: Any) -> None:
    reply = token(crm, grant_type="client_credentials", **CLIENT)
    assert opens(crm, reply.json()["access_token"])


def test_client_credentials_in_the_basic_header_open_a_session(crm: Any) -> None:
    basic = base64.b64encode(f"{CLIENT['client_id']}:{CLIENT['client_secret']}".encode()).decode()
    reply = token(crm, {"authorization": f"Basic {basic}"}, grant_type="client_credentials")
    assert opens(crm, reply.json()["access_token"])


def test_a_token_reply_says_where_to_go_on_and_who_one_is(crm: Any) -> None:
    body = token(crm, grant_type="client_credentials", **CLIENT).json()
    organization, user = body["id"].split("/")[-2:]
    assert body["instance_url"] == crm.url
    assert (organization[:3], user[:3], body["token_type"]) == ("00D", "005", "Bearer")
    assert body["issued_at"].isdigit()
    assert "refresh_token" not in body


def test_a_client_at_a_login_host_goes_on_at_the_organisations_own(crm: Any) -> None:
    body = token(crm, {"host": "login.salesforce.com"}, grant_type="client_credentials", **CLIENT).json()
    assert body["instance_url"] == "https://gameday.my.salesforce.com"


@pytest.mark.parametrize("suffix", ["", SALESFORCE["security_token"]])
def test_a_password_opens_a_session_with_or_without_the_security_token(crm: Any, suffix: str) -> None:
    form = {**USER, "password": USER["password"] + suffix}
    assert opens(crm, token(crm, grant_type="password", **CLIENT, **form).json()["access_token"])


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password", **CLIENT, **USER, "password": "wrong"}, "invalid_grant"),
        ({"grant_type": "client_credentials", **CLIENT, "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials", **CLIENT, "client_id": "wrong"}, "invalid_client_id"),
        ({"grant_type": "refresh_token", **CLIENT, "refresh_token": "wrong"}, "invalid_grant"),
        ({"grant_type": JWT_BEARER, "assertion": "a.b.c"}, "invalid_grant"),
        ({"grant_type": "sorcery"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_a_bad_grant_is_refused_in_oauths_words(crm: Any, form: dict[str, str], error: str) -> None:
    reply = token(crm, **form)
    assert (reply.status_code, reply.json()["error"]) == (400, error)
    assert reply.json()["error_description"]


def test_logins_are_recorded_with_their_outcome(crm: Any) -> None:
    token(crm, grant_type="client_credentials", **{**CLIENT, "client_secret": "wrong"})
    assert [event["outcome"] for event in crm.events("login")] == ["ok", "fail"]


# -- refresh tokens --------------------------------------------------------------------------------------


def refresh(crm: Any, refresh_token: str) -> httpx.Response:
    return token(crm, grant_type="refresh_token", refresh_token=refresh_token, **CLIENT)


def test_a_refresh_token_opens_a_session_and_is_replaced(crm: Any) -> None:
    first = refresh(crm, SALESFORCE["refresh_token"]).json()
    assert opens(crm, first["access_token"])
    assert refresh(crm, first["refresh_token"]).status_code == 200


def test_a_refresh_token_used_twice_ends_the_grant(crm: Any) -> None:
    following = refresh(crm, SALESFORCE["refresh_token"]).json()["refresh_token"]
    again = refresh(crm, SALESFORCE["refresh_token"])
    assert again.json()["error_description"] == "expired access/refresh token"
    assert refresh(crm, following).status_code == 400


def test_without_rotation_a_refresh_token_lasts(crm: Any) -> None:
    crm.configure(refresh_token_rotation=False)
    replies = [refresh(crm, SALESFORCE["refresh_token"]) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert "refresh_token" not in replies[0].json()


# -- JWT bearer ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def assertion(key: rsa.RSAPrivateKey, **changes: Any) -> str:
    claims = {
        "iss": SALESFORCE["client_id"],
        "sub": SALESFORCE["username"],
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 180,
        **changes,
    }
    parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in ({"alg": "RS256"}, claims)]
    signed = b".".join(parts)
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def public(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def test_a_signed_assertion_opens_a_session(crm: Any, key: rsa.RSAPrivateKey) -> None:
    crm.configure(jwt_public_key=public(key))
    assert opens(crm, token(crm, grant_type=JWT_BEARER, assertion=assertion(key)).json()["access_token"])


def test_another_keys_signature_is_refused_once_a_key_is_registered(crm: Any, key: rsa.RSAPrivateKey) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert token(crm, grant_type=JWT_BEARER, assertion=assertion(other)).status_code == 200
    crm.configure(jwt_public_key=public(key))
    assert token(crm, grant_type=JWT_BEARER, assertion=assertion(other)).status_code == 400


def test_an_expiry_written_as_text_is_understood(crm: Any, key: rsa.RSAPrivateKey) -> None:
    written = assertion(key, exp=str(int(time.time()) + 180))
    assert token(crm, grant_type=JWT_BEARER, assertion=written).status_code == 200


@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"aud": "https://example.com"}, "audience is invalid"),
        ({"exp": 1}, "expired authorization code"),
        ({"exp": "soon"}, "invalid assertion"),
        ({"exp": 2**40}, "expired authorization code"),
        ({"iss": "somebody"}, "client identifier invalid"),
        ({"sub": "nobody@example.com"}, "user hasn't approved this consumer"),
    ],
)
def test_an_assertion_that_claims_something_wrong_is_refused(
    crm: Any, key: rsa.RSAPrivateKey, claims: dict[str, Any], description: str
) -> None:
    reply = token(crm, grant_type=JWT_BEARER, assertion=assertion(key, **claims))
    assert (reply.status_code, reply.json()["error_description"]) == (400, description)


# -- SOAP ------------------------------------------------------------------------------------------------


def soap(crm: Any, username: str, password: str, version: str = "59.0") -> httpx.Response:
    content = SOAP.format(username, password)
    headers = {"content-type": "text/xml", "soapaction": "login"}
    reply: httpx.Response = crm.client.post(f"{crm.url}/services/Soap/u/{version}", content=content, headers=headers)
    return reply


def test_a_soap_login_opens_a_session(crm: Any) -> None:
    text = soap(crm, USER["username"], USER["password"] + SALESFORCE["security_token"]).text
    assert opens(crm, text.partition("<sessionId>")[2].partition("</sessionId>")[0])
    for element in ("serverUrl", "userId", "organizationId", "sessionSecondsValid"):
        assert f"<{element}>" in text


def test_a_soap_login_with_a_wrong_password_is_a_fault(crm: Any) -> None:
    reply = soap(crm, USER["username"], "wrong")
    assert reply.status_code == 500
    assert "<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in reply.text
    assert "<faultstring>INVALID_LOGIN: Invalid username" in reply.text


@pytest.mark.parametrize("version", ["29.0", "99.0"])
def test_a_soap_login_at_a_version_that_is_not_supported_is_a_fault(crm: Any, version: str) -> None:
    assert "UNSUPPORTED_API_VERSION" in soap(crm, **USER, version=version).text


def test_a_soap_login_that_declares_entities_is_a_fault(crm: Any) -> None:
    body = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert crm.client.post(f"{crm.url}/services/Soap/u/59.0", content=body).status_code == 500


# -- sessions --------------------------------------------------------------------------------------------


def test_without_a_session_a_request_is_refused(crm: Any) -> None:
    crm.headers = {}
    reply = crm.get("/limits")
    assert (reply.status_code, reply.json()) == (
        401,
        [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
    )


def test_a_session_that_was_not_used_for_two_hours_is_over(crm: Any) -> None:
    crm.client.post(f"{crm.control}/clock", json={"origin_s": time.monotonic() - 7_201})
    assert crm.get("/limits").status_code == 401


def test_a_revoked_token_is_refused(crm: Any) -> None:
    access_token = crm.headers["authorization"].partition(" ")[2]
    crm.client.post(f"{crm.url}/services/oauth2/revoke", data={"token": access_token})
    assert not opens(crm, access_token)


def test_a_token_is_revoked_by_get_too(crm: Any) -> None:
    access_token = crm.headers["authorization"].partition(" ")[2]
    reply = crm.client.get(f"{crm.url}/services/oauth2/revoke", params={"token": access_token})
    assert (reply.status_code, opens(crm, access_token)) == (200, False)


def test_a_session_knows_its_user(crm: Any) -> None:
    body = crm.client.get(f"{crm.url}/services/oauth2/userinfo", headers=crm.headers).json()
    assert body["username"] == SALESFORCE["username"]
    # OpenID Connect's subject is the address of the user's identity.
    assert crm.client.get(body["sub"], headers=crm.headers).json()["user_id"] == body["user_id"]


# -- authorization code ----------------------------------------------------------------------------------

BACK = "http://localhost:1717/callback"


def authorize(crm: Any, **more: str) -> Any:
    query = {"response_type": "code", "client_id": SALESFORCE["client_id"], "redirect_uri": BACK, **more}
    return crm.client.get(f"{crm.url}/services/oauth2/authorize", params=query, follow_redirects=False)


def exchange(crm: Any, code: str, **more: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": SALESFORCE["client_id"],
    }
    form["client_secret"] = SALESFORCE["client_secret"]
    return crm.client.post(f"{crm.url}/services/oauth2/token", data={**form, **more})


def code_in(reply: Any) -> str:
    assert reply.status_code == 302, reply.text
    return parse_qs(urlsplit(reply.headers["location"]).query)["code"][0]


def test_a_code_is_exchanged_once_for_a_session_and_a_refresh_token(crm: Any) -> None:
    reply = authorize(crm, state="s&s")
    assert parse_qs(urlsplit(reply.headers["location"]).query)["state"] == ["s&s"]
    body = exchange(crm, code_in(reply)).json()
    assert crm.get("/limits", headers={"authorization": f"Bearer {body['access_token']}"}).status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"], "client_id": SALESFORCE["client_id"]}
    assert crm.client.post(f"{crm.url}/services/oauth2/token", data=form).status_code == 200
    assert exchange(crm, code_in(reply)).json()["error"] == "invalid_grant"


def test_a_code_belongs_to_its_address_and_its_challenge(crm: Any) -> None:
    other = exchange(crm, code_in(authorize(crm)), redirect_uri="http://localhost:1/x")
    assert other.json()["error"] == "redirect_uri_mismatch"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert exchange(crm, code_in(authorize(crm, code_challenge=challenge)), code_verifier="x").status_code == 400
    found = exchange(crm, code_in(authorize(crm, code_challenge=challenge)), code_verifier=verifier)
    assert found.status_code == 200


@pytest.mark.parametrize(
    "given", [{"client_id": "x"}, {"redirect_uri": "javascript:x"}, {"response_type": "token"}], ids=str
)
def test_a_request_for_a_code_that_is_wrong_gets_none(crm: Any, given: dict[str, str]) -> None:
    reply = authorize(crm, **given)
    assert "code=" not in reply.headers.get("location", "")
    assert reply.status_code in (302, 400)
