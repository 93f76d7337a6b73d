"""Writes a blank postmortem.yaml: the questions as comments, the drafted actions without owners."""

from __future__ import annotations

import textwrap
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday_reports.files import write
from gameday_reports.postmortem.actions import drafts
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import FILE, KINDS, PROMPTS, STATUSES
from gameday_reports.wire import one_line, visible

_WIDTH = 110
#: Between two parts of the file.
_GAP = "\n\n"


def write_sidecar(run_dir: Path) -> Path:
    """Write a blank file into a judged run's folder. Raises GamedayError if there is one already."""
    path = run_dir / FILE
    if path.exists():
        raise GamedayError(f"{path} already exists", hint="it is never overwritten; move it away to get a blank one")
    return write(path, blank(RecordedRun(run_dir)))


def blank(run: RecordedRun) -> str:
    """The text of the file. Quoted text is put on one line, so that it cannot leave its comment."""
    parts = [
        _comment(
            f"What only people know about this run: {run.scenario.name}. All values are plain text. "
            "`gameday report RUN` reads this file each time, `gameday report lint RUN` shows what is open."
        ),
        f"status: Draft  # {', '.join(STATUSES)}",
        _comment(
            "Who set which status, and when, the oldest first: `- {status: In Review, by: finance, on: 2026-12-01}`. "
            "The last one is the status of now."
        )
        + "\nhistory: []",
        _comment("Who took part in the review: roles, or names. These are shown.") + "\nparticipants: []",
        _comment("Names of people that must not appear in the texts below, as a list. No report shows them.")
        + "\npeople: []",
    ]
    parts += [f"{_comment(prompt.question)}\n{prompt.key}: |-" for prompt in PROMPTS]
    parts.append(
        _comment(
            "Drafted actions have an `id`. Give each an `owner` (a role or a person) and a `due` date (YYYY-MM-DD), or "
            "say in `dropped` why it will not be done. Once it is done, give the date in `done`. Add actions with "
            f"`type` ({', '.join(KINDS)}) and `what`."
        )
    )
    comments = (
        _comment("What was said in the review: `- {by: finance, on: 2026-12-01, text: ...}`.") + "\ncomments: []\n"
    )
    drafted = drafts(run)
    if not drafted:
        return f"{_GAP.join(parts)}\nactions: []\n\n{comments}"
    rows = [
        f"  # {visible(one_line(run.shown(act.what)))}\n"
        f"  # Because: {visible(one_line(run.shown(act.why)))}\n"
        f"  - id: {act.id}\n    owner:\n    due:"
        for act in drafted
    ]
    return f"{_GAP.join(parts)}\nactions:\n{_GAP.join(rows)}\n\n{comments}"


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(visible(one_line(text)), _WIDTH))
