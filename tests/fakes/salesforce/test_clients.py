"""Unmodified clients, at the vendor's own host names over TLS: every login flow, and what they do with records.

They are led to the fake by ``HTTPS_PROXY``, as in production they would be led to a company's proxy.
"""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from aiosalesforce import Salesforce as AioSalesforce
from aiosalesforce.auth import ClientCredentialsFlow, JwtBearerFlow, SoapLogin
from aiosalesforce.exceptions import AuthenticationError, NotFoundError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from support.credentials import SALESFORCE

USER = {"username": SALESFORCE["username"], "password": SALESFORCE["password"]}
CONSUMER = {"consumer_key": SALESFORCE["client_id"], "consumer_secret": SALESFORCE["client_secret"]}
MY_DOMAIN = "https://gameday.my.salesforce.com"


@pytest.fixture
def private_key(crm: Any, tmp_path: Path) -> Path:
    """A file with the client's private key; the organisation knows the public one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path / "private.pem"
    pem, format_ = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(pem, format_, serialization.NoEncryption()))
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    crm.configure(jwt_public_key=public.decode())
    return path


@pytest.fixture
def session(crm: Any, vendor_names: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    """A session that is closed after the test; where it leads is in the environment."""
    for name, value in vendor_names.items():
        monkeypatch.setenv(name, value)
    with requests.Session() as session:
        yield session


# -- simple-salesforce -----------------------------------------------------------------------------------


def flows(private_key: Path) -> dict[str, dict[str, str]]:
    return {
        "security token": {**USER, "security_token": SALESFORCE["security_token"]},
        "organization id": {**USER, "organizationId": "00D000000000001"},
        "consumer and password": {**USER, **CONSUMER},
        "client credentials": {**CONSUMER, "domain": "gameday.my"},
        "private key": {
            "username": USER["username"],
            "consumer_key": CONSUMER["consumer_key"],
            "privatekey_file": str(private_key),
        },
    }


@pytest.mark.parametrize(
    "flow", ["security token", "organization id", "consumer and password", "client credentials", "private key"]
)
def test_simple_salesforce_logs_in_by_every_flow(
    crm: Any, session: requests.Session, private_key: Path, flow: str
) -> None:
    client = Salesforce(**flows(private_key)[flow], session=session)
    assert client.sf_instance == "gameday.my.salesforce.com"
    assert client.query("SELECT Id FROM Account")["totalSize"] == 2


def test_simple_salesforce_takes_a_ready_session(crm: Any, session: requests.Session) -> None:
    token = crm.headers["authorization"].partition(" ")[2]
    client = Salesforce(session_id=token, instance_url=MY_DOMAIN, session=session)
    assert client.limits()["DailyApiRequests"]["Max"] == 1_000_000


@pytest.mark.parametrize("more", [{"security_token": "wrong"}, {**CONSUMER, "password": "wrong"}])
def test_simple_salesforce_says_why_a_login_failed(crm: Any, session: requests.Session, more: dict[str, str]) -> None:
    with pytest.raises(SalesforceAuthenticationFailed) as failed:
        SalesforceLogin(**{**USER, **more}, session=session)
    assert failed.value.code in ("INVALID_LOGIN", "invalid_grant")


@pytest.fixture
def simple(crm: Any, session: requests.Session) -> Salesforce:
    """A client that is logged in by user and security token."""
    return Salesforce(**USER, security_token=SALESFORCE["security_token"], session=session)


def test_simple_salesforce_writes_and_reads_records(crm: Any, simple: Salesforce) -> None:
    id_ = simple.Account.create({"Name": "Acme"})["id"]
    assert simple.Account.update(id_, {"ERP_Customer_Id__c": "C/1"}) == 204
    assert simple.Account.upsert("ERP_Customer_Id__c/C%2F1", {"Name": "Acme again"}) == 200
    assert simple.Account.get_by_custom_id("ERP_Customer_Id__c", "C/1")["Name"] == "Acme again"
    assert simple.Account.delete(id_) == 204
    with pytest.raises(SalesforceResourceNotFound):
        simple.Account.get(id_)


def test_simple_salesforce_reads_all_pages_and_describes(crm: Any, simple: Salesforce) -> None:
    crm.operate("seed", products=[{"sku": f"P-{number}", "name": "x"} for number in range(2_100)])
    assert simple.query_all("SELECT Id FROM Product2")["totalSize"] == 2_102
    assert simple.is_sandbox() is True
    assert "Opportunity" in [thing["name"] for thing in simple.describe()["sobjects"]]
    assert simple.Opportunity.describe()["name"] == "Opportunity"
    assert simple.api_usage["api-usage"].total == 1_000_000


def test_simple_salesforce_sees_what_was_deleted(crm: Any, simple: Salesforce) -> None:
    deal = crm.close_deal()
    crm.call("DELETE", f"/sobjects/Opportunity/{deal}")
    now = datetime.datetime.now(datetime.UTC)
    hour = datetime.timedelta(hours=1)
    assert [row["id"] for row in simple.Opportunity.deleted(now - hour, now + hour)["deletedRecords"]] == [deal]
    assert simple.Opportunity.updated(now - hour, now + hour)["ids"] == []


def test_simple_salesforce_raises_what_it_raises_in_production(crm: Any, simple: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="MALFORMED_QUERY"):
        simple.query("SELECT")
    crm.inject("http", action="reply", operation="query", error="rate_limited")
    with pytest.raises(SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
        simple.query("SELECT Id FROM Account")


def test_simple_salesforce_logs_in_again_when_its_session_is_over(crm: Any, simple: Salesforce) -> None:
    crm.inject("revoke_tokens", login="works")
    assert simple.query("SELECT Id FROM Account")["totalSize"] == 2


# -- aiosalesforce ---------------------------------------------------------------------------------------


def aio(names: dict[str, str], auth: Any, act: Callable[[AioSalesforce], Coroutine[Any, Any, None]]) -> None:
    """Do something with an aiosalesforce client."""

    async def run() -> None:
        context = ssl.create_default_context(cafile=names["SSL_CERT_FILE"])
        async with httpx.AsyncClient(proxy=names["HTTPS_PROXY"], verify=context) as http:
            await act(AioSalesforce(http, MY_DOMAIN, auth=auth))

    asyncio.run(run())


@pytest.mark.parametrize("flow", ["client credentials", "private key", "soap"])
@pytest.mark.slow
def test_aiosalesforce_logs_in_by_every_flow(
    crm: Any, vendor_names: dict[str, str], private_key: Path, flow: str
) -> None:
    async def act(client: AioSalesforce) -> None:
        assert [row["Name"] async for row in client.query("SELECT Name FROM Account WHERE Name = 'Contoso'")]

    auth = {
        "client credentials": lambda: ClientCredentialsFlow(SALESFORCE["client_id"], SALESFORCE["client_secret"]),
        "private key": lambda: JwtBearerFlow(SALESFORCE["client_id"], USER["username"], private_key),
        "soap": lambda: SoapLogin(**USER, security_token=SALESFORCE["security_token"]),
    }[flow]()
    aio(vendor_names, auth, act)


@pytest.mark.slow
def test_aiosalesforce_says_why_a_login_failed(crm: Any, vendor_names: dict[str, str]) -> None:
    async def act(client: AioSalesforce) -> None:
        with pytest.raises(AuthenticationError, match="INVALID_LOGIN"):
            await client.get_limits()

    aio(vendor_names, SoapLogin(**USER, security_token="wrong"), act)


def test_aiosalesforce_writes_reads_and_batches(crm: Any, vendor_names: dict[str, str]) -> None:
    deal = crm.close_deal()

    async def act(client: AioSalesforce) -> None:
        account = await client.sobject.create("Account", {"Name": "Acme"})
        await client.sobject.update("Account", account, {"ERP_Customer_Id__c": "C-1"})
        upserted = await client.sobject.upsert("Account", "C-1", "ERP_Customer_Id__c", {"Name": "Again"})
        assert (upserted.id, upserted.created) == (account, False)
        assert (await client.sobject.get("Account", "C-1", "ERP_Customer_Id__c"))["Name"] == "Again"
        await client.sobject.delete("Account", account)
        with pytest.raises(NotFoundError):
            await client.sobject.get("Account", account)
        async with client.composite(all_or_none=True) as composite:
            read = composite.sobject.get("Opportunity", deal)
            lines = composite.query("SELECT Id FROM OpportunityLineItem")
        assert read.record["Id"] == deal
        assert len(lines.records) == 2
        async with client.composite.batch(halt_on_error=False) as batch:
            made = batch.sobject.create("Account", {"Name": "Batched"})
        assert made.id.startswith("001")

    auth = ClientCredentialsFlow(SALESFORCE["client_id"], SALESFORCE["client_secret"])
    aio(vendor_names, auth, act)


def test_aiosalesforce_renews_a_session_that_is_over(crm: Any, vendor_names: dict[str, str]) -> None:
    async def act(client: AioSalesforce) -> None:
        await client.get_limits()
        crm.inject("revoke_tokens", login="works")
        assert (await client.get_limits())["DailyApiRequests"]["Max"] == 1_000_000

    aio(vendor_names, ClientCredentialsFlow(SALESFORCE["client_id"], SALESFORCE["client_secret"]), act)
