"""The key of the pseudonyms: from the environment, or drawn for this process only."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from gameday.base.errors import GamedayError

KEY_VARIABLE = "GAMEDAY_REDACTION_KEY"
SHORTEST = 16


def redaction_key(environment: Mapping[str, str]) -> tuple[bytes, bool]:
    """The key, and whether it is permanent: only then do recordings of different days share pseudonyms.

    Raises GamedayError, which does not show the key, if it could be guessed.
    """
    given = environment.get(KEY_VARIABLE, "")
    if not given:
        return secrets.token_bytes(32), False
    if len(given) < SHORTEST:
        raise GamedayError(
            f"{KEY_VARIABLE} has {len(given)} characters, fewer than {SHORTEST}",
            hint="draw one with: openssl rand -hex 32",
        )
    return given.encode("utf-8", "surrogateescape"), True
