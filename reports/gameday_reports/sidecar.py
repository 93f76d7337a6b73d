"""postmortem.yaml: what only people know about a run, kept beside it and read again at each rendering.

The harness writes the file once, with its questions as comments, and never overwrites it. All of it is plain text.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import msgspec
import yaml

from gameday.base.bounded_yaml import MAX_BYTES, read_yaml_nodes
from gameday.base.errors import GamedayError, unknown

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


class ActionEntry(msgspec.Struct, frozen=True):
    """An action as people decided it: a drafted one by its ``id``, or one that they added.

    ``owner`` and ``due`` (YYYY-MM-DD) are empty while they are open. ``dropped`` is why it will not be done.
    """

    line: int
    id: str = ""
    kind: str = ""
    what: str = ""
    why: str = ""
    owner: str = ""
    due: str = ""
    dropped: str = ""


class Sidecar(msgspec.Struct, frozen=True):
    """The contents of the file; if there is no file, a draft in which nothing is answered.

    ``people`` are names that the texts must not contain: ``gameday report lint`` looks for them, and no report shows
    them. ``lines`` are the file's lines.
    """

    path: Path
    written: bool = False
    status: Status = "Draft"
    status_line: int = 0
    people: tuple[str, ...] = ()
    answers: dict[str, tuple[Answer, ...]] = {}
    actions: tuple[ActionEntry, ...] = ()
    lines: tuple[str, ...] = ()

    def open_prompts(self) -> list[Prompt]:
        """The questions without an answer; a dropped action answers ``not_done``."""
        answered = {*self.answers, *("not_done" for entry in self.actions if entry.dropped)}
        return [prompt for prompt in PROMPTS if prompt.key not in answered]


def read_sidecar(run_dir: Path) -> Sidecar:
    """Read the file in a run's folder. Raises GamedayError naming file and line of an unknown key or a wrong value."""
    path = run_dir / FILE
    try:
        if not path.exists():
            return Sidecar(path)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    root = read_yaml_nodes(data, where=str(path), what="a postmortem.yaml")
    return _Reader(path).read(root, data.decode("utf-8-sig"))


class _Reader:
    """Reads the YAML nodes of the file, which know their lines; no Python object is constructed from them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, root: Any, text: str) -> Sidecar:
        """The file's contents, validated."""
        known = ("status", "people", *(prompt.key for prompt in PROMPTS), "actions")
        items = {} if root is None else self._mapping(root, known, "the file")
        status: Status = self._choice(items["status"], STATUSES, "status") if "status" in items else "Draft"
        return Sidecar(
            self._path,
            written=True,
            status=status,
            status_line=items["status"].start_mark.line + 1 if "status" in items else 0,
            people=tuple(answer.text for answer in self._texts(items.get("people"), "people")),
            answers={p.key: answers for p in PROMPTS if (answers := self._texts(items.get(p.key), p.key))},
            actions=self._actions(items.get("actions")),
            lines=tuple(text.splitlines()),
        )

    def _actions(self, node: Any) -> tuple[ActionEntry, ...]:
        if node is None or self._is_null(node):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, "actions is not a list", "write `- id: ...` or `- what: ...` for each")
        entries = []
        for item in node.value:
            fields = self._mapping(item, ("id", "type", "what", "why", "owner", "due", "dropped"), "an action")
            texts = {name: self._text(value, name) for name, value in fields.items() if name not in ("type", "due")}
            kind = fields.get("type")
            entry = ActionEntry(
                item.start_mark.line + 1,
                kind="" if kind is None or self._is_null(kind) else self._choice(kind, KINDS, "type"),
                due=self._date(fields.get("due")),
                **texts,
            )
            if not entry.id and not (entry.kind and entry.what):
                raise self._error(item, "an action needs `type` and `what`, or the `id` of a drafted one", "")
            entries.append(entry)
        return tuple(entries)

    def _mapping(self, node: Any, known: tuple[str, ...], what: str) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, f"{what} is not a mapping", f"known keys: {', '.join(known)}")
        items: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
            if name not in known:
                raise unknown("key", name[:80], known, where=self._place(key))
            if name in items:
                raise self._error(key, f"duplicate key {name!r}", "")
            items[name] = value
        return items

    def _texts(self, node: Any, name: str) -> tuple[Answer, ...]:
        """The paragraphs of a text, or of each text in a list."""
        if node is None:
            return ()
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        answers = []
        for item in items:
            first, last = item.start_mark.line + 1, max(item.start_mark.line + 1, item.end_mark.line)
            paragraphs = (part.strip() for part in self._text(item, name).split("\n\n"))
            answers += [Answer(part, first, last) for part in paragraphs if part]
        return tuple(answers)

    def _text(self, node: Any, name: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            kind = "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
            raise self._error(node, f"{name} is {kind}, not a text", "put quotes around it, or | before it")
        if self._is_null(node):
            return ""
        tag = node.tag.rpartition(":")[2]
        if tag not in ("str", "timestamp"):
            raise self._error(node, f"{name} is {node.value[:80]!r} ({tag}), not a text", "put quotes around it")
        return str(node.value).strip()

    def _choice(self, node: Any, known: tuple[Any, ...], name: str) -> Any:
        text = self._text(node, name)
        if text not in known:
            raise unknown(name, text[:80], known, where=self._place(node))
        return text

    def _date(self, node: Any) -> str:
        text = "" if node is None else self._text(node, "due")
        if text and not _is_date(text):
            raise self._error(node, f"due {text[:80]!r} is not a date", "write YYYY-MM-DD")
        return text

    @staticmethod
    def _is_null(node: Any) -> bool:
        return isinstance(node, yaml.ScalarNode) and bool(node.tag.endswith(":null"))

    def _place(self, node: Any) -> str:
        return f"{self._path}:{node.start_mark.line + 1}"

    def _error(self, node: Any, problem: str, hint: str) -> GamedayError:
        return GamedayError(f"{self._place(node)}: {problem}", hint=hint)


def _is_date(text: str) -> bool:
    try:
        # Only this form: fromisoformat also accepts 20261201 and 2026-W49-2, which people misread.
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
