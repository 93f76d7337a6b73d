"""Issues and their rules, without HTTP."""

from __future__ import annotations

import datetime
import re
from typing import Any

import msgspec

PROJECT = {"id": "10000", "key": "SYNC", "name": "Order sync"}
ISSUE_TYPES = (
    {"id": "10001", "name": "Task", "subtask": False},
    {"id": "10002", "name": "Bug", "subtask": False},
    {"id": "10003", "name": "Incident", "subtask": False},
)
STATUSES = {"11": "To Do", "21": "In Progress", "31": "Done"}
DONE = "Done"
LONGEST_SUMMARY = 255


class Issue(msgspec.Struct):
    """One issue; ``fields`` as they were given, with the status in a place of its own."""

    id: str
    key: str
    fields: dict[str, Any]
    status: str = "To Do"
    comments: list[dict[str, Any]] = []


class Issues:
    """All issues of the project."""

    def __init__(self) -> None:
        self.by_key: dict[str, Issue] = {}

    def create(self, fields: dict[str, Any]) -> Issue:
        """Enter a new issue with the next key."""
        number = len(self.by_key) + 1
        issue = Issue(str(10000 + number), f"{PROJECT['key']}-{number}", fields)
        self.by_key[issue.key] = issue
        return issue

    def find(self, key_or_id: str) -> Issue | None:
        """An issue by its key or id."""
        issue = self.by_key.get(key_or_id)
        return issue or next((i for i in self.by_key.values() if i.id == key_or_id), None)

    def search(self, jql: str) -> list[Issue]:
        """The issues that a query of the small subset means: conditions joined by AND. Raises ValueError."""
        where, _, _ = re.sub(r"\s+", " ", jql.strip()).partition(" ORDER BY ")
        tests = [_condition(text) for text in re.split(r" AND ", where, flags=re.IGNORECASE) if text]
        return [issue for issue in self.by_key.values() if all(test(issue) for test in tests)]


def problems(fields: Any) -> dict[str, str]:
    """What is wrong with a new issue, by field, in Jira's words."""
    if not isinstance(fields, dict):
        return {"fields": "fields are required"}
    found = {}
    project = fields.get("project")
    if not isinstance(project, dict) or (PROJECT["key"] != project.get("key") and PROJECT["id"] != project.get("id")):
        found["project"] = "valid project is required"
    kind = fields.get("issuetype")
    known = {value for each in ISSUE_TYPES for value in (each["id"], each["name"])}
    if not isinstance(kind, dict) or not {str(kind.get("id")), str(kind.get("name"))} & known:
        found["issuetype"] = "valid issue type is required"
    summary = fields.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        found["summary"] = "You must specify a summary of the issue."
    elif len(summary) > LONGEST_SUMMARY or "\n" in summary:
        found["summary"] = f"Summary must be one line of less than {LONGEST_SUMMARY} characters."
    labels = fields.get("labels", [])
    if not isinstance(labels, list) or any(not isinstance(label, str) or " " in label for label in labels):
        found["labels"] = "The label can't contain spaces."
    return found


def timestamp() -> str:
    """This moment, as Jira writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _condition(text: str) -> Any:
    match = re.fullmatch(r'(\w+) ?(!=|=|~) ?("[^"]*"|\S+)', text.strip())
    if match is None:
        raise ValueError(f"Error in the JQL Query: {text.strip()!r}")
    name, operator, wanted = match[1].lower(), match[2], match[3].strip('"').lower()

    def values(issue: Issue) -> list[str]:
        given = issue.fields.get(name)
        known: dict[str, list[Any]] = {
            "project": [PROJECT["key"]],
            "key": [issue.key],
            "status": [issue.status],
            "text": [issue.fields.get("summary", ""), issue.fields.get("description") or ""],
            "labels": issue.fields.get("labels", []),
            "resolution": ["Done" if issue.status == DONE else "Unresolved"],
        }
        return [str(value).lower() for value in known.get(name, [given])]

    if operator == "~":
        return lambda issue: any(wanted in value for value in values(issue))
    return lambda issue: (wanted in values(issue)) is (operator == "=")
