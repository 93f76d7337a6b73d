"""A run that did not come to its end: its last saved ledgers are judged, and only what is proven has failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.cli import main
from gameday.model.checker import Result
from gameday.model.events import PhaseBegan, ServerExited
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Expectation
from gameday.scoring.deployment import Question, can_deploy
from gameday.scoring.digests import Growing
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import Run, create
from gameday.scoring.seal import SEAL_FILE, Until, seal, verify
from gameday.scoring.until import CAME_TO_ITS_END
from gameday_reports.dashboard.runs import read_runs

LIMIT_S = 600.0
Stopped = Callable[..., Run]


@pytest.fixture
def day(new_story: Callable[[], Any]) -> Any:
    """A lock from 60 to 300 s that held D1 back; D0 arrived before."""
    story = new_story().deal("D0", 10).order("D0", 12).inject(60, 300).deal("D1", 70)
    story.hit("D1", 75)
    story.expectations = (Expectation("exactly once", {"within_s": LIMIT_S, "after": "fix"}, "exactly once"),)
    return story


@pytest.fixture
def stopped(tmp_path: Path) -> Stopped:
    """A run that ended at a scenario second, after its ledgers had been saved."""

    def record(story: Any, at_s: float, *, recovering: bool = False, later: int = 0) -> Run:
        case = story.case()
        run = create(
            tmp_path / "runs",
            stack="mine",
            scenario=case.scenario,
            contract=case.contract,
            pace=60,
            now=datetime(2026, 3, 9, 8, 0, tzinfo=UTC),
            stack_version="1",
        )
        with HistoryWriter(run.dir / "history.jsonl") as writer:
            for op in case.history:
                if op.time_s <= at_s:
                    writer.append(op.process, op.f, op.outcome, op.time_s, op.value)
            if recovering:
                writer.record("harness", PhaseBegan("recovery"), "info", 300.0)
            history = Growing(run.dir / "history.jsonl").digest()
            crm = msgspec.structs.replace(case.crm, time_s=at_s)
            erp = msgspec.structs.replace(case.erp, time_s=at_s)
            known = {"history.jsonl": history}
            until = Until(history.lines, crm, erp, case.dead_letters)
            seal(run.dir, "unfinished run", known=known, until=until)
            for number in range(later):
                writer.record("harness", PhaseBegan(f"after the last ledgers {number}"), "info", at_s + 1)
        return run

    return record


def words_of(run: Run) -> dict[str, str]:
    return {verdict.name: verdict.result.word for verdict in check_run(run).verdicts}


def test_a_run_that_ended_early_is_judged_until_then(stopped: Stopped, day: Any) -> None:
    checked = check_run(stopped(day, 400.0))
    assert checked.result is Result.INCONCLUSIVE
    assert checked.verdicts[0].name == CAME_TO_ITS_END
    assert checked.verdicts[0].summary.startswith("it did not: the ledgers are those of 6 min 40 s")
    assert checked.verdicts[-1].summary.startswith("until then: ")


def test_a_deal_that_was_not_due_is_not_lost(stopped: Stopped, day: Any) -> None:
    latency_s = day.contract.sla.latency_s
    states = check_run(stopped(day, 70.0 + latency_s)).scorecard.states
    assert (states["lost"].orders, states["ok"].orders) == (0, 1)


def test_a_deal_that_is_parked_is_not_lost(stopped: Stopped, day: Any) -> None:
    day.letter("D1")
    states = check_run(stopped(day, 1190.0, recovering=True)).scorecard.states
    assert (states["lost"].orders, states["parked"].orders) == (0, 1)


def test_the_order_of_a_deal_that_was_not_due_belongs_to_a_deal(stopped: Stopped, day: Any) -> None:
    day.deal("D2", 390).order("D2", 395)
    assert check_run(stopped(day, 400.0)).scorecard.orphans == 0


def test_an_order_whose_deal_was_won_after_the_crm_was_read_belongs_to_it(stopped: Stopped, day: Any) -> None:
    day.order("D9", 400.5)
    assert check_run(stopped(day, 400.0)).scorecard.orphans == 0


def test_an_order_that_never_had_a_deal_is_shown(stopped: Stopped, day: Any) -> None:
    day.order("D9", 20)
    assert check_run(stopped(day, 400.0)).scorecard.orphans == 1


def test_nothing_passes_in_a_run_that_did_not_end(stopped: Stopped, new_story: Callable[[], Any]) -> None:
    story = new_story().deal("D0", 10).order("D0", 12).inject(60, 300).hit("D0", 61)
    story.expectations = (Expectation("exactly once", {"within_s": LIMIT_S, "after": "fix"}, "exactly once"),)
    found = words_of(stopped(story, 1190.0, recovering=True))
    assert "passed" not in found.values()


@pytest.mark.parametrize(
    ("at_s", "recovering", "word"),
    [
        (300.0 + LIMIT_S / 2, True, "inconclusive"),
        (1190.0, True, "failed"),
        # Before the recovery the deal may still be changed, and its time begins anew.
        (1190.0, False, "inconclusive"),
    ],
)
def test_a_deal_without_an_order_has_failed_once_its_time_is_over(
    stopped: Stopped, day: Any, at_s: float, recovering: bool, word: str
) -> None:
    run = stopped(day, at_s, recovering=recovering)
    assert words_of(run)["exactly once"] == word
    assert check_run(run).result.word == word


def test_a_second_order_is_no_proof_for_it_may_be_cancelled(stopped: Stopped, day: Any) -> None:
    day.order("D1", 80).order("D1", 81)
    assert words_of(stopped(day, 1190.0, recovering=True))["exactly once"] == "inconclusive"


def test_such_a_run_has_no_scores(stopped: Stopped, day: Any) -> None:
    card = check_run(stopped(day, 1190.0, recovering=True)).scorecard
    assert (card.detection.points, card.recovery.points, card.grade) == (None, None, None)


def test_what_was_recorded_after_the_last_ledgers_changes_nothing(stopped: Stopped, day: Any) -> None:
    run = stopped(day, 400.0, later=3)
    assert verify(run.dir).word == "unfinished"
    assert all(op.time_s <= 400.0 for op in run.case().history)


@pytest.mark.parametrize("content", [b'{"process":"harn', b""])
def test_a_torn_last_line_after_a_kill_leaves_the_rest_as_it_was_sealed(
    stopped: Stopped, day: Any, content: bytes
) -> None:
    run = stopped(day, 400.0, later=1)
    path = run.dir / "history.jsonl"
    path.write_bytes(path.read_bytes()[:-9] + content)
    assert verify(run.dir).word == "unfinished"
    assert check_run(run).result is Result.INCONCLUSIVE


def test_a_line_cut_from_before_the_last_ledgers_is_seen(stopped: Stopped, day: Any) -> None:
    run = stopped(day, 400.0, later=1)
    path = run.dir / "history.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert verify(run.dir).word == "altered"


def test_ledgers_that_were_put_beside_it_are_not_looked_at(stopped: Stopped, day: Any) -> None:
    run = stopped(day, 1190.0, recovering=True)
    day.order("D1", 80)
    case = day.case()
    run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=())
    assert check_run(run).result is Result.FAILED


def test_edited_ledgers_of_such_a_run_are_seen(stopped: Stopped, day: Any) -> None:
    run = stopped(day, 400.0)
    path = run.dir / SEAL_FILE
    path.write_bytes(path.read_bytes().replace(b'"won"', b'"void"', 1))
    assert verify(run.dir).word == "altered"


def test_what_ended_the_run_stands_first(stopped: Stopped, day: Any) -> None:
    run = stopped(day, 400.0)
    count = len((run.dir / "history.jsonl").read_bytes().splitlines())
    with HistoryWriter(run.dir / "history.jsonl") as writer:
        writer._index = count
        writer.record("harness", ServerExited("the fakes", 7, -9, "out of memory"), "info", 410.0)
    assert "the fakes ended in mid-run with signal SIGKILL" in check_run(run).verdicts[0].summary


def test_no_decision_rests_on_a_run_that_did_not_end_unless_it_has_failed(
    stopped: Stopped, day: Any, tmp_path: Path
) -> None:
    run = stopped(day, 400.0)
    contract = run.contract()
    question = Question("mine", "1", (run.scenario(),), {contract.name: contract})
    assert can_deploy(question, tmp_path / "runs").decision == "inconclusive"
    assert [run.why for run in read_runs(tmp_path / "runs", tmp_path).unfinished] == ["unfinished: the run did not end"]
    stopped(day, 1190.0, recovering=True)
    assert can_deploy(question, tmp_path / "runs").decision == "no"


def test_it_has_a_postmortem_that_says_so_first(stopped: Stopped, day: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = stopped(day, 400.0)
    with pytest.raises(SystemExit) as ended:
        main(["report", str(run.dir)])
    assert ended.value.code == 0, capsys.readouterr().err
    for name in ("postmortem.md", "brief.md"):
        assert "The run did not come to its end: all figures are as of 6 min 40 s" in (run.dir / name).read_text()
