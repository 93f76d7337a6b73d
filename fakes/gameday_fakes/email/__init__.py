"""A mail server (SMTP), as the pager: alerts that are sent as e-mail.

Login is optional, by AUTH PLAIN or LOGIN with any user and the password of the credentials. A mail is carried out like
a request, so faults refuse, delay and reset it as they do elsewhere; their errors have SMTP's codes.

With ``--tls`` the port offers STARTTLS, and a second port speaks TLS from the start.

Known deviations: every recipient exists; a mail arrives at once and never bounces; nothing asks for TLS before a login.
Sources: RFC 5321, RFC 4954, RFC 3207, RFC 5322.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.email.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
