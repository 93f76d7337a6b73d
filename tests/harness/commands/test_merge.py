"""A game day that several jobs share is put together again: no scenario is left out, and none is believed unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Expectation, Flow, Scenario, WorkloadSpec
from gameday.scoring.run_folder import create
from gameday.scoring.seal import seal
from gameday.steps.outcome import Outcome
from gameday.steps.shards import SHARD_FILE, Shard, plan_digest, read_shard, share_of, write_shard
from support.rows import rows

FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")


def planned(name: str, stack: str, count: int) -> Outcome:
    scenario = Scenario(name, FLOW, WorkloadSpec(count=count))
    return Outcome(name, "a.feature", stack, 1, "planned", planned=scenario, node=f"a.feature::{name}[{stack}]")


PLANS = st.lists(
    st.builds(planned, st.sampled_from("abcdef"), st.sampled_from(["mine", "today"]), st.integers(1, 400)),
    unique_by=lambda outcome: outcome.node,
)


@given(PLANS, st.integers(1, 9), st.randoms())
def test_all_shares_together_are_the_whole_plan_once(plan: list[Outcome], count: int, chance: Any) -> None:
    shares = []
    for number in range(1, count + 1):
        # Each job plans for itself; nothing promises the order.
        chance.shuffle(plan)
        shares += [outcome.node for outcome in share_of(plan, Shard(number, count))]
    assert sorted(shares) == sorted(outcome.node for outcome in plan)


def test_shares_take_about_the_same_time() -> None:
    plan = [planned(f"s{n}", "mine", count) for n, count in enumerate([400, 100, 100, 100, 100])]

    lengths = [sum(o.planned.horizon_s for o in share_of(plan, Shard(n, 2)) if o.planned) for n in (1, 2)]
    assert max(lengths) < 0.7 * sum(lengths)


@rows("text", ["", "0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2"])
def test_a_share_that_cannot_be_is_a_mistake(text: str) -> None:
    with pytest.raises(GamedayError, match=r"bad --shard .*such as 2/8"):
        Shard.read(text)


@pytest.fixture
def jobs(tmp_path: Path, story: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Path]]:
    """The folders of two jobs with one run each; ``wrong`` loses the deal of the second."""
    monkeypatch.chdir(tmp_path)

    def make(*, wrong: bool = False, count: int = 2) -> list[Path]:
        folders = []
        for number in (1, 2):
            story.deal(f"D{number}")
            if not (wrong and number == 2):
                story.order(f"D{number}")
            story.expectations = (Expectation("exactly once", {"within_s": 600.0}),)
            case = story.case()
            folder = tmp_path / f"job{number}"
            now = datetime(2026, 3, 9, 8, number, tzinfo=UTC)
            run = create(folder, stack="mine", scenario=case.scenario, contract=case.contract, pace=60, now=now)
            with HistoryWriter(run.dir / "history.jsonl") as writer:
                for op in case.history:
                    writer.append(op.process, op.f, op.outcome, op.time_s, op.value)
            run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
            seal(run.dir, "run")
            done = Outcome(case.scenario.name, "a.feature", "mine", case.scenario.seed, "passed", str(run.dir))
            write_shard(folder, Shard(number, count), "plan", [done])
            folders.append(folder)
        return folders

    return make


def merge(folders: list[Path], *more: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["merge", *map(str, folders), *more])
    return int(str(ended.value.code))


def test_the_runs_of_all_jobs_are_in_one_folder_with_one_page(jobs: Any, tmp_path: Path) -> None:
    assert merge(jobs()) == 0
    assert len(list((tmp_path / "merged").glob("*/run.json"))) == 2
    assert (tmp_path / "merged" / "index.html").is_file()


def test_a_run_is_judged_again_whatever_its_job_said(jobs: Any) -> None:
    assert merge(jobs(wrong=True)) == 1


def test_without_the_folder_of_a_job_nothing_passes(jobs: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert merge(jobs()[:1]) == 3
    assert "missing: the runs of job 2/2" in capsys.readouterr().err


def test_a_run_that_was_altered_does_not_pass(jobs: Any) -> None:
    folders = jobs()
    (ledger,) = folders[0].glob("*/ledger.erp.json")
    ledger.write_text(ledger.read_text().replace("SO1", "SO9"))
    assert merge(folders) == 3


def test_a_run_that_cannot_be_read_does_not_pass(jobs: Any) -> None:
    folders = jobs()
    (ledger,) = folders[0].glob("*/ledger.erp.json")
    ledger.unlink()
    assert merge(folders) == 3


def test_a_run_whose_folder_is_missing_does_not_pass(jobs: Any) -> None:
    folders = jobs()
    (run,) = folders[0].glob("*/run.json")
    run.parent.rename(run.parent.parent.parent / "elsewhere")
    assert merge(folders) == 3


def test_what_a_job_could_not_run_is_in_the_result(jobs: Any) -> None:
    folders = jobs()
    write_shard(folders[1], Shard(2, 2), "plan", [Outcome("s", "a.feature", "mine", 1, "not run", problem="no stack")])
    assert merge(folders) != 0


def test_jobs_of_two_plans_are_not_mixed(jobs: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folders = jobs()
    write_shard(folders[1], Shard(2, 2), "another", [])
    assert merge(folders) == 2
    assert merge([folders[0], folders[0]], "--out", "again") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_name_that_leads_out_of_the_folder_is_refused(jobs: Any) -> None:
    folder = jobs()[0]
    path = folder / SHARD_FILE
    (run,) = folder.glob("*/run.json")
    path.write_text(path.read_text().replace(run.parent.name, "../job2"))
    with pytest.raises(GamedayError, match="is not that of a job"):
        read_shard(folder)


def test_a_plan_is_the_same_in_any_order_and_another_with_another_scenario() -> None:
    plan = [planned("a", "mine", 1), planned("b", "mine", 1)]
    assert plan_digest(plan) == plan_digest(plan[::-1])
    assert plan_digest(plan) != plan_digest([planned("a", "mine", 2), plan[1]])
