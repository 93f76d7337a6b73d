"""postmortem.yaml: what people write survives every rendering, and each mistake is an error of one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday_reports import render
from gameday_reports.blank_sidecar import write_sidecar
from gameday_reports.outlet import outlets
from gameday_reports.postmortem.actions import actions, open_actions
from gameday_reports.recorded import RecordedRun
from gameday_reports.redaction import MASK
from gameday_reports.sidecar import FILE, PROMPTS
from gameday_reports.sidecar_reader import read_sidecar
from support.rows import rows


def written(run_dir: Path, text: str) -> Path:
    (run_dir / FILE).write_text(text, encoding="utf-8")
    return run_dir


def test_without_a_file_it_is_a_draft_with_every_question_open(tmp_path: Path) -> None:
    sidecar = read_sidecar(tmp_path)
    assert (sidecar.status, sidecar.written, len(sidecar.open_prompts())) == ("Draft", False, len(PROMPTS))


def test_a_blank_file_is_like_no_file(run_dir: Path) -> None:
    write_sidecar(run_dir)
    sidecar = read_sidecar(run_dir)
    assert (sidecar.status, sidecar.answers) == ("Draft", {})
    assert {(action.owner, action.due, action.dropped) for action in sidecar.actions} == {("", "", "")}


def test_a_blank_file_has_every_question_and_every_drafted_action(run_dir: Path) -> None:
    text = write_sidecar(run_dir).read_text(encoding="utf-8")
    joined = " ".join(line.removeprefix("# ") for line in text.splitlines())
    assert all(prompt.question in joined and f"\n{prompt.key}:" in text for prompt in PROMPTS)
    drafted = [action["id"] for action in actions(RecordedRun(run_dir))]
    assert [action.id for action in read_sidecar(run_dir).actions] == drafted


def test_a_file_is_never_overwritten(run_dir: Path) -> None:
    written(run_dir, "status: Final\n")
    with pytest.raises(GamedayError, match=r"postmortem\.yaml already exists"):
        write_sidecar(run_dir)
    assert (run_dir / FILE).read_text() == "status: Final\n"


def test_a_scenarios_text_stays_inside_its_comment(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.name = "x\nstatus: Final\n\u2028people: [a]\u0085leadership: b"
    run_dir = full_sketch.record(tmp_path)
    write_sidecar(run_dir)
    sidecar = read_sidecar(run_dir)
    assert (sidecar.status, sidecar.people, sidecar.answers) == ("Draft", (), {})


def test_every_rendering_has_what_people_wrote(run_dir: Path) -> None:
    written(
        run_dir,
        "status: In Review\nleadership: It cost us a day of trust.\nlucky: |\n  It was quiet.\n\n  Nobody slept.\n",
    )
    for _ in range(2):
        render(run_dir)
        for name in ("postmortem.html", "postmortem.md", "brief.html", "brief.md"):
            text = (run_dir / name).read_text(encoding="utf-8")
            assert "In Review" in text
            assert "It cost us a day of trust." in text
    page = (run_dir / "postmortem.html").read_text(encoding="utf-8")
    assert '<bdi>It was quiet.</bdi></p>\n<p class="answered"><bdi>Nobody slept.</bdi>' in page
    assert (run_dir / FILE).read_text(encoding="utf-8").startswith("status: In Review\n")


def test_an_answered_question_is_not_asked_again(run_dir: Path) -> None:
    render(written(run_dir, "mitigators: The queue was on disk.\n"))
    text = (run_dir / "postmortem.md").read_text(encoding="utf-8")
    assert "(mitigators in postmortem.yaml)" not in text
    assert "(lucky in postmortem.yaml)" in text


def test_a_drafted_action_gets_its_owner_and_date(run_dir: Path) -> None:
    written(run_dir, "actions:\n  - id: duplicated\n    owner: erp-platform\n    due: 2026-04-01\n")
    row = next(row for row in actions(RecordedRun(run_dir)) if row["id"] == "duplicated")
    assert (row["owner"], row["due"], row["kind"]) == ("erp-platform", "2026-04-01", "prevent")


def test_an_action_that_people_added_comes_after_the_drafted_ones(run_dir: Path) -> None:
    written(run_dir, "actions:\n  - {type: detect, what: Count orders hourly., owner: finance, due: 2026-04-01}\n")
    row = actions(RecordedRun(run_dir))[-1]
    assert (row["id"], row["kind"], row["what"]) == ("", "detect", "Count orders hourly.")


def test_a_dropped_action_is_a_decision_not_to_act(run_dir: Path) -> None:
    render(written(run_dir, "actions:\n  - id: false-alarms\n    dropped: One a quarter is cheaper than the change.\n"))
    text = (run_dir / "postmortem.md").read_text(encoding="utf-8")
    before, _, after = text.partition("### Decisions not to act")
    assert "| detect | Find out what raised the false alarms, and fix it. |" not in before
    assert "One a quarter is cheaper than the change." in after


PERSONAL = "Ada wrote to ada.l@example.com, called +49 30 1234567 and typed password=hunter22."
SECRET = ("ada.l@example.com", "1234567", "hunter22")


@pytest.mark.parametrize("target", ["pages", *outlets])
def test_nothing_shows_what_is_personal_or_secret_in_what_people_wrote(run_dir: Path, target: str) -> None:
    answers = "".join(f"{prompt.key}: {PERSONAL!r}\n" for prompt in PROMPTS)
    texts = "".join(f", {name}: {PERSONAL!r}" for name in ("what", "why", "owner"))
    acts = f"actions:\n  - {{type: detect{texts}}}\n  - {{id: false-alarms, dropped: {PERSONAL!r}}}\n"
    review = f"comments: [{{by: {PERSONAL!r}, text: {PERSONAL!r}}}]\nparticipants: [{PERSONAL!r}]\n"
    steps = f"status: In Review\nhistory: [{{status: In Review, by: {PERSONAL!r}, on: 2026-04-01}}]\n"
    written(run_dir, f"people: [Ada Lovelace]\n{answers}{acts}{review}{steps}")
    if target == "pages":
        before = {path.name for path in run_dir.iterdir()}
        render(run_dir)
        shown = "".join(path.read_text() for path in run_dir.iterdir() if path.name not in before)
        assert "[e-mail address], called [telephone number] and typed password=[secret]" in shown
    else:
        shown = outlets[target].text(RecordedRun(run_dir))
    assert not [part for part in SECRET if part in shown]


def test_a_name_that_no_report_shows_is_masked_in_texts_and_kept_where_a_person_is_meant(run_dir: Path) -> None:
    act = "actions:\n  - {type: detect, what: Ask Lovelace., owner: Ada Lovelace, due: 2026-04-01}\n"
    written(run_dir, f"people: [Ada Lovelace]\nlucky: Ada Lovelace was awake, and so was lovelace's cat.\n{act}")
    sidecar = RecordedRun(run_dir).sidecar
    assert sidecar.answers["lucky"][0].text == f"{MASK} was awake, and so was {MASK}'s cat."
    assert (sidecar.actions[0].what, sidecar.actions[0].owner) == (f"Ask {MASK}.", "Ada Lovelace")


def test_the_pages_say_who_set_which_status_and_what_the_review_said(run_dir: Path) -> None:
    steps = "- {status: In Review, by: sync owner, on: 2026-04-01}\n- {status: Final, by: finance, on: 2026-04-03}\n"
    comment = "comments: [{by: support, on: 2026-04-02, text: The second page came late.}]\n"
    render(written(run_dir, f"status: Final\nhistory:\n{steps}participants: [sync owner, support]\n{comment}"))
    text = (run_dir / "postmortem.md").read_text(encoding="utf-8")
    assert "**Final** since 2026-04-03, set by finance" in text
    assert "Took part: sync owner, support." in text
    assert "- 2026-04-01: In Review, set by sync owner\n" in text
    assert "> The second page came late. (support, 2026-04-02)" in text
    page = (run_dir / "postmortem.html").read_text(encoding="utf-8")
    assert "The second page came late." in page
    assert "2026-04-03, <bdi>finance</bdi>" in page


def test_an_action_that_is_done_is_shown_as_done_and_is_no_issue_any_more(run_dir: Path) -> None:
    render(written(run_dir, "actions:\n  - {id: false-alarms, owner: sync team, done: 2026-04-02}\n"))
    assert "| sync team | done 2026-04-02 |" in (run_dir / "postmortem.md").read_text(encoding="utf-8")
    assert "false-alarms" not in {row["id"] for row in open_actions(RecordedRun(run_dir))}


@rows(
    ("text", "message"),
    [
        ("history: [{status: Final}]\n", r"postmortem\.yaml:1: an entry of the history has no by"),
        ("history: [{status: Final, by: '', on: 2026-04-01}]\n", "says who set the status, and when"),
        (
            "history: [{status: Final, by: x, on: 2026-04-01}]\n",
            r"postmortem\.yaml:1: the status is Draft, and by the history it is Final",
        ),
        (
            "history:\n- {status: Final, by: x, on: 2026-04-02}\n- {status: Draft, by: x, on: 2026-04-01}\n",
            r"postmortem\.yaml:3: 2026-04-01 comes after 2026-04-02 in the history",
        ),
        ("comments: [{by: x}]\n", r"postmortem\.yaml:1: a comment has no text"),
        ("actions:\n  - {id: x, dropped: y, done: 2026-04-01}\n", r"postmortem\.yaml:2: an action is dropped or done"),
        ("status: Final\nownr: x\n", r"unknown key 'ownr' in .*postmortem\.yaml:2; known: .*actions"),
        ("status: final\n", r"unknown status 'final' in .*postmortem\.yaml:1; known: Draft, Final, In Review"),
        ("\n\nlucky: [a, {b: c}]\n", r"postmortem\.yaml:3: lucky is a mapping, not a text"),
        ("lucky: 12\n", r"postmortem\.yaml:1: lucky is '12' \(int\), not a text \(put quotes around it\)"),
        ("lucky: yes\n", r"postmortem\.yaml:1: lucky is 'yes' \(bool\), not a text"),
        ("lucky: a\nlucky: b\n", r"postmortem\.yaml:2: duplicate key 'lucky'"),
        ("- a\n", r"postmortem\.yaml:1: the file is not a mapping"),
        ("actions: none\n", r"postmortem\.yaml:1: actions is not a list"),
        ("actions:\n  - owner: x\n", r"postmortem\.yaml:2: an action needs `type` and `what`, or the `id`"),
        (
            "actions:\n  - id: x\n    due: 2026-02-30\n",
            r"postmortem\.yaml:3: due '2026-02-30' is not a date \(write YYYY",
        ),
        ("actions:\n  - id: x\n    due: 20260401\n", r"postmortem\.yaml:3: due is '20260401' \(int\), not a text"),
        ("actions:\n  - id: x\n    due: soon\n", r"postmortem\.yaml:3: due 'soon' is not a date"),
        ("actions:\n  - id: x\n    prio: 1\n", r"unknown key 'prio' in .*:3; known: done, dropped, due"),
        ("actions:\n  - {type: avoid, what: x}\n", r"unknown type 'avoid' in .*:2; known: detect, mitigate, prevent"),
        ("lucky: " + "[" * 80 + "]" * 80 + "\n", r"postmortem\.yaml:1:.*: nested deeper than 64"),
        ("lucky: 'open\n", r"postmortem\.yaml:2.*: not the YAML of"),
        ("a: b\n---\nc: d\n", r"postmortem\.yaml:2.*: not the YAML of a postmortem"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_line_number(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(GamedayError, match=message) as raised:
        read_sidecar(written(tmp_path, text))
    assert "\n" not in str(raised.value)


def test_an_unknown_action_is_refused_with_the_known_ones(run_dir: Path) -> None:
    with pytest.raises(GamedayError, match=r"unknown action 'duplicate' in .*:2; known: .*did you mean 'duplicated'"):
        render(written(run_dir, "actions:\n  - id: duplicate\n    owner: x\n"))


def test_a_blank_action_whose_finding_is_gone_is_left_out(run_dir: Path) -> None:
    written(run_dir, "actions:\n  - id: no-alert\n    owner:\n    due:\n")
    assert "no-alert" not in {action["id"] for action in actions(RecordedRun(run_dir))}


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"lucky: \xff\n")
    with pytest.raises(GamedayError, match=r"is not UTF-8 \(byte 7\)"):
        read_sidecar(tmp_path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="more than 1,048,576 bytes"):
        read_sidecar(written(tmp_path, "#" * 1_100_000))
