"""A tenant that is read gets no call that could write, whatever is asked of its reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import CRM, ERP, Staging
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.connection import Answer
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.reading import NotReadOnly, TenantReader, reader_kind, reader_of
from gameday_fakes.sandbox.settings import TenantSettings
from support.credentials import NETSUITE, SALESFORCE
from support.rows import rows

Go = Callable[[Any], Any]
ENVIRONMENT = {
    "GAMEDAY_READ_SALESFORCE_CLIENT_ID": SALESFORCE["client_id"],
    "GAMEDAY_READ_SALESFORCE_CLIENT_SECRET": SALESFORCE["client_secret"],
    **{f"GAMEDAY_READ_NETSUITE_{name.upper()}": value for name, value in NETSUITE.items() if name != "account"},
}
SF, NS = "/services/data/v60.0", "/services/rest"


def reader(staging: Staging, vendor: str) -> TenantReader:
    host = {"salesforce": CRM, "netsuite": ERP}[vendor]
    allow = {"salesforce": staging.organisation, "netsuite": "1234567_SB1"}[vendor]
    match = "otherRefNum" if vendor == "netsuite" else ""
    return reader_of(fake_kinds()[vendor], TenantSettings(host, (allow,)), ENVIRONMENT, match)


@pytest.mark.parametrize(
    ("vendor", "method", "target", "body"),
    [
        ("salesforce", "POST", f"{SF}/sobjects/Opportunity", {"Name": "x"}),
        ("salesforce", "PATCH", f"{SF}/sobjects/Opportunity/006000000000001AAA", {"StageName": "x"}),
        ("salesforce", "DELETE", f"{SF}/sobjects/Opportunity/006000000000001AAA", None),
        ("salesforce", "POST", f"{SF}/composite", {}),
        ("salesforce", "POST", f"{SF}/sobjects/Opportunity?_HttpMethod=PATCH", {}),
        ("salesforce", "GET", f"{SF}/sobjects/Opportunity/006000000000001AAA?_HttpMethod=DELETE", None),
        ("salesforce", "GET", f"{SF}/query?q=SELECT+Id+FROM+Account+FOR+UPDATE", None),
        ("salesforce", "GET", f"{SF}/query?q=SELECT+Id+FROM+Account+for%20view", None),
        ("salesforce", "GET", f"{SF}/query?q=SELECT+Id+FROM+Account&_HttpMethod=POST", None),
        ("salesforce", "GET", f"{SF}/query;x?q=SELECT+Id+FROM+Account", None),
        ("salesforce", "GET", f"{SF}/query/../sobjects/Opportunity", None),
        ("salesforce", "GET", "/services/apexrest/deals", None),
        ("salesforce", "POST", f"{SF}/jobs/ingest", {}),
        ("salesforce", "POST", "/services/oauth2/token", {"grant_type": "password"}),
        ("netsuite", "POST", f"{NS}/record/v1/salesOrder", {}),
        ("netsuite", "PUT", f"{NS}/record/v1/salesOrder/eid:x", {}),
        ("netsuite", "PATCH", f"{NS}/record/v1/salesOrder/1", {}),
        ("netsuite", "DELETE", f"{NS}/record/v1/salesOrder/1", None),
        ("netsuite", "POST", f"{NS}/record/v1/salesOrder/1/!transform/invoice", {}),
        ("netsuite", "GET", f"{NS}/record/v1/salesOrder/1/!transform/invoice", None),
        ("netsuite", "GET", "/app/site/hosting/restlet.nl?script=1&deploy=1", None),
        ("netsuite", "POST", f"{NS}/query/v1/suiteql?limit=5", {"q": "DELETE FROM transaction"}),
        ("netsuite", "POST", f"{NS}/query/v1/suiteql?limit=5", {"q": "SELECT 1 FROM dual; DELETE FROM x"}),
        ("netsuite", "POST", f"{NS}/query/v1/suiteql?limit=5", {"q": "SELECT id FROM x", "more": "y"}),
        ("netsuite", "POST", f"{NS}/query/v1/suiteql?limit=5", ["SELECT id FROM x"]),
        ("netsuite", "GET", f"{NS}/query/v1/suiteql", {"q": "SELECT id FROM x"}),
    ],
)
def test_a_call_that_could_write_is_not_sent(
    staging: Staging, go: Go, vendor: str, method: str, target: str, body: Any
) -> None:
    async def day() -> None:
        reads = reader(staging, vendor)
        await reads.begin()
        known = len(staging.calls)
        with pytest.raises(NotReadOnly, match="is no call that only reads"):
            await reads.ask(method, target, body)
        assert len(staging.calls) == known

    go(day())


@pytest.mark.parametrize("name", [b"x-http-method-override", b"X-HTTP-Method", b"sforce-call-options"])
def test_a_header_that_could_make_another_call_of_it_is_not_sent(staging: Staging, go: Go, name: bytes) -> None:
    async def day() -> None:
        with pytest.raises(NotReadOnly):
            await reader(staging, "salesforce").ask("GET", f"{SF}/limits", None, [(name, b"DELETE")])

    go(day())


def test_a_query_that_reads_is_sent(staging: Staging, go: Go) -> None:
    async def day() -> None:
        crm, erp = reader(staging, "salesforce"), reader(staging, "netsuite")
        assert [entry.id for entry in (await crm.read(["006000000000001AAA", "x' OR '1'='1"])).entries] == []
        assert await erp.there(["1", "2; DELETE", "x"]) == set()

    go(day())


def test_credentials_of_sandboxes_are_not_those_of_readers(staging: Staging) -> None:
    settings = TenantSettings(CRM, (staging.organisation,))
    sandboxes = {name.replace("_READ", ""): value for name, value in ENVIRONMENT.items()}
    with pytest.raises(ValueError, match="lacks GAMEDAY_READ_SALESFORCE_CLIENT_ID, GAMEDAY_READ_SALESFORCE_CLIENT_"):
        reader_of(fake_kinds()["salesforce"], settings, sandboxes, "")


def test_a_vendor_without_a_reader_is_named() -> None:
    with pytest.raises(ValueError, match="nothing here can read a tenant of pagerduty"):
        reader_kind(fake_kinds()["pagerduty"])


@rows(
    ("vendor", "host", "allow", "message"),
    [
        ("salesforce", "login.salesforce.com", "00D7Q000000abcdUAA", "is not the host of a Salesforce organisation"),
        ("salesforce", "acme.my.salesforce.com.example.org", "00D7Q000000abcdUAA", "is not the host of a Salesforce"),
        ("salesforce", "acme.my.salesforce.com", "006000000000001AAA", "is not the id of a Salesforce organisation"),
        ("netsuite", "1234567.suitetalk.example.org", "1234567", "is not the host of a NetSuite account"),
        ("netsuite", "acme.suitetalk.api.netsuite.com", "1234567", "is not the id of a NetSuite account"),
        ("netsuite", "1234567.suitetalk.api.netsuite.com", "acme", "is not the id of a NetSuite account"),
    ],
)
def test_a_host_that_is_none_of_the_vendors_is_refused(vendor: str, host: str, allow: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reader_of(fake_kinds()[vendor], TenantSettings(host, (allow,)), ENVIRONMENT, "otherRefNum")


@pytest.mark.parametrize("host", ["acme.my.salesforce.com", "acme--uat.sandbox.my.salesforce.com", CRM])
def test_production_may_be_read(host: str) -> None:
    settings = TenantSettings(host, ("00D7Q000000abcdUAA",))
    assert reader_of(fake_kinds()["salesforce"], settings, ENVIRONMENT, "").settings.host == host
    erp = TenantSettings("1234567.suitetalk.api.netsuite.com", ("1234567",))
    assert reader_of(fake_kinds()["netsuite"], erp, ENVIRONMENT, "otherRefNum").settings.allow == ("1234567",)


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_an_organisation_is_known_by_its_own_id(staging: Staging, is_sandbox: bool) -> None:
    row = {
        "attributes": {"type": "Organization"},
        "Id": staging.organisation,
        "IsSandbox": is_sandbox,
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "DEU1",
    }
    body = msgspec.json.encode({"done": True, "records": [row]})
    answer = Answer(200, [(b"content-type", b"application/json")], body)
    assert reader(staging, "salesforce")._proved(answer) == staging.organisation  # type: ignore[attr-defined]


def test_an_id_that_is_not_allowed_gets_no_further_call(staging: Staging, go: Go) -> None:
    async def day() -> None:
        settings = TenantSettings(CRM, ("00D7Q000000abcdUAA",))
        reads = reader_of(fake_kinds()["salesforce"], settings, ENVIRONMENT, "")
        for _ in range(2):
            with pytest.raises(NotASandbox, match="not among the allowed ids: 00D7Q000000abcdUAA"):
                await reads.begin()
        assert [target.partition("?")[0] for _, _, target in staging.calls] == ["/services/oauth2/token", f"{SF}/query"]

    go(day())
