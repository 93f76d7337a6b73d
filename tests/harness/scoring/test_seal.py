"""The seal of a run's folder: whatever was edited, cut, swapped, added or copied is seen, and decides nothing."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.base.owner import known_keys
from gameday.cli import main
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Expectation
from gameday.scoring.deployment import Answer, Question, can_deploy
from gameday.scoring.digests import Digest, digest_of
from gameday.scoring.judge import check_run
from gameday.scoring.results.sealed_folders import fetch_runs, keep_runs
from gameday.scoring.results.store import open_store
from gameday.scoring.run_folder import Run, create
from gameday.scoring.seal import JUDGEMENT, JUDGEMENT_SEAL, RECORDS, SEAL_FILE, seal, verify, verify_judged
from gameday_reports.dashboard.runs import read_runs

VERSION = "1.4.2"
SECRET = "a secret of the pipeline"
Record = Callable[..., Run]


@pytest.fixture
def passing(story: Any) -> Any:
    """A day on which the lock was met and every deal arrived."""
    story.expectations = (Expectation("exactly once", {"within_s": 600.0, "after": "fix"}, "exactly once"),)
    return story.deal("D0", 10).order("D0", 12).deal("D1", 70).order("D1", 75)


@pytest.fixture
def failing(new_story: Callable[[], Any]) -> Any:
    """A day on which a deal was lost."""
    story = new_story()
    story.expectations = (Expectation("exactly once", {"within_s": 600.0, "after": "fix"}, "exactly once"),)
    return story.deal("D0", 10).order("D0", 12).deal("D1", 70)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Records a story as a sealed run, each a minute later than the one before."""
    minutes = iter(range(60))

    def recorded(story: Any, *, seed: int = 0, kind: Any = "run") -> Run:
        case = story.case()
        run = create(
            tmp_path / "runs",
            stack="mine",
            scenario=msgspec.structs.replace(case.scenario, seed=seed),
            contract=case.contract,
            pace=60,
            now=datetime(2026, 3, 9, 8, next(minutes), tzinfo=UTC),
            stack_version=VERSION,
        )
        with HistoryWriter(run.dir / "history.jsonl") as writer:
            for op in case.history:
                writer.append(op.process, op.f, op.outcome, op.time_s, op.value)
        run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
        if kind:
            seal(run.dir, kind)
        return run

    return recorded


@pytest.fixture
def ask(tmp_path: Path, story: Any) -> Callable[[Any], Answer]:
    """The answer of can-deploy about a story's scenario."""

    def answer(about: Any) -> Answer:
        case = about.case()
        question = Question("mine", VERSION, (case.scenario,), {case.contract.name: case.contract})
        return can_deploy(question, tmp_path / "runs")

    return answer


def changed(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def added(path: Path, content: bytes) -> None:
    path.write_bytes(path.read_bytes() + content)


def without_line(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))


def swapped(path: Path) -> None:
    first, second, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([second, first, *rest]))


def as_link(path: Path) -> None:
    """The same content, but a link to a file elsewhere, which somebody else may change."""
    elsewhere = path.parent.parent / f"elsewhere-{path.name}"
    shutil.copy(path, elsewhere)
    path.unlink()
    path.symlink_to(elsewhere)


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


ALTERATIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "an edited line": (
        lambda at: changed(at / "history.jsonl", b'"outcome":"ok"', b'"outcome":"no"'),
        "history.jsonl was changed",
    ),
    "a cut line": (lambda at: without_line(at / "history.jsonl", 2), "history.jsonl is shorter"),
    "a cut end": (lambda at: without_line(at / "history.jsonl", -2), "history.jsonl is shorter"),
    "swapped lines": (lambda at: swapped(at / "history.jsonl"), "history.jsonl was changed"),
    "an added line": (
        lambda at: added(at / "history.jsonl", b"{}\n"),
        "something was added to history.jsonl",
    ),
    "half a line more": (
        lambda at: added(at / "history.jsonl", b'{"pro'),
        "something was added to history.jsonl",
    ),
    "an edited ledger": (lambda at: changed(at / "ledger.erp.json", b'"open"', b'"cancelled"'), "ledger.erp.json"),
    "a missing ledger": (lambda at: (at / "ledger.erp.json").unlink(), "ledger.erp.json is missing"),
    "an edited scenario": (
        lambda at: changed(at / "scenario.json", b'"within_s":600', b'"within_s":999'),
        "scenario.json was changed",
    ),
    "an edited contract": (
        lambda at: changed(at / "contract.json", b'"latency_s":', b'"latency_s":9'),
        "something was added to contract.json",
    ),
    "an edited run.json": (lambda at: changed(at / "run.json", b'"1.4.2"', b'"1.4.3"'), "run.json was changed"),
    "a control that was none": (
        lambda at: (at / "control.jsonl").write_bytes(b""),
        "control.jsonl was added",
    ),
    "a link in place of a record": (lambda at: as_link(at / "ledger.erp.json"), "ledger.erp.json is a link"),
    "a pipe in place of a record": (lambda at: as_pipe(at / "ledger.erp.json"), "ledger.erp.json"),
    "a seal that is a link": (lambda at: as_link(at / SEAL_FILE), "seal.json is a link"),
    "an edited seal": (lambda at: changed(at / SEAL_FILE, b'"kind":"run"', b'"kind":"gat"'), "seal.json was changed"),
    "a torn seal": (lambda at: (at / SEAL_FILE).write_bytes(b'{"statement":'), "seal.json cannot be read"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_whatever_is_done_to_a_record_the_folder_is_altered(record: Record, passing: Any, name: str) -> None:
    run = record(passing)
    alter, why = ALTERATIONS[name]
    alter(run.dir)
    found = verify(run.dir)
    assert (found.word, why in found.why) == ("altered", True), found
    assert not found.counts


def test_a_folder_as_the_run_left_it_is_intact_and_judging_it_changes_nothing(record: Record, passing: Any) -> None:
    run = record(passing)
    assert verify(run.dir).word == "intact"
    check_run(run)
    (run.dir / "postmortem.yaml").write_text("status: Draft\n")
    assert verify(run.dir) == verify(run.dir)
    assert verify(run.dir).word == "intact"


def test_every_record_of_the_judge_is_sealed(record: Record, passing: Any) -> None:
    run = record(passing)
    records = set(msgspec.json.decode((run.dir / SEAL_FILE).read_bytes())["statement"]["records"])
    written = {path.name for path in run.dir.iterdir()} - {SEAL_FILE}
    assert records == written <= set(RECORDS)


def test_the_ledger_of_another_run_is_seen(record: Record, passing: Any, failing: Any) -> None:
    good, bad = record(passing), record(failing)
    shutil.copy(good.dir / "ledger.erp.json", bad.dir)
    assert verify(bad.dir).word == "altered"


def test_the_seal_of_another_run_does_not_fit(record: Record, passing: Any, failing: Any) -> None:
    good, bad = record(passing), record(failing)
    shutil.copy(good.dir / SEAL_FILE, bad.dir)
    assert verify(bad.dir).word == "altered"


def test_the_seal_of_a_gate_is_none_of_a_run(record: Record, passing: Any) -> None:
    run = record(passing)
    seal(run.dir, "gate", ["run.json"])
    assert verify(run.dir).word == "altered"
    assert verify(run.dir, kinds=["gate"]).word == "intact"


def test_a_copy_under_another_name_is_a_copy(record: Record, passing: Any) -> None:
    run = record(passing)
    copy = Path(shutil.copytree(run.dir, run.dir.with_name("20990101T000000Z-copy")))
    assert verify(copy).word == "renamed"
    assert run.dir.name in verify(copy).why


def test_a_folder_without_its_seal_is_unsealed_and_is_still_judged(record: Record, passing: Any) -> None:
    run = record(passing)
    (run.dir / SEAL_FILE).unlink()
    assert verify(run.dir).word == "unsealed"
    assert check_run(run).result.word == "passed"


def test_without_a_seal_a_history_that_lacks_lines_is_altered(record: Record, passing: Any) -> None:
    run = record(passing)
    (run.dir / SEAL_FILE).unlink()
    without_line(run.dir / "history.jsonl", 2)
    assert verify(run.dir).sentence == "altered: history.jsonl is not continuous after operation 1"


def test_a_folder_that_anybody_can_change_does_not_count(record: Record, passing: Any) -> None:
    run = record(passing)
    run.dir.chmod(0o777)
    assert (verify(run.dir).word, verify(run.dir).counts) == ("exposed", False)


def test_the_folder_of_another_user_does_not_count(
    record: Record, passing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = record(passing)
    keys = [*known_keys()]
    monkeypatch.setattr("gameday.scoring.seal.known_keys", lambda: iter(keys))
    monkeypatch.setattr("gameday.scoring.seal.os.getuid", lambda: run.dir.stat().st_uid + 1)
    monkeypatch.setattr("gameday.scoring.seal.TRUSTED_USERS", ())
    assert verify(run.dir).sentence == "exposed: it is another user's folder"


def test_only_its_user_can_look_into_a_runs_folder(record: Record, passing: Any) -> None:
    assert stat.S_IMODE(record(passing).dir.stat().st_mode) == 0o700


def test_a_record_that_cannot_be_read_is_named(record: Record, passing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = record(passing)

    def refused(path: Any, *_: Any) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("gameday.scoring.digests.os.open", refused)
    assert verify(run.dir).sentence == "altered: seal.json cannot be read: Permission denied"


# -- keys --------------------------------------------------------------------------------------------


def test_a_run_sealed_by_another_user_is_foreign(
    record: Record, passing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "theirs"))
    run = record(passing)
    monkeypatch.setattr("gameday.scoring.seal.known_keys", lambda: iter([b"k" * 32]))
    found = verify(run.dir)
    assert (found.word, found.counts) == ("foreign", False)
    assert "sealed by somebody else" in found.why


def test_what_a_pipeline_has_sealed_counts_only_with_its_secret(
    record: Record, passing: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAMEDAY_SEAL_SECRET", SECRET)
    run = record(passing)
    assert (verify(run.dir).word, ask(passing).decision) == ("intact", "yes")
    monkeypatch.setenv("GAMEDAY_SEAL_SECRET", SECRET[::-1])
    assert (verify(run.dir).word, ask(passing).decision) == ("foreign", "inconclusive")
    monkeypatch.delenv("GAMEDAY_SEAL_SECRET")
    assert "GAMEDAY_SEAL_SECRET is not set" in verify(run.dir).why


def test_a_secret_that_could_be_found_by_trying_is_refused(
    record: Record, passing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAMEDAY_SEAL_SECRET", "hunter2")
    with pytest.raises(GamedayError, match="GAMEDAY_SEAL_SECRET has 7 characters; it needs at least 16"):
        record(passing)


def test_the_secret_is_in_no_file(record: Record, passing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAMEDAY_SEAL_SECRET", SECRET)
    run = record(passing)
    assert all(SECRET.encode() not in path.read_bytes() for path in run.dir.iterdir())


# -- digests -----------------------------------------------------------------------------------------


def test_the_marks_of_a_long_history_say_where_it_was_changed(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"".join(b"%d\n" % (1_000_000 + number) for number in range(3500)))
    seal(tmp_path, "run")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1001700\n", b"9001700\n"))
    assert verify(tmp_path).why == "history.jsonl was changed, first between the lines 1,001 and 2,000"


def test_a_torn_last_line_belongs_to_the_record(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'{"a":1}\n{"b')
    assert digest_of(path).size == 11
    path.write_bytes(b'{"a":1}\n')
    assert digest_of(path) == Digest(8, digest_of(path).sha256, 1)


# -- what rests on it --------------------------------------------------------------------------------


def test_edited_verdicts_turn_a_no_into_nothing_else(record: Record, failing: Any, ask: Any) -> None:
    run = record(failing)
    check_run(run)
    assert ask(failing).decision == "no"
    for name in ("verdicts.json", "scorecard.json"):
        path = run.dir / name
        path.write_bytes(re.sub(rb'"(failed|F)"', b'"passed"', path.read_bytes()))
    assert ask(failing).decision == "no"


@pytest.mark.parametrize("name", JUDGEMENT)
def test_what_only_lists_results_says_that_they_were_edited(
    record: Record, failing: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    run = record(failing)
    check_run(run)
    assert verify_judged(run.dir).word == "intact"
    path = run.dir / name
    path.write_bytes(re.sub(rb'"(failed|F|kind)"', b'"passed"', path.read_bytes(), count=1))
    assert verify_judged(run.dir).word == "altered"
    with pytest.raises(SystemExit):
        main(["list", "runs", "--runs", str(tmp_path / "runs")])
    assert "altered" in capsys.readouterr().out


def test_a_judgement_of_other_records_does_not_fit(record: Record, failing: Any, passing: Any) -> None:
    bad, good = record(failing), record(passing)
    for run in (bad, good):
        check_run(run)
    for name in (*JUDGEMENT[:2], JUDGEMENT_SEAL):
        shutil.copyfile(good.dir / name, bad.dir / name)
    assert verify_judged(bad.dir).word == "altered"


@pytest.mark.parametrize("name", ALTERATIONS)
def test_no_alteration_of_a_failed_run_makes_a_yes(
    record: Record, failing: Any, passing: Any, ask: Any, name: str
) -> None:
    run = record(failing)
    ALTERATIONS[name][0](run.dir)
    assert ask(failing).decision == "inconclusive"


def test_no_older_run_stands_in_for_one_that_was_altered(record: Record, passing: Any, ask: Any) -> None:
    record(passing)
    newer = record(passing)
    assert ask(passing).decision == "yes"
    changed(newer.dir / "ledger.erp.json", b'"open"', b'"held"')
    answer = ask(passing)
    assert answer.decision == "inconclusive"
    assert [run.seal for cell in answer.cells for run in cell.runs] == ["altered", "intact"]


def test_a_run_without_a_seal_makes_no_yes(record: Record, passing: Any, ask: Any) -> None:
    record(passing, kind=None)
    assert ask(passing).decision == "inconclusive"


def test_a_copy_counts_once(record: Record, passing: Any, ask: Any, tmp_path: Path) -> None:
    run = record(passing)
    shutil.copytree(run.dir, run.dir.with_name("20990101T000000Z-copy"))
    answer = ask(passing)
    assert answer.decision == "yes"
    assert sorted(each.seal for cell in answer.cells for each in cell.runs) == ["intact", "renamed"]
    assert len(read_runs(tmp_path / "runs", tmp_path).judged) == 1


def test_the_dashboard_judges_again_and_leaves_out_what_was_altered(
    record: Record, passing: Any, failing: Any, tmp_path: Path
) -> None:
    good, bad, edited = record(passing), record(failing), record(failing)
    for run in (bad, edited):
        check_run(run)
        (run.dir / "verdicts.json").write_bytes((run.dir / "verdicts.json").read_bytes().replace(b"failed", b"passed"))
    changed(edited.dir / "ledger.crm.json", b'"won"', b'"void"')
    found = read_runs(tmp_path / "runs", tmp_path)
    assert [(run.run, run.word) for run in found.judged] == [(good.dir.name, "passed"), (bad.dir.name, "failed")]
    assert [(run.run, run.why.partition(":")[0]) for run in found.unfinished] == [(edited.dir.name, "altered")]


def test_an_edited_gate_is_no_gate(record: Record, passing: Any, ask: Any, tmp_path: Path) -> None:
    record(passing)
    case = passing.case()
    inputs = {
        "flow": case.contract.name,
        "contracts": {"candidate": {"digest": case.contract.digest}},
        "stacks": {"candidate": {"name": "mine", "version": VERSION}},
    }
    folder = tmp_path / "runs" / "gates" / "g1"
    folder.mkdir(parents=True)
    (folder / "gate.json").write_bytes(msgspec.json.encode({"inputs": inputs, "result": "failed", "started": "1"}))
    seal(folder, "gate", ["gate.json"])
    assert ask(passing).decision == "no"
    changed(folder / "gate.json", b'"failed"', b'"passed"')
    assert ask(passing).decision == "inconclusive"


# -- the commands ------------------------------------------------------------------------------------


def gameday(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_check_judges_an_altered_copy_and_says_so(
    record: Record, failing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = record(failing)
    assert gameday("check", run.dir) == 1
    assert "seal" not in capsys.readouterr().out
    # The lost deal is made to look as if it had never been won.
    changed(run.dir / "ledger.crm.json", b'"id":"D1"', b'"id":"D0"')
    changed(run.dir / "ledger.crm.json", b'{"Id":"D1"}', b'{"Id":"D0"}')
    gameday("check", run.dir)
    output = capsys.readouterr().out
    assert output.startswith("seal     altered: ledger.crm.json was changed\n")
    assert "exactly once" in output


def test_a_pass_of_altered_records_is_no_pass(record: Record, passing: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = record(passing)
    assert gameday("check", run.dir) == 0
    changed(run.dir / "run.json", b'"1.4.2"', b'"1.4.3"')
    assert gameday("check", run.dir) == 3


@pytest.mark.slow
def test_the_reports_of_altered_records_say_so_first(
    record: Record, passing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = record(passing)
    changed(run.dir / "run.json", b'"1.4.2"', b'"1.4.3"')
    assert gameday("report", run.dir) == 0
    assert "seal: altered: run.json was changed" in capsys.readouterr().err
    for name in ("postmortem.md", "postmortem.html", "brief.md"):
        assert "altered: run.json was changed" in (run.dir / name).read_text()
    assert msgspec.json.decode((run.dir / "results.json").read_bytes())["seal"] == "altered"


def kept_elsewhere(tmp_path: Path, about: Any, spoil: Callable[[Path], None] = lambda _: None) -> Answer:
    """The answer of a later job that has nothing but the store of results."""
    store = open_store(str(tmp_path / "results"))
    assert keep_runs(store, tmp_path / "runs", "mine", VERSION) == 1
    assert keep_runs(store, tmp_path / "runs", "mine", VERSION) == 0
    for path in (tmp_path / "results").rglob("ledger.erp.json"):
        spoil(path)
    fetch_runs(store, "mine", VERSION, tmp_path / "later")
    case = about.case()
    question = Question("mine", VERSION, (case.scenario,), {case.contract.name: case.contract})
    return can_deploy(question, tmp_path / "none", tmp_path / "later")


def test_a_run_that_one_job_has_kept_is_judged_again_in_another(tmp_path: Path, record: Record, passing: Any) -> None:
    record(passing)
    assert kept_elsewhere(tmp_path, passing).decision == "yes"


def test_a_failed_run_that_one_job_has_kept_is_a_no_in_another(tmp_path: Path, record: Record, failing: Any) -> None:
    record(failing)
    assert kept_elsewhere(tmp_path, failing).decision == "no"


def test_a_kept_run_that_was_edited_in_the_store_does_not_count(tmp_path: Path, record: Record, passing: Any) -> None:
    record(passing)
    answer = kept_elsewhere(tmp_path, passing, lambda path: added(path, b" "))
    assert answer.decision == "inconclusive"


def test_a_run_without_a_seal_is_not_kept(tmp_path: Path, record: Record, passing: Any) -> None:
    record(passing, kind="")
    assert keep_runs(open_store(str(tmp_path / "results")), tmp_path / "runs", "mine", VERSION) == 0


def test_two_copies_of_a_run_count_once(tmp_path: Path, record: Record, passing: Any) -> None:
    record(passing)
    case = passing.case()
    question = Question("mine", VERSION, (case.scenario,), {case.contract.name: case.contract})
    answer = can_deploy(question, tmp_path / "runs", tmp_path / "runs")
    assert [len(cell.runs) for cell in answer.cells] == [1]
