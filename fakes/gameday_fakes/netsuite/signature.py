"""Token-based authentication (OAuth 1.0a, RFC 5849, HMAC-SHA256): the signature of every request is verified.

The rules (Oracle's NetSuite help, "The Authorization Headers"): the realm is the
account as written, ``_SB1`` in upper case. All ``oauth_`` parameters are signed, also the ``oauth_body_hash`` that some
clients add, and the whole query, but not the JSON body; the path is signed as it was on the wire. A timestamp more than
five minutes off and a nonce seen before are refused (the five minutes are general knowledge, not documented). Time here
is that of the stack's clock, with which clients sign.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from gameday_fakes.http import Request
from gameday_fakes.protocols.oauth1 import SigningKey, base_string, encoded, percent, signed_address
from gameday_fakes.whole_numbers import whole_number

SKEW_S = 300

# Each place of the header is looked at once. With blanks or a part of a name allowed in front of it, a header of
# nothing but blanks or letters would take time with its square.
_parameters = re.compile(r'(?<![A-Za-z0-9_])([A-Za-z0-9_]+)="([^"]*)"[ \t]*(?:,|$)').findall
_before_value = re.compile(r"(?:,[ \t]*)?([A-Za-z0-9_]+)=").fullmatch
#: A header of more values and names is no usual one.
_MOST_PARTS = 41
#: How many usual headers are remembered.
_MOST_KNOWN = 64
_SIGNATURE = "oauth_signature"
_NONCE, _TIMESTAMP = "oauth_nonce", "oauth_timestamp"
_OF_EACH_REQUEST = frozenset({_NONCE, _TIMESTAMP, _SIGNATURE})
_EXPECTED = frozenset({"oauth_consumer_key", "oauth_token", "oauth_signature_method"})

Pairs = tuple[tuple[str, str], ...]
_Places = tuple[int, int, int]


@functools.lru_cache(maxsize=64)
def _places(between: tuple[str, ...]) -> _Places | None:
    """Where the values of each request are in a header that is split at its quotes: nonce, timestamp, signature.

    ``between`` are the parts that are not values. None unless these alone decide it: each ends with a name, and each of
    the three names is there once. Then nothing in a value can make a difference, for it has no quotes.
    """
    names = [_name_in(before) for before in between[:-1]]
    if between[-1].strip(" \t") or any(before[:1] != "," for before in between[1:-1]):
        return None
    if "" in names or any(names.count(name) != 1 for name in (*_OF_EACH_REQUEST, *names)):
        return None
    nonce, timestamp, signature = (2 * names.index(name) + 1 for name in (_NONCE, _TIMESTAMP, _SIGNATURE))
    return nonce, timestamp, signature


def _taken_out(parts: list[str], places: _Places) -> tuple[str, str, str]:
    """Take nonce, timestamp and signature out of the parts of a header."""
    nonce, timestamp, signature = places
    own = parts[nonce], parts[timestamp], parts[signature]
    parts[nonce] = parts[timestamp] = parts[signature] = ""
    return own


def _name_in(before: str) -> str:
    """The name that stands before a value, after what separates it from the one before; empty if that is not all."""
    match = _before_value(before)
    return match[1] if match else ""


class NonceMemory:
    """The nonces of at least the last ``window_s`` seconds, forgotten in two generations."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._since_s = 0.0
        self._young: set[str] = set()
        self._old: set[str] = set()

    def is_new(self, nonce: str, now_s: float) -> bool:
        """Whether the nonce was not seen within the window; remembers it."""
        if now_s - self._since_s > self._window_s:
            self._since_s, self._old, self._young = now_s, self._young, set()
        if nonce in self._young or nonce in self._old:
            return False
        self._young.add(nonce)
        return True


class _Lasting(NamedTuple):
    """What a client's headers have in common: why it is refused for them, empty if it is not, and what is signed."""

    refusal: str
    signed: Pairs = ()


class _Signed(NamedTuple):
    """What requests with one head and headers of one client have in common of what is signed.

    It is the text before the nonce, between it and the timestamp, and after that.
    """

    lasting: _Lasting
    before: str
    between: str
    after: str


class SignatureCheck:
    """Verifies the signatures made with one consumer's and one token's secrets.

    ``credentials``: account, consumer_key, consumer_secret, token_id, token_secret. ``wall_s`` is the Unix time.
    """

    def __init__(self, credentials: Mapping[str, str], wall_s: Callable[[], float] = time.time) -> None:
        self._realm = credentials["account"]
        self._consumer_key = credentials["consumer_key"]
        self._token = credentials["token_id"]
        self._key = SigningKey(credentials["consumer_secret"], credentials["token_secret"])
        self._wall_s = wall_s
        # A timestamp may be off by the skew in either direction, so a nonce stays usable for twice as long.
        self._nonces = NonceMemory(2 * SKEW_S)
        self._lasting = functools.lru_cache(maxsize=64)(self._checked)
        #: Of usual headers, by their text without what each request has of its own: where that was, and what they say.
        self._known: dict[str, tuple[_Places, _Lasting]] = {}
        #: Where it was in the last one, and of how many parts that is.
        self._places: _Places | None = None
        self._count = 0

    def refusal(self, request: Request) -> str:
        """Why the request is refused, in words for the login audit trail; empty if it is accepted."""
        header = request.headers.get(b"authorization", b"").decode("latin-1")
        parts = header.split('"')
        # One client after another has them at the same places.
        if (places := self._places) is not None and len(parts) == self._count:
            nonce, timestamp, signature = _taken_out(parts, places)
            known = self._known.get('"'.join(parts))
            if known is not None and known[0] is places:
                return self._refusal_of(request, known[1], nonce, timestamp, signature)
        return self._refusal_of_new(request, header)

    def _refusal_of_new(self, request: Request, header: str) -> str:
        """The same for a header that has nothing in common with those that are known."""
        scheme, blank, given = header.partition(" ")
        if scheme.lower() != "oauth":
            return "no OAuth 1.0a authorization header"
        parts = given.split('"')
        places = _places(tuple(parts[::2])) if len(parts) <= _MOST_PARTS else None
        if places is None:
            return self._refusal_of_any(request, given)
        nonce, timestamp, signature = _taken_out(parts, places)
        lasting = self._checked_parts(parts)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._places, self._count = places, len(parts)
        self._known[f"{scheme}{blank}" + '"'.join(parts)] = places, lasting
        return self._refusal_of(request, lasting, nonce, timestamp, signature)

    def _refusal_of_any(self, request: Request, header: str) -> str:
        """The same for a header that is not written as clients do, or that has not each parameter once."""
        given = _parameters(header)
        own = {name: value for name, value in given if name in _OF_EACH_REQUEST}
        others = tuple([pair for pair in given if pair[0] not in _OF_EACH_REQUEST])
        if len(own) < len(_OF_EACH_REQUEST):
            return f"missing {min({*_EXPECTED, *_OF_EACH_REQUEST} - dict(given).keys())}"
        lasting = self._lasting(others)
        if len(own) + len(others) != len(given):
            return "a parameter is given twice"
        return self._refusal_of(request, lasting, own[_NONCE], own[_TIMESTAMP], own[_SIGNATURE])

    def _refusal_of(self, request: Request, lasting: _Lasting, nonce: str, timestamp: str, signature: str) -> str:
        nonce, timestamp, now_s = _plain(nonce), _plain(timestamp), self._wall_s()
        reason = (
            lasting.refusal
            or self._wrong_time(timestamp, now_s)
            or self._wrong_signature(request, lasting, nonce, timestamp, signature)
        )
        # Last, so that a client without the secrets cannot use up another client's nonces.
        return reason or ("" if self._nonces.is_new(nonce, now_s) else "the nonce was used before")

    def _checked_parts(self, parts: Sequence[str]) -> _Lasting:
        """As ``_checked``, for the texts between the quotes, without the values of each request."""
        pairs = zip(parts[::2], parts[1::2], strict=False)
        named = ((_name_in(before), value) for before, value in pairs)
        return self._checked(tuple([pair for pair in named if pair[0] not in _OF_EACH_REQUEST]))

    def _checked(self, given: Pairs) -> _Lasting:
        """The parameters of a header other than those of each request."""
        values = {name: _plain(value) for name, value in given}
        if not values.keys() >= _EXPECTED:
            return _Lasting(f"missing {min(_EXPECTED - values.keys())}")
        if len(values) != len(given):
            return _Lasting("a parameter is given twice")
        if refusal := self._wrong_value(values):
            return _Lasting(refusal)
        return _Lasting("", tuple((name, percent(value)) for name, value in values.items() if name != "realm"))

    def _wrong_value(self, values: Mapping[str, str]) -> str:
        if values.get("realm") != self._realm:
            return f"realm {values.get('realm')!r} is not the account {self._realm!r}"
        if values["oauth_signature_method"] != "HMAC-SHA256":
            return f"signature method {values['oauth_signature_method']!r} is not HMAC-SHA256"
        if values.get("oauth_version", "1.0") != "1.0":
            return f"version {values['oauth_version']!r} is not 1.0"
        if values["oauth_consumer_key"] != self._consumer_key:
            return "unknown consumer key"
        if values["oauth_token"] != self._token:
            return "unknown token"
        return ""

    @staticmethod
    def _wrong_time(timestamp: str, now_s: float) -> str:
        stamp = _second(timestamp)
        if stamp is None:
            return f"timestamp {timestamp!r} is not a number of seconds"
        skew_s = stamp - now_s
        if abs(skew_s) > SKEW_S:
            return f"timestamp is {skew_s:+.0f} s off"
        return ""

    def _wrong_signature(self, request: Request, lasting: _Lasting, nonce: str, timestamp: str, signature: str) -> str:
        signed: _Signed | None = request.signed
        if signed is None or signed.lasting is not lasting:
            signed = request.signed = _signed(request, lasting)
        if signed is None:
            own = ((_NONCE, percent(nonce)), (_TIMESTAMP, percent(timestamp)))
            parameters = [*lasting.signed, *own, *_query(request.query_string)]
            text = base_string(request.method, signed_base_url(request), request.path, parameters)
        else:
            text = f"{signed.before}{_twice(nonce)}{signed.between}{_twice(timestamp)}{signed.after}"
        right = self._key.sign(text)
        # Most clients encode it exactly like this, and decoding costs ten times as much.
        if (
            signature != right.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
            and unquote(signature) != right
        ):
            return "the signature does not match"
        return ""


def _signed(request: Request, lasting: _Lasting) -> _Signed | None:
    """What is signed of all requests like this one; None if the values of each decide its order."""
    around = _around(lasting.signed, request.query_string)
    if around is None:
        return None
    before, between, after = around
    address = signed_address(request.method, signed_base_url(request), request.path)
    return _Signed(lasting, f"{address}&{before}", between, after)


@functools.lru_cache(maxsize=64)
def _around(signed: Pairs, query_string: bytes) -> tuple[str, str, str] | None:
    """The encoded text of the parameters before the nonce, between it and the timestamp, and after that."""
    query = _query(query_string)
    if any(name in (_NONCE, _TIMESTAMP) for name, _ in query):
        return None
    # These two are there once, so their names alone decide where they are.
    lines = sorted([*signed, *query, (_NONCE, "="), (_TIMESTAMP, "=")])
    before, between, after = "&".join([f"{name}={value}" for name, value in lines]).split("==")
    return encoded(f"{before}="), encoded(f"{between}="), encoded(after)


def _query(query_string: bytes) -> list[tuple[str, str]]:
    """The parameters of a query as they are signed."""
    query = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    return [(percent(name), percent(value)) for name, value in query]


def _twice(text: str) -> str:
    """A value as it is signed: encoded, and encoded with what is around it."""
    return text if text.isascii() and text.isalnum() else encoded(percent(text))


# Many requests are of the same second.
_second = functools.lru_cache(maxsize=64)(whole_number)


def _plain(value: str) -> str:
    return unquote(value) if "%" in value else value


def signed_base_url(request: Request) -> str:
    """Scheme and host as they are signed: in lower case and without the scheme's default port."""
    return _base_url(request.scheme, request.headers.get(b"host", b""))


@functools.lru_cache(maxsize=64)
def _base_url(scheme: str, host: bytes) -> str:
    own_port = ":443" if scheme == "https" else ":80"
    return f"{scheme}://{host.decode('latin-1').lower().removesuffix(own_port)}"
