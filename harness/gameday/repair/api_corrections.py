"""What corrections by an ERP's HTTP API have in common: the connection, and what a refusal says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import httpx

from gameday.base import json_text
from gameday.base.errors import RunError
from gameday.repair.corrections import Refusal
from gameday_fakes.protocols.exact_json import encode

TIMEOUT_S = 30.0
_LONGEST_REASON = 300


class ApiCorrections:
    """Base of corrections. ``root`` is the path below which requests are made, ``media_type`` that of bodies."""

    root = ""
    media_type = "application/json"

    def __init__(self, url: str, auth: tuple[str, str] | None = None) -> None:
        self._url = url.rstrip("/")
        self.http = httpx.AsyncClient(
            trust_env=False,
            timeout=TIMEOUT_S,
            verify=url.startswith("https"),
            auth=auth,
            headers={"accept": "application/json"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    def reason(self, document: Any) -> str:
        """What a refusal says, from its document. Raises LookupError and TypeError for another document."""
        raise NotImplementedError

    async def sent(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        gone: bool = False,
    ) -> Any:
        """The document of a reply, None for one without. ``gone``: a record that is not there is no refusal.

        Raises Refusal, and RunError if the ERP does not answer.
        """
        content = None if body is None else encode(dict(body))
        named = {**({"content-type": self.media_type} if content is not None else {}), **(headers or {})}
        url = f"{self._url}{self.root}/{path}"
        return await self.answered(method, url, content=content, headers=named, params=params, gone=gone)

    async def answered(self, method: str, url: str, *, gone: bool = False, **more: Any) -> Any:
        """The document of a reply to a request at a whole address, as of ``sent``."""
        try:
            reply = await self.http.request(method, url, **more)
        except httpx.HTTPError as problem:
            raise RunError(f"the ERP at {self._url} did not answer: {type(problem).__name__}") from None
        if reply.status_code == httpx.codes.NOT_FOUND and gone:
            return None
        if reply.status_code >= httpx.codes.BAD_REQUEST:
            raise Refusal(f"{reply.status_code} {self._said(reply)}")
        return json_text.decode(reply.content) if reply.content else None

    def _said(self, reply: httpx.Response) -> str:
        try:
            text = str(self.reason(json_text.decode(reply.content)))
        except (json_text.Unreadable, LookupError, TypeError):
            text = reply.text
        return " ".join(text.split())[:_LONGEST_REASON]


def quoted(text: str) -> str:
    """A text as a literal of a query: a quote is written twice."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def number(value: Any) -> Decimal:
    """A number of a document."""
    return Decimal(str(value))
