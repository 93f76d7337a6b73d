"""Secrets do not get into what is kept: those that a process was given, and what looks like one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gameday.base.secrets import secrets_of, without_secrets
from support.rows import rows

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@rows(
    ("text", "kept"),
    [
        ("login failed: password=hunter2 for jo", "login failed: password=[secret] for jo"),
        ('{"client_secret": "abc123", "user": "jo"}', '{"client_secret": "[secret]", "user": "jo"}'),
        ("Authorization: OAuth realm=1, oauth_token=abc", "Authorization: [secret]"),
        ("sent Bearer abcdefgh123", "sent Bearer [secret]"),
        ("cannot reach postgres://me:pw@db/x", "cannot reach postgres://[secret]db/x"),
        (f"bad assertion {JWT}", "bad assertion [secret]"),
        ("session 00D5e000000abcDEF!AQ0AQ.xyz ended", "session [secret] ended"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "[secret]"),
        ("\x1b[31mred\x1b[0m\x00", "red"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, kept: str) -> None:
    assert without_secrets(text) == kept


@rows(
    "text",
    ["KeyError: 'amount'", "the token expired", "InvalidTokenError: signature is old", 'File "a.py", line 3, in main'],
)
def test_an_ordinary_error_is_kept(text: str) -> None:
    assert without_secrets(text) == text


def test_the_values_of_the_credentials_file_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({"erp": {"token_id": "plain-looking", "keys": [{"n": "other-value"}]}}))
    text = without_secrets("refused plain-looking and other-value", secrets_of(path, {}))
    assert text == "refused [secret] and [secret]"


def test_only_variables_that_are_named_like_secrets_are_masked(tmp_path: Path) -> None:
    found = secrets_of(tmp_path / "none", {"MY_API_KEY": "abcdefgh", "DB_PASSWORD": "swordfish", "HOME": "/home/jo/x"})
    assert found == {"abcdefgh", "swordfish"}


@pytest.mark.parametrize("text", ["a-" * 200_000, "token" * 80_000, "a" * 400_000, "://" * 100_000])
@pytest.mark.slow
def test_a_long_text_without_secrets_is_looked_at_once(text: str) -> None:
    # Looked at again from every place, it would take longer than anybody waits.
    assert without_secrets(text) == text
