"""Who may call: the user of a communication arrangement, by Basic authentication or an OAuth 2.0 token.

Source: SAP Help Portal, SAP S/4HANA Cloud, "Communication Management": inbound communication users with user name and
password, or OAuth 2.0. That a client gets a token by client credentials at ``/sap/bc/sec/oauth2/token``, and how long
it lasts, is [R] general knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from gameday_fakes import logins
from gameday_fakes.http import Reply, Request
from gameday_fakes.s4hana.account import CREDENTIALS

_PROBLEMS = {
    "grant": (400, "unsupported_grant_type", "The grant type is not supported."),
    "client": (401, "invalid_client", "Client authentication failed."),
}


class Logins(logins.Logins):
    """Checks passwords and issues access tokens."""

    credentials = CREDENTIALS
    # The names of users are kept in upper case.
    fold = str.upper

    def problem(self, request: Request) -> str:
        """What is wrong with a request for a token, by its key in the table above; empty if nothing is."""
        if request.form.get("grant_type") != "client_credentials":
            return "grant"
        return "" if self.proves_client(request) else "client"

    def spellings(self, user: str, password: str) -> Iterator[tuple[str, str]]:
        yield user, password
        yield unquote(user), unquote(password)


def problem_reply(problem: str) -> Reply:
    """The refusal of a request for a token."""
    return logins.problem_reply(*_PROBLEMS[problem])
