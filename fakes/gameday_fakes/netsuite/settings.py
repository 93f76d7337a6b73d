"""Settings of the account that the control plane can change."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from gameday_fakes.netsuite.dates import DATE_FORMATS


class Certificate(msgspec.Struct, frozen=True):
    """A certificate for OAuth 2.0: its id and its public key (PEM)."""

    id: str
    public_key: str


class Settings(msgspec.Struct, frozen=True):
    """The account's settings."""

    price_tolerance_percent: Annotated[
        Decimal | None,
        Meta(
            description="How far, in percent, a line's rate may be off the list price; null: any rate.",
            extra={"tried": ("5",)},
        ),
    ] = None
    largest_discount_percent: Annotated[
        Decimal | None,
        Meta(description="How far a line's amount may be below rate times quantity; null: any amount."),
    ] = None
    refuse_negative_lines: Annotated[
        bool, Meta(description="Whether a line with a negative quantity, rate or amount is refused.")
    ] = False
    subsidiaries_must_match: Annotated[
        bool,
        Meta(description="Whether an order's subsidiary, locations, departments and classes are its customer's."),
    ] = False
    date_format: Annotated[
        str, Meta(description="The account's date format.", extra={"choices": tuple(DATE_FORMATS)})
    ] = "MM/DD/YYYY"
    time_zone: Annotated[str, Meta(description="The account's time zone, such as America/New_York.")] = "UTC"
    deal_field: Annotated[
        str,
        Meta(description="Field of an order that names its deal, by which faults select; empty: its external id."),
    ] = ""
    ledger_fields: Annotated[
        tuple[str, ...],
        Meta(
            description="Further fields that the ledger states: custbody_region, line.custcol_note, invoice.memo, "
            "invoice.line.custcol_note, customer.custentity_tier."
        ),
    ] = ()
    certificate: Annotated[
        Certificate | None, Meta(description="One more certificate whose key signs assertions: id and public_key.")
    ] = None
