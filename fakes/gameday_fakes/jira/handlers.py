"""Jira's requests, and what the control plane asks of a ticket system."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from gameday_fakes import credentials
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.jira import errors
from gameday_fakes.jira.models import DONE, ISSUE_TYPES, PROJECT, STATUSES, Issue, Issues, problems, timestamp
from gameday_fakes.jira.routes import ROUTES

LARGEST_PAGE = 1000


class Jira(Fake):
    """Jira REST API v2."""

    name = "jira"
    role = "tickets"
    hosts = ("*.atlassian.net",)
    routes = ROUTES

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        scheme, _, proof = request.header("authorization").partition(" ")
        user, token = credentials.JIRA["user"], credentials.JIRA["token"]
        if scheme.lower() == "basic":
            try:
                proof = base64.b64decode(proof, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                proof = ""
            return None if proof == f"{user}:{token}" else self.error("unauthorized")
        return None if scheme.lower() == "bearer" and proof == token else self.error("unauthorized")

    def error(self, kind: str, **context: Any) -> Reply:
        return errors.error(kind, context.get("message", ""), context.get("fields"))

    def error_kinds(self) -> tuple[str, ...]:
        return errors.KINDS

    def key_of(self, request: Request, route: Route) -> str | None:
        return request.params.get("key")

    def reset(self) -> None:
        self.issues = Issues()

    def snapshot(self) -> list[Issue]:
        return list(self.issues.by_key.values())

    def operate(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        if f != "resolve_ticket":
            raise ControlError(f"{self.name} knows no operation {f!r}; known: resolve_ticket")
        issue = self.issues.find(key)
        if issue is None:
            raise ControlError(f"no issue {key!r}")
        self._move(issue, DONE)
        return {"id": issue.key}

    def server_info(self, request: Request) -> Reply:
        """``GET serverInfo``: the client reads ``versionNumbers`` and ``deploymentType`` first of all."""
        version = {"version": "9.12.0", "versionNumbers": [9, 12, 0], "deploymentType": "Server", "buildNumber": 912000}
        return Reply.json(200, {**version, "baseUrl": request.base_url, "serverTitle": "Jira"})

    def myself(self, request: Request) -> Reply:
        """``GET myself``: who the credentials belong to."""
        user = credentials.JIRA["user"]
        return Reply.json(200, {"name": user, "key": user, "emailAddress": user, "displayName": "Integration"})

    def list_projects(self, request: Request) -> Reply:
        """``GET project``."""
        return Reply.json(200, [PROJECT])

    def read_project(self, request: Request) -> Reply:
        """``GET project/{key or id}``."""
        if request.params["project"] not in (PROJECT["key"], PROJECT["id"]):
            return self.error(
                "no_project", message=f"No project could be found with key '{request.params['project']}'."
            )
        return Reply.json(200, {**PROJECT, "issueTypes": ISSUE_TYPES})

    def list_issue_types(self, request: Request) -> Reply:
        """``GET issuetype``."""
        return Reply.json(200, ISSUE_TYPES)

    def list_fields(self, request: Request) -> Reply:
        """``GET field``: the fields that an issue here has."""
        names = ("summary", "description", "project", "issuetype", "labels", "status", "assignee", "priority")
        return Reply.json(200, [{"id": name, "name": name, "custom": False} for name in names])

    def create_issue(self, request: Request) -> Reply:
        """``POST issue``: 201 with id and key. No idempotency: asked twice, there are two."""
        body = request.json
        fields = body.get("fields") if isinstance(body, dict) else None
        found = problems(fields)
        if found or not isinstance(fields, dict):
            return self.error("invalid", fields=found)
        issue = self.issues.create(fields)
        self._tell(issue, "create")
        return Reply.json(201, {"id": issue.id, "key": issue.key, "self": _link(request, issue)}, key=issue.key)

    def read_issue(self, request: Request) -> Reply:
        """``GET issue/{key}``."""
        issue = self.issues.find(request.params["key"])
        return self.error("not_found") if issue is None else Reply.json(200, _shown(request, issue))

    def edit_issue(self, request: Request) -> Reply:
        """``PUT issue/{key}``: 204."""
        issue = self.issues.find(request.params["key"])
        body = request.json
        if issue is None:
            return self.error("not_found")
        fields = body.get("fields", {}) if isinstance(body, dict) else None
        if not isinstance(fields, dict):
            return self.error("invalid", fields={"fields": "fields are required"})
        found = problems({**issue.fields, **fields})
        if found:
            return self.error("invalid", fields=found)
        issue.fields.update(fields)
        self._tell(issue, "update")
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
        comment = {"id": str(len(issue.comments) + 1), "body": body["body"], "created": timestamp()}
        issue.comments.append(comment)
        return Reply.json(201, comment)

    def list_transitions(self, request: Request) -> Reply:
        """``GET issue/{key}/transitions``: every status can be reached from every other."""
        if self.issues.find(request.params["key"]) is None:
            return self.error("not_found")
        known = [{"id": number, "name": name, "to": {"id": number, "name": name}} for number, name in STATUSES.items()]
        return Reply.json(200, {"transitions": known})

    def transition(self, request: Request) -> Reply:
        """``POST issue/{key}/transitions``: 204."""
        issue = self.issues.find(request.params["key"])
        body = request.json
        if issue is None:
            return self.error("not_found")
        wanted = body.get("transition") if isinstance(body, dict) else None
        status = STATUSES.get(str(wanted.get("id"))) if isinstance(wanted, dict) else None
        if status is None:
            return self.error("invalid", message="It is not possible to do this transition.")
        self._move(issue, status)
        return Reply(204)

    def search(self, request: Request) -> Reply:
        """``GET`` or ``POST search``: a page of what a query means."""
        asked: dict[str, Any] = dict(request.query)
        if request.method == "POST":
            body = request.json
            asked = body if isinstance(body, dict) else {}
        try:
            found = self.issues.search(str(asked.get("jql", "")))
            start = max(0, int(asked.get("startAt", 0)))
            most = min(LARGEST_PAGE, max(0, int(asked.get("maxResults", 50))))
        except (ValueError, TypeError) as problem:
            return self.error("bad_query", message=str(problem))
        page = [_shown(request, issue) for issue in found[start : start + most]]
        return Reply.json(200, {"startAt": start, "maxResults": most, "total": len(found), "issues": page})

    def _move(self, issue: Issue, status: str) -> None:
        issue.status = status
        self._tell(issue, "resolve" if status == DONE else "update")

    def _tell(self, issue: Issue, action: str) -> None:
        raw = {"issue": {"key": issue.key, "fields": dict(issue.fields)}, "action": action}
        self.events.append(self.name, "ticket", "ok", {"raw": raw})


def _link(request: Request, issue: Issue) -> str:
    return f"{request.base_url}/rest/api/2/issue/{issue.id}"


def _shown(request: Request, issue: Issue) -> dict[str, Any]:
    resolution = {"name": "Done"} if issue.status == DONE else None
    fields = {**issue.fields, "status": {"name": issue.status}, "resolution": resolution}
    return {"id": issue.id, "key": issue.key, "self": _link(request, issue), "fields": fields}
