"""Pipelines of deals with their stages; owners; and what an account says about itself."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.hubspot.errors import Refused
from gameday_fakes.hubspot.object_handlers import body_of
from gameday_fakes.hubspot.pipelines import Pipeline, Stage, stage_from, stages_from
from gameday_fakes.hubspot.portal import PORTAL_ID, USER_ID
from gameday_fakes.hubspot.property_handlers import PropertyHandlers
from gameday_fakes.hubspot.seed import OWNERS

#: "A pipeline can have at most 100 stages"; an account of the professional tier has 15 deal pipelines.
MOST_STAGES, MOST_PIPELINES = 100, 15
_FIRST = "2024-01-01T00:00:00.000Z"


class PipelineHandlers(PropertyHandlers):
    """Answers at ``/crm/v3/pipelines/deals`` and ``/crm/v3/owners``."""

    def list_pipelines(self, request: Request) -> Reply:
        """``GET``."""
        self._of_deals(request, "read")
        return Reply.json(200, {"results": [each.described() for each in self.pipelines.by_id.values()]})

    def read_pipeline(self, request: Request) -> Reply:
        """``GET .../PIPELINE``."""
        return Reply.json(200, self._pipeline(request, "read").described())

    def create_pipeline(self, request: Request) -> Reply:
        """``POST``: 201."""
        self._of_deals(request, "write")
        if len(self.pipelines.by_id) >= MOST_PIPELINES:
            raise Refused(f"an account has at most {MOST_PIPELINES} deal pipelines")
        return Reply.json(201, self._put(self.pipelines.new_id(), body_of(request)).described())

    def replace_pipeline(self, request: Request) -> Reply:
        """``PUT .../PIPELINE``: label, place and stages."""
        known = self._pipeline(request, "write")
        self._need_unused(known.stages)
        return Reply.json(200, self._put(known.id, body_of(request)).described())

    def update_pipeline(self, request: Request) -> Reply:
        """``PATCH .../PIPELINE``: label and place."""
        known, body = self._pipeline(request, "write"), body_of(request)
        known.label, known.display_order = _label(body, known.label), _place(body, known.display_order)
        known.updated = self.now()
        self._audit(known.id, "UPDATE", known.described())
        return Reply.json(200, known.described())

    def delete_pipeline(self, request: Request) -> Reply:
        """``DELETE .../PIPELINE``: if it is asked for, refused while deals are in it."""
        known = self._pipeline(request, "write")
        if request.query.get("validateReferencesBeforeDelete") == "true":
            self._need_unused(known.stages)
        if len(self.pipelines.by_id) == 1:
            raise Refused("the last pipeline cannot be deleted")
        del self.pipelines.by_id[known.id]
        self._audit(known.id, "DELETE", {})
        return Reply(204)

    # -- stages --------------------------------------------------------------------------------------

    def list_stages(self, request: Request) -> Reply:
        """``GET .../stages``."""
        stages = self._pipeline(request, "read").in_order()
        return Reply.json(200, {"results": [stage.described() for stage in stages]})

    def read_stage(self, request: Request) -> Reply:
        """``GET .../stages/STAGE``."""
        return Reply.json(200, self._stage(request, "read")[1].described())

    def create_stage(self, request: Request) -> Reply:
        """``POST .../stages``: 201."""
        pipeline, body = self._pipeline(request, "write"), body_of(request)
        if len(pipeline.stages) >= MOST_STAGES:
            raise Refused(f"a pipeline has at most {MOST_STAGES} stages")
        stage = self._read_stage(body, self.pipelines.new_id(), len(pipeline.stages))
        pipeline.stages[stage.id] = stage
        self._audit(stage.id, "CREATE", stage.described())
        return Reply.json(201, stage.described())

    def replace_stage(self, request: Request) -> Reply:
        """``PUT .../stages/STAGE``."""
        pipeline, known = self._stage(request, "write")
        stage = self._read_stage(body_of(request), known.id, known.display_order)
        pipeline.stages[known.id] = msgspec.structs.replace(stage, created=known.created)
        self._audit(stage.id, "UPDATE", stage.described())
        return Reply.json(200, pipeline.stages[known.id].described())

    def update_stage(self, request: Request) -> Reply:
        """``PATCH .../stages/STAGE``."""
        pipeline, known = self._stage(request, "write")
        body = body_of(request)
        whole = {
            "label": known.label,
            "displayOrder": known.display_order,
            "metadata": known.described()["metadata"],
            **{name: value for name, value in body.items() if value is not None},
        }
        stage = self._read_stage(whole, known.id, known.display_order)
        pipeline.stages[known.id] = msgspec.structs.replace(stage, created=known.created)
        self._audit(stage.id, "UPDATE", stage.described())
        return Reply.json(200, pipeline.stages[known.id].described())

    def delete_stage(self, request: Request) -> Reply:
        """``DELETE .../stages/STAGE``: refused while deals are in it."""
        pipeline, known = self._stage(request, "write")
        self._need_unused({known.id: known})
        if len(pipeline.stages) == 1:
            raise Refused("the last stage of a pipeline cannot be deleted")
        del pipeline.stages[known.id]
        self._audit(known.id, "DELETE", {})
        return Reply(204)

    def pipeline_audit(self, request: Request) -> Reply:
        """``GET .../PIPELINE/audit``: what was done to it, newest first."""
        self._of_deals(request, "read")
        return Reply.json(200, {"results": self.pipelines.audits.get(request.params["pipeline"], [])})

    def stage_audit(self, request: Request) -> Reply:
        """``GET .../stages/STAGE/audit``."""
        self._of_deals(request, "read")
        return Reply.json(200, {"results": self.pipelines.audits.get(request.params["stage"], [])})

    # -- owners and the account ----------------------------------------------------------------------

    def list_owners(self, request: Request) -> Reply:
        """``GET /crm/v3/owners``; ``email`` finds one."""
        email = request.query.get("email", "").lower()
        found = [] if request.query.get("archived") == "true" else [_owner(each) for each in OWNERS]
        return Reply.json(200, {"results": [each for each in found if email in ("", each["email"])]})

    def read_owner(self, request: Request) -> Reply:
        """``GET /crm/v3/owners/ID``, by the owner's or the user's id."""
        by_user = request.query.get("idProperty") == "userId"
        for each in map(_owner, OWNERS):
            if request.params["owner"] == str(each["userId" if by_user else "id"]):
                return Reply.json(200, each)
        raise Refused.of("not_found")

    def account_details(self, _: Request) -> Reply:
        """``GET /account-info/v3/details``: a test account, so that nobody takes it for a real one."""
        shown = {
            "portalId": PORTAL_ID,
            "accountType": "DEVELOPER_TEST",
            "timeZone": "UTC",
            "companyCurrency": "USD",
            "additionalCurrencies": ["EUR", "GBP", "JPY", "CHF", "KWD"],
            "utcOffset": "+00:00",
            "utcOffsetMilliseconds": 0,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
        return Reply.json(200, shown)

    # -- parts ---------------------------------------------------------------------------------------

    def _of_deals(self, request: Request, access: Any) -> None:
        if self.object_of(request.params["object"], request, access) != "deals":
            raise Refused("pipelines are of deals and of tickets")

    def _pipeline(self, request: Request, access: Any) -> Pipeline:
        self._of_deals(request, access)
        known = self.pipelines.by_id.get(request.params["pipeline"])
        if known is None:
            raise Refused.of("not_found")
        return known

    def _stage(self, request: Request, access: Any) -> tuple[Pipeline, Stage]:
        pipeline = self._pipeline(request, access)
        stage = pipeline.stages.get(request.params["stage"])
        if stage is None:
            raise Refused.of("not_found")
        return pipeline, stage

    def _put(self, id_: str, body: dict[str, Any]) -> Pipeline:
        given = body.get("stages")
        if not isinstance(given, list) or not 0 < len(given) <= MOST_STAGES:
            raise Refused(f"a pipeline has 1 to {MOST_STAGES} stages")
        try:
            stages = stages_from(given, self.pipelines.new_id, self.now())
        except ValueError as problem:
            raise Refused(str(problem)) from None
        now = self.now()
        pipeline = Pipeline(id_, _label(body, ""), _place(body, 0), stages, now, now)
        self.pipelines.by_id[id_] = pipeline
        self._audit(id_, "CREATE", pipeline.described())
        return pipeline

    def _read_stage(self, body: dict[str, Any], id_: str, order: int) -> Stage:
        try:
            return stage_from(body, id_, order, self.now())
        except ValueError as problem:
            raise Refused(str(problem)) from None

    def _need_unused(self, stages: dict[str, Stage]) -> None:
        used = [deal.id for deal in self.store.tables["deals"].values() if deal.properties.get("dealstage") in stages]
        if used:
            context = {"objectIds": used[:20]}
            raise Refused("There are records in the stages that are to be deleted.", context=context)

    def _audit(self, identifier: str, action: str, raw: dict[str, Any]) -> None:
        entry = {
            "portalId": PORTAL_ID,
            "identifier": identifier,
            "action": action,
            "timestamp": self.now(),
            "fromUserId": USER_ID,
            "rawObject": raw,
        }
        self.pipelines.audits.setdefault(identifier, []).insert(0, entry)


def _label(body: dict[str, Any], default: str) -> str:
    label = body.get("label", default)
    if not isinstance(label, str) or not label:
        raise BadBody("label is a text")
    return label[:255]


def _place(body: dict[str, Any], default: int) -> int:
    place = body.get("displayOrder", default)
    if not isinstance(place, int):
        raise BadBody("displayOrder is a whole number")
    return place


def _owner(owner: tuple[str, str, str, str, int]) -> dict[str, Any]:
    id_, first, last, email, user = owner
    return {
        "id": id_,
        "email": email,
        "type": "PERSON",
        "firstName": first,
        "lastName": last,
        "userId": user,
        "userIdIncludingInactive": user,
        "createdAt": _FIRST,
        "updatedAt": _FIRST,
        "archived": False,
        "teams": [],
    }
