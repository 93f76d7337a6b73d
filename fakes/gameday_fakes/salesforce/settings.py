"""Settings of the organisation that the control plane can change."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gameday_fakes.salesforce.stages import Stages


class Settings(msgspec.Struct, frozen=True):
    """The organisation's settings."""

    outbound_url: Annotated[str, Meta(description="Where outbound messages go; empty: nowhere.")] = ""
    jwt_public_key: Annotated[str, Meta(description="PEM; with it the signatures of JWTs are verified.")] = ""
    refresh_token_rotation: Annotated[bool, Meta(description="Whether a refresh token can be used only once.")] = False
    announce_write_backs: Annotated[
        bool,
        Meta(description="Whether an outbound message goes out too when the sync writes to a deal that was ever won."),
    ] = False
    won_stage: Annotated[str, Meta(description="The stage in which people win a deal.")] = Stages().won
    lost_stage: Annotated[str, Meta(description="The stage in which they lose one.")] = Stages().lost
    open_stage: Annotated[str, Meta(description="The stage of a deal that is not won yet.")] = Stages().open
    outbound_fields: Annotated[
        tuple[str, ...], Meta(description="Fields of a deal that outbound messages carry besides the usual ones.")
    ] = ()
    daily_api_requests: Annotated[
        int, Meta(description="How many requests the organisation may make before it is refused.")
    ] = 1_000_000

    def check(self) -> None:
        """Raise ValueError for a URL that is not http or https, and for stages that are none."""
        if self.outbound_url and urlsplit(self.outbound_url).scheme not in ("http", "https"):
            raise ValueError(f"outbound_url {self.outbound_url!r} is not an http(s) URL")
        for name in ("won_stage", "lost_stage", "open_stage"):
            if not 0 < len(getattr(self, name)) <= 255:
                raise ValueError(f"{name} is not the name of a stage")
        if len({self.won_stage, self.lost_stage, self.open_stage}) < 3:
            raise ValueError("won_stage, lost_stage and open_stage are not three stages")

    @property
    def stages(self) -> Stages:
        """The stages of deals."""
        return Stages(self.won_stage, self.lost_stage, self.open_stage)
