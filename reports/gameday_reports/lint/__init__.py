"""Whether a postmortem may be called Final: answered, owned, dated, and without blame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gameday.base.violation import Level, Violation
from gameday_reports.lint.wording import Found, blame, means, persons
from gameday_reports.postmortem.actions import actions
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import Answer, Sidecar, Status

__all__ = ["lint"]

#: How bad something open is, and how bad a wording, at each status.
_OPEN: dict[Status, Level] = {"Draft": "note", "In Review": "warning", "Final": "error"}
_WORDS: dict[Status, Level] = {"Draft": "warning", "In Review": "warning", "Final": "error"}


def lint(run: RecordedRun) -> list[Violation]:
    """Everything that is open or badly said, in the order of the file; of level ``error`` only if the status is Final.

    Rules: ``postmortem.open-prompt``, ``postmortem.action-without-owner``, ``postmortem.action-without-date``,
    ``postmortem.blame``, ``postmortem.person-named``, ``postmortem.mean-of-few``. Raises GamedayError for a file that
    does not say what it may.
    """
    found = [*_open(run), *_actions(run), *_wording(run.sidecar)]
    return sorted(found, key=lambda violation: violation.line)


def _open(run: RecordedRun) -> Iterator[Violation]:
    sidecar = run.sidecar
    for prompt in sidecar.open_prompts():
        message = f"{prompt.title} is open ({prompt.key}): {prompt.question}"
        yield _violation(sidecar, "open-prompt", _OPEN[sidecar.status], message, _key_line(sidecar, prompt.key))


def _key_line(sidecar: Sidecar, key: str) -> int:
    """Where a key stands, else where the status does, which is to be changed or lived up to."""
    lines = (number for number, line in enumerate(sidecar.lines, start=1) if line.startswith(f"{key}:"))
    return next(lines, sidecar.status_line)


def _actions(run: RecordedRun) -> Iterator[Violation]:
    sidecar = run.sidecar
    for act in actions(run):
        if act["dropped"]:
            continue
        name = act["id"] or act["what"]
        line = act["line"] or _key_line(sidecar, "actions")
        for what, rule, missing in (("owner", "action-without-owner", "owner"), ("due", "action-without-date", "date")):
            if not act[what]:
                message = f"the action {name!r} has no {missing}; give it one, or say in `dropped` why it is not done"
                yield _violation(sidecar, rule, _OPEN[sidecar.status], message, line)


def _wording(sidecar: Sidecar) -> Iterator[Violation]:
    level = _WORDS[sidecar.status]
    for answer in _texts(sidecar):
        checks: tuple[tuple[str, str, Sequence[Found]], ...] = (
            ("blame", "blames", blame(answer.text)),
            ("person-named", "names a person", persons(answer.text, sidecar.people)),
            ("mean-of-few", "is a mean of few trials", means(answer.text)),
        )
        for rule, problem, hits in checks:
            for hit in hits:
                message = f"{hit.words!r} {problem}; {hit.instead}"
                yield _violation(sidecar, rule, level, message, _line_of(sidecar, answer, hit.words))


def _texts(sidecar: Sidecar) -> Iterator[Answer]:
    """Everything that people have written, but who owns an action: that may well be a person."""
    for answers in sidecar.answers.values():
        yield from answers
    for entry in sidecar.actions:
        # An entry ends where the next begins; its texts are looked for from its line on.
        yield from (Answer(t, entry.line, entry.line + 12) for t in (entry.what, entry.why, entry.dropped) if t)


def _line_of(sidecar: Sidecar, answer: Answer, words: str) -> int:
    """The line of the answer that has these words; its first where they are spread over two."""
    for number, line in enumerate(sidecar.lines[answer.line - 1 : answer.end_line], start=answer.line):
        if words.casefold() in line.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"):
            return number
    return answer.line


def _violation(sidecar: Sidecar, rule: str, level: Level, message: str, line: int) -> Violation:
    return Violation(f"postmortem.{rule}", level, message, str(sidecar.path), line)
