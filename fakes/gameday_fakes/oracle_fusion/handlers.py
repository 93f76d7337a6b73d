"""The fake Oracle Fusion: requests, faults, events, and what the control plane needs of an ERP."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from gameday_fakes.booked import ledger_of
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.fake import Fake
from gameday_fakes.http import Absent, BadBody, Reply, Request, Route
from gameday_fakes.ledger import Ledger
from gameday_fakes.logins import token_reply
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.sent_bodies import check
from gameday_fakes.oracle_fusion import batch, entries
from gameday_fakes.oracle_fusion.account import SCM, VERSION
from gameday_fakes.oracle_fusion.business import BUSINESS_OPERATIONS
from gameday_fakes.oracle_fusion.entries import restate_others
from gameday_fakes.oracle_fusion.errors import ERRORS, KINDS, MEDIA_TYPE, Detail, detail_of, error_reply, refused
from gameday_fakes.oracle_fusion.faults import FAULT_KINDS, StateFaults
from gameday_fakes.oracle_fusion.framework import Address, Call, version_of
from gameday_fakes.oracle_fusion.history import event_of
from gameday_fakes.oracle_fusion.login import Logins, problem_reply
from gameday_fakes.oracle_fusion.manifest import MANIFEST
from gameday_fakes.oracle_fusion.resources import OBJECTS
from gameday_fakes.oracle_fusion.restore import restore
from gameday_fakes.oracle_fusion.routes import ROUTES, VERSIONS_ROUTE, address_in, deal_named, route_of
from gameday_fakes.oracle_fusion.sales_order import ORDERS
from gameday_fakes.oracle_fusion.seed import new_store
from gameday_fakes.oracle_fusion.sent import sent_by
from gameday_fakes.oracle_fusion.service import Service
from gameday_fakes.oracle_fusion.settings import Settings

_MINUTE_S = 60.0


class OracleFusion(Fake):
    """Order Management and Receivables by REST."""

    manifest = MANIFEST
    api_version = VERSION
    routes = ROUTES
    errors = ERRORS
    objects = OBJECTS
    fault_kinds = FAULT_KINDS
    settings_type = Settings
    business_operations = BUSINESS_OPERATIONS
    absent = (
        Absent(
            f"{SCM}/{VERSION}/salesOrdersForOrderHubRequests", "import of orders", "orders are written to Order Hub"
        ),
        Absent(
            f"{SCM}/{VERSION}/salesOrderActionRequests", "actions in bulk", "they run offline, and are asked for later"
        ),
        Absent(f"{SCM}/{VERSION}/receivablesCreditMemos", "credit memos", "an invoice is taken back by deleting it"),
        Absent(f"{SCM}/{VERSION}/erpintegrations", "scheduled processes", "AutoInvoice runs by a setting"),
        Absent("/hcmRestApi", "people", "no resource of this flow is there"),
    )

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.state = StateFaults(lambda: self.seed, clock.now_s)
        self.logins = Logins(clock.wall_s)
        self._arrived: deque[float] = deque()
        self._start(Settings())

    def _start(self, settings: Settings) -> None:
        self.store = new_store(self.clock, self.state, settings)
        self.service = Service(self.store)

    # -- login and permissions -----------------------------------------------------------------------

    def issue_token(self, request: Request) -> Reply:
        problem = self.logins.problem(request)
        if not problem and self.state.tokens_revoked():
            problem = "client"
        outcome, reason = ("fail", {"reason": problem}) if problem else ("ok", {})
        self.events.append(self.name, "login", outcome, {"operation": "login", **reason})  # type: ignore[arg-type]
        return problem_reply(problem) if problem else token_reply(self.logins.new_token(48))

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        if self.state.over_limit():
            return self.error("rate_limited", request=request)
        return self.authenticate_again(request, route) or self.allowed(request, route)

    def authenticate_again(self, request: Request, route: Route) -> Reply | None:
        if self._is_over_limit():
            return self.error("rate_limited", request=request)
        authorization = request.header("authorization")
        revoked = self.state.tokens_revoked()
        if revoked:
            self.logins.revoke_all()
        if revoked or not self.logins.proves(authorization):
            reason = "user or password, or the token, is wrong" if authorization else "nobody has logged in"
            self.events.append(self.name, "login", "fail", {"operation": route.operation, "reason": reason})
            reply = self.error("unauthorized")
            reply.headers.append((b"www-authenticate", b'Basic realm="weblogic"'))
            return reply
        return None

    def allowed(self, request: Request, route: Route) -> Reply | None:
        """The refusal of a request for a resource that the user may not read or write; or None."""
        resource = request.message.resource if isinstance(request.message, Address) else ""
        if resource and self.state.forbids(resource, edit=route.operation.endswith(".write")):
            return self.error("forbidden", request=request, key=self._key(request, route))
        return None

    def _is_over_limit(self) -> bool:
        most, now_s = self.store.settings.requests_a_minute, self.clock.now_s()
        if most is None:
            return False
        while self._arrived and self._arrived[0] <= now_s - _MINUTE_S:
            self._arrived.popleft()
        if len(self._arrived) >= most:
            return True
        self._arrived.append(now_s)
        return False

    # -- the way of a request ------------------------------------------------------------------------

    def find_route(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        address = address_in(request.path)
        if address is None:
            found = super().find_route(request)
            return found if found is not None and found[0].public else None
        if request.method == "POST" and request.header("x-http-method-override").upper() == "PATCH":
            request.method = "PATCH"
        request.message = address
        route = route_of(request.method, address)
        return (route, {}) if route is not None else None

    def error(self, kind: str, **context: Any) -> Reply:
        request, detail = context.get("request"), str(context.get("detail", ""))
        details = (Detail(detail, KINDS[kind].code),) if detail else ()
        return self._error(kind, details, request, key=context.get("key"))

    def _error(
        self, kind: str, details: tuple[Detail, ...], request: Request | None, *, key: str | None = None
    ) -> Reply:
        """An error as the request's framework version has it; with details where there is no request."""
        if request is None:
            return error_reply(kind, details, key=key)
        try:
            version = version_of(request.header)
        except ODataError:
            version = 1
        asked = MEDIA_TYPE.decode() in request.header("accept").lower()
        return error_reply(kind, details, version=version, asked=asked, key=key)

    def refusal(self, problem: ODataError, request: Request) -> Reply:
        """The reply for what a request is refused for."""
        return self._error(problem.kind if problem.kind in KINDS else "bad_body", (detail_of(problem),), request)

    def key_of(self, request: Request, route: Route) -> str | None:
        address = request.message
        return deal_named(self.store, request, address) if isinstance(address, Address) else None

    def carried_out(self, request: Request, route: Route) -> Reply:
        self.due()
        reply = self._carry_out(request, route)
        if self.state.hits:
            key = self._key(request, route)
            for fault_id in sorted(self.state.hits):
                self.hit(fault_id, route.operation, key)
            self.state.hits.clear()
        return reply

    def due(self) -> bool:
        """Let AutoInvoice make the invoices that are due; a fault that it meets has no request."""
        receivables = self.service.receivables
        receivables.run()
        made, receivables.made = receivables.made, []
        restate_others(self.store, made)
        for fault_id in sorted(self.state.hits):
            self.hit(fault_id, "invoice.write", None)
        self.state.hits.clear()
        return bool(made)

    def resource(self, request: Request) -> Reply:
        """Any request but a batch and one for a token."""
        found = self.find_route(request)
        route = found[0] if found is not None else VERSIONS_ROUTE
        try:
            if request.message.is_broken:
                raise refused("not_found")
            return self._served(request, route)
        except ODataError as problem:
            return self.refusal(problem, request)
        except BadBody as problem:
            return self.error("bad_body", detail=str(problem), request=request)

    def _served(self, request: Request, route: Route) -> Reply:
        call = Call(
            request.method,
            request.message,
            base_url=request.base_url,
            params=request.query,
            header=request.header,
            body=lambda: request.json,
        )
        key = self.key_of(request, route) if route.event else None
        if key is not None and self.state.locks(key):
            raise refused("locked")
        if self.state.write_checks and (sent := sent_by(call, key, self.store.schema)) is not None:
            check(sent, self.store.schema, self, refused)
        service = self.service
        service.changed.clear()
        try:
            reply = self._half(request, call, key) or service.respond(call)
        except ODataError as problem:
            service.note_names(call.address.resource, f"{problem.target} {problem.message}")
            raise
        if self.state.renames:
            service.note_names(call.address.resource)
        changed, service.changed = service.changed, []
        event = event_of(self.store, changed, reply.status) if changed else None
        if event is not None:
            reply.event, reply.key = event, event[1]["deal"]
        return reply

    def _half(self, request: Request, call: Call, key: str | None) -> Reply | None:
        """The reply to an order of which only the header is committed, None for any other."""
        address = call.address
        is_new = request.method == "POST" and address.resource == ORDERS and not (address.key or address.steps)
        if not is_new or key is None or not self.state.halves(key):
            return None
        self.service.create_half(call)
        reply = self.error("server_error", key=key, request=request)
        reply.committed = True
        return reply

    def batch(self, request: Request) -> Reply:
        """A batch of requests."""
        try:
            if batch.MEDIA_TYPE not in request.header("content-type").lower():
                raise refused("method_not_allowed")
            address: Address = request.message
            parts = batch.parts_of(request, f"{address.root}/{VERSION}")
            replies = batch.carried_out(parts, self.store, self._part)
        except ODataError as problem:
            return self.refusal(problem, request)
        except BadBody as problem:
            return self.error("bad_body", detail=str(problem), request=request)
        except batch.Failed as failed:
            return failed.reply
        reply = Reply.json(200, batch.document(parts, replies), content_type=batch.MEDIA_TYPE.encode())
        reply.parts = tuple(replies)
        return reply

    def _part(self, request: Request) -> Reply:
        """The reply to one request of a batch."""
        found = self.find_route(request)
        if found is None or found[0].handler != "resource":
            return self.error("not_found", request=request)
        return self.allowed(request, found[0]) or self.resource(request)

    # -- the control plane ---------------------------------------------------------------------------

    def reset(self) -> None:
        self.logins.revoke_all()
        self._arrived.clear()
        self._start(Settings())
        self.state.hits.clear()

    def snapshot(self) -> dict[str, Any]:
        return self.store.shown()

    def ledger(self) -> Ledger:
        self.due()
        return ledger_of(entries, self.store, self.name, self.clock.now_s())

    def restore(self, ledger: Ledger) -> None:
        restore(self.store, self.service.orders, ledger)

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        given = {name: getattr(settings, name) for name in changed}
        self.store.settings = msgspec.structs.replace(self.store.settings, **given)
