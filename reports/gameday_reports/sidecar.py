"""postmortem.yaml: what only people know of a run, kept beside it and read anew at each rendering.

The harness writes the file once, with its questions as comments, and never over it. Everything in it is plain text.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import msgspec
import yaml

from gameday.base.errors import GamedayError, unknown

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

FILE = "postmortem.yaml"
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 8

Status = Literal["Draft", "In Review", "Final"]
STATUSES: tuple[Status, ...] = get_args(Status)

Kind = Literal["prevent", "detect", "mitigate"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Prompt(NamedTuple):
    """A question that no figure answers: its key in the file, its heading in the report, and the question."""

    key: str
    title: str
    question: str


PROMPTS = (
    Prompt(
        "leadership",
        "Message for leadership",
        "Three sentences: what it would have cost, what is done about it, what is needed from you.",
    ),
    Prompt(
        "contributing_factors",
        "Contributing factors",
        "What made it possible, and what made it worse? Name conditions and decisions, not persons.",
    ),
    Prompt("mitigators", "Mitigators", "What kept it from being worse, by design or by what people did?"),
    Prompt("went_well", "What went well", "What noticed, contained or mended it, and is worth keeping?"),
    Prompt("went_wrong", "What went wrong", "What did not work as everybody thought it would?"),
    Prompt(
        "lucky",
        "Where we were lucky",
        "What would have made it worse, had it been otherwise: hour, volume, who was there?",
    ),
    Prompt("decisions", "Decisions taken", "What was decided during and after it, and knowing what?"),
    Prompt("not_done", "Decisions not to act", "What will not be done about it, and why is that all right?"),
    Prompt("told", "Who was told", "Which customers, teams and auditors heard of it, when, and in which words?"),
)


class Answer(msgspec.Struct, frozen=True):
    """One paragraph that somebody wrote, and the lines of the file that hold it (from 1, both included)."""

    text: str
    line: int
    end_line: int


class ActionEntry(msgspec.Struct, frozen=True):
    """What people say of an action: of a drafted one by its ``id``, or of one of their own.

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
    """All of the file; without a file a draft in which nothing is answered.

    ``people`` are names that must not stand in the texts: they are looked for by ``gameday report lint`` and shown
    nowhere. ``lines`` are the file's own.
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
        """The questions that nobody has answered; a dropped action says what is not done."""
        answered = {*self.answers, *("not_done" for entry in self.actions if entry.dropped)}
        return [prompt for prompt in PROMPTS if prompt.key not in answered]


def read_sidecar(run_dir: Path) -> Sidecar:
    """The file of a run's folder. Raises GamedayError naming file and line of an unknown key or a wrong value."""
    path = run_dir / FILE
    try:
        if not path.exists():
            return Sidecar(path)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    if len(data) > MAX_BYTES:
        raise GamedayError(f"{path} has more than {MAX_BYTES:,} bytes", hint="is it a postmortem's own file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise GamedayError(f"{path} is not UTF-8 (byte {problem.start})") from None
    reader = _Reader(path)
    return reader.read(reader.compose(text), text)


class _Reader:
    """Reads the nodes of the file, whose marks know their lines; nothing in it is ever constructed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def compose(self, text: str) -> Any:
        """The root node, or None of an empty file."""
        try:
            # Looked at before it is composed: composing recurses as deep as the file is nested.
            depth = 0
            for event in yaml.parse(text, Loader=_Loader):
                if isinstance(event, yaml.AliasEvent):
                    raise self._error(event, "an alias (*)", "write the text out")
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                if depth > MAX_DEPTH:
                    raise self._error(event, f"nested deeper than {MAX_DEPTH}", "")
            return yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark
            place = f"{self._path}:{mark.line + 1}" if mark else f"{self._path}"
            raise GamedayError(f"{place}: not YAML: {str(problem.problem)[:200]}") from None
        except (yaml.YAMLError, ValueError) as problem:
            raise GamedayError(f"{self._path}: not YAML: {str(problem)[:200]}") from None

    def read(self, root: Any, text: str) -> Sidecar:
        """Everything, checked."""
        known = ("status", "people", *(prompt.key for prompt in PROMPTS), "actions")
        items = {} if root is None else self._mapping(root, known, "the file")
        status: Status = self._choice(items["status"], STATUSES, "status") if "status" in items else "Draft"
        return Sidecar(
            self._path,
            written=True,
            status=status,
            status_line=items["status"].start_mark.line + 1 if "status" in items else 0,
            people=tuple(answer.text for answer in self._texts(items.get("people"), "people")),
            answers={p.key: found for p in PROMPTS if (found := self._texts(items.get(p.key), p.key))},
            actions=self._actions(items.get("actions")),
            lines=tuple(text.splitlines()),
        )

    def _actions(self, node: Any) -> tuple[ActionEntry, ...]:
        if node is None or self._is_null(node):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, "actions is no list", "write `- id: ...` or `- what: ...` for each")
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
            raise self._error(node, f"{what} is no mapping", f"known keys: {', '.join(known)}")
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
            if name not in known:
                raise unknown("key", name[:80], known, where=self._place(key))
            if name in found:
                raise self._error(key, f"the key {name!r} stands there twice", "")
            found[name] = value
        return found

    def _texts(self, node: Any, name: str) -> tuple[Answer, ...]:
        """A text, of which each paragraph counts for itself, or a list of texts."""
        if node is None:
            return ()
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found = []
        for item in items:
            first, last = item.start_mark.line + 1, max(item.start_mark.line + 1, item.end_mark.line)
            paragraphs = (part.strip() for part in self._text(item, name).split("\n\n"))
            found += [Answer(part, first, last) for part in paragraphs if part]
        return tuple(found)

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
        # Only this form: fromisoformat also takes 20261201 and 2026-W49-2, which people misread.
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
