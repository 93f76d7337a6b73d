"""Further ways in which a production tenant could get a write: each of them leads to none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import ACCOUNTS, CRM, DEAL, ENVIRONMENT, ERP, PRODUCTS, TAG, Staging, be_production
from fakes.sandbox.test_refused import PRODUCTION_ERP, Lying
from gameday.base.errors import GamedayError, RunError
from gameday.run.sandbox_run import SANDBOX_FILE, read_tenants, same_tenants
from gameday.run.sandbox_tenants import check, verify
from gameday_fakes.declared import ControlError
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Reply, Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.settings import SandboxRun, TenantSettings

Go = Callable[[Any], Any]
PRODUCTION_CRM = "acme.my.salesforce.com"
SOBJECTS = "/services/data/v60.0/sobjects"


def be_sandbox_again(staging: Staging) -> None:
    with staging.crm.store.change():  # type: ignore[attr-defined]
        record = staging.crm.store.tables["Organization"][staging.organisation]  # type: ignore[attr-defined]
        staging.crm.store.update(record, {"IsSandbox": True})  # type: ignore[attr-defined]


def tenants(staging: Staging, **hosts: str) -> dict[str, TenantSettings]:
    return {
        "salesforce": TenantSettings(hosts.get("salesforce", CRM), (staging.organisation,)),
        "netsuite": TenantSettings(hosts.get("netsuite", ERP), ("1234567_SB1",)),
    }


async def of_stack(staging: Staging, method: str, path: str, host: str = "127.0.0.1:8101") -> Reply:
    """What the stack asks of the CRM."""
    headers = {b"host": host.encode(), b"authorization": b"Bearer x", b"content-type": b"application/json"}
    return await staging.front.fakes["salesforce"].respond(Request(method, path, headers=headers, body=b"{}"))


def test_an_id_that_differs_in_letter_case_is_another_organisation(staging: Staging, go: Go) -> None:
    other = staging.organisation[:15].upper()
    assert other != staging.organisation[:15]
    staging.run(salesforce=[other])
    with pytest.raises(ControlError, match="is not among the allowed ids"):
        go(staging.seed())
    assert staging.writes() == []


def test_a_tenant_that_was_production_once_is_not_trusted_as_a_sandbox_again(staging: Staging, go: Go) -> None:
    async def day() -> None:
        front = staging.front.fakes["salesforce"]
        be_production(staging)
        with pytest.raises(ControlError):
            await front.ready_for_faults()
        be_sandbox_again(staging)
        with pytest.raises(ControlError, match="IsSandbox of the organisation is False"):
            await staging.seed()

    go(day())
    assert staging.writes() == []


def test_a_session_that_is_renewed_in_production_is_no_session(staging: Staging, go: Go) -> None:
    """The token is no longer accepted, and the new login leads to another organisation."""

    def elsewhere(path: str, reply: Reply) -> Reply:
        if path == "/services/oauth2/token":
            body = {**json.loads(reply.body), "instance_url": f"https://{PRODUCTION_CRM}"}
            return Reply.json(200, body)
        return reply

    async def day() -> None:
        await staging.seed()
        staging.front.fakes["salesforce"].tenant.log_out()  # type: ignore[attr-defined]
        staging.hosts[CRM] = Lying(staging.crm, elsewhere)  # type: ignore[assignment]
        await staging.front.fakes["salesforce"].tenant.connections.close()  # type: ignore[attr-defined]
        before = len(staging.writes())
        with pytest.raises(ControlError, match=f"its login leads to '{PRODUCTION_CRM}'"):
            await staging.operate("salesforce", "close_deal", "D-1", **DEAL)
        assert len(staging.writes()) == before

    go(day())
    assert {host for host, *_ in staging.calls} <= {CRM, ERP, ERP.replace("suitetalk", "restlets")}


def test_a_page_that_goes_on_at_another_host_is_not_read(staging: Staging, go: Go) -> None:
    def going_on(path: str, reply: Reply) -> Reply:
        if path.endswith("/query") and b"Pricebook" in reply.body:
            next_url = f"https://{PRODUCTION_CRM}/services/data/v60.0/query/01g-2000"
            return Reply.json(200, {**json.loads(reply.body), "done": False, "nextRecordsUrl": next_url})
        return reply

    staging.hosts[CRM] = Lying(staging.crm, going_on)  # type: ignore[assignment]
    with pytest.raises(ControlError):
        go(staging.seed())
    assert staging.writes() == []
    assert {host for host, *_ in staging.calls} == {CRM}


def test_where_a_record_is_said_to_be_at_another_host_only_its_id_counts(staging: Staging, go: Go) -> None:
    def moved(_: str, reply: Reply) -> Reply:
        reply.headers = [
            (name, value.replace(ERP.encode(), PRODUCTION_ERP.encode()) if name == b"location" else value)
            for name, value in reply.headers
        ]
        return reply

    staging.hosts[ERP] = Lying(staging.erp, moved)  # type: ignore[assignment]
    go(staging.seed())
    assert PRODUCTION_ERP not in {host for host, *_ in staging.calls}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_stack_is_not_sent_to_another_host(staging: Staging, go: Go, status: int) -> None:
    def moved(path: str, reply: Reply) -> Reply:
        there = f"https://{PRODUCTION_CRM}{path}".encode()
        return Reply(status, headers=[(b"location", there)]) if path.startswith(SOBJECTS) else reply

    staging.hosts[CRM] = Lying(staging.crm, moved)  # type: ignore[assignment]

    async def day() -> None:
        with pytest.raises(Dropped):
            await of_stack(staging, "PATCH", f"{SOBJECTS}/Account/1")

    go(day())


def test_a_redirect_within_the_tenant_leads_back_to_the_proxy(staging: Staging, go: Go) -> None:
    def moved(path: str, reply: Reply) -> Reply:
        there = f"https://{CRM}{SOBJECTS}/Account/2".encode()
        return Reply(301, headers=[(b"location", there)]) if path.startswith(SOBJECTS) else reply

    staging.hosts[CRM] = Lying(staging.crm, moved)  # type: ignore[assignment]
    reply = go(of_stack(staging, "GET", f"{SOBJECTS}/Account/1"))
    assert dict(reply.headers)[b"location"] == f"http://127.0.0.1:8101{SOBJECTS}/Account/2".encode()


@pytest.mark.parametrize(
    "host", [PRODUCTION_CRM, f"{PRODUCTION_CRM}:443", PRODUCTION_CRM.upper(), "login.salesforce.com"]
)
def test_a_stack_that_names_production_reaches_nothing(staging: Staging, go: Go, host: str) -> None:
    assert go(of_stack(staging, "DELETE", f"{SOBJECTS}/Account/1", host)).status == 501
    assert staging.calls == []


def test_of_many_calls_at_once_none_is_made_after_the_identity_changed(staging: Staging, go: Go) -> None:
    async def day() -> None:
        await staging.seed()
        be_production(staging)
        staging.front.fakes["salesforce"].tenant.connections.distrust()  # type: ignore[attr-defined]
        before = len(staging.writes())
        deals = (staging.operate("salesforce", "close_deal", f"D-{number}", **DEAL) for number in range(20))
        stack = (of_stack(staging, "DELETE", f"{SOBJECTS}/Account/{number}") for number in range(20))
        results = await asyncio.gather(*deals, *stack, return_exceptions=True)
        assert all(isinstance(each, ControlError | Dropped) for each in results)
        assert len(staging.writes()) == before

    go(day())


def test_asking_what_a_production_tenant_is_writes_nothing(staging: Staging) -> None:
    be_production(staging)
    for act in (
        lambda: [*check(tenants(staging), ENVIRONMENT)],
        lambda: [*verify(tenants(staging), ENVIRONMENT, fake_kinds())],
    ):
        with pytest.raises(RunError, match="IsSandbox of the organisation is False"):
            act()
    assert staging.writes() == []


def test_a_folder_that_names_another_tenant_cleans_nothing(staging: Staging, tmp_path: Path) -> None:
    theirs = SandboxRun(TAG, tenants(staging, salesforce="acme--prod.sandbox.my.salesforce.com"))
    (tmp_path / SANDBOX_FILE).write_bytes(msgspec.json.encode(theirs))
    with pytest.raises(GamedayError, match=f"and gameday.toml names {CRM}"):
        same_tenants(read_tenants(tmp_path), tenants(staging))
    assert staging.calls == []


@pytest.mark.parametrize("answer", [b"", b"<html>", b"null", b"[]", b'{"companyId": ["1234567_SB1"]}'])
def test_the_erp_has_to_say_again_which_account_it_is(staging: Staging, go: Go, answer: bytes) -> None:
    """It did once, and does no longer: something else answers at the host that names the account."""

    def other(path: str, reply: Reply) -> Reply:
        return Reply(200, answer) if path == "/rest/tokeninfo" else reply

    async def day() -> None:
        await staging.seed()
        staging.hosts[ERP.replace("suitetalk", "restlets")] = Lying(staging.erp, other)  # type: ignore[assignment]
        front: Any = staging.front.fakes["netsuite"]
        with pytest.raises(ControlError):
            await front.ready_for_faults()
        before = len(staging.writes())
        with pytest.raises(Dropped):
            await staging.sync("DELETE", "/services/rest/record/v1/customer/1")
        assert len(staging.writes()) == before

    go(day())


def test_a_fault_comes_into_force_at_no_tenant_that_is_production_now(staging: Staging, go: Go) -> None:
    async def day() -> None:
        await staging.seed()
        be_production(staging)
        front = staging.front.fakes["salesforce"]
        with pytest.raises(ControlError):
            await front.ready_for_faults()
        assert front.faults() == {}

    go(day())


def test_a_new_run_trusts_nothing_that_an_earlier_one_has_proved(staging: Staging, go: Go) -> None:
    async def day() -> None:
        await staging.seed()
        be_production(staging)
        staging.front.fakes["salesforce"].start_again(1)
        before = len(staging.writes())
        with pytest.raises(ControlError, match="IsSandbox of the organisation is False"):
            await staging.front.fakes["salesforce"].operated("seed", "", {"accounts": ACCOUNTS, "products": PRODUCTS})
        assert len(staging.writes()) == before

    go(day())


def test_a_production_tenant_in_the_place_of_one_host_of_two_is_enough_to_be_refused(staging: Staging, go: Go) -> None:
    """The REST host is the sandbox's, and the one that names the account is production's."""
    other = FakeSet({"netsuite": fake_kinds()["netsuite"]}).fakes["netsuite"]

    def production(path: str, reply: Reply) -> Reply:
        return Reply.json(200, {"companyId": "1234567"}) if path == "/rest/tokeninfo" else reply

    staging.hosts[ERP.replace("suitetalk", "restlets")] = Lying(other, production)  # type: ignore[assignment]
    with pytest.raises(ControlError, match="account '1234567', not of 1234567_SB1"):
        go(staging.seed())
    assert [call for call in staging.writes() if call[0] == ERP] == []
