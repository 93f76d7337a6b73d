"""Which vendors a stack speaks to."""

from __future__ import annotations

import pytest

from gameday.base.errors import GamedayError
from gameday.config.spoken import check_spoken
from gameday.config.stack_table import StackTable, bundled_stacks
from gameday.model.scenario import Flow
from support.rows import rows

FLOW = Flow("salesforce", "netsuite", "f")


@rows("vendors", [(), ("salesforce", "netsuite"), ("netsuite",), ("salesforce", "hubspoke")])
def test_a_stack_runs_with_the_vendors_that_it_names_and_with_any_of_a_role_without(vendors: tuple[str, ...]) -> None:
    check_spoken(StackTable("mine", url="http://127.0.0.1:1", vendors=vendors), FLOW)


def test_another_vendor_is_one_line() -> None:
    table = StackTable("mine", url="http://127.0.0.1:1", vendors=("salesforce", "netsuite"))
    with pytest.raises(GamedayError, match=r"stack 'mine' speaks to netsuite, not to acme-erp .*--crm and --erp"):
        check_spoken(table, Flow("salesforce", "acme-erp", "f"))


@rows("name", ["durable", "durable-postgres", "brittle"])
def test_the_bundled_stacks_speak_what_they_have_a_client_for(name: str) -> None:
    assert {*bundled_stacks()[name].vendors} == {
        *("salesforce", "hubspot", "dataverse"),
        *("netsuite", "business-central", "oracle-fusion", "s4hana"),
    }
