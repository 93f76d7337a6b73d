"""Settings of the organisation that the control plane can change."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gameday_fakes.salesforce.fields import OBJECTS


class Settings(msgspec.Struct, frozen=True):
    """The organisation's settings."""

    outbound_url: Annotated[str, Meta(description="Where outbound messages go; empty: nowhere.")] = ""
    outbound_fields: Annotated[
        str, Meta(description="Fields of the opportunity in an outbound message, separated by commas.")
    ] = "Id,Name,AccountId,Amount,CurrencyIsoCode,CloseDate,StageName,IsWon,SystemModstamp"
    outbound_batch: Annotated[
        int,
        Meta(ge=1, le=100, description="The most notifications in an outbound message; each change begins a new one."),
    ] = 1
    outbound_session: Annotated[
        bool, Meta(description="Whether an outbound message has the id of a session in which the API can be called.")
    ] = False
    jwt_public_key: Annotated[str, Meta(description="PEM; with it the signatures of JWTs are verified.")] = ""
    refresh_token_rotation: Annotated[bool, Meta(description="Whether a refresh token can be used only once.")] = True
    announce_write_backs: Annotated[
        bool,
        Meta(description="Whether an outbound message goes out too when the sync writes to a deal that was ever won."),
    ] = False
    daily_api_requests: Annotated[
        int, Meta(description="How many requests the organisation may make before it is refused.")
    ] = 1_000_000

    bulk_queue_s: Annotated[
        float,
        Meta(ge=0.0, le=1e6, description="Scenario seconds that a bulk job waits before it is processed."),
    ] = 2.0
    bulk_chunk_s: Annotated[
        float, Meta(ge=0.0, le=1e6, description="Scenario seconds that 200 records of a bulk job take.")
    ] = 1.0

    def fields(self) -> tuple[str, ...]:
        """The fields of an outbound message."""
        return tuple(name.strip() for name in self.outbound_fields.split(",") if name.strip())

    def check(self) -> None:
        """Raise ValueError for a URL that is not http or https, and for a field that there is not."""
        known = OBJECTS["Opportunity"].fields
        for name in self.fields():
            if name not in known:
                raise ValueError(f"outbound_fields: unknown field {name!r} of Opportunity; known: {', '.join(known)}")
        if self.outbound_url and urlsplit(self.outbound_url).scheme not in ("http", "https"):
            raise ValueError(f"outbound_url {self.outbound_url!r} is not an http(s) URL")
