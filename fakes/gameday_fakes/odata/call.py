"""One request as the engine sees it, alone or as a part of a batch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.options import LARGEST
from gameday_fakes.odata.paths import Resource
from gameday_fakes.odata.payload import Format

_PREFERENCE = re.compile(r"\s*(?:odata\.)?([A-Za-z][A-Za-z-]*)\s*(?:=\s*(?:\"([^\"]*)\"|([^\",;]*)))?\s*")


class Call:
    """A request. ``root`` is the service's address, with a slash at its end; ``base`` what of the path is before the
    entity set (``companies(...)/``, or nothing); ``path`` is what follows. ``header`` gives a header by name.
    """

    def __init__(
        self,
        method: str,
        resource: Resource,
        *,
        root: str,
        path: str,
        base: str = "",
        params: Mapping[str, str] | None = None,
        header: Callable[[str], str] = lambda _: "",
        body: Callable[[], Any] = lambda: None,
    ) -> None:
        self.method = method
        self.resource = resource
        self.root = root
        self.base = base
        self.path = path
        self.params = params or {}
        self.header = header
        self._body = body
        self.form = Format.of(header("accept"), self.params.get("$format", ""))
        given = _PREFERENCE.finditer(header("prefer")[:1000])
        self.preferences = {match[1].lower(): match[2] or match[3] or "" for match in given}

    @property
    def body(self) -> dict[str, Any]:
        """The body's object. Raises ODataError and BadBody."""
        body = self._body()
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise ODataError("bad_body", "Invalid Request Body: an object is expected.")
        return body

    @property
    def page_size(self) -> int | None:
        """The page size that the client prefers."""
        text = self.preferences.get("maxpagesize", "")
        return min(int(text), LARGEST) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) else None

    def url(self, **changed: str | None) -> str:
        """The address of this request with other parameters; one that is None is left out."""
        # A keyword cannot begin with the sign that OData's own options begin with.
        given = {**self.params, **{f"${name}": value for name, value in changed.items()}}
        query = "&".join(
            f"{quote(name, safe='$')}={quote(value, safe='()/,:')}"
            for name, value in given.items()
            if value is not None
        )
        return f"{self.root}{self.base}{self.path}{f'?{query}' if query else ''}"
