"""Sweeps: where each fault is tried once, whatever chance draws."""

from __future__ import annotations

import random

from gameday.explore.days import Choices, operation_times
from gameday.explore.drawing import EACH_OF_TWO_S, drawn
from gameday.explore.learned import Learned
from gameday.explore.rounds import Rounds
from gameday.explore.schedule import Change, Schedule
from gameday.explore.sweeps import ENDS, under_setting, while_deals_change
from gameday.model.scenario import Flow
from gameday.model.workload import operations
from gameday.run.plan import make_workload
from gameday.steps.candidates import Candidate
from support.rows import rows

FLOW = Flow("salesforce", "oracle-fusion", "closed-won-to-sales-order.salesforce.oracle-fusion")
RETIRED = Candidate(
    "retired API version", "crm", "http", {"operation": ("read", "*"), "share": ("0.3", "1"), "times": ("1", "0")}
)
HIDDEN = Candidate("hidden field", "crm", "state", {"field": ("Opportunity.Amount", "Opportunity.Name")})
HOLD = Candidate("order hold", "erp", "state", {"share": ("1", "0.3"), "code": ("CREDIT_REVIEW",)})
SETTINGS = (("crm", "query page", "10"), ("erp", "autoinvoice after s", "20"))


def day(*changes: str) -> Schedule:
    return Schedule(FLOW, 3, 6, 1, (), tuple(Change(name, 40, 20) for name in changes))


@rows("candidate", [RETIRED, HIDDEN])
def test_a_fault_as_it_is_by_default_meets_changes_of_deals_that_were_ordered_before(candidate: Candidate) -> None:
    days = [day(), day("voided"), day("merged", "discounted"), day("exempted")]
    found = while_deals_change(candidate, days, random.Random(1))
    assert found is not None
    [plan], [change] = found.faults, found.changes
    assert plan.params.keys() == ({"field"} if candidate is HIDDEN else set())
    assert operations[change.operation].act == "amend_deal"
    made = make_workload(found.scenario()).operations
    first = {op.key: op.at_s for op in made if op.f == "close_deal"}
    amended = [op for op in made if op.f == "amend_deal" and plan.at_s <= op.at_s < plan.at_s + plan.duration_s]
    # Some were through when it began, and nearly all change while it lasts.
    assert [op for op in amended if first[op.key] < plan.at_s - 5]
    assert len({op.key for op in amended}) >= found.deals - 2
    assert max(operation_times(found)) < plan.at_s + plan.duration_s


def test_some_deals_end_while_a_fault_lasts_that_were_ordered_before() -> None:
    found = while_deals_change(RETIRED, [day("amended"), day("voided"), day("deleted")], random.Random(1), ENDS)
    assert found is not None
    [plan], [change] = found.faults, found.changes
    made = make_workload(found.scenario()).operations
    first = {op.key: op.at_s for op in made if op.f == "close_deal"}
    ended = {op.key for op in made if op.f in ENDS and plan.at_s <= op.at_s < plan.at_s + plan.duration_s}
    assert any(first[key] < plan.at_s - 5 for key in ended)
    assert len(ended) < len(first) and change.percent < 100


def test_without_a_day_of_amended_deals_none_is_drawn() -> None:
    assert while_deals_change(RETIRED, [day(), day("voided", "merged")], random.Random(1)) is None


def test_a_system_holds_deals_up_for_long_under_a_setting_of_its_own() -> None:
    chance = random.Random(1)
    strategy = under_setting(HOLD, SETTINGS, day("amended"), chance)
    assert strategy is not None
    for found in drawn(strategy, 1, 5):
        [plan] = found.faults
        assert found.settings == {"erp": {"autoinvoice after s": "20"}}
        assert plan.duration_s >= EACH_OF_TWO_S and not found.changes
    # Requests that are refused are so however a system is set up; and there may be no setting of it.
    assert under_setting(RETIRED, SETTINGS, day(), chance) is None
    assert under_setting(HOLD, SETTINGS[:1], day(), chance) is None


def test_the_first_round_has_each_fault_in_these_places_too() -> None:
    rounds = Rounds(Choices(FLOW, changes=("amended",), settings=SETTINGS), [RETIRED, HIDDEN, HOLD], {})
    found = rounds.faults(1, 64, rounds.days(1), Learned())
    changing = [each for each in found if each.changes and each.changes[0].percent == 100 and len(each.faults) == 1]
    assert {each.faults[0].fault for each in changing} >= {"retired API version", "hidden field", "order hold"}
    set_up = [each for each in found if each.settings and each.faults[0].duration_s >= EACH_OF_TWO_S]
    pairs = {(each.faults[0].fault, *each.settings) for each in set_up}
    assert {("hidden field", "crm"), ("order hold", "erp")} <= pairs
