"""Fault rules as both sides of the control plane read them: the harness builds them, the fakes carry them out.

A rule is a struct; ``Rule.wire`` is the JSON object that injects it, with the fault kind under ``kind``. The same
structs are the parameters of the fakes' fault kinds (``gameday_fakes.fault_kinds``), so each is declared once.
Durations are in scenario seconds.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gameday_fakes.changed_types import NewType

Share = Annotated[
    float, Meta(ge=0.0, le=1.0, description="Share of the keys that are affected, chosen by a hash of seed and key.")
]
Times = Annotated[
    Annotated[int, Meta(ge=0)] | None, Meta(description="How often each key is affected; null: as long as it lasts.")
]
#: A fault may outlast any run, but not the numbers that clocks are calculated with.
Seconds = Annotated[float, Meta(ge=0.0, le=1e9, description="Scenario seconds.")]
ObjectName = Annotated[str, Meta(description="Type of record.", extra={"names": "object"})]
FieldName = Annotated[str, Meta(description="Field of that type; of a line, its path.", extra={"names": "field"})]


EventKind = Literal["first", "amendment", "void"]
"""What an event announces: that a deal is won, that a won deal has changed, that it is no longer won."""
EventKinds = Literal["all", "first", "amendment", "void"]
Events = Annotated[EventKinds, Meta(description="Which events: those of won, changed or voided deals.")]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """Base of all rules."""

    def wire(self) -> dict[str, Any]:
        """The rule as it is sent: ``{"kind": ..., parameter: value, ...}``, without what has its default."""
        wire: dict[str, Any] = msgspec.to_builtins(self)
        return wire


class HttpRule(Rule, frozen=True, tag="http"):
    """Answer requests with an error, delay them, drop the connection or cut the reply short."""

    action: Annotated[Literal["reply", "delay", "drop", "truncate"], Meta(description="What happens to a request.")]
    operation: Annotated[
        str, Meta(description="Operation of the URL table, a part of its name, or *.", extra={"names": "operation"})
    ] = "*"
    share: Share = 1.0
    times: Times = None
    when: Annotated[
        Literal["before", "after"], Meta(description="Before the request is carried out, or after the commit.")
    ] = "before"
    error: Annotated[str, Meta(description="Kind of error to reply with.", extra={"names": "error"})] = "server_error"
    delay_s: Seconds = 0.0
    jitter_s: Seconds = 0.0
    bytes: Annotated[int, Meta(ge=0, description="How much of the reply's body is sent before the reset.")] = 0


class LockRecord(Rule, frozen=True, tag="lock_record"):
    """Somebody else holds the record, so writes to it are refused."""

    share: Share = 1.0
    times: Times = None


class RenameObjectField(Rule, frozen=True, tag="rename_field"):
    """A field of a CRM object gets another API name; the old one is gone at once."""

    object: ObjectName
    field: FieldName
    new_name: Annotated[str, Meta(description="The name from now on.", extra={"names": "new field"})]


class RenameRecordField(Rule, frozen=True, tag="rename_field"):
    """A field of an ERP record gets another name; the old one is gone at once."""

    record: ObjectName
    field: FieldName
    new_name: Annotated[str, Meta(description="The name from now on.")]


ChangedType = Annotated[
    NewType,
    Meta(description="What it is from now on; what it can become follows from its type.", extra={"names": "new type"}),
]


class ChangeObjectFieldType(Rule, frozen=True, tag="change_type"):
    """A field of a CRM object gets another type: it is described, shown and taken as such."""

    object: ObjectName
    field: FieldName
    type: ChangedType


class ChangeRecordFieldType(Rule, frozen=True, tag="change_type"):
    """A field of an ERP record gets another type: it is described, shown and taken as such."""

    record: ObjectName
    field: FieldName
    type: ChangedType


class AddPicklistValue(Rule, frozen=True, tag="picklist_value"):
    """A picklist of a CRM's deals or their lines gets a new value, which people choose from then on.

    In the field that says whether a deal is won, the new value means the same as the won stage.
    """

    object: ObjectName
    field: Annotated[str, Meta(description="A picklist of that type.", extra={"names": "picklist"})]
    value: Annotated[str, Meta(min_length=1, max_length=255, description="The new value.")]
    share: Share = 1.0


class HideObjectField(Rule, frozen=True, tag="hide_field"):
    """A field of a CRM object can no longer be seen."""

    object: ObjectName
    field: FieldName


class HideRecordField(Rule, frozen=True, tag="hide_field"):
    """A field of an ERP record can no longer be seen."""

    record: ObjectName
    field: FieldName


class RequireRecordField(Rule, frozen=True, tag="require_field"):
    """A field of an ERP record becomes mandatory on its form: a record without it is not saved."""

    record: ObjectName
    field: FieldName


class CheckWrites(Rule, frozen=True, tag="check_writes"):
    """Writes of an ERP record that break a JSON Schema are refused, as by an account whose form demands the same.

    The schema is that of the record's body: its lines are a list, and what is null or empty counts as absent.
    """

    record: ObjectName
    schema: Annotated[dict[str, Any], Meta(description="JSON Schema of the body.")]
    report: Annotated[bool, Meta(description="Whether each write is an event, with its body.")] = False


Access = Annotated[Literal["read", "edit"], Meta(description="The right that is lost; without read there is no edit.")]


class RevokeObjectPermission(Rule, frozen=True, tag="revoke_permission"):
    """The integration user loses a right to a CRM object."""

    object: ObjectName
    access: Access = "edit"


class RevokeRecordPermission(Rule, frozen=True, tag="revoke_permission"):
    """The integration role loses a right to an ERP record type."""

    record: ObjectName
    access: Access = "edit"


class RevokeTokens(Rule, frozen=True, tag="revoke_tokens"):
    """All tokens are revoked, and no new login works."""


class RevokeSessions(Rule, frozen=True, tag="revoke_tokens"):
    """All sessions and refresh tokens are revoked."""

    login: Annotated[Literal["refused", "works"], Meta(description="Whether a new login works.")] = "refused"


class PartialBatch(Rule, frozen=True, tag="partial_batch"):
    """Parts of a batch fail inside a reply whose status is 200."""

    share: Share = 1.0
    times: Times = None
    error: Annotated[
        str, Meta(description="Kind of error of the failed parts.", extra={"names": "error with a code"})
    ] = "locked"


class GapEvents(Rule, frozen=True, tag="gap_events"):
    """Changes come as gap events: Change Data Capture says which record has changed and not how."""

    share: Share = 1.0
    times: Times = None


class DeleteSubscription(Rule, frozen=True, tag="delete_subscription"):
    """The CRM sends no more messages about deals."""


class ClosePeriod(Rule, frozen=True, tag="close_period"):
    """An accounting period is closed, so nothing can be posted into it."""

    period: Annotated[str, Meta(description="YYYY-MM; empty for all periods.")] = ""


class PriceDrift(Rule, frozen=True, tag="price_drift"):
    """The ERP's list prices move away from those that the CRM sold at."""

    percent: Annotated[Decimal, Meta(description="Added to the price, in percent.")] = Decimal(12)
    share: Share = 1.0


class ConcurrencyLimit(Rule, frozen=True, tag="concurrency_limit"):
    """Requests beyond a number at a time are refused."""

    limit: Annotated[int, Meta(ge=0, le=1_000_000, description="How many requests may be under way.")]
    busy_s: Annotated[
        float, Meta(ge=0.0, le=1e9, description="How long a request counts as under way, in scenario seconds.")
    ] = 1.0


class InactiveReference(Rule, frozen=True, tag="inactive_reference"):
    """Customers or items have been made inactive, so orders that refer to them are refused."""

    share: Share = 1.0


class SkewClock(Rule, frozen=True, tag="skew_clock"):
    """The clock by which signatures are checked is wrong, so timestamps look too old."""

    by_s: Annotated[float, Meta(ge=0.0, le=1e9, description="By how much, in seconds of that clock.")] = 360.0


class ZeroTax(Rule, frozen=True, tag="zero_tax"):
    """The tax engine does not answer, so the tax of what is saved is 0."""

    share: Share = 1.0


class DelayIndex(Rule, frozen=True, tag="delay_index"):
    """The index behind queries is brought up to date only now and then."""

    every_s: Annotated[float, Meta(ge=0.0, le=1e9, description="How often, in scenario seconds.")] = 60.0


class HalfWrite(Rule, frozen=True, tag="half_write"):
    """An order's header is committed, its lines are not, and the reply is an error."""

    share: Share = 1.0


class DuplicateDelivery(Rule, frozen=True, tag="duplicate_delivery"):
    """Messages are sent more than once."""

    share: Share = 1.0
    times: Times = None
    copies: Annotated[int, Meta(ge=0, le=100, description="How many more.")] = 1
    gap_s: Annotated[float, Meta(ge=0.0, le=1e9, description="Scenario seconds between two copies.")] = 5.0
    events: Events = "all"


class ReorderDelivery(Rule, frozen=True, tag="reorder_delivery"):
    """Messages are held back as they are and arrive after later ones."""

    share: Share = 1.0
    times: Times = None
    hold_s: Annotated[float, Meta(ge=0.0, le=1e9, description="How long, in scenario seconds.")] = 120.0
    events: Events = "all"


class DropDelivery(Rule, frozen=True, tag="drop_delivery"):
    """Messages are counted as sent and never arrive."""

    share: Share = 1.0
    times: Times = None
    events: Events = "all"


class DelayDelivery(Rule, frozen=True, tag="delay_delivery"):
    """Messages arrive late."""

    share: Share = 1.0
    times: Times = None
    delay_s: Annotated[float, Meta(ge=0.0, le=1e9, description="How late, in scenario seconds.")] = 300.0
    events: Events = "all"


DeliveryRule = DuplicateDelivery | ReorderDelivery | DropDelivery | DelayDelivery
