"""Issues and their rules, without HTTP."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gameday_fakes.jira import jql
from gameday_fakes.jira.jql_values import Asking
from gameday_fakes.jira.users import USERS, names_of

PROJECT = {"id": "10000", "key": "SYNC", "name": "Order sync"}
ISSUE_TYPES = (
    {"id": "10001", "name": "Task", "subtask": False},
    {"id": "10002", "name": "Bug", "subtask": False},
    {"id": "10003", "name": "Incident", "subtask": False},
)
STATUSES = {"11": "To Do", "21": "In Progress", "31": "Done"}
DONE = "Done"
LONGEST_SUMMARY = 255
#: The fields of an issue that are to be set, by id: its label, its type and whether it is required.
FIELDS = {
    "project": ("Project", "project", True),
    "issuetype": ("Issue Type", "issuetype", True),
    "summary": ("Summary", "string", True),
    "description": ("Description", "string", False),
    "labels": ("Labels", "array", False),
    "assignee": ("Assignee", "user", False),
    "priority": ("Priority", "priority", False),
    "components": ("Component/s", "array", False),
}
#: The fields that a query can name.
SEARCHABLE = (
    *("project", "key", "issuekey", "issue", "id", "issuetype", "type", "summary", "description", "text", "comment"),
    *("labels", "status", "statuscategory", "resolution", "assignee", "reporter", "priority", "component"),
    *("created", "updated"),
)


class Issue(msgspec.Struct):
    """One issue; ``fields`` as they were given; the status is kept apart."""

    id: str
    key: str
    fields: dict[str, Any]
    created: str
    updated: str
    status: str = "To Do"
    comments: list[dict[str, Any]] = []

    @property
    def resolution(self) -> str | None:
        """The resolution, once it is done."""
        return "Done" if self.status == DONE else None

    def searchable(self) -> dict[str, list[str]]:
        """All values that a query can match, by field."""
        texts = {name: list(_leaves(self.fields.get(name))) for name in ("summary", "description")}
        texts["comment"] = [leaf for each in self.comments for leaf in _leaves(each["body"])]
        texts["text"] = [text for several in list(texts.values()) for text in several]
        kind = issue_type(self.fields.get("issuetype")) or {}
        kinds = [str(kind.get(name)) for name in ("id", "name")]
        return {
            **texts,
            "project": list(PROJECT.values()),
            **{name: [self.key, self.id] for name in ("key", "issuekey", "issue", "id")},
            "issuetype": kinds,
            "type": kinds,
            "labels": [str(label) for label in self.fields.get("labels") or []],
            "status": [self.status, *(number for number, name in STATUSES.items() if name == self.status)],
            "statuscategory": [self.status],
            "resolution": [self.resolution or "Unresolved"],
            "assignee": names_of(self.fields.get("assignee")),
            "reporter": names_of(self.fields.get("reporter")) or names_of(USERS[0]),
            "priority": list(_leaves(self.fields.get("priority"))),
            "component": list(_leaves(self.fields.get("components"))),
            "created": [self.created],
            "updated": [self.updated],
        }


class Issues:
    """All issues of the project. ``wall_s`` is the Unix time."""

    def __init__(self, wall_s: Callable[[], float] = time.time) -> None:
        self._wall_s = wall_s
        self._created = 0
        self.by_key: dict[str, Issue] = {}

    def now(self) -> str:
        """This moment, as Jira writes it."""
        moment = datetime.datetime.fromtimestamp(self._wall_s(), datetime.UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"

    def create(self, fields: dict[str, Any]) -> Issue:
        """Add a new issue with the next key."""
        self._created += 1
        number = self._created
        now = self.now()
        issue = Issue(str(10000 + number), f"{PROJECT['key']}-{number}", fields, now, now)
        self.by_key[issue.key] = issue
        return issue

    def find(self, key_or_id: str) -> Issue | None:
        """An issue by its key or id."""
        issue = self.by_key.get(key_or_id)
        return issue or next((i for i in self.by_key.values() if i.id == key_or_id), None)

    def search(self, query: str, *, bounded: bool = False) -> list[Issue]:
        """The issues that match a query, in its order, else the newest first.

        ``bounded`` refuses a query without a condition. Raises ValueError, and jql_values.Unsupported.
        """
        asked = jql.parse(query, SEARCHABLE, Asking(USERS[0]["name"], self._wall_s()))
        if bounded and not asked.bounded:
            raise ValueError(
                "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
            )
        values = {issue.key: issue.searchable() for issue in self.by_key.values()}
        issues = [issue for issue in reversed(self.by_key.values()) if asked.test(values[issue.key])]
        for name, descending in reversed(asked.order):
            issues.sort(key=lambda issue: _sort_key(issue, name, values[issue.key]), reverse=descending)
        return issues

    def comment(self, issue: Issue, body: Any) -> dict[str, Any]:
        """Add a comment."""
        comment = {"id": str(len(issue.comments) + 1), "body": body, "created": self.now()}
        issue.comments.append(comment)
        issue.updated = comment["created"]
        return comment

    def edit(self, issue: Issue, fields: dict[str, Any], comments: list[Any]) -> None:
        """Set fields that have been validated, and add comments."""
        issue.fields = fields
        issue.updated = self.now()
        for body in comments:
            self.comment(issue, body)


def issue_type(given: Any) -> dict[str, Any] | None:
    """The issue type of ``{id}`` or ``{name}``, or None."""
    if not isinstance(given, dict):
        return None
    meant = (given.get("id"), given.get("name"))
    return next((kind for kind in ISSUE_TYPES if meant[0] == kind["id"] or meant[1] == kind["name"]), None)


def problems(fields: Any) -> dict[str, str]:
    """What is wrong with an issue's fields, by field, in Jira's words."""
    if not isinstance(fields, dict):
        return {"fields": "fields are required"}
    mistakes = {}
    project = fields.get("project")
    if not isinstance(project, dict) or (PROJECT["key"] != project.get("key") and PROJECT["id"] != project.get("id")):
        mistakes["project"] = "valid project is required"
    if issue_type(fields.get("issuetype")) is None:
        mistakes["issuetype"] = "valid issue type is required"
    summary = fields.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        mistakes["summary"] = "You must specify a summary of the issue."
    elif len(summary) > LONGEST_SUMMARY or "\n" in summary:
        mistakes["summary"] = f"Summary must be one line of less than {LONGEST_SUMMARY} characters."
    labels = fields.get("labels")
    if labels is not None and (
        not isinstance(labels, list) or any(not isinstance(label, str) or " " in label for label in labels)
    ):
        mistakes["labels"] = "The label can't contain spaces."
    return mistakes


def edited(issue: Issue, body: Any) -> tuple[dict[str, Any], list[Any], dict[str, str]]:
    """The new fields and comments of an issue after ``{fields, update}``, and what is wrong, by field.

    ``update`` holds lists of ``{verb: value}`` by field: ``set`` for every field, ``add`` and ``remove`` for labels,
    ``add`` for comments. Any other verb is refused.
    """
    given = body if isinstance(body, dict) else {"fields": body or []}
    changes, updates = (given.get(name, {}) for name in ("fields", "update"))
    if not isinstance(changes, dict) or not isinstance(updates, dict):
        return {}, [], {"fields": "fields are required"}
    fields = {**issue.fields, **changes}
    comments: list[Any] = []
    for name, steps in updates.items():
        for step in steps if isinstance(steps, list) else [steps]:
            verb, value = next(iter(step.items())) if isinstance(step, dict) and len(step) == 1 else ("", None)
            match name, verb:
                case _, "set":
                    fields[name] = value
                case "labels", "add" | "remove":
                    labels = fields.get("labels")
                    rest = [label for label in labels if label != value] if isinstance(labels, list) else []
                    fields["labels"] = [*rest, value] if verb == "add" else rest
                case "comment", "add" if isinstance(value, dict) and value.get("body"):
                    comments.append(value["body"])
                case _:
                    return {}, [], {name: f"Field '{name}' cannot be updated by '{verb}'."}
    return fields, comments, problems(fields)


def _sort_key(issue: Issue, name: str, values: dict[str, list[str]]) -> tuple[int | str, ...]:
    """The sort key of an issue for a field; keys and ids sort by number."""
    return (int(issue.id),) if name in ("key", "issuekey", "issue", "id") else tuple(values[name])


def _leaves(value: Any) -> Iterator[str]:
    """All texts in a value, however deep: newer versions write documents of nested nodes."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as several:
                waiting.extend(reversed(several))
            case dict() as table:
                waiting.extend(reversed(table.values()))
