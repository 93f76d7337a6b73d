"""What a suite does more of at night: the whole of a table of which a part says nearly as much."""

from __future__ import annotations

from hypothesis import settings


def thorough() -> bool:
    """Whether the tests run under ``--hypothesis-profile=thorough``, as ``make thorough`` has them."""
    return settings.get_current_profile_name() == "thorough"
