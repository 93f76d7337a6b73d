"""Reads postmortem.yaml: every key is known, every value has its form, and a mistake is named with its line."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import Any

import yaml

from gameday.base.bounded_yaml import MAX_BYTES, read_yaml_nodes
from gameday.base.errors import GamedayError, unknown
from gameday_reports.sidecar import FILE, KINDS, PROMPTS, STATUSES, ActionEntry, Answer, Comment, Sidecar, Status, Step


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
        known = (
            *("status", "history", "participants", "people"),
            *(prompt.key for prompt in PROMPTS),
            *("actions", "comments"),
        )
        items = {} if root is None else self._mapping(root, known, "the file")
        status: Status = self._choice(items["status"], STATUSES, "status") if "status" in items else "Draft"
        steps = self._steps(items.get("history"))
        if steps and steps[-1].status != status:
            problem = f"the status is {status}, and by the history it is {steps[-1].status}"
            raise self._error(items["history"], problem, "the last entry of `history` has the status of now")
        return Sidecar(
            self._path,
            written=True,
            status=status,
            status_line=items["status"].start_mark.line + 1 if "status" in items else 0,
            people=tuple(answer.text for answer in self._texts(items.get("people"), "people")),
            answers={p.key: answers for p in PROMPTS if (answers := self._texts(items.get(p.key), p.key))},
            actions=self._actions(items.get("actions")),
            participants=tuple(answer.text for answer in self._texts(items.get("participants"), "participants")),
            steps=steps,
            comments=self._comments(items.get("comments")),
            lines=tuple(text.splitlines()),
        )

    def _items(self, node: Any, name: str, hint: str) -> list[Any]:
        """The entries of a list; none where it is left out."""
        if node is None or self._is_null(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, f"{name} is not a list", hint)
        return list(node.value)

    def _steps(self, node: Any) -> tuple[Step, ...]:
        steps = []
        for item in self._items(node, "history", "write `- {status: In Review, by: ..., on: YYYY-MM-DD}` for each"):
            fields = self._mapping(item, ("status", "by", "on"), "an entry of the history")
            if missing := [name for name in ("status", "by", "on") if name not in fields]:
                raise self._error(
                    item, f"an entry of the history has no {missing[0]}", "it says who set which status when"
                )
            status = self._choice(fields["status"], STATUSES, "status")
            by, on = self._text(fields["by"], "by"), self._date(fields["on"], "on")
            if not by or not on:
                raise self._error(item, "an entry of the history says who set the status, and when", "")
            steps.append(Step(item.start_mark.line + 1, status, by, on))
        for before, after in itertools.pairwise(steps):
            if after.on < before.on:
                raise GamedayError(
                    f"{self._path}:{after.line}: {after.on} comes after {before.on} in the history",
                    hint="the oldest entry comes first",
                )
        return tuple(steps)

    def _comments(self, node: Any) -> tuple[Comment, ...]:
        comments = []
        for item in self._items(node, "comments", "write `- {by: ..., on: YYYY-MM-DD, text: ...}` for each"):
            fields = self._mapping(item, ("by", "on", "text"), "a comment")
            text = self._text(fields["text"], "text") if "text" in fields else ""
            if not text:
                raise self._error(item, "a comment has no text", "")
            by = self._text(fields["by"], "by") if "by" in fields else ""
            comments.append(Comment(item.start_mark.line + 1, text, by, self._date(fields.get("on"), "on")))
        return tuple(comments)

    def _actions(self, node: Any) -> tuple[ActionEntry, ...]:
        known, dates = ("id", "type", "what", "why", "owner", "due", "dropped", "done"), ("due", "done")
        entries = []
        for item in self._items(node, "actions", "write `- id: ...` or `- what: ...` for each"):
            fields = self._mapping(item, known, "an action")
            texts = {name: self._text(value, name) for name, value in fields.items() if name not in ("type", *dates)}
            kind = fields.get("type")
            entry = ActionEntry(
                item.start_mark.line + 1,
                kind="" if kind is None or self._is_null(kind) else self._choice(kind, KINDS, "type"),
                **{name: self._date(fields.get(name), name) for name in dates},
                **texts,
            )
            if entry.dropped and entry.done:
                raise self._error(item, "an action is dropped or done, not both", "")
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

    def _date(self, node: Any, name: str) -> str:
        text = "" if node is None else self._text(node, name)
        if text and not _is_date(text):
            raise self._error(node, f"{name} {text[:80]!r} is not a date", "write YYYY-MM-DD")
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
