"""[reconcile] of gameday.toml: the tenants that are read, in production or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, load_config
from support.rows import rows

WHOLE = """
[reconcile]
proxy = "http://proxy.example.com:3128"

[reconcile.tenants.salesforce]
host = "Acme.my.salesforce.com"
allow = ["00D7Q000000abcd"]

[reconcile.tenants.netsuite]
host = "1234567.suitetalk.api.netsuite.com"
allow = ["1234567"]
proxy = "http://other.example.com:3128"
"""


def load(folder: Path, text: str) -> Config:
    path = folder / "gameday.toml"
    path.write_text(text)
    return load_config(path)


def test_tenants_of_production_are_read_as_they_write_themselves(tmp_path: Path) -> None:
    table = load(tmp_path, WHOLE).reconcile
    assert table is not None
    salesforce, netsuite = table.tenants["salesforce"], table.tenants["netsuite"]
    assert (salesforce.host, salesforce.allow[0][:15]) == ("acme.my.salesforce.com", "00D7Q000000abcd")
    assert len(salesforce.allow[0]) == 18
    assert (salesforce.proxy, netsuite.proxy) == ("http://proxy.example.com:3128", "http://other.example.com:3128")


def test_without_the_table_nothing_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, "").reconcile is None


@rows(
    ("old", "new", "message"),
    [
        ("Acme.my", "login", "'login.salesforce.com' is not the host of a Salesforce organisation"),
        ("1234567.suitetalk", "www", "'www.api.netsuite.com' is not the host of a NetSuite account"),
        ("00D7Q000000abcd", "006Q000000abcdX", "is not the id of a Salesforce organisation"),
        ('allow = ["1234567"]', "allow = []", "allow"),
        ('allow = ["1234567"]', "", "allow"),
        ("[reconcile.tenants.netsuite]", "[reconcile.tenants.jira]", "unknown tenant 'jira'"),
        ("[reconcile.tenants.netsuite]", "[reconcile.tenants.pagerduty]", "unknown tenant 'pagerduty'"),
        ('proxy = "http://other', 'secret = "x"\nproxy = "http://other', "secret"),
        ('proxy = "http://other', 'fields = {customer = {}}\nproxy = "http://other', "fields"),
        ('proxy = "http://other.example.com:3128"', 'proxy = "other"', "proxy"),
    ],
)
def test_what_is_wrong_is_named_where_it_is_written(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in WHOLE
    with pytest.raises(GamedayError, match=message.replace("[", r"\[")) as problem:
        load(tmp_path, WHOLE.replace(old, new))
    assert "gameday.toml" in str(problem.value)


@rows("text", ["reconcile = 1", "[reconcile]", "[reconcile]\ntenants = 1"])
def test_a_table_without_tenants_is_a_mistake(tmp_path: Path, text: str) -> None:
    with pytest.raises(GamedayError, match="reconcile"):
        load(tmp_path, text)
