"""Tokens of Entra ID: whichever fake has issued one, it holds at the resource that it is for, for an hour."""

from __future__ import annotations

from gameday_fakes.entra_id import TOKEN_LIFE_S, AccessTokens, asked_resource
from support.credentials import BUSINESS_CENTRAL, DATAVERSE


def test_a_token_that_another_fake_has_issued_holds_at_its_resource_only() -> None:
    now_s = 1000.0
    one, other = (AccessTokens(lambda: now_s, own) for own in (BUSINESS_CENTRAL, DATAVERSE))
    assert not one.problem(DATAVERSE["tenant"], {"grant_type": "client_credentials", **DATAVERSE})
    token = one.issue(asked_resource(DATAVERSE))
    assert (one.accepts(token), other.accepts(token)) == (False, True)
    now_s += TOKEN_LIFE_S
    assert not other.accepts(token)


def test_tokens_are_revoked_where_they_are_presented_and_new_ones_hold() -> None:
    tokens = AccessTokens(lambda: 0.0, DATAVERSE)
    old = tokens.issue()
    tokens.revoke_all()
    assert (tokens.accepts(old), tokens.accepts(tokens.issue())) == (False, True)


def test_a_token_that_nobody_signed_is_none() -> None:
    tokens = AccessTokens(lambda: 0.0, DATAVERSE)
    body, _, signature = tokens.issue().partition(".")
    for forged in (f"{body}.{signature[:-1]}0x", f"{body[:-4]}AAAA.{signature}", body, "", ".", "é.é", f"{body}.é"):
        assert not tokens.accepts(forged)
