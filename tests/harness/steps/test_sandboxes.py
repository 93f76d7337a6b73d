"""What only a fake can do is refused, with that reason, for a flow that runs in sandbox tenants."""

from __future__ import annotations

import msgspec

from gameday.config.gameday_toml import Config
from gameday.config.sandbox import SandboxTable
from gameday.model.fault import faults
from gameday.model.scenario import Flow, Injection, WorkloadSpec
from gameday.model.settings import Settings
from gameday.run.plan import tenants_of
from gameday.steps.feasible import PlannedEnvironment
from gameday_fakes.sandbox.settings import TenantSettings
from support.rows import rows

TENANTS = {
    "salesforce": TenantSettings("acme--uat.sandbox.my.salesforce.com", ("00D7Q000000abcdUAA",)),
    "netsuite": TenantSettings("1234567-sb1.suitetalk.api.netsuite.com", ("1234567_SB1",)),
}
FLOW = Flow("salesforce", "netsuite", "deals")
TABLE = SandboxTable(("deals",), TENANTS)
#: What gameday can do to a real tenant's traffic: HTTP faults of the proxy, faults of links, and to the stack itself.
POSSIBLE = {
    ("reply lost after commit", "erp"),
    ("record lock", "erp"),
    ("server errors", "erp"),
    ("server errors", "crm"),
    ("slow replies", "erp"),
    ("truncated reply", "erp"),
    ("connection down", "erp"),
    ("connection reset", "crm"),
    ("slow connection", "erp"),
    ("stalled connection", "erp"),
    ("killed worker", "stack"),
    ("paused worker", "stack"),
    ("server errors", "pager"),
}
#: What would change a tenant itself, or what it sends.
ONLY_WITH_FAKES = {
    ("renamed field", "crm", (("field", "Opportunity.Amount"), ("new_name", "Total__c"))),
    ("revoked token", "crm", ()),
    ("closed period", "erp", ()),
    ("dropped delivery", "crm", ()),
    ("half-written order", "erp", ()),
    ("price drift", "erp", ()),
    ("connection down", "stack", ()),
}


def mistakes(
    environment: PlannedEnvironment, fault: str, target: str, params: tuple[tuple[str, str], ...]
) -> list[str]:
    injection = Injection(0.0, fault, target, params=dict(params))
    return [str(each) for each in environment.injection_mistakes(injection, FLOW)]


@rows(("fault", "target"), sorted(POSSIBLE))
def test_faults_of_the_way_to_a_tenant_are_possible(fault: str, target: str) -> None:
    assert mistakes(PlannedEnvironment(sandbox=TABLE), fault, target, ()) == []


@rows(("fault", "target", "params"), sorted(ONLY_WITH_FAKES))
def test_faults_of_a_tenant_itself_are_refused_with_the_reason(
    fault: str, target: str, params: tuple[tuple[str, str], ...]
) -> None:
    (line,) = mistakes(PlannedEnvironment(sandbox=TABLE), fault, target, params)
    assert "only a fake can do" in line or "reach the stack without gameday in sandboxes" in line
    assert "docs/staging.md" in line
    assert mistakes(PlannedEnvironment(), fault, target, params) == []


HIDDEN = ("hidden field", "crm", (("field", "Opportunity.Amount"),))
REVOKED = ("revoked permission", "crm", (("record", "Opportunity"),))


@rows(("fault", "target", "params"), [HIDDEN, REVOKED])
def test_what_changes_a_tenant_is_possible_where_it_is_allowed_by_name(
    fault: str, target: str, params: tuple[tuple[str, str], ...]
) -> None:
    (line,) = mistakes(PlannedEnvironment(sandbox=TABLE), fault, target, params)
    assert f"{params[0][1]!r} is not in 'metadata' of [sandbox.tenants.salesforce]" in line
    named = msgspec.structs.replace(TENANTS["salesforce"], metadata=(params[0][1],), sync_user="sync@example.com")
    table = msgspec.structs.replace(TABLE, tenants={**TENANTS, "salesforce": named})
    assert mistakes(PlannedEnvironment(sandbox=table), fault, target, params) == []


def test_every_fault_is_possible_with_fakes_and_none_is_forgotten() -> None:
    assert {fault for fault, *_ in (*POSSIBLE, *ONLY_WITH_FAKES)} <= {*faults}


def test_settings_of_a_vendor_are_refused_for_a_tenant() -> None:
    found = [
        str(each) for each in PlannedEnvironment(sandbox=TABLE).settings_mistakes("erp", {"max_discount": 30}, FLOW)
    ]
    assert found == [
        "settings of netsuite are not possible: only a fake can be set so, and flow 'deals' runs in sandboxes"
    ]


def test_changes_that_no_api_makes_are_refused_for_a_tenant() -> None:
    environment = PlannedEnvironment(sandbox=TABLE)
    assert not [*environment.workload_mistakes(WorkloadSpec(params={"amended": "0.2"}), "salesforce", contract="deals")]


def test_a_gate_uses_no_tenant_whatever_the_configuration_says() -> None:
    config = Config(sandbox=TABLE)
    settings = Settings(targets=(), runs_dir="runs", sandboxes=True)
    assert set(tenants_of(FLOW, config, settings)) == {"salesforce", "netsuite"}
    assert tenants_of(FLOW, config, msgspec.structs.replace(settings, isolated=True)) == {}
    assert tenants_of(FLOW, config, Settings()) == {}
