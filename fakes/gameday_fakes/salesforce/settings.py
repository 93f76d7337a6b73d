"""Settings of the organisation that the control plane can change."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gameday_fakes.salesforce.fields import OBJECTS

_HEADER = re.compile(r"[A-Za-z0-9-]+:[ -~]+")


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
    announce_by: Annotated[
        Literal["outbound message", "flow callout"],
        Meta(description="How deals are announced: by SOAP, repeated until acknowledged, or once by JSON."),
    ] = "outbound message"
    callout_header: Annotated[
        str, Meta(description="A header of every callout, NAME: VALUE, as a named credential adds it; empty: none.")
    ] = ""
    callout_secret: Annotated[
        str, Meta(description="Key of the signature (HMAC-SHA256) in the header x-signature; empty: not signed.")
    ] = ""
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

    def of_a_new_run(self) -> Settings:
        """The settings with which a run begins: of the environment as they are, of a scenario the defaults."""
        return Settings(
            outbound_url=self.outbound_url,
            jwt_public_key=self.jwt_public_key,
            refresh_token_rotation=self.refresh_token_rotation,
            daily_api_requests=self.daily_api_requests,
        )

    def headers(self) -> dict[str, str]:
        """The header that callouts have besides."""
        name, _, value = self.callout_header.partition(":")
        return {name.strip().lower(): value.strip()} if name.strip() else {}

    def check(self) -> None:
        """Raise ValueError for a URL that is not http or https, an unknown field, and what is no header."""
        known = OBJECTS["Opportunity"].fields
        for name in self.fields():
            if name not in known:
                raise ValueError(f"outbound_fields: unknown field {name!r} of Opportunity; known: {', '.join(known)}")
        if self.callout_header and not _HEADER.fullmatch(self.callout_header):
            raise ValueError(f"callout_header {self.callout_header!r} is not NAME: VALUE")
        if self.outbound_url and urlsplit(self.outbound_url).scheme not in ("http", "https"):
            raise ValueError(f"outbound_url {self.outbound_url!r} is not an http(s) URL")
