"""Tokens, scopes and limits."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from fakes.hubspot.conftest import Crm, code_of
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Request
from gameday_fakes.hubspot.handlers import HubSpot

BACK = "http://localhost:3000/callback"
DEALS = "/crm/v3/objects/deals"


def token(crm: Crm, **form: str) -> httpx.Response:
    own = crm.credentials
    client = {"client_id": own["client_id"], "client_secret": own["client_secret"]}
    return crm.client.post(f"{crm.url}/oauth/v1/token", data={**client, **form})


def refreshed(crm: Crm, refresh_token: str = "") -> str:
    given = refresh_token or crm.credentials["refresh_token"]
    reply = token(crm, grant_type="refresh_token", refresh_token=given)
    assert reply.status_code == 200, reply.text
    found: str = reply.json()["access_token"]
    return found


def authorized(crm: Crm, **more: str) -> dict[str, list[str]]:
    """What the address has at which an administrator is sent back."""
    asked = {"client_id": crm.credentials["client_id"], "redirect_uri": BACK, **more}
    reply = crm.client.get(f"{crm.url}/oauth/authorize", params=asked)
    assert reply.status_code == 302
    return parse_qs(urlsplit(reply.headers["location"]).query)


def test_without_a_token_that_is_known_there_is_no_access(crm: Crm) -> None:
    for headers in ({}, {"authorization": "Bearer nope"}, {"authorization": ""}):
        reply = crm.client.get(f"{crm.url}{DEALS}", headers=headers)
        assert code_of(reply) == (401, "INVALID_AUTHENTICATION")


def test_a_refresh_token_gives_access_tokens(crm: Crm) -> None:
    reply = token(crm, grant_type="refresh_token", refresh_token=crm.credentials["refresh_token"]).json()
    assert (reply["token_type"], reply["expires_in"]) == ("bearer", 1800)
    assert crm.call("GET", DEALS, token=reply["access_token"]).status_code == 200


def test_a_code_is_exchanged_once_and_for_the_same_address(crm: Crm) -> None:
    sent = authorized(crm, state="s 1", scope="oauth crm.objects.deals.read")
    assert sent["state"] == ["s 1"]
    form = {"grant_type": "authorization_code", "code": sent["code"][0], "redirect_uri": BACK}
    first, again = token(crm, **form), token(crm, **form)
    assert (first.status_code, again.status_code) == (200, 400)
    assert again.json()["status"] == "BAD_AUTH_CODE"
    other = {**form, "code": authorized(crm)["code"][0], "redirect_uri": "http://localhost/other"}
    assert token(crm, **other).status_code == 400
    assert refreshed(crm, first.json()["refresh_token"])


@pytest.mark.parametrize(
    "form",
    [
        {"client_secret": "nope", "grant_type": "refresh_token"},
        {"grant_type": "refresh_token", "refresh_token": "nope"},
        {"grant_type": "password"},
        {},
    ],
)
def test_a_bad_grant_is_refused(crm: Crm, form: dict[str, str]) -> None:
    assert token(crm, **form).status_code == 400


def test_scopes_are_those_that_were_asked_for(crm: Crm) -> None:
    sent = authorized(crm, scope="crm.objects.deals.read")
    form = {"grant_type": "authorization_code", "code": sent["code"][0], "redirect_uri": BACK}
    mine = token(crm, **form).json()["access_token"]
    assert crm.call("GET", DEALS, token=mine).status_code == 200
    reply = crm.call("POST", DEALS, {"properties": {}}, token=mine)
    assert code_of(reply) == (403, "MISSING_SCOPES")
    assert reply.json()["errors"][0]["context"]["requiredScopes"] == ["crm.objects.deals.write"]


def test_the_apps_own_scopes_can_be_fewer(crm: Crm) -> None:
    crm.configure(scopes=["crm.objects.deals.read"]).raise_for_status()
    assert crm.call("GET", DEALS).status_code == 200
    assert code_of(crm.call("GET", "/crm/v3/objects/companies")) == (403, "MISSING_SCOPES")


def test_tokens_say_what_they_are(crm: Crm) -> None:
    mine = refreshed(crm)
    info = crm.client.get(f"{crm.url}/oauth/v1/access-tokens/{mine}").json()
    assert info["token_type"] == "access"
    assert "crm.objects.deals.read" in info["scopes"]
    path = f"{crm.url}/oauth/v1/refresh-tokens/{crm.credentials['refresh_token']}"
    assert crm.client.get(path).json()["client_id"] == crm.credentials["client_id"]
    assert crm.client.delete(path).status_code == 204
    assert crm.client.get(path).status_code == 404
    assert crm.client.get(f"{crm.url}/oauth/v1/access-tokens/nope").status_code == 404


def test_an_access_token_ends_after_half_an_hour() -> None:
    clock = Clock()
    fake = HubSpot(clock, EventLog(clock))
    mine = fake.sessions.open(())
    request = Request("GET", DEALS, headers={b"authorization": f"Bearer {mine}".encode()})
    assert asyncio.run(fake.respond(request)).status == 200
    clock.origin_s -= 1_805
    reply = asyncio.run(fake.respond(request))
    assert (reply.status, reply.error) == (401, "expired")
    assert b"expired 5 second(s) ago." in reply.body


def test_replies_say_what_is_left_of_the_limits(crm: Crm) -> None:
    crm.reset(pace=1, requests_per_ten_seconds=190, requests_per_day=1000)
    headers = crm.call("GET", DEALS).headers
    assert headers["x-hubspot-ratelimit-max"] == "190"
    assert headers["x-hubspot-ratelimit-remaining"] == "189"
    assert headers["x-hubspot-ratelimit-interval-milliseconds"] == "10000"
    assert headers["x-hubspot-ratelimit-daily-remaining"] == "999"
    assert "x-hubspot-ratelimit-daily" not in crm.call("GET", DEALS, token=refreshed(crm)).headers
    assert "x-hubspot-ratelimit-max" not in crm.search("deals").headers


@pytest.mark.parametrize(
    ("settings", "policy"),
    [({"requests_per_ten_seconds": 2}, "TEN_SECONDLY_ROLLING"), ({"requests_per_day": 2}, "DAILY")],
)
def test_beyond_a_limit_requests_are_refused(crm: Crm, settings: dict[str, Any], policy: str) -> None:
    crm.reset(pace=0.01, **settings)
    replies = [crm.call("GET", DEALS) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    body = replies[-1].json()
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", policy)
    assert body["message"] == f"You have reached your {policy.lower()} limit."


def test_searches_have_a_limit_of_their_own(crm: Crm) -> None:
    crm.reset(pace=0.01, searches_per_second=1)
    assert crm.search("deals").status_code == 200
    assert crm.search("deals").json()["message"] == "You have reached your secondly limit."
    assert crm.call("GET", DEALS).status_code == 200
