"""Whom a client of control planes trusts: over TLS, the machine's authorities and the one that a variable names."""

from __future__ import annotations

import os
import ssl

from gameday.base.errors import GamedayError

#: The PEM file of the authority of fakes that run already, as `gameday fakes serve` shows it.
FAKES_CA_VARIABLE = "GAMEDAY_FAKES_CA"


def verification(url: str) -> ssl.SSLContext | bool:
    """How the server at this address is verified: False for plain HTTP, which has no certificate.

    Raises GamedayError if the variable names no file of certificates.
    """
    # Loading the trusted certificates takes longer than a call: only for https.
    if not url.lower().startswith("https:"):
        return False
    import httpx

    context = httpx.create_ssl_context(trust_env=False)
    if file := os.environ.get(FAKES_CA_VARIABLE, ""):
        try:
            context.load_verify_locations(file)
        except OSError as problem:
            unreadable = "it holds no certificate in PEM"
            why = unreadable if isinstance(problem, ssl.SSLError) else problem.strerror or unreadable
            raise GamedayError(f"{FAKES_CA_VARIABLE}: cannot read {file[:200]!r}: {why}") from None
    return context
