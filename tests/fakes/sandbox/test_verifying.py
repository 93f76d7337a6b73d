"""Where a fake differs from a tenant is listed by what it is; values, which are the tenant's own, are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.sandbox.conftest import CRM, ENVIRONMENT, ERP, Staging
from gameday.cli import main
from gameday.config.organisation import kinds_of
from gameday.run.sandbox_tenants import verify
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.connection import Answer
from gameday_fakes.sandbox.settings import TenantSettings
from gameday_fakes.sandbox.verifying import Probe, differences
from support.rows import rows

JSON = [(b"Content-Type", b"application/json;charset=UTF-8")]
PROBE = Probe("a call", "/x")


def said(body: Any, status: int = 200, kind: Any = JSON) -> Answer:
    return Answer(status, kind, json.dumps(body).encode())


def found(tenant: Answer, fake: Answer, probe: Probe = PROBE) -> list[str]:
    return [each.line for each in differences(probe, tenant, fake)]


def test_equal_shapes_with_other_values_are_no_difference() -> None:
    assert found(said({"a": 1, "b": [{"c": "x"}], "d": None}), said({"a": 2.5, "b": [{"c": "y"}], "d": "z"})) == []


@rows(
    ("tenant", "fake", "line"),
    [
        (said({}), said({}, 404), "status: 200 in the sandbox, 404 in the fake"),
        (said({}, kind=[]), said({}), "content type: nothing in the sandbox, application/json in the fake"),
        (said({"a": 1}), said({}), "a: number in the sandbox, nothing in the fake"),
        (said({"a": "1"}), said({"a": 1}), "a: text in the sandbox, number in the fake"),
        (said({"a": [{"b": 1}]}), said({"a": [{"c": 1}]}), "a[].b: number in the sandbox, nothing in the fake"),
        (
            said([{"errorCode": "A_B"}], 400),
            said([{"errorCode": "C"}], 400),
            "error code: A_B in the sandbox, C in the fake",
        ),
    ],
)
def test_each_kind_of_difference_is_named(tenant: Answer, fake: Answer, line: str) -> None:
    assert f"a call: {line}" in found(tenant, fake)


def test_an_empty_list_says_nothing_about_its_items() -> None:
    assert found(said({"a": []}), said({"a": [{"b": 1}]})) == []


def test_of_many_alike_parts_only_the_names_are_compared() -> None:
    probe = Probe("fields", "/x", names=("fields", "name"))
    tenant = said({"fields": [{"name": "A", "type": "text"}, {"name": "Own__c"}]})
    assert found(tenant, said({"fields": [{"name": "A"}]}), probe) == [
        "fields: fields.name: Own__c in the sandbox, nothing in the fake"
    ]


@pytest.mark.slow
def test_a_tenant_that_is_the_fake_has_no_difference_but_what_it_was_given(staging: Staging) -> None:
    tenants = {
        "salesforce": TenantSettings(CRM, (staging.organisation,)),
        "netsuite": TenantSettings(ERP, ("1234567_SB1",)),
    }
    assert list(verify(tenants, ENVIRONMENT, fake_kinds())) == []
    assert staging.writes() == []
    staging.crm.inject(
        "f", {"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "Total__c"}
    )
    lines = [each.line for _, each in verify(tenants, ENVIRONMENT, fake_kinds())]
    assert lines == [
        "fields of Opportunity: fields.name: Total__c in the sandbox, nothing in the fake",
        "fields of Opportunity: fields.name: nothing in the sandbox, Amount in the fake",
    ]


@pytest.mark.slow
def test_what_a_tenant_says_of_its_objects_makes_an_organisation_without_the_difference(
    staging: Staging, tmp_path: Path
) -> None:
    tenants = {
        "salesforce": TenantSettings(CRM, (staging.organisation,)),
        "netsuite": TenantSettings(ERP, ("1234567_SB1",)),
    }
    staging.crm.inject(
        "f", {"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "Total__c"}
    )
    described, folder = tmp_path / "described", tmp_path / "organisation"
    described.mkdir()

    def keep(vendor: str, name: str, body: bytes) -> None:
        (described / f"{vendor}.{name}.json").write_bytes(body)

    before = [each.line for _, each in verify(tenants, ENVIRONMENT, fake_kinds(), keep)]
    assert "fields of Opportunity: fields.name: Total__c in the sandbox, nothing in the fake" in before
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["organisation", "import", str(described), "--to", str(folder)])
    after = [each.line for _, each in verify(tenants, ENVIRONMENT, kinds_of(folder))]
    assert [line for line in after if "Total__c" in line] == []
