"""The dashboard's figures: which runs it compares, what it counts, and what is a regression."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.model.fault import faults
from gameday.model.scenario import Flow, Injection, PlannedOperation, Scenario, WorkloadSpec
from gameday.steps.descriptions import by_people
from gameday_reports.dashboard import build
from gameday_reports.dashboard.arithmetic import spread_out, swarm, wilson
from gameday_reports.dashboard.comparison import Slugs, last_day, regressions
from gameday_reports.dashboard.coverage import never_ran
from gameday_reports.dashboard.failure_modes import FAILURE_MODES, modes_of
from support import example_runs as examples

pytestmark = pytest.mark.usefixtures("judged_as_written")

figures, page, grouped = examples.figures, examples.page, examples.grouped


# Comparable runs


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_run_with_another_rubric_contract_or_scenario_is_not_comparable(runs: Path, position: int) -> None:
    other = ["rubric00", "contract", "scenario"]
    other[position] = "other000"
    old = examples.record(runs, started="2026-03-01T08:00:00+00:00", digests=tuple(other))
    examples.record(runs)
    scenario = figures(runs)["scenarios"][0]
    field = ("rubric", "contract", "scenario")[position]
    now = ("rubric00", "contract", "scenario")[position]
    assert scenario["not_comparable"] == [{"why": f"another {field} (other000, now {now})", "runs": [old.name]}]
    assert scenario["stacks"]["durable"]["of"] == 1


def test_runs_with_different_rubrics_give_no_regression(runs: Path) -> None:
    examples.record(runs, started="2026-03-01T08:00:00+00:00", digests=("older000", "contract", "scenario"))
    examples.record(runs, word="failed", recovery=10.0)
    assert figures(runs)["regressions"] == []


def test_runs_that_are_not_comparable_have_a_separate_chart_and_table(runs: Path) -> None:
    examples.record(runs, started="2026-03-01T08:00:00+00:00", digests=("older000", "contract", "scenario"))
    examples.record(runs)
    text = page(runs, "scenario-an-admin-renames-a-field.html")
    assert "Not comparable: another rubric" in text
    assert text.count('<circle class="detection"') == 1 + 2  # the key, and a mark in each of two charts


def test_an_inconclusive_run_counts_as_not_passed(runs: Path) -> None:
    examples.record(runs, seed=1)
    examples.record(runs, seed=2, word="inconclusive")
    examples.record(runs, seed=3, word="failed")
    rate = figures(runs)["scenarios"][0]["stacks"]["durable"]
    assert (rate["not_passed"], rate["failed"], rate["inconclusive"], rate["of"]) == (2, 1, 1, 3)


def test_no_page_shows_a_figure_of_an_inconclusive_run(runs: Path) -> None:
    figures_of_it = {"detection": 37.3, "recovery": 41.7, "affected": 533, "unreported": 477}
    shown = {"37.3", "41.7", "533", "477", "61.3", "8,765 EUR", "23 min", "39 min"}
    more: dict[str, Any] = {
        **figures_of_it,
        "orders": 1000,
        "interventions": 61.3,
        "not_booked": "8765",
        "when": examples.times(23 * 60.0, 39 * 60.0),
    }
    site = runs.parent / "site"

    def texts() -> dict[str, set[str]]:
        build(runs, site, now=examples.NOW)
        plain = {path.name: re.sub(r"<[^>]*>", " ", path.read_text("utf-8")) for path in site.glob("*.html")}
        return {
            name: {each for each in shown if re.search(rf"(?<![\d.,]){each}(?![\d%])", t)} for name, t in plain.items()
        }

    examples.record(runs, started="2026-02-27T08:00:00+00:00")
    examples.record(runs, word="inconclusive", **more)
    assert {name: found for name, found in texts().items() if found} == {}
    # Of a run that failed they are shown.
    examples.record(runs, seed=2, word="failed", **more)
    assert set().union(*texts().values()) == shown


def test_every_run_has_a_mark(runs: Path) -> None:
    for seed in range(40):
        examples.record(runs, seed=seed)
    text = page(runs, "scores.html")
    assert text.count('<circle class="detection"') == 1 + 40


# Regressions and fixes


def changed(runs: Path, **after: Any) -> Any:
    examples.record(runs, started="2026-03-02T08:00:00+00:00")
    examples.record(runs, **after)
    return [change.what for change in regressions(grouped(runs))]


def test_a_run_that_failed_after_one_that_passed_is_a_regression(runs: Path) -> None:
    assert changed(runs, word="failed") == [("passed, now failed",)]


def test_a_score_that_fell_by_five_points_is_a_regression(runs: Path) -> None:
    assert changed(runs, recovery=93.0) == [("recovery 98, now 93",)]


def test_a_score_that_fell_by_less_is_no_regression(runs: Path) -> None:
    assert changed(runs, recovery=93.1) == []


def test_more_unreported_orders_are_a_regression(runs: Path) -> None:
    assert changed(runs, unreported=1) == [("0 unreported, now 1",)]


def test_a_missing_score_is_not_compared(runs: Path) -> None:
    assert changed(runs, detection=None) == []


def test_two_seeds_on_one_day_are_not_compared(runs: Path) -> None:
    examples.record(runs, seed=1)
    examples.record(runs, seed=2, started="2026-03-09T09:00:00+00:00", word="failed")
    assert regressions(grouped(runs)) == []


def test_a_run_is_compared_with_the_previous_run_of_its_seed(runs: Path) -> None:
    first = examples.record(runs, seed=1, started="2026-03-01T08:00:00+00:00")
    examples.record(runs, seed=2, started="2026-03-02T08:00:00+00:00", word="failed", recovery=0.0)
    examples.record(runs, seed=1, word="failed", recovery=50.0)
    assert [change.before.run for change in regressions(grouped(runs))] == [first.name]


def test_a_new_seed_is_compared_with_the_last_run_of_an_earlier_day(runs: Path) -> None:
    examples.record(runs, seed=1, started="2026-03-01T08:00:00+00:00")
    examples.record(runs, seed=9, word="failed")
    assert len(regressions(grouped(runs))) == 1


def test_every_seed_of_the_last_day_is_checked(runs: Path) -> None:
    for seed in (1, 2, 3):
        examples.record(runs, seed=seed, started="2026-03-01T08:00:00+00:00")
        examples.record(runs, seed=seed, word="failed" if seed == 1 else "passed")
    assert [change.after.seed for change in regressions(grouped(runs))] == [1]


def test_a_failure_that_has_passed_since_is_no_regression(runs: Path) -> None:
    examples.record(runs, started="2026-03-01T08:00:00+00:00")
    examples.record(runs, started="2026-03-02T08:00:00+00:00", word="failed")
    examples.record(runs)
    assert regressions(grouped(runs)) == []


def test_the_last_day_has_the_newest_run_of_each_seed(runs: Path) -> None:
    examples.record(runs, seed=1)
    newest = examples.record(runs, seed=1, started="2026-03-09T10:00:00+00:00")
    assert [run.run for run in last_day(grouped(runs)[0].of("durable"))] == [newest.name]


# Coverage, and the longest time without a game day


def scenario(*names: str, tags: tuple[str, ...] = (), **params: Any) -> Scenario:
    injections = tuple(Injection(1.0, name, "crm") for name in names)
    return Scenario("s", Flow("a", "b", "c"), WorkloadSpec(params=params), injections, tags=tags)


def test_there_are_fifty_failure_modes_numbered_from_one() -> None:
    assert [mode.number for mode in FAILURE_MODES] == list(range(1, 51))


def test_every_fault_of_a_failure_mode_exists() -> None:
    assert [name for mode in FAILURE_MODES for name in mode.faults if name not in faults] == []


def test_a_workload_that_amends_deals_exercises_its_mode() -> None:
    assert modes_of(scenario(amended=0.3)) == {10}


def test_what_people_do_exercises_its_mode_and_every_operation_of_a_mode_can_be_said() -> None:
    merge = msgspec.structs.replace(scenario(), operations=(PlannedOperation(60, "merge_accounts", "crm"),))
    assert modes_of(merge) - modes_of(scenario()) == {25}
    known = {each.name for each in by_people(None)}
    assert [each for mode in FAILURE_MODES for each in mode.by_people if each not in known] == []


def test_a_tag_claims_only_a_known_mode() -> None:
    assert modes_of(scenario(tags=("mode:22", "mode:99", "mode:", "mode:x"))) == {22}


def test_a_fault_without_a_known_mode_exercises_none() -> None:
    assert modes_of(scenario("a fault of your own")) == set()


def test_an_inconclusive_run_exercises_no_mode(runs: Path) -> None:
    examples.record(runs, word="inconclusive")
    assert {row["runs"] for row in figures(runs)["coverage"]} == {0}


@pytest.mark.parametrize("word", ["passed", "failed"])
def test_a_mode_counts_as_exercised_only_with_evidence_of_an_effect(runs: Path, word: str) -> None:
    examples.record(runs, word=word, tags=("mode:22",), ineffective=("renamed field",))
    assert {row["runs"] for row in figures(runs)["coverage"]} == {0}
    examples.record(runs, word=word, tags=("mode:22",), seed=2)
    assert {row["number"]: row["runs"] for row in figures(runs)["coverage"] if row["runs"]}[22] == 1


def test_the_longest_without_a_game_day_comes_first(runs: Path) -> None:
    examples.record(runs, stack="new")
    examples.record(runs, stack="old", started="2026-02-01T08:00:00+00:00")
    assert [(row["stack"], row["days"]) for row in figures(runs)["longest_ago"]] == [("old", 37), ("new", 1)]


def test_scenarios_that_a_stack_never_ran_are_listed(runs: Path) -> None:
    examples.record(runs, stack="new")
    examples.record(runs, stack="old", scenario=examples.LOCKED)
    assert [(row["scenario"], row["stacks"]) for row in figures(runs)["never_ran"]] == [
        (examples.LOCKED, ["new"]),
        (examples.RENAMED, ["old"]),
    ]


def test_a_scenario_that_no_stack_has_run_comes_first(runs: Path) -> None:
    examples.record(runs, stack="new")
    examples.record(runs, stack="old", scenario=examples.LOCKED)
    rows = never_ran(grouped(runs), ["new", "old"], ["Z is last by name", examples.LOCKED])
    assert (rows[0]["scenario"], rows[0]["stacks"]) == ("Z is last by name", ["new", "old"])


def test_without_a_run_every_scenario_is_listed_without_a_stack() -> None:
    assert never_ran([], [], ["a"]) == [{"scenario": "a", "stacks": []}]


def test_a_stack_with_a_planted_bug_does_not_have_to_run_everything(runs: Path) -> None:
    examples.record(runs, stack="durable")
    examples.record(runs, stack="durable+alerts-late", scenario=examples.LOCKED)
    rows = never_ran(grouped(runs), ["durable", "durable+alerts-late"], [])
    assert rows == [{"scenario": examples.LOCKED, "stacks": ["durable"]}]


def test_a_scenario_that_does_not_apply_to_a_stack_is_counted_apart(runs: Path) -> None:
    examples.record(runs, stack="new")
    lacking = {"new": {examples.LOCKED: "it makes no batch calls"}}
    assert never_ran(grouped(runs), ["new"], [examples.LOCKED], lacking) == []
    build(runs, runs.parent / "site", now=examples.NOW, scenarios=[examples.LOCKED], not_applicable=lacking)
    text = (runs.parent / "site" / "stack-new.html").read_text(encoding="utf-8")
    assert "1 scenario not applicable" in text
    assert "it makes no batch calls" in text


def test_a_run_from_the_future_is_not_left_out(runs: Path) -> None:
    examples.record(runs, started="2026-04-01T08:00:00+00:00")
    data = figures(runs)
    assert (data["longest_ago"][0]["days"], data["week"]["this"]["runs"]) == (0, 1)


# The week


def test_the_week_is_the_last_seven_days(runs: Path) -> None:
    for started in ("2026-03-03T12:00:01", "2026-03-03T12:00:00", "2026-02-24T12:00:01", "2026-02-24T12:00:00"):
        examples.record(runs, started=f"{started}+00:00")
    week = figures(runs)["week"]
    assert (week["this"]["runs"], week["last"]["runs"]) == (1, 2)


def test_a_run_that_passed_after_a_failure_counts_as_fixed(runs: Path) -> None:
    examples.record(runs, started="2026-03-01T08:00:00+00:00", word="failed")
    after = examples.record(runs)
    assert [change["after"] for change in figures(runs)["week"]["fixed"]] == [after.name]


def test_an_expected_failure_is_not_listed_as_failing(runs: Path) -> None:
    examples.record(runs, stack="brittle", word="failed", tags=("fails:brittle",))
    bad = examples.record(runs, stack="durable", word="failed", tags=("fails:brittle",))
    assert figures(runs)["week"]["failing"] == [bad.name]


def test_actions_are_listed_by_date(runs: Path) -> None:
    folder = examples.record(runs)
    entry = "  - type: detect\n    what: {}\n    owner: finance desk\n    due: {}\n"
    dates = {"long ago": "2026-03-01", "soon": "2026-03-17", "later": "2026-03-18", "open": ""}
    text = "status: Draft\nactions:\n" + "".join(entry.format(*pair) for pair in dates.items())
    (folder / "postmortem.yaml").write_text(
        text + "  - type: detect\n    what: never\n    dropped: no need\n"
        "  - type: detect\n    what: finished\n    done: 2026-03-02\n"
    )
    actions = [(row["what"], row["when"]) for row in figures(runs)["actions"]]
    assert actions == [("long ago", "passed"), ("soon", "due"), ("later", "later"), ("open", "open")]


def test_a_drafted_action_has_the_text_from_its_run(full_sketch: Any, runs: Path) -> None:
    run_dir = full_sketch.record(runs)
    (run_dir / "postmortem.yaml").write_text("actions:\n  - id: lost\n    owner: sync team\n    due: 2026-03-11\n")
    assert figures(runs)["actions"][0]["what"].startswith("Acknowledge an event only once it is stored")


def test_a_postmortem_yaml_with_a_mistake_is_listed_with_its_error(runs: Path) -> None:
    folder = examples.record(runs)
    (folder / "postmortem.yaml").write_text("actions: 3\n")
    assert f"{folder.name}: postmortem.yaml:1: actions is not a list" in page(runs, "week.html")


# Readiness


def readiness(runs: Path, text: str) -> tuple[str, str]:
    items = figures(runs)["readiness"]["durable"]
    return next((item["word"], item["figure"]) for item in items if item["text"].startswith(text))


def test_a_scenario_that_did_not_run_for_a_month_is_not_ready(runs: Path) -> None:
    examples.record(runs, started="2026-02-08T11:59:00+00:00")
    assert readiness(runs, "Each scenario ran in the last") == ("not met", "0 of 1 scenario")


def test_a_scenario_that_the_stack_never_ran_is_counted(runs: Path) -> None:
    examples.record(runs)
    examples.record(runs, scenario="Another", stack="brittle", digests=("rubric00", "contract", "another0"))
    assert readiness(runs, "Each scenario ran in the last") == ("not met", "1 of 2 scenarios")


def test_a_missing_alert_is_not_in_time(runs: Path) -> None:
    examples.record(runs, when=examples.times(None, 10.0))
    assert readiness(runs, "Alerts came") == ("not met", "0 of 1 run with affected orders")


def test_without_affected_orders_it_is_unknown_whether_alerts_come(runs: Path) -> None:
    examples.record(runs, affected=0, detection=None)
    assert readiness(runs, "Alerts came") == ("unknown", "0 of 0 runs with affected orders")


def test_detecting_a_loss_rate_of_1_percent_needs_299_orders(runs: Path) -> None:
    examples.record(runs, orders=298)
    assert readiness(runs, "A latest run had at least 299 orders")[0] == "not met"


def test_what_people_must_confirm_is_never_ticked(runs: Path) -> None:
    examples.record(runs)
    text = page(runs, "stack-durable.html")
    assert text.count("</span>to confirm</span>") == len(figures(runs)["to_be_confirmed"])


# Arithmetic


def test_wilson_is_symmetric() -> None:
    low, high = wilson(3, 10)
    assert (1 - high, 1 - low) == pytest.approx(wilson(7, 10))


def test_wilson_of_none_or_all_reaches_the_end_exactly() -> None:
    assert (wilson(0, 9)[0], wilson(9, 9)[1]) == (0.0, 1.0)


def test_places_are_spread_evenly_if_there_is_too_little_room() -> None:
    assert spread_out([50.0] * 5, 40.0) == [0.0, 25.0, 50.0, 75.0, 100.0]


def test_no_mark_of_a_swarm_hides_another() -> None:
    placed = swarm([5.0] * 30, 1.5, 5)
    assert len(set(placed)) == 30


def test_two_names_never_share_a_page() -> None:
    slugs = Slugs()
    assert [slugs.of("A b"), slugs.of("a-B"), slugs.of("???")] == ["a-b", "a-b-2", "page"]


def test_a_name_that_looks_like_a_numbered_page_stays_unique() -> None:
    slugs = Slugs()
    assert len({slugs.of(name) for name in ("a", "a", "a 2", "a")}) == 4
