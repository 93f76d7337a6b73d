"""Features become whole scenarios before anything starts, and every mistake in one is a clear line."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gameday.analysis.host_load import HOST_LOAD
from gameday.base.errors import GamedayError
from gameday.config.features import bundled_features, library
from gameday.model.checker import Result, Verdict
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings, Target
from gameday.scoring.run_folder import CheckedRun
from gameday.steps.bdd import forget_features, module_of
from gameday.steps.outcome import Outcome
from gameday.steps.planning import plan_scenarios
from gameday.steps.schedule import scheduled
from gameday.steps.session import paces_alone, run_session
from gameday_fakes.server import KEEP_ALIVE_S
from support.rows import rows
from support.thorough import examples

PLAN = Settings(mode="plan", targets=(Target("durable", 7),))

FEATURE = """\
@area
Feature: A feature
  Why it matters.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 30 per minute

  @tagged
  Scenario: Something happens
    When after 1 minute the CRM suffers "renamed field" for 90 seconds
      | field              | new name |
      | Opportunity.Amount | Total__c |
    And after 30 seconds the ERP suffers "rate limit"
    Then the flow's owner is alerted within 5 minutes
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And the expectation "kept flowing" holds
"""


@pytest.fixture(autouse=True)
def _nothing_to_collect() -> None:
    """A session within a session looks for garbage five times: not in all that the outer one holds."""
    gc.freeze()


def planned(folder: Path, text: str) -> list[Outcome]:
    path = folder / "some.feature"
    path.write_text(text)
    return run_session([path], PLAN)


def scenario(folder: Path, text: str = FEATURE) -> Scenario:
    [outcome] = planned(folder, text)
    assert outcome.problem == ""
    assert outcome.planned is not None
    return outcome.planned


def problem(folder: Path, text: str) -> str:
    [outcome] = planned(folder, text)
    assert "\n" not in outcome.problem
    return outcome.problem


def test_a_feature_becomes_a_whole_scenario(tmp_path: Path) -> None:
    made = scenario(tmp_path)
    assert made.name == "Something happens"
    assert made.flow.crm == "salesforce"
    assert made.workload.count == 60
    assert made.seed == 7
    assert made.tags == ("area", "tagged")
    assert [e.checker for e in made.expectations] == ["owner alerted", "exactly once", "kept flowing"]


def test_injections_stand_in_the_order_of_their_times(tmp_path: Path) -> None:
    first, second = scenario(tmp_path).injections
    assert (first.at_s, first.fault, first.target, first.duration_s) == (30.0, "rate limit", "erp", None)
    assert (second.at_s, second.duration_s, second.params["new name"]) == (60.0, 90.0, "Total__c")


def test_the_horizon_follows_from_what_is_expected(tmp_path: Path) -> None:
    made = scenario(tmp_path)
    assert made.healed_s == 150.0
    assert made.horizon_s == 750.0


@pytest.mark.slow
def test_the_digest_does_not_depend_on_the_seed_or_the_place(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    assert scenario(tmp_path).digest() == scenario(tmp_path / "elsewhere").digest()


def test_an_outline_is_one_scenario_for_each_example(tmp_path: Path) -> None:
    text = FEATURE.replace("Scenario: Something", "Scenario Outline: Something").replace("90 seconds", "<long>")
    outcomes = planned(tmp_path, text + "\n    Examples:\n      | long |\n      | 2 minutes |\n      | 3 minutes |\n")
    assert [o.scenario for o in outcomes] == ["Something happens [2 minutes]", "Something happens [3 minutes]"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ('suffers "rate limit"', 'suffers "rate limits"', r"unknown fault 'rate limits'.*did you mean 'rate limit'"),
        ('the expectation "kept flowing"', 'the expectation "kept flow"', r"unknown expectation 'kept flow'"),
        ("the ERP suffers", "the ESB suffers", r"unknown target 'ESB'; known: crm, erp"),
        ("the CRM suffers", "the pager suffers", r"'renamed field' cannot affect the pager.*crm, erp"),
        ("| new name |", "| newname |", r"unknown parameter of 'renamed field' 'newname'; known: field, new name"),
        ("60 deals", "0 deals", r"0 deals at 30 per minute is no workload"),
        (
            "the flow's owner is alerted",
            "the owner is alerted",
            r"some\.feature:15: unknown step 'the owner is alerted within 5",
        ),
    ],
)
def test_a_mistake_is_one_line_with_the_known_values(tmp_path: Path, was: str, becomes: str, message: str) -> None:
    assert re.search(message, problem(tmp_path, FEATURE.replace(was, becomes)))


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    again = FEATURE[FEATURE.index("  @tagged") :]
    with pytest.raises(GamedayError, match=r"2 scenarios are named 'Something happens'"):
        planned(tmp_path, FEATURE + "\n" + again)


def test_a_feature_without_a_then_expects_nothing(tmp_path: Path) -> None:
    assert "expects nothing" in problem(tmp_path, FEATURE[: FEATURE.index("    Then")])


def test_a_file_that_is_no_feature_is_named(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match=r"some\.feature"):
        planned(tmp_path, "this is no feature")


def test_a_folder_without_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match=r"no scenario in"):
        run_session([tmp_path], PLAN)


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match=r"no such file or folder: '.*nowhere'"):
        run_session([tmp_path / "nowhere"], PLAN)


@pytest.mark.slow
def test_every_feature_of_the_library_can_be_planned() -> None:
    outcomes = run_session([library()], PLAN)
    assert [o.problem for o in outcomes if o.problem] == []
    assert len({Path(o.feature) for o in outcomes}) >= 14


def test_a_deals_file_replaces_the_generated_deals(tmp_path: Path) -> None:
    path = tmp_path / "some.feature"
    path.write_text(FEATURE)
    with_deals = Settings(mode="plan", targets=PLAN.targets, deals="/deals.csv")
    [outcome] = run_session([path], with_deals)
    assert outcome.planned is not None
    assert (outcome.planned.workload.name, outcome.planned.workload.params["file"]) == ("deals file", "/deals.csv")


ORDER_BOOK = "OrderId,Account,Sku,Quantity,Amount,Currency\nB-1,acme,S-1,1,10.00,EUR\nB-2,acme,S-1,1,12.00,EUR\n"


def with_file(name: str) -> str:
    return FEATURE.replace("60 deals are", f'60 deals of the file "{name}" are')


def test_a_deals_file_that_a_feature_names_is_beside_the_feature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, elsewhere = tmp_path / "mine", tmp_path / "elsewhere"
    for folder in (mine, elsewhere):
        folder.mkdir()
    (mine / "book.csv").write_text(ORDER_BOOK)
    monkeypatch.chdir(elsewhere)
    made = scenario(mine, with_file("book.csv"))
    assert [deal.key for deal in _closed(made)] == ["B-1", "B-2"]
    assert made.workload.params["file"] == "book.csv", "the digest does not depend on the place"


def test_a_deals_file_of_the_working_folder_is_not_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "book.csv").write_text(ORDER_BOOK)
    monkeypatch.chdir(tmp_path)
    assert "unknown deals file 'book.csv'" in problem(tmp_path / "mine", with_file("book.csv"))


def test_a_deals_file_may_be_named_by_its_absolute_path_or_be_a_sample(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "book.csv").write_text(ORDER_BOOK)
    assert len(_closed(scenario(tmp_path / "mine", with_file(str(tmp_path / "book.csv"))))) == 2
    assert _closed(scenario(tmp_path / "mine", with_file("superstore-sample.csv")))


def _closed(made: Scenario) -> list[Any]:
    from gameday.run.plan import make_workload

    return [operation for operation in make_workload(made).operations if operation.f == "close_deal"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60), deadline=None)
@given(data=st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_whatever_a_feature_file_holds_it_is_a_module_or_a_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "fuzzed.feature"
    path.write_bytes(data)
    forget_features()
    try:
        module_of(path)
    except GamedayError as error:
        assert "fuzzed.feature" in str(error)
        assert "\n" not in str(error)


@pytest.mark.slow
@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(15), deadline=None)
@given(at=st.integers(0, len(FEATURE) - 1), instead=st.text(max_size=6), length=st.integers(0, 40))
def test_a_damaged_feature_is_planned_or_a_clear_error(tmp_path: Path, at: int, instead: str, length: int) -> None:
    text = FEATURE[:at] + instead + FEATURE[at + length :]
    try:
        outcomes = planned(tmp_path, text)
    except GamedayError as error:
        assert "\n" not in str(error)
    except UnicodeEncodeError:
        return
    else:
        assert all("\n" not in o.problem and "Traceback" not in o.problem for o in outcomes)
        assert all(o.exit_code == 2 for o in outcomes if o.problem), [o.problem for o in outcomes]


def overloaded_host(times: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs that judge nothing: the machine does not keep up with the first so many of "Something happens"."""
    ran: list[str] = []

    def run(scenario: Scenario, stack: str, settings: Settings) -> CheckedRun:
        ran.append(scenario.name)
        overloaded = scenario.name == "Something happens" and ran.count(scenario.name) <= times
        result = Result.INCONCLUSIVE if overloaded else Result.PASSED
        verdict = Verdict(
            "steady state", result, "it was paused", evidence={HOST_LOAD: "it was paused"} if overloaded else {}
        )
        return CheckedRun(Path(f"{len(ran)}"), result, (verdict,), None)  # type: ignore[arg-type]

    monkeypatch.setattr("gameday.run.runner.run_scenario", run)
    return ran


TWO = FEATURE + FEATURE.partition("  @tagged\n")[2].replace("Something happens", "Something else happens")


@pytest.mark.parametrize(
    ("times", "words"), [(0, ["passed"] * 2), (1, ["passed"] * 2), (2, ["inconclusive", "passed"])]
)
@pytest.mark.slow
def test_what_the_machine_did_not_keep_up_with_is_run_once_more_and_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, words: list[str]
) -> None:
    ran = overloaded_host(times, monkeypatch)
    path = tmp_path / "some.feature"
    path.write_text(TWO)
    seen: list[Outcome] = []
    outcomes = run_session([path], msgspec.structs.replace(PLAN, mode="run"), on_outcome=seen.append, again=True)
    assert sorted(outcome.result for outcome in outcomes) == words
    assert ran == ["Something happens", "Something else happens", *["Something happens"] * bool(times)]
    assert [outcome.pace for outcome in seen] == [60.0, 60.0, *[20.0] * bool(times)]


@rows(
    ("pace", "workers", "paces"),
    [(60, 5, [60, 20]), (60, 1, [20]), (60, 0, [20]), (2, 0, [1]), (1, 0, []), (1, 5, [1])],
)
def test_what_ran_beside_others_is_first_run_alone_and_then_slower(
    pace: float, workers: int, paces: list[float]
) -> None:
    assert paces_alone(pace, workers) == paces


def test_it_is_not_run_once_more_unless_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = overloaded_host(1, monkeypatch)
    path = tmp_path / "some.feature"
    path.write_text(TWO)
    outcomes = run_session([path], msgspec.structs.replace(PLAN, mode="run"))
    assert [(outcome.result, outcome.overloaded, outcome.why) for outcome in outcomes] == [
        ("inconclusive", True, "steady state: it was paused"),
        ("passed", False, ""),
    ]
    assert len(ran) == 2


def test_a_scenario_that_failed_is_not_overloaded_whatever_its_steady_state_was() -> None:
    verdict = Verdict("steady state", Result.INCONCLUSIVE, "it was paused", evidence={HOST_LOAD: "it was paused"})
    failed = Outcome("a", "a.feature", "mine", 1, "failed", verdicts=(verdict,))
    assert not failed.overloaded
    assert msgspec.structs.replace(failed, result="inconclusive").overloaded


def test_what_is_named_is_run_in_the_order_of_its_naming(tmp_path: Path) -> None:
    path = tmp_path / "some.feature"
    path.write_text(TWO)
    nodes = tuple(outcome.node for outcome in reversed(run_session([path], PLAN)))
    outcomes = run_session([path], msgspec.structs.replace(PLAN, nodes=nodes))
    assert [outcome.scenario for outcome in outcomes] == ["Something else happens", "Something happens"]
    assert len(run_session([path], msgspec.structs.replace(PLAN, nodes=nodes[:1]))) == 1


def test_the_longest_scenario_is_run_first(tmp_path: Path) -> None:
    path = tmp_path / "some.feature"
    path.write_text(TWO.replace("within 10 minutes", "within 5 minutes", 1))
    planned = run_session([path], PLAN)
    assert [outcome.scenario for outcome in planned] == ["Something happens", "Something else happens"]
    nodes = scheduled(PLAN, planned, longest_first=True).nodes
    assert nodes == tuple(outcome.node for outcome in reversed(planned))


def test_a_control_lasts_as_long_as_the_longest_scenario_that_shares_it(tmp_path: Path) -> None:
    path = tmp_path / "some.feature"
    path.write_text(TWO.replace("within 10 minutes", "within 5 minutes", 1))
    planned = run_session([path], PLAN)
    shared = scheduled(PLAN, planned, longest_first=False).controls_s
    assert list(shared.values()) == [max(o.planned.horizon_s - o.planned.workload_s for o in planned if o.planned)]


@rows(
    ("result", "why"),
    [
        (Result.PASSED, ""),
        (Result.FAILED, "steady state: one was lost"),
        # The whole is unknown where it did not hold before the first fault.
        (Result.INCONCLUSIVE, "steady state: one was lost"),
    ],
)
def test_an_outcome_says_why_it_is_no_better(result: Result, why: str) -> None:
    verdicts = (Verdict("steady state", Result.FAILED, "one was lost"), Verdict("other", Result.PASSED, "well"))
    assert Outcome("s", "f", "durable", 1, result.word, verdicts=verdicts).why == why


@pytest.mark.slow
def test_no_fake_closes_an_idle_connection_within_a_scenario_at_pace_1() -> None:
    planned = [outcome.planned for outcome in plan_scenarios(bundled_features(), PLAN)]
    assert max(scenario.horizon_s for scenario in planned if scenario) < KEEP_ALIVE_S
