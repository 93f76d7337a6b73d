"""The fake Dataverse: requests, faults, events, and what the control plane needs of a CRM."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.crm_operations import CRM_OPERATIONS
from gameday_fakes.dataverse.absent import ABSENT, ROUTES_BY_KEY
from gameday_fakes.dataverse.access import Access
from gameday_fakes.dataverse.business import Business, read_text
from gameday_fakes.dataverse.deals import Deals, coalesced
from gameday_fakes.dataverse.errors import ERRORS, KINDS, error_reply
from gameday_fakes.dataverse.faults import FAULT_KINDS, StateFaults
from gameday_fakes.dataverse.identity import CREDENTIALS, SELLER_ID, USER_ID
from gameday_fakes.dataverse.manifest import MANIFEST, plain
from gameday_fakes.dataverse.render import ERROR_DETAILS, annotations_of
from gameday_fakes.dataverse.restore import restore
from gameday_fakes.dataverse.schema import OBJECTS, VERSIONS
from gameday_fakes.dataverse.seed import Seeded, new_store
from gameday_fakes.dataverse.service import DataverseService
from gameday_fakes.dataverse.settings import Settings
from gameday_fakes.dataverse.stated import stated_fields
from gameday_fakes.dataverse.store import Change
from gameday_fakes.dataverse.webhooks import RETRIES, Webhooks
from gameday_fakes.declared import ControlError
from gameday_fakes.delivery import Sender
from gameday_fakes.entra_id import TOKEN_ROUTES, AccessTokens
from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.ledger import Ledger
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.paths import Resource
from gameday_fakes.odata.serving import Place, Target, all_routes
from gameday_fakes.request_window import RequestWindow

_PLACE = re.compile(rf"(/api/data/v(?:{'|'.join(map(re.escape, VERSIONS))}))(?:/(.*))?")
_WHY_NO_FETCH = "the same is asked for by options of OData"
_DEALS, _LINES = "opportunities", "opportunityproducts"


class Dataverse(Access):
    """Dataverse's Web API."""

    manifest = MANIFEST
    api_version = "v9.2"
    by_key = ROUTES_BY_KEY
    routes = all_routes(ROUTES_BY_KEY, *TOKEN_ROUTES)
    absent = ABSENT
    errors = ERRORS
    objects = OBJECTS
    deal_objects = (_DEALS, _LINES)
    fault_kinds = FAULT_KINDS
    settings_type = Settings
    business_operations = CRM_OPERATIONS

    @classmethod
    def check_field(cls, object_name: str, field: str, value: str) -> None:
        read_text(object_name, field, value)

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.tokens = AccessTokens(clock.wall_s, CREDENTIALS)
        self.settings = Settings()
        self.webhooks = self.sender = Webhooks(
            lambda: self.store, lambda: Sender(self.name, clock, events, RETRIES, self.exchanges)
        )
        self._window = RequestWindow()
        self._in_batch = False
        #: What the request under way has changed, by the reply that says so.
        self._changes: list[tuple[Reply, list[Change]]] = []
        self.reset()

    def reset(self) -> None:
        self.webhooks.reset()
        self.tokens.revoke_all()
        self._window.clear()
        self.settings = self.settings.of_a_new_run()
        self.state = StateFaults(lambda: self.seed, self.hit)
        self.store = new_store(self.clock)
        self.service: DataverseService = DataverseService(self.store)
        self.seeded = Seeded(self.store)
        self.business = Business(self.service, self.seeded, self.state)
        self.deals = Deals(self.store, self.clock)
        self.webhooks.register(self.settings)

    # -- the way of a request ------------------------------------------------------------------------

    def place(self, path: str) -> Place | None:
        match = _PLACE.fullmatch(path)
        return None if match is None else Place(f"{match[1]}/", match[2] or "")

    def error(self, kind: str, **context: Any) -> Reply:
        return error_reply(kind, str(context.get("detail", "")), key=context.get("key"))

    def left_out(self, request: Request) -> Reply:
        # Clients show the reason of an error in this shape only.
        call = self.unrouted(request)
        message = self.missing(request.path, call)
        if "fetchXml" in request.query:
            message = f"the fake of {self.name} has no FetchXML: {_WHY_NO_FETCH}"
        return Reply.json(501, {"error": {"code": "unsupported", "message": message}}, error="unsupported")

    def refusal(self, problem: ODataError) -> Reply:
        return error_reply(problem.kind if problem.kind in KINDS else "bad_body", problem.message)

    def key_of(self, request: Request, route: Route) -> str | None:
        target = request.message
        if not isinstance(target, Target) or isinstance(target.resource, ODataError):
            return None
        resource = target.resource
        if not resource.steps:
            return self._key_of_action(request, resource)
        first = resource.steps[0]
        if first.of.name not in (_DEALS, _LINES):
            return None
        if first.key is None:
            body = request.json if request.method == "POST" and first.of.name == _LINES else None
            named = body.get("opportunityid@odata.bind") if isinstance(body, dict) else None
            return _plain_in(named)
        found = self.store[first.of.name].find(first.names, first.key)
        name = "_opportunityid_value" if first.of.name == _LINES else "opportunityid"
        return plain(found[0].values[name] or "") or None if found else None

    @staticmethod
    def _key_of_action(request: Request, resource: Resource) -> str | None:
        if resource.kind != "operation" or request.method != "POST" or not isinstance(request.json, dict):
            return None
        activity = request.json.get("OpportunityClose")
        return _plain_in(activity.get("opportunityid@odata.bind")) if isinstance(activity, dict) else None

    def carried_out(self, request: Request, route: Route) -> Reply:
        if "fetchXml" in request.query:
            return self.left_out(request)
        self.store.user = USER_ID
        self.store.changes.clear()
        reply = self._carry_out(request, route)
        # Only now is it certain what of a batch has been kept.
        changes, self._changes = self._changes, []
        for part, changed in changes:
            if part.committed:
                self._announce(changed, by_sync=True)
        self._note_hits(request, route.operation, reply)
        return reply

    def batch(self, request: Request) -> Reply:
        self._in_batch = True
        try:
            reply = super().batch(request)
        finally:
            self._in_batch = False
        # A batch that stops at a refusal has its status.
        if "continue-on-error" not in request.header("prefer").lower():
            reply.status = next((part.status for part in reply.parts if part.status >= 400), reply.status)
        return reply

    def note_names(self, of: EntitySet) -> None:
        self.state.note_names(of.name)

    def carried(self, request: Request, route: Route, call: Call) -> Reply:
        store = self.store
        store.changes.clear()
        try:
            reply = self.service.respond(call)
        except ODataError as problem:
            store.changes.clear()
            if not annotations_of(call.preferences.get("include-annotations", ""))(ERROR_DETAILS):
                raise
            kind = problem.kind if problem.kind in KINDS else "bad_body"
            return error_reply(kind, problem.message, annotated=True)
        changed, store.changes = store.changes, []
        if self.state.names:
            for step in call.resource.steps:
                self.state.note_names(step.of.name)
        if changed:
            self._changes.append((reply, changed))
        return reply

    def _announce(self, changes: list[Change], *, by_sync: bool) -> None:
        """What has changed is complete: it is noticed, and sent to those that hear of it."""
        user = USER_ID if by_sync else SELLER_ID
        deleted_by = self.state.without_subscription()
        kinds = self.deals.committed(changes, by_sync=by_sync)
        for change in coalesced(changes):
            if not deleted_by:
                self.webhooks.note(change, kinds, user)
                continue
            deal = plain(change.record.values.get("opportunityid") or "")
            for fault_id in deleted_by if deal and self.webhooks.wanting(change) else ():
                self.hit(fault_id, "deliver", deal)

    # -- the control plane ---------------------------------------------------------------------------

    def operate(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        store = self.store
        store.user = SELLER_ID
        store.changes.clear()
        try:
            with store.transaction():
                done = super().operate(f, key, value)
        except ODataError as problem:
            raise ControlError(f"operation {f!r} of {key!r}: the CRM refuses it: {problem.message}") from None
        changed, store.changes = store.changes, []
        self._announce(changed, by_sync=False)
        return done

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        whole = msgspec.structs.replace(self.settings, **{name: getattr(settings, name) for name in changed})
        whole.check()
        self.deals.stated = stated_fields(whole.ledger_fields)
        self.settings = whole
        if changed & {"outbound_url", "filtering_attributes", "announce_write_backs"}:
            self.webhooks.register(whole)

    def snapshot(self) -> dict[str, Any]:
        return self.store.shown()

    def ledger(self) -> Ledger:
        return self.deals.ledger(self.name, {guid: key for key, guid in self.business.deals.items()})

    def restore(self, ledger: Ledger) -> None:
        self.store.user = SELLER_ID
        restore(self.store, self.business, self.deals, ledger.entries)

    def held(self) -> Mapping[str, int]:
        return self.webhooks.held()

    def pending(self) -> int:
        return self.webhooks.pending()

    async def close(self) -> None:
        await self.webhooks.close()


def _plain_in(address: Any) -> str | None:
    """The deal in the address of an opportunity, as a body binds it; None for any other."""
    match = re.search(r"opportunities\(([0-9a-fA-F-]{36})\)", address) if isinstance(address, str) else None
    return plain(match[1]) if match is not None else None
