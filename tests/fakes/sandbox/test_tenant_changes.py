"""A field, or the right to edit, is taken from the stack's user in a Salesforce sandbox, and given back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import CRM, ENVIRONMENT, ERP, ORGANISATION, Staging, be_production
from fakes.sandbox.test_thin_path import sold
from gameday.base.errors import RunError
from gameday.run.healing import heal_run
from gameday.run.rollback import RollbackLog
from gameday.run.sandbox_tenants import driving
from gameday.run.tenant_changes import TenantChanges
from gameday_fakes.http import Reply, Request
from gameday_fakes.sandbox.settings import TenantSettings, new_tag
from gameday_fakes.sandbox.tenant import Tenant
from support.credentials import SALESFORCE

Go = Callable[[Any], Any]
ADMIN = "gameday-admin"
HIDE = {"kind": "hide_field", "object": "Opportunity", "field": "Amount"}
REVOKE = {"kind": "revoke_permission", "object": "Opportunity", "access": "edit"}
DATA = "/services/data/v60.0"


class Day:
    """A run in two tenants, of which the CRM grants the stack's user a field and an object by a permission set."""

    def __init__(self, staging: Staging, folder: Path) -> None:
        self.staging, self.folder = staging, folder
        self.crm: Any = staging.crm
        self.crm.configure({"admin_client": ADMIN})
        with self.crm.store.change():
            for name, user in (
                ("Sync", self.crm.seeded.integration_user_id),
                ("Gameday", self.crm.seeded.sales_user_id),
            ):
                self.grant(name, user)
        self.settings = TenantSettings(
            CRM,
            (staging.organisation,),
            metadata=("Opportunity.Amount", "Opportunity"),
            sync_user=SALESFORCE["username"],
        )
        self.log = RollbackLog(folder)
        self.changes = TenantChanges({"salesforce": self.settings}, self.log)

    def grant(self, name: str, user: str) -> str:
        """A permission set with every right, assigned to a user; its id."""
        store = self.crm.store
        made: str = store.insert("PermissionSet", {"Name": name, "Label": name}).id
        store.insert("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": made})
        of = {"ParentId": made, "SobjectType": "Opportunity"}
        read = {"PermissionsRead": True, "PermissionsEdit": True}
        store.insert("FieldPermissions", {**of, "Field": "Opportunity.Amount", **read})
        more = dict.fromkeys(("PermissionsCreate", "PermissionsDelete"), True)
        most = dict.fromkeys(("PermissionsViewAllRecords", "PermissionsModifyAllRecords"), False)
        store.insert("ObjectPermissions", {**of, **read, **more, **most})
        return made

    def grants(self) -> list[dict[str, Any]]:
        """All that permission sets grant, without the ids of the records."""
        system = ("Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById")
        tables = [self.crm.store.tables[name].values() for name in ("FieldPermissions", "ObjectPermissions")]
        records = [{name: r.fields[name] for name in r.fields if name not in system} for of in tables for r in of]
        return sorted(records, key=repr)

    async def as_stack(self, method: str, target: str, body: Any = None) -> Reply:
        """What the stack's user is answered, through the proxy."""
        token = self.crm.sessions.open(self.staging.organisation, self.crm.seeded.integration_user_id)
        headers = {b"authorization": f"Bearer {token}".encode(), b"content-type": b"application/json"}
        path, _, query = target.partition("?")
        raw = b"" if body is None else msgspec.json.encode(body)
        headers[b"host"] = b"127.0.0.1:8101"
        request = Request(method, path, query_string=query.encode(), headers=headers, body=raw)
        return await self.staging.front.fakes["salesforce"].respond(request)

    def hits(self) -> int:
        return sum(event.f == "hit" for event in self.staging.front.events.after(0))


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Day]:
    staging = Staging(str(ORGANISATION))
    monkeypatch.setattr(Tenant, "open_at", lambda _, host: staging.open_at(_, host))  # noqa: PLW0108
    staging.environment = ENVIRONMENT | {"GAMEDAY_SALESFORCE_CLIENT_ID": ADMIN}
    for name, value in staging.environment.items():
        monkeypatch.setenv(name, value)
    staging.run()
    made = Day(staging, tmp_path)
    yield made
    made.log.close()


def test_a_hidden_field_is_hidden_from_the_stack_alone_and_shown_again(day: Day, go: Go) -> None:
    before = day.grants()

    async def run() -> None:
        deal, _ = await sold(day.staging)
        record = f"{DATA}/sobjects/Opportunity/{deal}"
        assert b"Amount" in (await day.as_stack("GET", record)).body
        day.staging.front.fakes["salesforce"].inject("f1", HIDE)
        await day.changes.make("f1", "salesforce", HIDE)
        assert b'"Amount"' not in (await day.as_stack("GET", record)).body
        refused = await day.as_stack("GET", f"{DATA}/query?q=SELECT+Amount+FROM+Opportunity")
        assert (refused.status, day.hits()) == (400, 2)
        (entry,) = (await day.staging.front.fakes["salesforce"].ledger_read()).entries
        assert entry.total == 10
        await day.changes.heal("f1")
        assert b'"Amount"' in (await day.as_stack("GET", record)).body
        assert (await day.as_stack("GET", f"{DATA}/query?q=SELECT+Id+FROM+Opportunity")).status == 200
        assert day.hits() == 2

    go(run())
    assert day.grants() == before
    assert day.log.settled


def test_the_right_to_edit_is_taken_from_the_stack_alone_and_given_back(day: Day, go: Go) -> None:
    before = day.grants()

    async def run() -> None:
        deal, _ = await sold(day.staging)
        record, body = f"{DATA}/sobjects/Opportunity/{deal}", {"NextStep": "none"}
        body = {"Name": "changed"}
        day.staging.front.fakes["salesforce"].inject("f1", REVOKE)
        await day.changes.make("f1", "salesforce", REVOKE)
        assert (await day.as_stack("PATCH", record, body)).status == 403
        assert (await day.as_stack("GET", record)).status == 200
        assert day.hits() == 1
        await day.changes.heal("f1")
        assert (await day.as_stack("PATCH", record, body)).status == 204
        assert day.hits() == 1

    go(run())
    assert day.grants() == before


@pytest.mark.parametrize("rule", [HIDE, REVOKE])
def test_what_a_killed_run_has_changed_is_healed_from_its_log(day: Day, go: Go, rule: dict[str, str]) -> None:
    before = day.grants()
    go(day.changes.make("f1", "salesforce", rule))
    assert day.grants() != before
    assert heal_run(day.folder).healed == ("f1-tenant",)
    assert day.grants() == before
    assert not heal_run(day.folder).healed


def test_it_is_on_disk_before_anything_is_changed(day: Day, go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Killed(Exception):
        pass

    def before(key: str, entry: Any) -> None:
        seen.append(entry)
        raise Killed

    monkeypatch.setattr(day.log, "before", before)
    writes = len(day.staging.writes())
    with pytest.raises(Killed):
        go(day.changes.make("f1", "salesforce", HIDE))
    assert [record.fields["Field"] for record in seen[0].before] == ["Opportunity.Amount"]
    assert len(day.staging.writes()) == writes


def test_without_credentials_it_stays_outstanding(day: Day, go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    go(day.changes.make("f1", "salesforce", HIDE))
    monkeypatch.delenv("GAMEDAY_SALESFORCE_CLIENT_ID")
    assert "lacks GAMEDAY_SALESFORCE_CLIENT_ID" in heal_run(day.folder).outstanding["f1-tenant"]
    monkeypatch.setenv("GAMEDAY_SALESFORCE_CLIENT_ID", ADMIN)
    assert heal_run(day.folder).healed == ("f1-tenant",)


def test_what_the_tenant_does_not_take_back_stays_outstanding(day: Day, go: Go) -> None:
    go(day.changes.make("f1", "salesforce", HIDE))
    store = day.crm.store
    with store.change():
        gone = next(each for each in store.tables["PermissionSet"].values() if each.fields["Name"] == "Sync")
        store.delete(gone)
    assert "refused POST" in heal_run(day.folder).outstanding["f1-tenant"]
    assert heal_run(day.folder).outstanding


def test_a_tenant_that_says_that_it_has_taken_it_back_is_read_again(
    day: Day, go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(day.changes.make("f1", "salesforce", HIDE))
    monkeypatch.setattr(day.crm, "create_record", lambda _: Reply.json(201, {"id": "x", "success": True, "errors": []}))
    assert "has not taken FieldPermissions of Opportunity.Amount" in heal_run(day.folder).outstanding["f1-tenant"]


def test_a_tenant_that_has_become_another_is_changed_by_nobody(day: Day, go: Go) -> None:
    go(day.changes.make("f1", "salesforce", HIDE))
    changed = day.grants()
    be_production(day.staging)
    assert "IsSandbox" in heal_run(day.folder).outstanding["f1-tenant"]
    with pytest.raises(RunError, match="IsSandbox"):
        go(day.changes.make("f2", "salesforce", REVOKE))
    assert day.grants() == changed


def test_a_profile_that_gameday_shares_is_not_changed(day: Day, go: Go) -> None:
    with day.crm.store.change():
        mine = [r for r in day.crm.store.tables["PermissionSet"].values() if r.fields["Name"] == "Gameday"]
        user = day.crm.seeded.integration_user_id
        day.crm.store.insert("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": mine[0].id})
    before = day.grants()
    with pytest.raises(RunError, match="would lose it too"):
        go(day.changes.make("f1", "salesforce", HIDE))
    assert day.grants() == before
    assert day.log.settled


def test_the_doctor_says_what_cannot_be_taken_away_and_changes_nothing(day: Day, go: Go) -> None:
    async def problems() -> dict[str, str]:
        named = ("Opportunity.Amount", "Opportunity", "Opportunity.CloseDate")
        settings = msgspec.structs.replace(day.settings, metadata=named)
        async with driving(new_tag(), {"salesforce": settings}, day.staging.environment) as tenants:
            return {right.what: right.problem for right in await tenants["salesforce"].rights() if right.what in named}

    before = day.grants()
    found = go(problems())
    assert found.pop("Opportunity.CloseDate").startswith("no permission set of ")
    assert found.pop("Opportunity.Amount") == ""
    assert day.grants() == before
    assert day.staging.writes() == []


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({**HIDE, "field": "StageName"}, "'Opportunity.StageName' is not in 'metadata'"),
        ({**REVOKE, "object": "Account"}, "'Account' is not in 'metadata'"),
        ({**REVOKE, "access": "read"}, "could not be given back for certain"),
    ],
)
def test_what_is_not_allowed_by_name_is_not_changed(day: Day, go: Go, rule: dict[str, str], why: str) -> None:
    with pytest.raises(RunError, match=why):
        go(day.changes.make("f1", "salesforce", rule))
    assert day.staging.writes() == []


def test_a_user_that_the_tenant_does_not_know_is_named(day: Day, go: Go) -> None:
    settings = msgspec.structs.replace(day.settings, sync_user="nobody@example.com")
    with pytest.raises(RunError, match=r"has no user 'nobody@example\.com'"):
        go(TenantChanges({"salesforce": settings}, day.log).make("f1", "salesforce", HIDE))


def test_it_is_healed_after_the_machine_was_started_again(day: Day, go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    before = day.grants()
    go(day.changes.make("f1", "salesforce", HIDE))
    from gameday.base.owner import here
    from gameday.run import rollback

    later = msgspec.structs.replace(here(), boot="another")
    monkeypatch.setattr(rollback, "here", lambda: later)
    assert heal_run(day.folder).healed == ("f1-tenant",)
    assert day.grants() == before


def test_an_erp_tenant_is_never_changed(day: Day) -> None:
    changes = TenantChanges({"netsuite": TenantSettings(ERP, ("1234567_SB1",))}, day.log)
    assert not changes.takes("netsuite", {"kind": "hide_field", "record": "salesOrder", "field": "memo"})
    assert asyncio.iscoroutinefunction(changes.make)
