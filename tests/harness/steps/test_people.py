"""What people do beside the workload: every operation of every fake can be said, and what cannot be done is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.commands.plan import describe
from gameday.model.scenario import Flow, PlannedOperation
from gameday.model.settings import Settings, Target
from gameday.model.workload import operations
from gameday.steps import bdd, vocabulary
from gameday.steps.descriptions import by_people
from gameday.steps.people import PLACES, can_be_said, operation_mistakes, read_operation
from gameday.steps.planning import plan_scenarios
from gameday.steps.vendor_limits import why_not_done
from gameday.steps.written import table
from gameday_fakes.catalogue import OperationEntry
from gameday_fakes.registry import catalogue_of, fake_kinds
from support.rows import rows

#: What a workload does with lists that no table holds: it seeds a day, wins deals, and books the orders of others.
OF_WORKLOADS = {"seed", "close_deal", "open_deal", "book_order"}
FEATURE = """\
Feature: A feature
  Scenario: People do something
    Given deals flow from "{crm}" to "{erp}" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 30 per minute
    When after {at} people in the {target} carry out "{operation}"
{table}
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""


def entries() -> Iterator[tuple[str, OperationEntry]]:
    """The operations of every fake in whose system people do something."""
    for vendor, kind in fake_kinds().items():
        if kind.role in PLACES:
            yield from ((vendor, entry) for entry in catalogue_of(vendor).business_operations)


def test_every_operation_of_a_fake_can_be_said() -> None:
    by_deals = {operations[name].act for name in operations}
    unsaid = [
        f"{vendor}: {entry.name}"
        for vendor, entry in entries()
        if entry.name not in OF_WORKLOADS | by_deals and not can_be_said(entry)
    ]
    assert unsaid == []


def test_the_example_of_every_operation_is_a_step_that_each_of_its_systems_takes() -> None:
    said = dict(entry for each in by_people(None) for entry in [(each.name, each)])
    assert {entry.name.replace("_", " ") for _, entry in entries() if can_be_said(entry)} == said.keys()
    [(_, pattern)] = [each for each in bdd._patterns(vars(vocabulary), "when") if "people" in each[1]]
    for vendor, entry in entries():
        if not can_be_said(entry):
            continue
        step, *rows = said[entry.name.replace("_", " ")].example
        found = re.fullmatch(pattern, step.removeprefix("When "))
        assert found is not None, step
        cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
        planned = read_operation(0.0, found["operation"], found["target"], table(cells or None))
        assert list(operation_mistakes(planned, vendor, catalogue_of(vendor))) == [], (vendor, entry.name)
        assert bool(planned.deals or planned.key) == bool(entry.about), (vendor, entry.name)


@rows(
    ("operation", "target", "given", "message"),
    [
        ("bill", "warehouse", {}, "unknown system 'warehouse' in what people do; known: crm, erp, pager, tickets"),
        ("bill", "ERP", {"deal": "0"}, "there is no deal 0 (the first one that is won is 1)"),
        ("bill", "ERP", {"deal": "1, x"}, "'x' as the number of a deal is not possible (it must be a whole number)"),
        ("bill", "ERP", {"deal": "1", "key": "2"}, "'bill' has a deal and a key (give one of them)"),
        ("bill", "ERP", {"deal": ",".join("1" * 101)}, "101 deals are not possible (at most 100)"),
    ],
)
def test_a_step_that_cannot_be_is_refused(operation: str, target: str, given: dict[str, str], message: str) -> None:
    with pytest.raises(GamedayError) as problem:
        read_operation(0.0, operation, target, given)
    assert str(problem.value) == message


@rows(
    ("operation", "params", "message"),
    [
        ("merge account", {}, "unknown operation 'merge account' in salesforce; known: delete deal, .*merge accounts'"),
        ("close deal", {}, "'close deal' takes a list, which no table can hold .the workload does it; others: lose de"),
        ("reprice", {"sku": "A", "currency": "EUR"}, "'reprice' is not possible: it needs 'price'"),
        ("reprice", {"sku": "A", "currency": "EUR", "price": "x"}, "'reprice' is not possible: bad value 'x' for 'pri"),
        ("void deal", {"reason": "x"}, "unknown parameter 'reason' in 'void deal'; known: deal, key"),
    ],
)
def test_what_a_system_does_not_take_is_refused(operation: str, params: dict[str, str], message: str) -> None:
    planned = read_operation(0.0, operation, "CRM", params)
    [problem] = operation_mistakes(planned, "salesforce", catalogue_of("salesforce"))
    assert re.match(message, str(problem)), problem


def test_what_only_another_vendor_has_is_not_applicable_and_what_none_has_is_a_mistake() -> None:
    flow = Flow("salesforce", "netsuite", "f")
    assert why_not_done(flow, PlannedOperation(0.0, "bill", "erp")) == (
        "not with NetSuite: 'bill' is an operation of S/4HANA"
    )
    assert why_not_done(flow, PlannedOperation(0.0, "bil", "erp")) == ""
    assert why_not_done(flow, PlannedOperation(0.0, "acknowledge", "pager")) == ""


def planned(
    folder: Path, operation: str, target: str, rows: str = "", *, at: str = "1 minute", crm: str = "salesforce"
) -> list[str]:
    """How the plan of a feature is described."""
    feature = folder / "some.feature"
    text = FEATURE.format(crm=crm, erp="netsuite", at=at, target=target, operation=operation, table=rows)
    feature.write_text(text, encoding="utf-8")
    [outcome] = plan_scenarios([feature], Settings(targets=(Target("durable", 1),)))
    return describe(outcome, 60.0)


@pytest.mark.slow
def test_a_plan_says_what_people_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    lines = planned(tmp_path, "void deal", "CRM", "      | deal |\n      | 2, 3 |")
    assert '  after 1 min: people in the CRM carry out "void deal" (deal 2, deal 3)' in lines
    lines = planned(tmp_path, "close period", "ERP", at="3 minutes")
    assert "  healed at 3 min, judged at 5 min" in lines


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "target", "rows", "message"),
    [
        ("void deal", "CRM", "", "people in the CRM carry out \"void deal\" is not possible: .*no.* .a column 'deal'"),
        ("void deal", "CRM", "      | deal |\n      | 21 |", "there is no deal 21: the workload has 20 deals"),
        # It is won a minute later.
        (
            "void deal",
            "CRM",
            "      | deal |\n      | 20 |",
            'people in the CRM carry out "void deal" .deal 20. is',
        ),
        (
            "merge accounts",
            "CRM",
            "      | winner | loser |\n      | a | b |",
            "people in the CRM .* is not pos",
        ),
        (
            "close period",
            "ERP",
            "      | period |\n      | June   |",
            "'close period' is not possible: bad value 'June'",
        ),
    ],
)
def test_what_people_could_not_do_on_that_day_is_refused_with_its_line(
    operation: str, target: str, rows: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    with pytest.raises(GamedayError) as problem:
        planned(tmp_path, operation, target, rows, at="10 seconds")
    place, _, why = str(problem.value).partition(".feature:")[2].partition(": ")
    assert (place, bool(re.match(message, why))) == ("4" if "there is no deal" in message else "5", True), problem.value
