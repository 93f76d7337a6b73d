"""Who may call: a user by Basic authentication, or an access token of the identity domain.

Source: docs.oracle.com, "Configure OAuth to Access Oracle Fusion Cloud Applications REST APIs" and "Retrieve Bearer
Token Using Oracle Identity Cloud Service (IDCS) OAuth 2.0 REST API": client credentials or the assertion of a user at
``/oauth2/v1/token``. How long a token lasts is configured; the hour here is [R].
"""

from __future__ import annotations

from gameday_fakes import logins
from gameday_fakes.http import Reply, Request
from gameday_fakes.oracle_fusion.account import CREDENTIALS

_GRANTS = ("client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer")
_PROBLEMS = {
    "grant": (400, "unsupported_grant_type", "The grant type isn't supported."),
    "client": (401, "invalid_client", "Client authentication failed."),
    "scope": (400, "invalid_scope", "The scope isn't valid."),
    "assertion": (400, "invalid_grant", "The assertion is missing."),
}


class Logins(logins.Logins):
    """Checks passwords and issues access tokens."""

    credentials = CREDENTIALS
    fold = str.lower

    def problem(self, request: Request) -> str:
        """What is wrong with a request for a token, by its key in the table above; empty if nothing is."""
        form = request.form
        if form.get("grant_type") not in _GRANTS:
            return "grant"
        if not self.proves_client(request):
            return "client"
        if form["grant_type"] != _GRANTS[0] and not form.get("assertion"):
            return "assertion"
        return "" if form.get("scope") == CREDENTIALS["scope"] else "scope"


def problem_reply(problem: str) -> Reply:
    """The refusal of a request for a token."""
    return logins.problem_reply(*_PROBLEMS[problem])
