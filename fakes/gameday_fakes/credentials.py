"""The credentials of the fakes, which open nothing else; fixed, so that clients can be configured with them."""

from __future__ import annotations

import hashlib

SALESFORCE = {
    "client_id": "3MVG9gameday.consumer",
    "client_secret": "gameday-consumer-secret",
    "username": "integration@example.com",
    "password": "gameday-password",
    "security_token": "gamedaytoken",
    "refresh_token": "5Aepgameday.refresh",
}

NETSUITE = {
    "account": "1234567_SB1",
    "consumer_key": "gameday-consumer-key",
    "consumer_secret": "gameday-consumer-secret",
    "token_id": "gameday-token-id",
    "token_secret": "gameday-token-secret",
}

#: The routing key whose events are routed by what they say, and one for the service of each role of owner.
PAGERDUTY = {
    "routing_key": "gamedaygamedaygamedaygameday0001",
    "routing_key_sync": "gamedaygamedaygamedaygameday0002",
    "routing_key_source": "gamedaygamedaygamedaygameday0003",
    "routing_key_sink": "gamedaygamedaygamedaygameday0004",
    "routing_key_platform": "gamedaygamedaygamedaygameday0005",
    "routing_key_finance": "gamedaygamedaygamedaygameday0006",
    # For the REST API: its token, and the user whom the header From names.
    "api_token": "gameday-pagerduty-token",
    "from": "integration@example.com",
}

OPSGENIE = {"api_key": "gameday-opsgenie-key"}

SLACK = {"token": "xoxb-gameday-token", "webhook": "/services/T0GAMEDAY/B0GAMEDAY/gamedaywebhook"}

TEAMS = {"webhook": "/webhookb2/gameday/IncomingWebhook/gamedaywebhook/owner"}

#: Anybody may send without logging in; a client that does needs the password, and may have any user.
EMAIL = {"user": "sync@example.com", "password": "gameday-email-password"}

JIRA = {"project": "SYNC", "user": "integration@example.com", "token": "gameday-jira-token"}


def fingerprint(key: str) -> str:
    """What stands for a routing key where the key itself must not be: in a history.

    >>> fingerprint("gamedaygamedaygamedaygameday0006")
    'sha256:72e094f401b7'
    """
    return f"sha256:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:12]}"


def for_stack() -> dict[str, dict[str, str]]:
    """The content of a stack's credentials file, by role."""
    return {"crm": SALESFORCE, "erp": NETSUITE, "pager": PAGERDUTY, "tickets": JIRA}
