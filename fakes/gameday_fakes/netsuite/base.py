"""What all of NetSuite's handlers share: the records, permissions, and how a request's body is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gameday_fakes.bearer_tokens import bearer_token
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.fake import Fake
from gameday_fakes.http import BadBody, Reply, Request, Route
from gameday_fakes.netsuite.bodies import NAMES, body_of, named_in_body
from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.errors import ERRORS, Refused, error_reply
from gameday_fakes.netsuite.faults import FAULT_KINDS, StateFaults
from gameday_fakes.netsuite.field import Field, RecordType
from gameday_fakes.netsuite.fields import BUNDLED
from gameday_fakes.netsuite.jobs import Jobs
from gameday_fakes.netsuite.manifest import MANIFEST
from gameday_fakes.netsuite.model import Model
from gameday_fakes.netsuite.models import Fulfillment, Invoice, Order, Settlement
from gameday_fakes.netsuite.new_types import CHANGE_TYPE
from gameday_fakes.netsuite.oauth2 import AccessTokens
from gameday_fakes.netsuite.render import Renderer
from gameday_fakes.netsuite.restlet_errors import restlet_error_of
from gameday_fakes.netsuite.retyped import typed
from gameday_fakes.netsuite.routes import ABSENT, RESTLET, routes_of
from gameday_fakes.netsuite.seed import new_store
from gameday_fakes.netsuite.signature import SignatureCheck
from gameday_fakes.netsuite.standard import ABOUT_DEALS, LINES
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.tables import tables_of
from gameday_fakes.organisation import Organisation


class NetSuiteBase(Fake):
    """Authentication, state faults and request bodies."""

    manifest = MANIFEST
    api_version = "record/v1, query/v1, async/v1"
    model: ClassVar[Model] = BUNDLED
    routes = routes_of(BUNDLED)
    absent = ABSENT
    proof_apart = True
    errors = ERRORS
    objects = BUNDLED.catalogued
    fault_kinds = (*FAULT_KINDS, CHANGE_TYPE)
    sandbox_driver = "gameday_fakes.netsuite.tenant:NetSuiteTenant"
    sandbox_reader = "gameday_fakes.netsuite.tenant_reader:NetSuiteReader"

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.state = StateFaults(lambda: self.seed, clock.now_s)
        self.store: NetSuiteStore = new_store(clock, self.state, self.model)
        self.signatures = SignatureCheck(MANIFEST.credentials, lambda: clock.wall_s() + self.state.skew_s())
        self.access_tokens = AccessTokens(MANIFEST.credentials["consumer_key"], clock.wall_s)
        self.jobs = Jobs(clock.wall_s)

    @classmethod
    def served(cls, organisation: Organisation) -> dict[str, Any]:
        model = Model(organisation)
        if model.planted:
            # What is wrong with a record is said before a fake runs.
            new_store(Clock(), StateFaults(lambda: 0, lambda: 0.0), model)
        return {
            "model": model,
            "objects": model.catalogued,
            "routes": routes_of(model),
            "tables": tuple(tables_of(model)),
        }

    @property
    def deal_field(self) -> str:
        """The field of an order that names its deal; empty for the external id, else the customer's reference."""
        return self.store.deal_field

    @property
    def dates(self) -> AccountDates:
        """The account's date format and time zone."""
        return self.store.dates

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        if self.state.over_limit():
            return self.error("rate_limited", path=request.path)
        return self.authenticate_again(request, route) or self.forbidden(route)

    def authenticate_again(self, request: Request, route: Route) -> Reply | None:
        token = bearer_token(request)
        reason = self._login_refusal(request, token)
        if reason:
            # NetSuite shows the reason in its login audit trail only.
            self.events.append(self.name, "login", "fail", {"operation": route.operation, "reason": reason})
            reply = self.error("unauthorized", path=request.path)
            if token is not None:
                reply.headers.append((b"www-authenticate", b'Bearer realm="NetSuite", error="invalid_token"'))
            return reply
        return None

    def lasts(self, request: Request, route: Route) -> bool:
        # With a preference the reply may be that a job has begun.
        return b"prefer" not in request.headers

    def forbidden(self, route: Route) -> Reply | None:
        """The refusal of what the role has no right to, or None."""
        subject, _, act = route.operation.partition(".")
        record = self.model.of_operation.get(subject)
        if record and self.state.forbids(record, edit=act == "write"):
            return self.error("forbidden", path=route.pattern)
        return None

    def _login_refusal(self, request: Request, token: str | None) -> str:
        if self.state.tokens_revoked():
            self.access_tokens.revoke_all()
            return "the token was revoked"
        if token is None:
            refusal = self.signatures.refusal(request)
            # Only a clock that is wrong refuses what would be in time.
            if refusal.startswith("timestamp is"):
                self.state.hits.update(self.state.skews)
            return refusal
        return "" if self.access_tokens.accepts(token) else "the access token is unknown or expired"

    def error(self, kind: str, **context: Any) -> Reply:
        detail = str(context.get("detail", ""))
        if str(context.get("path", "")).startswith(RESTLET):
            return restlet_error_of(kind, detail)
        return error_reply(kind, detail, key=context.get("key"))

    def key_of(self, request: Request, route: Route) -> str | None:
        return self._key_of(request, route.operation.partition(".")[0])

    def _key_of(self, request: Request, subject: str) -> str | None:
        if subject not in ABOUT_DEALS:
            return None
        if subject == "order" and self.deal_field and (named := named_in_body(request, (self.deal_field,))):
            return named
        reference = request.params.get("id")
        if reference is None:
            if request.method != "POST":
                return None
            return (subject != "order" and self._deal_of_source(request)) or named_in_body(request, NAMES)
        kind = self.record_type(request).name
        if kind == "salesOrder" and reference.startswith("eid:"):
            return reference[4:]
        if reference.startswith("eid:"):
            reference = self.store.by_external_id[kind].get(reference[4:], "")
        found = self.store.of_kind[kind].get(reference)
        match found:
            case Order(kind="salesOrder"):
                return self._deal_of(found)
            case Order():
                return named_in_body(request, NAMES) or found.deal or None
            case Invoice() | Fulfillment():
                return self._deal_of_order(found.order)
            case Settlement():
                return self._deal_of_invoice(found.invoice)
        return reference if kind == "salesOrder" else self._deal_of_source(request)

    def _deal_of_source(self, request: Request) -> str | None:
        """The deal of the order or the invoice from which a body makes a document."""
        source = body_of(request).get("createdFrom")
        id_ = str(source.get("id", "")) if isinstance(source, dict) else ""
        return self._deal_of_invoice(id_) or self._deal_of_order(id_)

    def _deal_of(self, order: Order) -> str:
        """The deal that an order names, else the order's own id."""
        return str(order.custom.get(self.deal_field) or order.deal or order.id)

    def _deal_of_invoice(self, reference: str) -> str | None:
        invoice = self.store.invoices.get(reference)
        return self._deal_of_order(invoice.order) if invoice else None

    def _deal_of_order(self, id_: str) -> str | None:
        order = self.store.source_of(id_)
        return self._deal_of(order) if order else None

    def _carry_out(self, request: Request, route: Route) -> Reply:
        reply = super()._carry_out(request, route)
        self.note_state_faults(request, route)
        return reply

    def answer(self, request: Request, route: Route) -> Reply:
        try:
            return super().answer(request, route)
        except Refused as refused:
            return error_reply(refused.kind, refused.detail, path=refused.path)

    def note_state_faults(self, request: Request, route: Route) -> None:
        """Record the state faults that have made a difference to a request."""
        if self.state.hits:
            key = self.key_of(request, route)
            for fault_id in sorted(self.state.hits):
                self.hit(fault_id, route.operation, key)
            self.state.hits.clear()

    def check_write(self, request: Request, kind: str, *present: str, deal: str | None = None) -> None:
        """Check the body of a write, under the names that it is written with. Raises Refused.

        ``kind`` is the type of the record that it becomes. ``present`` are the fields that this record has without the
        body (``*`` and ``item.*``: all); what the account computes is always present.
        """
        checks = self.state.checks_of(kind) if self.state.write_checks else {}
        if not checks:
            return
        body = request.json or {}
        if not isinstance(body, dict):
            return
        reference = request.params.get("id", "")
        if reference.startswith("eid:") and self.record_type(request).name == kind:
            body = {**body, "externalId": reference[4:]}
        known = self.model.record_types[kind]
        computed = {name for name, field in known.fields.items() if field.read_only}
        computed |= {f"{LINES}.{name}" for name, field in known.lines.items() if field.read_only}
        deal = deal or self._key_of(request, known.operation)
        for fault_id, check in checks.items():
            write = check.written(body, frozenset({*present, *computed}))
            if check.report:
                self.events.append(self.name, "record_sent", "ok", write.event(kind, deal))
            try:
                check.check(write)
            except Refused:
                self.state.hits.add(fault_id)
                raise

    def record_type(self, request: Request) -> RecordType:
        """The record type in the path."""
        return self.model.by_lower_name[request.path.strip("/").split("/")[4].lower()]

    def renderer(self, request: Request) -> Renderer:
        """A renderer whose links use the address that the client used."""
        return Renderer(self.store, request.base_url)

    def body(self, request: Request, kind: RecordType | None = None) -> dict[str, Any]:
        """The fields of a record in the body, without what NetSuite drops. Raises BadBody and Refused.

        ``kind`` is its record type, unless it is that of the path.
        """
        body = request.json
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise BadBody("an object is expected")
        kind = kind or self.record_type(request)
        strict = request.header("x-netsuite-propertynamevalidation").lower() == "error"
        body = {**typed(self.state, kind.name, kind.fields, self._known(kind, kind.fields, body, strict=strict))}
        lines = body.get(LINES)
        items = lines.get("items") if isinstance(lines, dict) else lines
        if isinstance(items, list):
            items = [
                self._line(kind, line, index, strict=strict) if isinstance(line, dict) else line
                for index, line in enumerate(items)
            ]
            body[LINES] = {**lines, "items": items} if isinstance(lines, dict) else items
        return body

    def _line(self, kind: RecordType, line: dict[str, Any], index: int, *, strict: bool) -> Mapping[str, Any]:
        at = f"{LINES}.items[{index}]."
        known = self._known(kind, kind.lines, line, strict=strict, within=LINES, at=at)
        return typed(self.state, kind.name, kind.lines, known, LINES, at)

    def _known(
        self,
        kind: RecordType,
        fields: Mapping[str, Field],
        body: dict[str, Any],
        *,
        strict: bool,
        within: str = "",
        at: str = "",
    ) -> dict[str, Any]:
        """The fields that are known at this moment, under their usual names; ``at`` is their place in the body."""
        renamed = self.state.renamed(kind.name, within)
        if not renamed and fields.keys() >= body.keys():
            return body
        known = {new: old for old, new in renamed.items() if new}
        accepted = {}
        for name, value in body.items():
            if name in renamed:
                self.state.note_rename(kind.name, name, within)
            if name in known:
                accepted[known[name]] = value
            elif name in fields and name not in renamed:
                accepted[name] = value
            elif strict:
                raise _unknown_field(f"{at}{name}")
            elif name not in renamed:
                self._note_dropped(kind.name, f"{within}.{name}" if within else name)
        return accepted

    def _note_dropped(self, kind: str, path: str) -> None:
        """Record, once in a run, that a field is dropped: the vendor may have it. It drops what an account lacks."""
        if not path.rpartition(".")[2].startswith("cust") and path not in self.store.dropped:
            self.store.dropped.add(path)
            self.unsupported(f"a write of {kind} with {path[:80]}, a field that is not kept")


def _unknown_field(path: str) -> Refused:
    return Refused("unknown_field", f"Error while accessing a resource. Unknown property '{path}'.", path=path)
