"""A NetSuite account proves that it is a sandbox by the form of its id, and by what it answers itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.netsuite.tenant_proof import account_of, check_account, check_links, check_token_info
from gameday_fakes.sandbox.connection import Answer, TenantGone
from gameday_fakes.sandbox.proved import NotASandbox
from support.rows import rows

HOST = "1234567-sb1.suitetalk.api.netsuite.com"
JSON = [(b"content-type", b"application/vnd.oracle.resource+json; type=collection")]


def said(body: Any, status: int = 200, headers: Any = JSON) -> Answer:
    return Answer(status, headers, json.dumps(body).encode())


def links(*hrefs: Any) -> Answer:
    return said({"links": [{"rel": "self", "href": href} for href in hrefs], "items": []})


@rows("account", ["1234567_SB1", "1234567_sb2", "1234567_RP", "1234567_RP2", "TSTDRV1234567"])
def test_the_ids_of_sandboxes_release_previews_and_test_drives_are_known(account: str) -> None:
    assert check_account(account) == account.upper()
    host = f"{account.lower().replace('_', '-')}.suitetalk.api.netsuite.com"
    assert account_of(host) == account.upper()


@rows("account", ["1234567", "", "SB1", "1234567_SB", "1234567-SB1", "1234567_PROD", "1234567_SB1x", "TSTDRV", "x_SB1"])
def test_any_other_id_is_refused(account: str) -> None:
    if account == "1234567_SB":
        # The first sandbox of an old account.
        assert check_account(account) == account
        return
    with pytest.raises(ValueError, match="not the id of a NetSuite sandbox"):
        check_account(account)


@given(st.integers(min_value=0))
def test_a_number_is_a_production_account(number: int) -> None:
    with pytest.raises(ValueError, match="not the id of a NetSuite sandbox"):
        account_of(f"{number}.suitetalk.api.netsuite.com")


@rows(
    "host",
    [
        "1234567-sb1.suitetalk.api.netsuite.com.example.com",
        "1234567-sb1.restlets.api.netsuite.com",
        "1234567-sb1.example.com",
        "system.netsuite.com",
    ],
)
def test_another_domain_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not the host of a NetSuite account"):
        account_of(host)


def test_the_token_of_the_account_proves_it() -> None:
    check_token_info(said({"companyId": "1234567_SB1"}), "1234567_SB1")


NOT_THE_ACCOUNT = st.one_of(
    st.sampled_from(
        ["1234567", "1234567_SB2", "1234567_sb1", " 1234567_SB1", None, 1234567, True, ["1234567_SB1"], {}]
    ),
    st.text(max_size=12),
)


@given(NOT_THE_ACCOUNT)
def test_a_token_of_any_other_account_is_refused(company: Any) -> None:
    with pytest.raises(NotASandbox, match="the token is one of account"):
        check_token_info(said({"companyId": company}), "1234567_SB1")


@rows("body", [{}, [], None, "1234567_SB1", {"account": "1234567_SB1"}])
def test_an_answer_without_an_account_is_refused(body: Any) -> None:
    with pytest.raises(NotASandbox):
        check_token_info(said(body), "1234567_SB1")


def test_the_links_of_the_account_prove_its_host() -> None:
    check_links(links(f"https://{HOST}/services/rest/record/v1/customer?limit=1&offset=0"), HOST)


@rows(
    "answer",
    [
        links(),
        links("https://1234567.suitetalk.api.netsuite.com/services/rest/record/v1/customer"),
        links(f"https://{HOST}/services/rest/x", "https://1234567.suitetalk.api.netsuite.com/services/rest/x"),
        links(f"http://{HOST}/services/rest/x"),
        links(f"https://{HOST}.example.com/services/rest/x"),
        links(None),
        said({"links": f"https://{HOST}/services/rest/"}),
        said({"items": []}),
        said([]),
        said({"links": []}, headers=[(b"content-type", b"text/html")]),
    ],
)
def test_links_to_anywhere_else_are_refused(answer: Answer) -> None:
    with pytest.raises(NotASandbox):
        check_links(answer, HOST)


@rows("status", [204, 301, 302, 307, 401, 403, 429, 500])
def test_a_redirect_or_a_refusal_proves_nothing(status: int) -> None:
    with pytest.raises(TenantGone, match=f"status {status}"):
        check_token_info(said({"companyId": "1234567_SB1"}, status), "1234567_SB1")
    with pytest.raises(TenantGone, match=f"status {status}"):
        check_links(said({"links": []}, status), HOST)
