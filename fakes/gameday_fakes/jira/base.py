"""What all of Jira's handlers share: authentication, the issues, how one is shown, and what the history gets."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl

from gameday_fakes.fake import Fake
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.jira import errors as bodies
from gameday_fakes.jira.documents import as_shown
from gameday_fakes.jira.errors import ERRORS
from gameday_fakes.jira.links import Links
from gameday_fakes.jira.manifest import MANIFEST
from gameday_fakes.jira.models import DONE, PROJECT, STATUSES, Issue, Issues, issue_type
from gameday_fakes.jira.routes import ROUTES
from gameday_fakes.jira.users import USERS
from gameday_fakes.jira.users import shown as shown_user

#: The keys of Jira's status categories, by the name of the status.
_CATEGORIES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}


class JiraBase(Fake):
    """Authentication, issues and their records in the history."""

    manifest = MANIFEST
    routes = ROUTES
    errors = ERRORS

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        scheme, _, proof = request.header("authorization").partition(" ")
        user, token = MANIFEST.credentials["user"], MANIFEST.credentials["token"]
        if scheme.lower() == "basic":
            try:
                proof = base64.b64decode(proof, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                proof = ""
            return None if proof == f"{user}:{token}" else self.error("unauthorized")
        return None if scheme.lower() == "bearer" and proof == token else self.error("unauthorized")

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind, context.get("message", ""), context.get("fields"))

    def key_of(self, request: Request, route: Route) -> str | None:
        return request.params.get("key")

    def reset(self) -> None:
        self.issues = Issues(self.clock.wall_s)
        self.links = Links()

    def snapshot(self) -> list[Issue]:
        return list(self.issues.by_key.values())

    def shown(self, request: Request, issue: Issue, wanted: frozenset[str] | None) -> dict[str, Any]:
        """An issue in the form of the API's version, with the ``wanted`` fields, None for all."""
        version = version_of(request)
        texts = {"description": as_shown(issue.fields.get("description"), version)}
        fields = {
            "labels": [],
            "components": [],
            **issue.fields,
            **texts,
            "assignee": shown_user(issue.fields.get("assignee")),
            "reporter": shown_user(issue.fields.get("reporter") or USERS[0]),
            "project": PROJECT,
            "issuetype": issue_type(issue.fields["issuetype"]),
            "status": status(issue.status),
            "resolution": {"name": issue.resolution} if issue.resolution else None,
            "issuelinks": self.links.of(issue.key),
            "created": issue.created,
            "updated": issue.updated,
        }
        if wanted is not None:
            fields = {name: value for name, value in fields.items() if name in wanted}
        return {"id": issue.id, "key": issue.key, "self": link_to(request, issue), "fields": fields}

    def move(self, issue: Issue, new_status: str) -> None:
        """Give an issue a status, and record that."""
        issue.status = new_status
        issue.updated = self.issues.now()
        self.record_ticket(issue, "resolve" if new_status == DONE else "update")

    def record_ticket(self, issue: Issue, action: str) -> None:
        """Write what became of a ticket into the history."""
        raw = {"issue": {"key": issue.key, "fields": dict(issue.fields)}, "action": action}
        self.events.append(self.name, "ticket", "ok", {"raw": raw})


def version_of(request: Request) -> str:
    """The version of the API that a request asks: ``2`` or ``3``. The latest of Data Center is 2."""
    return "3" if request.path.startswith("/rest/api/3/") else "2"


def link_to(request: Request, issue: Issue) -> str:
    """The address of an issue."""
    return f"{request.base_url}/rest/api/{version_of(request)}/issue/{issue.id}"


def status(name: str) -> dict[str, Any]:
    """A status with its category."""
    number = next(number for number, known in STATUSES.items() if known == name)
    return {"id": number, "name": name, "statusCategory": {"key": _CATEGORIES[name], "name": name}}


def repeated(request: Request, name: str) -> list[str]:
    """All values of a parameter: clients write a list as one value or as several."""
    return [value for given, value in parse_qsl(request.query_string.decode("latin-1")) if given == name]


def wanted_fields(fields: Any) -> frozenset[str] | None:
    """The fields to return, None for all; a value may hold several with commas."""
    names = [fields] if isinstance(fields, str) else fields
    if not isinstance(names, list):
        return None
    wanted = frozenset(name.strip() for each in names for name in str(each).split(","))
    return None if not wanted or wanted & {"*all", "*navigable", ""} else wanted
