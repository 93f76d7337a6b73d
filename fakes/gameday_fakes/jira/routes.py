"""Jira's URL table: version 2 as of Data Center, version 3 as of Cloud."""

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
        Route("POST", f"{base}/issue/bulk", "ticket.write", "create_issues"),
        Route("GET", f"{base}/issue/createmeta", "metadata", "read_create_metadata"),
        Route("GET", f"{base}/issue/createmeta/{{project}}/issuetypes", "metadata", "list_create_types"),
        Route("GET", f"{base}/issue/createmeta/{{project}}/issuetypes/{{type}}", "metadata", "list_create_fields"),
        Route("GET", f"{base}/issue/{{key}}", "ticket.read", "read_issue"),
        Route("PUT", f"{base}/issue/{{key}}", "ticket.write", "edit_issue"),
        Route("DELETE", f"{base}/issue/{{key}}", "ticket.write", "delete_issue"),
        Route("PUT", f"{base}/issue/{{key}}/assignee", "ticket.write", "assign"),
        Route("GET", f"{base}/issue/{{key}}/comment", "ticket.read", "list_comments"),
        Route("POST", f"{base}/issue/{{key}}/comment", "ticket.write", "add_comment"),
        Route("GET", f"{base}/issue/{{key}}/transitions", "ticket.read", "list_transitions"),
        Route("POST", f"{base}/issue/{{key}}/transitions", "ticket.write", "transition"),
        Route("GET", f"{base}/issueLinkType", "metadata", "list_link_types"),
        Route("POST", f"{base}/issueLink", "ticket.write", "link"),
        Route("GET", f"{base}/issueLink/{{link}}", "ticket.read", "read_link"),
        Route("DELETE", f"{base}/issueLink/{{link}}", "ticket.write", "unlink"),
        Route("GET", f"{base}/user", "metadata", "read_user"),
        Route("GET", f"{base}/user/search", "metadata", "search_users"),
        Route("GET", f"{base}/user/assignable/search", "metadata", "search_users"),
        *_search_routes(base),
    )


def _search_routes(base: str) -> tuple[Route, ...]:
    """Cloud has removed ``search``; Data Center has nothing else."""
    if not base.endswith("/3"):
        return tuple(Route(method, f"{base}/search", "query", "search") for method in ("GET", "POST"))
    return (
        Route("GET", f"{base}/search", "query", "search_removed"),
        Route("POST", f"{base}/search", "query", "search_removed"),
        Route("GET", f"{base}/search/jql", "query", "search_jql"),
        Route("POST", f"{base}/search/jql", "query", "search_jql"),
        Route("POST", f"{base}/search/approximate-count", "query", "count_issues"),
    )


ROUTES = (*_routes("2"), *_routes("3"), *_routes("latest"))
