"""The search: what steers it, what it tells apart, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from gameday.base.errors import GamedayError, RunError
from gameday.explore.corpus import Corpus
from gameday.explore.days import Choices
from gameday.explore.drawing import drawn, troubles_in_trouble
from gameday.explore.finding import Finding, founded, signature_of
from gameday.explore.learned import Learned
from gameday.explore.rounds import Rounds
from gameday.explore.schedule import ALWAYS, HELD_UP, QUIET, FaultPlan, Schedule
from gameday.explore.search import Search
from gameday.model.scenario import Flow
from gameday.simulation.observation import Observation
from gameday.steps.candidates import Candidate
from support.rows import rows

FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")
LOCK = FaultPlan("record lock", "erp", 5, 90, {"operation": "order.write"})
TOKEN = FaultPlan("revoked token", "crm", 0, 240)
PASSED = Observation("passed")
ONCE = "every deal is in the ERP exactly once within 10 minutes of the fix"


def day(*plans: FaultPlan, seed: int = 1) -> Schedule:
    return Schedule(FLOW, 4, 12, seed, plans)


def lost(schedule: Schedule) -> Observation:
    """Deals are lost by every record lock."""
    if "record lock" in schedule.kinds:
        return Observation("failed", broken=((ONCE, "4 deals are lost"),), harms=("lost",), reached=("a lock",))
    return Observation("passed", reached=tuple(sorted(schedule.kinds)))


class Recorded:
    """Runs that take no time; what they show is a function of the schedule."""

    mode = "simulated"
    workers = 2
    repeats = 2
    step_repeats = 0
    shrink_s = shrink_late_s = 60.0
    shortest_s = 10.0

    def __init__(self, shows: object = lost, *, one_seed: bool = False) -> None:
        self.one_seed = one_seed
        self.seen: list[list[Schedule]] = []
        self._shows = shows

    def observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
        self.seen.append(list(schedules))
        return [self._shows(each) for each in schedules]  # type: ignore[operator]

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        return self.observe([schedule] * len(races))


class Drawn:
    """Draws days with these faults."""

    def __init__(self, plans: Sequence[FaultPlan] = ()) -> None:
        self._plans = plans

    def days(self, seed: int) -> list[Schedule]:
        return [day(seed=seed + number) for number in range(3)]

    def faults(self, seed: int, count: int, on: Sequence[Schedule], learned: Learned) -> list[Schedule]:
        left = [
            each
            for each in self._plans
            if (each.fault, each.target, each.params.get("operation", "")) not in learned.idle
        ]
        return [day(*left, seed=seed + number) for number in range(count)]


def search(runs: Recorded, *plans: FaultPlan, known: Sequence[Finding] = (), most: int = 40) -> Search:
    """Search among days with these faults."""

    found = Search(runs, Drawn(plans), seed=1, known=known)
    found.run(for_s=60.0, most=most)
    return found


def test_the_first_days_have_no_fault() -> None:
    runs = Recorded()
    search(runs, TOKEN, most=1)
    assert not any(each.faults for each in runs.seen[0])


def test_a_failure_is_reported_once_and_shrunk_to_its_fault() -> None:
    (finding,) = search(Recorded(), LOCK, TOKEN).found
    assert finding.signature == signature_of(day(LOCK), lost(day(LOCK)))
    assert finding.schedule.kinds == {"record lock"}
    assert (finding.failed, finding.repeats) == (2, 2)


def test_what_is_in_the_corpus_is_not_found_again(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path, "durable", 1)
    (finding,) = search(Recorded(), LOCK).found
    corpus.add(finding)
    later = search(Recorded(), LOCK, TOKEN, known=corpus.known())
    assert not later.found
    assert later.tried.again


def test_a_failure_by_other_faults_is_another_one() -> None:
    (locked,) = search(Recorded(), LOCK).found
    by_token = Recorded(lambda each: lost(day(LOCK)) if each.faults else Observation("passed"))
    (finding,) = search(by_token, TOKEN, known=[locked]).found
    assert finding.signature.faults == ("revoked token",)


class Alternating(Recorded):
    """Runs of which a failure with a revoked token repeats in every other race only."""

    step_repeats = 2

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        seen = super().again(schedule, races)
        rarely = "revoked token" in schedule.kinds
        return [each if race % 2 or not rarely else PASSED for race, each in zip(races, seen, strict=True)]


class Besides(Alternating):
    """The same, but beside a lock it repeats in each race; the lock alone does no harm."""

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        again = Recorded.again if "record lock" in schedule.kinds else Alternating.again
        return again(self, schedule, races)


def fails_by_either(schedule: Schedule) -> Observation:
    return lost(day(LOCK)) if schedule.faults else Observation("passed")


def test_a_failure_that_does_not_repeat_each_time_is_found_at_the_end_with_its_rate() -> None:
    (finding,) = search(Alternating(fails_by_either), TOKEN).found
    assert (finding.signature.faults, finding.rate) == (("revoked token",), "1 of 2")


def test_a_failure_that_repeats_takes_the_place_of_one_like_it_that_does_not() -> None:
    runs = Besides(lambda each: lost(day(LOCK)) if "revoked token" in each.kinds else Observation("passed"))

    class Both(Drawn):
        def faults(self, seed: int, count: int, on: Sequence[Schedule], learned: Learned) -> list[Schedule]:
            return [day(TOKEN, *[LOCK] * (number > 3), seed=seed + number) for number in range(count)]

    found = Search(runs, Both(), seed=1)
    found.run(for_s=60.0, most=40, most_findings=1)
    assert [(each.signature.faults, each.rate) for each in found.found][:1] == [
        (("record lock", "revoked token"), "2 of 2")
    ]


@rows("result", ["inconclusive", "passed"])
def test_only_what_failed_is_a_finding(result: str) -> None:
    runs = Recorded(lambda _: Observation(result, broken=((ONCE, "lost"),), harms=("lost",)))
    assert not search(runs, LOCK).found


def test_a_stack_that_cannot_be_run_ends_the_search() -> None:
    runs = Recorded(lambda _: Observation("not run", "no such program"))
    with pytest.raises(RunError, match="no schedule could be run: no such program"):
        search(runs, LOCK)


def test_a_fault_without_effect_is_drawn_no_more() -> None:
    runs = Recorded(lambda each: Observation("inconclusive", idle=tuple(range(len(each.injections)))))
    search(runs, LOCK, most=200)
    assert any("record lock" in each.kinds for each in runs.seen[1])
    assert not any(each.faults for each in runs.seen[-1])


def test_no_schedule_is_run_twice_and_none_before_the_days_that_decide_what_is_drawn() -> None:
    runs = Recorded()
    search(runs, TOKEN, most=200)
    assert not any(each.faults for each in runs.seen[0])
    first_fault = next(number for number, batch in enumerate(runs.seen) if any(each.faults for each in batch))
    assert all(each.faults for each in runs.seen[first_fault])
    keys = [each.key for batch in runs.seen for each in batch]
    assert len(keys) == len(set(keys))


def test_a_fault_is_drawn_only_where_the_stack_calls_what_it_affects() -> None:
    day_, other = day(seed=5), day(seed=6)
    learned = Learned()
    learned.note(day_, Observation("passed", used={"netsuite": ("order.write",)}))
    learned.note(other, Observation("passed", used={"netsuite": ("credit.write", "order.write")}))
    known = [
        Candidate("record lock", "erp", "http", {"operation": ("credit.write", "order.write"), "share": ("1",)}),
        Candidate("connection down", "pager", "network", {}),
    ]
    fakes = {"erp": SimpleNamespace(fake="netsuite"), "pager": SimpleNamespace(fake="pagerduty")}
    rounds = Rounds(Choices(FLOW), known, fakes)  # type: ignore[arg-type]
    found = rounds.faults(1, 2, [day_], learned)
    plans = [plan for each in found for plan in each.faults]
    assert {plan.params["operation"] for plan in plans} == {"order.write"}
    later = [plan for each in rounds.faults(2, 8, [day_], learned) for plan in each.faults]
    assert {plan.target for plan in later} == {"erp"}
    # Nobody counts the requests of who is alerted, so nothing says that there are none: they are tried in an outage.
    mixed = [each for number in range(3, 12) for each in rounds.faults(number, 16, [day_], learned)]
    of_pager = [each for each in mixed if any(plan.target == "pager" for plan in each.faults)]
    assert of_pager and all(len(each.kinds) == 2 for each in of_pager)
    # Who is alerted is not called on a day without a fault: what goes wrong there meets an outage.
    beside = drawn(troubles_in_trouble(day_, known[:1], known[1:]), 3, 4)
    assert all(each.kinds == {"record lock", "connection down"} for each in beside)
    assert all(down.at_s == 0 and down.duration_s > lock.duration_s for each in beside for lock, down in [each.faults])


def test_what_is_broken_beside_a_fault_without_effect_is_run_without_it() -> None:
    def shows(schedule: Schedule) -> Observation:
        if schedule.kinds == {"record lock", "revoked token"}:
            return msgspec.structs.replace(lost(schedule), result="inconclusive", idle=(0,))
        return lost(schedule) if schedule.faults else Observation("passed")

    (finding,) = search(Recorded(shows), LOCK, TOKEN).found
    assert finding.signature.faults == ("record lock",)


def test_a_batch_that_runs_in_one_session_has_one_seed() -> None:
    runs = Recorded(one_seed=True)
    search(runs, TOKEN)
    assert all(len({each.seed for each in batch}) == 1 for batch in runs.seen)


def test_the_same_seed_makes_the_same_search() -> None:
    first, second = Recorded(), Recorded()
    search(first, LOCK, TOKEN)
    search(second, LOCK, TOKEN)
    assert first.seen == second.seen


def test_the_feature_in_the_corpus_says_how_to_replay_it(tmp_path: Path) -> None:
    (finding,) = search(Recorded(), LOCK).found
    path = Corpus(tmp_path, "durable", 7).add(finding)
    text = path.read_text()
    assert f"gameday run {path.name} --stack durable --seed {finding.schedule.seed}" in text
    assert f"Then {ONCE}" in text


def test_findings_of_another_stack_are_not_known(tmp_path: Path) -> None:
    (finding,) = search(Recorded(), LOCK).found
    Corpus(tmp_path, "durable", 1).add(finding)
    assert not Corpus(tmp_path, "brittle", 1).known()


def test_a_file_that_is_no_finding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(GamedayError, match=r"other\.json is not a finding"):
        Corpus(tmp_path, "durable", 1).known()


def test_a_search_begins_around_its_starts() -> None:
    runs = Recorded()
    story = day(LOCK, TOKEN, seed=77)
    found = Search(runs, Drawn(), seed=1, starts=[story])
    found.run(for_s=60.0, most=40)
    assert runs.seen[0][0] == story
    assert len([each for batch in runs.seen for each in batch if each.faults]) > 10


@rows("most", [1, 2, 7, 41])
def test_no_more_schedules_are_run_than_were_asked_for(most: int) -> None:
    runs = Recorded(lambda _: Observation("passed"))
    assert search(runs, TOKEN, LOCK, most=most).tried.runs == most
    assert sum(map(len, runs.seen)) == most


class Racing(Recorded):
    """Four deals fail in some races only, eight in each."""

    step_repeats = 2

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        seen = super().again(schedule, races)
        always = schedule.deals >= 8
        return [each if always or race % 2 else PASSED for race, each in zip(races, seen, strict=True)]


def test_what_fails_in_some_races_only_is_made_to_fail_in_each() -> None:
    (finding,) = search(Racing(), LOCK).found
    assert finding.schedule.deals == 8
    assert finding.failed == finding.repeats


class RarelyOtherwise(Recorded):
    """What fails fails in the first races; of four deals or fewer some later race passes."""

    repeats, step_repeats = 20, 2

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        seen = super().again(schedule, races)
        always = schedule.deals > 4
        return [each if always or race <= 10 else PASSED for race, each in zip(races, seen, strict=True)]


def test_a_feature_that_always_fails_is_worth_more_than_a_small_one() -> None:
    (finding,) = search(RarelyOtherwise(), LOCK).found
    assert (finding.schedule.deals, finding.failed) == (8, finding.repeats)


def test_what_is_said_of_deals_that_were_not_held_up_is_no_failure() -> None:
    def left(affected: int, *broken: str, **params: str) -> list[str]:
        plan = FaultPlan("credit hold", "erp", 0, 150, params)
        seen = Observation("failed", broken=tuple((text, "why") for text in broken), affected=affected)
        judged = founded(Schedule(FLOW, 6, 12, 1, (plan,)), seen)
        assert (judged.result == "failed") == bool(judged.broken)
        return [text for text, _ in judged.broken]

    pages, names, once = (each.text for each in (HELD_UP[1], HELD_UP[4], ALWAYS[0]))
    assert left(0, pages, names) == []
    assert left(0, pages, once) == [once]
    # Of what stops all deals an alert may name every deal that waits, also if most of them are in time.
    of_all = {"operation": "*"}
    assert left(3, pages, names, **of_all) == [pages]
    assert left(4, pages, names, **of_all) == [pages, names]
    # Such an alert is relied on for nothing else; one that names the right deals has to have their payloads.
    parked = next(each.text for each in HELD_UP if each.checker == "parked with context")
    assert left(1, names, parked, **of_all) == []
    assert left(1, parked, **of_all) == [parked]
    assert left(1, names, parked, share="0.3") == [names, parked]
    # Who is refused for itself has to be named, and nobody else.
    assert left(1, names, share="0.3") == [names]
    unread = FaultPlan("partly failed batch", "crm", 0, 150, {"share": "0.6"})
    seen = Observation("failed", broken=((names, "why"),), affected=1)
    assert not founded(Schedule(FLOW, 6, 12, 1, (unread,)), seen).broken
    quiet = Observation("failed", broken=((QUIET.text, "why"),))
    assert founded(Schedule(FLOW, 6, 12, 1), quiet) is quiet


@pytest.mark.parametrize(("for_s", "shrunk_s"), [(1_000, 60), (60, 40), (35, 20)])
def test_a_failure_is_shrunk_within_what_is_left_of_the_search(
    for_s: float, shrunk_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)

    class Slow(Recorded):
        workers, repeats = 1, 0
        shrink_s, shrink_late_s = 60.0, 20.0

        def observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
            nonlocal now_s
            now_s += 10
            return super().observe(schedules)

        def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
            return []

    runs = Slow(lambda each: lost(day(LOCK)) if len(each.faults) > 1 else Observation("passed"))
    found = Search(runs, Drawn([LOCK, TOKEN]), seed=1)
    found.run(for_s=for_s, most_findings=1)
    failed = next(n for n, batch in enumerate(runs.seen) if any(len(each.faults) > 1 for each in batch))
    assert len(runs.seen) - failed - 1 == shrunk_s / 10


def test_what_is_drawn_lasts_long_enough_to_meet_something_and_a_story_as_long_as_it_says() -> None:
    runs = Recorded(lambda _: Observation("passed"))
    runs.shortest_s = 300.0
    story = day(LOCK)
    Search(runs, Drawn([TOKEN]), seed=1, starts=[story]).run(for_s=60.0, most=100)
    ran = [each for batch in runs.seen for each in batch]
    assert story in ran
    assert {plan.duration_s for each in ran if each.kinds == {"revoked token"} for plan in each.faults} == {300}
