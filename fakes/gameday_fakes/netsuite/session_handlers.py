"""Logins and limits: the token endpoint, ``tokeninfo`` and the governance limits."""

from __future__ import annotations

import msgspec

from gameday_fakes.http import Reply, Request
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.manifest import MANIFEST
from gameday_fakes.netsuite.oauth2 import TOKEN_LIFE_S, BadAssertion
from gameday_fakes.netsuite.routes import TOKEN_PATH

#: Concurrent requests of the smallest account, shared by all integrations
#: ("Web Services and RESTlet Concurrency Governance").
CONCURRENCY_LIMIT = 15


class SessionHandlers(NetSuiteBase):
    """Answers at the token endpoint, ``tokeninfo`` and ``governanceLimits``."""

    def issue_token(self, request: Request) -> Reply:
        if request.form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type")
        if self.state.tokens_revoked():
            return self._refused_login("the integration's access was revoked")
        try:
            token = self.access_tokens.issue(request.form, TOKEN_PATH)
        except BadAssertion as problem:
            return self._refused_login(str(problem))
        self.events.append(self.name, "login", "ok", {"operation": "login"})
        return Reply.json(200, {"access_token": token, "expires_in": str(TOKEN_LIFE_S), "token_type": "bearer"})

    def _refused_login(self, reason: str) -> Reply:
        self.events.append(self.name, "login", "fail", {"operation": "login", "reason": reason})
        return _oauth_error(400, "invalid_grant", reason)

    def token_info(self, request: Request) -> Reply:
        return Reply.json(
            200,
            {
                "companyName": "Gameday",
                "companyId": MANIFEST.credentials["account"],
                "roleName": "Integration",
                "roleId": "3",
                "userId": "4",
                "consumerName": "Sync",
                "applicationName": "Sync",
            },
        )

    def governance_limits(self, request: Request) -> Reply:
        return Reply.json(
            200,
            {
                "accountConcurrencyLimit": CONCURRENCY_LIMIT,
                "accountUnallocatedConcurrencyLimit": CONCURRENCY_LIMIT,
                "integrationConcurrencyLimit": 0,
                "integrationLimitType": "_accountLimit",
            },
        )


def _oauth_error(status: int, error: str, description: str = "") -> Reply:
    body = {"error": error}
    if description:
        body["error_description"] = description
    return Reply(status, msgspec.json.encode(body), error=error)
