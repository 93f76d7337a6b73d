"""The fake Business Central: requests, faults, events, and what the control plane needs of an ERP."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from gameday_fakes.answering import Answer
from gameday_fakes.bearer_tokens import bearer_token
from gameday_fakes.booked import ledger_of
from gameday_fakes.business_central import entries
from gameday_fakes.business_central.account import API, CREDENTIALS
from gameday_fakes.business_central.business import BUSINESS_OPERATIONS
from gameday_fakes.business_central.documents import deal_of
from gameday_fakes.business_central.errors import ERRORS, KINDS, error_reply, refused
from gameday_fakes.business_central.faults import FAULT_KINDS, StateFaults
from gameday_fakes.business_central.history import Change, event_of
from gameday_fakes.business_central.manifest import MANIFEST
from gameday_fakes.business_central.people import People
from gameday_fakes.business_central.restore import restore
from gameday_fakes.business_central.schema import (
    DOCUMENT_OF,
    DOCUMENTS,
    EVENTS,
    LINES_OF,
    OBJECTS,
    OPERATION_SUBJECTS,
    SCHEMA,
    SUBJECTS,
)
from gameday_fakes.business_central.seed import new_store
from gameday_fakes.business_central.sent import sent_by
from gameday_fakes.business_central.service import EXTERNAL, BusinessCentralService, deal_of_document
from gameday_fakes.business_central.settings import Settings
from gameday_fakes.business_central.webhooks import RETRIES, Webhooks
from gameday_fakes.clock import Clock
from gameday_fakes.delivery import Sender
from gameday_fakes.entra_id import TOKEN_ROUTES, AccessTokens, asked_resource, problem_reply, secret_of, token_reply
from gameday_fakes.events import EventLog
from gameday_fakes.http import BadBody, Reply, Request, Route
from gameday_fakes.ledger import Ledger
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.options import Options
from gameday_fakes.odata.sent_bodies import check
from gameday_fakes.odata.serving import ODataFake, Place, Target, all_routes, routes_by_key
from gameday_fakes.request_window import RequestWindow

_PLACE = re.compile(r"(/v2\.0/(?:[^/]+/)?[^/]+/api/v2\.0)(?:/(.*))?")
_COMPANY = re.compile(r"(companies\(([^/)]*)\)/)(.+)")
_BY_KEY = routes_by_key(SCHEMA, API, SUBJECTS, EVENTS, OPERATION_SUBJECTS)


class BusinessCentral(ODataFake):
    """Business Central's API v2.0."""

    manifest = MANIFEST
    api_version = "v2.0"
    by_key = _BY_KEY
    routes = all_routes(_BY_KEY, *TOKEN_ROUTES)
    errors = ERRORS
    objects = OBJECTS
    fault_kinds = FAULT_KINDS
    settings_type = Settings
    business_operations = BUSINESS_OPERATIONS

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.state = StateFaults(lambda: self.seed, clock.now_s)
        self.tokens = AccessTokens(clock.wall_s, CREDENTIALS)
        self.webhooks = Webhooks(
            lambda: self.store, lambda: Sender(self.name, clock, events, RETRIES, self.exchanges), self.hit
        )
        self.people = People(self)
        self._window = RequestWindow()
        #: What the request under way has changed, by the reply that says so.
        self._changes: list[tuple[Reply, list[Change]]] = []
        self._start()

    def _start(self) -> None:
        self.store = new_store(self.clock, self.state)
        self.service: BusinessCentralService = BusinessCentralService(self.store)

    # -- login and permissions -----------------------------------------------------------------------

    def issue_token(self, request: Request) -> Reply:
        form = secret_of(request)
        problem = self.tokens.problem(request.params["tenant"], form)
        if not problem and self.state.tokens_revoked():
            problem = "revoked"
        if problem:
            self.events.append(self.name, "login", "fail", {"operation": "login", "reason": problem})
            return problem_reply(problem)
        self.events.append(self.name, "login", "ok", {"operation": "login"})
        return token_reply(self.tokens.issue(asked_resource(form)))

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        if self.state.over_limit():
            return self.error("rate_limited")
        return self.authenticate_again(request, route) or self.allowed(request, route)

    def authenticate_again(self, request: Request, route: Route) -> Reply | None:
        if self._window.is_full(self.clock.now_s(), self.webhooks.settings.requests_in_5_minutes):
            return self.error("rate_limited")
        if self.state.tokens_revoked():
            self.tokens.revoke_all()
        token = bearer_token(request)
        if token is None or not self.tokens.accepts(token.strip()):
            given = request.header("authorization").partition(" ")[2]
            reason = "the access token is unknown or expired" if given else "there is no access token"
            self.events.append(self.name, "login", "fail", {"operation": route.operation, "reason": reason})
            reply = self.error("unauthorized")
            reply.headers.append((b"www-authenticate", b'Bearer authorization_uri="https://login.microsoftonline.com"'))
            return reply
        return None

    def allowed(self, request: Request, route: Route) -> Reply | None:
        target = request.message
        if not isinstance(target, Target) or isinstance(target.resource, ODataError) or not target.resource.steps:
            return None
        name = target.resource.of.name
        edits = route.operation.endswith(".write")
        if self.state.forbids(DOCUMENT_OF.get(name, name), edit=edits):
            return self.error("forbidden", key=self.key_of(request, route))
        return None

    # -- the way of a request ------------------------------------------------------------------------

    def place(self, path: str) -> Place | None:
        match = _PLACE.fullmatch(path)
        if match is None:
            return None
        root, below = f"{match[1]}/", match[2] or ""
        company = _COMPANY.fullmatch(below)
        if company is None:
            return Place(root, below)
        return Place(root, company[3], company[1])

    def error(self, kind: str, **context: Any) -> Reply:
        return error_reply(kind, str(context.get("detail", "")), key=context.get("key"))

    def refusal(self, problem: ODataError) -> Reply:
        return error_reply(problem.kind if problem.kind in KINDS else "bad_body", problem.message)

    def key_of(self, request: Request, route: Route) -> str | None:
        target = request.message
        if not isinstance(target, Target) or isinstance(target.resource, ODataError) or not target.resource.steps:
            return None
        first = target.resource.steps[0]
        if first.of.name in DOCUMENTS and first.key is not None:
            record = self.store[first.of.name].records.get(first.key)
            return deal_of(record) if record is not None else None
        if first.of.name in DOCUMENT_OF and first.key is not None:
            line = self.store[first.of.name].records.get(first.key)
            return deal_of_document(self.store, first.of.name, line) if line is not None else None
        body = request.json if request.method == "POST" else None
        if not isinstance(body, dict):
            return None
        if first.of.name in DOCUMENT_OF:
            found = self.store.document(str(body.get("documentId")))
            return deal_of(found[1]) if found else None
        of = self.service.schema.sets[first.of.name]
        named = body.get(of.renamed.get(EXTERNAL, EXTERNAL))
        return named if isinstance(named, str) and named else None

    def carried_out(self, request: Request, route: Route) -> Answer:
        if route.operation == "subscription.write" and request.method in ("POST", "PATCH"):
            return self._once_subscribed(request, route)
        return self._over(request, route, self._carry_out(request, route))

    async def _once_subscribed(self, request: Request, route: Route) -> Reply:
        reply = self.authenticate(request, route) or await self._subscribed(request, request.message)
        return self._over(request, route, reply)

    def _over(self, request: Request, route: Route, reply: Reply) -> Reply:
        # Only now is it certain what of a batch has been kept.
        changes, self._changes = self._changes, []
        for part, changed in changes:
            if part.committed:
                self.webhooks.note(changed, lambda name, record: deal_of_document(self.store, name, record))
                self.people.note(changed)
        self._note_hits(request, route)
        return reply

    def _note_hits(self, request: Request, route: Route) -> None:
        """Record the state faults that have made a difference to a request."""
        if self.state.hits:
            try:
                key = self.key_of(request, route)
            except BadBody:
                key = None
            for fault_id in sorted(self.state.hits):
                self.hit(fault_id, route.operation, key)
            self.state.hits.clear()

    def note_names(self, of: EntitySet) -> None:
        self.service.note_names(of)

    def carried(self, request: Request, route: Route, call: Call) -> Reply:
        if call.base and call.base != f"companies({CREDENTIALS['company']})/":
            raise refused("company_not_found")
        if route.operation.startswith("subscription"):
            self.webhooks.alive()
        service = self.service
        service.changed.clear()
        key = self.key_of(request, route) if route.operation.endswith(".write") else None
        if key is not None and route.event and self.state.locks(key):
            raise refused("locked")
        if self.state.write_checks and (sent := sent_by(call, key)) is not None:
            check(sent, service.schema, self, refused)
        half = self._half(request, route, call, key)
        reply = half or self.service.respond(call)
        if call.resource.steps and self.state.renames:
            service.note_names(call.resource.of)
        changed, service.changed = service.changed, []
        if changed:
            event = event_of(self.store, route.event, changed, reply.status)
            if event is not None:
                reply.event, reply.key = event, event[1]["deal"]
            self._changes.append((reply, changed))
        return reply

    def _half(self, request: Request, route: Route, call: Call, key: str | None) -> Reply | None:
        """The reply to an order of which only the header is committed, None for any other."""
        resource = call.resource
        is_new = request.method == "POST" and resource.kind == "collection" and resource.of.name == "salesOrders"
        if not is_new or key is None or not self.state.halves(key):
            return None
        header = {name: value for name, value in call.body.items() if name != LINES_OF["salesOrders"]}
        alone = Call("POST", resource, root=call.root, path=call.path, base=call.base, body=lambda: header)
        self.service.respond(alone)
        reply = self.error("server_error", key=key)
        reply.committed = True
        return reply

    # -- deliveries ----------------------------------------------------------------------------------

    async def _subscribed(self, request: Request, target: Target) -> Reply:
        """A subscription that is made or renewed: its receiver has to answer first."""
        try:
            if isinstance(target.resource, ODataError):
                return self.refusal(target.resource)
            if self.state.refuses_renewal():
                raise refused("server_error")
            return await self._shaken(self.call_of(request, target.place, target.resource))
        except ODataError as problem:
            return self.refusal(problem)
        except BadBody as problem:
            return self.error("bad_body", detail=str(problem))

    async def _shaken(self, call: Call) -> Reply:
        service, of, body = self.service, SCHEMA.sets["subscriptions"], call.body
        is_new = call.resource.kind == "collection"
        given, _ = service.taken(of, body, creating=is_new)
        before = None if is_new else service.existing(call)
        whole = given if before is None else {**before.values, **given}
        self.webhooks.check(whole.get("notificationUrl"), whole.get("resource"))
        await self.webhooks.shake(whole["notificationUrl"])
        record = self.webhooks.subscribe(given) if before is None else self.webhooks.renew(before, given)
        return service.document(call, 201 if is_new else 200, of, record, Options())

    def pending(self) -> int:
        return self.webhooks.pending()

    async def close(self) -> None:
        self.people.reset()
        await self.webhooks.close()

    # -- the control plane ---------------------------------------------------------------------------

    def reset(self) -> None:
        self.people.reset()
        self.webhooks.reset()
        self.tokens.revoke_all()
        self._window.clear()
        self._start()
        self.state.hits.clear()

    def snapshot(self) -> dict[str, Any]:
        return self.store.shown()

    def ledger(self) -> Ledger:
        return ledger_of(entries, self.store, self.name, self.clock.now_s())

    def restore(self, ledger: Ledger) -> None:
        restore(self.store, ledger)

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        now = self.webhooks.settings
        self.webhooks.settings = msgspec.structs.replace(now, **{name: getattr(settings, name) for name in changed})
