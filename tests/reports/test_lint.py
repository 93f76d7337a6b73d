"""The checks for a postmortem that is called Final."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.violation import Violation
from gameday_reports.lint import lint
from gameday_reports.lint.wording import BLAME, averages, blame, persons
from gameday_reports.postmortem.actions import actions
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import FILE, PROMPTS
from support.rows import rows

#: For each wording of the table, a text that it must find.
EXAMPLES = (
    "they should have checked",
    "it would have been easy to see",
    "the on-call failed to notice",
    "a human error",
    "a careless change",
    "it was stupid",
    "who is to blame",
    "responsible for the outage",
    "somebody forgot the index",
    "this was obvious",
    "she missed the alert",
    "the team did not follow the runbook",
)


def finished(run_dir: Path, **more: str) -> str:
    """A file in which nothing is open; ``more`` replaces answers."""
    answers = {prompt.key: "Nothing to add." for prompt in PROMPTS} | more
    lines = [
        "status: Final",
        "history: [{status: Final, by: finance, on: 2026-03-20}]",
        "people: [Ada Lovelace]",
        *(f"{key}: {text!r}" for key, text in answers.items()),
        "actions:",
    ]
    for action in actions(RecordedRun(run_dir)):
        lines += [f"  - id: {action['id']}", "    owner: revenue-operations", "    due: 2026-04-01"]
    return "\n".join(lines) + "\n"


def violations_in(run_dir: Path, text: str) -> list[Violation]:
    (run_dir / FILE).write_text(text, encoding="utf-8")
    return lint(RecordedRun(run_dir))


def test_a_finished_postmortem_has_no_violation(run_dir: Path) -> None:
    assert violations_in(run_dir, finished(run_dir)) == []


def test_without_a_file_open_questions_are_only_notes(run_dir: Path) -> None:
    open_ = lint(RecordedRun(run_dir))
    assert {violation.level for violation in open_} == {"note"}
    assert sum(violation.rule == "postmortem.open-prompt" for violation in open_) == len(PROMPTS)


@pytest.mark.parametrize(("status", "level"), [("Draft", "note"), ("In Review", "warning"), ("Final", "error")])
def test_the_level_of_an_open_question_depends_on_the_status(run_dir: Path, status: str, level: str) -> None:
    text = finished(run_dir, lucky="").replace("status: Final", f"status: {status}")
    assert [(v.rule, v.level) for v in violations_in(run_dir, text)] == [("postmortem.open-prompt", level)]


def test_an_open_question_is_reported_at_its_line(run_dir: Path) -> None:
    text = finished(run_dir, informed="")
    violation = violations_in(run_dir, text)[0]
    assert text.splitlines()[violation.line - 1].startswith("informed:")
    assert violation.path == str(run_dir / FILE)


def test_an_action_without_owner_or_date_is_an_error_at_its_line(run_dir: Path) -> None:
    text = finished(run_dir).replace("    owner: revenue-operations\n    due: 2026-04-01\n", "", 1)
    violations = violations_in(run_dir, text)
    assert [v.rule for v in violations] == ["postmortem.action-without-owner", "postmortem.action-without-date"]
    assert {text.splitlines()[v.line - 1].strip() for v in violations} == {"- id: schema"}


def test_a_drafted_action_missing_from_the_file_is_open(run_dir: Path) -> None:
    text = finished(run_dir).replace("  - id: lost\n    owner: revenue-operations\n    due: 2026-04-01\n", "")
    assert {v.rule for v in violations_in(run_dir, text)} == {
        "postmortem.action-without-owner",
        "postmortem.action-without-date",
    }


def test_a_dropped_action_needs_neither_owner_nor_date(run_dir: Path) -> None:
    text = finished(run_dir).replace(
        "    owner: revenue-operations\n    due: 2026-04-01\n", "    dropped: too dear\n", 1
    )
    assert violations_in(run_dir, text) == []


def test_blame_is_reported_at_its_line_with_a_better_wording(run_dir: Path) -> None:
    text = finished(run_dir).replace(
        "lucky: 'Nothing to add.'", "lucky: |\n  It was quiet.\n  The admin should have known."
    )
    violation = violations_in(run_dir, text)[0]
    assert (violation.rule, violation.level) == ("postmortem.blame", "error")
    assert text.splitlines()[violation.line - 1] == "  The admin should have known."
    assert violation.message.startswith("'should have' blames; say what was known and done at the time")


def test_a_persons_name_is_allowed_only_as_an_owner(run_dir: Path) -> None:
    text = finished(run_dir, lucky="lovelace was awake").replace("owner: revenue-operations", "owner: Ada Lovelace")
    assert [v.rule for v in violations_in(run_dir, text)] == ["postmortem.person-named"]


def test_an_average_of_few_runs_is_reported(run_dir: Path) -> None:
    assert [
        v.rule for v in violations_in(run_dir, finished(run_dir, informed="On average we heard after 3 minutes."))
    ] == ["postmortem.mean-of-few"]


def test_the_wording_of_actions_is_checked_too(run_dir: Path) -> None:
    text = finished(run_dir) + "  - {type: prevent, what: Stop the careless edits., owner: x, due: 2026-04-01}\n"
    assert [v.rule for v in violations_in(run_dir, text)] == ["postmortem.blame"]


@rows("number", range(len(BLAME)))
def test_each_wording_finds_its_example_and_suggests_a_better_one(number: int) -> None:
    assert [hit.instead for hit in blame(EXAMPLES[number])] == [BLAME[number].instead]


@rows(
    "text",
    ["the queue filled up and shed load", "it fails closed", "the failed order 12", "a shoulder of the graph", "no"],
)
def test_neutral_words_are_not_blame(text: str) -> None:
    assert blame(text) == []


def test_a_curly_apostrophe_is_treated_like_a_straight_one() -> None:
    assert [hit.words for hit in blame("they shouldn\u2019t have")] == ["shouldn't have"]


def test_names_match_whole_words_only() -> None:
    assert persons("Adaptive and Adam", ("Ada Lovelace",)) == []
    assert [hit.words for hit in persons("ada lovelace, then Ada", ("Ada Lovelace",))] == ["ada lovelace", "Ada"]


def test_an_average_of_many_runs_is_allowed() -> None:
    assert averages("The mean time to detect over 300 runs was 4 minutes.") == []
    assert len(averages("The mean time to detect over 5 runs was 4 minutes.")) == 1
    assert averages("This means that orders wait.") == []


def test_a_number_of_runs_of_any_length_is_read() -> None:
    assert len(averages(f"The mean time to detect over {'9' * 5000} runs was 4 minutes.")) <= 1
