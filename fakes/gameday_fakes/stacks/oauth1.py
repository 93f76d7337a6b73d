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


def percent(text: str) -> str:
    """Percent-encode as in RFC 5849, section 3.6."""
    return text if text.isascii() and text.isalnum() else _percent(text)


# Credentials, names and paths are the same in request after request.
@functools.lru_cache(maxsize=1024)
def _percent(text: str) -> str:
    return _ENCODED.sub(lambda match: "".join([f"%{byte:02X}" for byte in match[0].encode()]), text)


def percent_again(text: str) -> str:
    """The same of parameters that are encoded already and joined: all that is left to encode is what joins them."""
    return text.replace("%", "%25").replace("=", "%3D").replace("&", "%26")


@functools.lru_cache(maxsize=1024)
def _signed(url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What a request's address adds to what is signed: scheme, host and path, and the parameters of its query."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    address = percent(f"{parts.scheme}://{parts.netloc}{parts.path}")
    return address, tuple((percent(name), percent(value)) for name, value in query)


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
        account, key, token = (percent(credentials[name]) for name in ("account", "consumer_key", "token_id"))
        self._key = f"{percent(credentials['consumer_secret'])}&{percent(credentials['token_secret'])}".encode()
        self._nonce = nonce
        self._wall_s = wall_s
        #: The parameters but those of each request, and the header with a place for these.
        self._fixed = (
            ("oauth_consumer_key", key),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_token", token),
            ("oauth_version", "1.0"),
        )
        self._head = f'OAuth realm="{account}", oauth_consumer_key="{key}", oauth_nonce="'
        self._tail = f'", oauth_token="{token}", oauth_version="1.0", oauth_signature="'

    def header(self, method: str, url: str) -> str:
        """The header's value for a request. The JSON body is not part of the signature."""
        address, query = _signed(url)
        nonce, timestamp = percent(self._nonce()), int(self._wall_s())
        own = (("oauth_nonce", nonce), ("oauth_timestamp", str(timestamp)))
        # By names, and then by values: not as they are joined, where the sign between them would count.
        joined = "&".join([f"{name}={value}" for name, value in sorted([*self._fixed, *own, *query])])
        base = f"{method}&{address}&{percent_again(joined)}"
        signature = base64.b64encode(hmac.digest(self._key, base.encode(), hashlib.sha256)).decode()
        signature = signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        middle = f'{nonce}", oauth_signature_method="HMAC-SHA256", oauth_timestamp="{timestamp}'
        return f'{self._head}{middle}{self._tail}{signature}"'
