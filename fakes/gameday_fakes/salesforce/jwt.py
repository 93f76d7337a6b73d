"""Checking the assertion of the JWT bearer grant (RFC 7523; "OAuth 2.0 JWT Bearer Flow")."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from typing import Any

import msgspec

from gameday_fakes.salesforce.manifest import MANIFEST

#: How much clients' clocks may be off, and how long an assertion may be valid, in seconds.
LEEWAY_S = 180.0
LONGEST_S = 600.0


class BadAssertion(ValueError):
    """The assertion is not valid; the text is OAuth's error_description."""


def check_assertion(assertion: str, *, public_key: str, audiences: Collection[str], now_s: float) -> None:
    """Check structure, issuer, subject, audience and expiry and, given a public key (PEM), the RS256 signature.

    ``now_s`` is Unix time. Raises BadAssertion.
    """
    parts = assertion.split(".")
    if len(parts) != 3:
        raise BadAssertion("invalid assertion")
    header, claims = _decoded(parts[0]), _decoded(parts[1])
    if header.get("alg") != "RS256":
        raise BadAssertion("invalid assertion")
    if public_key:
        _verify(public_key, f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2]))
    if claims.get("iss") != MANIFEST.credentials["client_id"]:
        raise BadAssertion("client identifier invalid")
    if claims.get("sub") != MANIFEST.credentials["username"]:
        raise BadAssertion("user hasn't approved this consumer")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(one in audiences for one in named):
        raise BadAssertion("audience is invalid")
    try:
        expires_s = float(claims.get("exp"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise BadAssertion("invalid assertion") from None
    # Written so that NaN is refused, too.
    if not now_s - LEEWAY_S < expires_s < now_s + LONGEST_S:
        raise BadAssertion("expired authorization code")


def _decoded(part: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(_bytes(part))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadAssertion("invalid assertion") from None
    if not isinstance(value, dict):
        raise BadAssertion("invalid assertion")
    return value


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadAssertion("invalid assertion") from None


def _verify(public_key: str, signed: bytes, signature: bytes) -> None:
    # Imported here because it takes longer to import than the rest of the fake.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(public_key.encode())
        if not isinstance(key, RSAPublicKey):
            raise BadAssertion("invalid assertion")
        key.verify(signature, signed, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        raise BadAssertion("invalid assertion") from None
