"""A search starts from a file: an incident's timeline, or a feature."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.explore.feature import feature_text
from gameday.explore.schedule import Change, FaultPlan, Schedule
from gameday.explore.shrinking import _steps
from gameday.explore.story import read_story
from gameday.model.scenario import Flow, PlannedOperation
from gameday.model.settings import Settings
from gameday.steps.feasible import planned_environment
from support.rows import rows

FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")
INCIDENT = """\
title: The ERP was throttled while we amended deals
deals: 4
timeline:
  - {at: 10 s, fault: rate limit, target: ERP, lasts: 3 minutes, set: {share: 0.5}}
  - {changed: amended, percent: 100, lasts: 20 s}
"""


def read(tmp_path: Path, text: str, name: str = "incident.yaml") -> list[Schedule]:
    path = tmp_path / name
    path.write_text(text)
    return read_story(path, FLOW, planned_environment(Settings(), "durable"), Settings(), "durable")


def test_an_incident_is_a_schedule_with_its_faults_and_changes(tmp_path: Path) -> None:
    fault = FaultPlan("rate limit", "erp", 10, 180, {"share": "0.5"})
    assert read(tmp_path, INCIDENT) == [Schedule(FLOW, 4, 12, 1, (fault,), (Change("amended", 100, 20),))]


@rows(
    ("old", "new", "problem"),
    [
        ("rate limit", "rate limits", "entry 1 of the timeline: unknown fault 'rate limits'"),
        ("target: ERP", "target: pager", "'rate limit' cannot affect 'pager'"),
        ("share: 0.5", "shares: 0.5", "entry 1 of the timeline: unknown parameter of 'rate limit' 'shares'"),
        ("share: 0.5", "operation: nope", "unknown operation 'nope'"),
        ("amended", "amneded", "unknown operation 'amneded'"),
        ("changed: amended, percent", "percent", "entry 2 of the timeline: it says nothing that happened"),
        ("percent: 100", "percent: 400", "entry 2 of the timeline: 400 percent of the deals is not possible"),
        ("percent: 100", "percent: 0", "0 percent of the deals is not possible"),
        ("lasts: 3 minutes", "lasts: 0 s", "entry 1 of the timeline: it lasts '0 s'"),
        ("lasts: 3 minutes", "lasts: 30 days", "it lasts '30 days'"),
        ("at: 10 s", "at: 1 day", "it ends 24 h 3 min after the beginning of the incident"),
        ("timeline:", "timeline: []\nother:", "unknown key 'other'"),
        ("deals: 4", "deals: 400", "400 deals at 12 per minute is not possible"),
        ("deals: 4", "dealz: 4", "unknown key 'dealz'"),
        ("at: 10 s", "at: soon", "entry 1 of the timeline: not a duration: 'soon'"),
    ],
)
def test_a_mistake_in_an_incident_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(GamedayError, match=problem):
        read(tmp_path, INCIDENT.replace(old, new))


PEOPLE = """\
deals: 4
timeline:
  - {at: 1 minute, people: delete deal, deals: [2, 4]}
  - {at: 2 minutes, people: bill, target: erp, key: "42", set: {dates: 2026-07-01}}
"""


def test_what_people_did_is_part_of_a_story_and_of_the_feature_that_it_becomes(tmp_path: Path) -> None:
    flow = Flow("hubspot", "s4hana", "closed-won-to-sales-order.hubspot.s4hana")
    path = tmp_path / "incident.yaml"
    path.write_text(PEOPLE.replace("set: {dates: 2026-07-01}", "lasts: 1 s"))
    [story] = read_story(path, flow, planned_environment(Settings(), "durable"), Settings(), "durable")
    deleted = PlannedOperation(60.0, "delete_deal", "crm", (2, 4))
    billed = PlannedOperation(120.0, "bill", "erp", key="42")
    assert story.scenario().by_people == (deleted, billed)
    # With fewer deals, what is done to the others is left out.
    fewer = msgspec.structs.replace(story, deals=3)
    assert fewer.scenario().by_people[0].deals == (2,)
    assert {each.checker for each in story.expected} == {"nothing unreported", "bounded requests"}
    text = feature_text(fewer, fewer.expected, title="A day", notes=())
    assert 'When after 60 seconds people in the CRM carry out "delete deal"\n      | deal |\n      | 2    |' in text
    assert 'And after 120 seconds people in the ERP carry out "bill"\n      | key |\n      | 42  |' in text
    smaller = [each.scenario().by_people for each in _steps(story, 10)]
    assert (deleted,) in smaller and (billed,) in smaller
    path.write_text(PEOPLE)
    with pytest.raises(GamedayError, match="unknown parameter 'dates'"):
        read_story(path, flow, planned_environment(Settings(), "durable"), Settings(), "durable")


def test_an_incident_in_which_nothing_happened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="nothing happened in its timeline"):
        read(tmp_path, "timeline: []\n")


@pytest.mark.slow
def test_a_feature_is_a_schedule_of_few_deals_with_its_faults_at_the_same_part_of_the_day(tmp_path: Path) -> None:
    text = """\
Feature: A feature
  Scenario: A scenario
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 12 per minute
    When after 2 minutes the ERP suffers "record lock" for 90 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
    [schedule] = read(tmp_path, text, "drift.feature")
    assert (schedule.deals, schedule.faults) == (6, (FaultPlan("record lock", "erp", 12, 90),))
    by_people = (
        '    And after 100 seconds people in the CRM carry out "void deal"\n      | deal |\n      | 9    |\n    Then'
    )
    [schedule] = read(tmp_path, text.replace("    Then", by_people), "drift.feature")
    assert (schedule.deals, schedule.faults[0].at_s, schedule.scenario().by_people[0].deals) == (9, 120, (9,))
