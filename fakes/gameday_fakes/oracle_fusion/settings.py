"""Settings of the pod that the control plane can change."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True):
    """What an administrator configures."""

    autoinvoice_after_s: Annotated[
        Annotated[float, Meta(ge=0.0, le=1e9)] | None,
        Meta(
            description="When AutoInvoice makes the invoice of an order, scenario seconds after it was submitted; "
            "null: never, because others make the invoices.",
            extra={"tried": ("20",)},
        ),
    ] = None
    allow_transaction_deletion: Annotated[
        bool, Meta(description="Whether the system option of Receivables allows that invoices are deleted.")
    ] = True
    requests_a_minute: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="How many requests are answered in a minute; null: any number."),
    ] = None
