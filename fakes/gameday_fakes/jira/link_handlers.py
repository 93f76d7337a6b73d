"""Assigning, linking and deleting issues, and looking for people."""

from __future__ import annotations

from typing import Any

from gameday_fakes.http import Reply, Request
from gameday_fakes.jira.base import JiraBase, version_of
from gameday_fakes.jira.documents import text_problems
from gameday_fakes.jira.links import LINK_TYPES, link_type
from gameday_fakes.jira.models import Issue
from gameday_fakes.jira.users import find_user, like, names_of

#: What stands for the project's default assignee, which the fake's project does not have.
DEFAULT_ASSIGNEE = "-1"


class LinkHandlers(JiraBase):
    """``issue/{key}/assignee``, ``issueLink``, ``user``."""

    def assign(self, request: Request) -> Reply:
        """``PUT issue/{key}/assignee``: 204. Version 3 takes an account id, version 2 a name too; null for nobody."""
        issue = self.issues.find(request.params["key"])
        body = request.json
        if issue is None:
            return self.error("not_found")
        kinds = ("accountId",) if version_of(request) == "3" else ("name", "accountId")
        given = next((kind for kind in kinds if isinstance(body, dict) and kind in body), None)
        if given is None or not (body[given] is None or isinstance(body[given], str)):
            return self.error("invalid", message=f"The request needs '{kinds[0]}'.")
        user = None if body[given] in (None, "", DEFAULT_ASSIGNEE) else {given: body[given]}
        fields = {**issue.fields, "assignee": (find_user(body[given]) or user) if user else None}
        self.change(issue, fields, [])
        return Reply(204)

    def change(self, issue: Issue, fields: dict[str, Any], comments: list[Any]) -> None:
        """Set fields and add comments. Somebody else who is assigned takes the ticket over."""
        before = set(names_of(issue.fields.get("assignee")))
        self.issues.edit(issue, fields, comments)
        self.record_ticket(issue, "update")
        now = set(names_of(fields.get("assignee")))
        if now and not now & before:
            self.record_ticket(issue, "assign")

    def delete_issue(self, request: Request) -> Reply:
        """``DELETE issue/{key}``: 204. Nobody works on it any more, as after a resolution."""
        issue = self.issues.find(request.params["key"])
        if issue is None:
            return self.error("not_found")
        del self.issues.by_key[issue.key]
        self.links.forget(issue.key)
        self.record_ticket(issue, "resolve")
        return Reply(204)

    def search_users(self, request: Request) -> Reply:
        """``GET user/search`` and ``user/assignable/search``: whose names begin with ``query``, or ``username``."""
        asked = request.query.get("query") or request.query.get("username") or request.query.get("accountId")
        if not asked:
            return self.error("invalid", message="A 'query' parameter must be provided")
        return Reply.json(200, like(asked))

    def read_user(self, request: Request) -> Reply:
        """``GET user?accountId=`` (or ``username``, ``key``)."""
        asked = next((request.query[name] for name in ("accountId", "username", "key") if name in request.query), "")
        user = find_user(asked) if asked else None
        return Reply.json(200, user) if user else self.error("not_found", message="Specified user does not exist.")

    def list_link_types(self, request: Request) -> Reply:
        """``GET issueLinkType``."""
        return Reply.json(200, {"issueLinkTypes": LINK_TYPES})

    def link(self, request: Request) -> Reply:
        """``POST issueLink``: 201 without a body. ``inwardIssue`` blocks, duplicates ... ``outwardIssue``."""
        body = request.json
        given = body if isinstance(body, dict) else {}
        kind = link_type(given.get("type"))
        if kind is None:
            return self.error("no_link_type")
        ends = [self._end(given.get(side)) for side in ("inwardIssue", "outwardIssue")]
        inward, outward = ends
        if inward is None or outward is None:
            return self.error("not_found")
        comment = given.get("comment")
        wrong = text_problems({"update": {"comment": [{"add": comment}]}}, version_of(request))
        if wrong:
            return self.error("invalid", fields=wrong)
        self.links.add(kind, inward.key, outward.key)
        if isinstance(comment, dict) and comment.get("body"):
            self.issues.comment(inward, comment["body"])
        return Reply(201)

    def read_link(self, request: Request) -> Reply:
        """``GET issueLink/{link}``."""
        link = self.links.by_id.get(request.params["link"])
        if link is None:
            return self.error("no_link")
        ends = {"inwardIssue": {"key": link.inward}, "outwardIssue": {"key": link.outward}}
        return Reply.json(200, {"id": link.id, "type": link.type, **ends})

    def unlink(self, request: Request) -> Reply:
        """``DELETE issueLink/{link}``: 204."""
        if self.links.by_id.pop(request.params["link"], None) is None:
            return self.error("no_link")
        return Reply(204)

    def _end(self, given: Any) -> Issue | None:
        named = [given[name] for name in ("key", "id") if given.get(name)] if isinstance(given, dict) else []
        return next((issue for name in named if (issue := self.issues.find(str(name)))), None)
