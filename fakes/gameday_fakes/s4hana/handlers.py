"""The fake S/4HANA: requests, sessions, faults, events, and what the control plane needs of an ERP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.booked import ledger_of
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.ledger import Ledger
from gameday_fakes.logins import token_reply
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.csrf import CsrfTokens, cookie_of
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.sent_bodies import check
from gameday_fakes.odata.serving import ODataFake, Place, RouteKey, Target, all_routes, routes_by_key
from gameday_fakes.s4hana import entries
from gameday_fakes.s4hana.account import ROOT, SALES_ORDERS, SESSION_COOKIE
from gameday_fakes.s4hana.billing_document import DOCUMENT
from gameday_fakes.s4hana.business import BUSINESS_OPERATIONS
from gameday_fakes.s4hana.entries import restate_others
from gameday_fakes.s4hana.errors import ERRORS, KINDS, Refused, error_reply
from gameday_fakes.s4hana.faults import FAULT_KINDS, StateFaults
from gameday_fakes.s4hana.history import event_of
from gameday_fakes.s4hana.login import Logins, problem_reply
from gameday_fakes.s4hana.manifest import MANIFEST
from gameday_fakes.s4hana.restore import restore
from gameday_fakes.s4hana.sales_order import ORDER
from gameday_fakes.s4hana.schema import (
    EVENTS,
    OBJECTS,
    OPERATION_SUBJECTS,
    ORDER_SETS,
    PART_OF,
    SERVICES,
    SUBJECTS,
)
from gameday_fakes.s4hana.seed import new_store
from gameday_fakes.s4hana.sent import sent_by
from gameday_fakes.s4hana.service import S4Service, deal_of_record
from gameday_fakes.s4hana.settings import Settings

_PLACE = re.compile(rf"({re.escape(ROOT)}/([A-Z_]+))(?:;v=\d+)?(?:/(.*))?")
_BY_KEY = {
    name: routes_by_key(schema, f"{ROOT}/{name}", SUBJECTS, EVENTS, OPERATION_SUBJECTS)
    for name, schema in SERVICES.items()
}
_TOKEN_ROUTE = Route("POST", "/sap/bc/sec/oauth2/token", "login", "issue_token", public=True)
#: Fields that name the deal, first choice first.
_REFERENCES = ("PurchaseOrderByCustomer", "ExternalDocumentID")
_SAFE = ("GET", "HEAD")


class S4Hana(ODataFake):
    """S/4HANA's OData services of version 2."""

    manifest = MANIFEST
    api_version = "2"
    routes = all_routes({}, *(route for each in _BY_KEY.values() for route in each.values()), _TOKEN_ROUTE)
    errors = ERRORS
    objects = OBJECTS
    fault_kinds = FAULT_KINDS
    settings_type = Settings
    business_operations = BUSINESS_OPERATIONS

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.state = StateFaults(lambda: self.seed, clock.now_s)
        self.logins = Logins(clock.wall_s)
        self.csrf = CsrfTokens(clock.now_s, lambda: self.store.settings.session_idle_s)
        #: The service that is being asked, which errors name.
        self._at = ""
        self._start()

    def _start(self) -> None:
        self.store = new_store(self.clock, self.state)
        self.services = {name: S4Service(schema, self.store) for name, schema in SERVICES.items()}
        self.sales_orders = self.services[SALES_ORDERS]

    def call_fields(self) -> None:
        """Call the fields of all services as the active faults say."""
        self.store.writers.clear()
        for service in self.services.values():
            service.call_fields()

    # -- log-in, sessions and permissions ------------------------------------------------------------

    def issue_token(self, request: Request) -> Reply:
        problem = self.logins.problem(request)
        if not problem and self.state.tokens_revoked():
            problem = "client"
        outcome: Any = "fail" if problem else "ok"
        reason = {"reason": problem} if problem else {}
        self.events.append(self.name, "login", outcome, {"operation": "login", **reason})
        return problem_reply(problem) if problem else token_reply(self.logins.new_token(32))

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        if self.state.over_limit():
            return self.error("rate_limited")
        refusal = self.authenticate_again(request, route)
        if refusal is not None:
            return refusal
        if request.method not in _SAFE and not self._has_token(request):
            self.state.note_refusal()
            return self.error("csrf_token", key=self._key(request, route))
        return self.allowed(request, route)

    def authenticate_again(self, request: Request, route: Route) -> Reply | None:
        authorization = request.header("authorization")
        revoked = self.state.tokens_revoked()
        if revoked:
            self.logins.revoke_all()
        if revoked or not self.logins.proves(authorization):
            reason = "user or password, or the token, is wrong" if authorization else "nobody has logged in"
            self.events.append(self.name, "login", "fail", {"operation": route.operation, "reason": reason})
            return self.error("unauthorized")
        return None

    def _has_token(self, request: Request) -> bool:
        """Whether a request that writes has the CSRF token of its session."""
        if self.state.sessions_end():
            self.csrf.expire()
        return self.csrf.accepts(cookie_of(request.header("cookie"), SESSION_COOKIE), request.header("x-csrf-token"))

    def allowed(self, request: Request, route: Route) -> Reply | None:
        target = request.message
        if not isinstance(target, Target) or isinstance(target.resource, ODataError) or not target.resource.steps:
            return None
        name = target.resource.of.name
        if self.state.forbids(PART_OF.get(name, (name,))[0], edit=route.operation.endswith(".write")):
            return self.error("forbidden", key=self._key(request, route), service=target.place.service)
        return None

    # -- the way of a request ------------------------------------------------------------------------

    def place(self, path: str) -> Place | None:
        match = _PLACE.fullmatch(path)
        if match is None or match[2] not in self.services:
            return None
        return Place(f"{match[1]}/", match[3] or "", service=match[2])

    def service_at(self, place: Place) -> tuple[S4Service, Mapping[RouteKey, Route]]:
        return self.services[place.service], _BY_KEY[place.service]

    def odata(self, request: Request) -> Reply:
        self._at = request.message.place.service
        return super().odata(request)

    def error(self, kind: str, **context: Any) -> Reply:
        detail, service = str(context.get("detail", "")), str(context.get("service", ""))
        return error_reply(kind, detail, service=service, now=self.store.now(), key=context.get("key"))

    def refusal(self, problem: ODataError) -> Reply:
        kind = problem.kind if problem.kind in KINDS else "bad_body"
        messages = problem.messages if isinstance(problem, Refused) else ()
        named: Any = {"target": problem.target, "messages": messages, "service": self._at}
        return error_reply(kind, problem.message, now=self.store.now(), **named)

    def key_of(self, request: Request, route: Route) -> str | None:
        target = request.message
        if not isinstance(target, Target) or isinstance(target.resource, ODataError):
            return None
        if not target.resource.steps:
            return self._named(request)
        first = target.resource.steps[0]
        if first.key is not None:
            record = self.store[first.of.name].records.get(first.key)
            if record is None:
                return None
            return deal_of_record(self.store, first.of.name, record) or None
        body = request.json if request.method == "POST" else None
        if not isinstance(body, dict):
            return None
        if first.of.name in PART_OF:
            order = self.store.get(ORDER, str(body.get("SalesOrder")))
            return deal_of_record(self.store, ORDER, order) if order is not None else None
        of = self.service_at(target.place)[0].schema.sets[first.of.name]
        given = [body.get(of.renamed.get(name, name)) for name in _REFERENCES]
        return next((each for each in given if isinstance(each, str) and each), None)

    def _named(self, request: Request) -> str | None:
        """The deal of the order, or of the billing document, that a function's parameter names."""
        for name, parameter in ((ORDER, "SalesOrder"), (DOCUMENT, "BillingDocument")):
            record = self.store.get(name, request.query.get(parameter, "").strip("'"))
            if record is not None:
                return deal_of_record(self.store, name, record) or None
        return None

    def lasts(self, request: Request, route: Route) -> bool:
        # The token that is asked for is added to the reply.
        return b"x-csrf-token" not in request.headers

    def carried_out(self, request: Request, route: Route) -> Reply:
        self.due()
        reply = self._carry_out(request, route)
        wanted = request.header("x-csrf-token").lower() == "fetch"
        # The token is the session's, whatever becomes of the request: SAP's own client asks by the address of a write.
        if wanted and request.method in _SAFE and reply.error != "unauthorized":
            if self.state.sessions_end():
                self.csrf.expire()
            session, token = self.csrf.fetch(cookie_of(request.header("cookie"), SESSION_COOKIE))
            cookie = f"{SESSION_COOKIE}={session}; path=/; HttpOnly".encode()
            reply.headers += [(b"x-csrf-token", token.encode()), (b"set-cookie", cookie)]
        self._note_hits(request, route)
        return reply

    def due(self) -> bool:
        """Let the billing run bill what is due; a fault that it meets has no request, but deals."""
        billing = self.sales_orders.billing
        billing.run()
        billed, billing.billed = billing.billed, []
        unposted, billing.unposted = billing.unposted, []
        restate_others(self.store, billed)
        for fault_id in sorted(self.state.hits):
            for deal in unposted or ("",):
                self.hit(fault_id, "invoice.write", deal or None)
        self.state.hits.clear()
        return bool(billed or unposted)

    def _note_hits(self, request: Request, route: Route) -> None:
        """Record the state faults that have made a difference to a request."""
        if self.state.hits:
            key = self._key(request, route)
            for fault_id in sorted(self.state.hits):
                self.hit(fault_id, route.operation, key)
            self.state.hits.clear()

    def note_names(self, of: EntitySet) -> None:
        self.services[self._at].note_names(of)

    def carried(self, request: Request, route: Route, call: Call) -> Reply:
        service = self.service_at(request.message.place)[0]
        service.changed.clear()
        key = self.key_of(request, route) if route.operation.endswith(".write") else None
        if key is not None and route.event:
            self._need_unlocked(request, call, key)
        if self.state.write_checks and (sent := sent_by(call, key, service.schema, self.store)) is not None:
            check(sent, service.schema, self, Refused)
        reply = self._half(request, call, service, key) or service.respond(call)
        if call.resource.steps and self.state.renames:
            service.note_names(call.resource.of)
        changed, service.changed = service.changed, []
        event = event_of(self.store, route.event, changed, reply.status) if changed else None
        if event is not None:
            reply.event, reply.key = event, event[1]["deal"]
        return reply

    def _need_unlocked(self, request: Request, call: Call, key: str) -> None:
        """Raises Refused for a document that somebody else has open."""
        user = self.state.user_of(key)
        if not user and not self.state.locks(key):
            return
        first = call.resource.steps[0] if call.resource.steps else None
        text = f"is currently being processed by user {user or 'MILLER'}"
        if first is not None and first.key is not None and first.of.name in ORDER_SETS:
            raise Refused("locked", f"Sales document {first.key[0]} {text}")
        raise Refused("locked", f"Customer {str((request.json or {}).get('SoldToParty', ''))[:10]} {text}")

    def _half(self, request: Request, call: Call, service: S4Service, key: str | None) -> Reply | None:
        """The reply to an order of which only the header is committed, None for any other."""
        resource = call.resource
        is_new = request.method == "POST" and resource.kind == "collection" and resource.of.name == ORDER
        if not is_new or key is None or not self.state.halves(key):
            return None
        header = {name: value for name, value in call.body.items() if name != "to_Item"}
        service.respond(Call("POST", resource, root=call.root, path=call.path, base=call.base, body=lambda: header))
        reply = self.error("server_error", key=key, service=SALES_ORDERS)
        reply.committed = True
        return reply

    # -- the control plane ---------------------------------------------------------------------------

    def reset(self) -> None:
        self.logins.revoke_all()
        self.csrf.expire()
        self._start()
        self.state.hits.clear()

    def snapshot(self) -> dict[str, Any]:
        return self.store.shown()

    def ledger(self) -> Ledger:
        self.due()
        return ledger_of(entries, self.store, self.name, self.clock.now_s())

    def restore(self, ledger: Ledger) -> None:
        restore(self.store, ledger)

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        given = {name: getattr(settings, name) for name in changed}
        self.store.settings = msgspec.structs.replace(self.store.settings, **given)
