"""[sandbox] of gameday.toml: what is no sandbox is refused where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, load_config
from gameday.model.scenario import Flow
from support.rows import rows

WHOLE = """
[sandbox]
flows = ["deals"]
proxy = "http://proxy.example.com:3128"

[sandbox.tenants.salesforce]
host = "Acme--UAT.sandbox.my.salesforce.com"
allow = ["00D7Q000000abcd"]

[sandbox.tenants.netsuite]
host = "1234567-SB1.suitetalk.api.netsuite.com"
allow = ["1234567_sb1"]
fields = {customer = {subsidiary = {id = "2"}}}
"""
DEALS = Flow("salesforce", "netsuite", "deals")


def load(folder: Path, text: str) -> Config:
    path = folder / "gameday.toml"
    path.write_text(text)
    return load_config(path)


def test_hosts_and_ids_are_read_as_the_vendors_write_them(tmp_path: Path) -> None:
    table = load(tmp_path, WHOLE).sandbox
    assert table is not None
    tenants = table.of(DEALS)
    assert tenants["salesforce"].host == "acme--uat.sandbox.my.salesforce.com"
    assert (len(tenants["salesforce"].allow[0]), tenants["netsuite"].allow) == (18, ("1234567_SB1",))
    assert {tenant.proxy for tenant in tenants.values()} == {"http://proxy.example.com:3128"}


def test_a_flow_that_is_not_named_uses_fakes(tmp_path: Path) -> None:
    table = load(tmp_path, WHOLE).sandbox
    assert table is not None
    assert table.of(Flow("salesforce", "netsuite", "other")) == {}


def test_a_flow_needs_a_tenant_for_each_of_its_vendors(tmp_path: Path) -> None:
    table = load(tmp_path, WHOLE.partition("[sandbox.tenants.netsuite]")[0]).sandbox
    assert table is not None
    with pytest.raises(GamedayError, match="flow 'deals' is in mode sandbox, and netsuite has no tenant"):
        table.of(DEALS)


def test_without_the_table_no_flow_leaves_the_fakes(tmp_path: Path) -> None:
    assert load(tmp_path, "").sandbox is None


def test_the_way_to_the_tenants_is_closed_with_gameday_unless_the_table_says_otherwise(tmp_path: Path) -> None:
    closed = load(tmp_path, WHOLE).sandbox
    opened = load(tmp_path, WHOLE.replace('flows = ["deals"]', 'flows = ["deals"]\nwhen_gameday_dies = "open"')).sandbox
    assert closed is not None
    assert opened is not None
    assert (closed.open_for_s, opened.open_for_s) == (0.0, 86400.0)


@rows(
    ("old", "new", "message"),
    [
        ("Acme--UAT.sandbox.my", "acme.my", "'acme.my.salesforce.com' is not the host of a Salesforce sandbox"),
        ("1234567-SB1.s", "1234567.s", "'1234567' is not the id of a NetSuite sandbox"),
        ('allow = ["1234567_sb1"]', 'allow = ["1234567"]', "'1234567' is not the id of a NetSuite sandbox"),
        ('allow = ["1234567_sb1"]', "allow = []", "bad value [] for 'allow'"),
        ('allow = ["1234567_sb1"]', "", "has no 'allow'"),
        ("00D7Q000000abcd", "0067Q000000abcd", "is not the id of a Salesforce organisation"),
        ('flows = ["deals"]', "flows = []", "bad value [] for 'flows'"),
        ('flows = ["deals"]', 'flows = ["deals"]\ncheck = false', "unknown key 'check'"),
        ('allow = ["1234567_sb1"]', 'allow = ["1234567_sb1"]\nguard = false', "unknown key 'guard'"),
        ("[sandbox.tenants.netsuite]", "[sandbox.tenants.jira]", "unknown tenant 'jira'"),
        (
            'allow = ["1234567_sb1"]',
            'allow = ["1234567_sb1"]\nmetadata = ["salesOrder.memo"]',
            "'metadata' is not possible for netsuite",
        ),
        ("[sandbox.tenants.netsuite]", 'metadata = ["Opportunity.Amount"]\n[sandbox.tenants.netsuite]', "'sync_user'"),
        ("[sandbox.tenants.netsuite]", 'metadata = ["Amount\'"]\n[sandbox.tenants.netsuite]', "for 'metadata"),
        ("http://proxy", "http://user:secret@proxy", "for 'proxy'"),
        (
            'flows = ["deals"]',
            'flows = ["deals"]\nwhen_gameday_dies = "ajar"',
            "bad value 'ajar'",
        ),
        ('flows = ["deals"]', 'flows = ["deals"]\nopen_for = "a while"', "'open_for' in [sandbox]"),
        ('flows = ["deals"]', 'flows = ["deals"]\nopen_for = "0 s"', "more than 0, and at most 31 days"),
        ('flows = ["deals"]', 'flows = ["deals"]\nopen_for = "5 weeks"', "more than 0, and at most 31 days"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_table(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(GamedayError) as problem:
        load(tmp_path, WHOLE.replace(old, new))
    assert message in str(problem.value)
    assert "\n" not in str(problem.value)
    assert "gameday.toml" in str(problem.value)
