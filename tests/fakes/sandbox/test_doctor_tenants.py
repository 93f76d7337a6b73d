"""The doctor walks through a set-up: each mistake in it is one line that says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from fakes.sandbox.conftest import CRM, ENVIRONMENT, ERP, Staging, be_production
from gameday.base.errors import GamedayError
from gameday.model.workload import Workload
from gameday.run.doctor_tenants import TenantChecks, examined_in_tenants, logins, smoke_workload
from gameday.run.part_check import PartCheck
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Reply
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.connection import TenantConnection, TenantGone
from gameday_fakes.sandbox.rights import Common
from gameday_fakes.sandbox.settings import TenantSettings
from support.rows import rows

ORDER = [
    "the environment has gameday's own credentials",
    *(
        f"{vendor}: {what}"
        for vendor in ("salesforce", "netsuite")
        for what in (
            "its host answers over TLS",
            "it proves to be a sandbox that is allowed",
            "gameday's user may do there what it needs",
            "its limits leave room",
        )
    ),
    "a product can be sold in both",
]


def settings(staging: Staging, **allow: str) -> dict[str, TenantSettings]:
    return {
        "salesforce": TenantSettings(CRM, (allow.get("salesforce", staging.organisation),)),
        "netsuite": TenantSettings(ERP, (allow.get("netsuite", "1234567_SB1"),)),
    }


def checked(
    staging: Staging, environment: Mapping[str, str] = ENVIRONMENT, **allow: str
) -> tuple[list[PartCheck], TenantChecks]:
    checks = TenantChecks(settings(staging, **allow), environment)

    async def all_of_it() -> list[PartCheck]:
        return [check async for check in checks.examine()]

    return asyncio.run(all_of_it()), checks


def problem_of(staging: Staging, environment: Mapping[str, str] = ENVIRONMENT, **allow: str) -> str:
    """The only problem, as the part and its one line."""
    found, _ = checked(staging, environment, **allow)
    (wrong,) = [check for check in found if check.problem]
    assert "\n" not in wrong.problem
    assert staging.writes() == []
    return f"{wrong.what}: {wrong.problem}"


def test_a_set_up_without_a_mistake_is_walked_through_in_order(staging: Staging) -> None:
    found, checks = checked(staging)
    assert [check.what for check in found] == ORDER
    assert [check.problem for check in found] == [""] * len(ORDER)
    assert checks.product == ("SKU-1", "USD", 5)
    assert staging.writes() == []
    by_name = {check.what: check for check in found}
    assert dict(by_name[ORDER[0]].details)["salesforce"] == (
        "GAMEDAY_SALESFORCE_CLIENT_ID, GAMEDAY_SALESFORCE_CLIENT_SECRET"
    )
    rights = dict(by_name["salesforce: gameday's user may do there what it needs"].details)
    assert rights["Opportunity"] == "read, create, edit, delete"
    assert not [secret for secret in ENVIRONMENT.values() if secret in str(found)]


def test_a_variable_that_is_missing_is_named_and_nothing_is_asked(staging: Staging) -> None:
    less = {name: value for name, value in ENVIRONMENT.items() if name != "GAMEDAY_NETSUITE_TOKEN_ID"}
    assert "the environment lacks GAMEDAY_NETSUITE_TOKEN_ID" in problem_of(staging, less)
    assert staging.calls == []


def test_a_host_that_does_not_answer_may_need_a_proxy(staging: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: Any) -> TenantConnection:
        raise TenantGone("no connection to it: Name or service not known", unsent=True)

    monkeypatch.setattr(staging, "open_at", nobody)
    found, _ = checked(staging)
    wrong = [check for check in found if check.problem]
    assert [check.what for check in wrong] == [ORDER[1], ORDER[5]]
    assert all("a network may need `proxy` there" in check.problem for check in wrong)


def test_a_wrong_secret_leads_to_the_connected_app(staging: Staging) -> None:
    wrong = {**ENVIRONMENT, "GAMEDAY_SALESFORCE_CLIENT_SECRET": "wrong"}
    line = problem_of(staging, wrong)
    assert line.startswith(f"{ORDER[2]}: the login at {CRM} was refused")
    assert "client credentials flow" in line


def test_a_wrong_token_leads_to_the_integration(staging: Staging) -> None:
    line = problem_of(staging, {**ENVIRONMENT, "GAMEDAY_NETSUITE_TOKEN_SECRET": "wrong"})
    assert line.startswith(f"{ORDER[6]}: ")
    assert "are integration and token of this account" in line


def test_production_is_named(staging: Staging) -> None:
    be_production(staging)
    assert "IsSandbox of the organisation is False, not true" in problem_of(staging)


def test_an_id_that_is_not_allowed_can_be_added(staging: Staging) -> None:
    line = problem_of(staging, salesforce="00D7Q000000abcdUAA")
    assert f"{staging.organisation} is not among the allowed ids" in line
    assert "add its id to `allow`" in line


@pytest.mark.parametrize(
    ("vendor", "rule", "line"),
    [
        (
            "salesforce",
            {"kind": "revoke_permission", "object": "Opportunity", "access": "read"},
            "its user may not read Opportunity",
        ),
        (
            "salesforce",
            {"kind": "revoke_permission", "object": "OpportunityLineItem", "access": "edit"},
            "its user may not create or delete OpportunityLineItem",
        ),
        (
            "salesforce",
            {"kind": "hide_field", "object": "Account", "field": "AccountNumber"},
            "its user may not give AccountNumber of Account a value",
        ),
        (
            "netsuite",
            {"kind": "revoke_permission", "record": "salesOrder", "access": "read"},
            "its role may not read salesOrder; it needs Transactions > Sales Order, with full access",
        ),
    ],
)
def test_a_right_that_is_missing_is_named(staging: Staging, vendor: str, rule: dict[str, Any], line: str) -> None:
    staging.tenants.fakes[vendor].inject("f", rule)
    assert line in problem_of(staging)


def test_limits_that_are_nearly_used_up_end_it(staging: Staging) -> None:
    staging.crm.configure({"daily_api_requests": 4})
    assert "of its 4 calls a day; gameday keeps half free" in problem_of(staging)


def test_tenants_without_a_product_in_common_need_one(staging: Staging) -> None:
    empty = FakeSet({"netsuite": fake_kinds()["netsuite"]}).fakes["netsuite"]
    staging.hosts |= dict.fromkeys((ERP, ERP.replace("suitetalk", "restlets")), empty)
    line = problem_of(staging)
    assert line.startswith(f"{ORDER[-1]}: none of 1 can: each SKU needs an entry in the standard price book at {CRM}")


def test_a_page_that_is_no_json_is_one_line_too(staging: Staging) -> None:
    class Page:
        """A login page of a network in place of the tenant."""

        async def respond(self, _: Any) -> Reply:
            return Reply(200, b"<html>Sign in</html>", content_type=b"text/html")

    staging.hosts[CRM] = Page()  # type: ignore[assignment]
    assert "a reply is not JSON" in problem_of(staging)


def test_a_stack_is_checked_once_its_tenants_are_in_order(staging: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    given: list[Workload] = []

    def examine(workload: Workload) -> Iterator[PartCheck]:
        given.append(workload)
        yield PartCheck("the stack")

    *_, last = examined_in_tenants(settings(staging), examine)
    assert last == PartCheck("the stack")
    assert [each.value["lines"][0]["sku"] for each in given[0].operations] == ["SKU-1"]
    be_production(staging)
    *_, last = examined_in_tenants(settings(staging), examine)
    assert (last.checked, last.note) == (False, "its tenants come first")
    assert len(given) == 1


def test_the_smoke_deal_is_one_that_both_tenants_can_hold(staging: Staging, go: Callable[[Any], Any]) -> None:
    workload = smoke_workload(Common("SKU-1", "USD", Decimal(5)))
    (deal,), (account,), (product,) = workload.operations, workload.catalog.accounts, workload.catalog.products
    known = {"accounts": [{"key": account.key, "name": account.name}], "products": [{"sku": product.sku}]}

    async def day() -> None:
        crm, erp = staging.front.fakes["salesforce"], staging.front.fakes["netsuite"]
        await crm.operated("seed", "", known)
        await erp.operated("seed", "", known)
        await crm.operated(deal.f, deal.key, deal.value)
        (entry,) = (await crm.ledger_read()).entries
        assert (entry.state, str(entry.total), entry.currency) == ("won", "5.00", "USD")

    go(day())


@rows(
    ("stats", "said"),
    [
        ({"salesforce": {"query": {200: 3}}}, "salesforce accepted 3 of 3 requests"),
        ({"salesforce": {"query": {200: 3}, "login": {401: 1}}, "netsuite": {}}, "netsuite accepted 0 of 0 requests"),
        ({"netsuite": {"order.write": {401: 5}}}, "netsuite refused 5 of its 5 requests with 401 or 403"),
        ({"netsuite": {"order.write": {403: 2, 0: 1}}}, "netsuite refused 2 of its 3 requests with 401 or 403"),
    ],
)
def test_whose_credentials_are_refused_is_said(stats: dict[str, dict[str, dict[int, int]]], said: str) -> None:
    try:
        note = logins(stats)  # type: ignore[arg-type]
    except GamedayError as problem:
        note = str(problem)
    assert said in note
