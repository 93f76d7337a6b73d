"""OAuth 2.0 client credentials: a signed assertion is exchanged for an access token that lasts an hour.

Source: Oracle's NetSuite help, "The Request Token Structure", and RFC 7518, section 3. The assertion is a JWT signed
with PS256, PS384, PS512, ES256, ES384 or ES512 by the key of a certificate that was uploaded to the account. Here that
is ``private_key_pem``, which opens only this fake, or one given by ``configure``. Times are Unix times.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gameday_fakes.bearer_tokens import BearerTokens

TOKEN_LIFE_S = 3600
SCOPE = "rest_webservices"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

#: The id under which the account knows the certificate: the ``kid`` of an assertion.
CERTIFICATE_ID = "gameday-certificate"
# A fixed number instead of a key file: it is not a secret, and should not look like one.
_PRIVATE_NUMBER = int.from_bytes(b"gameday: this key opens a fake", "big")

#: The hash of an algorithm by its digits, and the curve of ECDSA: its name, and the bytes of a number on it.
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
_CURVES = {"256": ("secp256r1", 32), "384": ("secp384r1", 48), "512": ("secp521r1", 66)}

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class BadAssertion(ValueError):
    """The assertion is not valid; the text is one line for the login audit trail."""


def private_key_pem() -> str:
    """The private key (P-256, PKCS 8, PEM) with which clients sign their assertions for this fake."""
    return (
        _private_key()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def _private_key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(_PRIVATE_NUMBER, ec.SECP256R1())


class AccessTokens(BearerTokens):
    """Issues access tokens and remembers the valid ones."""

    def __init__(self, client_id: str, wall_s: Callable[[], float] = time.time) -> None:
        super().__init__(wall_s, TOKEN_LIFE_S)
        self._client_id = client_id
        self._keys: dict[str, PublicKey] = {CERTIFICATE_ID: _private_key().public_key()}

    def add_certificate(self, certificate_id: str, public_key_pem: str) -> None:
        """Accept another key. Raises ValueError or TypeError."""
        key = serialization.load_pem_public_key(public_key_pem.encode())
        if not isinstance(key, PublicKey):
            raise TypeError("an elliptic curve or RSA public key is expected")
        self._keys[certificate_id] = key

    def issue(self, form: Mapping[str, str], token_path: str) -> str:
        """A new token for a token request's form. Raises BadAssertion."""
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise BadAssertion(f"client_assertion_type is not {ASSERTION_TYPE}")
        self._check_claims(self._claims(form.get("client_assertion", "")), token_path)
        return self.new_token(24)

    def _claims(self, assertion: str) -> dict[str, Any]:
        try:
            head, payload, signature = assertion.split(".")
            header, claims = (msgspec.json.decode(_decode(part), type=dict[str, Any]) for part in (head, payload))
            signed = _decode(signature)
        except (ValueError, binascii.Error, msgspec.DecodeError):
            raise BadAssertion("the assertion is not a signed JWT") from None
        key = self._keys.get(str(header.get("kid")))
        if key is None:
            raise BadAssertion(f"unknown certificate {header.get('kid')!r}; known: {', '.join(self._keys)}")
        try:
            _verify(key, str(header.get("alg")), f"{head}.{payload}".encode(), signed)
        except InvalidSignature:
            raise BadAssertion("the assertion's signature does not match") from None
        return claims

    def _check_claims(self, claims: dict[str, Any], token_path: str) -> None:
        now_s = self._wall_s()
        issued, expires = claims.get("iat"), claims.get("exp")
        scope = claims.get("scope", ())
        if claims.get("iss") != self._client_id:
            raise BadAssertion("iss is not the integration's consumer key")
        if not str(claims.get("aud", "")).endswith(token_path):
            raise BadAssertion("aud is not the token endpoint")
        named = scope.split() if isinstance(scope, str) else scope
        if not isinstance(named, list | tuple) or SCOPE not in named:
            raise BadAssertion(f"scope lacks {SCOPE}")
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise BadAssertion("iat and exp are needed")
        if not now_s - 3600 <= issued <= now_s + 300 or not now_s < expires <= issued + 3600:
            raise BadAssertion("the assertion is expired, not yet valid, or valid for more than an hour")


def _verify(key: PublicKey, algorithm: str, signed: bytes, signature: bytes) -> None:
    family, digits = algorithm[:2], algorithm[2:]
    if digits not in _HASHES:
        raise InvalidSignature
    digest, (curve, size) = _HASHES[digits](), _CURVES[digits]
    if isinstance(key, ec.EllipticCurvePublicKey) and family == "ES" and key.curve.name == curve:
        if len(signature) != 2 * size:
            raise InvalidSignature
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey) and family == "PS":
        pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
        key.verify(signature, signed, pss, digest)
    else:
        raise InvalidSignature


def _decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
