"""The run folder: written once, judged again from disk, clear about whatever is missing or torn."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gameday.analysis.host_load import HOST_LOAD
from gameday.base.errors import GamedayError
from gameday.model.checker import Result
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Expectation
from gameday.scoring.headline import HEADERS, headline
from gameday.scoring.judge import check_run, judge
from gameday.scoring.run_folder import Run, create, list_runs
from support.thorough import examples

NOW = datetime(2024, 3, 9, 8, 7, 6, tzinfo=UTC)
FILES = (
    "run.json",
    "scenario.json",
    "contract.json",
    "history.jsonl",
    "ledger.crm.json",
    "ledger.erp.json",
    "dead_letters.json",
)
ANYTHING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(120))


def recorded(runs_dir: Path, story: Any) -> Run:
    """A run folder with this story in it."""
    case = story.case()
    run = create(runs_dir, stack="durable", scenario=case.scenario, contract=case.contract, pace=60, now=NOW)
    for name, history in (("history.jsonl", case.history), ("control.jsonl", case.control)):
        with HistoryWriter(run.dir / name) as writer:
            for op in history:
                writer.append(op.process, op.f, op.outcome, op.time_s, op.value)
    run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
    return run


@pytest.fixture
def two_deals(locked: Any) -> Any:
    """D1 is late and reported, D2 is lost and unreported."""
    locked.expectations = (
        Expectation("exactly once", {"within_s": 600.0, "after": "fix"}, "every deal exactly once"),
        Expectation("owner alerted", {"within_s": 300.0}, "the owner is alerted"),
    )
    locked.deal("D1", 70).order("D1", 320, total=Decimal("100.00")).deal("D2", 70)
    return locked.alert("D1", at_s=140)


@pytest.fixture
def run(tmp_path: Path, two_deals: Any) -> Run:
    return recorded(tmp_path, two_deals)


# -- creating ----------------------------------------------------------------------------------------


def test_a_run_folder_is_named_by_time_stack_scenario_and_seed(tmp_path: Path, story: Any) -> None:
    run = create(tmp_path, stack="durable+no-key", scenario=story.scenario(), contract=story.contract, pace=1, now=NOW)
    assert run.dir == tmp_path / "20240309T080706Z-durable-no-key-a-story-0"


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path, story: Any) -> None:
    made = [
        create(tmp_path, stack="s", scenario=story.scenario(), contract=story.contract, pace=1, now=NOW).dir.name
        for _ in range(3)
    ]
    assert made == [made[0], f"{made[0]}-2", f"{made[0]}-3"]


def test_what_is_known_before_the_start_is_on_disk_before_the_start(tmp_path: Path, story: Any) -> None:
    run = create(tmp_path, stack="durable", scenario=story.scenario(), contract=story.contract, pace=60, now=NOW)
    info = run.info()
    assert (info.stack, info.pace, info.seed, info.started) == ("durable", 60, 0, "2024-03-09T08:07:06+00:00")
    assert info.replay == "gameday run 'a story' --stack durable --seed 0 --pace 60"
    assert info.digests == {"scenario": story.scenario().digest(), "contract": "c1"}
    assert info.rubric
    assert (run.scenario(), run.contract()) == (story.scenario(), story.contract)


def test_a_folder_that_cannot_be_created_is_one_clear_line(tmp_path: Path, story: Any) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GamedayError, match="cannot create the folder"):
        create(tmp_path / "file", stack="s", scenario=story.scenario(), contract=story.contract, pace=1, now=NOW)


# -- reading -----------------------------------------------------------------------------------------


def test_a_case_comes_back_from_disk_as_it_was(run: Run, two_deals: Any) -> None:
    case, read = two_deals.case(), run.case()
    assert (read.scenario, read.contract, read.crm, read.erp) == (case.scenario, case.contract, case.crm, case.erp)
    assert list(read.history) == list(case.history)
    assert (read.match, read.dead_letters) == ("externalId", ())


def test_a_run_without_a_control_has_none(run: Run) -> None:
    (run.dir / "control.jsonl").unlink()
    assert run.case().control is None


@pytest.mark.parametrize("name", FILES[1:])
def test_a_missing_file_is_named(run: Run, name: str) -> None:
    (run.dir / name).unlink()
    with pytest.raises(GamedayError, match=name.replace(".", r"\.")):
        check_run(run)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_cut_off_is_named(run: Run, name: str) -> None:
    path = run.dir / name
    if name == "history.jsonl":
        path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:2])[:-9] + b"\n{}\n")
    else:
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(GamedayError, match=name.replace(".", r"\.")):
        check_run(run)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("foreign", [b"", b"[1]", b'"x"', b"\xff\xfe", b"null", b"[" * 100_000])
def test_a_file_that_cannot_be_decoded_is_a_clear_error(run: Run, name: str, foreign: bytes) -> None:
    if name == "history.jsonl":
        foreign += b"\n{}\n"
    (run.dir / name).write_bytes(foreign)
    with pytest.raises(GamedayError) as problem:
        check_run(run)
    assert name in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_folder_that_is_no_run_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="is not a run's folder"):
        check_run(Run(tmp_path))


def test_figures_that_are_no_numbers_are_a_clear_error(run: Run) -> None:
    path = run.dir / "ledger.erp.json"
    path.write_bytes(path.read_bytes().replace(b'"100.00"', b'"sNaN"'))
    with pytest.raises(GamedayError, match="out of range"):
        check_run(run)


# -- judging -----------------------------------------------------------------------------------------


def test_the_steady_state_is_judged_first_and_then_every_expectation(run: Run) -> None:
    checked = check_run(run)
    assert [(v.name, v.result) for v in checked.verdicts] == [
        ("steady state", Result.PASSED),
        ("faults took effect", Result.PASSED),
        ("every deal exactly once", Result.FAILED),
        ("the owner is alerted", Result.PASSED),
    ]
    assert (checked.result, checked.run_dir) == (Result.FAILED, run.dir)


def test_a_stack_that_is_wrong_before_the_first_fault_has_failed(tmp_path: Path, two_deals: Any) -> None:
    two_deals.deal("D9", 20).order("D9", 22, total=Decimal(1))
    checked = check_run(recorded(tmp_path, two_deals))
    assert checked.verdicts[0].summary.startswith("it fails without any fault: 1 of 4 deals was not right")
    assert checked.result is Result.FAILED
    assert checked.scorecard.detection.points is None


@pytest.fixture
def late(locked: Any) -> Any:
    """D1 is very late, and there was no alert."""
    locked.expectations = (Expectation("owner alerted", {"within_s": 300.0}, "the owner is alerted"),)
    return locked.deal("D1", 70).order("D1", 820, total=Decimal("100.00"))


def loaded(two_deals: Any, *waited_s: float, pace: float = 60.0) -> Any:
    """The same day, on which the stack waited so long for a processor in each second after the first."""
    for second, wait_s in enumerate((0.0, *waited_s)):
        waits = {"harness": 0.1, "stack": wait_s}
        two_deals.op("load", pace * second, {"real_s": 1.0, "waited_s": waits}, by="harness")
    return two_deals


@pytest.mark.parametrize(
    ("waited_s", "result"),
    [([0.7] * 9, Result.FAILED), ([0.1] * 9 + [0.85] * 5, Result.FAILED), ([0.95] * 9, Result.INCONCLUSIVE)],
)
def test_a_loss_is_a_failure_unless_the_host_was_overloaded_to_the_end(
    two_deals: Any, waited_s: list[float], result: Result
) -> None:
    assert judge(loaded(two_deals, *waited_s).case())[0] is result


@pytest.mark.parametrize(
    ("waited_s", "result"), [([0.4] * 9, Result.FAILED), ([0.1] * 9 + [0.55] * 5, Result.INCONCLUSIVE)]
)
def test_lateness_is_a_failure_unless_the_host_was_overloaded_for_a_spell(
    late: Any, waited_s: list[float], result: Result
) -> None:
    assert judge(loaded(late, *waited_s).case())[0] is result


def stalled(two_deals: Any, *stalled_s: float) -> Any:
    """The same day at pace 60, on which the machine stalled so long in each second after the first."""
    for second, stalled in enumerate((9.0, *stalled_s)):
        value = {"real_s": 1.0, "waited_s": {"stack": 0.1}, "stalled_s": stalled}
        two_deals.op("load", 60 * (second + 1), value, by="harness")
    return two_deals


@pytest.mark.parametrize(
    ("stalled_s", "result"),
    [
        ([0.1, 0, 0, 0, 0, 0.2], Result.FAILED),
        ([0, 0.3, 0, 0, 0, 0], Result.INCONCLUSIVE),
        ([0, 0.15, 0.15, 0, 0, 0], Result.INCONCLUSIVE),
    ],
)
def test_lateness_is_a_failure_unless_the_machine_stalled_for_a_large_share_of_the_latency(
    late: Any, stalled_s: list[float], result: Result
) -> None:
    assert judge(stalled(late, *stalled_s).case())[0] is result


@pytest.mark.parametrize(
    ("waited_s", "result"),
    [
        ([0.1, 0.94, 0.1, 0.1, 0.1], Result.FAILED),
        ([0.1, 0.96, 0.1, 0.1, 0.1], Result.INCONCLUSIVE),
    ],
)
def test_a_process_without_a_processor_for_a_whole_reading_counts_as_stalled(
    late: Any, waited_s: list[float], result: Result
) -> None:
    for second, wait_s in enumerate((0.0, *waited_s)):
        late.op("load", 60 * (second + 1), {"real_s": 1.0, "waited_s": {"stack": wait_s}}, by="harness")
    assert judge(late.case())[0] is result


def test_at_a_pace_at_which_a_reading_is_short_such_a_stall_explains_nothing(late: Any) -> None:
    assert judge(loaded(late, 0.1, 0.99, 0.1, 0.1, 0.1, pace=1.0).case())[0] is Result.FAILED


def test_at_such_a_pace_neither_does_a_spell(late: Any) -> None:
    assert judge(loaded(late, *[0.1] * 5, *[0.8] * 5, *[0.1] * 5, pace=1.0).case())[0] is Result.FAILED


def test_a_stall_is_given_in_seconds_of_the_machine_and_of_the_run(late: Any) -> None:
    _, (first, *_) = judge(stalled(late, 0, 2.5, 0).case())
    assert first.summary.startswith(
        "the machine did not keep up: it stalled for 2.5 s, which is 2 min 30 s of the run;"
    )
    assert HOST_LOAD in first.evidence


def test_a_loss_is_a_failure_even_if_the_machine_stalled(two_deals: Any) -> None:
    assert judge(stalled(two_deals, 0, 2.5, 0).case())[0] is Result.FAILED


def test_a_steady_state_that_failed_while_the_machine_stalled_says_so(new_story: Callable[[], Any]) -> None:
    story = new_story().deal("D0", 10).order("D0", 12).inject(200, 400).deal("D1", 20).order("D1", 150)
    story.expectations = (Expectation("exactly once", {"within_s": 600.0, "after": "fix"}, "exactly once"),)
    result, (first, *_) = judge(stalled(story, 2.5, 0).case())
    assert (result, HOST_LOAD in first.evidence) == (Result.INCONCLUSIVE, True)


@pytest.fixture
def at_the_end(new_story: Callable[[], Any]) -> Any:
    """Makes a day that ends at 400, in whose last minutes the machine stalls for 5 s; 5 s are 5 minutes of the run."""

    def make(*, late_s: float = 300.0) -> Any:
        story = new_story().deal("D0", 10).order("D0", 12).inject(60, 120)
        story.expectations = (Expectation("exactly once", {"within_s": 600.0, "after": "fix"}, "exactly once"),)
        story.horizon_s = 400.0
        for at_s in (60, 120, 180, 240, 300, 360):
            stalled_s = 4.9 if at_s == late_s else 0.0
            value = {"real_s": 1.0, "waited_s": {"stack": 0.1}, "stalled_s": stalled_s}
            story.op("load", at_s, value, by="harness")
        return story

    return make


def amended(story: Any, **order: Any) -> Any:
    """D1 was changed at 200, and its order is from before that."""
    return story.deal("D1", 70, changed_s=200.0).order("D1", 72, changed_s=72.0, total=Decimal(5), **order)


#: What is not finished at the horizon.
UNFINISHED: dict[str, Callable[[Any], Any]] = {
    "missing": lambda story: story.deal("D1", 200),
    "not yet amended": amended,
    "not yet invoiced": lambda story: story.deal("D1", 200).order("D1", invoice=None),
    "without lines yet": lambda story: story.deal("D1", 200).order("D1", lines=(), invoice=None),
    "not yet cancelled": lambda story: story.deal("D1", 70, changed_s=200.0, state="void").order(
        "D1", 72, changed_s=72.0, invoice_s=72.0
    ),
}
#: What no load of a machine can make wrong.
FINISHED: dict[str, Callable[[Any], Any]] = {
    "two orders": lambda story: story.deal("D1", 200).order("D1").order("D1"),
    "another total": lambda story: story.deal("D1", 200).order("D1", total=Decimal(5)),
    "another customer": lambda story: story.deal("D1", 200).order("D1", customer="ACC-7"),
    "another invoice": lambda story: story.deal("D1", 200).order("D1", invoice="7.00"),
    "an order without a deal": lambda story: story.deal("D1", 200).order("D1").order("nowhere", 210),
    "a missing deal beside two orders": lambda story: story.deal("D1", 200).deal("D2", 200).order("D2").order("D2"),
}


@pytest.mark.parametrize("what", UNFINISHED)
def test_what_is_unfinished_at_the_horizon_is_inconclusive_if_the_machine_stalled_before_it(
    at_the_end: Any, what: str
) -> None:
    assert judge(UNFINISHED[what](at_the_end()).case())[0] is Result.INCONCLUSIVE


@pytest.mark.parametrize("what", UNFINISHED)
def test_what_is_unfinished_at_the_horizon_is_a_failure_if_the_machine_kept_up_at_the_end(
    at_the_end: Any, what: str
) -> None:
    assert judge(UNFINISHED[what](at_the_end(late_s=0.0)).case())[0] is Result.FAILED
    # Ten minutes after a stall, a deal has had its time.
    story = UNFINISHED[what](at_the_end())
    for second in range(9):
        story.op("load", 420 + 60 * second, {"real_s": 1.0, "waited_s": {"stack": 0.1}}, by="harness")
    story.horizon_s = 980.0
    assert judge(story.case())[0] is Result.FAILED


@pytest.mark.parametrize("what", FINISHED)
def test_what_is_finished_and_wrong_is_a_failure_whatever_the_host_load(at_the_end: Any, what: str) -> None:
    assert judge(FINISHED[what](at_the_end()).case())[0] is Result.FAILED


@pytest.mark.parametrize(
    "left",
    [{"new_items": {"9": {"itemId": "SKU-1"}}}, {"others": ("SO-web",)}, {"customers": {"9": {}}, "new": ("9",)}],
    ids=["an item twice", "an order of others is missing", "a customer of no account"],
)
def test_a_stray_is_a_failure_whatever_the_host_load(at_the_end: Any, left: dict[str, Any]) -> None:
    case = UNFINISHED["missing"](at_the_end()).case()
    others = tuple(msgspec.structs.replace(case.erp.entries[0], id=id_) for id_ in left.get("others", ()))
    erp = msgspec.structs.replace(
        case.erp,
        items=("SKU-1",),
        new_items=left.get("new_items", {}),
        others=others,
        customers=left.get("customers", {}),
        new_customers=left.get("new"),
    )
    assert judge(case)[0] is Result.INCONCLUSIVE
    assert judge(msgspec.structs.replace(case, erp=erp))[0] is Result.FAILED


def test_a_duplicate_is_a_failure_whatever_the_host_load(locked: Any) -> None:
    locked.expectations = (Expectation("exactly once", {"within_s": 600.0, "after": "fix"}, "exactly once"),)
    locked.deal("D1", 70).order("D1", 80, total=Decimal("100.00")).order("D1", 81, total=Decimal("100.00"))
    assert judge(loaded(locked, *[1.0] * 9).case())[0] is Result.FAILED


def test_host_load_replaces_the_verdict_on_the_steady_state(two_deals: Any) -> None:
    assert judge(loaded(two_deals, *[0.95] * 9).case())[1][0].summary == (
        "the machine did not keep up: stack waited for a processor for 95% of the time; the machine may have "
        "caused the delays: run fewer scenarios at once (-j) or use a lower --pace"
    )


def test_a_run_without_expectations_is_inconclusive(two_deals: Any) -> None:
    two_deals.expectations = ()
    assert judge(two_deals.case())[0] is Result.INCONCLUSIVE


def test_a_run_without_deals_is_inconclusive(two_deals: Any, new_story: Callable[[], Any]) -> None:
    empty = new_story()
    empty.expectations = two_deals.expectations
    assert judge(empty.case())[0] is Result.INCONCLUSIVE


def test_the_judgement_is_on_disk_and_reads_back(run: Run) -> None:
    checked = check_run(run)
    assert run.verdicts() == (checked.result, checked.verdicts)
    assert run.scorecard() == checked.scorecard


def test_results_are_written_as_words(run: Run) -> None:
    check_run(run)
    written = msgspec.json.decode((run.dir / "verdicts.json").read_bytes())
    assert written["result"] == "failed"
    assert [v["result"] for v in written["verdicts"]] == ["passed", "passed", "failed", "passed"]


def test_judging_again_gives_the_same_bytes_and_leaves_the_records_alone(run: Run) -> None:
    check_run(run)
    before = {path.name: path.read_bytes() for path in run.dir.iterdir()}
    check_run(Run(run.dir))
    assert {path.name: path.read_bytes() for path in run.dir.iterdir()} == before


def test_a_half_written_last_operation_does_not_prevent_judging(run: Run) -> None:
    with (run.dir / "history.jsonl").open("ab") as file:
        file.write(b'{"process":"harn')
    assert check_run(run).result is Result.FAILED


def test_a_result_that_does_not_exist_in_the_verdicts_is_a_clear_error(run: Run) -> None:
    check_run(run)
    path = run.dir / "verdicts.json"
    path.write_bytes(path.read_bytes().replace(b'"result":"passed"', b'"result":"splendid"'))
    with pytest.raises(GamedayError, match="is no result"):
        run.verdicts()


def test_the_ledgers_of_a_run_are_written_once(run: Run) -> None:
    case = run.case()
    with pytest.raises(GamedayError, match="written already"):
        run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=())


def test_no_incomplete_file_is_left_if_writing_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    check_run(run)
    before = (run.dir / "verdicts.json").read_bytes()

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(GamedayError, match="No space left"):
        check_run(run)
    assert (run.dir / "verdicts.json").read_bytes() == before
    assert not [path for path in run.dir.iterdir() if path.name.startswith(".")]


# -- the headline ------------------------------------------------------------------------------------


def test_the_headline_has_the_scores_the_grade_the_unreported_deals_and_the_revenue(run: Run) -> None:
    check_run(run)
    assert headline(run) == ("50", "27", "F", "1", "100 USD", "100 USD", "0")


def test_a_run_that_was_not_judged_has_an_empty_headline(run: Run) -> None:
    assert headline(run) == ("-",) * len(HEADERS)


def test_an_inconclusive_run_has_an_empty_headline(run: Run) -> None:
    checked = check_run(run)
    run.write_judgement(msgspec.structs.replace(checked, result=Result.INCONCLUSIVE))
    assert headline(run) == ("-",) * len(HEADERS)


def test_no_impact_replaces_the_detection_score(tmp_path: Path, locked: Any) -> None:
    run = recorded(tmp_path, locked.deal("D1", 70).order("D1", 72))
    run.write_judgement(msgspec.structs.replace(check_run(run), result=Result.PASSED))
    assert headline(run) == ("no impact", "100", "A", "0", "0", "0", "0")


def test_runs_are_listed_by_time_and_other_folders_are_not(tmp_path: Path, two_deals: Any) -> None:
    (tmp_path / "controls").mkdir()
    runs = [recorded(tmp_path, two_deals).dir for _ in range(2)]
    assert [run.dir for run in list_runs(tmp_path)] == sorted(runs)
    assert list_runs(tmp_path / "nowhere") == []


# -- whatever is in the files ------------------------------------------------------------------------


@pytest.mark.slow
@given(data=st.data())
@ANYTHING
def test_any_change_of_bytes_gives_a_judgement_or_a_clear_error(run: Run, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    whole = (run.dir / name).read_bytes()
    where = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:where] + data.draw(st.binary(max_size=6)) + whole[where + data.draw(st.integers(0, 6)) :]
    (run.dir / name).write_bytes(changed)
    try:
        check_run(run)
    except GamedayError as problem:
        assert "\n" not in str(problem)
    finally:
        (run.dir / name).write_bytes(whole)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("deal", "order", "key", "injection", "fault", "open", "signal", "total", "phase", "act", "outcome", "keys")
KINDS = ("close_deal", "order_write", "invoice_write", "alert", "ticket", "hit", "inject", "heal", "human",
         "dead_letters", "phase", "deliver", "ledger", "note")  # fmt: skip


@pytest.mark.slow
@given(
    values=st.lists(
        st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4)), max_size=5
    ),
    outcome=st.sampled_from(["invoke", "ok", "fail", "info"]),
)
@ANYTHING
def test_any_value_in_the_history_gives_a_judgement_or_a_clear_error(run: Run, values: Any, outcome: Any) -> None:
    whole = (run.dir / "history.jsonl").read_bytes()
    with (run.dir / "history.jsonl").open("ab") as history:
        for number, (f, value) in enumerate(values):
            line = {
                "process": "fuzz",
                "f": f,
                "value": value,
                "outcome": outcome,
                "time_s": 150.0,
                "index": 900 + number,
            }
            history.write(json.dumps(line).encode() + b"\n")
    try:
        check_run(run)
    except GamedayError as problem:
        assert "\n" not in str(problem)
    finally:
        (run.dir / "history.jsonl").write_bytes(whole)


def test_shuffled_ledgers_are_judged_alike(tmp_path: Path, two_deals: Any) -> None:
    first = check_run(recorded(tmp_path / "a", two_deals))
    random.Random(1).shuffle(two_deals.erp)
    second = check_run(recorded(tmp_path / "b", two_deals))
    assert first.verdicts == second.verdicts
    assert first.scorecard == second.scorecard
