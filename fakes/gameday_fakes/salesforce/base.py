"""What all of Salesforce's handlers share: records, sessions, faults, and the shape of errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal
from urllib.parse import unquote_to_bytes

import msgspec

from gameday_fakes.answering import Answer
from gameday_fakes.asgi import unpacked
from gameday_fakes.clock import Clock
from gameday_fakes.delivery import Sender
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import BadBody, Reply, Request, Route
from gameday_fakes.ledger import Ledger
from gameday_fakes.organisation import Organisation
from gameday_fakes.salesforce.bulk_jobs import AsyncJob, Jobs
from gameday_fakes.salesforce.business import Business
from gameday_fakes.salesforce.deals import Deals
from gameday_fakes.salesforce.errors import ASYNC, ERRORS, SOAP, Refused, error_reply, refused_reply
from gameday_fakes.salesforce.faults import FAULT_KINDS, StateFaults
from gameday_fakes.salesforce.fields import BUNDLED
from gameday_fakes.salesforce.house_rules import HouseRules
from gameday_fakes.salesforce.ids import canonical, ids_in
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.models import SalesforceStore
from gameday_fakes.salesforce.operations import BUSINESS_OPERATIONS
from gameday_fakes.salesforce.outbound import RULES, OutboundMessages, check_fields, message_fields
from gameday_fakes.salesforce.people import taken_value
from gameday_fakes.salesforce.permissions import Permissions
from gameday_fakes.salesforce.restore import restore
from gameday_fakes.salesforce.routes import ABSENT, MAX_URI_BYTES, NO_PARTS, ROUTES
from gameday_fakes.salesforce.rules import Writer, with_external_id
from gameday_fakes.salesforce.seed import Seeded
from gameday_fakes.salesforce.served import served
from gameday_fakes.salesforce.sessions import Sessions
from gameday_fakes.salesforce.settings import Settings
from gameday_fakes.salesforce.stated import stated_fields
from gameday_fakes.salesforce.versions import AGEING, NEWEST, RETIRED, SUPPORTED, WARNING


class SalesforceBase(Fake):
    """Authentication, faults and business operations."""

    manifest = MANIFEST
    api_version = f"v31.0 to v{NEWEST}.0"
    routes = ROUTES
    absent = ABSENT
    errors = ERRORS
    model: ClassVar[Model] = BUNDLED
    objects = BUNDLED.catalogued
    tables = tuple(BUNDLED.objects)
    deal_objects = ("Opportunity", "OpportunityLineItem")
    fault_kinds = FAULT_KINDS
    settings_type = Settings
    business_operations = BUSINESS_OPERATIONS

    @classmethod
    def served(cls, organisation: Organisation) -> dict[str, Any]:
        return served(organisation, cls.name)

    @classmethod
    def check_field(cls, object_name: str, field: str, value: str) -> None:
        taken_value(object_name, cls.model.objects[object_name].fields[field], value)

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.sender = Sender(self.name, clock, events, RULES, self.exchanges)
        self.settings = Settings()
        self.jobs = Jobs(self.memory)
        self.reset()

    def reset(self) -> None:
        self.sender.reset()
        self.jobs.reset()
        self.async_jobs: dict[str, AsyncJob] = {}
        self.async_created = 0
        #: Authorization codes that can still be used.
        self.codes: dict[str, Any] = {}
        self.settings = self.settings.of_a_new_run()
        self.sessions = Sessions(self.clock, self.seed)
        self.state = StateFaults(self.model, lambda: self.seed, self.sessions.revoke_all)
        self.store = SalesforceStore(self.clock.wall_s, self.model)
        self.store.stages, self.store.deal_fields = self.settings.stages, self.settings.deal_fields(self.model)
        self.house = HouseRules(self.store, self.unsupported)
        self.state.schema.lacks = self.house.lacks
        self.seeded = Seeded(self.store)
        self.permissions = Permissions(self.store, self.state.schema, self.seeded.integration_user_id)
        self.writer = Writer(self.store, self.state)
        self.business = Business(self.store, self.writer, self.seeded, self.state, self.hit)
        self.deals = Deals(self.store, self.clock, self._announce, self._announces_all)
        self.outbound = OutboundMessages(
            self.sender, self.store, self.state.schema, self.seeded.organization_id, self._hit_delivery
        )
        self.outbound.fields = message_fields(self.store.deal_fields, self.settings.outbound_fields)
        #: Of each open query: how many rows it found, the rows, and how many there are on a page.
        self.cursors: dict[str, tuple[int, list[dict[str, Any]], int]] = {}
        self.cursors_opened = 0
        self.requests_used = 0

    async def close(self) -> None:
        await self.jobs.close()
        await self.sender.close()

    # -- records and operations ----------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """``{object: [record]}``; deleted records, too, with ``IsDeleted``."""
        return {
            sobject: [
                record.fields for table in (self.store.tables, self.store.bin) for record in table[sobject].values()
            ]
            for sobject in self.store.tables
        }

    def ledger(self) -> Ledger:
        return self.deals.ledger({id_: key for key, id_ in self.business.deals.items()})

    def restore(self, ledger: Ledger) -> None:
        self.store.user_id = self.seeded.sales_user_id
        restore(self.store, self.business, self.deals, ledger.entries)

    def operate(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        self.store.user_id = self.seeded.sales_user_id
        try:
            with self.store.change():
                return super().operate(f, key, value)
        except Refused as refused:
            by = f" by {refused.rule}" if refused.rule else ""
            raise ControlError(f"operation {f!r} of {key!r}: the CRM refuses it{by}: {refused.message}") from None

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        if "outbound_fields" in changed:
            check_fields(settings.outbound_fields, self.model.objects[self.deal_objects[0]].fields)
        whole = msgspec.structs.replace(self.settings, **{name: getattr(settings, name) for name in changed})
        whole.check(self.organisation_settings)
        of_deals = whole.deal_fields(self.model, self.deal_objects)
        stated = stated_fields(self.model, whole.ledger_fields, of_deals)
        self.settings, self.store.deal_fields = whole, of_deals
        self.store.stages = msgspec.structs.replace(whole.stages, also=self.store.stages.also)
        self.store.stamp_every_s = whole.stamps_every_s(self.clock)
        lines = of_deals.lines
        self.state.schema.rolled_up = {(of_deals.object, of_deals.amount), (lines.object, lines.amount)}
        self.outbound.fields = message_fields(of_deals, whole.outbound_fields)
        self.deals.stated = stated
        self.sender.url = self.settings.outbound_url

    def held(self) -> Mapping[str, int]:
        return self.sender.held()

    def pending(self) -> int:
        return self.sender.pending() + self.jobs.running()

    def _announce(self, deals: list[str]) -> None:
        deleted_by = self.state.without_subscription()
        for fault_id in deleted_by:
            for deal in deals:
                self.hit(fault_id, "deliver", deal)
        if not deleted_by:
            self.outbound.announce(deals, self.settings, self.sessions)

    def _hit_delivery(self, fault_id: str, deal: str) -> None:
        self.hit(fault_id, "deliver", deal)

    def _announces_all(self) -> bool:
        """Whether the present change is the sync's, and such changes are announced."""
        return self.settings.announce_write_backs and self.store.user_id == self.seeded.integration_user_id

    # -- faults and errors ---------------------------------------------------------------------------

    def error(self, kind: str, **context: Any) -> Reply:
        path, detail, key = (context.get(name) or "" for name in ("path", "detail", "key"))
        return error_reply(kind, path=path, detail=detail, key=key)

    def key_of(self, request: Request, route: Route) -> str | None:
        """The deal in the path; else the first one in the query or the body."""
        if route.operation.startswith("deal."):
            deal = canonical(request.params.get("id", ""))
            if deal is None and "field" in request.params:
                deal = self._deal_by_external_id(request.params["field"], request.params["value"])
            return deal
        return next(iter(self._named(request, route)), None)

    def _named(self, request: Request, route: Route) -> list[str]:
        """The deals that a query or a batch names."""
        if route.operation not in ("query", "batch") and not route.operation.startswith("bulk."):
            return []
        return self.deals_in(request.query.get("q", "").encode() or request.body)

    def deals_in(self, text: bytes) -> list[str]:
        """The deals that a URL, a query or a body names, each once, in their order."""
        return ids_in(unquote_to_bytes(text), self.model.prefixes[self.deal_objects[0]])

    def _deal_by_external_id(self, field: str, value: str) -> str | None:
        entry = self.state.schema.view(self.deal_objects[0]).find(field)
        if entry is None or not entry[0].external_id:
            return None
        records = with_external_id(self.store, self.deal_objects[0], entry[0], value)
        return records[0].id if len(records) == 1 else None

    # -- the way of a request ------------------------------------------------------------------------

    def begin(self, request: Request) -> Answer:
        if request.method == "POST" and b"_HttpMethod=" in request.query_string:
            # For clients that know no PATCH ("Using cURL in the REST Examples").
            request.method = request.query["_HttpMethod"].upper()
        if request.header("content-encoding").strip().lower() in ("gzip", "x-gzip", "deflate"):
            try:
                request.body = unpacked(request.body)
            except BadBody as problem:
                self.stats["unknown"][400] += 1
                return self.error("bad_body", path=request.path, detail=str(problem))
        return super().begin(request)

    def authenticate_again(self, request: Request, route: Route) -> Reply | None:
        if not self.sessions.is_good(self.session_of(request)):
            self.state.note_refused_session()
            return self.error("unauthorized", path=request.path)
        self.requests_used += 1
        if self.requests_used > self.settings.daily_api_requests:
            return self.error("rate_limited", path=request.path)
        return None

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        refusal = self.authenticate_again(request, route)
        if refusal is not None:
            return refusal
        version = request.params.get("version")
        version = f"v{version}" if request.path.startswith((ASYNC, SOAP)) else version
        if version is not None and version not in SUPPORTED:
            return self.error("gone" if version in RETIRED else "not_found", path=request.path)
        if len(request.query_string) > MAX_URI_BYTES:
            return self.error("uri_too_long")
        return None

    def lasts(self, request: Request, route: Route) -> bool:
        # The reply has the warning of such a version added.
        return request.params.get("version") not in AGEING

    def session_of(self, request: Request) -> bytes:
        """The access token that a request carries."""
        name = b"x-sfdc-session" if request.path.startswith(ASYNC) else b"authorization"
        return request.headers.get(name, b"").rpartition(b" ")[2]

    def decorate(self, reply: Reply) -> None:
        usage = f"api-usage={self.requests_used}/{self.settings.daily_api_requests}"
        reply.headers.append((b"sforce-limit-info", usage.encode()))

    def _carry_out(self, request: Request, route: Route) -> Reply:
        self.store.user_id = self.sessions.user_of(self.session_of(request)) or self.seeded.integration_user_id
        try:
            with self.permissions.seen_by(self.store.user_id):
                reply = super()._carry_out(request, route)
        except Refused as refused:
            reply = refused_reply(refused, request.path)
        if request.params.get("version") in AGEING:
            reply.headers.append((b"warning", WARNING))
        self._note_hit(request, route, reply)
        return reply

    def dispatch(self, request: Request) -> Reply:
        """Answer a part of a batch like a separate request, but without session check and HTTP faults."""
        row = self._router.find(request.method, request.path)
        if row is None:
            self.unrouted(request)
            return self.error("method_not_allowed" if self._router.methods(request.path) else "not_found")
        if row[0].handler in NO_PARTS or row[0].operation.startswith("bulk.") or row[0].public:
            return self.error("not_found")
        route, request.params = row
        try:
            reply: Reply = getattr(self, route.handler)(request)
        except Refused as refused:
            reply = refused.reply()
        except BadBody as problem:
            reply = self.error("bad_body", detail=str(problem))
        self._note_hit(request, route, reply)
        return reply

    def _note_hit(self, request: Request, route: Route, reply: Reply) -> None:
        """Record the state faults that have made a difference to a request."""
        if self.state.hits:
            one = reply.key or self.key_of(request, route)
            for key in (*self._named(request, route),) or (one,):
                for fault_id in sorted(self.state.hits):
                    self.hit(fault_id, route.operation, key)
            self.state.hits.clear()

    def object_of(self, request: Request, access: Literal["read", "edit"] = "read") -> str:
        """The object in the path. Raises Refused if there is none or the user has no right to it."""
        sobject = self.model.canonical(request.params.get("object", self.deal_objects[0]))
        if sobject is None:
            self.unsupported(f"object {request.params['object'][:80]}")
            raise Refused.of("not_found")
        if not self.state.schema.may(sobject, access):
            raise Refused.of("forbidden")
        return sobject
