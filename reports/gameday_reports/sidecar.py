"""postmortem.yaml: what only people know about a run, kept beside it and read again at each rendering.

The harness writes the file once, with its questions as comments, and never overwrites it. All of it is plain text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple, get_args

import msgspec

FILE = "postmortem.yaml"

Status = Literal["Draft", "In Review", "Final"]
STATUSES: tuple[Status, ...] = get_args(Status)

Kind = Literal["prevent", "detect", "mitigate"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Prompt(NamedTuple):
    """A question that only people can answer: its key in the file, its heading in the report, and the question."""

    key: str
    title: str
    question: str


PROMPTS = (
    Prompt(
        "leadership",
        "Message for leadership",
        "Three sentences: what it would have cost, what we are doing about it, what we need from you.",
    ),
    Prompt(
        "contributing_factors",
        "Contributing factors",
        "What made it possible, and what made it worse? Name conditions and decisions, not people.",
    ),
    Prompt("mitigators", "Mitigating factors", "What kept it from being worse, by design or by what people did?"),
    Prompt("went_well", "What went well", "What detected, contained or fixed it, and is worth keeping?"),
    Prompt("went_wrong", "What went wrong", "What did not work as expected?"),
    Prompt(
        "lucky",
        "Where we got lucky",
        "What could easily have made it worse: another hour, more deals, somebody on leave?",
    ),
    Prompt("decisions", "Decisions taken", "What was decided during and after the incident, on what information?"),
    Prompt("not_done", "Decisions not to act", "What will not be done, and why is that acceptable?"),
    Prompt("informed", "Who was informed", "Which customers, teams and auditors were informed, when and how?"),
)


class Answer(msgspec.Struct, frozen=True):
    """One paragraph of an answer, and its first and last line in the file (counted from 1)."""

    text: str
    line: int
    end_line: int


class Step(msgspec.Struct, frozen=True):
    """That somebody set the status: ``by`` a role or a person, ``on`` a date (YYYY-MM-DD)."""

    line: int
    status: Status
    by: str
    on: str


class Comment(msgspec.Struct, frozen=True):
    """What somebody said in a review; ``by`` and ``on`` as in a step, empty where they are left out."""

    line: int
    text: str
    by: str = ""
    on: str = ""


class ActionEntry(msgspec.Struct, frozen=True):
    """An action as people decided it: a drafted one by its ``id``, or one that they added.

    ``owner`` and ``due`` (YYYY-MM-DD) are empty while they are open. ``dropped`` is why it will not be done, ``done``
    the day on which it was.
    """

    line: int
    id: str = ""
    kind: str = ""
    what: str = ""
    why: str = ""
    owner: str = ""
    due: str = ""
    dropped: str = ""
    done: str = ""


class Sidecar(msgspec.Struct, frozen=True):
    """The contents of the file; if there is no file, a draft in which nothing is answered.

    ``people`` are names that the texts must not contain: ``gameday report lint`` looks for them, and no report shows
    them. ``participants`` took part in the review, ``steps`` are who set which status when, the last one the status of
    now. ``lines`` are the file's lines.
    """

    path: Path
    written: bool = False
    status: Status = "Draft"
    status_line: int = 0
    people: tuple[str, ...] = ()
    answers: dict[str, tuple[Answer, ...]] = {}
    actions: tuple[ActionEntry, ...] = ()
    participants: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    comments: tuple[Comment, ...] = ()
    lines: tuple[str, ...] = ()

    def open_prompts(self) -> list[Prompt]:
        """The questions without an answer; a dropped action answers ``not_done``."""
        answered = {*self.answers, *("not_done" for entry in self.actions if entry.dropped)}
        return [prompt for prompt in PROMPTS if prompt.key not in answered]
