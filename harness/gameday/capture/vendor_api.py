"""Asks a vendor's API for records, one request after the other. No error quotes what the vendor has answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from time import sleep
from types import MappingProxyType, TracebackType
from typing import Any

import httpx
import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError, RunError
from gameday.capture.addresses import checked_url
from gameday.capture.raw_record import RawRecord, Refused
from gameday.config.isolation import is_loopback

TIMEOUT_S = 60.0
#: How often a request is made that a limit refuses, and how long its wait is at most (real seconds).
TRIES, LONGEST_WAIT_S = 6, 300.0
#: The first wait where the vendor says nothing of it; each further one is twice as long (real seconds).
WAIT_S = 1.0
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)

_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


def nothing_more(_: httpx.Response) -> str:
    """Of a refusal, its status alone."""
    return ""


class Fetched:
    """A source of records that were fetched from an API on its creation."""

    _found: Sequence[RawRecord | Refused]

    def read(self) -> Iterator[RawRecord | Refused]:
        """All records that were fetched."""
        return iter(self._found)

    def passed_over(self) -> dict[str, int]:
        """Nothing: a query returns records only."""
        return {}


class VendorApi:
    """The API of ``words``, the vendor's name, at an organisation's own ``url``.

    ``reason`` says of a refusal what is fit to be shown: a code, the name of a field. ``hints`` are by status. Raises
    GamedayError for a URL to which records must not go, and RunError where the vendor refuses or does not answer.
    """

    def __init__(
        self,
        words: str,
        url: str,
        *,
        reason: Callable[[httpx.Response], str] = nothing_more,
        hints: Mapping[int, str] = MappingProxyType({}),
        what: str = "--url",
    ) -> None:
        parts = checked_url(url, what)
        self._words = words
        self._reason = reason
        self._hints = hints
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._client = httpx.Client(
            base_url=self._origin,
            timeout=TIMEOUT_S,
            verify=parts.scheme == "https",
            # Requests to this machine must not go through a proxy on another one.
            trust_env=not is_loopback(parts.hostname or ""),
        )

    def __enter__(self) -> VendorApi:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def authorize(self, token: str) -> None:
        """Send a bearer token with every request from now on."""
        self._client.headers["authorization"] = f"Bearer {token}"

    def get(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The document of a GET. ``path`` may be a link of the vendor's, which must not lead to another server."""
        if not path.startswith("/") and not path.startswith(f"{self._origin}/"):
            raise RunError(f"{self._words} links to another server, to which no token is sent")
        return self._answer("GET", path, params=params, headers=headers)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The document of a POST that reads."""
        return self._answer("POST", path, json=body)

    def login(self, path: str, form: Mapping[str, str], variables: str) -> str:
        """An access token for a form (RFC 6749). ``variables`` are those of the environment that hold its secrets."""
        try:
            reply = self._client.post(path, data=dict(form))
            found = json_text.decode(reply.content, dict[str, Any]) if reply.status_code == 200 else {}
        except httpx.HTTPError as problem:
            raise self._no_answer(problem) from None
        except json_text.Unreadable:
            found = {}
        token = found.get("access_token")
        if not isinstance(token, str):
            raise RunError(
                f"{self._words} refused the login with {reply.status_code}", hint=f"are {variables} correct?"
            )
        return token

    def _answer(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        reply = self._sent(method, path, **more)
        if not reply.is_success:
            raise RunError(
                f"{self._words} refused a query with {reply.status_code}{self._reason(reply)}",
                hint=self._hints.get(reply.status_code, ""),
            )
        try:
            return _decode(reply.content)
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
            raise RunError(f"{self._words} answered a query with something other than JSON") from None

    def _sent(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The reply to a request, which is made again after a wait while a limit refuses it."""
        for attempt in range(TRIES):
            try:
                reply = self._client.request(method, path, **more)
            except httpx.HTTPError as problem:
                raise self._no_answer(problem) from None
            if reply.status_code != httpx.codes.TOO_MANY_REQUESTS or attempt == TRIES - 1:
                break
            wait_s = _wait_s(reply) or WAIT_S * 2**attempt
            if wait_s > LONGEST_WAIT_S:
                break
            sleep(wait_s)
        return reply

    def _no_answer(self, problem: httpx.HTTPError) -> RunError:
        return RunError(f"{self._words} did not answer: {type(problem).__name__}")


def _wait_s(reply: httpx.Response) -> float:
    """For how long a refusal asks to wait (RFC 9110, "Retry-After", in seconds); 0 where it says nothing of it."""
    text = reply.headers.get("retry-after", "")
    return float(text) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) else 0.0


def checked_name(name: str, vendor: str) -> str:
    """A name of the contract's, as it may stand in a query. Raises GamedayError for one that is no vendor's."""
    if not _NAME.fullmatch(name):
        raise GamedayError(f"the contract's {name!r} is not a {vendor} name", hint="see its physicalName")
    return name


def needed(environment: Mapping[str, str], names: tuple[str, ...], vendor: str, instead: str) -> tuple[str, ...]:
    """The credentials with these names. Raises GamedayError naming them; ``instead`` is the variable of a token."""
    found = tuple(environment.get(name, "") for name in names)
    if not all(found):
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        raise GamedayError(f"no credentials for {vendor}", hint=f"set {instead}, or {listed}")
    return found
