"""What a feature can say, in full: every example can be used, and every value that is named is possible."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import get_args

import pytest

from gameday.model.checker import check_params
from gameday.model.fault import faults, make_fault
from gameday.model.scenario import WorkloadSpec
from gameday.model.settings import Settings, Target
from gameday.steps import bdd, vocabulary, written
from gameday.steps.description import Description
from gameday.steps.descriptions import Kind, descriptions
from gameday.steps.planning import plan_scenarios
from gameday.workloads.arrivals import check_spec

FLOW = '    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"'
PATTERNS = [pattern for kind in ("given", "when", "then") for _, pattern in bdd._patterns(vars(vocabulary), kind)]


@functools.cache
def every(kind: Kind) -> list[Description]:
    return descriptions(kind)


def named(kind: Kind, name: str) -> Description:
    return next(each for each in every(kind) if each.name == name)


def table(lines: tuple[str, ...]) -> dict[str, str]:
    """The table below a step."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines[1:]]
    return written.table(rows)


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.slow
def test_every_example_begins_with_a_step_that_exists(kind: Kind) -> None:
    for each in every(kind):
        step = each.example[0].partition(" ")[2]
        assert any(re.fullmatch(pattern, step) for pattern in PATTERNS), step


@pytest.mark.slow
def test_every_example_is_part_of_a_feature_that_can_be_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for number, each in enumerate(each for kind in get_args(Kind) for each in every(kind)):
        (first, *rows), flow = each.example, FLOW
        word, _, step = first.partition(" ")
        if step.startswith("deals flow from"):
            word, flow = "Given", ""
        lines = ["Feature: F", "  Scenario: S", *filter(None, [flow]), f"    {word} {step}", *rows]
        lines += ["    Then nobody had to step in"] if word != "Then" else []
        (tmp_path / f"{number:03}.feature").write_text("\n".join(lines), encoding="utf-8")
    plan_scenarios([tmp_path], Settings(targets=(Target("durable", 1),)))


def test_the_example_of_a_fault_makes_the_fault() -> None:
    for each in every("faults"):
        make_fault(each.name, table(each.example)).actions(faults[each.name].targets[0])


def test_the_example_of_an_expectation_has_the_parameters_that_it_needs() -> None:
    for each in every("expectations"):
        if each.example[0].startswith("Then the expectation"):
            check_params(each.name, {name.replace(" ", "_"): value for name, value in table(each.example).items()})


def test_the_example_of_a_workload_has_parameters_that_it_takes() -> None:
    for each in every("workloads"):
        given = {name.replace(" ", "_"): value for name, value in table(each.example).items()}
        check_spec(WorkloadSpec(each.name, int(given.pop("count")), float(given.pop("per_minute")), given))


def test_a_fault_is_described_with_units_bounds_and_what_each_vendor_takes() -> None:
    operation, share, times, error = named("faults", "server errors").parameters
    assert {"order.write", "*"} <= set(operation.allowed["netsuite"])
    assert "unavailable" in error.allowed["salesforce"]
    assert (share.minimum, share.maximum, share.default) == (0.0, 1.0, 1.0)
    assert times.type == "whole number"
    (delay, *_) = named("faults", "slow replies").parameters
    assert delay.unit.startswith("seconds")


def test_a_value_of_a_field_is_one_that_can_be_hidden() -> None:
    (field,) = named("faults", "hidden field").parameters
    assert "Opportunity.Amount" in field.allowed["salesforce"]
    assert "Opportunity.Id" not in field.allowed["salesforce"]


def test_an_operation_says_which_crm_can_carry_it_out() -> None:
    assert "CRMs: dataverse, hubspot, salesforce." in named("operations", "amended").what
