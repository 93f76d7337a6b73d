"""HubSpot's URL table. In fault operations, the object of deals is ``deal`` and all others are ``record``.

Each resource is served under its numbered version and under the versions by date, which replace them.
"""

from __future__ import annotations

from gameday_fakes.http import Absent, Route

OBJECT_ROOTS = ("/crm/v3/objects", "/crm/objects/{version}")


def _object_routes(root: str, name: str, word: str) -> list[Route]:
    path, read, write = f"{root}/{name}", f"{word}.read", f"{word}.write"
    batches = ("create", "update", "upsert", "archive")
    return [
        Route("GET", path, read, "list_records"),
        Route("POST", path, write, "create_record"),
        Route("GET", f"{path}/{{id}}", read, "read_record", lasting=True),
        Route("PATCH", f"{path}/{{id}}", write, "update_record"),
        Route("DELETE", f"{path}/{{id}}", write, "archive_record"),
        Route("POST", f"{path}/search", "query", "search_records"),
        Route("POST", f"{path}/merge", write, "merge_records"),
        Route("POST", f"{path}/gdpr-delete", write, "left_out"),
        Route("POST", f"{path}/batch/read", "batch.read", "batch_read"),
        *(Route("POST", f"{path}/batch/{act}", "batch.write", f"batch_{act}") for act in batches),
    ]


def _association_routes(root: str, name: str, word: str) -> list[Route]:
    path = f"{root}/{name}/{{id}}/associations"
    return [
        Route("GET", f"{path}/{{to}}", f"{word}.read", "list_associations"),
        Route("PUT", f"{path}/{{to}}/{{to_id}}", f"{word}.write", "associate"),
        Route("DELETE", f"{path}/{{to}}/{{to_id}}", f"{word}.write", "dissociate"),
        Route("PUT", f"{path}/default/{{to}}/{{to_id}}", f"{word}.write", "associate_plainly"),
    ]


def _old_association_routes(name: str, word: str) -> list[Route]:
    """The third version: types by name."""
    path = f"/crm/v3/objects/{name}/{{id}}/associations"
    return [
        Route("GET", f"{path}/{{to}}", f"{word}.read", "list_old_associations"),
        Route("PUT", f"{path}/{{to}}/{{to_id}}/{{type}}", f"{word}.write", "associate_by_name"),
        Route("DELETE", f"{path}/{{to}}/{{to_id}}/{{type}}", f"{word}.write", "dissociate_by_name"),
    ]


def _pair_routes(root: str) -> list[Route]:
    batch = f"{root}/{{from}}/{{to}}/batch"
    return [
        Route("POST", f"{batch}/read", "batch.read", "read_associations"),
        Route("POST", f"{batch}/create", "batch.write", "create_associations"),
        Route("POST", f"{batch}/associate/default", "batch.write", "create_plain_associations"),
        Route("POST", f"{batch}/archive", "batch.write", "archive_associations"),
        Route("POST", f"{batch}/labels/archive", "batch.write", "archive_labels"),
        Route("GET", f"{root}/{{from}}/{{to}}/labels", "metadata", "list_labels"),
        Route("POST", f"{root}/{{from}}/{{to}}/labels", "metadata", "create_label"),
        Route("PUT", f"{root}/{{from}}/{{to}}/labels", "metadata", "update_label"),
        Route("DELETE", f"{root}/{{from}}/{{to}}/labels/{{type_id}}", "metadata", "delete_label"),
    ]


def _old_pair_routes() -> list[Route]:
    root = "/crm/v3/associations/{from}/{to}"
    return [
        Route("GET", f"{root}/types", "metadata", "list_old_types"),
        Route("POST", f"{root}/batch/read", "batch.read", "read_old_associations"),
        Route("POST", f"{root}/batch/create", "batch.write", "create_old_associations"),
        Route("POST", f"{root}/batch/archive", "batch.write", "archive_old_associations"),
    ]


def _metadata_routes(version: str) -> list[Route]:
    def root(resource: str) -> str:
        return f"/crm/{version}/{resource}" if version == "v3" else f"/crm/{resource}/{version}"

    properties, pipelines, owners = (root(each) for each in ("properties", "pipelines", "owners"))
    one, stages = f"{pipelines}/{{object}}/{{pipeline}}", f"{pipelines}/{{object}}/{{pipeline}}/stages"

    def crud(path: str, id_: str, name: str, *, put: bool = False) -> list[Route]:
        plural = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
        return [
            Route("GET", path, "metadata", f"list_{plural}"),
            Route("POST", path, "metadata", f"create_{name}"),
            Route("GET", f"{path}/{id_}", "metadata", f"read_{name}"),
            Route("PATCH", f"{path}/{id_}", "metadata", f"update_{name}"),
            Route("DELETE", f"{path}/{id_}", "metadata", f"delete_{name}"),
            *([Route("PUT", f"{path}/{id_}", "metadata", f"replace_{name}")] if put else []),
        ]

    return [
        *crud(f"{properties}/{{object}}", "{name}", "property"),
        *crud(f"{properties}/{{object}}/groups", "{group}", "group"),
        *(
            Route("POST", f"{properties}/{{object}}/batch/{act}", "metadata", f"{act}_properties")
            for act in ("read", "create", "archive")
        ),
        *crud(f"{pipelines}/{{object}}", "{pipeline}", "pipeline", put=True),
        *crud(stages, "{stage}", "stage", put=True),
        Route("GET", f"{one}/audit", "metadata", "pipeline_audit"),
        Route("GET", f"{stages}/{{stage}}/audit", "metadata", "stage_audit"),
        Route("GET", owners, "metadata", "list_owners"),
        Route("GET", f"{owners}/{{owner}}", "metadata", "read_owner"),
    ]


def _webhook_routes(version: str) -> list[Route]:
    root = f"/webhooks/{version}/{{app}}"
    read, write = "subscription.read", "subscription.write"
    return [
        Route("GET", f"{root}/settings", read, "read_webhook_settings"),
        Route("PUT", f"{root}/settings", write, "change_webhook_settings"),
        Route("DELETE", f"{root}/settings", write, "delete_webhook_settings"),
        Route("GET", f"{root}/subscriptions", read, "list_subscriptions"),
        Route("POST", f"{root}/subscriptions", write, "create_subscription"),
        Route("POST", f"{root}/subscriptions/batch/update", write, "update_subscriptions"),
        Route("GET", f"{root}/subscriptions/{{subscription}}", read, "read_subscription"),
        Route("PATCH", f"{root}/subscriptions/{{subscription}}", write, "update_subscription"),
        Route("DELETE", f"{root}/subscriptions/{{subscription}}", write, "delete_subscription"),
    ]


def _oauth_routes(version: str) -> list[Route]:
    return [
        Route("POST", f"/oauth/{version}/token", "login", "token", public=True),
        Route("GET", f"/oauth/{version}/access-tokens/{{token}}", "login", "access_token_info", public=True),
        Route("GET", f"/oauth/{version}/refresh-tokens/{{token}}", "login", "refresh_token_info", public=True),
        Route("DELETE", f"/oauth/{version}/refresh-tokens/{{token}}", "login", "delete_refresh_token", public=True),
    ]


_DEALS = ("deals", "deal", "0-3")

ROUTES: tuple[Route, ...] = (
    *(route for root in OBJECT_ROOTS for name in _DEALS for route in _object_routes(root, name, "deal")),
    *(route for root in OBJECT_ROOTS for route in _object_routes(root, "{object}", "record")),
    *(route for name in _DEALS for route in _old_association_routes(name, "deal")),
    *_old_association_routes("{object}", "record"),
    *(
        route
        for root in ("/crm/v4/objects", "/crm/objects/{version}")
        for name, word in (*((name, "deal") for name in _DEALS), ("{object}", "record"))
        for route in _association_routes(root, name, word)
    ),
    *_pair_routes("/crm/v4/associations"),
    *_pair_routes("/crm/associations/{version}"),
    *_old_pair_routes(),
    *_metadata_routes("v3"),
    *_metadata_routes("{version}"),
    *_webhook_routes("v3"),
    *_webhook_routes("{version}"),
    *_oauth_routes("v1"),
    *_oauth_routes("{version}"),
    Route("GET", "/oauth/authorize", "login", "authorize", public=True),
    Route("GET", "/account-info/v3/details", "metadata", "account_details"),
    Route("GET", "/account-info/{version}/details", "metadata", "account_details"),
)

_USER_INTERFACE = "it is for user interfaces"
_NO_DEALS = "a sync of deals does without it"

ABSENT = (
    Absent("/crm/v3/objects/{object}/gdpr-delete", "deleting personal data for good", _NO_DEALS),
    Absent("/crm/v3/objects/{object}", "objects but deals, companies, contacts, line items and products", _NO_DEALS),
    Absent("/crm/objects/{version}", "objects but deals, companies, contacts, line items and products", _NO_DEALS),
    Absent("/crm/v4/associations/usage", "reports of associations", _USER_INTERFACE),
    Absent("/crm/v4/associations/definitions", "limits of associations", _NO_DEALS),
    Absent("/crm-object-schemas", "custom objects", _NO_DEALS),
    Absent("/crm/v3/imports", "imports", "they are files that people upload"),
    Absent("/crm/v3/exports", "exports", "they are files that people download"),
    Absent("/crm/v3/lists", "lists", _NO_DEALS),
    Absent("/crm/v3/timeline", "timelines", _USER_INTERFACE),
    Absent("/crm/v3/extensions", "extensions of the user interface", _USER_INTERFACE),
    Absent("/integrators", "timelines", _USER_INTERFACE),
    Absent("/automation", "workflows", _NO_DEALS),
    Absent("/cms", "web sites", _NO_DEALS),
    Absent("/content", "web sites", _NO_DEALS),
    Absent("/communication-preferences", "communication preferences", _NO_DEALS),
    Absent("/conversations", "conversations", _NO_DEALS),
    Absent("/visitor-identification", "conversations", _NO_DEALS),
    Absent("/events", "analytics", _NO_DEALS),
    Absent("/files", "files", _NO_DEALS),
    Absent("/marketing", "marketing", _NO_DEALS),
    Absent("/settings", "users and currencies", _NO_DEALS),
    Absent("/business-units", "business units", _NO_DEALS),
)
