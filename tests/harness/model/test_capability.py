"""What needs something that a stack does without is not applicable: neither passed nor inconclusive."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.model.capability import CAPABILITIES, CHANGES_AFTER_WINNING, NEW_CUSTOMERS
from gameday.model.checker import Result, check, checkers
from gameday.model.checker import needs_of as checker_needs
from gameday.model.fault import faults, make_fault
from gameday.model.fault import needs_of as fault_needs
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge
from support.rows import rows


def needs(fault: str, target: str, **params: str) -> tuple[str, ...]:
    return fault_needs(make_fault(fault, params), target)


@rows(
    ("fault", "target", "params", "expected"),
    [
        ("duplicate delivery", "crm", {}, ("webhook",)),
        ("dropped delivery", "crm", {}, ("webhook",)),
        ("delayed delivery", "crm", {}, ("webhook",)),
        ("reordered delivery", "crm", {}, ("webhook",)),
        ("deleted subscription", "crm", {}, ("webhook",)),
        ("partly failed batch", "crm", {}, ("batch calls",)),
        ("slow connection", "stack", {}, ("webhook",)),
        ("slow connection", "erp", {}, ()),
        ("rate limit", "erp", {"operation": "invoice.write"}, ("invoices",)),
        ("rate limit", "crm", {"operation": "batch"}, ("batch calls",)),
        ("rate limit", "erp", {"operation": "order.write"}, ()),
        ("killed worker", "stack", {}, ()),
    ],
)
def test_a_fault_says_what_it_needs(fault: str, target: str, params: dict[str, str], expected: tuple[str, ...]) -> None:
    assert needs(fault, target, **params) == expected


def test_what_faults_and_expectations_need_are_known_capabilities() -> None:
    declared = {need for name in faults for need in faults[name].needs}
    declared |= {need for name in checkers for need in checker_needs(name)}
    # Of new customers the ERP knows all from the beginning, and changes are left out of the workload.
    assert declared | {NEW_CUSTOMERS, CHANGES_AFTER_WINNING} == set(CAPABILITIES)


@pytest.fixture
def without_invoices(locked: Any) -> Any:
    """A flow whose orders are not invoiced; one deal was hit by a lock and arrived."""
    locked.deal("D1", 70).hit("D1", 71).order("D1", 73, invoice=None)
    locked.erp[0] = msgspec.structs.replace(locked.erp[0], invoices=())
    locked.contract = msgspec.structs.replace(locked.contract, invoiced=False)
    return locked


def test_an_expectation_about_invoices_is_not_applicable_without_invoices(without_invoices: Any) -> None:
    verdict = check("invoiced once", without_invoices.case(), {}, text="every deal is invoiced")
    assert (verdict.result, verdict.name) == (Result.NOT_APPLICABLE, "every deal is invoiced")
    assert verdict.summary == "not applicable: the flow has no invoices"


def test_what_is_not_applicable_leaves_the_result_to_the_others(without_invoices: Any) -> None:
    without_invoices.expectations = (Expectation("invoiced once"), Expectation("exactly once", {"within_s": 60.0}))
    result, verdicts = judge(without_invoices.case())
    assert result is Result.PASSED
    assert [v.result.word for v in verdicts] == ["passed", "passed", "not applicable", "passed"]


def test_a_run_of_which_nothing_is_left_to_expect_does_not_pass(without_invoices: Any) -> None:
    without_invoices.expectations = (Expectation("invoiced once"),)
    assert judge(without_invoices.case())[0] is Result.INCONCLUSIVE


def test_a_result_is_read_by_its_word() -> None:
    assert [Result.of(each.word) for each in Result] == list(Result)
    assert Result.NOT_APPLICABLE.exit_code == 0
