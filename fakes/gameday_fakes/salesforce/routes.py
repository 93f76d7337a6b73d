"""Salesforce's URL table. In fault operations, the object of deals is ``deal`` and all others are ``record``."""

from __future__ import annotations

from gameday_fakes.http import Absent, Route

ROOT = "/services/data/{version}"
APEX = "/services/apexrest"

MAX_URI_BYTES = 16_384
#: What no part of a composite or a batch may call; nor the Bulk API.
NO_PARTS = frozenset({"composite", "composite_batch", "composite_graph", "create_tree"})


def _record_routes(sobject: str, word: str) -> list[Route]:
    path = f"{ROOT}/sobjects/{sobject}"
    read, write = f"{word}.read", f"{word}.write"
    return [
        Route("POST", path, write, "create_record"),
        Route("GET", f"{path}/updated", read, "updated_records"),
        Route("GET", f"{path}/deleted", read, "deleted_records"),
        Route("GET", f"{path}/{{id}}", read, "read_record", lasting=True),
        Route("PATCH", f"{path}/{{id}}", write, "update_record"),
        Route("DELETE", f"{path}/{{id}}", write, "delete_record"),
        Route("GET", f"{path}/{{field}}/{{value}}", read, "read_by_external_id", lasting=True),
        Route("PATCH", f"{path}/{{field}}/{{value}}", write, "upsert_record"),
        Route("DELETE", f"{path}/{{field}}/{{value}}", write, "delete_by_external_id"),
    ]


def _job_routes(kind: str) -> list[Route]:
    path, create = f"{ROOT}/jobs/{kind}", "bulk.query" if kind == "query" else "bulk.write"
    return [
        Route("POST", path, create, f"create_{kind}_job"),
        Route("GET", path, "bulk.read", f"list_{kind}_jobs"),
        Route("GET", f"{path}/{{job}}", "bulk.read", f"read_{kind}_job"),
        Route("PATCH", f"{path}/{{job}}", create, f"change_{kind}_job"),
        Route("DELETE", f"{path}/{{job}}", create, f"delete_{kind}_job"),
    ]


def _async_routes() -> list[Route]:
    """The Bulk API 1.0."""
    jobs = "/services/async/{version}/job"
    batch = f"{jobs}/{{job}}/batch/{{batch}}"
    return [
        Route("POST", jobs, "bulk.write", "create_async_job"),
        Route("GET", f"{jobs}/{{job}}", "bulk.read", "read_async_job"),
        Route("POST", f"{jobs}/{{job}}", "bulk.write", "change_async_job"),
        Route("POST", f"{jobs}/{{job}}/batch", "bulk.write", "add_async_batch"),
        Route("GET", f"{jobs}/{{job}}/batch", "bulk.read", "list_async_batches"),
        Route("GET", batch, "bulk.read", "read_async_batch"),
        Route("GET", f"{batch}/request", "bulk.read", "async_request"),
        Route("GET", f"{batch}/result", "bulk.read", "async_results"),
        Route("GET", f"{batch}/result/{{result}}", "bulk.read", "async_result"),
    ]


_PUB_SUB = {
    "GetTopic": "metadata",
    "GetSchema": "metadata",
    "Subscribe": "stream",
    "ManagedSubscribe": "stream",
    "Publish": "record.write",
    "PublishStream": "record.write",
}

_FIRST: tuple[Route, ...] = (
    Route("POST", "/services/oauth2/token", "login", "token", public=True, event="login"),
    Route("GET", "/services/oauth2/authorize", "login", "authorize", public=True),
    Route("POST", "/services/oauth2/revoke", "login", "revoke", public=True),
    Route("GET", "/services/oauth2/revoke", "login", "revoke", public=True),
    Route("POST", "/services/oauth2/introspect", "login", "introspect", public=True),
    Route("GET", "/services/oauth2/userinfo", "login", "user_info"),
    Route("GET", "/id/{organization}/{user}", "login", "user_info"),
    # Faults take each call for what it does.
    Route("POST", "/services/Soap/u/{version}", "login", "soap", public=True, event="login"),
    Route("POST", "/services/Soap/u/{version}/{organization}", "login", "soap", public=True, event="login"),
    # Each message is checked by itself; some clients add its kind to the path.
    Route("POST", "/cometd/{version}", "stream", "bayeux", public=True),
    Route("POST", "/cometd/{version}/{kind}", "stream", "bayeux", public=True),
    # Calls over gRPC, which prove by their metadata that they are allowed.
    *(
        Route("POST", f"/eventbus.v1.PubSub/{method}", operation, "pub_sub", public=True)
        for method, operation in _PUB_SUB.items()
    ),
    Route("GET", "/services/data", "metadata", "versions", public=True),
    Route("GET", ROOT, "metadata", "resources"),
    Route("GET", f"{ROOT}/limits", "limits", "limits"),
    Route("GET", f"{ROOT}/query", "query", "query"),
    Route("GET", f"{ROOT}/query/{{locator}}", "query", "query_more"),
    Route("GET", f"{ROOT}/queryAll", "query", "query_all"),
    Route("GET", f"{ROOT}/queryAll/{{locator}}", "query", "query_more"),
    # Whatever else it asks for is absent.
    Route("GET", f"{ROOT}/tooling/query", "metadata", "tooling_query"),
    Route("GET", f"{ROOT}/sobjects", "metadata", "describe_global"),
    Route("GET", f"{ROOT}/sobjects/{{object}}", "metadata", "object_info"),
    Route("GET", f"{ROOT}/sobjects/{{object}}/describe", "metadata", "describe_object"),
    # A field and its value for the routes below.
    Route("GET", f"{ROOT}/sobjects/{{object}}/describe/{{kind}}", "metadata", "left_out"),
    Route("GET", f"{ROOT}/sobjects/{{object}}/listviews", "metadata", "left_out"),
    Route("GET", f"{ROOT}/sobjects/{{object}}/quickActions", "metadata", "left_out"),
    Route("POST", f"{ROOT}/sobjects/User/{{id}}/password", "metadata", "left_out"),
)

_LAST: tuple[Route, ...] = (
    *_record_routes("{object}", "record"),
    Route("POST", f"{ROOT}/composite", "batch", "composite"),
    Route("POST", f"{ROOT}/composite/batch", "batch", "composite_batch"),
    Route("POST", f"{ROOT}/composite/graph", "batch", "composite_graph"),
    Route("POST", f"{ROOT}/composite/tree/{{object}}", "batch", "create_tree"),
    Route("POST", f"{ROOT}/composite/sobjects", "batch", "create_collection"),
    Route("PATCH", f"{ROOT}/composite/sobjects", "batch", "update_collection"),
    Route("DELETE", f"{ROOT}/composite/sobjects", "batch", "delete_collection"),
    Route("GET", f"{ROOT}/composite/sobjects/{{object}}", "batch", "read_collection"),
    Route("POST", f"{ROOT}/composite/sobjects/{{object}}", "batch", "read_collection"),
    Route("PATCH", f"{ROOT}/composite/sobjects/{{object}}/{{field}}", "batch", "upsert_collection"),
    *_async_routes(),
    *_job_routes("query"),
    Route("GET", f"{ROOT}/jobs/query/{{job}}/results", "bulk.query", "query_job_results"),
    *_job_routes("ingest"),
    Route("PUT", f"{ROOT}/jobs/ingest/{{job}}/batches", "bulk.write", "upload_batch"),
    Route("GET", f"{ROOT}/jobs/ingest/{{job}}/successfulResults", "bulk.read", "successful_results"),
    Route("GET", f"{ROOT}/jobs/ingest/{{job}}/failedResults", "bulk.read", "failed_results"),
    # Clients write it both ways.
    Route("GET", f"{ROOT}/jobs/ingest/{{job}}/unprocessedrecords", "bulk.read", "unprocessed_records"),
    Route("GET", f"{ROOT}/jobs/ingest/{{job}}/unprocessedRecords", "bulk.read", "unprocessed_records"),
)


def routes_of(deal_object: str) -> tuple[Route, ...]:
    """The URL table of an organisation whose deals are records of this object."""
    return (*_FIRST, *_record_routes(deal_object, "deal"), *_LAST)


ROUTES = routes_of("Opportunity")

_NOT_RECORDS = "it is about the organisation's set-up, not about its records"

ABSENT: tuple[Absent, ...] = (
    Absent(f"{ROOT}/search", "SOSL", "a sync finds records by query, not by full text"),
    Absent(f"{ROOT}/parameterizedSearch", "SOSL", "a sync finds records by query, not by full text"),
    Absent(f"{ROOT}/tooling", "Tooling API", _NOT_RECORDS),
    Absent(f"{ROOT}/metadata", "Metadata API", _NOT_RECORDS),
    Absent("/services/Soap/c", "enterprise SOAP API", "its WSDL is each organisation's own; the partner API is served"),
    Absent("/services/Soap/m", "Metadata API", _NOT_RECORDS),
    Absent("/services/Soap/T", "Tooling API", _NOT_RECORDS),
    Absent(f"{ROOT}/graphql", "GraphQL API", "it is for user interfaces; a sync reads by SOQL"),
    Absent(f"{ROOT}/analytics", "Reports and Dashboards API", "a sync reads records, not reports"),
    Absent(f"{ROOT}/chatter", "Chatter and Connect REST API", "it is about people's conversations"),
    Absent(f"{ROOT}/connect", "Chatter and Connect REST API", "it is about people's conversations"),
    Absent(f"{ROOT}/sobjects/{{object}}/describe/{{kind}}", "layouts", "they are for user interfaces"),
    Absent(f"{ROOT}/sobjects/{{object}}/listviews", "list views", "they are for user interfaces"),
    Absent(f"{ROOT}/sobjects/{{object}}/quickActions", "quick actions", "they are for user interfaces"),
    Absent(f"{ROOT}/sobjects/User/{{id}}/password", "passwords of users", _NOT_RECORDS),
    Absent(f"{ROOT}/sobjects/{{object}}/{{id}}/{{field}}", "files in fields", "no object here has such a field"),
    Absent(f"{ROOT}/process", "approvals and process rules", "they are the organisation's own logic, which it lacks"),
    Absent(f"{ROOT}/quickActions", "quick actions", "they are for user interfaces"),
    Absent(f"{ROOT}/theme", "themes", "they are for user interfaces"),
    Absent(f"{ROOT}/tabs", "tabs", "they are for user interfaces"),
    Absent(f"{ROOT}/recent", "recently used records", "they are for user interfaces"),
    Absent(APEX, "Apex REST", "it is the organisation's own code; [organisation.endpoints] can name a file of yours"),
)
