"""Signs requests for NetSuite's token-based authentication: OAuth 1.0a (RFC 5849) with HMAC-SHA256."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

_ENCODED = re.compile(r"[^A-Za-z0-9._~-]+")


# Credentials, names and paths are the same in request after request.
@functools.lru_cache(maxsize=1024)
def percent(text: str) -> str:
    """Percent-encode as in RFC 5849, section 3.6."""
    return _ENCODED.sub(lambda match: "".join([f"%{byte:02X}" for byte in match[0].encode()]), text)


def percent_again(text: str) -> str:
    """The same of parameters that are encoded already and joined: all that is left to encode is what joins them."""
    return text.replace("%", "%25").replace("=", "%3D").replace("&", "%26")


class Signer:
    """Computes the ``Authorization`` header with the secrets of one consumer and one token.

    ``credentials``: account, consumer_key, consumer_secret, token_id, token_secret. ``nonce`` and ``wall_s`` (Unix
    time) can be given so that a test can predict the signature.
    """

    def __init__(
        self,
        credentials: Mapping[str, str],
        *,
        nonce: Callable[[], str] = lambda: secrets.token_hex(12),
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._credentials = credentials
        self._key = f"{percent(credentials['consumer_secret'])}&{percent(credentials['token_secret'])}".encode()
        self._nonce = nonce
        self._wall_s = wall_s

    def header(self, method: str, url: str) -> str:
        """The header's value for a request. The JSON body is not part of the signature."""
        parts = urlsplit(url)
        oauth = {
            "oauth_consumer_key": self._credentials["consumer_key"],
            "oauth_nonce": self._nonce(),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(int(self._wall_s())),
            "oauth_token": self._credentials["token_id"],
            "oauth_version": "1.0",
        }
        query = parse_qsl(parts.query, keep_blank_values=True)
        parameters = sorted((percent(name), percent(value)) for name, value in (*oauth.items(), *query))
        joined = "&".join(f"{name}={value}" for name, value in parameters)
        base = f"{method}&{percent(f'{parts.scheme}://{parts.netloc}{parts.path}')}&{percent_again(joined)}"
        digest = hmac.digest(self._key, base.encode(), hashlib.sha256)
        signed = {"realm": self._credentials["account"], **oauth, "oauth_signature": base64.b64encode(digest).decode()}
        return "OAuth " + ", ".join(f'{name}="{percent(value)}"' for name, value in signed.items())
