"""Settings of the system that the control plane can change."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True):
    """What an administrator configures."""

    session_idle_s: Annotated[
        float,
        Meta(ge=1.0, le=1e9, description="How long a session, and its CSRF token, lasts unused, scenario seconds."),
    ] = 1800.0
    check_customer_reference: Annotated[
        Literal["no", "warning", "error"],
        Meta(description="What a customer's purchase order number that an order has already leads to."),
    ] = "no"
    incompletion_fields: Annotated[
        tuple[str, ...],
        Meta(description="Fields of the header without which an order is saved incomplete, and not billed."),
    ] = ()
    bill_after_s: Annotated[
        Annotated[float, Meta(ge=0.0, le=1e9)] | None,
        Meta(description="When the billing run bills an order, scenario seconds after it was made; null: never."),
    ] = 10.0
