"""Salesforce's URL table. In fault operations, opportunities are deals and all other objects are records."""

from __future__ import annotations

from gameday_fakes.http import Route

ROOT = "/services/data/{version}"


def _record_routes(sobject: str, word: str) -> list[Route]:
    path = f"{ROOT}/sobjects/{sobject}"
    read, write = f"{word}.read", f"{word}.write"
    return [
        Route("POST", path, write, "create_record"),
        Route("GET", f"{path}/updated", read, "updated_records"),
        Route("GET", f"{path}/deleted", read, "deleted_records"),
        Route("GET", f"{path}/{{id}}", read, "read_record"),
        Route("PATCH", f"{path}/{{id}}", write, "update_record"),
        Route("DELETE", f"{path}/{{id}}", write, "delete_record"),
        Route("GET", f"{path}/{{field}}/{{value}}", read, "read_by_external_id"),
        Route("PATCH", f"{path}/{{field}}/{{value}}", write, "upsert_record"),
        Route("DELETE", f"{path}/{{field}}/{{value}}", write, "delete_by_external_id"),
    ]


ROUTES: tuple[Route, ...] = (
    Route("POST", "/services/oauth2/token", "login", "token", public=True, event="login"),
    Route("POST", "/services/oauth2/revoke", "login", "revoke", public=True),
    Route("GET", "/services/oauth2/userinfo", "login", "user_info"),
    Route("GET", "/id/{organization}/{user}", "login", "user_info"),
    Route("POST", "/services/Soap/u/{version}", "login", "soap_login", public=True, event="login"),
    Route("POST", "/services/Soap/u/{version}/{organization}", "login", "soap_login", public=True, event="login"),
    Route("GET", "/services/data", "metadata", "versions", public=True),
    Route("GET", ROOT, "metadata", "resources"),
    Route("GET", f"{ROOT}/limits", "limits", "limits"),
    Route("GET", f"{ROOT}/query", "query", "query"),
    Route("GET", f"{ROOT}/query/{{locator}}", "query", "query_more"),
    Route("GET", f"{ROOT}/queryAll", "query", "query_all"),
    Route("GET", f"{ROOT}/queryAll/{{locator}}", "query", "query_more"),
    Route("GET", f"{ROOT}/sobjects", "metadata", "describe_global"),
    Route("GET", f"{ROOT}/sobjects/{{object}}", "metadata", "object_info"),
    Route("GET", f"{ROOT}/sobjects/{{object}}/describe", "metadata", "describe_object"),
    *_record_routes("Opportunity", "deal"),
    *_record_routes("{object}", "record"),
    Route("POST", f"{ROOT}/composite", "batch", "composite"),
    Route("POST", f"{ROOT}/composite/batch", "batch", "composite_batch"),
    Route("POST", f"{ROOT}/composite/sobjects", "batch", "create_collection"),
    Route("PATCH", f"{ROOT}/composite/sobjects", "batch", "update_collection"),
    Route("DELETE", f"{ROOT}/composite/sobjects", "batch", "delete_collection"),
    Route("GET", f"{ROOT}/composite/sobjects/{{object}}", "batch", "read_collection"),
    Route("POST", f"{ROOT}/composite/sobjects/{{object}}", "batch", "read_collection"),
    Route("PATCH", f"{ROOT}/composite/sobjects/{{object}}/{{field}}", "batch", "upsert_collection"),
)
