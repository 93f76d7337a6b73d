"""A tenant that is no sandbox, or becomes another one, is not written to: not first, not later, not to clean up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fakes.sandbox.conftest import CRM, DEAL, ENVIRONMENT, ERP, TAG, Staging, be_production
from gameday.base.errors import RunError
from gameday.run.sandbox_tenants import clean
from gameday_fakes.declared import ControlError
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Reply
from gameday_fakes.intercept import Dropped
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.connection import Answer
from gameday_fakes.sandbox.proxy import with_tenants
from gameday_fakes.sandbox.settings import SandboxRun, TenantSettings

Go = Callable[[Any], Any]
REFUSED = "did not prove to be a sandbox that is allowed"
PRODUCTION_ERP = "1234567.suitetalk.api.netsuite.com"


class Lying:
    """A tenant's data plane, some of whose replies are others than it gave."""

    def __init__(self, fake: Any, change: Callable[[str, Reply], Reply]) -> None:
        self._fake = fake
        self._change = change

    async def respond(self, request: Any) -> Reply:
        return self._change(request.path, await self._fake.respond(request))


def test_production_with_its_id_in_the_allow_list_is_refused_before_the_first_write(staging: Staging, go: Go) -> None:
    be_production(staging)
    with pytest.raises(ControlError, match=f"{REFUSED}: IsSandbox of the organisation is False, not true"):
        go(staging.seed())
    assert staging.writes() == []


@pytest.mark.parametrize("allowed", ["00D7Q000000abcdUAA"])
def test_a_sandbox_that_is_not_allowed_is_refused(staging: Staging, go: Go, allowed: str) -> None:
    staging.run(salesforce=[allowed])
    with pytest.raises(ControlError, match="is not among the allowed ids"):
        go(staging.seed())
    assert staging.writes() == []


def test_an_account_that_is_another_than_its_host_says_is_refused(staging: Staging, go: Go) -> None:
    def other(path: str, reply: Reply) -> Reply:
        return Reply.json(200, {"companyId": "1234567"}) if path == "/rest/tokeninfo" else reply

    staging.hosts[ERP.replace("suitetalk", "restlets")] = Lying(staging.erp, other)
    with pytest.raises(ControlError, match="the token is one of account '1234567', not of 1234567_SB1"):
        go(staging.seed())
    assert [call for call in staging.writes() if call[0] == ERP] == []


def test_a_second_host_behind_the_name_is_refused(staging: Staging, go: Go) -> None:
    def elsewhere(_: str, reply: Reply) -> Reply:
        reply.body = reply.body.replace(ERP.encode(), PRODUCTION_ERP.encode())
        return reply

    staging.hosts[ERP] = Lying(staging.erp, elsewhere)
    with pytest.raises(ControlError, match=f"its reply links to 'https://{PRODUCTION_ERP}"):
        go(staging.seed())
    assert [call for call in staging.writes() if call[0] == ERP] == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_proves_nothing(staging: Staging, go: Go, status: int) -> None:
    def moved(_: str, __: Reply) -> Reply:
        return Reply(status, headers=[(b"location", b"https://acme.my.salesforce.com/services/data")])

    staging.hosts[CRM] = Lying(staging.crm, moved)
    with pytest.raises(ControlError, match="cannot be used"):
        go(staging.seed())
    assert {call[0] for call in staging.calls} == {CRM}
    assert staging.writes() == []


def test_a_tenant_that_becomes_production_is_refused_at_the_next_injection(staging: Staging, go: Go) -> None:
    async def day() -> None:
        await staging.seed()
        be_production(staging)
        front = staging.front.fakes["salesforce"]
        with pytest.raises(ControlError, match=REFUSED):
            await front.ready_for_faults()
        before = len(staging.writes())
        # A proof that was good once is not remembered.
        with pytest.raises(ControlError, match=REFUSED):
            await staging.operate("salesforce", "close_deal", "D-1", **DEAL)
        with pytest.raises(ControlError, match=REFUSED):
            await front.ledger_read()
        assert len(staging.writes()) == before

    go(day())


def test_the_stacks_own_calls_do_not_reach_a_tenant_that_is_refused(staging: Staging, go: Go) -> None:
    staging.hosts[ERP.replace("suitetalk", "restlets")] = Lying(
        staging.erp, lambda _, __: Reply.json(200, {"companyId": "1234567"})
    )

    async def day() -> None:
        with pytest.raises(Dropped):
            await staging.sync("DELETE", "/services/rest/record/v1/customer/1")

    go(day())
    assert staging.writes() == []


def test_a_new_connection_that_leads_elsewhere_is_refused(staging: Staging, go: Go) -> None:
    """The name resolves to another address from now on, and there is a production organisation."""
    other = FakeSet({"salesforce": fake_kinds()["salesforce"]})

    async def day() -> None:
        await staging.seed()
        tenant: Any = staging.front.fakes["salesforce"]
        await tenant.tenant.connections.close()
        staging.hosts[CRM] = other.fakes["salesforce"]
        with staging.crm.store.change():  # type: ignore[attr-defined]
            store: Any = other.fakes["salesforce"]
        with store.store.change():
            record = store.store.tables["Organization"][store.seeded.organization_id]
            store.store.update(record, {"IsSandbox": False})
        with pytest.raises(ControlError, match=REFUSED):
            await staging.operate("salesforce", "close_deal", "D-1", **DEAL)
        assert not store.store.tables["Opportunity"]

    go(day())


def test_clean_removes_nothing_from_a_tenant_that_is_production_now(staging: Staging, go: Go) -> None:
    async def made() -> None:
        await staging.seed()
        await staging.operate("salesforce", "close_deal", "D-1", **DEAL)

    go(made())
    be_production(staging)
    before = len(staging.writes())
    tenants = {
        "salesforce": TenantSettings(CRM, (staging.organisation,)),
        "netsuite": TenantSettings(ERP, ("1234567_SB1",)),
    }
    with pytest.raises(RunError, match="IsSandbox of the organisation is False"):
        clean(TAG, tenants, ENVIRONMENT)
    assert len(staging.writes()) == before


def test_without_credentials_in_the_environment_nothing_begins(staging: Staging) -> None:
    tenants = {"netsuite": TenantSettings(ERP, ("1234567_SB1",))}
    with pytest.raises(ValueError, match="the environment lacks GAMEDAY_NETSUITE_CONSUMER_KEY"):
        with_tenants(fake_kinds(), SandboxRun(TAG, tenants), {})
    assert staging.calls == []


@pytest.mark.parametrize(
    ("vendor", "settings"),
    [
        ("salesforce", TenantSettings("acme.my.salesforce.com", ("00D7Q000000abcdUAA",))),
        ("netsuite", TenantSettings(PRODUCTION_ERP, ("1234567",))),
        ("netsuite", TenantSettings(ERP, ("1234567",))),
        ("jira", TenantSettings(ERP, ("1234567_SB1",))),
    ],
)
def test_what_has_not_the_form_of_a_sandbox_is_refused_without_a_call(
    staging: Staging, vendor: str, settings: TenantSettings
) -> None:
    with pytest.raises(ValueError, match=r"is not the|nothing here can drive"):
        with_tenants(fake_kinds(), SandboxRun(TAG, {vendor: settings}), ENVIRONMENT)
    assert staging.calls == []


def test_an_answer_that_arrives_after_the_identity_changed_is_not_a_proof(staging: Staging, go: Go) -> None:
    """The proof is asked again if trust ends while it is on its way."""
    front: Any = staging.front.fakes["salesforce"]
    asked: list[str] = []
    given = staging.open_at

    async def slow(tenant: Any, host: str) -> Any:
        connection = await given(tenant, host)
        call = connection.call

        async def watched(method: str, target: str, headers: Any = (), body: bytes = b"") -> Answer:
            answer = await call(method, target, headers, body)
            if "Organization" in target and not asked:
                asked.append(target)
                be_production(staging)
                front.tenant.connections.distrust()
            return answer

        connection.call = watched  # type: ignore[method-assign]
        return connection

    staging.open_at = slow  # type: ignore[method-assign]
    with pytest.raises(ControlError, match=REFUSED):
        go(staging.seed())
    assert staging.writes() == []
