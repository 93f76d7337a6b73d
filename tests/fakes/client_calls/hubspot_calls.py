"""Calls every public method of hubspot-api-client against the fake, unmodified: what became of each.

The outcomes are ``{"package Class.method": "passes" | "501: ..." | "fails: ..."}``; the client tells its methods.

    python hubspot_calls.py '{"url": ..., "credentials": {...}, "deal": ..., "company": ...}'
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import hubspot

#: The objects whose APIs are called in full, by the client's package: what a new record has, and a unique property.
OBJECTS = {
    "crm/deals": ("deals", {"dealname": "New", "dealstage": "contractsent"}, "erp_order_id"),
    "crm/companies": ("companies", {"name": "New"}, "erp_customer_id"),
    "crm/contacts": ("contacts", {"firstname": "New"}, "email"),
    "crm/line_items": ("line_items", {"name": "New"}, "erp_id"),
    "crm/products": ("products", {"name": "New"}, "erp_id"),
    "crm/objects": ("deals", {"dealname": "New", "dealstage": "contractsent"}, "erp_order_id"),
}
PRIMARY = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]
STAGE = {"label": "Stage", "displayOrder": 9, "metadata": {"probability": "0.5"}}


def need(holds: Any) -> None:
    """Fail unless a reply is right."""
    if not holds:
        raise AssertionError(f"wrong reply: {holds!r}")


class Calls:
    """The calls, by package, class and method. ``given`` is the account; unique values are counted."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.number = 0
        self.known: dict[str, Callable[[Any], None]] = {}
        for package in OBJECTS:
            self._of_object(package)
        self._of_associations()
        self._of_metadata()
        self._of_the_app()

    def unique(self) -> str:
        """A value that no record has."""
        self.number += 1
        return f"new{self.number}@example.com"

    def _of_object(self, package: str) -> None:
        object_, fresh, unique = OBJECTS[package]
        first = (object_,) if package == "crm/objects" else ()

        def new(api: Any) -> str:
            kind = f"hubspot.{package.replace('/', '.')}"
            basic = importlib.import_module(kind).BasicApi(api_client=api.api_client)
            made: str = basic.create(*first, {"properties": {**fresh, unique: self.unique()}, "associations": []}).id
            return made

        def archive(api: Any) -> None:
            id_ = new(api)
            api.archive(*first, id_)
            need(id_ not in {each.id for each in api.get_page(*first, limit=100).results})

        def update(api: Any) -> None:
            value = self.unique()
            need(api.update(*first, new(api), {"properties": {unique: value}}).properties[unique] == value)

        def merge(api: Any) -> None:
            ids = [new(api), new(api)]
            need(api.merge({"primaryObjectId": ids[0], "objectIdToMerge": ids[1]}).id not in ids)

        def inputs(api: Any) -> list[dict[str, Any]]:
            return [{"id": new(api)}, {"id": new(api)}]

        def read_batch(api: Any) -> None:
            wanted = {"inputs": inputs(api), "properties": [unique], "propertiesWithHistory": []}
            need(len(api.read(*first, wanted).results) == 2)

        def create_batch(api: Any) -> None:
            made = api.create(*first, {"inputs": [{"properties": fresh, "associations": []}]})
            need(made.status == "COMPLETE" and len(made.results) == 1)

        def update_batch(api: Any) -> None:
            value = self.unique()
            done = api.update(*first, {"inputs": [{"id": new(api), "properties": {unique: value}}]})
            need(done.results[0].properties[unique] == value)

        def upsert_batch(api: Any) -> None:
            given = {"id": self.unique(), "idProperty": unique, "properties": fresh}
            need([api.upsert(*first, {"inputs": [given]}).results[0].new for _ in range(2)] == [True, False])

        def search(api: Any) -> None:
            new(api)
            filters = [{"propertyName": unique, "operator": "HAS_PROPERTY"}]
            asked = {"filterGroups": [{"filters": filters}], "sorts": ["-createdate"], "limit": 5, "after": "0"}
            found = api.do_search(*first, {**asked, "properties": [unique]})
            need(found.total >= 1 and found.results[0].properties[unique])

        self.known |= {
            f"{package} BasicApi.archive": archive,
            f"{package} BasicApi.create": new,
            f"{package} BasicApi.get_by_id": lambda api: need(api.get_by_id(*first, id_ := new(api)).id == id_),
            f"{package} BasicApi.get_page": lambda api: need(api.get_page(*first, limit=1).results),
            f"{package} BasicApi.merge": merge,
            f"{package} BasicApi.update": update,
            f"{package} BatchApi.archive": lambda api: need(api.archive(*first, {"inputs": inputs(api)}) is None),
            f"{package} BatchApi.create": create_batch,
            f"{package} BatchApi.read": read_batch,
            f"{package} BatchApi.update": update_batch,
            f"{package} BatchApi.upsert": upsert_batch,
            f"{package} SearchApi.do_search": search,
        }

    def _of_associations(self) -> None:
        deal, company = self.given["deal"], self.given["company"]
        ends = ("deals", "companies")
        pair = {"from": {"id": deal}, "to": {"id": company}}
        typed = {"inputs": [{**pair, "types": PRIMARY}]}
        named = {"inputs": [{**pair, "type": "deal_to_company"}]}
        label = {"name": "payer", "label": "Pays", "inverseLabel": "Paid by"}

        def labelled(api: Any) -> int:
            made: int = api.create(*ends, {**label, "label": self.unique()}).results[0].type_id
            return made

        new4, old = "crm/associations/v4", "crm/associations"
        self.known |= {
            f"{old} BatchApi.create": lambda api: need(api.create(*ends, named).results[0].type == "deal_to_company"),
            f"{old} BatchApi.read": lambda api: need(api.read(*ends, {"inputs": [{"id": deal}]}).results[0].to),
            f"{old} BatchApi.archive": lambda api: need(api.archive(*ends, named) is None),
            f"{old}/schema TypesApi.get_all": lambda api: need(api.get_all(*ends).results),
            f"{new4} BasicApi.create": lambda api: need(
                api.create("deals", deal, "companies", company, PRIMARY).labels == ["Primary"]
            ),
            f"{new4} BasicApi.create_default": lambda api: need(
                len(api.create_default("deals", deal, "companies", company).results) == 2
            ),
            f"{new4} BasicApi.get_page": lambda api: need(
                api.get_page("deals", deal, "line_items").results[0].association_types[0].type_id == 19
            ),
            f"{new4} BasicApi.archive": lambda api: need(api.archive("deals", deal, "companies", company) is None),
            f"{new4} BatchApi.create": lambda api: need(api.create(*ends, typed).results[0].labels == ["Primary"]),
            f"{new4} BatchApi.create_default": lambda api: need(api.create_default(*ends, {"inputs": [pair]}).results),
            f"{new4} BatchApi.get_page": lambda api: need(
                api.get_page("deals", "line_items", {"inputs": [{"id": deal}]}).results[0].to
            ),
            f"{new4} BatchApi.archive_labels": lambda api: need(api.archive_labels(*ends, typed) is None),
            f"{new4} BatchApi.archive": lambda api: need(
                api.archive(*ends, {"inputs": [{**pair, "to": [{"id": company}]}]}) is None
            ),
            f"{new4}/schema DefinitionsApi.create": lambda api: need(len(api.create(*ends, label).results) == 2),
            f"{new4}/schema DefinitionsApi.get_all": lambda api: need(api.get_all(*ends).results),
            f"{new4}/schema DefinitionsApi.update": lambda api: need(
                api.update(*ends, {"associationTypeId": labelled(api), "label": self.unique()}) is None
            ),
            f"{new4}/schema DefinitionsApi.remove": lambda api: need(api.remove(*ends, labelled(api)) is None),
        }

    def _of_metadata(self) -> None:
        of = "deals"

        def property_() -> dict[str, Any]:
            name = self.unique().partition("@")[0]
            own = {"type": "string", "fieldType": "text", "groupName": "dealinformation"}
            return {"name": name, "label": name, **own}

        def group() -> dict[str, Any]:
            name = self.unique().partition("@")[0]
            return {"name": name, "label": name, "displayOrder": 1}

        def made(api: Any, body: dict[str, Any]) -> str:
            name: str = api.create(of, body).name
            return name

        def pipeline(api: Any) -> str:
            body = {"label": self.unique(), "displayOrder": 1, "stages": [STAGE]}
            id_: str = api.create(of, body).id
            return id_

        def stage(api: Any) -> tuple[str, str, str]:
            return of, "default", api.create(of, "default", STAGE).id

        batch = "crm/properties BatchApi"
        self.known |= {
            "crm/properties CoreApi.create": lambda api: need(made(api, property_())),
            "crm/properties CoreApi.get_all": lambda api: need(len(api.get_all(of).results) > 10),
            "crm/properties CoreApi.get_by_name": lambda api: need(api.get_by_name(of, "amount").type == "number"),
            "crm/properties CoreApi.update": lambda api: need(
                api.update(of, made(api, property_()), {"label": "X"}).label == "X"
            ),
            "crm/properties CoreApi.archive": lambda api: need(api.archive(of, made(api, property_())) is None),
            f"{batch}.create": lambda api: need(api.create(of, {"inputs": [property_()]}).results),
            f"{batch}.read": lambda api: need(
                api.read(of, {"archived": False, "inputs": [{"name": "amount"}]}).results[0].name == "amount"
            ),
            f"{batch}.archive": lambda api: need(
                api.archive(of, {"inputs": [{"name": api.create(of, {"inputs": [property_()]}).results[0].name}]})
                is None
            ),
            "crm/properties GroupsApi.create": lambda api: need(made(api, group())),
            "crm/properties GroupsApi.get_all": lambda api: need(api.get_all(of).results),
            "crm/properties GroupsApi.get_by_name": lambda api: need(api.get_by_name(of, "dealinformation").label),
            "crm/properties GroupsApi.update": lambda api: need(
                api.update(of, made(api, group()), {"label": "X"}).label == "X"
            ),
            "crm/properties GroupsApi.archive": lambda api: need(api.archive(of, made(api, group())) is None),
            "crm/pipelines PipelinesApi.create": lambda api: need(pipeline(api)),
            "crm/pipelines PipelinesApi.get_all": lambda api: need(api.get_all(of).results[0].id == "default"),
            "crm/pipelines PipelinesApi.get_by_id": lambda api: need(api.get_by_id(of, "default").stages),
            "crm/pipelines PipelinesApi.replace": lambda api: need(
                api.replace(of, pipeline(api), {"label": "X", "displayOrder": 2, "stages": [STAGE]}).label == "X"
            ),
            "crm/pipelines PipelinesApi.update": lambda api: need(
                api.update(of, pipeline(api), {"label": "X"}).label == "X"
            ),
            "crm/pipelines PipelinesApi.archive": lambda api: need(api.archive(of, pipeline(api)) is None),
            "crm/pipelines PipelineStagesApi.create": lambda api: need(stage(api)),
            "crm/pipelines PipelineStagesApi.get_all": lambda api: need(api.get_all(of, "default").results),
            "crm/pipelines PipelineStagesApi.get_by_id": lambda api: need(
                api.get_by_id(of, "default", "closedwon").metadata["isClosed"] == "true"
            ),
            "crm/pipelines PipelineStagesApi.replace": lambda api: need(
                api.replace(*stage(api), {**STAGE, "label": "X"}).label == "X"
            ),
            "crm/pipelines PipelineStagesApi.update": lambda api: need(
                api.update(*stage(api), {"label": "X"}).label == "X"
            ),
            "crm/pipelines PipelineStagesApi.archive": lambda api: need(api.archive(*stage(api)) is None),
            "crm/pipelines PipelineAuditsApi.get_audit": lambda api: need(
                api.get_audit(of, "default").results is not None
            ),
            "crm/pipelines PipelineStageAuditsApi.get_audit": lambda api: need(
                api.get_audit(of, "closedwon").results is not None
            ),
            "crm/owners OwnersApi.get_page": lambda api: need(api.get_page().results),
            "crm/owners OwnersApi.get_by_id": lambda api: need(api.get_by_id(int(api.get_page().results[0].id)).email),
        }

    def _of_the_app(self) -> None:
        own = self.given["credentials"]
        app = int(own["app_id"])
        form = {name: own[name] for name in ("client_id", "client_secret", "refresh_token")}
        settings = {"targetUrl": "https://example.com/hooks", "throttling": {"maxConcurrentRequests": 10}}

        def token(api: Any) -> str:
            tokens = importlib.import_module("hubspot.oauth").TokensApi(api_client=api.api_client)
            found: str = tokens.create(grant_type="refresh_token", **form).access_token
            return found

        def subscription(api: Any) -> Any:
            return api.create(app, {"eventType": "deal.creation", "active": True})

        self.known |= {
            "oauth TokensApi.create": lambda api: need(token(api)),
            "oauth AccessTokensApi.get": lambda api: need(api.get(token(api)).scopes),
            "oauth RefreshTokensApi.get": lambda api: need(api.get(own["refresh_token"]).client_id == own["client_id"]),
            "oauth RefreshTokensApi.archive": lambda api: need(api.archive("nothing") is None),
            "webhooks SettingsApi.configure": lambda api: need(api.configure(app, settings).target_url),
            "webhooks SettingsApi.get_all": lambda api: need(
                (api.configure(app, settings), api.get_all(app))[1].throttling.max_concurrent_requests == 10
            ),
            "webhooks SettingsApi.clear": lambda api: need(api.clear(app) is None),
            "webhooks SubscriptionsApi.create": lambda api: need(subscription(api).active),
            "webhooks SubscriptionsApi.get_all": lambda api: need(api.get_all(app).results),
            "webhooks SubscriptionsApi.get_by_id": lambda api: need(
                api.get_by_id(int(subscription(api).id), app).event_type == "deal.creation"
            ),
            "webhooks SubscriptionsApi.update": lambda api: need(
                api.update(int(subscription(api).id), app, {"active": False}).active is False
            ),
            "webhooks SubscriptionsApi.update_batch": lambda api: need(
                api.update_batch(app, {"inputs": [{"id": int(subscription(api).id), "active": False}]}).results
            ),
            "webhooks SubscriptionsApi.archive": lambda api: need(api.archive(int(subscription(api).id), app) is None),
        }


def apis() -> Iterator[tuple[str, Any, Any]]:
    """Every API class of the client with its package's name and module."""
    for module in pkgutil.walk_packages(hubspot.__path__, "hubspot."):
        if module.ispkg and module.name.endswith(".api"):
            package = module.name.removesuffix(".api")
            loaded = importlib.import_module(package)
            name = package.removeprefix("hubspot.").replace(".", "/")
            for each in pkgutil.iter_modules(importlib.import_module(module.name).__path__):
                found = importlib.import_module(f"{module.name}.{each.name}")
                for class_name, of in inspect.getmembers(found, inspect.isclass):
                    if of.__module__ == found.__name__:
                        yield name, loaded, getattr(loaded, class_name)


def methods(of: Any) -> list[str]:
    """The public methods of an API class, without their twins that return the whole reply."""
    found = inspect.getmembers(of, inspect.isfunction)
    return [name for name, _ in found if not name.startswith("_") and not name.endswith("_with_http_info")]


def outcomes(given: dict[str, Any]) -> dict[str, str]:
    """What became of each call."""
    calls, own = Calls(given), given["credentials"]
    found: dict[str, str] = {}
    for package, loaded, of in apis():
        configuration = loaded.Configuration(host=given["url"])
        configuration.access_token = own["access_token"]
        configuration.api_key["developer_hapikey"] = own["developer_api_key"]
        api = of(api_client=loaded.ApiClient(configuration=configuration))
        names = {name: key(package, of, name) for name in methods(of)}
        known = {name: calls.known[full] for name, full in names.items() if full in calls.known}
        for name, call in known.items():
            found[names[name]] = outcome(partial(call, api))
        left = [name for name in names if name not in known]
        if left and not known:
            found[key(package, of, "all")] = outcome(partial(dummy, getattr(api, left[0])))
        for name in left if known else ():
            found[names[name]] = outcome(partial(dummy, getattr(api, name)))
    return dict(sorted(found.items()))


def key(package: str, of: Any, method: str) -> str:
    """The name of a call."""
    return f"{package} {of.__name__}.{method}"


def dummy(method: Callable[..., Any]) -> None:
    """Call a method of an API that is left out, with anything for what it needs."""
    needed = [each for each in inspect.signature(method).parameters.values() if each.kind is not each.VAR_KEYWORD]
    method(*(1 if "id" in each.name else "x" for each in needed))


def outcome(call: Callable[[], Any]) -> str:
    """What became of a call."""
    try:
        call()
    except Exception as problem:  # noqa: BLE001 - whatever the client raises is the outcome
        if getattr(problem, "status", None) == 501:
            message: str = json.loads(getattr(problem, "body", "{}"))["message"]
            return f"501: {message.removeprefix('the fake of hubspot has no ')}"
        return f"fails: {type(problem).__name__}: {str(problem)[:300]}"
    return "passes"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(outcomes(json.loads(sys.argv[1]))))
