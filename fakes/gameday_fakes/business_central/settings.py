"""Settings of the environment that the control plane can change."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True):
    """The environment's settings."""

    webhook_delay_s: Annotated[
        float,
        Meta(ge=0.0, le=1e6, description="How long changes are collected before they are notified, scenario seconds."),
    ] = 30.0
    subscription_life_s: Annotated[
        float, Meta(ge=1.0, le=1e9, description="How long a subscription lasts unless it is renewed, scenario seconds.")
    ] = 259_200.0
    requests_in_5_minutes: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="How many requests are answered in five minutes; null: any number."),
    ] = None
