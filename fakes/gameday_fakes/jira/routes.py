"""Jira's URL table; version 3 answers in the same way."""

from __future__ import annotations

from gameday_fakes.http import Route


def _routes(version: str) -> tuple[Route, ...]:
    base = f"/rest/api/{version}"
    return (
        Route("GET", f"{base}/serverInfo", "metadata", "server_info", public=True),
        Route("GET", f"{base}/myself", "login", "myself"),
        Route("GET", f"{base}/project", "metadata", "list_projects"),
        Route("GET", f"{base}/project/{{project}}", "metadata", "read_project"),
        Route("GET", f"{base}/issuetype", "metadata", "list_issue_types"),
        Route("GET", f"{base}/field", "metadata", "list_fields"),
        Route("POST", f"{base}/issue", "ticket.write", "create_issue"),
        Route("GET", f"{base}/issue/createmeta", "metadata", "read_create_metadata"),
        Route("GET", f"{base}/issue/createmeta/{{project}}/issuetypes", "metadata", "list_create_types"),
        Route("GET", f"{base}/issue/createmeta/{{project}}/issuetypes/{{type}}", "metadata", "list_create_fields"),
        Route("GET", f"{base}/issue/{{key}}", "ticket.read", "read_issue"),
        Route("PUT", f"{base}/issue/{{key}}", "ticket.write", "edit_issue"),
        Route("GET", f"{base}/issue/{{key}}/comment", "ticket.read", "list_comments"),
        Route("POST", f"{base}/issue/{{key}}/comment", "ticket.write", "add_comment"),
        Route("GET", f"{base}/issue/{{key}}/transitions", "ticket.read", "list_transitions"),
        Route("POST", f"{base}/issue/{{key}}/transitions", "ticket.write", "transition"),
        Route("GET", f"{base}/search", "query", "search"),
        Route("POST", f"{base}/search", "query", "search"),
    )


ROUTES = (*_routes("2"), *_routes("3"), *_routes("latest"))
