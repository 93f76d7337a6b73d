"""Jira's requests about issues and what they may hold, and what the control plane needs of a ticket system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gameday_fakes.business_operations import BusinessOperation, ResolveTicket
from gameday_fakes.fake import ControlError
from gameday_fakes.http import Reply, Request
from gameday_fakes.jira.base import link_to, repeated, status, version_of, wanted_fields
from gameday_fakes.jira.documents import as_shown, text_problems
from gameday_fakes.jira.link_handlers import LinkHandlers
from gameday_fakes.jira.models import DONE, FIELDS, ISSUE_TYPES, PROJECT, STATUSES, edited, problems
from gameday_fakes.jira.search_handlers import LARGEST_PAGE, SearchHandlers
from gameday_fakes.jira.users import USERS

VERSION = "9.12.0"
#: How many issues one bulk request may create.
LARGEST_BULK = 50


class Jira(SearchHandlers, LinkHandlers):
    """The fake Jira: REST API v2 as of Data Center, v3 as of Cloud."""

    api_version = f"REST API 2, version {VERSION}; REST API 3"
    business_operations = (
        BusinessOperation("resolve_ticket", ResolveTicket, lambda fake, key, _: fake.resolve(key), "ticket"),
    )

    def resolve(self, key: str) -> dict[str, Any]:
        """Resolve a ticket, as the person working on it would."""
        issue = self.issues.find(key)
        if issue is None:
            raise ControlError(f"no issue {key!r}")
        self.move(issue, DONE)
        return {"id": issue.key}

    def server_info(self, request: Request) -> Reply:
        """``GET serverInfo``: clients first read ``versionNumbers`` and ``deploymentType``."""
        numbers = [int(number) for number in VERSION.split(".")]
        version = {"version": VERSION, "versionNumbers": numbers, "deploymentType": "Server", "buildNumber": 912000}
        return Reply.json(200, {**version, "baseUrl": request.base_url, "serverTitle": "Jira"})

    def myself(self, request: Request) -> Reply:
        """``GET myself``: the user of the credentials."""
        return Reply.json(200, USERS[0])

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
        created, mistakes = self._create(request, request.json)
        if mistakes:
            return self.error("invalid", fields=mistakes)
        return Reply.json(201, created, key=created["key"])

    def create_issues(self, request: Request) -> Reply:
        """``POST issue/bulk``: 201 with those that were created and the errors of the others; 400 if none was."""
        body = request.json
        updates = body.get("issueUpdates") if isinstance(body, dict) else None
        if not isinstance(updates, list) or not 0 < len(updates) <= LARGEST_BULK:
            return self.error("invalid", message=f"'issueUpdates' must hold 1 to {LARGEST_BULK} issues.")
        issues, refused = [], []
        for number, update in enumerate(updates):
            created, mistakes = self._create(request, update)
            if mistakes:
                errors = {"errorMessages": [], "errors": mistakes}
                refused.append({"status": 400, "elementErrors": errors, "failedElementNumber": number})
            else:
                issues.append(created)
        return Reply.json(201 if issues else 400, {"issues": issues, "errors": refused})

    def _create(self, request: Request, body: Any) -> tuple[dict[str, Any], dict[str, str]]:
        """Create an issue: what the reply says of it, and what is wrong with its fields."""
        fields = body.get("fields") if isinstance(body, dict) else None
        mistakes = {**text_problems(body, version_of(request)), **problems(fields)}
        if mistakes or not isinstance(fields, dict):
            return {}, mistakes
        issue = self.issues.create(fields)
        self.record_ticket(issue, "create")
        return {"id": issue.id, "key": issue.key, "self": link_to(request, issue)}, {}

    def read_issue(self, request: Request) -> Reply:
        """``GET issue/{key}``; ``fields`` may name those to return."""
        issue = self.issues.find(request.params["key"])
        if issue is None:
            return self.error("not_found")
        return Reply.json(200, self.shown(request, issue, wanted_fields(repeated(request, "fields"))))

    def edit_issue(self, request: Request) -> Reply:
        """``PUT issue/{key}``: 204."""
        issue = self.issues.find(request.params["key"])
        if issue is None:
            return self.error("not_found")
        fields, comments, mistakes = edited(issue, request.json)
        mistakes = {**text_problems(request.json, version_of(request)), **mistakes}
        if mistakes:
            return self.error("invalid", fields=mistakes)
        self.change(issue, fields, comments)
        return Reply(204)

    def list_comments(self, request: Request) -> Reply:
        """``GET issue/{key}/comment``."""
        issue = self.issues.find(request.params["key"])
        if issue is None:
            return self.error("not_found")
        version = version_of(request)
        comments = [{**each, "body": as_shown(each["body"], version)} for each in issue.comments]
        page = {"startAt": 0, "maxResults": len(comments), "total": len(comments)}
        return Reply.json(200, {**page, "comments": comments})

    def add_comment(self, request: Request) -> Reply:
        """``POST issue/{key}/comment``: 201."""
        issue = self.issues.find(request.params["key"])
        body = request.json
        if issue is None:
            return self.error("not_found")
        if not isinstance(body, dict) or not body.get("body"):
            return self.error("invalid", fields={"comment": "Comment body can not be empty!"})
        wrong = text_problems({"update": {"comment": [{"add": body}]}}, version_of(request))
        if wrong:
            return self.error("invalid", fields=wrong)
        return Reply.json(201, self.issues.comment(issue, body["body"]))

    def list_transitions(self, request: Request) -> Reply:
        """``GET issue/{key}/transitions``: every status can be reached from every other."""
        if self.issues.find(request.params["key"]) is None:
            return self.error("not_found")
        known = [{"id": number, "name": name, "to": status(name)} for number, name in STATUSES.items()]
        return Reply.json(200, {"transitions": known})

    def transition(self, request: Request) -> Reply:
        """``POST issue/{key}/transitions``: 204; fields and a comment may come with it."""
        issue = self.issues.find(request.params["key"])
        body = request.json
        if issue is None:
            return self.error("not_found")
        wanted = body.get("transition") if isinstance(body, dict) else None
        target = STATUSES.get(str(wanted.get("id"))) if isinstance(wanted, dict) else None
        if target is None:
            return self.error("invalid", message="It is not possible to do this transition.")
        fields, comments, mistakes = edited(issue, body)
        mistakes = {**text_problems(body, version_of(request)), **mistakes}
        if mistakes:
            return self.error("invalid", fields=mistakes)
        self.issues.edit(issue, fields, comments)
        self.move(issue, target)
        return Reply(204)

    def _no_project(self, request: Request) -> Reply | None:
        asked = request.params["project"]
        if asked in (PROJECT["key"], PROJECT["id"]):
            return None
        return self.error("no_project", message=f"No project could be found with key '{asked}'.")


def _create_fields() -> list[dict[str, Any]]:
    return [
        {"fieldId": name, "name": shown, "required": required, "schema": {"type": kind, "system": name}}
        for name, (shown, kind, required) in FIELDS.items()
    ]


def _values(values: Sequence[Any]) -> dict[str, Any]:
    return {"startAt": 0, "maxResults": LARGEST_PAGE, "total": len(values), "isLast": True, "values": values}
