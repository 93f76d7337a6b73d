"""The steps that set abort conditions: one condition each, and every mistake found before anything starts."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.model.abort import conditions_of
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings
from gameday.run.fault_free import control_of
from gameday.run.plan import look_up
from gameday.steps.planning import plan_scenarios

FEATURE = """\
Feature: A feature
  Scenario: One
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 10 per minute
{steps}
    Then every deal is in the ERP exactly once within 5 minutes of closing
"""


def planned(folder: Path, steps: str, settings: str = "", **more: object) -> Scenario:
    (folder / "some.feature").write_text(FEATURE.format(steps=steps))
    (folder / "gameday.toml").write_text(settings)
    (outcome,) = plan_scenarios([folder / "some.feature"], options(folder, **more))
    assert outcome.planned is not None
    return outcome.planned


def options(folder: Path, **more: object) -> Settings:
    return msgspec.structs.replace(Settings(mode="plan", config=str(folder / "gameday.toml")), **more)


@pytest.mark.parametrize(
    ("step", "limit"),
    [
        ("And the run is aborted at more than 10 affected deals", "above 10 affected deals"),
        ("And the run is aborted at more than 5000.50 USD not booked", "above 5,000.50 USD not booked"),
        ("And the run is aborted at a backlog older than 15 minutes", "with a backlog older than 15 min"),
        ("And the run is aborted after 2 hours", "after 2 h"),
        (
            'And the abort condition "quiet hours"\n      | hours | zone |\n      | 22:00-06:00 | UTC |',
            "in the quiet hours 22:00-06:00 (UTC)",
        ),
        (
            'And the abort condition "url"\n      | url | status |\n      | http://127.0.0.1:9/ | 204 |',
            "unless http://127.0.0.1:9/ answers 204 within 3 s",
        ),
    ],
)
@pytest.mark.slow
def test_a_step_sets_a_condition(tmp_path: Path, step: str, limit: str) -> None:
    (condition,) = conditions_of(planned(tmp_path, f"    {step}"))
    assert condition.limit == limit


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("And the run is aborted at more than -1 affected deals", "bad number of affected deals -1"),
        ("And the run is aborted at more than 5000 Euro not booked", "not an amount of money: '5000 Euro'"),
        ("And the run is aborted at more than 5000 JPY not booked", "is not in the reporting currency"),
        ("And the run is aborted after 0 minutes", "greater than 0"),
        ('And the abort condition "money over"', "unknown abort condition 'money over'; known: affected above"),
        ('And the abort condition "url"', "has no 'url'"),
        ('And the abort condition "url"\n      | adress |\n      | x |', "unknown key 'adress'"),
    ],
)
@pytest.mark.slow
def test_a_mistake_in_a_step_is_found_with_its_line(tmp_path: Path, step: str, problem: str) -> None:
    with pytest.raises(GamedayError) as caught:
        planned(tmp_path, f"    {step}", '[flows]\nfile = ""\n')
    assert problem in str(caught.value) and "some.feature:5: " in str(caught.value)


def test_conditions_change_no_digest_and_no_control(tmp_path: Path) -> None:
    plain = planned(tmp_path, "")
    guarded = planned(tmp_path, "    And the run is aborted after 2 hours")
    assert plain.digest() == guarded.digest()
    assert control_of(plain) == control_of(guarded)


def test_a_run_has_the_conditions_of_the_settings_and_of_its_feature(tmp_path: Path) -> None:
    scenario = planned(tmp_path, "    And the run is aborted after 2 hours", "[safety]\naffected_above = 1\n")
    plan = look_up(scenario, "durable", options(tmp_path))
    assert [condition.name for condition in plan.safety] == ["affected above", "longest"]


def test_a_gate_is_a_sandbox_without_conditions(tmp_path: Path) -> None:
    scenario = planned(tmp_path, "", "[safety]\naffected_above = 1\n")
    assert look_up(scenario, "durable", options(tmp_path, isolated=True)).safety == ()


def test_a_plan_has_each_condition_with_what_is_left_and_what_would_refuse_it(tmp_path: Path) -> None:
    hours = '[safety]\naffected_above = 3\nquiet_hours = {hours = ["22:00-06:00"], zone = "UTC"}\n'
    plan = look_up(planned(tmp_path, "", hours), "durable", options(tmp_path))
    begins = datetime.datetime(2026, 6, 30, 21, 59, 55, tzinfo=datetime.UTC)
    *lines, refusal = plan.abort_lines(begins)
    assert lines == [
        "aborts above 3 affected deals (left: 3 deals)",
        "aborts in the quiet hours 22:00-06:00 (UTC) (left: 5 s)",
    ]
    assert refusal.startswith("would not begin: it may last") and "at 22:00 the quiet hours" in refusal
    assert plan.abort_lines(begins - datetime.timedelta(hours=9)) != [*lines, refusal]
