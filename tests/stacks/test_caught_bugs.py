"""Every planted bug names a scenario of the library that fails under it; the matrix (docs/matrix.md) runs them all.

Here a few of them run, others each day, so that a change of the library that lets one through is found soon: in
simulation, and live what only real processes and sockets show.
GAMEDAY_BUGS names others: ``GAMEDAY_BUGS=all`` or ``GAMEDAY_BUGS=day-before,drops-cents``.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from gameday.config.features import library
from gameday.config.stack_table import planted_bugs
from gameday.contracts.pair import Pair, bundled_pair
from gameday.model.settings import Settings, Target
from gameday.steps.session import run_session
from gameday_fakes.manifests import manifests, of_role
from gameday_fakes.stacks.durable.bugs import BUGS, CAUGHT_BY, NEEDS, ONLY
from support.commands import gameday
from support.rows import rows
from support.simulated import Simulation, can_be_simulated, planned

EACH_DAY = 3


def chosen(wanted: str, day: int, bugs: Iterable[str] = CAUGHT_BY) -> list[str]:
    """The bugs to run: those wanted, else some of them in turn."""
    names = sorted(bugs)
    if wanted:
        return names if wanted == "all" else wanted.split(",")
    start = day * EACH_DAY % len(names)
    return [*names[start:], *names[:start]][:EACH_DAY]


DAY = datetime.datetime.now(datetime.UTC).date().toordinal()
TODAY = chosen(os.environ.get("GAMEDAY_BUGS", ""), DAY)


def test_there_are_at_least_sixty_planted_bugs() -> None:
    assert len(BUGS) >= 60


def test_the_harness_reads_every_bug_from_the_source() -> None:
    assert planted_bugs() == BUGS


@rows("bug", sorted(CAUGHT_BY))
def test_a_bug_names_a_feature_of_the_library(bug: str) -> None:
    assert (library() / CAUGHT_BY[bug]).is_file()


def test_every_bug_has_its_day() -> None:
    days = range(len(CAUGHT_BY))
    assert {bug for day in days for bug in chosen("", day)} == set(CAUGHT_BY)


#: The second pair of docs/matrix.md.
OTHER = Pair("hubspot", "s4hana")


def shown_by(pair: Pair) -> list[str]:
    """The bugs that a pair can show: not those of another vendor, or of what its ERP leaves the sync no part in."""
    cannot = manifests()[pair.erp].cannot
    return [bug for bug in CAUGHT_BY if ONLY.get(bug, "") in ("", *pair) and NEEDS.get(bug) not in cannot]


def test_a_bug_of_what_the_sync_does_not_do_at_an_erp_is_not_shown_there() -> None:
    assert NEEDS.keys() <= set(BUGS) and "keeps-first-invoice" in NEEDS
    assert not NEEDS.keys() & set(shown_by(OTHER)) and NEEDS.keys() <= set(shown_by(bundled_pair()))


@pytest.mark.slow
@pytest.mark.parametrize("bug", chosen("", DAY, shown_by(OTHER)))
def test_the_scenario_fails_under_the_bug_between_another_pair(
    bug: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    targets = (Target(f"durable+{bug}", 1),)
    settings = Settings(targets=targets, runs_dir=str(tmp_path), control=False, crm=OTHER.crm, erp=OTHER.erp)
    [outcome] = run_session([library() / CAUGHT_BY[bug]], msgspec.structs.replace(settings, mode="plan"))
    if outcome.not_applicable:
        assert not outcome.problem
    elif can_be_simulated(outcome.planned):
        assert simulation.judged(outcome.planned, settings).result.word == "failed"
    else:
        command = ("run", CAUGHT_BY[bug], "--crm", OTHER.crm, "--erp", OTHER.erp, "--stack", f"durable+{bug}")
        assert gameday(*command, "--no-control", "-j", "1", "--runs", "runs", cwd=tmp_path).returncode == 1


def at_its_pair(bug: str, runs: Path) -> Settings:
    """Between the vendors at which its scenario can be played: the usual pair, with its own one if it has one."""
    only = {role: ONLY[bug] for role in ("crm", "erp") if ONLY.get(bug) in of_role(role)}
    settings = Settings(targets=(Target(f"durable+{bug}", 1),), runs_dir=str(runs), **only)
    outcomes = run_session([library() / CAUGHT_BY[bug]], msgspec.structs.replace(settings, mode="plan"))
    if all(outcome.not_applicable for outcome in outcomes):
        return msgspec.structs.replace(settings, crm=OTHER.crm, erp=OTHER.erp)
    return settings


@pytest.mark.slow
@pytest.mark.parametrize("bug", TODAY)
def test_the_scenario_fails_under_the_bug(
    bug: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    settings = at_its_pair(bug, tmp_path)
    for scenario in planned(library() / CAUGHT_BY[bug], settings):
        if can_be_simulated(scenario) and simulation.judged(scenario, settings).result.word == "failed":
            return
    pair = [part for role in ("crm", "erp") if (vendor := getattr(settings, role)) for part in (f"--{role}", vendor)]
    command = ("run", CAUGHT_BY[bug], *pair, "--stack", f"durable+{bug}", "-j", "1", "--runs", "runs")
    done = gameday(*command, cwd=tmp_path)
    assert done.returncode == 1, f"{' '.join(done.args)}\n{done.stdout}{done.stderr}"


#: The bugs in what is written, or said, of any deal: they do harm on a day on which nothing goes wrong. Others have to
#: wait for their trouble; one that does not has become another bug, which a scenario would catch as well.
ON_ANY_DAY = frozenset(
    [
        "alerts-on-everything",
        "amount-from-unit-price",
        "books-one-currency",
        "canary-goes-on",
        "currency-of-the-customer",
        "customer-by-name",
        "date-of-last-change",
        "date-of-writing",
        "day-after",
        "day-before",
        "discount-after-tax",
        "drops-cents",
        "folds-skus",
        "invoice-dated-today",
        "keeps-three-lines",
        "key-from-name",
        "list-price",
        "merges-lines",
        "name-breaks-query",
        "net-price-as-unit-price",
        "pages-for-every-pass",
        "prices-per-hundred",
        "quantity-from-amount",
        "second-deal-is-a-copy",
        "spreads-discounts",
        "swaps-day-and-month",
        "taxes-all-lines-alike",
        "two-decimals-for-all",
        "whole-quantities",
        "yen-in-cents",
    ]
)
PLAIN_DAY = """
Feature: Nothing goes wrong

  Scenario: Orders wrong on any day: twelve deals are won
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 6 per minute
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And nobody was alerted without cause
"""


@pytest.mark.slow
@pytest.mark.parametrize("bug", TODAY)
def test_a_bug_does_harm_on_a_plain_day_only_if_it_is_one_of_any_day(
    bug: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    settings = msgspec.structs.replace(at_its_pair(bug, tmp_path), control=False)
    feature = tmp_path / "plain.feature"
    feature.write_text(PLAIN_DAY, encoding="utf-8")
    assert simulation.run(feature, settings).result.word == ("failed" if bug in ON_ANY_DAY else "passed")
