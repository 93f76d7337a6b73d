"""The URL table of the Web API, and what of it is left out on purpose."""

from __future__ import annotations

from collections.abc import Mapping

from gameday_fakes.dataverse.schema import METADATA_SETS, OPERATION_SUBJECTS, ROOT, SCHEMA, SUBJECTS
from gameday_fakes.http import Absent, Route
from gameday_fakes.odata.serving import RouteKey, routes_by_key


def _routes() -> dict[RouteKey, Route]:
    found = routes_by_key(SCHEMA, ROOT, SUBJECTS, {}, OPERATION_SUBJECTS)
    for kind in ("collection", "count"):
        # Records are looked for by what they have: faults of queries hit that.
        for name in ("opportunities", "opportunityproducts"):
            known = found["GET", kind, name, ""]
            found["GET", kind, name, ""] = Route("GET", known.pattern, f"{SUBJECTS[name]}.query", "odata")
    for of in SCHEMA.sets.values():
        if of.name in METADATA_SETS or not of.updatable:
            continue
        write = f"{SUBJECTS.get(of.name, 'record')}.write"
        one = f"{ROOT}/{of.name}({{key}})"
        for method in ("PUT", "DELETE"):
            found[method, "property", of.name, ""] = Route(method, f"{one}/{{property}}", write, "odata")
        for method in ("POST", "PUT", "DELETE"):
            found[method, "links", of.name, ""] = Route(method, f"{one}/{{navigation}}/$ref", write, "odata")
    return found


ROUTES_BY_KEY: Mapping[RouteKey, Route] = _routes()

_SCHEMA_WHY = "the fake's tables and columns are those that it has"
ABSENT = (
    *(
        Absent(f"/api/data/{version}/{name}{{rest}}", what, why)
        for version in ("v9.0", "v9.1", "v9.2")
        for name, what, why in (
            ("RelationshipDefinitions", "relationships of the metadata", _SCHEMA_WHY),
            ("GlobalOptionSetDefinitions", "global choices of the metadata", _SCHEMA_WHY),
            ("InitializeFileBlocksUpload", "file columns", "no sync of deals sends files"),
        )
    ),
    Absent("/api/search", "Dataverse search", "no sync of deals searches"),
    Absent("/api/backgroundoperation", "background operations", "nothing of a sync of deals runs for that long"),
    Absent("/api/data", "such table", "it has the tables of the sales flow only"),
)
