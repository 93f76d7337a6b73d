"""What can be set in the organisation from outside, beside its records."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from gameday_fakes.fake import ControlError


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``outbound_url``: where outbound messages go (empty: nowhere). ``jwt_public_key``: PEM; with it the signatures of
    JWTs are verified. ``refresh_token_rotation``: whether a refresh token is good for one use only.
    ``daily_api_requests``: how many requests the organisation may make before it is refused."""

    outbound_url: str = ""
    jwt_public_key: str = ""
    refresh_token_rotation: bool = True
    daily_api_requests: int = 1_000_000


def read_settings(given: dict[str, Any], current: Settings) -> Settings:
    """The current settings with some changed. Raises ControlError with one line."""
    try:
        settings = msgspec.convert({**msgspec.structs.asdict(current), **given}, Settings)
    except msgspec.ValidationError as problem:
        known = ", ".join(Settings.__struct_fields__)
        raise ControlError(f"salesforce settings: {problem}; known: {known}") from None
    url = settings.outbound_url
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise ControlError(f"outbound_url {url!r} is no http(s) URL")
    return settings
