"""The algorithms with which the assertion of OAuth 2.0 may be signed; a real library signs."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gameday_fakes.netsuite.oauth2 import ASSERTION_TYPE, AccessTokens, BadAssertion

PATH = "/services/rest/auth/oauth2/v1/token"
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


@pytest.fixture(scope="module")
def keys() -> dict[str, Any]:
    """A private key for each kind of algorithm."""
    of_curves = {name: ec.generate_private_key(curve) for name, curve in CURVES.items()}
    return {"RSA": rsa.generate_private_key(65537, 2048), **of_curves}


def tokens(key: Any) -> AccessTokens:
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    found = AccessTokens("client")
    found.add_certificate("mine", pem.decode())
    return found


def form(key: Any, algorithm: str, **changed: Any) -> dict[str, str]:
    now_s = int(time.time())
    claims = {"iss": "client", "scope": "rest_webservices", "aud": PATH, "iat": now_s, "exp": now_s + 60, **changed}
    signed = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "mine"})
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


@pytest.mark.parametrize("algorithm", ["PS256", "PS384", "PS512", *CURVES])
def test_each_documented_algorithm_signs(keys: dict[str, Any], algorithm: str) -> None:
    key = keys.get(algorithm, keys["RSA"])
    account = tokens(key)
    assert account.accepts(account.issue(form(key, algorithm), PATH))
    another = keys["ES256"] if algorithm == "ES384" else keys["ES384"]
    with pytest.raises(BadAssertion, match="does not match"):
        tokens(another).issue(form(key, algorithm), PATH)


@pytest.mark.parametrize(("algorithm", "kind"), [("RS256", "RSA"), ("RS512", "RSA")])
def test_other_algorithms_are_refused(keys: dict[str, Any], algorithm: str, kind: str) -> None:
    with pytest.raises(BadAssertion, match="does not match"):
        tokens(keys[kind]).issue(form(keys[kind], algorithm), PATH)


@pytest.mark.parametrize("scope", [7, None, {"a": 1}, "restlets", ["restlets"]])
def test_a_scope_of_any_shape_is_refused(keys: dict[str, Any], scope: Any) -> None:
    with pytest.raises(BadAssertion, match="scope lacks"):
        tokens(keys["ES256"]).issue(form(keys["ES256"], "ES256", scope=scope), PATH)
