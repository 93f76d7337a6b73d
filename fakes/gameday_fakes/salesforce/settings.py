"""Settings of the organisation that the control plane can change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gameday_fakes.clock import Clock
from gameday_fakes.salesforce.event_bus import KEEP_S
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.stages import Stages
from gameday_fakes.salesforce.won_deal import DealFields, LineFields, deal_fields, stages_of

_OF_DEALS = ("stage", "amount", "currency", "account", "date", "name")
_OF_LINES = tuple(name for name in LineFields.__struct_fields__ if name != "object")

_OF_A_SCENARIO = (
    "announce_write_backs",
    "won_stage",
    "lost_stage",
    "open_stage",
    "formula_values",
    "deal_object",
    "deal_lines_object",
    *(f"deal_{name}_field" for name in _OF_DEALS),
    *(f"line_{name}_field" for name in _OF_LINES),
    "outbound_fields",
    "ledger_fields",
    "stamp_every_s",
    "outbound_batch",
    "outbound_session",
    "announce_by",
    "announce_event",
    "announce_event_fields",
    "change_events",
    "change_event_overflow",
    "event_retention_s",
    "callout_header",
    "callout_secret",
    "query_page",
    "bulk_queue_s",
    "bulk_chunk_s",
)
_HEADER = re.compile(r"[A-Za-z0-9-]+:[ -~]+")


class Settings(msgspec.Struct, frozen=True):
    """The organisation's settings."""

    outbound_url: Annotated[str, Meta(description="Where outbound messages go; empty: nowhere.")] = ""
    outbound_batch: Annotated[
        int,
        Meta(ge=1, le=100, description="The most notifications in an outbound message; each change begins a new one."),
    ] = 1
    outbound_session: Annotated[
        bool, Meta(description="Whether an outbound message has the id of a session in which the API can be called.")
    ] = False
    announce_by: Annotated[
        Literal["outbound message", "flow callout", "platform event", "change event"],
        Meta(
            description="How deals are announced: by SOAP, repeated until acknowledged, once by JSON, by an event that "
            "the organisation publishes, or by Change Data Capture alone."
        ),
    ] = "outbound message"
    announce_event: Annotated[str, Meta(description="The platform event that announces a deal, Deal_Won__e.")] = ""
    announce_event_fields: Annotated[
        tuple[str, ...], Meta(description="Its fields and the deal's that they have: Deal_Id__c=Id.")
    ] = ()
    change_events: Annotated[
        tuple[str, ...], Meta(description="Objects selected for Change Data Capture: Opportunity, Account.")
    ] = ()
    change_event_overflow: Annotated[
        int, Meta(ge=1, le=10_000_000, description="More changes of an object in a transaction are an overflow event.")
    ] = 100_000
    managed_subscriptions: Annotated[
        tuple[str, ...],
        Meta(description="Managed event subscriptions of the Pub/Sub API by name: Orders=/event/Deal_Won__e."),
    ] = ()
    event_retention_s: Annotated[
        float,
        Meta(
            gt=0.0, le=KEEP_S, description="Scenario seconds for which events are kept and can be had again: 72 hours."
        ),
    ] = KEEP_S
    callout_header: Annotated[
        str, Meta(description="A header of every callout, NAME: VALUE, as a named credential adds it; empty: none.")
    ] = ""
    callout_secret: Annotated[
        str, Meta(description="Key of the signature (HMAC-SHA256) in the header x-signature; empty: not signed.")
    ] = ""
    admin_client: Annotated[
        str,
        Meta(
            description="The client id of another connected app, with the usual secret: by client credentials it runs "
            "as an administrator."
        ),
    ] = ""
    jwt_public_key: Annotated[str, Meta(description="PEM; with it the signatures of JWTs are verified.")] = ""
    refresh_token_rotation: Annotated[
        bool, Meta(description="Whether a refresh token can be used only once.", extra={"tried": ("true",)})
    ] = False
    announce_write_backs: Annotated[
        bool,
        Meta(
            description="Whether an outbound message goes out too when the sync writes to a deal that was ever won.",
            extra={"tried": ("true",)},
        ),
    ] = False
    won_stage: Annotated[str, Meta(description="The stage in which people win a deal; empty: the usual one.")] = ""
    lost_stage: Annotated[str, Meta(description="The stage in which they lose one.")] = ""
    open_stage: Annotated[str, Meta(description="The stage of a deal that is not won yet.")] = ""
    formula_values: Annotated[
        tuple[str, ...],
        Meta(description="What formulas have beside records: $Profile.Name=API Only, $Permission.Bypass=false."),
    ] = ()
    deal_object: Annotated[
        str, Meta(description="The object of deals: Order, Quote, a custom one; empty: Opportunity. Of settings.json.")
    ] = ""
    deal_stage_field: Annotated[
        str, Meta(description="The field that has these stages; of this and the others empty: the usual one.")
    ] = ""
    deal_amount_field: Annotated[str, Meta(description="The field with a deal's net total.")] = ""
    deal_currency_field: Annotated[str, Meta(description="The field with its currency.")] = ""
    deal_account_field: Annotated[str, Meta(description="The field that names its account.")] = ""
    deal_date_field: Annotated[str, Meta(description="The field with the date of its order.")] = ""
    deal_name_field: Annotated[str, Meta(description="The field with its name.")] = ""
    deal_lines_object: Annotated[str, Meta(description="The object of a deal's lines.")] = ""
    line_deal_field: Annotated[str, Meta(description="The field of a line that names its deal.")] = ""
    line_product_field: Annotated[
        str, Meta(description="The field of a line that names a pricebook entry or a product, or has a SKU.")
    ] = ""
    line_quantity_field: Annotated[str, Meta(description="The field with a line's quantity.")] = ""
    line_price_field: Annotated[str, Meta(description="The field with a line's unit price.")] = ""
    line_amount_field: Annotated[str, Meta(description="The field with a line's net total.")] = ""
    line_discount_field: Annotated[str, Meta(description="The field with a line's discount in percent.")] = ""
    outbound_fields: Annotated[
        tuple[str, ...], Meta(description="Fields of a deal that outbound messages carry besides the usual ones.")
    ] = ()
    ledger_fields: Annotated[
        tuple[str, ...],
        Meta(description="Further fields that the ledger states: Region__c, line.Note__c, customer.Tier__c."),
    ] = ()
    stamp_every_s: Annotated[
        float,
        Meta(
            ge=0.0,
            le=3600.0,
            description="Records are stamped with whole multiples of so many scenario seconds (the vendor: 1); "
            "0: to the millisecond.",
            extra={"tried": ("1", "30")},
        ),
    ] = 0.0
    daily_api_requests: Annotated[
        int, Meta(description="How many requests the organisation may make before it is refused.")
    ] = 1_000_000
    query_page: Annotated[
        int,
        Meta(
            ge=1,
            le=2000,
            description="The most rows on a page of a query; the vendor may send fewer than asked.",
            extra={"tried": ("10",)},
        ),
    ] = 2000

    bulk_queue_s: Annotated[
        float,
        Meta(ge=0.0, le=1e6, description="Scenario seconds that a bulk job waits before it is processed."),
    ] = 2.0
    bulk_chunk_s: Annotated[
        float, Meta(ge=0.0, le=1e6, description="Scenario seconds that 200 records of a bulk job take.")
    ] = 1.0

    def stamps_every_s(self, clock: Clock) -> float:
        """``stamp_every_s`` on the clock that the stack sees: a stack without one of its own sees real seconds."""
        return self.stamp_every_s if clock.wall is not None else clock.real_s(self.stamp_every_s)

    def of_a_new_run(self) -> Settings:
        """The settings with which a run begins: of the environment as they are, of a scenario the defaults.

        Those of the organisation are set again after that.
        """
        default = Settings()
        return msgspec.structs.replace(self, **{name: getattr(default, name) for name in _OF_A_SCENARIO})

    def headers(self) -> dict[str, str]:
        """The header that callouts have besides."""
        name, _, value = self.callout_header.partition(":")
        return {name.strip().lower(): value.strip()} if name.strip() else {}

    @property
    def event_fields(self) -> dict[str, str]:
        """Of the event that announces a deal: the deal's field by the event's."""
        pairs = (each.partition("=") for each in self.announce_event_fields)
        return {name.strip(): of.strip() for name, _, of in pairs}

    def check(self, given: Mapping[str, Any]) -> None:
        """Raise ValueError for a URL that is not http or https, a header that is none, and stages that are none.

        Formulas are compiled with what the organisation has ``given``, so this stays.
        """
        if self.formula_values != tuple(given.get("formula_values", ())):
            raise ValueError("formula_values belong to settings.json of the organisation")
        if self.callout_header and not _HEADER.fullmatch(self.callout_header):
            raise ValueError(f"callout_header {self.callout_header!r} is not NAME: VALUE")
        if self.outbound_url and urlsplit(self.outbound_url).scheme not in ("http", "https"):
            raise ValueError(f"outbound_url {self.outbound_url!r} is not an http(s) URL")
        for name in ("won_stage", "lost_stage", "open_stage"):
            if len(getattr(self, name)) > 255:
                raise ValueError(f"{name} is not the name of a stage")
        if len({self.stages.won, self.stages.lost, self.stages.open}) < 3:
            raise ValueError("won_stage, lost_stage and open_stage are not three stages")

    def deal_fields(self, model: Model, objects: tuple[str, ...] = ()) -> DealFields:
        """The fields of a won deal; ``objects`` are those of a running fake, which stay. Raises ValueError."""
        given = {name: getattr(self, f"deal_{name}_field") for name in _OF_DEALS}
        of_lines = {name: getattr(self, f"line_{name}_field") for name in _OF_LINES}
        named = (self.deal_object, self.deal_lines_object)
        if objects and any(name and name != known for name, known in zip(named, objects, strict=True)):
            raise ValueError("deal_object and deal_lines_object belong to settings.json of the organisation")
        return deal_fields(model, {**given, "object": named[0]}, {**of_lines, "object": named[1]})

    @property
    def stages(self) -> Stages:
        """The stages of deals."""
        return stages_of(self.deal_object, self.won_stage, self.lost_stage, self.open_stage)
