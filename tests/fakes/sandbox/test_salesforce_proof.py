"""A Salesforce organisation proves that it is a sandbox by the documented answer, and by nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.salesforce.tenant_proof import check_host, check_id, proved_id, token_of
from gameday_fakes.sandbox.connection import Answer, TenantGone
from gameday_fakes.sandbox.proved import NotASandbox
from support.rows import rows

ID = check_id("00D7Q000000abcd")
ROW = {
    "attributes": {"type": "Organization", "url": f"/services/data/v60.0/sobjects/Organization/{ID}"},
    "Id": ID,
    "IsSandbox": True,
    "OrganizationType": "Enterprise Edition",
    "InstanceName": "CS42",
}
HOST = "acme--uat.sandbox.my.salesforce.com"
JSON = [(b"content-type", b"application/json;charset=UTF-8")]


def page(*rows: Any, **more: Any) -> Answer:
    body = {"totalSize": len(rows), "done": True, "records": list(rows), **more}
    return Answer(200, JSON, json.dumps(body).encode())


def test_the_documented_answer_of_a_sandbox_proves_its_id() -> None:
    assert proved_id(page(ROW)) == ID


#: What IsSandbox may be in an answer that lies, or that is another vendor's idea of a boolean.
NOT_TRUE = st.one_of(
    st.sampled_from([False, None, "true", "True", "false", 1, 1.0, 0, "", [], {}, [True], {"value": True}]),
    st.text(),
    st.integers(),
)


@given(NOT_TRUE)
def test_nothing_but_true_proves_a_sandbox(value: Any) -> None:
    with pytest.raises(NotASandbox, match="IsSandbox of the organisation is"):
        proved_id(page({**ROW, "IsSandbox": value}))


@rows("field", sorted(ROW))
def test_a_missing_field_proves_nothing(field: str) -> None:
    with pytest.raises(NotASandbox):
        proved_id(page({name: value for name, value in ROW.items() if name != field}))


WRONG_TYPES = st.one_of(st.none(), st.booleans(), st.integers(), st.lists(st.integers()), st.just(""), st.just({}))


@given(st.sampled_from(["Id", "OrganizationType", "InstanceName", "attributes"]), WRONG_TYPES)
def test_a_field_of_another_type_proves_nothing(field: str, value: Any) -> None:
    with pytest.raises(NotASandbox):
        proved_id(page({**ROW, field: value}))


@rows(
    "answer",
    [
        page(),
        page(ROW, ROW),
        page(ROW, {**ROW, "IsSandbox": False}),
        page(ROW, done=False),
        page([ROW]),
        Answer(200, JSON, json.dumps([ROW]).encode()),
        Answer(200, JSON, json.dumps(ROW).encode()),
        Answer(200, [(b"content-type", b"text/html")], json.dumps({"done": True, "records": [ROW]}).encode()),
        Answer(200, [], json.dumps({"done": True, "records": [ROW]}).encode()),
        page({**ROW, "attributes": {"type": "Account"}}),
        page({**ROW, "Id": "0017Q000000abcdUAA"}),
        page({**ROW, "Id": f"{ID}x"}),
    ],
)
def test_an_answer_of_another_shape_proves_nothing(answer: Answer) -> None:
    with pytest.raises(NotASandbox):
        proved_id(answer)


@rows("status", [201, 204, 300, 301, 302, 307, 308, 401, 403, 500, 503])
def test_a_redirect_or_a_refusal_proves_nothing_whatever_its_body_says(status: int) -> None:
    lying = Answer(status, [*JSON, (b"location", b"https://acme.my.salesforce.com/")], page(ROW).body)
    with pytest.raises(TenantGone, match=f"status {status}"):
        proved_id(lying)


@rows("body", [b"", b"{", b"null", b"true", b'"true"', b"\xff", b"[" * 100_000])
def test_what_is_no_answer_proves_nothing(body: bytes) -> None:
    with pytest.raises((NotASandbox, TenantGone)):
        proved_id(Answer(200, JSON, body))


@rows(
    "instance",
    [
        "https://acme.my.salesforce.com",
        "http://acme--uat.sandbox.my.salesforce.com",
        "https://acme--uat.sandbox.my.salesforce.com:444",
        "https://user@acme--uat.sandbox.my.salesforce.com",
        "https://acme--uat.sandbox.my.salesforce.com.example.com",
        "",
    ],
)
def test_a_login_that_leads_to_another_host_is_refused(instance: str) -> None:
    body = json.dumps({"access_token": "t", "instance_url": instance}).encode()
    with pytest.raises(NotASandbox, match="its login leads to"):
        token_of(Answer(200, JSON, body), HOST)


@rows(
    "host",
    [
        "acme.my.salesforce.com",
        "login.salesforce.com",
        "test.salesforce.com",
        "acme--uat.sandbox.my.salesforce.com.example.com",
        "acme.sandbox.my.salesforce.com",
        "acme--uat.my.salesforce.com",
        "sandbox.my.salesforce.com",
        "127.0.0.1",
    ],
)
def test_a_host_without_the_form_of_a_sandboxs_is_refused_before_any_call(host: str) -> None:
    with pytest.raises(ValueError, match="not the host of a Salesforce sandbox"):
        check_host(host)


def test_an_allowed_id_may_have_15_or_18_characters() -> None:
    assert check_id(ID[:15]) == ID
    for bad in ("", "00D", "0017Q000000abcdUAA", "%", ID.lower()[:17]):
        with pytest.raises(ValueError, match="not the id of a Salesforce organisation"):
            check_id(bad)
