"""Checks whether a postmortem may be called Final: questions answered, actions owned and dated, and no blame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gameday.base.violation import Level, Violation
from gameday_reports.lint.wording import Finding, averages, blame, persons
from gameday_reports.postmortem.actions import actions
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import Answer, Sidecar, Status
from gameday_reports.sidecar_reader import read_sidecar
from gameday_reports.sidecar_redaction import hides_something

__all__ = ["lint"]

#: The level of an open question or action, and of a wording, at each status.
_OPEN: dict[Status, Level] = {"Draft": "note", "In Review": "warning", "Final": "error"}
_WORDS: dict[Status, Level] = {"Draft": "warning", "In Review": "warning", "Final": "error"}


def lint(run: RecordedRun) -> list[Violation]:
    """Every open question, open action and bad wording, by line; of level ``error`` only if the status is Final.

    Rules: ``postmortem.open-prompt``, ``postmortem.action-without-owner``, ``postmortem.action-without-date``,
    ``postmortem.unsigned-status``, ``postmortem.blame``, ``postmortem.person-named``, ``postmortem.personal-data``,
    ``postmortem.mean-of-few``. Raises GamedayError for a file with a mistake in it.
    """
    # As it is written, and not as reports show it.
    sidecar = read_sidecar(run.dir)
    violations = [*_open(sidecar), *_actions(run, sidecar), *_unsigned(sidecar), *_wording(sidecar)]
    return sorted(violations, key=lambda violation: violation.line)


def _unsigned(sidecar: Sidecar) -> Iterator[Violation]:
    """A status of which nobody says who set it."""
    if sidecar.status != "Draft" and not sidecar.steps:
        message = f"nobody says who set the status {sidecar.status!r}, and when; add it to `history`"
        yield _violation(sidecar, "unsigned-status", _OPEN[sidecar.status], message, sidecar.status_line)


def _open(sidecar: Sidecar) -> Iterator[Violation]:
    for prompt in sidecar.open_prompts():
        message = f"{prompt.title!r} is not answered ({prompt.key}): {prompt.question}"
        yield _violation(sidecar, "open-prompt", _OPEN[sidecar.status], message, _key_line(sidecar, prompt.key))


def _key_line(sidecar: Sidecar, key: str) -> int:
    """The line of a key; if the file does not have it, the line of the status."""
    lines = (number for number, line in enumerate(sidecar.lines, start=1) if line.startswith(f"{key}:"))
    return next(lines, sidecar.status_line)


def _actions(run: RecordedRun, sidecar: Sidecar) -> Iterator[Violation]:
    for act in actions(run):
        if act["dropped"] or act["done_on"]:
            continue
        name = act["id"] or act["what"]
        line = act["line"] or _key_line(sidecar, "actions")
        for what, rule, missing in (("owner", "action-without-owner", "owner"), ("due", "action-without-date", "date")):
            if not act[what]:
                message = f"action {name!r} has no {missing}; add one, or say in `dropped` why it will not be done"
                yield _violation(sidecar, rule, _OPEN[sidecar.status], message, line)


def _wording(sidecar: Sidecar) -> Iterator[Violation]:
    level = _WORDS[sidecar.status]
    for answer in _texts(sidecar):
        checks: tuple[tuple[str, str, Sequence[Finding]], ...] = (
            ("blame", "blames", blame(answer.text)),
            ("person-named", "names a person", persons(answer.text, sidecar.people)),
            ("mean-of-few", "is an average of few runs", averages(answer.text)),
        )
        if hides_something(answer.text):
            message = "a text has personal data or a secret, which no report shows; take it out"
            yield _violation(sidecar, "personal-data", level, message, answer.line)
        for rule, problem, findings in checks:
            for finding in findings:
                message = f"{finding.words!r} {problem}; {finding.instead}"
                yield _violation(sidecar, rule, level, message, _line_of(sidecar, answer, finding.words))


def _texts(sidecar: Sidecar) -> Iterator[Answer]:
    """Everything that people have written, except the owners of actions, who may well be persons."""
    for answers in sidecar.answers.values():
        yield from answers
    yield from (Answer(each.text, each.line, each.line + 12) for each in sidecar.comments)
    for entry in sidecar.actions:
        # The line where an entry ends is not recorded; no entry is longer than a dozen lines.
        yield from (Answer(t, entry.line, entry.line + 12) for t in (entry.what, entry.why, entry.dropped) if t)


def _line_of(sidecar: Sidecar, answer: Answer, words: str) -> int:
    """The line of the answer that has these words; its first line if they span two."""
    for number, line in enumerate(sidecar.lines[answer.line - 1 : answer.end_line], start=answer.line):
        if words.casefold() in line.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"):
            return number
    return answer.line


def _violation(sidecar: Sidecar, rule: str, level: Level, message: str, line: int) -> Violation:
    return Violation(f"postmortem.{rule}", level, message, str(sidecar.path), line)
