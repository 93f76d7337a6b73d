"""Jira's requests, and what the control plane needs of a ticket system."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from gameday_fakes.business_operations import BusinessOperation, ResolveTicket
from gameday_fakes.credentials import JIRA
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.jira import errors as bodies
from gameday_fakes.jira.errors import ERRORS
from gameday_fakes.jira.models import (
    DONE,
    FIELDS,
    ISSUE_TYPES,
    PROJECT,
    STATUSES,
    Issue,
    Issues,
    edited,
    issue_type,
    problems,
)
from gameday_fakes.jira.routes import ROUTES

LARGEST_PAGE = 1000
VERSION = "9.12.0"


class Jira(Fake):
    """The fake Jira: REST API v2."""

    name = "jira"
    role = "tickets"
    hosts = ("*.atlassian.net",)
    api_version = f"REST API 2, version {VERSION}"
    routes = ROUTES
    errors = ERRORS
    credentials = JIRA
    business_operations = (BusinessOperation("resolve_ticket", ResolveTicket, lambda fake, key, _: fake.resolve(key)),)

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        scheme, _, proof = request.header("authorization").partition(" ")
        user, token = JIRA["user"], JIRA["token"]
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

    def snapshot(self) -> list[Issue]:
        return list(self.issues.by_key.values())

    def resolve(self, key: str) -> dict[str, Any]:
        """Resolve a ticket, as the person working on it would."""
        issue = self.issues.find(key)
        if issue is None:
            raise ControlError(f"no issue {key!r}")
        self._move(issue, DONE)
        return {"id": issue.key}

    def server_info(self, request: Request) -> Reply:
        """``GET serverInfo``: clients first read ``versionNumbers`` and ``deploymentType``."""
        numbers = [int(number) for number in VERSION.split(".")]
        version = {"version": VERSION, "versionNumbers": numbers, "deploymentType": "Server", "buildNumber": 912000}
        return Reply.json(200, {**version, "baseUrl": request.base_url, "serverTitle": "Jira"})

    def myself(self, request: Request) -> Reply:
        """``GET myself``: the user of the credentials."""
        user = JIRA["user"]
        return Reply.json(200, {"name": user, "key": user, "emailAddress": user, "displayName": "Integration"})

    def list_projects(self, request: Request) -> Reply:
        """``GET project``."""
        return Reply.json(200, [PROJECT])

    def read_project(self, request: Request) -> Reply:
        """``GET project/{key or id}``."""
        return self._no_project(request) or Reply.json(200, {**PROJECT, "issueTypes": ISSUE_TYPES})

    def list_issue_types(self, request: Request) -> Reply:
        """``GET issuetype``."""
        return Reply.json(200, ISSUE_TYPES)

    def list_fields(self, request: Request) -> Reply:
        """``GET field``: the fields that an issue here has."""
        names = {name: name.title() for name in ("status", "resolution", "created", "updated")}
        names |= {name: shown for name, (shown, _, _) in FIELDS.items()}
        return Reply.json(200, [{"id": name, "name": shown, "custom": False} for name, shown in names.items()])

    def read_create_metadata(self, request: Request) -> Reply:
        """``GET issue/createmeta``: the fields of a new issue, for all types together."""
        fields = {each["fieldId"]: each for each in _create_fields()}
        types = [{**kind, "fields": fields} for kind in ISSUE_TYPES]
        return Reply.json(200, {"projects": [{**PROJECT, "issuetypes": types}]})

    def list_create_types(self, request: Request) -> Reply:
        """``GET issue/createmeta/{project}/issuetypes``."""
        return self._no_project(request) or Reply.json(200, _values(ISSUE_TYPES))

    def list_create_fields(self, request: Request) -> Reply:
        """``GET issue/createmeta/{project}/issuetypes/{type}``: the fields of a new issue of a type."""
        if not any(kind["id"] == request.params["type"] for kind in ISSUE_TYPES):
            return self.error("not_found", message="The issue type selected is invalid.")
        return self._no_project(request) or Reply.json(200, _values(_create_fields()))

    def create_issue(self, request: Request) -> Reply:
        """``POST issue``: 201 with id and key. Not idempotent: a repeated request makes a second issue."""
        body = request.json
        fields = body.get("fields") if isinstance(body, dict) else None
        mistakes = problems(fields)
        if mistakes or not isinstance(fields, dict):
            return self.error("invalid", fields=mistakes)
        issue = self.issues.create(fields)
        self._record_ticket(issue, "create")
        return Reply.json(201, {"id": issue.id, "key": issue.key, "self": _link(request, issue)}, key=issue.key)

    def read_issue(self, request: Request) -> Reply:
        """``GET issue/{key}``; ``fields`` may name those to return."""
        issue = self.issues.find(request.params["key"])
        if issue is None:
            return self.error("not_found")
        return Reply.json(200, _shown(request, issue, _wanted(_repeated(request, "fields"))))

    def edit_issue(self, request: Request) -> Reply:
        """``PUT issue/{key}``: 204."""
        issue = self.issues.find(request.params["key"])
        if issue is None:
            return self.error("not_found")
        fields, comments, mistakes = edited(issue, request.json)
        if mistakes:
            return self.error("invalid", fields=mistakes)
        self.issues.edit(issue, fields, comments)
        self._record_ticket(issue, "update")
        return Reply(204)

    def list_comments(self, request: Request) -> Reply:
        """``GET issue/{key}/comment``."""
        issue = self.issues.find(request.params["key"])
        if issue is None:
            return self.error("not_found")
        return Reply.json(200, {"comments": issue.comments, "total": len(issue.comments), "startAt": 0})

    def add_comment(self, request: Request) -> Reply:
        """``POST issue/{key}/comment``: 201."""
        issue = self.issues.find(request.params["key"])
        body = request.json
        if issue is None:
            return self.error("not_found")
        if not isinstance(body, dict) or not body.get("body"):
            return self.error("invalid", fields={"comment": "Comment body can not be empty!"})
        return Reply.json(201, self.issues.comment(issue, body["body"]))

    def list_transitions(self, request: Request) -> Reply:
        """``GET issue/{key}/transitions``: every status can be reached from every other."""
        if self.issues.find(request.params["key"]) is None:
            return self.error("not_found")
        known = [{"id": number, "name": name, "to": {"id": number, "name": name}} for number, name in STATUSES.items()]
        return Reply.json(200, {"transitions": known})

    def transition(self, request: Request) -> Reply:
        """``POST issue/{key}/transitions``: 204; fields and a comment may come with it."""
        issue = self.issues.find(request.params["key"])
        body = request.json
        if issue is None:
            return self.error("not_found")
        wanted = body.get("transition") if isinstance(body, dict) else None
        status = STATUSES.get(str(wanted.get("id"))) if isinstance(wanted, dict) else None
        if status is None:
            return self.error("invalid", message="It is not possible to do this transition.")
        fields, comments, mistakes = edited(issue, body)
        if mistakes:
            return self.error("invalid", fields=mistakes)
        self.issues.edit(issue, fields, comments)
        self._move(issue, status)
        return Reply(204)

    def search(self, request: Request) -> Reply:
        """``GET`` or ``POST search``: a page of the issues that match a query."""
        asked: dict[str, Any] = {**request.query, "fields": _repeated(request, "fields")}
        if request.method == "POST":
            body = request.json
            asked = body if isinstance(body, dict) else {}
        try:
            issues = self.issues.search(str(asked.get("jql") or ""))
            start = _number(asked.get("startAt", 0))
            most = min(LARGEST_PAGE, _number(asked.get("maxResults", 50)))
        except ValueError as problem:
            return self.error("bad_query", message=str(problem))
        wanted = _wanted(asked.get("fields"))
        page = [_shown(request, issue, wanted) for issue in issues[start : start + most]]
        return Reply.json(200, {"startAt": start, "maxResults": most, "total": len(issues), "issues": page})

    def _no_project(self, request: Request) -> Reply | None:
        asked = request.params["project"]
        if asked in (PROJECT["key"], PROJECT["id"]):
            return None
        return self.error("no_project", message=f"No project could be found with key '{asked}'.")

    def _move(self, issue: Issue, status: str) -> None:
        issue.status = status
        issue.updated = self.issues.now()
        self._record_ticket(issue, "resolve" if status == DONE else "update")

    def _record_ticket(self, issue: Issue, action: str) -> None:
        raw = {"issue": {"key": issue.key, "fields": dict(issue.fields)}, "action": action}
        self.events.append(self.name, "ticket", "ok", {"raw": raw})


def _create_fields() -> list[dict[str, Any]]:
    return [
        {"fieldId": name, "name": shown, "required": required, "schema": {"type": kind, "system": name}}
        for name, (shown, kind, required) in FIELDS.items()
    ]


def _values(values: Sequence[Any]) -> dict[str, Any]:
    return {"startAt": 0, "maxResults": LARGEST_PAGE, "total": len(values), "isLast": True, "values": values}


def _number(given: Any) -> int:
    """A number of issues. Raises ValueError."""
    if not re.fullmatch(r"-?[0-9]{1,9}", str(given)):
        raise ValueError(f"{str(given)[:40]!r} is not a number of issues.")
    return max(0, int(given))


def _repeated(request: Request, name: str) -> list[str]:
    """All values of a parameter: clients write a list as one value or as several."""
    return [value for given, value in parse_qsl(request.query_string.decode("latin-1")) if given == name]


def _wanted(fields: Any) -> frozenset[str] | None:
    """The fields to return, None for all; a value may hold several with commas."""
    names = [fields] if isinstance(fields, str) else fields
    if not isinstance(names, list):
        return None
    wanted = frozenset(name.strip() for each in names for name in str(each).split(","))
    return None if not wanted or wanted & {"*all", "*navigable", ""} else wanted


def _link(request: Request, issue: Issue) -> str:
    return f"{request.base_url}/rest/api/2/issue/{issue.id}"


def _shown(request: Request, issue: Issue, wanted: frozenset[str] | None) -> dict[str, Any]:
    number = next(number for number, name in STATUSES.items() if name == issue.status)
    fields = {
        "labels": [],
        **issue.fields,
        "project": PROJECT,
        "issuetype": issue_type(issue.fields["issuetype"]),
        "status": {"id": number, "name": issue.status, "statusCategory": {"name": issue.status}},
        "resolution": {"name": issue.resolution} if issue.resolution else None,
        "created": issue.created,
        "updated": issue.updated,
    }
    if wanted is not None:
        fields = {name: value for name, value in fields.items() if name in wanted}
    return {"id": issue.id, "key": issue.key, "self": _link(request, issue), "fields": fields}
